//! Texts of the service that would steer a terminal: made visible for people, exact for programs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::every_command::lines;
use crate::script::{Reply, Script};
use crate::world::{Ran, World};

/// A new title, a cleared screen, a clipboard, a C1 control, a turned direction, a new line, a bell.
const EVIL: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}gpj\u{2066}\r\n\u{8}\u{7f}";

/// Whatever a person reads has none of what steers.
#[track_caller]
fn assert_harmless(what: &str, text: &str) {
    let steers = |char: &char| {
        (char.is_control() && *char != '\n')
            || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(steers), None, "{what}: {text:?}");
}

fn job(status: &str) -> Value {
    json!({
        "id": format!("7{EVIL}"),
        "status": status,
        "jobType": EVIL,
        "requestId": EVIL,
        "fields": EVIL,
        "schema": {"name": EVIL},
        "mergePolicy": {"id": EVIL},
        "destination": {"datasetId": EVIL, "batchId": EVIL},
        "errors": [{"code": EVIL, "msg": EVIL, "callStack": EVIL}],
    })
}

/// What each command is answered.
fn answers() -> Vec<(&'static [&'static str], u16, Value)> {
    let dataset =
        json!({"name": EVIL, "description": EVIL, "state": EVIL, "schemaRef": {"id": EVIL}});
    let audience =
        json!({"id": EVIL, "name": EVIL, "description": EVIL, "expression": {"value": EVIL}});
    let batch = json!({"status": EVIL, "relatedObjects": [{"type": EVIL, "id": EVIL}]});
    let refusal = json!({"error_code": EVIL, "message": EVIL, "title": EVIL, "detail": EVIL});
    vec![
        (&["list"], 200, json!({"records": [job(EVIL), job("FAILED")]})),
        (&["get", "7"], 200, job(EVIL)),
        (&["wait", "7"], 200, job("FAILED")),
        (&["wait", "7", "--timeout", "0"], 200, job(EVIL)),
        (&["files", "7"], 200, job(EVIL)),
        (&["cancel", "7", "--yes"], 200, json!({"status": true, "message": EVIL})),
        (&["dataset", "list"], 200, json!({EVIL: dataset})),
        (&["dataset", "get", "d"], 200, json!({"d": dataset})),
        (&["dataset", "create", "d"], 200, json!([format!("@/dataSets/{EVIL}")])),
        (&["audience", "list"], 200, json!({"segments": [audience]})),
        (&["audience", "get", "a"], 200, audience.clone()),
        (&["batch", "get", "b"], 200, json!({"b": batch})),
        (&["get", "7"], 400, refusal.clone()),
        (&["list"], 403, json!({"errors": {"403": [{"code": EVIL, "message": EVIL}]}})),
        (&["create", "--dataset", "d"], 200, json!({"message": EVIL})),
        (&["create", "--dataset", "d"], 200, job(EVIL)),
        (&["run", "--dataset", "d"], 200, job("FAILED")),
        (&["list"], 200, json!({"records": [], "link": {"next": EVIL}})),
        (&["get", "7"], 200, json!({"metrics": EVIL})),
    ]
}

fn run(args: &[&str], more: &[&str], status: u16, answer: &Value) -> Ran {
    let script = Script::start(&[("", Reply::Json(status, answer.to_string()))]);
    World::at(&script.url).run(&[args, more].concat())
}

#[test]
fn nothing_that_a_person_reads_steers_the_terminal() {
    let mut shown = 0;
    for (args, status, answer) in answers() {
        for more in [&[][..], &["-vv"], &["-o", "id"], &["--color", "never", "-q"]] {
            let ran = run(args, more, status, &answer);
            let what = format!("{args:?} {more:?}");
            assert_harmless(&what, &ran.stdout);
            assert_harmless(&what, &ran.stderr);
            shown += usize::from(format!("{}{}", ran.stdout, ran.stderr).contains("\\u{1b}[2J"));
        }
    }
    assert!(shown > 30, "it is shown, and visible: {shown}");
}

/// All that any command looks for, with something evil in every text.
fn everything(status: &str) -> Value {
    let mut all = job(status);
    let audience =
        json!({"id": EVIL, "name": EVIL, "segmentId": EVIL, "expression": {"value": EVIL}});
    let dataset = json!({"name": EVIL, "state": EVIL, "schemaRef": {"id": EVIL}, "status": EVIL,
        "relatedObjects": [{"type": EVIL, "id": EVIL}]});
    let parts = json!({
        "name": EVIL, "description": EVIL, "message": EVIL, "source": EVIL, "sandbox": {"sandboxName": EVIL},
        "records": [job(status)], "children": [job(status)], "segments": [audience],
        "data": [{"dataSetFileId": EVIL, "name": EVIL, "length": 4}],
        "6123456789abcdef01234567": dataset, "01EP3YJY0000000000000000AB": dataset, EVIL: dataset,
    });
    all.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    all
}

/// Every command that asks a service, as a person reads it.
fn asking() -> Vec<Vec<String>> {
    let asks = |line: &Vec<String>| {
        !["completions", "help", "man", "schema", "template", "config", "emulator"]
            .contains(&line[0].as_str())
    };
    let mut all: Vec<Vec<String>> = lines().into_iter().filter(asks).collect();
    for line in &mut all {
        line.retain(|word| !["-o", "json"].contains(&word.as_str()));
        for word in line.iter_mut().filter(|word| *word == "5s") {
            "300ms".clone_into(word);
        }
    }
    let report = |format: &str| ["report", "-o", format].map(str::to_owned).to_vec();
    all.push(report("markdown"));
    all
}

#[test]
fn no_command_lets_a_service_steer_the_terminal() {
    let refusal = json!({"error_code": EVIL, "error": EVIL, "message": EVIL, "title": EVIL,
        "errors": {"400": [{"code": EVIL, "message": EVIL}]}});
    let granted = json!({"access_token": "token", "expires_in": 3600});
    let mut silent: BTreeSet<String> = asking().iter().map(|line| line.join(" ")).collect();
    for (token, status, answer) in [
        (200, 200, everything(EVIL)),
        (200, 200, everything("FAILED")),
        (200, 200, json!({EVIL: {EVIL: EVIL}})),
        (200, 400, refusal.clone()),
        (200, 503, json!({"message": EVIL})),
        (400, 400, refusal.clone()),
    ] {
        let granted = if token == 200 { &granted } else { &refusal };
        // Nobody looks for a dataset that was made.
        let made =
            if status == 200 { &json!(["@/dataSets/6123456789abcdef01234567"]) } else { &answer };
        let script = Script::start(&[
            ("POST /ims/token", Reply::Json(token, granted.to_string())),
            ("POST /data/foundation/catalog/dataSets", Reply::Json(status, made.to_string())),
            ("", Reply::Json(status, answer.to_string())),
        ]);
        let world = World::signed_in(&script.url).with("AEP_TOKEN_CACHE", "off");
        for line in asking() {
            let mut args: Vec<&str> = line.iter().map(String::as_str).collect();
            args.push("-vv");
            let ran = world.run(&args);
            let what = format!("{} {token} {status}", line.join(" "));
            // What `api` gives to a pipe is for programs.
            if line[0] != "api" {
                assert_harmless(&what, &ran.stdout);
            }
            assert_harmless(&what, &ran.stderr);
            if format!("{}{}", ran.stdout, ran.stderr).contains("\\u{1b}[2J") {
                silent.remove(&line.join(" "));
            }
        }
    }
    assert_eq!(silent, BTreeSet::from(["auth logout".to_owned()]), "these show nothing of it");
}

#[test]
fn programs_get_every_character_as_it_came() {
    for (args, status, answer) in answers().into_iter().filter(|(_, status, _)| *status == 200) {
        let raw = answer.to_string();
        let ran = run(args, &["-o", "json"], status, &answer);
        if ran.code == 0 && args[0] == "get" {
            assert_eq!(ran.stdout.trim_end(), raw, "{args:?}");
        }
        // Our own words say the same in either spelling, and a person may read them.
        assert_harmless(&format!("{args:?}"), &ran.stderr);
        for line in ran.stderr.lines() {
            let _: Value =
                serde_json::from_str(line).unwrap_or_else(|_| panic!("{args:?}: {ran:?}"));
        }
    }
    let (args, status, answer) = (&["get", "7"], 400, json!({"message": EVIL}));
    let error = run(args, &["-o", "json"], status, &answer).error();
    assert!(error["message"].as_str().unwrap().contains("\u{1b}[2J"), "{error}");
}
