//! Segment jobs: audiences evaluated from the command line.

use serde_json::Value;

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::World;

const JOBS: &str = "/data/core/ups/segment/jobs";
const SEGMENT: &str = "4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10";
/// A segment job's id, as the script gives it.
const ID: &str = "a-b";

fn job(status: &str) -> Reply {
    Reply::Json(200, format!(r#"{{"id":"{ID}","status":"{status}"}}"#))
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_job_is_created_by_names_and_ids_and_waited_for() {
    let world = World::bare();
    let gold = world.run(&["--emulator", "audience", "list", "-o", "json"]);
    let gold = parsed(gold.ok());
    let id_of = |name: &str| {
        let all = gold.as_array().unwrap().iter();
        let found = all.filter(|one| one["name"] == name).map(|one| one["id"].as_str().unwrap());
        found.collect::<Vec<_>>()[0].to_owned()
    };
    let (by_id, by_name) = (id_of("Gold members"), "Gold members");
    let create =
        ["--emulator", "segment-job", "create", "--audience", by_name, "--segment", &by_id];
    let created = world.run(&[&create[..], &["-o", "json"]].concat());
    let job = parsed(created.ok());
    assert_eq!(job["status"], "NEW");
    let segments = job["segments"].as_array().unwrap();
    assert!(segments.iter().all(|segment| segment["segmentId"] == by_id.as_str()), "{job}");
    let id = job["id"].as_str().unwrap();
    assert!(created.stderr.contains(&format!("segment job {id} created")), "{created:?}");

    let waited = world.run(&["--emulator", "segment-job", "wait", id]);
    assert!(waited.ok().contains("SUCCEEDED"), "{waited:?}");
    let got = world.run(&["--emulator", "segment-job", "get", id, "-o", "json"]);
    assert_eq!(parsed(got.ok())["status"], "SUCCEEDED");
    let at_once = ["--emulator", "segment-job", "create", "--all", "--wait", "-o", "json"];
    let all = world.run(&at_once);
    assert_eq!(parsed(all.ok())["status"], "SUCCEEDED", "{all:?}");
    let events: Vec<Value> =
        all.stderr.lines().filter(|line| line.contains("state")).map(parsed).collect();
    assert_eq!(events.last().unwrap()["to"], "SUCCEEDED");
    assert_eq!(events.last().unwrap()["segment_job_id"], parsed(all.ok())["id"]);

    let listed = world.run(&["--emulator", "segment-job", "list", "-o", "id"]);
    assert_eq!(listed.ok().lines().count(), 2);
    let listed = world.run(&["--emulator", "segment-job", "list", "--status", "failed"]);
    assert!(listed.ok().is_empty() && listed.stderr.contains("no segment jobs"), "{listed:?}");
}

#[test]
fn what_a_job_came_to_is_the_exit_code() {
    let failed = format!(
        r#"{{"id":"{ID}","status":"FAILED","errors":[{{"error-code":"9","error-message":"no"}}]}}"#
    );
    for (reply, code, part) in [
        (job("SUCCEEDED"), 0, ""),
        (Reply::Json(200, failed), 6, "segment job a-b failed: 9: no"),
        (job("CANCELLED"), 7, "segment job a-b was cancelled"),
        (job("PROCESSING"), 8, "segment job a-b is not finished (PROCESSING)"),
        (Reply::Json(404, r#"{"message":"gone"}"#.to_owned()), 3, "cannot find segment job a-b"),
        (Reply::Html(503), 10, "cannot find out about segment job a-b"),
    ] {
        let script = Script::start(&[("GET ", reply)]);
        let wait = ["segment-job", "wait", ID, "--timeout", "0", "-o", "json"];
        let ran = World::at(&script.url).run(&wait);
        assert_eq!((ran.code, script.all().len()), (code, 1), "{ran:?}");
        if code == 0 {
            continue;
        }
        let error = ran.error();
        let (message, id) = (error["message"].as_str().unwrap(), &error["segment_job_id"]);
        assert!(message.contains(part), "{ran:?}");
        assert_eq!((id, &error["job_id"]), (&Value::from(ID), &Value::Null));
        // The job that was seen is data, whatever came of it.
        assert_eq!(ran.stdout.contains(r#""status""#), matches!(code, 6..=8), "{ran:?}");
        let again = format!("take up again with: aep-export segment-job wait {ID}");
        assert_eq!(
            error["hint"].as_str().unwrap_or_default().contains(&again),
            matches!(code, 8 | 10)
        );
    }
}

#[test]
fn a_create_is_sent_once_and_its_loss_is_told() {
    let create = ["segment-job", "create", "--segment", SEGMENT, "-o", "json"];
    for reply in [Reply::Html(502), Reply::Close, Reply::Json(200, "{}".to_owned())] {
        let script = Script::start(&[("POST ", reply)]);
        let ran = World::at(&script.url).with("AEP_RETRIES", "3").run(&create);
        let sent: Vec<String> = script.all().into_iter().map(|came| came.line).collect();
        let looked = format!("GET {JOBS}?limit=100&sort=creationTime%3Adesc");
        assert_eq!((ran.code, sent), (9, vec![format!("POST {JOBS}"), looked]), "{ran:?}");
        let error = ran.error();
        assert_eq!(error["kind"], "unknown_outcome");
        assert!(error["hint"].as_str().unwrap().contains("aep-export segment-job list"), "{error}");
    }
    // Refused by the service itself, which has too many of them: nothing was made.
    let busy = r#"{"errors":{"429":[{"code":"x","message":"too many"}]},"status":429}"#;
    let script = Script::start(&[("POST ", Reply::Json(429, busy.to_owned()))]);
    let ran = World::at(&script.url).run(&create);
    assert_eq!((ran.code, ran.error()["kind"].as_str()), (10, Some("rate_limited")), "{ran:?}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let script = Script::start(&[]);
    let world = World::at(&script.url);
    for (args, part) in [
        (&["create"][..], "nothing to evaluate: give --segment ID, --audience NAME or --all"),
        (&["create", "--all", "--segment", SEGMENT], "cannot be used with"),
        (&["create", "--segment", ""], "empty id"),
        (&["create", "--segment", " s"], "the segment id \" s\" has white space around it"),
        (&["get", " "], "the segment job id \" \" is empty"),
        (&["create", "--all", "--interval", "1s"], "--wait"),
        (&["list", "--status", "DONE"], "possible values: "),
        (&["cancel", ID], "nobody can be asked whether to cancel segment job a-b: add --yes"),
        (&["create", "--all", "--timeout", "0"], "look once"),
    ] {
        let ran = world.run(&[&["segment-job"], args].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {ran:?}");
    }
    assert!(script.all().is_empty());
}

#[test]
fn a_dry_run_shows_what_would_be_sent() {
    let world = World::bare();
    let dry = |args: &[&str]| {
        let ran = world.run(&[&["segment-job"], args, &["--dry-run", "-o", "json"]].concat());
        parsed(ran.ok()).as_array().unwrap().clone()
    };
    let requests = dry(&["create", "--audience", "Gold members"]);
    assert!(requests[0]["url"].as_str().unwrap().contains("/segment/definitions"), "{requests:?}");
    let body = parsed(requests[1]["body"].as_str().unwrap());
    assert_eq!(body[0]["segmentId"], "<id of the audience \"Gold members\">");
    let requests = dry(&["create", "--all"]);
    assert!(requests[0]["body"].as_str().unwrap().contains(r#""segmentId":"*""#), "{requests:?}");
    let listed = dry(&["list", "--limit", "5"]);
    let url = listed[0]["url"].as_str().unwrap();
    assert!(url.ends_with("/segment/jobs?limit=5&sort=creationTime%3Adesc"), "{url}");
    assert_eq!(dry(&["cancel", ID])[0]["method"], "DELETE");
    let curl = world.run(&["segment-job", "get", ID, "--curl"]);
    assert!(curl.ok().contains("/data/core/ups/segment/jobs/a-b"), "{curl:?}");
}

#[test]
fn a_cancelled_job_is_cancelled() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let id = world.run(&["segment-job", "create", "--all", "-o", "id"]);
    let id = id.ok().trim();
    let cancelled = world.run(&["segment-job", "cancel", id, "--yes"]);
    cancelled.ok();
    assert!(cancelled.stderr.contains("is marked for cancelling"), "{cancelled:?}");
    assert_eq!(world.run(&["segment-job", "wait", id]).code, 7);
    let gone = world.run(&["segment-job", "cancel", "nobody", "--yes"]);
    assert_eq!(gone.code, 3);
    assert!(gone.stderr.contains("aep-export segment-job list"), "{gone:?}");
}
