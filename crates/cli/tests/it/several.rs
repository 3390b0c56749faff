//! Several jobs by one command: typed, or over standard input.

use serde_json::Value;

use crate::script::{Reply, Script, job};
use crate::service::Service;
use crate::world::{Ran, World};

const JOBS: &str = "/data/core/ups/export/jobs";

fn json(status: u16, body: &str) -> Reply {
    Reply::Json(status, body.to_owned())
}

fn named(id: u32, status: &str) -> Reply {
    json(200, &format!(r#"{{"id": {id}, "status": "{status}"}}"#))
}

/// Answers about jobs by the last digit of their ids.
fn service() -> Script {
    let at = |method: &str, id: u32| format!("{method} {JOBS}/{id}");
    Script::start(&[
        (&at("GET", 1), named(1, "SUCCEEDED")),
        (&at("GET", 2), json(404, r#"{"message":"gone"}"#)),
        (&at("GET", 3), named(3, "FAILED")),
        (&at("GET", 4), named(4, "CANCELLED")),
        (&at("GET", 5), named(5, "PROCESSING")),
        (&at("DELETE", 1), json(200, r#"{"status": true, "message": "marked 1"}"#)),
        (&at("DELETE", 2), json(404, r#"{"message":"gone"}"#)),
        (&at("DELETE", 4), json(200, r#"{"status": true, "message": "marked 4"}"#)),
        (&at("DELETE", 6), json(204, "")),
    ])
}

/// The lines of standard error that are JSON errors, as job and kind.
fn errors(stderr: &str) -> Vec<(Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let lines = stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line.get("kind").is_some())
        .map(|line| (text(&line["job_id"]), text(&line["kind"]).unwrap()))
        .collect()
}

#[test]
fn what_is_there_comes_in_order_and_what_is_not_is_told() {
    let script = service();
    let world = World::at(&script.url);
    let ran = world.run(&["get", "3", "2", "1", "3", "-o", "json"]);
    assert_eq!(ran.code, 11, "{ran:?}");
    let expected = "[{\"id\":3,\"status\":\"FAILED\"},{\"id\":1,\"status\":\"SUCCEEDED\"}]\n";
    assert_eq!(ran.stdout, expected);
    let told = [(Some("2".to_owned()), "not_found".to_owned()), (None, "partly".to_owned())];
    assert_eq!(errors(&ran.stderr), told, "{ran:?}");
    assert_eq!(script.all().len(), 3, "a job that was named twice is got once");

    let ran = world.run(&["get", "1", "3", "-o", "ndjson"]);
    assert_eq!(ran.ok().lines().count(), 2);
    assert_eq!(world.run(&["get", "3", "1", "-o", "id"]).ok(), "3\n1\n");
    let raw = "{\"id\": 3, \"status\": \"FAILED\"}\n{\"id\": 1, \"status\": \"SUCCEEDED\"}";
    assert_eq!(world.run(&["get", "3", "1", "-o", "raw"]).ok(), raw);
    let table = world.run(&["get", "3", "1"]);
    assert!(table.ok().starts_with("ID  STATUS     CREATED"), "{table:?}");
}

#[test]
fn standard_input_gives_a_list_however_many_lines_it_has() {
    let script = service();
    let world = World::at(&script.url);
    let ran = world.run_with(&["get", "-", "-o", "json"], "\n  1 \r\n\n");
    assert_eq!(ran.ok(), "[{\"id\":1,\"status\":\"SUCCEEDED\"}]\n");
    let ran = world.run_with(&["get", "4", "-", "3", "-o", "id"], "1\n4\n1\n3\n");
    assert_eq!(ran.ok(), "4\n1\n3\n");
    // One that fails is no crowd.
    let ran = world.run_with(&["get", "-"], "2");
    assert_eq!((ran.code, ran.stderr.matches("error:").count()), (3, 1), "{ran:?}");
}

#[test]
fn nothing_is_sent_for_input_that_makes_no_sense() {
    let script = service();
    let world = World::at(&script.url);
    for (args, input, part) in [
        (&["get", "-"][..], "", "there is no job id on standard input"),
        (&["wait", "-"], "\n \n", "there is no job id on standard input"),
        (&["cancel", "-", "--yes"], "1\n..\n", "the job id \"..\""),
        (&["wait", "1", "../segments"], "", "the job id"),
        (&["get", "1", ""], "", "the job id \"\" is empty"),
        (&["cancel", "-"], "1\n2\n", "whether to cancel 2 jobs (1, 2): add --yes"),
    ] {
        let ran = world.run_with(args, input);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {ran:?}");
    }
    assert!(script.all().is_empty());
}

#[test]
fn a_wait_for_several_ends_with_what_they_have_in_common() {
    let script = service();
    let world = World::at(&script.url);
    for (ids, code) in [
        (&["1", "1"][..], 0),
        (&["1", "3"], 11),
        (&["3", "4"], 11),
        (&["2", "2"], 3),
        (&["5", "1"], 11),
        (&["1", "2", "3", "4", "5"], 11),
    ] {
        let ran = world.run(&[&["wait"][..], ids, &["--timeout", "0"]].concat());
        assert_eq!(ran.code, code, "{ids:?}: {ran:?}");
    }
    let ran = world.run(&["wait", "5", "3", "1", "4", "2", "--timeout", "0", "-o", "ndjson"]);
    let ids = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), [5, 3, 1, 4], "{ran:?}");
    let kinds = errors(&ran.stderr).into_iter().map(|(_, kind)| kind);
    let expected = ["timeout", "job_failed", "job_cancelled", "not_found", "partly"];
    assert_eq!(kinds.collect::<Vec<_>>(), expected, "{ran:?}");
}

/// One time-out for all: the fifth job is not looked at before one of four has ended.
#[test]
fn a_time_out_is_that_of_all_together() {
    let rules: Vec<(String, Reply)> =
        (11..=15).map(|id| (format!("GET {JOBS}/{id}"), named(id, "PROCESSING"))).collect();
    let rules: Vec<(&str, Reply)> =
        rules.iter().map(|(line, reply)| (line.as_str(), reply.clone())).collect();
    let script = Script::start(&rules);
    let wait = ["wait", "11", "12", "13", "14", "15", "--timeout", "30ms", "--interval", "5ms"];
    let ran = World::at(&script.url).run(&wait);
    assert_eq!(ran.code, 8, "{ran:?}");
    let came = script.all();
    let fifth = came.iter().filter(|came| came.line.ends_with("/15")).count();
    assert_eq!(fifth, 1, "the time was over: it is looked at once");
}

#[test]
fn leaving_a_wait_for_several_says_how_to_come_back() {
    let script = service();
    let ran = World::at(&script.url).run(&["cancel", "5", "--wait", "--yes", "--timeout", "50ms"]);
    assert_eq!(ran.code, 3, "5 cannot be cancelled: {ran:?}");
    let script = Script::start(&[("", job("PROCESSING"))]);
    let cancel = ["cancel", "7", "8", "--wait", "--yes", "--timeout", "100ms"];
    let ran = World::at(&script.url).run(&cancel);
    assert_eq!(ran.code, 8, "{ran:?}");
    assert!(ran.stderr.contains("take up again with: aep-export wait 7 8"), "{ran:?}");
}

#[test]
fn cancelling_several_is_told_of_each() {
    let script = service();
    let world = World::at(&script.url);
    let ran = world.run(&["cancel", "1", "2", "6", "--yes", "-o", "json"]);
    assert_eq!(ran.code, 11, "{ran:?}");
    assert_eq!(ran.stdout, "[{\"status\":true,\"message\":\"marked 1\"}]\n");
    assert_eq!(errors(&ran.stderr).len(), 2, "{ran:?}");
    assert_eq!(world.run(&["cancel", "6", "1", "-y", "-o", "id"]).ok(), "6\n1\n");
    assert!(world.run(&["cancel", "1", "6", "-y"]).ok().contains(" 1  marked 1\n 6  -\n"));
}

#[test]
fn a_cancel_that_waits_sees_it_done() {
    let at = |method: &str, id: u32| format!("{method} {JOBS}/{id}");
    let marked = || json(200, r#"{"status": true}"#);
    let script = Script::start(&[
        (&at("DELETE", 1), marked()),
        (&at("GET", 1), named(1, "SUCCEEDED")),
        (&at("DELETE", 2), marked()),
        (&at("GET", 2), json(404, r#"{"message":"gone"}"#)),
        (&at("DELETE", 3), marked()),
        (&at("GET", 3), named(3, "FAILED")),
        (&at("DELETE", 4), marked()),
        (&at("GET", 4), named(4, "CANCELLED")),
        (&at("DELETE", 5), Reply::Html(502)),
        (&at("DELETE", 5), json(404, r#"{"message":"gone"}"#)),
    ]);
    let world = World::at(&script.url).with("AEP_RETRIES", "1");
    for (id, code, part) in [
        ("1", 1, "job 1 had succeeded before it was cancelled"),
        // Gone after it was marked: that is what was asked for.
        ("2", 0, ""),
        ("3", 6, "job 3 failed"),
        ("4", 0, ""),
        ("5", 0, ""),
    ] {
        let ran = world.run(&["cancel", id, "--yes", "--wait"]);
        assert_eq!(ran.code, code, "{id}: {ran:?}");
        assert!(ran.stderr.contains(part), "{id}: {ran:?}");
    }
    let both = world.run(&["cancel", "4", "2", "--yes", "--wait", "-o", "json"]);
    assert_eq!(both.ok(), "[{\"id\":4,\"status\":\"CANCELLED\"}]\n");
    assert_eq!(world.run(&["cancel", "4", "1", "--yes", "--wait"]).code, 11);
}

/// What is listed by one command is waited for, cancelled and shown by the next.
#[test]
fn a_pipe_of_commands() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    for _ in 0..6 {
        world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    }
    let listed = world.run(&["list", "--all", "-o", "id"]).ok().to_owned();
    let ran = world.run_with(&["cancel", "-", "--yes", "--wait", "-o", "id"], &listed);
    assert_eq!(ran.ok(), listed);
    let ran = world.run_with(&["wait", "-", "--timeout", "0", "-o", "id"], &listed);
    assert_eq!((ran.code, &ran.stdout), (7, &listed), "{ran:?}");
    let dry = world.run(&["cancel", "7", "8", "--dry-run", "-o", "ndjson"]);
    assert_eq!(dry.ok().lines().count(), 2);
}

/// Nobody reads: what was to be done is done to each job, and its failures are told. Whoever only asks,
/// stops.
#[test]
fn a_reader_that_goes_away_saves_no_job_from_being_cancelled() {
    let ids: Vec<String> = (1..=40).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let run = |script: &Script, args: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let world = World::at(&script.url);
        Ran::of(world.command().args(args).args(&ids).stdout(writer).spawn().unwrap())
    };
    let said = Reply::Json(200, r#"{"status":true,"message":"ok"}"#.to_owned());
    let script = Script::start(&[("DELETE ", said.clone())]);
    let ran = run(&script, &["cancel", "--yes", "-o", "ndjson"]);
    assert_eq!((ran.code, script.all().len()), (0, ids.len()), "{ran:?}");

    let no = Reply::Json(400, r#"{"message":"no"}"#.to_owned());
    let script = Script::start(&[("DELETE /data/core/ups/export/jobs/40", no), ("DELETE ", said)]);
    let ran = run(&script, &["cancel", "--yes", "-o", "ndjson"]);
    assert_eq!((ran.code, script.all().len()), (11, ids.len()), "{ran:?}");
    assert!(ran.stderr.contains("1 of 40 jobs"), "{ran:?}");

    let script = Script::start(&[("GET ", job("NEW"))]);
    let ran = run(&script, &["get", "-o", "ndjson"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let asked = script.all().len();
    assert!(asked < 10, "{asked} of {} were asked for", ids.len());
}
