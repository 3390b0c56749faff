//! Ctrl-C and SIGTERM.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use crate::inside::{self, Hurry};
use crate::script::{Reply, Script, fit_dataset, job};
use crate::service::Service;
use crate::world::{Ran, World};

const JOBS: &str = "/data/core/ups/export/jobs";
const DATASET: &str = "6123456789abcdef01234567";

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Reads standard error up to a line that holds `text`.
fn until(child: &mut Child, text: &str) -> String {
    let mut said = String::new();
    let mut reader = BufReader::new(child.stderr.as_mut().unwrap());
    while !said.contains(text) {
        assert_ne!(reader.read_line(&mut said).unwrap(), 0, "it ended before {text:?}: {said}");
    }
    said
}

#[test]
fn leaving_a_wait_leaves_the_job_and_says_how_to_come_back() {
    let script = Script::start(&[("GET ", job("PROCESSING"))]);
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let world = World::at(&script.url);
        let mut child = world.spawn(&["wait", "7", "--sandbox", "dev", "--interval", "1h"]);
        until(&mut child, "PROCESSING");
        signal(&child, name);
        let ran = Ran::of(child);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains("job 7 goes on"), "{ran:?}");
        assert!(ran.stderr.contains("aep-export --sandbox dev wait 7"), "{ran:?}");
    }
    assert!(script.all().iter().all(|came| came.line.starts_with("GET ")));
}

/// What is worked out without an end hears no signal, and ends all the same.
#[test]
fn an_expression_without_an_end_is_stopped() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let args = ["config", "path", "--jq", "range(100000), last(repeat(1))"];
        let mut child = World::bare().spawn(&args);
        // What it writes first is there, so that it is at work.
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 500_000]).unwrap();
        signal(&child, name);
        assert_eq!(Ran::of(child).code, code);
    }
}

#[test]
fn a_job_left_by_run_is_still_there() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let mut child =
        world.spawn(&["run", "--create-dataset", "x", "--audience", "Gold members", "-o", "json"]);
    let said = until(&mut child, "\"to\"");
    let state: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    signal(&child, "-INT");
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert_eq!(ran.error()["job_id"], state["job_id"]);
    let id = state["job_id"].as_str().unwrap();
    let left = world.run(&["get", id, "-o", "json"]);
    assert!(left.ok().contains(r#""status":"NEW""#), "{left:?}");
    // Looking once says that it is not finished.
    assert_eq!(world.run(&["wait", id, "--timeout", "0"]).code, 8);
    assert_eq!(world.run(&["files", id]).code, 8);
    // And cancelling it ends it.
    world.run(&["cancel", id, "--yes"]).ok();
    assert_eq!(world.run(&["wait", id, "--timeout", "5m", "--interval", "20ms"]).code, 7);
}

#[test]
fn a_list_that_is_stopped_can_still_be_read() {
    let first = r#"{"records":[{"id":1}],"link":{"next":"/export/jobs?offset=2"}}"#;
    let script = Script::start(&[
        (&format!("GET {JOBS}?"), Reply::Json(200, first.to_owned())),
        (&format!("GET {JOBS}?"), Reply::Silence),
    ]);
    let child = World::at(&script.url).spawn(&["list", "--all", "-o", "json"]);
    script.next();
    script.next();
    signal(&child, "-INT");
    let ran = Ran::of(child);
    assert_eq!((ran.code, ran.stdout.as_str()), (130, "[{\"id\":1}]\n"), "{ran:?}");
}

#[test]
fn a_signal_while_a_create_is_under_way_is_an_unknown_outcome() {
    for (create, list) in [
        (&["create", "--dataset", DATASET][..], "list"),
        (&["run", "--dataset", DATASET, "--cancel-on-interrupt"], "list"),
        (&["segment-job", "create", "--all"], "segment-job list"),
        (&["dataset", "create", "x"], "dataset list"),
    ] {
        for name in ["-INT", "-TERM"] {
            let script = Script::start(&[fit_dataset(), ("POST ", Reply::Silence)]);
            let child = World::at(&script.url).spawn(create);
            let headers = loop {
                let came = script.next();
                if came.line.starts_with("POST ") {
                    break came.headers;
                }
            };
            signal(&child, name);
            let ran = Ran::of(child);
            assert_eq!(ran.code, 9, "{create:?} {name}: {ran:?}");
            assert!(ran.stderr.contains("it may exist"), "{ran:?}");
            assert!(ran.stderr.contains(&format!("another one: aep-export {list}\n")), "{ran:?}");
            if list == "list" {
                let id = headers.lines().find_map(|line| line.strip_prefix("x-request-id: "));
                let sent = ran.stderr.lines();
                let sent =
                    sent.filter_map(|line| line.split_once("sent under the request id ")).next();
                assert!(sent.unwrap().1.eq_ignore_ascii_case(id.unwrap()), "{ran:?}");
            }
        }
    }
}

/// The create is over by then, but what became of it is not known yet.
#[test]
fn nor_does_it_become_known_when_the_search_for_its_job_is_stopped() {
    for name in ["-INT", "-TERM"] {
        let script = Script::start(&[("POST ", Reply::Html(502)), ("GET ", Reply::Silence)]);
        let child = World::at(&script.url).spawn(&["create", "--dataset", DATASET]);
        assert!(script.next().line.starts_with("POST "));
        assert!(script.next().line.starts_with("GET "));
        signal(&child, name);
        let ran = Ran::of(child);
        assert_eq!(ran.code, 9, "{name}: {ran:?}");
        assert!(ran.stderr.contains("it may exist"), "{ran:?}");
    }
}

#[test]
fn a_run_that_takes_too_long_is_eight_and_the_job_goes_on() {
    let script =
        Script::start(&[fit_dataset(), ("POST ", job("NEW")), ("GET ", job("PROCESSING"))]);
    let world = World::at(&script.url);
    let to = world.path("gold files").display().to_string();
    let run = ["run", "--dataset", DATASET, "--to", &to, "--interval", "1h", "-o", "json"];
    // The first look is at the dataset, the second at the job.
    let looks = script.looks();
    let hurry = Hurry::limit_at(Arc::new(move || looks().saturating_sub(1)));
    let left = inside::run(&world, &[&run[..], &["--timeout", Hurry::LIMIT]].concat(), &hurry);
    assert_eq!(left.code, ExitCode::from(8), "{left:?}");
    let error: serde_json::Value =
        serde_json::from_str(left.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((error["kind"].as_str(), error["job_id"].as_str()), (Some("timeout"), Some("7")));
    // What was asked for is not only that the job ends.
    assert_eq!(
        error["hint"],
        format!("take up again with: aep-export wait 7 && aep-export download 7 --to '{to}'")
    );
}

const RUN: [&str; 6] = ["run", "--dataset", DATASET, "--interval", "1h", "--cancel-on-interrupt"];

#[test]
fn an_interrupt_cancels_when_asked_to() {
    let script = Script::start(&[
        fit_dataset(),
        ("POST ", job("NEW")),
        ("GET ", job("PROCESSING")),
        ("DELETE ", Reply::Json(200, "{}".to_owned())),
    ]);
    let mut child = World::at(&script.url).spawn(&RUN);
    until(&mut child, "PROCESSING");
    signal(&child, "-INT");
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("job 7 is marked for cancelling"), "{ran:?}");
    let lines: Vec<String> = script.all().into_iter().map(|came| came.line).collect();
    assert_eq!(lines.last().unwrap(), &format!("DELETE {JOBS}/7"));
}

/// Who attached to a job did not make it.
#[test]
fn an_interrupt_leaves_a_job_that_was_there_before() {
    let equal = format!(
        r#"{{"records":[{{"id":7,"status":"NEW","destination":{{"datasetId":"{DATASET}"}}}}]}}"#
    );
    let script = Script::start(&[
        fit_dataset(),
        (&format!("GET {JOBS}?"), Reply::Json(200, equal)),
        ("GET ", job("PROCESSING")),
        ("DELETE ", Reply::Json(200, "{}".to_owned())),
    ]);
    let mut child = World::at(&script.url).spawn(&[&RUN[..], &["--once"]].concat());
    until(&mut child, "PROCESSING");
    signal(&child, "-INT");
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("job 7 goes on"), "{ran:?}");
    assert!(script.all().iter().all(|came| came.line.starts_with("GET ")));
}

/// Reading may wait for ever; Ctrl-C is heard all the same.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_is_heard_while_the_program_reads() {
    let world = World::bare();
    let mut command = world.command();
    let mut child =
        command.args(["create", "-f", "-"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let interrupt_is_caught = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10 != 0
    };
    while !interrupt_is_caught() {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    assert_eq!(Ran::of(child).code, 130);
    drop(stdin);
}

#[test]
fn who_leaves_the_cancelling_of_one_job_is_told_of_that_job() {
    let marked = Reply::Json(200, r#"{"status": true}"#.to_owned());
    let script = Script::start(&[("DELETE ", marked), ("GET ", job("PROCESSING"))]);
    let mut child = World::at(&script.url).spawn(&["cancel", "7", "--yes", "--wait"]);
    until(&mut child, "PROCESSING");
    signal(&child, "-INT");
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("interrupted; job 7 goes on\n"), "{ran:?}");
}

#[test]
fn a_second_interrupt_leaves_at_once() {
    let script = Script::start(&[
        fit_dataset(),
        ("POST ", job("NEW")),
        ("GET ", job("PROCESSING")),
        ("DELETE ", Reply::Silence),
    ]);
    let mut child = World::at(&script.url).spawn(&RUN);
    until(&mut child, "PROCESSING");
    signal(&child, "-INT");
    while !script.next().line.starts_with("DELETE") {}
    signal(&child, "-INT");
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("job 7 goes on"), "{ran:?}");
}

#[test]
fn a_served_emulator_says_where_it_is_and_ends_well() {
    let world = World::bare();
    let mut child =
        world.spawn(&["emulator", "serve", "--port", "0", "-o", "json", "--dir", "data"]);
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap();
    let mut user = World::bare();
    for (name, value) in ready["environment"].as_object().unwrap() {
        user = user.with(name, value.as_str().unwrap());
    }
    assert!(user.run(&["audience", "list"]).ok().contains("Gold members"));
    // The port is taken, and so is the store.
    let port = url.rsplit(':').next().unwrap();
    let second = World::bare().run(&["emulator", "serve", "--port", port]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains("cannot listen on"), "{second:?}");
    signal(&child, "-INT");
    assert_eq!(Ran::of(child).code, 0);
    assert!(world.path("data").is_dir());
}

/// What the emulator makes of it; looking for a lost job takes no time.
fn code_of(world: &World, args: &[&str]) -> ExitCode {
    let pauses = [2, 5].map(Duration::from_secs).into();
    inside::run(world, args, &Hurry { pauses, ..Hurry::none() }).code
}

#[test]
fn every_exit_code_of_the_help_is_reached_against_the_emulator() {
    let (quick, slow) = (Service::quick(), Service::slow());
    let (world, waiting) = (World::signed_in(&quick.url), World::signed_in(&slow.url));
    let dataset = world.run(&["dataset", "create", "x", "-o", "id"]).ok().trim().to_owned();
    let create = ["create", "--dataset", &dataset, "-o", "id"];
    let id = world.run(&create).ok().trim().to_owned();
    let mut reached = Vec::new();
    let mut see = |code: u8, world: &World, args: &[&str]| {
        assert_eq!(code_of(world, args), ExitCode::from(code), "{code}: {args:?}");
        reached.push(code.to_string());
    };
    let spoil = |operation: &str, action: &str| {
        let matches = format!(r#"{{"operation": "{operation}"}}"#);
        quick.fault(&format!(r#"{{"match": {matches}, "action": {action}}}"#));
    };
    see(0, &world, &["get", &id]);
    see(2, &world, &["get", ".."]);
    see(3, &world, &["get", "9999"]);
    see(4, &World::at(&quick.url), &["get", &id]);
    see(6, &world, &[&create[..], &["--merge-policy", "none", "--wait"]].concat());
    see(11, &world, &["get", &id, "9999"]);
    spoil("export_jobs.get", "\"malformed_json\"");
    see(1, &world, &["get", &id]);
    spoil("export_jobs.get", r#"{"answer": {"status": 400}}"#);
    see(5, &world, &["get", &id]);
    spoil("export_jobs.get", r#"{"answer": {"status": 503}}"#);
    see(10, &world, &["get", &id]);
    spoil("export_jobs.create", r#"{"answer": {"status": 502}}"#);
    see(9, &world, &create);
    spoil("files.open", r#"{"wrong_length": {"by": -1}}"#);
    see(12, &world, &["download", &id, "--to", world.path("out").to_str().unwrap()]);

    let dataset = waiting.run(&["dataset", "create", "x", "-o", "id"]).ok().trim().to_owned();
    let id = waiting.run(&["create", "--dataset", &dataset, "-o", "id"]).ok().trim().to_owned();
    see(8, &waiting, &["wait", &id, "--timeout", "0"]);
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = waiting.spawn(&["wait", &id, "--interval", "1h"]);
        until(&mut child, "NEW");
        signal(&child, name);
        assert_eq!(Ran::of(child).code, code);
    }
    waiting.run(&["cancel", &id, "--yes"]).ok();
    see(7, &waiting, &["wait", &id]);

    reached.extend(["130", "143"].map(str::to_owned));
    reached.sort_by_key(|code| code.parse::<u8>().unwrap());
    let help = world.run(&["help", "exit-codes"]);
    let codes = help.ok().lines().filter_map(|line| line.split_whitespace().next());
    let codes: Vec<&str> = codes.filter(|word| word.parse::<u8>().is_ok()).collect();
    assert_eq!(reached, codes);
}
