//! What people see: the program on a real pseudo-terminal, made by `script`.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::process::{Child, Command as Process, Stdio};

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::{Ran, World};

const PROGRAM: &str = env!("CARGO_BIN_EXE_aep-export");

/// Starts a line of shell on a terminal of its own.
fn start_on_terminal(world: &World, line: &str) -> Child {
    let mut script = Process::new("script");
    world.prepare(&mut script);
    script
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .args(["-qec", line, "/dev/null"])
        .stdin(Stdio::piped());
    script.spawn().expect("script, of util-linux, makes the terminal")
}

/// Runs the program on a terminal of its own, where somebody types `typed`.
fn on_terminal(world: &World, args: &str, typed: &str) -> Ran {
    let mut child = start_on_terminal(world, &format!("{PROGRAM} {args}"));
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    Ran::of(child)
}

#[test]
fn progress_is_one_line_that_is_drawn_again() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let run = "run --audience 'Gold members' --create-dataset gold --to gold/";
    let seen = on_terminal(&world, run, "");
    let shown = seen.ok();
    assert!(shown.contains("\r\u{1b}[2Kjob 1001  SUCCEEDED"), "{shown:?}");
    assert!(shown.contains("\r\u{1b}[2Kdownloading  0 of 1 files  0 B of "), "{shown:?}");
    // Cleared before the summary, which stands alone; on a slow disk two lines are.
    assert!(shown.contains("\u{1b}[2Kjob      1001\r\n"), "{shown:?}");
    let dated = shown.lines().any(|line| line.starts_with("20"));
    assert!(!dated, "lines with a time are for logs: {shown:?}");

    let quiet = on_terminal(&world, "wait 1001 --no-progress", "");
    assert!(!quiet.ok().contains("\u{1b}[2K"), "{quiet:?}");
}

#[test]
fn a_cancel_is_asked_about_and_only_yes_is_yes() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    for typed in ["n\n", "\n", "nonsense\n"] {
        let ran = on_terminal(&world, "cancel 1001", typed);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stdout.contains("Cancel job 1001? [y/N] "), "{ran:?}");
    }
    assert!(world.run(&["get", "1001"]).ok().contains("NEW"));
    on_terminal(&world, "cancel 1001", "y\n").ok();
    assert!(world.run(&["get", "1001"]).ok().contains("CANCELLED"));
}

#[test]
fn json_is_laid_out_for_people_on_a_terminal_and_for_programs_elsewhere() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let pretty = on_terminal(&world, "list -o json --status FAILED", "");
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    assert_eq!(pretty.ok().trim(), "[]");
    let pretty = on_terminal(&world, "get 1001 -o json", "");
    assert!(pretty.ok().contains("{\r\n  \"id\": 1001,\r\n"), "{pretty:?}");
    assert_eq!(world.run(&["get", "1001", "-o", "json"]).ok().lines().count(), 1);
}

#[test]
fn who_looks_is_told_how_long_ago_a_job_was_created() {
    let job = r#"{"id":7,"status":"SUCCEEDED","creationTime":1538615973895}"#;
    let script = Script::start(&[
        ("GET /data/core/ups/export/jobs?", Reply::Json(200, format!("{{\"records\":[{job}]}}"))),
        ("GET /data/core/ups/export/jobs/7", Reply::Json(200, job.to_owned())),
    ]);
    let world = World::at(&script.url);
    let seen = on_terminal(&world, "list", "");
    let words: Vec<&str> = seen.ok().lines().nth(1).unwrap().split_whitespace().collect();
    assert!(words[2].ends_with('d') && words[3] == "ago", "{seen:?}");
    let seen = on_terminal(&world, "get 7", "");
    assert!(seen.ok().contains("created  2018-10-04T01:19:33Z ("), "{seen:?}");
    assert!(seen.ok().contains("d ago)\r\n"), "{seen:?}");
}

#[test]
fn a_wait_says_how_long_jobs_of_the_dataset_usually_take() {
    let took = |minutes: u32| {
        let metrics = format!("{{\"totalTime\":{{\"totalTimeInMs\":{}}}}}", minutes * 60_000);
        format!(
            "{{\"id\":{minutes},\"destination\":{{\"datasetId\":\"d\"}},\"metrics\":{metrics}}}"
        )
    };
    let others =
        r#"{"id":9,"destination":{"datasetId":"e"},"metrics":{"totalTime":{"totalTimeInMs":1}}}"#;
    let list = format!("{{\"records\":[{},{others},{},{}]}}", took(9), took(14), took(11));
    let job = r#"{"id":7,"status":"PROCESSING","destination":{"datasetId":"d"}}"#;
    let script = Script::start(&[
        ("GET /data/core/ups/export/jobs?limit=100&status=SUCCEEDED", Reply::Json(200, list)),
        ("GET /data/core/ups/export/jobs/7", Reply::Json(200, job.to_owned())),
    ]);
    let seen = on_terminal(&World::at(&script.url), "wait 7 --timeout 0", "");
    assert!(seen.stdout.contains("PROCESSING, working  0s (usually 9m 0s to 14m 0s)"), "{seen:?}");
    // In a log nobody reads it, and it costs a call.
    World::at(&script.url).run(&["wait", "7", "--timeout", "0"]);
    assert_eq!(script.all().iter().filter(|came| came.line.contains("SUCCEEDED")).count(), 1);
}

#[test]
fn who_types_ctrl_c_leaves_a_run_or_a_wait_and_is_told_how_to_come_back() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let run = "run --audience 'Gold members' --create-dataset gold --to gold/";
    for args in [run, "wait 1001"] {
        let mut child = start_on_terminal(&world, &format!("{PROGRAM} {args}"));
        let seen = shown(&mut child, "NEW");
        child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
        let left = Ran::of(child);
        assert_eq!(left.code, 130, "{seen:?} {left:?}");
        assert!(left.stdout.contains("job 1001 goes on"), "{left:?}");
        assert!(left.stdout.contains("aep-export wait 1001"), "{left:?}");
    }
    assert!(world.run(&["get", "1001"]).ok().contains("NEW"));
    let mut child = start_on_terminal(&world, &format!("{PROGRAM} {run} --cancel-on-interrupt"));
    shown(&mut child, "job 1002  NEW");
    child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    Ran::of(child);
    assert!(world.run(&["get", "1002"]).ok().contains("CANCELLED"));
}

/// Reads what a terminal shows until `text` is there.
fn shown(child: &mut Child, text: &str) -> String {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains(text) {
        let read = child.stdout.as_mut().unwrap().read(&mut piece).unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
fn a_watched_list_is_drawn_again() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "--wait", "-q"]).ok();
    let mut child =
        start_on_terminal(&world, &format!("{PROGRAM} list --watch=10ms --timeout 60s"));
    let again = "1 shown, every 0.01s; Ctrl-C ends\r\u{1b}[2K\u{1b}[1A\u{1b}[2K";
    let seen = shown(&mut child, again);
    child.stdin.take().unwrap().write_all(b"\x03").unwrap();
    let left = Ran::of(child);
    assert_eq!(left.code, 130);
    let seen = seen + &left.stdout;
    assert!(seen.contains("SUCCEEDED") && seen.contains("s ago"), "{seen:?}");
    // The last table stays.
    let after = seen.rsplit("Ctrl-C ends").next().unwrap();
    assert!(after.contains("interrupted") && !after.contains("\u{1b}[2K"), "{seen:?}");
}

#[test]
fn a_raw_answer_is_laid_out_and_steers_nothing() {
    let script = Script::start(&[
        ("GET /json", Reply::Json(200, "{\"a\":\"\u{9b}2J\"}".to_owned())),
        ("GET /text", Reply::Json(200, "one\u{1b}]52;c;x\u{7}\ntwo\n".to_owned())),
    ]);
    let world = World::at(&script.url);
    let seen = on_terminal(&world, "api GET /json", "");
    assert_eq!(seen.ok(), "{\r\n  \"a\": \"\\u{9b}2J\"\r\n}\r\n");
    let seen = on_terminal(&world, "api GET /text", "");
    assert_eq!(seen.ok(), "one\\u{1b}]52;c;x\\u{7}\r\ntwo\r\n");
    let seen = on_terminal(&world, "api GET /text -o raw", "");
    assert_eq!(seen.ok(), "one\u{1b}]52;c;x\u{7}\r\ntwo\r\n");
}

/// Somebody who reads the question before answering.
struct Talk {
    child: Child,
    /// What was on the screen so far.
    seen: String,
}

impl Talk {
    fn start(world: &World, line: &str) -> Self {
        Self { child: start_on_terminal(world, line), seen: String::new() }
    }

    /// Reads up to `question` and types `answer`.
    fn answer(&mut self, question: &str, answer: &str) {
        let mut seen = Vec::new();
        while !seen.ends_with(question.as_bytes()) {
            let mut byte = [0];
            let read = self.child.stdout.as_mut().unwrap().read(&mut byte).unwrap();
            assert_eq!(read, 1, "{}", String::from_utf8_lossy(&seen));
            seen.extend(byte);
        }
        self.seen.push_str(&String::from_utf8(seen).unwrap());
        self.child.stdin.as_mut().unwrap().write_all(answer.as_bytes()).unwrap();
    }

    /// The end, with all that was on the screen.
    fn end(mut self) -> Ran {
        // An end of input right behind a key such as Ctrl-C could be heard first.
        let _open = self.child.stdin.take();
        let ran = Ran::of(self.child);
        Ran { stdout: self.seen + &ran.stdout, ..ran }
    }
}

#[test]
fn config_init_asks_and_the_secret_is_not_seen() {
    let world = World::bare();
    let mut talk = Talk::start(&world, &format!("{PROGRAM} config init"));
    talk.answer("0123456789ABCDEF01234567@AdobeOrg: ", "mine@AdobeOrg\n");
    talk.answer("Client ID: ", "client\n");
    talk.answer("(not shown; nothing to leave it out): ", "p8e-canary\n");
    talk.answer("Sandbox [prod]: ", "\n");
    let ran = talk.end();
    assert!(ran.ok().contains("org_id, client_id, sandbox, client_secret"), "{ran:?}");
    // The terminal shows what is typed, but for the secret.
    assert!(ran.stdout.contains("mine@AdobeOrg") && !ran.stdout.contains("canary"), "{ran:?}");
    assert_eq!(
        std::fs::read_to_string(world.config()).unwrap(),
        "[profiles.default]\norg_id = \"mine@AdobeOrg\"\nclient_id = \"client\"\nsandbox = \"prod\"\n\
         client_secret = \"p8e-canary\"\n"
    );

    // What flags say is not asked; an end of input is no answer; nobody is asked in vain.
    let flags = "--profile two --org o@AdobeOrg --client-id c --sandbox dev";
    let mut talk = Talk::start(&world, &format!("{PROGRAM} config init {flags}"));
    talk.answer("(not shown; nothing to leave it out): ", "\n");
    let ran = talk.end();
    assert!(!ran.ok().contains("Client ID:"), "{ran:?}");
    let ran = on_terminal(&world, "config init --profile three", "\u{4}");
    assert!(ran.code == 2 && ran.stdout.contains("there was no answer"), "{ran:?}");
    assert!(!std::fs::read_to_string(world.config()).unwrap().contains("three"));
    let ran = on_terminal(&world, "config init", "");
    assert!(ran.code == 2 && ran.stdout.contains("there is a profile `default`"), "{ran:?}");
    assert!(!ran.stdout.contains("Organisation"), "{ran:?}");
}

#[test]
fn auth_login_asks_for_what_is_missing_and_the_secret_is_not_seen() {
    let service = Service::quick();
    let world = World::bare().with("AEP_BASE_URL", &service.url).with("AEP_IMS_URL", &service.url);
    let mut talk = Talk::start(&world, &format!("{PROGRAM} auth login"));
    talk.answer("0123456789ABCDEF01234567@AdobeOrg: ", "0123456789ABCDEF01234567@AdobeOrg\n");
    talk.answer("Client ID: ", "client\n");
    talk.answer("Client secret (not shown): ", "p8e-canary\n");
    let ran = talk.end();
    assert!(ran.ok().contains("org_id, client_id, client_secret in profile `default`"), "{ran:?}");
    assert!(!ran.stdout.contains("canary"), "{ran:?}");
    let written = std::fs::read_to_string(world.config()).unwrap();
    assert!(written.contains("client_secret = \"p8e-canary\""), "{written}");

    // What is there is not asked for, and what was not proved is not written.
    let ran = on_terminal(&world, "auth login", "");
    assert!(!ran.ok().contains("Client"), "{ran:?}");
    service.fault(
        r#"{"match": {"operation": "ims.token"},
            "action": {"answer": {"status": 401, "envelope": "ims", "code": "invalid_client"}}}"#,
    );
    let mut talk = Talk::start(&world, &format!("{PROGRAM} auth login --client-id new"));
    talk.answer("Client secret (not shown): ", "wrong-canary\n");
    let ran = talk.end();
    assert!(ran.code == 4 && ran.stdout.contains("invalid_client"), "{ran:?}");
    assert!(!ran.stdout.contains("canary"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(world.config()).unwrap(), written);
}

#[test]
fn leaving_at_the_secret_leaves_a_terminal_that_shows_what_is_typed() {
    let world = World::bare();
    let flags = "--org o@AdobeOrg --client-id c --sandbox dev";
    // The shell goes on after Ctrl-C, and looks.
    let line = format!("trap : INT; {PROGRAM} config init {flags}; echo code $?; stty -a");
    let mut talk = Talk::start(&world, &line);
    talk.answer("(not shown; nothing to leave it out): ", "half a secret\u{3}");
    let ran = talk.end();
    assert!(ran.stdout.contains("code 130"), "{ran:?}");
    assert!(ran.stdout.contains(" echo ") && !ran.stdout.contains(" -echo "), "{ran:?}");
    assert!(!ran.stdout.contains("half") && !world.config().exists(), "{ran:?}");
}
