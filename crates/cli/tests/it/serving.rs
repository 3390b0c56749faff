//! The emulator as the command line and the environment set it up.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use crate::secrets::files;
use crate::world::{Ran, World};

/// `emulator serve` as a process of its own; ended when dropped.
struct Served {
    process: Option<Child>,
    ready: serde_json::Value,
}

impl Served {
    fn by(world: &World, args: &[&str]) -> Self {
        let serve = ["emulator", "serve", "-o", "json", "-vv", "--dir", "data"];
        let mut process = world.spawn(&[&serve, args].concat());
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_default();
        Self { process: Some(process), ready }
    }

    fn url(&self) -> &str {
        self.ready["url"].as_str().expect("the emulator is ready")
    }

    /// The answer to a token request of this client, as it comes over the wire.
    fn token(&self, id: &str, secret: &str) -> String {
        let mut wire = TcpStream::connect(self.url().strip_prefix("http://").unwrap()).unwrap();
        let form = format!(
            "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=openid"
        );
        let request = format!(
            "POST /ims/token/v3 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        wire.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        wire.read_to_string(&mut answer).unwrap();
        answer
    }

    /// All that it said, once it has been stopped.
    fn stopped(mut self) -> Ran {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        Ran::of(process)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The kinds of errors that three lists in a row meet, and `ok` for a good one.
fn three_lists(url: &str) -> Vec<String> {
    let world = World::signed_in(url);
    let look = || {
        let ran = world.run(&["list", "-o", "json"]);
        if ran.code == 0 { "ok".to_owned() } else { ran.error()["http_status"].to_string() }
    };
    (0..3).map(|_| look()).collect()
}

const FIRST: &str = r#"{"match": {"operation": "export_jobs.list"}, "when": {"nth": 1},
    "action": {"answer": {"status": 501}}}"#;
const SECOND: &str = r#"[{"match": {"operation": "export_jobs.list"}, "when": {"nth": 2},
    "action": {"answer": {"status": 505}}}]"#;

#[test]
fn faults_are_set_by_flags_of_which_there_may_be_several() {
    let world = World::bare().with("AEP_EMULATOR_FAULT", "not looked at");
    std::fs::write(world.path("second.json"), SECOND).unwrap();
    let served = Served::by(&world, &["--port", "0", "--fault", FIRST, "--fault", "@second.json"]);
    assert_eq!(three_lists(served.url()), ["501", "505", "ok"]);
    assert!(served.stopped().stderr.contains("the emulator plays 2 faults"));
}

#[test]
fn where_no_flags_can_be_passed_variables_do_the_same() {
    let world = World::bare()
        .with("AEP_EMULATOR_PORT", "0")
        .with("AEP_EMULATOR_FAULT", FIRST)
        .with("AEP_EMULATOR_CREDENTIALS", "ci:canary:with a colon")
        .with("AEP_EMULATOR_TOKEN_TTL", "1m");
    let served = Served::by(&world, &[]);
    assert!(!served.url().ends_with(":8377"));
    let token = served.token("ci", "canary%3Awith+a+colon");
    assert!(token.contains(r#""expires_in":60}"#), "{token}");
    assert!(served.token("ci", "canary").contains(" 401 "));
    assert!(served.token("aep-export-emulator", "not-a-secret").contains(" 401 "));
    let user = World::signed_in(served.url())
        .with("AEP_CLIENT_ID", "ci")
        .with("AEP_CLIENT_SECRET", "canary:with a colon");
    let list = || user.run(&["list", "-o", "json"]).code;
    assert_eq!([list(), list()], [10, 0]);
}

#[test]
fn credentials_are_shown_to_nobody() {
    let world = World::bare();
    let client = ["--port", "0", "--credentials", "canary-id:canary-secret"];
    let served = Served::by(&world, &client);
    let environment = served.ready["environment"].as_object().unwrap();
    let names: Vec<_> = environment.keys().map(String::as_str).collect();
    assert_eq!(names, ["AEP_BASE_URL", "AEP_IMS_URL", "AEP_ORG_ID"]);
    assert!(served.token("canary-id", "canary-secret").contains(" 200 "));
    assert!(served.token("canary-id", "another-canary").contains(" 401 "));
    // A token of somebody else, and what a signed address holds.
    assert_eq!(World::at(served.url()).run(&["list", "--offset", "1_canary"]).code, 4);
    let ready = served.ready.to_string();
    let ran = served.stopped();
    for said in [&ready, &ran.stdout, &ran.stderr] {
        assert!(!said.contains("canary"), "{said}");
    }
    assert!(ran.stderr.contains("the credentials that it was given"), "{ran:?}");
    let kept = files(&world.path("data"));
    assert!(!kept.is_empty());
    for (file, text) in kept {
        assert!(!text.contains("canary"), "{file}");
    }
}

/// Flag or variable, its value, and what the sentence must say.
const WRONG: &[(&str, &str, &str)] = &[
    ("--fault", "reset", "--fault: faults: not JSON: expected value at line 1 column 1"),
    ("--fault", "{}", "--fault: fault 1, action: is missing"),
    (
        "--fault",
        r#"[{"action": "reset"}, {"when": {"tims": 1}, "action": "reset"}]"#,
        "--fault: fault 2, when: unknown field `tims`",
    ),
    ("--fault", r#"{"action": {"cut": {}}}"#, "fault 1, action.cut: missing field `after`"),
    ("--fault", r#"{"action": "reset", "when": {"nth": 0}}"#, "fault 1, when.nth: is counted"),
    ("--fault", "@missing.json", "--fault: cannot read missing.json: no such file or directory"),
    ("--fault", "@wrong.json", "wrong.json: fault 1, action: unknown variant `explode`"),
    ("AEP_EMULATOR_FAULT", "{}", "AEP_EMULATOR_FAULT: fault 1, action: is missing"),
    ("AEP_EMULATOR_FAULT", "@missing.json", "AEP_EMULATOR_FAULT: cannot read missing.json"),
    ("--credentials", "canary", "--credentials: expected ID:SECRET"),
    ("--credentials", "canary:", "--credentials: expected ID:SECRET"),
    ("--credentials", ":canary", "--credentials: expected ID:SECRET"),
    ("--credentials", "", "--credentials: expected ID:SECRET"),
    ("AEP_EMULATOR_CREDENTIALS", "canary", "AEP_EMULATOR_CREDENTIALS: expected ID:SECRET"),
    ("--token-ttl", "0", "expected at least 1s"),
    ("--token-ttl", "999ms", "expected at least 1s"),
    ("--token-ttl", "60", "expected a duration such as"),
    ("AEP_EMULATOR_TOKEN_TTL", "soon", "AEP_EMULATOR_TOKEN_TTL: \"soon\": expected a duration"),
    ("AEP_EMULATOR_PORT", "99999", "AEP_EMULATOR_PORT: \"99999\": expected a port"),
    ("AEP_EMULATOR_PORT", "-1", "AEP_EMULATOR_PORT: \"-1\": expected a port"),
];

#[test]
fn a_wrong_setting_is_named_with_its_place_and_nothing_is_served() {
    for (name, value, sentence) in WRONG {
        let mut world = World::bare();
        let mut args = vec!["emulator", "serve", "--dir", "data", "--timeout", "5s"];
        match name.starts_with("--") {
            true => args.extend([*name, *value]),
            false => world = world.with(name, value),
        }
        std::fs::write(world.path("wrong.json"), r#"{"action": "explode"}"#).unwrap();
        let ran = world.run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{name} {value}: {ran:?}");
        assert!(ran.stderr.contains(sentence), "{name} {value}: {ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
        assert!(!world.path("data").exists(), "{name} {value}");
    }
    let good = r#"{"action": "reset"}"#;
    let second = ["emulator", "serve", "--fault", good, "--fault", "{}"];
    let ran = World::bare().run(&second);
    assert!(ran.stderr.contains("--fault no. 2: fault 1, action: is missing"), "{ran:?}");
}

#[test]
fn inside_the_program_faults_can_be_rehearsed_too() {
    let lost = r#"{"match": {"operation": "export_jobs.create"}, "stage": "after",
        "action": {"answer": {"status": 502, "envelope": "html"}}}"#;
    let world = World::bare().with("AEP_EMULATOR_FAULT", lost);
    let create = ["--emulator", "create", "--create-dataset", "gold", "-o", "id"];
    let created = world.run(&create);
    assert!(created.stderr.contains("the emulator plays 1 fault"), "{created:?}");
    assert_eq!(world.run(&["--emulator", "list", "-o", "id"]).ok(), created.ok());

    let wrong = World::bare().with("AEP_EMULATOR_FAULT", "{}").run(&["--emulator", "list"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("AEP_EMULATOR_FAULT: fault 1, action"), "{wrong:?}");
}
