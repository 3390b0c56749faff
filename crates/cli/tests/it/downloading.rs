//! Downloads as a script or a person meets them: codes, records, what is said, what stays.
#![cfg(unix)]

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::channel;

use crate::file_server::{Asked, BATCH, Connection, FileServer, content, good};
use crate::killed::written;
use crate::world::{Ran, World};

const TO: [&str; 4] = ["download", "7", "--to", "out"];

fn files(count: usize) -> Vec<(String, Vec<u8>)> {
    (0..count).map(|n| (format!("part-{n}.csv"), content(1000 * (n + 1)))).collect()
}

fn records(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn status(to: &mut Connection<'_>, status: &str) -> std::io::Result<()> {
    to.head(&format!("{status}\r\ncontent-length: 0\r\n"))
}

#[test]
fn what_was_fetched_is_data_and_the_rest_is_eleven() {
    // The second file is gone.
    let gone = |asked: &Asked<'_>, to: &mut Connection<'_>| match asked.content.len() {
        2000 => status(to, "404 Not Found"),
        _ => good(asked, to),
    };
    let server = FileServer::start(files(3), Box::new(gone));
    let world = World::at(&server.url);
    let ran = world.run(&[&TO[..], &["-o", "ndjson"]].concat());
    assert_eq!(ran.code, 11, "{ran:?}");
    let there = records(&ran.stdout);
    let names: Vec<_> = there.iter().map(|record| record["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["part-0.csv", "part-2.csv"]);
    assert_eq!(there[0]["path"], "out/B1/part-0.csv");
    assert_eq!(there[0]["sha256"].as_str().unwrap().len(), 64);
    let said = records(&ran.stderr);
    let warned = said.iter().find(|line| line["event"] == "warning").unwrap();
    let message = warned["message"].as_str().unwrap();
    assert!(message.contains("cannot download B1/part-1.csv: "), "{message}");
    let error = ran.error();
    assert_eq!((error["kind"].as_str(), error["job_id"].as_str()), (Some("partly"), Some("7")));
    assert_eq!(error["message"], "1 of 3 files was not downloaded");
    assert_eq!(error["hint"], "take up again with: aep-export download 7 --to out");
    assert!(!world.path("out/manifest.json").exists(), "the batch is not whole");

    // Once it is back, only it is fetched.
    server.behave(Box::new(good));
    let again = world.run(&[&TO[..], &["-o", "ndjson"]].concat());
    let kept: Vec<_> =
        records(again.ok()).iter().map(|record| record["kept"].as_bool().unwrap()).collect();
    assert_eq!(kept, [true, false, true]);
    assert_eq!(server.served(), 2000);
    assert_eq!(world.run(&["download", "--verify", "out", "-o", "json"]).ok(), "[]\n");
}

#[test]
fn wrong_data_outweighs_what_is_missing_and_one_reason_for_all_is_its_own_code() {
    let spoil = |asked: &Asked<'_>, to: &mut Connection<'_>| match asked.content.len() {
        1000 => status(to, "404 Not Found"),
        2000 => {
            to.part(&Asked { content: &content(1999), range: None, if_range: None, ..*asked }, "")
        }
        _ => good(asked, to),
    };
    let server = FileServer::start(files(3), Box::new(spoil));
    let ran = World::at(&server.url).run(&TO);
    assert_eq!(ran.code, 12, "{ran:?}");
    assert!(ran.stderr.contains("part-1.csv has 1999 bytes where the service lists 2000"));
    assert!(ran.stderr.contains("error: 2 of 3 files were not downloaded"), "{ran:?}");

    server.behave(Box::new(|_, to| status(to, "403 Forbidden")));
    let ran = World::at(&server.url).run(&TO);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("error: 3 of 3 files were not downloaded"), "{ran:?}");
}

#[test]
fn of_one_file_the_reason_is_told_once() {
    let server = FileServer::start(files(1), Box::new(|_, to| status(to, "404 Not Found")));
    let ran = World::at(&server.url).run(&TO);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.stderr.matches("part-0.csv").count(), 1, "{ran:?}");
    assert!(ran.stderr.contains("error: cannot download B1/part-0.csv: Not Found (HTTP 404)"));
}

#[test]
fn an_interrupt_keeps_what_came_and_says_how_to_take_up_again() {
    let length = 8 * 1024 * 1024;
    let server = FileServer::start(vec![("large.csv".to_owned(), content(length))], Box::new(good));
    let world = World::at(&server.url);
    let (reached, waiting) = channel();
    let folder = world.path("out").join(BATCH);
    let on_disk = folder.clone();
    server.guard(Some(Arc::new(move |sent| {
        if sent >= length as u64 / 2 {
            // What was sent may not have been read, let alone written.
            while written(&on_disk) < length as u64 / 8 {
                std::thread::yield_now();
            }
            // Nobody who listens any more is as good as somebody who has heard it.
            let _ = reached.send(());
            std::thread::park();
        }
    })));
    let child = world.spawn(&TO);
    waiting.recv().unwrap();
    let number = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &number]).status().unwrap();
    assert!(sent.success());
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("error: interrupted; what was fetched stays"), "{ran:?}");
    let hint = "hint: take up again with: aep-export download 7 --to out";
    assert!(ran.stderr.contains(hint), "{ran:?}");
    assert!(folder.join("large.csv.part").is_file() && !folder.join("large.csv").exists());

    server.guard(None);
    server.behave(Box::new(good));
    world.run(&TO).ok();
    assert!(server.served() < length as u64, "{}", server.served());
    assert!(fs::read(folder.join("large.csv")).unwrap() == content(length));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn batches_are_fetched_by_their_own_ids() {
    let server = FileServer::start(files(2), Box::new(good));
    let world = World::at(&server.url);
    let args = ["download", "--batch", "B1", "--batch", "B2", "--to", "out", "-o", "id"];
    let ran = world.run(&args);
    let paths = ["B1/part-0.csv", "B1/part-1.csv", "B2/part-0.csv", "B2/part-1.csv"];
    let paths: Vec<_> = paths.iter().map(|path| format!("out/{path}")).collect();
    assert_eq!(ran.ok().lines().collect::<Vec<_>>(), paths);
    let shown = world.run(&["download", "--batch", "B1", "--to", "out", "--dry-run"]);
    assert!(shown.ok().contains("/data/foundation/catalog/batches/B1"), "{shown:?}");
    let server = FileServer::start(files(1), Box::new(|_, to| status(to, "404 Not Found")));
    let ran = World::at(&server.url).run(&["download", "--batch", "B 1", "--to", "my files"]);
    let hint = "aep-export download --batch 'B 1' --to 'my files'";
    assert!(ran.stderr.contains(hint), "{ran:?}");
}

#[test]
fn a_folder_is_verified_without_a_service_and_every_difference_is_told() {
    let server = FileServer::start(files(3), Box::new(good));
    let world = World::at(&server.url);
    world.run(&TO).ok();
    // Nothing is set up here.
    let verify = |format: &str| {
        let mut command = world.command();
        let args = ["download", "--verify", "out", "-o", format];
        command.env_clear().args(args);
        Ran::of(command.spawn().unwrap())
    };
    let ran = verify("table");
    assert_eq!(ran.ok(), "");
    assert_eq!(ran.stderr, "3 files, 5.9 KiB, are as out was left\n");
    fs::write(world.path("out/B1/part-0.csv"), content(1001)).unwrap();
    fs::remove_file(world.path("out/B1/part-1.csv")).unwrap();
    fs::write(world.path("out/B1/more.csv"), "").unwrap();
    let ran = verify("ndjson");
    assert_eq!(ran.code, 12, "{ran:?}");
    let told: Vec<_> = records(&ran.stdout)
        .iter()
        .map(|record| format!("{} {}", record["path"], record["differs"]))
        .collect();
    assert_eq!(
        told,
        [
            r#""B1/part-0.csv" "length""#,
            r#""B1/part-1.csv" "missing""#,
            r#""B1/more.csv" "unlisted""#
        ]
    );
    assert_eq!(ran.error()["message"], "3 things in out are not as the manifest says");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let world = World::at("http://127.0.0.1:1");
    fs::create_dir(world.path("empty")).unwrap();
    fs::write(world.path("file"), "").unwrap();
    fs::create_dir(world.path("foreign")).unwrap();
    fs::write(world.path("foreign/manifest.json"), "{\"name\": \"an app\"}").unwrap();
    for (args, told) in [
        (&["download"][..], "required arguments"),
        (&["download", "7"], "--to <DIR>"),
        (&["download", "--batch", "B1"], "--to <DIR>"),
        (&["download", "7", "--batch", "B1", "--to", "x"], "cannot be used with"),
        (&["download", "--verify", "empty", "--to", "x"], "cannot be used with"),
        (&["download", "7", "--to", "x", "--connections", "0"], "a number from 1 to 64"),
        (&["download", "7", "--to", "x", "--connections", "65"], "a number from 1 to 64"),
        (&["download", "7", "--to", "file"], "is not a folder"),
        (&["download", "--verify", "empty"], "empty has no manifest.json to compare with"),
        (&["download", "--verify", "none"], "cannot open the folder none"),
        (&["download", "--verify", "foreign"], "is not a manifest of a download"),
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{args:?}: {ran:?}");
    }
}
