//! What is around a job: audiences by name or id, batches, and every file that a job wrote.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::World;

const DEFINITIONS: &str = "/data/core/ups/segment/definitions";
const NOT_FOUND: &str = r#"{"title":"not found","status":404,"errors":{}}"#;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn records(text: &str) -> Vec<Value> {
    parsed(text).as_array().unwrap().clone()
}

#[test]
fn an_audience_is_found_by_its_id_or_its_name() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let named = world.run(&["audience", "get", "Gold members", "-o", "json"]);
    let gold = parsed(named.ok());
    assert_eq!(gold["name"], "Gold members");
    // A name with a space is no id: it is not asked for as one.
    assert_eq!(service.asked_for("audiences.get"), 0);
    let id = gold["id"].as_str().unwrap();
    let by_id = world.run(&["audience", "get", id, "-o", "json"]);
    assert_eq!(parsed(by_id.ok()), gold);
    assert_eq!(world.run(&["audience", "get", "Gold members", "-o", "id"]).ok().trim(), id);

    // Its own record, as it came.
    let listed = world.run(&["audience", "list", "-o", "json"]);
    assert!(records(listed.ok()).contains(&gold));
    for name in ["nobody", "no body"] {
        let none = world.run(&["audience", "get", name]);
        assert_eq!(none.code, 3, "{none:?}");
        assert!(none.stderr.contains("no audience with the id or the name"), "{none:?}");
    }
    assert_eq!(world.run(&["audience", "get", " "]).code, 2);
}

#[test]
fn a_name_that_cannot_stand_in_a_path_is_a_name() {
    for name in ["50%", "a/b", "what?"] {
        let page =
            format!(r#"{{"segments":[{{"id":"x","name":{name:?}}}],"page":{{"totalPages":1}}}}"#);
        let script = Script::start(&[("GET ", Reply::Json(200, page))]);
        let world = World::at(&script.url);
        assert_eq!(world.run(&["audience", "get", name, "-o", "id"]).ok(), "x\n");
        assert!(
            world.run(&["audience", "get", name, "--dry-run"]).ok().contains("limit=100&page=0")
        );
    }
}

/// One that cannot be read may be a second one of that name, unless it says another.
#[test]
fn an_audience_that_cannot_be_read_hides_no_other_and_is_no_reason_to_choose() {
    let page = |broken: &str| {
        let gold = r#"{"id":"x","name":"gold"}"#;
        Reply::Json(200, format!(r#"{{"segments":[{broken},{gold}],"page":{{"totalPages":1}}}}"#))
    };
    let create = ["create", "--dataset", "d", "--audience", "gold", "-o", "json"];
    let made = Reply::Json(200, r#"{"id":"7"}"#.to_owned());
    let other = page(r#"{"id":"y","name":"silver","description":"\ud83d"}"#);
    let script = Script::start(&[("GET ", other), ("POST ", made.clone())]);
    World::at(&script.url).run(&create).ok();
    assert!(script.all().iter().any(|came| came.body.contains(r#""segmentId":"x""#)));

    let perhaps = page(r#"{"id":"y","name":"gold","description":"\ud83d"}"#);
    let script = Script::start(&[("GET ", perhaps), ("POST ", made)]);
    let ran = World::at(&script.url).run(&create);
    assert_eq!((ran.code, ran.error()["kind"].as_str()), (1, Some("bad_answer")), "{ran:?}");
    assert!(ran.stderr.contains("cannot be read, and may be called"), "{ran:?}");
    assert!(ran.error()["hint"].as_str().unwrap().contains("by its id"), "{ran:?}");
    assert!(script.all().iter().all(|came| came.body.is_empty()), "nothing was created");
}

#[test]
fn several_audiences_of_one_name_are_named_and_nothing_is_chosen() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let all = world.run(&["audience", "list", "-o", "json"]);
    let names: Vec<Value> = records(all.ok()).iter().map(|one| one["name"].clone()).collect();
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(name.to_string())).unwrap().as_str().unwrap();
    let same: Vec<Value> =
        records(all.ok()).into_iter().filter(|one| one["name"] == twice).collect();
    assert_eq!(same.len(), 2, "the emulator has two of one name");
    let got = world.run(&["audience", "get", twice]);
    assert_eq!((got.code, got.stdout.as_str()), (2, ""), "{got:?}");
    for audience in &same {
        assert!(got.stderr.contains(audience["id"].as_str().unwrap()), "{got:?}");
    }
    for command in [
        &["run", "--create-dataset", "x", "--audience", twice][..],
        &["create", "--create-dataset", "x", "--audience", twice],
        &["segment-job", "create", "--audience", twice],
    ] {
        let ran = world.run(command);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(&format!("2 audiences are called {twice:?}")), "{ran:?}");
    }
    for create in ["datasets.create", "export_jobs.create", "segment_jobs.create"] {
        assert_eq!(service.asked_for(create), 0, "{create}");
    }
    // Each can be told from the other, and listed with it.
    let listed = world.run(&["audience", "list", "--name", &twice.to_uppercase(), "-o", "json"]);
    assert_eq!(records(listed.ok()), same);
    let one = world.run(&["audience", "get", same[1]["id"].as_str().unwrap(), "-o", "json"]);
    assert_eq!(parsed(one.ok()), same[1]);
    let none = world.run(&["audience", "list", "--name", "nobody"]);
    assert!(none.ok().is_empty() && none.stderr.contains("no audiences"), "{none:?}");
}

#[test]
fn what_is_not_an_answer_about_the_id_is_not_taken_for_a_name() {
    let denied = r#"{"error_code":"403025","message":"Profile is not valid"}"#;
    for (reply, code, lists) in [
        (Reply::Json(404, NOT_FOUND.to_owned()), 0, 1),
        (Reply::Json(400, "{}".to_owned()), 0, 1),
        (Reply::Json(403, denied.to_owned()), 4, 0),
        (Reply::Html(502), 10, 0),
    ] {
        let list = r#"{"segments":[{"id":"a-b","name":"vip"}],"page":{"totalPages":1}}"#;
        let script = Script::start(&[
            (&format!("GET {DEFINITIONS}/vip"), reply),
            (&format!("GET {DEFINITIONS}?"), Reply::Json(200, list.to_owned())),
        ]);
        let got = World::at(&script.url).run(&["audience", "get", "vip", "-o", "id"]);
        assert_eq!((got.code, got.stdout.trim()), (code, if code == 0 { "a-b" } else { "" }));
        let asked = script.all().into_iter().filter(|came| came.line.contains('?'));
        assert_eq!(asked.count(), lists);
    }
}

#[test]
fn every_file_of_every_batch_is_listed() {
    let service = Service::with_small_pages();
    let world = World::signed_in(&service.url);
    let segments = world.run(&["audience", "list", "--limit", "3", "-o", "id"]);
    let segments: Vec<&str> = segments.ok().lines().collect();
    let chosen = segments.iter().flat_map(|segment| ["--segment", segment]);
    let run = ["run", "--create-dataset", "x", "--segment-per-batch", "-o", "json"];
    let ran = world.run(&run.into_iter().chain(chosen).collect::<Vec<_>>());
    let job = parsed(ran.ok());
    let batches: BTreeSet<String> = job["destination"]["batches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| batch["batchId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(batches.len(), 3, "one for each segment");

    let before = service.asked_for("files.list");
    let listed = world.run(&["files", &job["id"].to_string(), "-o", "json"]);
    let files = records(listed.ok());
    let of: BTreeSet<String> =
        files.iter().map(|file| file["batchId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(of, batches);
    // Each batch has its part file and a marker, one a page.
    assert_eq!(service.asked_for("files.list") - before, 6);
    assert_eq!(files.len(), 3, "{files:?}");
    for file in &files {
        assert!(file["name"].as_str().unwrap().ends_with(".parquet"), "no marker: {file}");
        assert!(file["length"].as_u64().unwrap() > 0, "{file}");
    }
    // And a job with one batch for all.
    let one = world.run(&["run", "--create-dataset", "y", "--segment", segments[0], "-o", "json"]);
    let one = parsed(one.ok());
    let listed = world.run(&["files", &one["id"].to_string(), "-o", "ndjson"]);
    let file = parsed(listed.ok().trim());
    assert_eq!(file["batchId"], one["destination"]["batchId"]);
}

#[test]
fn directories_are_followed_from_the_command_line_too() {
    let file = |path: &str, data: &str| {
        let document = format!(r#"{{"data":[{data}]}}"#);
        (format!("GET /data/foundation/export/{path}"), Reply::Json(200, document))
    };
    let job = r#"{"id":7,"status":"SUCCEEDED","destination":{"batches":[{"batchId":"B1"},{"batchId":"B2"}]}}"#;
    let rules = [
        ("GET /data/core/ups/export/jobs/7".to_owned(), Reply::Json(200, job.to_owned())),
        file("batches/B1/files", r#"{"dataSetFileId":"D1"}"#),
        file("batches/B2/files", r#"{"dataSetFileId":"F9"}"#),
        file("files/D1", r#"{"dataSetFileId":"F1"},{"dataSetFileId":"F2"}"#),
        file("files/F1", r#"{"name":"a.parquet","length":"5"}"#),
        file("files/F2", r#"{"name":"_SUCCESS","length":"0"}"#),
        file("files/F9", r#"{"name":"b.parquet","length":6}"#),
    ];
    let rules: Vec<(&str, Reply)> =
        rules.iter().map(|(line, reply)| (line.as_str(), reply.clone())).collect();
    let script = Script::start(&rules);
    let listed = World::at(&script.url).run(&["files", "7", "-o", "json"]);
    let shown: Vec<String> = records(listed.ok())
        .iter()
        .map(|file| {
            format!(
                "{} {} {} {}",
                file["batchId"], file["dataSetFileId"], file["name"], file["length"]
            )
        })
        .collect();
    assert_eq!(shown, [r#""B1" "F1" "a.parquet" 5"#, r#""B2" "F9" "b.parquet" 6"#]);
    let table = World::at(&script.url).run(&["files", "7"]);
    assert!(table.ok().contains("a.parquet") && !table.ok().contains("_SUCCESS"), "{table:?}");
}

#[test]
fn a_batch_tells_its_status_and_what_was_counted() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let run = ["run", "--create-dataset", "x", "--audience", "Gold members", "-o", "json"];
    let job = parsed(world.run(&run).ok());
    let (batch, rows) =
        (&job["destination"]["batchId"], &job["metrics"]["totalExportedProfileCounter"]);
    let batch = batch.as_str().unwrap();
    let got = world.run(&["batch", "get", batch]);
    let value = |label: &str| {
        let line = got.ok().lines().find(|line| line.starts_with(&format!("{label}  ")));
        line.unwrap_or_else(|| panic!("{label}: {got:?}"))[label.len()..].trim().to_owned()
    };
    assert_eq!(value("status"), "success");
    assert_eq!((value("rows"), value("rows read")), (rows.to_string(), rows.to_string()));
    assert_eq!((value("rows failed"), value("files")), ("0".to_owned(), "1".to_owned()));
    assert!(value("size").ends_with("KiB)") && !value("duration").is_empty(), "{got:?}");
    let json = world.run(&["batch", "get", batch, "-o", "json"]);
    let json = parsed(json.ok());
    assert_eq!(json[batch]["metrics"]["outputRecordCount"], *rows, "the record as it came: {json}");
    assert_eq!(world.run(&["batch", "get", "nothing"]).code, 3);
}
