//! Every exit code that can be reached, and the errors that go with it.

use std::process::ExitCode;

use crate::inside::{Hurry, run};
use crate::script::{Reply, Script, job};
use crate::service::Service;
use crate::world::{Ran, World};

const JOBS: &str = "/data/core/ups/export/jobs";
const DATASET: &str = "6123456789abcdef01234567";

fn json(status: u16, body: &str) -> Reply {
    Reply::Json(status, body.to_owned())
}

#[test]
fn missing_credentials_are_named() {
    let ran = World::bare().run(&["list"]);
    assert_eq!(ran.code, 4);
    for name in ["AEP_ORG_ID", "AEP_CLIENT_ID", "AEP_CLIENT_SECRET (or AEP_ACCESS_TOKEN)"] {
        assert!(ran.stderr.contains(name), "{ran:?}");
    }
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_a_job_came_to_is_the_exit_code() {
    let cases = [
        (job("SUCCEEDED"), 0, ""),
        (
            json(
                200,
                r#"{"id":7,"status":"FAILED","errors":[{"code":"0090000009","msg":"no disk"}]}"#,
            ),
            6,
            "job 7 failed: 0090000009: no disk",
        ),
        (job("CANCELLED"), 7, "job 7 was cancelled"),
        (job("PROCESSING"), 8, "job 7 is not finished (PROCESSING)"),
        (json(404, r#"{"message":"gone"}"#), 3, "gone"),
        (json(401, r#"{"error_code":"401013","message":"Oauth token is not valid"}"#), 4, "401013"),
        (
            json(403, r#"{"error_code":"403025","message":"Profile is not valid"}"#),
            4,
            "product profile",
        ),
        (json(400, r#"{"message":"no"}"#), 5, "HTTP 400"),
        // Not seen is not the same as not finished.
        (json(200, "{\"id\":"), 1, "cannot find out about job 7"),
        (json(503, "{}"), 10, "cannot find out about job 7"),
    ];
    for (reply, code, part) in cases {
        let script = Script::start(&[(&format!("GET {JOBS}/7"), reply)]);
        let ran = World::at(&script.url).run(&["wait", "7", "--timeout", "0"]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
        // The job that was seen is data, whatever came of it.
        assert_eq!(ran.stdout.starts_with("job  "), matches!(code, 0 | 6..=8), "{ran:?}");
        // A time-out of nothing looks once.
        let looks = script.all().len();
        assert_eq!(looks, 1, "{ran:?}");
    }
}

#[test]
fn what_may_be_repeated_is_repeated_as_often_as_asked() {
    let script = Script::start(&[(&format!("GET {JOBS}/7"), Reply::Html(502))]);
    let ran = World::at(&script.url).with("AEP_RETRIES", "2").run(&["get", "7"]);
    assert_eq!((ran.code, script.all().len()), (10, 3), "{ran:?}");
    assert!(ran.stderr.contains("3 attempts"), "{ran:?}");

    let script = Script::start(&[(&format!("POST {JOBS}"), Reply::Html(502))]);
    let create = ["create", "--dataset", "6123456789abcdef01234567"];
    let ran = World::at(&script.url).with("AEP_RETRIES", "2").run(&create);
    let posts = script.all().into_iter().filter(|one| one.line.starts_with("POST"));
    assert_eq!((ran.code, posts.count()), (9, 1), "{ran:?}");

    let ran = World::at(&script.url).with("AEP_RETRIES", "often").run(&create);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("AEP_RETRIES: `often` is not a number"), "{ran:?}");
}

#[test]
fn a_service_out_of_reach_is_ten() {
    let cases = [
        (Reply::Json(503, "{}".to_owned()), "HTTP 503"),
        (Reply::Html(502), "HTTP 502"),
        (Reply::Json(429, "{}".to_owned()), "HTTP 429"),
        // The gateway's own trouble under a status that says something else.
        (json(403, r#"{"error_code":"503020","message":"Could not read the profile"}"#), "503020"),
        (Reply::Close, "get job 7"),
    ];
    for (reply, part) in cases {
        let script = Script::start(&[("GET ", reply)]);
        let ran = World::at(&script.url).run(&["get", "7"]);
        assert_eq!(ran.code, 10, "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    let nobody = World::at("http://127.0.0.1:1").run(&["get", "7"]);
    assert_eq!(nobody.code, 10, "{nobody:?}");
}

#[test]
fn an_answer_that_makes_no_sense_is_one() {
    for reply in [Reply::Html(200), json(200, "[]"), json(200, "{}")] {
        let script = Script::start(&[("GET ", reply)]);
        let ran = World::at(&script.url).run(&["get", "7"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1);
    }
}

/// A create whose fate is unknown: told so, sent once.
#[test]
fn an_unknown_outcome_is_nine_and_nothing_is_sent_twice() {
    let replies = [Reply::Close, Reply::Html(502), json(200, "{\"status\":"), json(200, "{}")];
    for reply in replies {
        let script = Script::start(&[("POST ", reply)]);
        let ran = World::at(&script.url).run(&["create", "--dataset", DATASET, "-o", "json"]);
        assert_eq!(ran.code, 9, "{ran:?}");
        let error = ran.error();
        assert_eq!(error["kind"], "unknown_outcome");
        assert!(error["hint"].as_str().unwrap().contains("aep-export list"), "{error}");
        let posts = script.all().into_iter().filter(|one| one.line.starts_with("POST"));
        assert_eq!(posts.count(), 1);
    }
    let script = Script::start(&[("POST ", Reply::Silence)]);
    let create = ["create", "--dataset", DATASET, "--timeout", Hurry::LIMIT];
    let left = run(&World::at(&script.url), &create, &Hurry::limit_at(script.silences()));
    assert_eq!(left.code, ExitCode::from(9), "{left:?}");
}

#[test]
fn two_equal_jobs_are_named_and_not_chosen_between() {
    let twins = r#"{"records":[{"id":8,"destination":{"datasetId":"6123456789abcdef01234567"}},
        {"id":7,"destination":{"datasetId":"6123456789abcdef01234567"}}],"link":{}}"#;
    let script = Script::start(&[("POST ", Reply::Html(502)), ("GET ", json(200, twins))]);
    let ran = World::at(&script.url).run(&["create", "--dataset", DATASET]);
    assert_eq!(ran.code, 9, "{ran:?}");
    assert!(ran.stderr.contains("it may be any of the jobs 8, 7"), "{ran:?}");
}

#[test]
fn a_create_that_still_waits_for_its_token_was_not_sent() {
    let script = Script::start(&[("POST /ims", Reply::Silence), ("POST ", Reply::Silence)]);
    let create = ["create", "--dataset", DATASET, "--timeout", "300ms"];
    let ran = World::signed_in(&script.url).run(&create);
    assert_eq!(ran.code, 8, "{ran:?}");
    assert!(script.all().iter().all(|one| one.line.contains("/ims/token/")));
}

/// Each look gives up soon, the wait does not.
#[test]
fn a_wait_outlives_what_its_looks_do_not() {
    let look = format!("GET {JOBS}/7");
    let look = look.as_str();
    for timeout in ["none", "1h"] {
        let script = Script::start(&[
            (look, job("PROCESSING")),
            (look, Reply::Html(502)),
            (look, Reply::Close),
            (look, json(200, "{\"id\":")),
            (look, json(503, "{}")),
            (look, json(403, r#"{"error_code":"503020","message":"Could not read"}"#)),
            (look, job("PROCESSING")),
            (look, job("SUCCEEDED")),
        ]);
        let wait = ["wait", "7", "--interval", "1ms", "--timeout", timeout];
        let ran = World::at(&script.url).run(&wait);
        assert!(ran.ok().contains("SUCCEEDED"), "{ran:?}");
        assert_eq!(ran.stderr.matches("; still waiting").count(), 5, "{ran:?}");
        assert_eq!(script.all().len(), 8);
    }
}

#[test]
fn a_limit_that_passes_is_eight() {
    let script = Script::start(&[("GET ", Reply::Silence)]);
    let ran = World::at(&script.url).run(&["get", "7", "--timeout", "200ms"]);
    assert_eq!(ran.code, 8, "{ran:?}");
    assert!(ran.stderr.contains("not finished within 0.20s"), "{ran:?}");
}

#[test]
fn a_refused_create_is_five_and_a_missing_job_three() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let ran = world.run(&["create", "--dataset", DATASET]);
    assert_eq!(ran.code, 5, "{ran:?}");
    for args in [
        &["get", "999"][..],
        &["cancel", "999", "--yes"],
        &["wait", "999"],
        &["files", "999"],
        &["download", "999", "--to", "x"],
        &["dataset", "get", DATASET],
        &["batch", "get", "01EP3YJY0000000000000000AB"],
        &["audience", "get", "nobody"],
        &["create", "--dataset", DATASET, "--audience", "No such audience"],
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, 3, "{args:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
    }
    assert!(!world.path("x").exists());
}

#[test]
fn an_ambiguous_audience_is_two_and_lists_them() {
    let two = r#"{"segments":[{"id":"a","name":"Gold"},{"id":"b","name":"Gold"}],"page":{"totalPages":1}}"#;
    let script = Script::start(&[("GET /data/core/ups/segment/definitions", json(200, two))]);
    let world = World::at(&script.url);
    let ran = world.run(&["run", "--audience", "Gold", "--create-dataset", "x"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("2 audiences are called \"Gold\": a, b"), "{ran:?}");
    // The dataset is not made before every name is found.
    assert!(script.all().iter().all(|came| came.line.starts_with("GET ")));
}

#[test]
fn data_that_is_not_what_was_announced_is_twelve() {
    let script = Script::start(&[
        (
            &format!("GET {JOBS}/7"),
            json(200, r#"{"id":7,"status":"SUCCEEDED","destination":{"batchId":"B1"}}"#),
        ),
        (
            "GET /data/foundation/export/batches/B1/files",
            json(200, r#"{"data":[{"dataSetFileId":"F1"}]}"#),
        ),
        ("GET /data/foundation/export/files/F1?path=", json(200, "not a Parquet file")),
        (
            "GET /data/foundation/export/files/F1",
            json(200, r#"{"data":[{"name":"part-0.parquet","length":"18"}]}"#),
        ),
    ]);
    let world = World::at(&script.url);
    let ran = world.run(&["download", "7", "--to", "out"]);
    assert_eq!(ran.code, 12, "{ran:?}");
    let left: Vec<_> = std::fs::read_dir(world.path("out/B1")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_job_that_did_not_succeed_has_no_files_and_says_why_by_its_code() {
    for (status, code) in [("FAILED", 6), ("CANCELLED", 7), ("PROCESSING", 8)] {
        let script = Script::start(&[("GET ", job(status))]);
        let world = World::at(&script.url);
        for args in [&["files", "7"][..], &["download", "7", "--to", "out"]] {
            let ran = world.run(args);
            assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{args:?}: {ran:?}");
            assert!(ran.stderr.contains(&format!("job 7 is {status} and has no files")), "{ran:?}");
        }
        assert!(!world.path("out").exists());
    }
}

/// A pipe that nobody reads hides no failure of the job, and a full disk not which job it was.
#[cfg(target_os = "linux")]
#[test]
fn what_became_of_the_job_is_told_where_nothing_can_be_written() {
    let script = Script::start(&[("GET ", job("FAILED")), ("POST ", job("NEW"))]);
    let world = World::at(&script.url);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = Ran::of(world.command().args(["wait", "7"]).stdout(writer).spawn().unwrap());
    assert_eq!(ran.code, 6, "{ran:?}");

    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let create = ["create", "--dataset", DATASET, "-o", "json"];
    let ran = Ran::of(world.command().args(create).stdout(full).spawn().unwrap());
    assert_eq!((ran.code, ran.error()["job_id"].as_str()), (1, Some("7")), "{ran:?}");
}

#[test]
fn files_of_one_name_are_refused_before_any_is_fetched() {
    let twins = r#"{"data":[{"name":"a.parquet","length":"9"},{"name":"A.parquet","length":"9"}]}"#;
    let script = Script::start(&[
        (
            &format!("GET {JOBS}/7"),
            json(200, r#"{"id":7,"status":"SUCCEEDED","destination":{"batchId":"B1"}}"#),
        ),
        (
            "GET /data/foundation/export/batches/B1/files",
            json(200, r#"{"data":[{"dataSetFileId":"F1"}]}"#),
        ),
        ("GET /data/foundation/export/files/F1", json(200, twins)),
    ]);
    let world = World::at(&script.url);
    assert_eq!(world.run(&["download", "7", "--to", "out"]).code, 12);
    assert!(!world.path("out").exists());
}

#[test]
fn an_error_is_one_line_of_json_when_the_output_is_json() {
    let body = r#"{"error_code":"403025","message":"Profile \u001b[2J is not valid"}"#;
    let script = Script::start(&[("GET ", json(403, body))]);
    let ran = World::at(&script.url).run(&["get", "7", "-o", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.lines().count()), (4, "", 1), "{ran:?}");
    let error = ran.error();
    let keys: Vec<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "kind",
        "message",
        "hint",
        "http_status",
        "code",
        "request_id",
        "retryable",
        "job_id",
        "attempts",
        "elapsed_ms",
        "earlier_request_ids",
        "sent_request_id",
        "segment_job_id",
    ];
    expected.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!(error["kind"], "permission");
    assert_eq!(error["http_status"], 403);
    assert_eq!(error["code"], "403025");
    assert_eq!(error["request_id"], "scripted-request");
    assert_eq!(error["job_id"], "7");
    assert_eq!(error["retryable"], false);

    // For a person the same text cannot steer the terminal.
    let told = World::at(&script.url).run(&["get", "7"]);
    assert!(told.stderr.contains("\\u{1b}[2J") && !told.stderr.contains('\u{1b}'), "{told:?}");
}
