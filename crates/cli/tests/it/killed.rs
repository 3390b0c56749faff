//! SIGKILL at any moment of a download, and a second run.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;

use crate::file_server::{BATCH, FileServer, content, good};
use crate::world::{Ran, World};

const DOWNLOAD: [&str; 7] = ["download", "7", "--to", "out", "-q", "-o", "id"];

/// Numbers that are the same in each run of the tests.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// How many bytes of the files in `folder` are on the disk, as far as the system knows.
pub(crate) fn written(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.map_while(Result::ok).filter_map(|entry| entry.metadata().ok());
    sizes.map(|found| found.blocks() * 512).sum()
}

/// Lets a server be ahead of the disk of its client by so many bytes only: else what is on its way
/// would be counted for lost.
fn not_far_ahead(
    folder: PathBuf,
    window: u64,
    then: impl Fn(u64) + Send + Sync + 'static,
) -> Arc<dyn Fn(u64) + Send + Sync> {
    Arc::new(move |sent| {
        then(sent);
        while sent > written(&folder) + window {
            std::thread::yield_now();
        }
    })
}

/// Kills the program once the server has sent so many bytes, and runs it again.
fn killed_after(bytes: u64, files: &[(String, Vec<u8>)], window: u64) {
    let server = FileServer::start(files.to_vec(), Box::new(good));
    let world = World::at(&server.url);
    let folder = world.path("out").join(BATCH);
    let (reached, waiting) = channel();
    let told = move |sent| {
        if sent >= bytes {
            let _ = reached.send(());
        }
    };
    server.guard(Some(not_far_ahead(folder.clone(), window, told)));
    let mut child = world.spawn(&DOWNLOAD);
    waiting.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // Whoever waits for the disk of the dead may go on: nothing of it arrives.
    server.guard(None);
    let first = server.served();
    let whole: u64 = files.iter().map(|(_, content)| content.len() as u64).sum();

    server.behave(Box::new(good));
    let again = Ran::of(world.spawn(&DOWNLOAD));
    assert_eq!(again.code, 0, "killed after {bytes}: {again:?}");
    for (name, content) in files {
        assert!(fs::read(folder.join(name)).unwrap() == *content, "killed after {bytes}: {name}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), files.len(), "and nothing else is there");
    let twice = (first + server.served()).saturating_sub(whole);
    assert!(
        twice <= whole / 10,
        "killed after {bytes}: {twice} of {whole} bytes are fetched twice"
    );
    assert_eq!(world.run(&["download", "--verify", "out", "-o", "id"]).ok(), "");
}

const KIB: u64 = 1024;

#[test]
fn a_large_file_is_taken_up_wherever_it_was() {
    let length = 24 * KIB * KIB;
    let files = [("large.csv".to_owned(), content(length as usize))];
    let mut number = numbers(1);
    let points = [1, length].into_iter().chain((0..4).map(|_| number(length)));
    for bytes in points {
        killed_after(bytes, &files, 1400 * KIB);
    }
}

#[test]
fn many_files_are_taken_up_wherever_they_were() {
    let mut number = numbers(2);
    let files: Vec<(String, Vec<u8>)> = (0..30)
        .map(|n| (format!("part-{n}.csv"), content(number(1400 * KIB) as usize + 1)))
        .collect();
    let whole: u64 = files.iter().map(|(_, content)| content.len() as u64).sum();
    // Beside what is in the window, 64 KiB of each connection may be on the disk and not recorded:
    // together less than a tenth.
    for bytes in (0..4).map(|_| number(whole)).collect::<Vec<_>>() {
        killed_after(bytes, &files, 700 * KIB);
    }
}
