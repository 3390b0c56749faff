//! Answers without measure: large, larger once unpacked, without end, or nested without end. The
//! program runs with little memory to ask for, so that one that reads them whole would not end well.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::script::{Reply, Script};
use crate::world::{Ran, World};

/// Address space of the program, in KiB. What is unpacked here is more.
const MEMORY: u64 = 700 * 1024;

/// Unpacked size of the bomb, in MiB.
const UNPACKED: usize = 1024;

fn run(world: &World, args: &str) -> Ran {
    let mut shell = Command::new("/bin/sh");
    world.prepare(&mut shell);
    let program = env!("CARGO_BIN_EXE_aep-export");
    let line = format!("ulimit -v {MEMORY}; exec {program} {args}");
    Ran::of(shell.args(["-c", &line]).spawn().unwrap())
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n"
    );
    Reply::Bytes([head.as_bytes(), body].concat())
}

/// A gibibyte of spaces in a mebibyte, which a reader of JSON would wait to see the end of: gzip may
/// consist of many members.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    encoder.finish().unwrap().repeat(UNPACKED)
}

const GZIP: &str = "content-encoding: gzip\r\n";

/// What each kind of answer is answered to: the first words of the request, and the command.
const KINDS: [(&str, &str); 6] = [
    ("POST /ims/token", "get 7"),
    ("GET /data/core/ups/export/jobs/7", "get 7"),
    ("GET /data/core/ups/export/jobs?", "list -o json"),
    ("GET /data/foundation/catalog/dataSets?", "dataset list"),
    ("GET /data/foundation/export/batches/B1/files", "files 7"),
    ("POST /data/core/ups/export/jobs", "create --dataset 6123456789abcdef01234567"),
];

/// The others, which no other type is read from.
const MORE: [(&str, &str); 6] = [
    ("GET /data/core/ups/segment/definitions?", "audience list"),
    (
        "GET /data/core/ups/segment/definitions/5",
        "audience get 5afe34ae-8c98-4513-8a1d-67ccaa54bc05",
    ),
    ("GET /data/core/ups/segment/jobs?", "segment-job list"),
    ("POST /data/core/ups/segment/jobs", "segment-job create --all"),
    ("POST /data/foundation/catalog/dataSets", "dataset create gold"),
    ("GET /data/foundation/catalog/batches/b", "batch get b"),
];

/// What a file's answer begins with; nobody reads on.
const GZIPPED: &[u8] = &[0x1f, 0x8b, 8];

/// A service that is good but for its answer to requests that begin like this.
fn good_but(start: &str, reply: Reply) -> Script {
    let json = |body: &str| Reply::Json(200, body.to_owned());
    let job = r#"{"id":7,"status":"SUCCEEDED","destination":{"batchId":"B1"}}"#;
    Script::start(&[
        (start, reply),
        ("POST /ims/token", json(r#"{"access_token":"t","expires_in":3600}"#)),
        ("GET /data/core/ups/export/jobs/7", json(job)),
        // So that nobody waits for what was lost to be listed.
        ("GET /data/core/ups/export/jobs?", Reply::Json(403, String::new())),
        ("GET /data/core/ups/segment/jobs?", Reply::Json(403, String::new())),
        ("GET /data/foundation/catalog/dataSets?", Reply::Json(403, String::new())),
        // What is no id may be a name.
        ("GET /data/core/ups/segment/definitions?", Reply::Json(403, String::new())),
        ("GET /data/foundation/export/files/F1?path", answer("200 OK", GZIP, GZIPPED)),
        ("GET /data/foundation/export/files/F1", json(r#"{"data":[{"name":"a.csv"}]}"#)),
        ("GET /data/foundation/export/batches/", json(r#"{"data":[{"dataSetFileId":"F1"}]}"#)),
    ])
}

#[test]
fn an_answer_that_grows_when_unpacked_ends_at_the_limit() {
    let bomb = bomb();
    // Of the others the limit is the same, and 64 MiB take a while to unpack.
    for (start, command) in [KINDS[0], KINDS[2]] {
        let script = good_but(start, answer("200 OK", GZIP, &bomb));
        let ran = run(&World::signed_in(&script.url), command);
        assert!(matches!(ran.code, 1 | 4 | 9), "{start}: {ran:?}");
        assert!(ran.stderr.contains("larger than the limit of"), "{start}: {ran:?}");
    }
}

#[test]
fn an_error_that_grows_when_unpacked_is_read_in_part() {
    let bomb = bomb();
    for (start, command) in KINDS {
        let script = good_but(start, answer("400 No", GZIP, &bomb));
        let ran = run(&World::signed_in(&script.url), command);
        assert!(matches!(ran.code, 4 | 5 | 10), "{start}: {ran:?}");
        assert!(
            ran.stderr.contains("HTTP 400") || ran.stderr.contains("limit"),
            "{start}: {ran:?}"
        );
    }
}

#[test]
fn a_file_that_grows_when_unpacked_is_not_taken() {
    let script = good_but("GET /nothing", Reply::Close);
    let world = World::signed_in(&script.url);
    let ran = run(&world, "download 7 --to out");
    assert_eq!(ran.code, 12, "{ran:?}");
    assert!(ran.stderr.contains("content encoding \"gzip\""), "{ran:?}");
    assert_eq!(std::fs::read_dir(world.path("out/B1")).unwrap().count(), 0);
}

#[test]
fn brackets_without_end_are_an_error_and_no_crash() {
    let deep = "[".repeat(1_000_000);
    let hidden = format!("{{\"unknown\":{deep}");
    let closed = format!("{{\"id\":7,\"x\":{deep}{}}}", "]".repeat(1_000_000));
    for (start, command) in KINDS.into_iter().chain(MORE) {
        for status in ["200 OK", "400 No"] {
            for body in [&deep, &hidden] {
                let script = good_but(start, answer(status, "", body.as_bytes()));
                let ran = run(&World::signed_in(&script.url), command);
                assert!(matches!(ran.code, 1 | 4 | 5 | 9 | 10), "{start} {status}: {ran:?}");
                assert!(ran.stderr.len() < 2_000, "{start} {status}: {} bytes", ran.stderr.len());
            }
        }
    }
    // What no type of ours knows is passed over, and comes out as it came.
    let script = good_but(KINDS[1].0, answer("200 OK", "", closed.as_bytes()));
    let ran = run(&World::signed_in(&script.url), "get 7 -o json");
    assert_eq!(ran.ok().trim_end(), closed);
}
