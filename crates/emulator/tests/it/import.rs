//! Profiles of one's own: they replace or join what was there, as a whole or not at all.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, UNIX_EPOCH};

use aep_export_emulator::{Emulator, Import, ImportError, ManualClock, sample_profiles};
use serde_json::{Value, json};

use crate::wire::{CATALOG, EXPORT, UPS, Wire, request, small};

/// A profile that is in a segment.
fn member(id: &str, segment: &str) -> String {
    let membership = json!({
        "status": "realized", "lastQualificationTime": "2026-03-01T00:00:00Z",
    });
    json!({"_id": id, "segmentMembership": {"ups": {segment: membership}}}).to_string()
}

fn people(names: &[&str]) -> Import {
    let lines: Vec<String> = names.iter().map(|name| member(name, "vip")).collect();
    Import::new().reader("people", io::Cursor::new(lines.join("\n")))
}

/// The `_id`s that an export writes, by way of the dataset's preview.
async fn exported(emulator: &Emulator, wire: &Wire, members: Value) -> Vec<String> {
    let dataset = wire.dataset().await;
    let mut body = request(&dataset);
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let id = wire.create(&body).await;
    emulator.settled().await;
    let job = wire.job(id).await;
    assert_eq!(job["status"], "SUCCEEDED", "{job}");
    let preview = wire.get(&format!("{EXPORT}/datasets/{dataset}/preview")).await.json();
    let rows = preview["data"].as_array().unwrap();
    rows.iter().map(|row| row["_id"].as_str().unwrap_or("-").to_owned()).collect()
}

#[tokio::test]
async fn imported_profiles_take_the_place_of_the_sample_set_and_of_each_other() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    assert_eq!(exported(&emulator, &wire, json!({})).await.len(), 100);

    let imported = emulator.import(people(&["a", "b"])).await.unwrap();
    assert_eq!((imported.profiles, imported.total), (2, 2));
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["a", "b"]);
    emulator.import(people(&["c"])).await.unwrap();
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["c"]);
    let imported = emulator.import(people(&["d", "e"]).append(true)).await.unwrap();
    assert_eq!((imported.profiles, imported.total), (2, 3));
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["c", "d", "e"]);
}

#[tokio::test]
async fn several_sources_are_read_in_order_and_other_sandboxes_keep_what_they_have() {
    let emulator = small().start().await.unwrap();
    let mut wire = Wire::to(&emulator).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("more.ndjson");
    std::fs::write(&file, member("from a file", "vip")).unwrap();
    let import = people(&["a", "b"]).file(&file).sandbox("dev");
    assert_eq!(emulator.import(import).await.unwrap().profiles, 3);

    assert_eq!(exported(&emulator, &wire, json!({})).await.len(), 100);
    wire.sandbox = "dev".to_owned();
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["a", "b", "from a file"]);
    wire.organization = "FEDCBA9876543210@AdobeOrg".to_owned();
    assert_eq!(exported(&emulator, &wire, json!({})).await.len(), 100);
}

#[tokio::test]
async fn a_wrong_line_changes_nothing_and_is_named() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    emulator.import(people(&["a"])).await.unwrap();

    let good = member("b", "vip");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.ndjson");
    std::fs::write(&file, format!("{good}\n{{\"_id\": 1,}}\n")).unwrap();
    let refused = emulator.import(people(&["b"]).append(true).file(&file)).await.unwrap_err();
    assert!(matches!(refused, ImportError::Line { line: 2, .. }), "{refused:?}");
    let expected = format!("{}:2: trailing comma at column 11", file.display());
    assert_eq!(refused.to_string(), expected);

    let missing = dir.path().join("missing.ndjson");
    let refused = emulator.import(Import::new().file(&missing)).await.unwrap_err();
    assert!(refused.to_string().starts_with(&format!("cannot read {}", missing.display())));
    let refused = emulator.import(Import::new().reader("nothing", io::empty())).await.unwrap_err();
    assert_eq!(refused.to_string(), "there are no profiles in nothing");
    for refused in [people(&["b"]).organization("ORG"), people(&["b"]).sandbox("Dev")] {
        emulator.import(refused).await.unwrap_err();
    }
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["a"]);
}

#[tokio::test]
async fn audiences_are_those_of_the_imported_profiles() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let gold = wire.audience("Gold members").await;
    let lines = [member("a", "vip"), member("b", &gold), member("c", "other")].join("\n");
    let import = Import::new().reader("people", io::Cursor::new(lines)).audience("vip", "VIPs");
    emulator.import(import.audience("nobody", "Nobody yet")).await.unwrap();

    let listed = wire.get(&format!("{UPS}/segment/definitions?sort=name:asc")).await.json();
    let names: Vec<&str> = listed["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|audience| audience["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Gold members", "Nobody yet", "VIPs", "other"]);
    let found = wire.get(&format!("{UPS}/segment/definitions/vip")).await.json();
    assert_eq!(found["name"], "VIPs");

    let of = |segment: &str| json!({"filter": {"segments": [{"segmentId": segment}]}});
    assert_eq!(exported(&emulator, &wire, of("vip")).await, ["a"]);
    assert_eq!(exported(&emulator, &wire, of("nobody")).await, [] as [&str; 0]);
    let mut body = request(&wire.dataset().await);
    body["filter"] = json!({"segments": [{"segmentId": "9b6e4d17-52a8-4c3f-8f10-6d7c0be3a522"}]});
    let id = wire.create(&body).await;
    emulator.settled().await;
    assert_eq!(wire.job(id).await["status"], "FAILED");
}

#[tokio::test]
async fn profiles_without_an_ingest_time_have_that_of_the_import() {
    // The first of May 2026.
    let now = UNIX_EPOCH + Duration::from_secs(1_777_593_600);
    let clock = Arc::new(ManualClock::at(now));
    let emulator = small().clock(clock).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let own = json!({"_id": "old", "_emulator": {"updatedAt": "2026-04-01T00:00:00Z"}});
    let import = Import::new().reader("own", io::Cursor::new(own.to_string()));
    emulator.import(import).await.unwrap();
    emulator.import(people(&["new"]).append(true)).await.unwrap();
    let after = |time: &str| json!({"filter": {"fromIngestTimestamp": time}});
    assert_eq!(exported(&emulator, &wire, after("2026-04-30T00:00:00Z")).await, ["new"]);
    assert_eq!(exported(&emulator, &wire, after("2026-03-01T00:00:00Z")).await, ["old", "new"]);
    let later = after("2026-05-01T00:00:00Z");
    assert_eq!(exported(&emulator, &wire, later).await, [] as [&str; 0]);
}

#[tokio::test]
async fn imported_profiles_outlive_the_process_and_replaced_ones_leave_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let files = || std::fs::read_dir(dir.path().join("profiles")).unwrap().count();
    let first = small().data_dir(dir.path()).start().await.unwrap();
    first.import(people(&["a"])).await.unwrap();
    first.import(people(&["b"])).await.unwrap();
    assert_eq!(files(), 1);
    first.import(people(&["c"]).append(true)).await.unwrap();
    assert_eq!(files(), 2);
    first.shutdown().await;
    // What an import left that was killed before it could say so.
    std::fs::write(dir.path().join("profiles/000099.profiles"), "half").unwrap();

    let second = small().data_dir(dir.path()).start().await.unwrap();
    assert_eq!(files(), 2);
    let wire = Wire::to(&second).await;
    assert_eq!(exported(&second, &wire, json!({})).await, ["b", "c"]);
}

/// A source that gives a line for every word that it is sent, and ends when nobody sends any more.
struct Pipe {
    lines: Receiver<&'static str>,
    asked: Sender<()>,
    rest: io::Cursor<Vec<u8>>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.rest.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let _ = self.asked.send(());
            match self.lines.recv() {
                Ok(name) => self.rest = io::Cursor::new((member(name, "vip") + "\n").into_bytes()),
                Err(_) => return Ok(0),
            }
        }
    }
}

fn pipe() -> (Sender<&'static str>, Receiver<()>, Pipe) {
    let ((send, lines), (asked, was_asked)) = (channel(), channel());
    (send, was_asked, Pipe { lines, asked, rest: io::Cursor::default() })
}

/// While an import waits for its source the emulator answers, and exports read what was there.
#[tokio::test]
async fn nothing_waits_for_an_import_and_nothing_of_it_is_seen_before_its_end() {
    let emulator = Arc::new(small().start().await.unwrap());
    let wire = Wire::to(&emulator).await;
    emulator.import(people(&["before"])).await.unwrap();
    let (send, asked, pipe) = pipe();
    let importing = tokio::spawn({
        let emulator = emulator.clone();
        async move { emulator.import(Import::new().reader("pipe", pipe)).await }
    });
    let asked = tokio::task::spawn_blocking(move || {
        asked.recv().unwrap();
        asked
    });
    let _asked = asked.await.unwrap();
    send.send("after").unwrap();
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["before"]);
    drop(send);
    assert_eq!(importing.await.unwrap().unwrap().profiles, 1);
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["after"]);
}

#[tokio::test]
async fn an_import_that_nobody_waits_for_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = small().data_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    emulator.import(people(&["before"])).await.unwrap();
    let (send, asked, pipe) = pipe();
    let asked = tokio::task::spawn_blocking(move || {
        asked.recv().unwrap();
        asked
    });
    tokio::select! {
        done = emulator.import(Import::new().reader("pipe", pipe)) => panic!("{done:?}"),
        asked = asked => drop(asked),
    }
    send.send("after").unwrap();
    drop(send);
    emulator.shutdown().await;
    let emulator = small().data_dir(dir.path()).start().await.unwrap();
    drop(wire);
    let wire = Wire::to(&emulator).await;
    assert_eq!(exported(&emulator, &wire, json!({})).await, ["before"]);
}

#[tokio::test]
async fn the_sample_set_can_be_imported_and_gives_the_same_files() {
    let emulator = small().start().await.unwrap();
    let mut wire = Wire::to(&emulator).await;
    let sample: String = sample_profiles(1, 300).map(|line| line + "\n").collect();
    let import = Import::new().sandbox("copy").reader("sample", io::Cursor::new(sample));
    emulator.import(import).await.unwrap();
    let mut seen = Vec::new();
    for sandbox in ["prod", "copy"] {
        wire.sandbox = sandbox.to_owned();
        let id = wire.create(&request(&wire.dataset().await)).await;
        emulator.settled().await;
        let job = wire.job(id).await;
        let batch = job["destination"]["batchId"].as_str().unwrap().to_owned();
        let found = wire.get(&format!("{CATALOG}/batches/{batch}")).await.json();
        seen.push((
            job["metrics"]["exportedProfileByNamespaceCounter"].clone(),
            found[batch]["metrics"].clone(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}
