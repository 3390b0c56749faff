//! `--once`: a job that already does the same is as good as a new one.

use crate::script::{Reply, Script, fit_dataset, job};
use crate::service::Service;
use crate::world::World;

const JOBS: &str = "/data/core/ups/export/jobs";
const DATASET: &str = "6123456789abcdef01234567";
const CREATE: [&str; 4] = ["create", "--dataset", DATASET, "--once"];

fn json(status: u16, body: &str) -> Reply {
    Reply::Json(status, body.to_owned())
}

/// A list of these jobs, each equal to what [`CREATE`] asks for but for what is added.
fn listed(jobs: &[&str]) -> Reply {
    let jobs: Vec<String> = jobs
        .iter()
        .map(|job| format!(r#"{{"destination":{{"datasetId":"{DATASET}"}},{job}}}"#))
        .collect();
    json(200, &format!(r#"{{"records":[{}],"link":{{"next":""}}}}"#, jobs.join(",")))
}

fn lines(script: &Script) -> Vec<String> {
    script.all().into_iter().map(|came| came.line).collect()
}

#[test]
fn the_same_command_twice_makes_one_job() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    let request = |text: &str| text.replace("DATASET", &dataset);
    std::fs::write(
        world.path("job.json"),
        request(
            r#"{"destination": {"datasetId": "DATASET"}, "schema": {"name": "_xdm.context.profile"},
                "fields": "identityMap,person.name",
                "filter": {"fromIngestTimestamp": "2025-12-31T23:00:00Z", "emptyProfiles": false}}"#,
        ),
    )
    .unwrap();
    std::fs::write(
        world.path("rewritten.json"),
        request(
            r#"{"filter": {"fromIngestTimestamp": "2026-01-01T00:00:00+01:00"},
                "fields": "person.name, identityMap",
                "schema": {"name": "_xdm.context.profile"}, "destination": {"datasetId": "DATASET"}}"#,
        ),
    )
    .unwrap();

    let first = world.run(&["create", "-f", "job.json", "--once"]);
    assert!(first.ok().contains("NEW") && first.stderr.contains("job 1001 created"), "{first:?}");
    for file in ["job.json", "rewritten.json"] {
        let again = world.run(&["create", "-f", file, "--once", "-o", "id"]);
        assert_eq!(again.ok(), "1001\n", "{again:?}");
        let told = "attached to job 1001, which does the same already (NEW); none created";
        assert_eq!(again.stderr.trim(), told);
    }
    let flags = ["--fields", "identityMap,person.name", "--ingested-after", "2025-12-31T23:00:00Z"];
    let by_flags =
        [&["create", "--dataset", &dataset, "--once", "-o", "json"], &flags[..]].concat();
    let again = world.run(&by_flags);
    assert!(again.ok().starts_with(r#"{"id":1001,"#), "the job's own record: {again:?}");
    let event: serde_json::Value = serde_json::from_str(again.stderr.trim()).unwrap();
    let expected = serde_json::json!({
        "event": "attached", "job_id": "1001", "status": "NEW", "also": [],
    });
    assert_eq!(event, expected);

    // What asks for anything else is another job, and a job that has ended is none.
    let other = world.run(&["create", "--dataset", &dataset, "--once", "-o", "id"]);
    assert_eq!(other.ok(), "1002\n");
    world.run(&["cancel", "1001", "--yes"]).ok();
    assert_eq!(world.run(&["create", "-f", "job.json", "--once", "-o", "id"]).ok(), "1003\n");
    assert_eq!(world.run(&["list", "--all", "-o", "id"]).ok().lines().count(), 3);
}

#[test]
fn a_run_goes_on_with_the_job_that_is_there() {
    let ended = r#"{"id":7,"status":"SUCCEEDED","destination":{"batchId":"B1"}}"#;
    let script = Script::start(&[
        fit_dataset(),
        (&format!("GET {JOBS}?"), listed(&[r#""id":7,"status":"PROCESSING""#])),
        (&format!("GET {JOBS}/7"), job("PROCESSING")),
        (&format!("GET {JOBS}/7"), json(200, ended)),
        (
            "GET /data/foundation/export/batches/B1/files",
            json(200, r#"{"data":[{"dataSetFileId":"F1"}]}"#),
        ),
        ("GET /data/foundation/export/files/F1?path=", json(200, "23 bytes that are rows,")),
        (
            "GET /data/foundation/export/files/F1",
            json(200, r#"{"data":[{"name":"part-0.csv","length":"23"}]}"#),
        ),
    ]);
    let world = World::at(&script.url);
    let args = ["run", "--dataset", DATASET, "--once", "--interval", "1ms", "--to", "gold"];
    let ran = world.run(&args);
    assert!(ran.ok().contains("SUCCEEDED"), "{ran:?}");
    assert!(ran.stderr.contains("attached to job 7"), "{ran:?}");
    assert!(world.path("gold/B1/part-0.csv").is_file());
    assert!(lines(&script).iter().all(|line| line.starts_with("GET ")));
}

#[test]
fn of_several_the_newest_is_taken_and_the_others_are_named() {
    let jobs =
        [r#""id":9,"status":"NEW""#, r#""id":8,"status":"QUEUED""#, r#""id":7,"status":"X""#];
    let script = Script::start(&[("GET ", listed(&jobs))]);
    let ran = World::at(&script.url).run(&[&CREATE[..], &["-o", "id"]].concat());
    assert_eq!(ran.ok(), "9\n");
    let json = World::at(&script.url).run(&[&CREATE[..], &["-o", "json"]].concat());
    let event: serde_json::Value = serde_json::from_str(json.stderr.trim()).unwrap();
    assert_eq!(event["also"], serde_json::json!(["8", "7"]));
    let told = "attached to job 9, which does the same already (NEW); so do 8, 7, which were \
                created earlier; none created";
    assert_eq!(ran.stderr.trim(), told);
}

#[test]
fn a_job_that_may_be_the_same_is_named_and_another_is_created() {
    let script =
        Script::start(&[("GET ", listed(&[r#""id":9,"status":"NEW""#])), ("POST ", job("NEW"))]);
    let ran = World::at(&script.url).run(&[&CREATE[..], &["--fields", "a", "-o", "id"]].concat());
    assert_eq!(ran.ok(), "7\n");
    assert!(ran.stderr.contains("warning: job 9 is running and may be equal"), "{ran:?}");

    let script = Script::start(&[("GET ", listed(&[r#""id":9,"status":"NEW""#]))]);
    let ran = World::at(&script.url).run(&[&CREATE[..], &["--evaluate"]].concat());
    ran.ok();
    assert!(ran.stderr.contains("whether job 9 evaluates its segments first"), "{ran:?}");
}

#[test]
fn an_age_is_how_far_back_it_looks() {
    // The year 2001: as good as gone.
    let old = r#""id":9,"status":"NEW","creationTime":1000000000000"#;
    for (once, id) in [("--once", "7\n"), ("--once=1h", "7\n"), ("--once=36500d", "9\n")] {
        let script = Script::start(&[("GET ", listed(&[old])), ("POST ", job("NEW"))]);
        let create = ["create", "--dataset", DATASET, once, "-o", "id"];
        assert_eq!(World::at(&script.url).run(&create).ok(), id, "{once}");
    }
}

#[test]
fn nothing_is_created_when_the_look_fails() {
    let denied = r#"{"error_code":"403025","message":"Profile is not valid"}"#;
    for (reply, code) in
        [(json(403, denied), 4), (Reply::Html(502), 10), (Reply::Close, 10), (json(200, "{}"), 1)]
    {
        let script = Script::start(&[("GET ", reply), ("POST ", job("NEW"))]);
        let ran = World::at(&script.url).run(&CREATE);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        assert!(ran.stderr.contains("cannot look for an equal job"), "{ran:?}");
        assert!(lines(&script).iter().all(|line| line.starts_with("GET ")));
    }
    let script = Script::start(&[]);
    let ran = World::at(&script.url).run(&[&CREATE[..], &["--dry-run", "-o", "json"]].concat());
    let requests: serde_json::Value = serde_json::from_str(ran.ok()).unwrap();
    let methods: Vec<_> =
        requests.as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["GET", "POST"]);
    assert!(script.all().is_empty());
}
