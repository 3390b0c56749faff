//! What the service said comes out as it was: every field, order and number.

use std::io::Read;

use crate::script::{Reply, Script, job};
use crate::world::World;

const JOBS: &str = "/data/core/ups/export/jobs";
const ODD: &str = "{ \"z\" : 18446744073709551616,\r\n\t\"id\": 24115.0, \"a\": 1, \"a\": 1.23456789E+11,\n \"s\": \"\\u0041  b\", \"e\": { } }";
const ODD_LINE: &str =
    r#"{"z":18446744073709551616,"id":24115.0,"a":1,"a":1.23456789E+11,"s":"\u0041  b","e":{}}"#;

fn page(records: &str, next: &str) -> Reply {
    Reply::Json(200, format!(r#"{{"records":[{records}],"link":{{"next":"{next}"}}}}"#))
}

#[test]
fn a_record_in_every_format() {
    let script = Script::start(&[("GET ", Reply::Json(200, ODD.to_owned()))]);
    let world = World::at(&script.url);
    assert_eq!(world.run(&["get", "24115", "-o", "json"]).ok(), format!("{ODD_LINE}\n"));
    assert_eq!(world.run(&["get", "24115", "-o", "ndjson"]).ok(), format!("{ODD_LINE}\n"));
    assert_eq!(world.run(&["get", "24115", "-o", "raw"]).ok(), ODD);
    assert_eq!(world.run(&["get", "24115", "-o", "id"]).ok(), "24115\n");
    assert_eq!(world.run(&["get", "24115"]).ok(), "job  24115\n");
    let by_variable = World::at(&script.url).with("AEP_OUTPUT", "id");
    assert_eq!(by_variable.run(&["get", "24115"]).ok(), "24115\n");
}

#[test]
fn a_list_in_every_format_across_pages() {
    let rules = [
        (format!("GET {JOBS}?limit=100&offset=9_2"), page(r#"{"id": 3}"#, "")),
        (
            format!("GET {JOBS}"),
            page(&format!("{ODD}, {{\"id\":2}}"), "/export/jobs/?limit=2&offset=9_2"),
        ),
    ];
    let rules: Vec<(&str, Reply)> =
        rules.iter().map(|(start, reply)| (start.as_str(), reply.clone())).collect();
    let script = Script::start(&rules);
    let world = World::at(&script.url);
    assert_eq!(
        world.run(&["list", "--all", "-o", "json"]).ok(),
        format!("[{ODD_LINE},{{\"id\":2}},{{\"id\":3}}]\n")
    );
    assert_eq!(
        world.run(&["list", "--all", "-o", "ndjson"]).ok(),
        format!("{ODD_LINE}\n{{\"id\":2}}\n{{\"id\":3}}\n")
    );
    assert_eq!(world.run(&["list", "--all", "-o", "id"]).ok(), "24115\n2\n3\n");
    let raw = world.run(&["list", "--all", "-o", "raw"]);
    assert_eq!(
        raw.ok(),
        format!(
            "{{\"records\":[{ODD}, {{\"id\":2}}],\"link\":{{\"next\":\"/export/jobs/?limit=2&offset=9_2\"}}}}\n{{\"records\":[{{\"id\": 3}}],\"link\":{{\"next\":\"\"}}}}"
        )
    );

    // A limit stops asking, and says that there is more.
    script.all();
    let limited = world.run(&["list", "--limit", "2", "-o", "id"]);
    assert_eq!(limited.ok(), "24115\n2\n");
    assert!(
        limited.stderr.contains("more jobs than these 2; --limit N or --all shows"),
        "{limited:?}"
    );
    assert_eq!(script.all().len(), 1);
}

#[test]
fn a_table_is_for_people() {
    let jobs = r#"{"id":24115,"status":"SUCCEEDED","creationTime":1538615973895,
        "destination":{"dataSetId":"6123456789abcdef01234567"},
        "metrics":{"totalExportedProfileCounter":1207,"totalTime":{"totalTimeInMs":259344}}},
        {"id":9,"status":"PRO\u001b[2J"}"#;
    let script = Script::start(&[("GET ", page(jobs, ""))]);
    let ran = World::at(&script.url).run(&["list"]);
    let expected = [
        "   ID  STATUS        CREATED               DURATION  PROFILES  DATASET",
        "24115  SUCCEEDED     2018-10-04T01:19:33Z    4m 19s      1207  6123456789abcdef01234567",
        "    9  PRO\\u{1b}[2J  -                            -         -  -",
    ];
    assert_eq!(ran.ok().lines().collect::<Vec<_>>(), expected);
    let empty = Script::start(&[("GET ", page("", ""))]);
    let ran = World::at(&empty.url).run(&["list"]);
    assert_eq!((ran.ok(), ran.stderr.as_str()), ("", "no jobs\n"));
    assert_eq!(World::at(&empty.url).run(&["list", "-q"]).stderr, "");
}

#[test]
fn a_status_that_the_service_cannot_filter_by_is_filtered_here() {
    let jobs = r#"{"id":1,"status":"NEW"},{"id":2,"status":"PROCESSING"}"#;
    let script = Script::start(&[("GET ", page(jobs, ""))]);
    let world = World::at(&script.url);
    assert_eq!(world.run(&["list", "--status", "processing", "-o", "id"]).ok(), "2\n");
    assert!(!script.next().line.contains("status="));
    assert_eq!(world.run(&["list", "--status", "NEW", "-o", "id"]).ok(), "1\n");
    assert!(script.next().line.contains("status=NEW"));
}

#[test]
fn a_list_that_breaks_off_closes_its_array_and_fails() {
    let rules = [
        (format!("GET {JOBS}?limit=100&offset=9_1"), Reply::Html(502)),
        (format!("GET {JOBS}"), page(r#"{"id":1}"#, "/export/jobs/?offset=9_1")),
    ];
    let rules: Vec<(&str, Reply)> =
        rules.iter().map(|(start, reply)| (start.as_str(), reply.clone())).collect();
    let script = Script::start(&rules);
    let ran = World::at(&script.url).run(&["list", "--all", "-o", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (10, "[{\"id\":1}]\n"), "{ran:?}");
    assert_eq!(ran.error()["kind"], "service");

    // One that never began has nothing to close.
    let refused = Script::start(&[("GET ", Reply::Html(502))]);
    let ran = World::at(&refused.url).run(&["list", "-o", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (10, ""), "{ran:?}");
}

#[test]
fn one_unreadable_record_does_not_take_the_others_along() {
    let script = Script::start(&[("GET ", page(r#"{"id":1}, 17, {"id":3}"#, ""))]);
    let ran = World::at(&script.url).run(&["list", "-o", "id"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (11, "1\n3\n"), "{ran:?}");
}

#[test]
fn a_request_of_the_user_is_sent_byte_for_byte() {
    let script =
        Script::start(&[("POST ", Reply::Json(200, r#"{"id":7,"status":"NEW"}"#.to_owned()))]);
    let world = World::at(&script.url);
    let request = "{\r\n \"destination\": {\"datasetId\": \"6123456789abcdef01234567\"},\n \"schema\":{\"name\":\"_xdm.context.profile\"}, \"x\": 18446744073709551616 }\n";
    std::fs::write(world.path("job.json"), request).unwrap();
    let ran = world.run(&["create", "-f", "job.json", "-o", "id"]);
    assert_eq!(ran.ok(), "7\n");
    assert_eq!(script.next().body, request);
    assert!(ran.stderr.contains("warning: job.json:3:49: unknown key `x`"), "{ran:?}");

    let dry = world.run(&["create", "-f", "job.json", "--dry-run"]);
    assert!(dry.stderr.contains("unknown key `x`") && dry.ok().contains(request), "{dry:?}");

    let ran = world.run_with(&["create", "-f", "-", "--fields", "a"], request);
    assert_eq!(ran.code, 0, "{ran:?}");
    let sent = script.next().body;
    assert!(sent.contains("18446744073709551616") && sent.contains(r#""fields":"a""#), "{sent}");
}

#[test]
fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
    let script = Script::start(&[]);
    let world = World::at(&script.url);
    let create = ["create", "--dataset", "6123456789abcdef01234567", "--dry-run"];
    let shown = world.run(&create);
    for part in [
        &format!("POST {}{JOBS}\n", script.url)[..],
        "authorization: Bearer $AEP_ACCESS_TOKEN\n",
        "x-api-key: client\n",
        "\n\n{\"destination\":{\"datasetId\":\"6123456789abcdef01234567\"}",
    ] {
        assert!(shown.ok().contains(part), "{part}: {shown:?}");
    }
    for args in [
        &["list"][..],
        &["get", "7"],
        &["cancel", "7"],
        &["wait", "7"],
        &["files", "7"],
        &["download", "7", "--to", "x"],
        &["dataset", "list"],
        &["dataset", "get", "d"],
        &["dataset", "create", "d"],
        &["audience", "list"],
        &["audience", "get", "a"],
        &["batch", "get", "b"],
        &["run", "--create-dataset", "d", "--audience", "Gold"],
    ] {
        let ran = world.run(&[args, &["--dry-run", "-o", "ndjson"]].concat());
        for line in ran.ok().lines() {
            let request: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(request["url"].as_str().unwrap().starts_with(&script.url), "{line}");
        }
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    }
    assert!(script.all().is_empty());
    assert!(!world.path("x").exists());
    // It needs no credentials.
    assert!(
        World::bare().run(&["get", "7", "--dry-run"]).ok().contains("x-api-key: $AEP_CLIENT_ID")
    );
}

#[test]
fn a_closed_pipe_is_silent() {
    let (one, all) = (format!("GET {JOBS}/7"), format!("GET {JOBS}"));
    let script = Script::start(&[(&one, job("NEW")), (&all, page(r#"{"id":1}"#, ""))]);
    let world = World::at(&script.url);
    for args in [&["list"][..], &["list", "-o", "json"], &["get", "7", "-o", "raw"], &["--help"]] {
        let mut child = world.spawn(args);
        drop(child.stdout.take());
        let code = child.wait().unwrap().code();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((code, said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn the_log_says_what_went_over_the_wire_and_no_secret() {
    let script = Script::start(&[("GET ", Reply::Json(200, ODD.to_owned()))]);
    for flag in ["-v", "-vv"] {
        let ran = World::at(&script.url).run(&["get", "7", flag]);
        assert!(ran.stderr.contains("status=200"), "{ran:?}");
        assert!(!format!("{ran:?}").contains("token-canary"), "{ran:?}");
    }
    assert!(script.next().headers.contains("authorization: bearer token-canary"));
}
