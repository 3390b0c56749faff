//! The ways in which file servers misbehave, each over real sockets, in one run and in two: a
//! download ends right or in an honest error, and never in a wrong success.
#![cfg(unix)]

mod faults;
mod page;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use faults::{FAULTS, Fault};

use crate::file_server::{BATCH, FileServer, content, good};
use crate::inside::{Hurry, Left, run};
use crate::world::World;

const LENGTH: usize = 4 * 1024 * 1024;

/// What came of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Came {
    Right,
    /// An error with this code and kind.
    Error(u8, String),
}

/// The program shares the folder of this process, so it is told where to go in full. It does not
/// wait until `server` wishes, nor for what never comes.
fn start_download(world: &World, server: &FileServer, fault: &Fault) -> Left {
    let to = world.path("out");
    let args = ["download", "7", "--to", to.to_str().unwrap(), "-o", "json"];
    let hurry = Hurry {
        pauses: [2, 3].map(Duration::from_secs).into(),
        limit: Duration::from_secs(30),
        silences: server.stalls(),
    };
    run(world, &[&args[..], fault.args].concat(), &hurry)
}

/// Downloads, and sees that nothing stands under the file's name but the file.
#[track_caller]
fn download(world: &World, server: &FileServer, fault: &Fault, wanted: &[u8]) -> Came {
    let left = start_download(world, server, fault);
    let target = world.path("out").join(BATCH).join(fault.name);
    let there = fs::read(&target).ok();
    if left.code == ExitCode::SUCCESS {
        assert!(there.as_deref() == Some(wanted), "{}: a wrong success", fault.title);
        return Came::Right;
    }
    assert!(
        there.is_none() || fs::symlink_metadata(&target).unwrap().is_symlink(),
        "{}: a file under its name, and an error: {left:?}",
        fault.title
    );
    let error = left.stderr.lines().last().unwrap_or_default();
    let error: serde_json::Value =
        serde_json::from_str(error).unwrap_or_else(|_| panic!("{left:?}"));
    let code = (0..=u8::MAX).find(|code| left.code == ExitCode::from(*code)).unwrap();
    Came::Error(code, error["kind"].as_str().unwrap().to_owned())
}

/// What is in the folder beside what the download puts there.
fn outside(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !["out", "cache", "config", "data"].contains(&name.as_str()));
    names
}

fn start(fault: &Fault) -> (FileServer, World) {
    let files = vec![(fault.name.to_owned(), content(fault.length))];
    let server = FileServer::start(files, Box::new(good));
    let world = World::at(&server.url).with("AEP_RETRIES", "4");
    (server, world)
}

/// The fault from the second answer on.
fn in_one_run(fault: &Fault) -> Came {
    let (server, world) = start(fault);
    (fault.prepare)(&world);
    let behaviour = (fault.behaviour)();
    server.behave(Box::new(move |asked, connection| match asked.number {
        0 => good(asked, connection),
        _ => behaviour(asked, connection),
    }));
    let came = download(&world, &server, fault, &(fault.wanted)(fault.length));
    (fault.check)(&world);
    came
}

/// The fault from the first answer on, of a download that got half of the file before.
fn in_two_runs(fault: &Fault) -> Came {
    let (server, world) = start(fault);
    let world = world.with("AEP_RETRIES", "0");
    // Every answer ends in its middle, and nothing is repeated.
    server.behave(Box::new(|asked, connection| {
        connection.part_head(asked, "etag: \"1\"\r\n")?;
        connection.body(&asked.bytes()[..asked.bytes().len() / 2])?;
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }));
    start_download(&world, &server, fault);
    let world = world.with("AEP_RETRIES", "4");
    (fault.prepare)(&world);
    server.behave((fault.behaviour)());
    let came = download(&world, &server, fault, &(fault.wanted)(fault.length));
    (fault.check)(&world);
    came
}

/// Every fault with what came of it, in one run and in two.
fn played() -> &'static [(Came, Came)] {
    static PLAYED: OnceLock<Vec<(Came, Came)>> = OnceLock::new();
    PLAYED.get_or_init(|| {
        // Most of the time is waiting, so all at once.
        thread::scope(|scope| {
            let play = |fault| scope.spawn(move || (in_one_run(fault), in_two_runs(fault)));
            let playing: Vec<_> = FAULTS.iter().map(play).collect();
            playing.into_iter().map(|playing| playing.join().unwrap()).collect()
        })
    })
}

#[test]
fn every_download_ends_right_or_in_an_honest_error() {
    for (fault, (one, two)) in FAULTS.iter().zip(played()) {
        assert_eq!((one.clone(), two.clone()), (fault.ends)(), "{}", fault.title);
    }
}

fn exists(world: &World, path: &str) -> bool {
    Path::new(&world.path(path)).exists()
}
