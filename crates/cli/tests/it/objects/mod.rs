//! Downloads into an object store: a real S3 server, looked into by another client.
#![cfg(all(unix, feature = "object-stores"))]

mod server;

use std::fs;
use std::process::Command;

use serde_json::Value;
use server::{Gate, S3, with_store};

use crate::file_server::{Asked, Connection, FileServer, content, good};
use crate::world::{Ran, World};

/// More than two parts.
const LARGE: usize = 20 * 1024 * 1024;

fn files() -> Vec<(String, Vec<u8>)> {
    let lengths = [1000, LARGE, 2000];
    let named = |(n, length): (usize, &usize)| (format!("part-{n}.csv"), content(*length));
    lengths.iter().enumerate().map(named).collect()
}

fn download(world: &World, to: &str) -> Ran {
    world.run(&["download", "7", "--to", to, "-o", "ndjson"])
}

fn records(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What waits on this machine.
fn staged(world: &World) -> usize {
    fs::read_dir(world.path(".cache/aep-export/staging")).map_or(0, Iterator::count)
}

#[test]
fn an_export_lands_there_checked_and_listed() {
    let Some(s3) = S3::shared() else { return };
    s3.make("export");
    let world = with_store(World::bare(), &s3.url);
    let to = "s3://export/gold/daily/";
    let ran = world.run(&[
        "--emulator",
        "run",
        "--audience",
        "Gold members",
        "--create-dataset",
        "gold",
        "--to",
        to,
        "-vv",
        "-o",
        "json",
    ]);
    ran.ok();
    assert!(!ran.stderr.contains("canary"), "{ran:?}");
    assert!(ran.stderr.contains("an object store answered"), "{ran:?}");
    let objects = s3.objects("export");
    let manifest = objects["gold/daily/manifest.json"]["text"].as_str().unwrap();
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    let batch = &manifest["batches"][0];
    assert_eq!((&batch["jobId"], &batch["rows"]), (&"1001".into(), &1207.into()));
    let file = &batch["files"][0];
    let key = format!("gold/daily/{}", file["path"].as_str().unwrap());
    let object = &objects[&key];
    assert_eq!((&object["bytes"], &object["sha256"]), (&file["bytes"], &file["sha256"]));
    assert_eq!(object["says"]["aepexportsha256"], file["sha256"]);
    assert_eq!(object["says"]["aepexportrows"], "1207");
    assert_eq!(objects.len(), 2);
    assert_eq!(staged(&world), 0);
    // A folder with the same files has the same manifest.
    world.run(&["--emulator", "download", "1001", "--to", "out", "-q", "-o", "id"]).ok();
    let local = fs::read_to_string(world.path("out/manifest.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&local).unwrap(), manifest);
}

#[test]
fn large_files_go_in_parts_and_what_is_there_is_not_fetched_again() {
    let Some(s3) = S3::shared() else { return };
    s3.make("parts");
    let server = FileServer::start(files(), Box::new(good));
    let world = with_store(World::at(&server.url), &s3.url);
    let first = download(&world, "s3://parts");
    let there = records(first.ok());
    assert_eq!(there[1]["path"], "s3://parts/B1/part-1.csv");
    assert_eq!(there[1]["kept"], false);
    let objects = s3.objects("parts");
    let large = &objects["B1/part-1.csv"];
    assert_eq!((&large["bytes"], &large["sha256"]), (&LARGE.into(), &there[1]["sha256"]));
    assert!(large["etag"].as_str().unwrap().ends_with("-3"), "three parts: {large}");
    assert!(!objects["B1/part-0.csv"]["etag"].as_str().unwrap().contains('-'));

    server.behave(Box::new(good));
    let again = download(&world, "s3://parts");
    assert!(records(again.ok()).iter().all(|record| record["kept"] == true));
    assert_eq!(server.served(), 0);
    // Nor by somebody else, to whom each file says itself what it is.
    let other = with_store(World::at(&server.url), &s3.url);
    assert_eq!(records(download(&other, "s3://parts").ok()).len(), 3);
    assert_eq!(server.served(), 0);
    assert_eq!(s3.objects("parts"), objects);
}

#[test]
fn an_interrupt_leaves_no_parts_and_nothing_is_fetched_twice() {
    let Some(s3) = S3::shared() else { return };
    s3.make("interrupt");
    let server = FileServer::start(files(), Box::new(good));
    let gate = Gate::before(&s3.url, "partNumber=2");
    let world = with_store(World::at(&server.url), &gate.url);
    let child = world.spawn(&["download", "7", "--to", "s3://interrupt/x"]);
    gate.reached.recv().unwrap();
    assert_eq!(s3.uploads("interrupt"), 1);
    let number = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &number]).status().unwrap();
    assert!(sent.success());
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    let hint = "hint: take up again with: aep-export download 7 --to s3://interrupt/x";
    assert!(ran.stderr.contains(hint), "{ran:?}");
    assert_eq!(s3.uploads("interrupt"), 0, "its parts are thrown away");
    let objects = s3.objects("interrupt");
    assert!(!objects.contains_key("x/B1/part-1.csv") && !objects.contains_key("x/manifest.json"));
    assert_eq!(staged(&world), 1, "{ran:?}");

    server.behave(Box::new(good));
    // The large file waits on this machine; the others may have been on their way.
    download(&world.with("AWS_ENDPOINT_URL", &s3.url), "s3://interrupt/x").ok();
    assert!(server.served() <= 3000, "{}", server.served());
    assert_eq!(s3.objects("interrupt").len(), 4);
}

#[test]
fn after_a_kill_the_second_run_completes_it() {
    let Some(s3) = S3::shared() else { return };
    s3.make("killed");
    let server = FileServer::start(files(), Box::new(good));
    let gate = Gate::before(&s3.url, "uploadId=");
    let world = with_store(World::at(&server.url), &gate.url);
    let staging = world.path("elsewhere");
    let args = ["download", "7", "--to", "s3://killed", "--staging", "elsewhere", "-o", "id"];
    let mut child = world.spawn(&args);
    gate.reached.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    server.behave(Box::new(good));
    let world = world.with("AWS_ENDPOINT_URL", &s3.url);
    assert_eq!(world.run(&args).ok().lines().count(), 3);
    assert!(server.served() <= 3000, "{}", server.served());
    let objects = s3.objects("killed");
    assert_eq!((objects.len(), &objects["B1/part-1.csv"]["bytes"]), (4, &LARGE.into()));
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 0);
}

#[test]
fn what_is_there_and_is_another_one_is_left_alone() {
    let Some(s3) = S3::shared() else { return };
    s3.make("others");
    // Another length, another content of the same length, and the very same bytes.
    s3.put("others", "B1/part-0.csv", &content(999));
    s3.put("others", "B1/part-2.csv", &vec![b'x'; 2000]);
    s3.put("others", "B2/part-0.csv", &content(1000));
    let before = s3.objects("others");
    let server = FileServer::start(files(), Box::new(good));
    let world = with_store(World::at(&server.url), &s3.url);
    let ran = download(&world, "s3://others");
    assert_eq!(ran.code, 11, "{ran:?}");
    assert_eq!(records(&ran.stdout).len(), 1);
    for name in ["part-0.csv", "part-2.csv"] {
        let told = format!("B1/{name} is there already and is not the file to be fetched");
        assert!(ran.stderr.contains(&told), "{ran:?}");
    }
    assert_eq!(ran.error()["message"], "2 of 3 files were not downloaded");
    let after = s3.objects("others");
    assert!(before.iter().all(|(key, object)| after[key] == *object));
    assert!(!after.contains_key("manifest.json"), "the batch is not whole");
    assert_eq!(server.served(), (LARGE + 2000) as u64, "that of another length is not fetched");

    let ran = world.run(&["download", "--batch", "B2", "--to", "s3://others", "-o", "ndjson"]);
    assert_eq!(records(ran.ok()).len(), 3);
    assert_eq!(s3.objects("others")["B2/part-0.csv"], before["B2/part-0.csv"]);
}

#[test]
fn what_appears_while_a_large_file_is_sent_is_left_alone_too() {
    let Some(s3) = S3::shared() else { return };
    s3.make("meanwhile");
    let server = FileServer::start(files(), Box::new(good));
    let gate = Gate::before(&s3.url, "partNumber=2");
    let world = with_store(World::at(&server.url), &gate.url);
    let child = world.spawn(&["download", "7", "--to", "s3://meanwhile", "-o", "ndjson"]);
    gate.reached.recv().unwrap();
    s3.put("meanwhile", "B1/part-1.csv", b"of somebody else");
    let there = s3.objects("meanwhile")["B1/part-1.csv"].clone();
    gate.open.send(()).unwrap();
    let ran = Ran::of(child);
    assert_eq!(ran.code, 11, "{ran:?}");
    assert!(ran.stderr.contains("B1/part-1.csv is there already"), "{ran:?}");
    assert_eq!(s3.objects("meanwhile")["B1/part-1.csv"], there);
    assert_eq!(s3.uploads("meanwhile"), 0, "its parts are thrown away");
}

#[test]
fn who_writes_the_manifest_meanwhile_is_not_forgotten() {
    let Some(s3) = S3::shared() else { return };
    s3.make("turns");
    let server = FileServer::start(files().into_iter().take(1).collect(), Box::new(good));
    let gate = Gate::before(&s3.url, "PUT /turns/manifest.json");
    let late = with_store(World::at(&server.url), &gate.url);
    let child = late.spawn(&["download", "--batch", "B1", "--to", "s3://turns", "-o", "id"]);
    gate.reached.recv().unwrap();
    let early = with_store(World::at(&server.url), &s3.url);
    early.run(&["download", "--batch", "B2", "--to", "s3://turns", "-o", "id"]).ok();
    gate.open.send(()).unwrap();
    Ran::of(child).ok();
    let manifest = &s3.objects("turns")["manifest.json"]["text"];
    let manifest: Value = serde_json::from_str(manifest.as_str().unwrap()).unwrap();
    let batches = manifest["batches"].as_array().unwrap();
    let ids: Vec<_> = batches.iter().map(|batch| batch["batchId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["B2", "B1"]);
}

#[test]
fn only_what_is_whole_is_sent() {
    let Some(s3) = S3::shared() else { return };
    s3.make("spoiled");
    let spoil = |asked: &Asked<'_>, to: &mut Connection<'_>| match asked.content.len() {
        2000 => {
            to.part(&Asked { content: &content(1999), range: None, if_range: None, ..*asked }, "")
        }
        _ => good(asked, to),
    };
    let server = FileServer::start(files(), Box::new(spoil));
    let world = with_store(World::at(&server.url), &s3.url);
    let ran = download(&world, "s3://spoiled");
    assert_eq!(ran.code, 12, "{ran:?}");
    let objects = s3.objects("spoiled");
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["B1/part-0.csv", "B1/part-1.csv"]);
    server.behave(Box::new(good));
    download(&world, "s3://spoiled").ok();
    assert_eq!(server.served(), 2000);
    assert_eq!(s3.objects("spoiled").len(), 4);
}

#[test]
fn batches_share_a_manifest_and_another_ones_is_not_touched() {
    let Some(s3) = S3::shared() else { return };
    s3.make("manifests");
    let server = FileServer::start(files().into_iter().take(1).collect(), Box::new(good));
    let world = with_store(World::at(&server.url), &s3.url);
    for batch in ["B1", "B2", "B3"] {
        world.run(&["download", "--batch", batch, "--to", "s3://manifests/x", "-o", "id"]).ok();
    }
    let manifest = &s3.objects("manifests")["x/manifest.json"]["text"];
    let manifest: Value = serde_json::from_str(manifest.as_str().unwrap()).unwrap();
    let batches = manifest["batches"].as_array().unwrap();
    let ids: Vec<_> = batches.iter().map(|batch| batch["batchId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["B1", "B2", "B3"]);

    s3.put("manifests", "app/manifest.json", b"{\"name\": \"an app\"}");
    server.behave(Box::new(good));
    let ran = download(&world, "s3://manifests/app");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("s3://manifests/app/manifest.json is not a manifest of a download")
    );
    assert_eq!((server.served(), s3.objects("manifests").len()), (0, 5));
}

#[test]
fn a_store_that_refuses_or_is_not_there_has_its_own_codes() {
    let server = FileServer::start(files(), Box::new(good));
    // Nobody is there, and what looks like a store is one that speaks plain http elsewhere.
    for (url, code, told) in [
        ("http://127.0.0.1:1", 10, "no connection to http://127.0.0.1:1 could be made"),
        ("http://192.0.2.1", 2, "http would send secrets in clear"),
    ] {
        let ran = download(&with_store(World::at(&server.url), url), "s3://bucket");
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
    let Some(s3) = S3::start() else { return };
    let world = with_store(World::at(&server.url), &s3.url);
    let ran = download(&world, "s3://no-such-bucket");
    assert_eq!((ran.code, &ran.error()["kind"]), (3, &"not_found".into()), "{ran:?}");
    // `run` looks before it creates anything.
    let args = ["--emulator", "run", "--audience", "Gold members", "--create-dataset", "x"];
    let ran = world.run(&[&args[..], &["--to", "s3://no-such-bucket/x"]].concat());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(world.run(&["--emulator", "list", "-o", "id"]).ok(), "");

    s3.make("guarded");
    let [id, secret] = s3.guard();
    let ran = download(&world, "s3://guarded");
    assert_eq!((ran.code, &ran.error()["kind"]), (4, &"auth".into()), "{ran:?}");
    assert!(!ran.stderr.contains("canary"), "{ran:?}");
    let world = world.with("AWS_ACCESS_KEY_ID", &id).with("AWS_SESSION_TOKEN", "");
    assert_eq!(download(&world, "s3://guarded").code, 4, "the secret is another one's");
    assert_eq!(server.served(), 0);
    download(&world.with("AWS_SECRET_ACCESS_KEY", &secret), "s3://guarded").ok();
}

#[test]
fn a_store_is_verified_without_a_service() {
    let Some(s3) = S3::shared() else { return };
    s3.make("verified");
    let server = FileServer::start(files(), Box::new(good));
    let world = with_store(World::at(&server.url), &s3.url);
    download(&world, "s3://verified/x").ok();
    let world = with_store(World::bare(), &s3.url);
    let verify = |to: &str| world.run(&["download", "--verify", to, "-o", "ndjson"]);
    let ran = verify("s3://verified/x");
    assert_eq!((ran.ok(), records(&ran.stderr).len()), ("", 1));
    assert!(ran.stderr.contains("3 files, 20.0 MiB, are as s3://verified/x was left"), "{ran:?}");
    s3.put("verified", "x/B1/part-0.csv", &vec![b'x'; 1000]);
    s3.put("verified", "x/B1/part-2.csv", &content(2001));
    s3.put("verified", "x/B1/more.csv", b"");
    let ran = verify("s3://verified/x");
    assert_eq!(ran.code, 12, "{ran:?}");
    let told: Vec<_> = records(&ran.stdout)
        .iter()
        .map(|record| format!("{} {}", record["path"], record["differs"]))
        .collect();
    let told: Vec<_> = told.iter().map(|line| line.replace('"', "")).collect();
    assert_eq!(told, ["B1/part-0.csv content", "B1/part-2.csv length", "B1/more.csv unlisted"]);
    let ran = verify("s3://verified/y");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("s3://verified/y has no manifest.json to compare with"));
}
