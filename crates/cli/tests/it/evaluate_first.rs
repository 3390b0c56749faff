//! `run --evaluate-first`: a segment job, and then the export.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use serde_json::Value;

use crate::inside::{Hurry, run};
use crate::script::{Reply, Script, fit_dataset, job};
use crate::service::Service;
use crate::world::{Ran, World};

const EVALUATIONS: &str = "/data/core/ups/segment/jobs";
const JOBS: &str = "/data/core/ups/export/jobs";
const DATASET: &str = "6123456789abcdef01234567";
const RUN: [&str; 8] =
    ["run", "--dataset", DATASET, "--segment", "gold", "--evaluate-first", "--interval", "1ms"];

fn evaluation(status: &str) -> Reply {
    let errors = r#"[{"code":"9","msg":"no room"}]"#;
    Reply::Json(200, format!(r#"{{"id":"a-b","status":"{status}","errors":{errors}}}"#))
}

fn lines(script: &Script) -> Vec<String> {
    script.all().into_iter().map(|came| came.line).collect()
}

#[test]
fn both_phases_are_shown_and_files_come_of_it() {
    let world = World::bare();
    let ran = world.run(&[
        "--emulator",
        "run",
        "--audience",
        "Gold members",
        "--create-dataset",
        "gold",
        "--evaluate-first",
        "--to",
        "gold",
        "-o",
        "json",
    ]);
    let record: Value = serde_json::from_str(ran.ok()).unwrap();
    assert!(record["id"].is_number(), "the export job's own record: {record}");
    let events: Vec<Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ended = |key: &str| {
        events.iter().position(|event| event["to"] == "SUCCEEDED" && event[key].is_string())
    };
    let (evaluated, exported) = (ended("segment_job_id").unwrap(), ended("job_id").unwrap());
    assert!(evaluated < exported, "{events:?}");
    assert!(world.path("gold/manifest.json").is_file());
    let listed = world.run(&["--emulator", "segment-job", "list", "-o", "id"]);
    assert_eq!(listed.ok().trim(), events[evaluated]["segment_job_id"].as_str().unwrap());
}

#[test]
fn nothing_is_exported_before_the_segment_job_has_succeeded() {
    let script = Script::start(&[
        fit_dataset(),
        (&format!("POST {EVALUATIONS}"), evaluation("NEW")),
        (&format!("GET {EVALUATIONS}/a-b"), evaluation("PROCESSING")),
        (&format!("GET {EVALUATIONS}/a-b"), evaluation("SUCCEEDED")),
        (&format!("POST {JOBS}"), job("NEW")),
        (&format!("GET {JOBS}/7"), job("SUCCEEDED")),
    ]);
    World::at(&script.url).run(&RUN).ok();
    let get = |what: &str| format!("GET {what}");
    let expected = [
        get(&format!("/data/foundation/catalog/dataSets/{DATASET}")),
        format!("POST {EVALUATIONS}"),
        get(&format!("{EVALUATIONS}/a-b")),
        get(&format!("{EVALUATIONS}/a-b")),
        format!("POST {JOBS}"),
        get(&format!("{JOBS}/7")),
    ];
    assert_eq!(lines(&script), expected);
}

#[test]
fn a_segment_job_that_ends_badly_ends_the_run() {
    for (status, code, part) in [
        ("FAILED", 6, "segment job a-b failed: 9: no room"),
        ("CANCELLED", 7, "segment job a-b was cancelled"),
    ] {
        let script = Script::start(&[
            fit_dataset(),
            ("POST ", evaluation("NEW")),
            ("GET ", evaluation(status)),
        ]);
        let ran = World::at(&script.url).run(&[&RUN[..], &["-o", "json"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        let error = ran.error();
        assert_eq!((&error["message"], &error["segment_job_id"]), (&part.into(), &"a-b".into()));
        assert_eq!(error["job_id"], Value::Null);
        assert!(!lines(&script).contains(&format!("POST {JOBS}")));
    }
}

#[test]
fn a_lost_segment_job_is_nine_and_no_export_follows() {
    for reply in [Reply::Close, Reply::Html(504)] {
        let script = Script::start(&[fit_dataset(), ("POST ", reply)]);
        let ran = World::at(&script.url).with("AEP_RETRIES", "3").run(&RUN);
        assert_eq!(ran.code, 9, "{ran:?}");
        assert!(ran.stderr.contains("aep-export segment-job list"), "{ran:?}");
        assert_eq!(lines(&script).iter().filter(|line| line.starts_with("POST")).count(), 1);
    }
}

/// Starts a run that waits for its segment job, and stops it.
fn stopped(extra: &[&str], signal: &str) -> (Ran, Vec<String>) {
    let script = Script::start(&[
        fit_dataset(),
        ("POST ", evaluation("NEW")),
        ("GET ", evaluation("PROCESSING")),
        ("DELETE ", Reply::Json(200, "{}".to_owned())),
    ]);
    let args = ["run", "--dataset", DATASET, "--segment", "gold", "--evaluate-first"];
    let args =
        [&args[..], &["--interval", "1h", "--to", "out", "--sandbox", "dev"], extra].concat();
    let world = World::at(&script.url);
    let mut child = world.spawn(&args);
    let mut said = String::new();
    let mut reader = BufReader::new(child.stderr.as_mut().unwrap());
    while !said.contains("PROCESSING") {
        assert_ne!(reader.read_line(&mut said).unwrap(), 0, "it ended too soon: {said}");
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    (Ran::of(child), lines(&script))
}

#[test]
fn stopped_meanwhile_the_segment_job_goes_on() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (ran, lines) = stopped(&[], signal);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains("segment job a-b goes on"), "{ran:?}");
        let hint = "take up again with: aep-export --sandbox dev segment-job wait a-b, then the same \
                    command without --evaluate-first";
        assert!(ran.stderr.contains(hint), "{ran:?}");
        assert!(!lines.iter().any(|line| line.contains(JOBS)), "{lines:?}");
    }
    let script = Script::start(&[
        fit_dataset(),
        ("POST ", evaluation("NEW")),
        ("GET ", evaluation("PROCESSING")),
    ]);
    let args = [&RUN[..], &["--timeout", Hurry::LIMIT]].concat();
    // The first look is at the dataset, the second at the segment job.
    let looks = script.looks();
    let hurry = Hurry::limit_at(Arc::new(move || looks().saturating_sub(1)));
    let left = run(&World::at(&script.url), &args, &hurry);
    assert_eq!(left.code, ExitCode::from(8), "{left:?}");
    assert!(left.stderr.contains("segment job a-b goes on"), "{left:?}");
}

#[test]
fn an_interrupt_cancels_the_segment_job_when_asked_to() {
    let (ran, lines) = stopped(&["--cancel-on-interrupt"], "-INT");
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("segment job a-b is marked for cancelling"), "{ran:?}");
    assert_eq!(lines.last().unwrap(), &format!("DELETE {EVALUATIONS}/a-b"));
    // SIGTERM leaves it, as it leaves a job.
    let (ran, lines) = stopped(&["--cancel-on-interrupt"], "-TERM");
    assert_eq!(ran.code, 143, "{ran:?}");
    assert!(!lines.iter().any(|line| line.starts_with("DELETE")), "{lines:?}");
}

#[test]
fn who_attaches_to_an_equal_job_evaluates_nothing() {
    let equal = format!(
        r#"{{"records":[{{"id":7,"status":"NEW","destination":{{"datasetId":"{DATASET}"}},
            "filter":{{"segments":[{{"segmentId":"gold"}}]}}}}]}}"#
    );
    let script = Script::start(&[
        fit_dataset(),
        (&format!("GET {JOBS}?"), Reply::Json(200, equal)),
        (&format!("GET {JOBS}/7"), job("SUCCEEDED")),
    ]);
    let ran = World::at(&script.url).run(&[&RUN[..], &["--once"]].concat());
    ran.ok();
    assert!(ran.stderr.contains("attached to job 7"), "{ran:?}");
    assert!(lines(&script).iter().all(|line| line.starts_with("GET ")));
}

/// The evaluation may take hours: somebody else may have started the same export meanwhile.
#[test]
fn it_looks_for_an_equal_job_once_more_after_the_evaluation() {
    let none = Reply::Json(200, r#"{"records":[]}"#.to_owned());
    let script = Script::start(&[
        fit_dataset(),
        (&format!("GET {JOBS}?"), none),
        (&format!("POST {EVALUATIONS}"), evaluation("NEW")),
        (&format!("GET {EVALUATIONS}/a-b"), evaluation("SUCCEEDED")),
        (&format!("POST {JOBS}"), job("NEW")),
        (&format!("GET {JOBS}/7"), job("SUCCEEDED")),
    ]);
    World::at(&script.url).run(&[&RUN[..], &["--once"]].concat()).ok();
    let lists = lines(&script).into_iter().filter(|line| line.starts_with(&format!("GET {JOBS}?")));
    assert_eq!(lists.count(), 2);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let script = Script::start(&[]);
    let world = World::at(&script.url);
    let base = ["run", "--dataset", DATASET, "--evaluate-first"];
    for (more, part) in [
        (&[][..], "nothing to evaluate: give --segment or --audience"),
        (&["--segment", "x:AAM"], "no segment job does that with x (AAM)"),
        (&["--segment", "x", "--evaluate"], "cannot be used with"),
    ] {
        let ran = world.run(&[&base[..], more].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    assert!(script.all().is_empty());
}

#[test]
fn a_dry_run_says_it_all() {
    let world = World::bare();
    let run = [
        "run",
        "--dataset",
        DATASET,
        "--audience",
        "Gold members",
        "--segment",
        "x:AAM",
        "--evaluate-first",
    ];
    let ran = world.run(&[&run[..], &["--dry-run", "-o", "json"]].concat());
    let requests: Value = serde_json::from_str(ran.ok()).unwrap();
    let sent: Vec<String> = requests
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let url = one["url"].as_str().unwrap();
            let path = url.split(['?', '#']).next().unwrap().rsplit('/').next().unwrap();
            format!("{} {path}", one["method"].as_str().unwrap())
        })
        .collect();
    assert_eq!(sent, ["GET definitions", &format!("GET {DATASET}"), "POST jobs", "POST jobs"]);
    let body = requests[2]["body"].as_str().unwrap();
    assert_eq!(body, r#"[{"segmentId":"<id of the audience \"Gold members\">"}]"#);
    assert!(ran.stderr.contains("no segment job evaluates x (AAM)"), "{ran:?}");
    assert!(ran.stderr.contains("the segment job is asked for until it has succeeded"), "{ran:?}");
    let curl = world.run(&[&run[..], &["--curl"]].concat());
    assert!(curl.ok().contains(EVALUATIONS), "{curl:?}");
}

#[test]
fn over_the_emulator_the_order_is_the_same() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    service
        .fault(r#"{"match":{"operation":"segment_jobs.get"},"action":{"answer":{"status":403}}}"#);
    let run = ["run", "--audience", "Gold members", "--create-dataset", "x", "--evaluate-first"];
    let ran = world.run(&run);
    assert_eq!(ran.code, 4, "{ran:?}");
    // Nothing was made but the segment job.
    assert_eq!(service.asked_for("datasets.create"), 0);
    assert_eq!(service.asked_for("export_jobs.create"), 0);
}
