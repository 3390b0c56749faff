//! Texts of the service that would steer a terminal: made visible for people, exact for programs.

use serde_json::{Value, json};

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
