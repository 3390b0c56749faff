//! `api`: calls the raw way, their bytes, their failures, their limits.

use std::process::ExitCode;

use crate::inside::{Hurry, run};
use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::World;

const JOBS: &str = "/data/core/ups/export/jobs";

fn json(status: u16, body: &str) -> Reply {
    Reply::Json(status, body.to_owned())
}

#[test]
fn the_answer_comes_as_it_is() {
    let odd = "{ \"id\" : 1e0,\r\n\"id\":2 }\r\n";
    let script = Script::start(&[("GET /a/b?x=1", json(200, odd)), ("HEAD /a", json(200, ""))]);
    let world = World::at(&script.url);
    for format in [&[][..], &["-o", "raw"]] {
        assert_eq!(world.run(&[&["api", "get", "/a/b?x=1"][..], format].concat()).ok(), odd);
    }
    let line = world.run(&["api", "GET", "/a/b?x=1", "-o", "json"]);
    assert_eq!(line.ok(), "{\"id\":1e0,\"id\":2}\n");
    let came = script.next();
    assert_eq!(came.line, "GET /a/b?x=1");
    for header in
        ["authorization: bearer token-canary", "x-api-key: client", "x-sandbox-name: prod"]
    {
        assert!(came.headers.contains(header), "{came:?}");
    }
    assert_eq!(world.run(&["api", "HEAD", "/a"]).ok(), "");
}

#[test]
fn a_body_and_headers_go_as_given() {
    let script = Script::start(&[("P", json(201, "{}")), ("DELETE /a", json(204, ""))]);
    let world = World::at(&script.url);
    std::fs::write(world.path("body.json"), "{\"a\": 1}\n").unwrap();
    world.run(&["api", "POST", "/a", "--input", "body.json"]).ok();
    let came = script.next();
    assert_eq!((came.line.as_str(), came.body.as_str()), ("POST /a", "{\"a\": 1}\n"));
    assert!(came.headers.contains("content-type: application/json\r\n"), "{came:?}");
    let patch = ["api", "PATCH", "/a", "-f", "-", "-H", "Content-Type: text/csv", "-H", "x-one: 1"];
    world.run_with(&patch, "a,b").ok();
    let came = script.next();
    assert_eq!(came.body, "a,b");
    for header in ["content-type: text/csv\r\n", "x-one: 1\r\n"] {
        assert!(came.headers.contains(header), "{came:?}");
    }
    assert!(!came.headers.contains("application/json\r\ncontent-type"), "{came:?}");
    assert_eq!(world.run(&["api", "DELETE", "/a"]).ok(), "");
}

#[test]
fn what_must_not_be_sent_is_not() {
    let script = Script::start(&[("", json(200, "{}"))]);
    let world = World::at(&script.url);
    for (args, part) in [
        (&["GET", "https://elsewhere.example/x"][..], "the host is the configured one"),
        (&["GET", "//elsewhere.example/x"], "begins with one `/`"),
        (&["GET", "/data/../x"], "a step such as `..`"),
        (&["DELETE", "/data/%2e%2e/x"], "a step such as `..`"),
        (&["BREW", "/x"], "expected one of GET, HEAD"),
        (
            &["GET", "/x", "-H", "Authorization: Bearer x"],
            "the program sets `authorization` itself",
        ),
        (&["GET", "/x", "-H", "nonsense"], "expected `NAME: VALUE`"),
        (&["POST", "/x", "-f", "missing.json"], "cannot read missing.json"),
        (&["POST", "/x", "--paginate"], "--paginate goes with GET only"),
        (&["GET", "/x", "-o", "id"], "has no id"),
    ] {
        let ran = world.run(&[&["api"][..], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {ran:?}");
    }
    let dry = world.run(&["api", "POST", "/x", "--dry-run"]);
    assert!(dry.ok().starts_with("POST http://127.0.0.1"), "{dry:?}");
    assert!(script.all().is_empty());
}

#[test]
fn failures_have_the_usual_codes_and_a_post_is_sent_once() {
    let refused = r#"{"error_code":"403025","message":"Profile is not valid"}"#;
    for (method, reply, code, sent) in [
        ("GET", json(404, r#"{"message":"gone"}"#), 3, 1),
        ("GET", json(403, refused), 4, 1),
        ("POST", json(400, r#"{"message":"no"}"#), 5, 1),
        ("GET", Reply::Html(502), 10, 3),
        ("DELETE", Reply::Html(502), 10, 3),
        ("POST", Reply::Html(502), 9, 1),
        ("POST", Reply::Close, 9, 1),
        ("PATCH", Reply::Html(502), 9, 1),
    ] {
        let script = Script::start(&[("", reply)]);
        let world = World::at(&script.url).with("AEP_RETRIES", "2");
        let ran = world.run(&["api", method, "/x?secret=canary", "-o", "json"]);
        assert_eq!(ran.code, code, "{method}: {ran:?}");
        assert_eq!(script.all().len(), sent, "{method}: {ran:?}");
        assert_eq!(ran.stdout, "", "{ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
    }
}

#[test]
fn a_post_without_an_answer_in_time_may_have_been_done() {
    let script = Script::start(&[("", Reply::Silence)]);
    let world = World::at(&script.url);
    let call = |method| {
        let hurry = Hurry::limit_at(script.silences());
        run(&world, &["api", method, "/x", "--timeout", Hurry::LIMIT], &hurry)
    };
    let left = call("POST");
    assert_eq!(left.code, ExitCode::from(9), "{left:?}");
    assert!(left.stderr.contains("POST /x was sent: it may have been done"), "{left:?}");
    let left = call("GET");
    assert_eq!(left.code, ExitCode::from(8), "{left:?}");
}

#[test]
fn pages_follow_the_cursor_and_never_the_host() {
    let elsewhere = Script::start_at("127.0.0.2", &[("", json(200, "{}"))]);
    let link = format!("{{\"link\":{{\"next\":\"{}{JOBS}?offset=b\"}}}}", elsewhere.url);
    let script = Script::start(&[
        (&format!("GET {JOBS}?limit=2&offset=c"), json(200, r#"{"n":3,"link":{"next":""}}"#)),
        (
            &format!("GET {JOBS}?limit=2&offset=b"),
            json(200, r#"{"_links":{"next":{"href":"?offset=c"}}}"#),
        ),
        (&format!("GET {JOBS}?limit=2"), json(200, &link)),
        ("GET /round", json(200, r#"{"link":{"next":"/round?a=1"}}"#)),
        ("GET /lost", json(200, r#"{"link":{"next":"string"}}"#)),
    ]);
    let world = World::at(&script.url);
    let ran = world.run(&["api", "GET", &format!("{JOBS}?limit=2"), "--paginate"]);
    assert_eq!(ran.ok().lines().count(), 3, "{ran:?}");
    assert!(ran.stdout.ends_with("{\"n\":3,\"link\":{\"next\":\"\"}}\n"), "{ran:?}");
    assert!(elsewhere.all().is_empty());
    for (path, part) in [("/round", "leads back"), ("/lost", "has no query")] {
        let ran = world.run(&["api", "GET", path, "--paginate"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
}

/// The same jobs as `list` gives, in pages of the service.
#[test]
fn it_sees_what_the_other_commands_see() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    for _ in 0..5 {
        world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    }
    let path = format!("{JOBS}?limit=2");
    let pages = world.run(&["api", "GET", &path, "--paginate", "-o", "ndjson"]);
    let listed = world.run(&["list", "--all", "-o", "id"]);
    let ids: Vec<String> = pages
        .ok()
        .lines()
        .flat_map(|page| {
            let page: serde_json::Value = serde_json::from_str(page).unwrap();
            let records = page["records"].as_array().unwrap().clone();
            records.into_iter().map(|job| job["id"].to_string())
        })
        .collect();
    assert_eq!(ids, listed.ok().lines().collect::<Vec<_>>());
}
