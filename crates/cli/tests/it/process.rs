//! What another process of the same user sees of the program while it holds a secret.
//!
//! Root may see everything, so nothing here is shown as root: where the tests run as root, the
//! program and whoever looks at it run as an ordinary user.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Output};

use crate::script::{Reply, Script};
use crate::world::World;

/// `nobody`, where the tests run as root.
const ORDINARY: u32 = 65_534;

fn tests_run_as_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn as_ordinary_user(command: &mut Command) -> &mut Command {
    if tests_run_as_root() { command.uid(ORDINARY).gid(ORDINARY) } else { command }
}

/// The program in the middle of a call, run by an ordinary user.
struct Running {
    child: Child,
    script: Script,
    world: World,
}

impl Running {
    /// Starts it with this shell in front, up to the moment at which it waits for an answer.
    fn after(shell: &str) -> Self {
        let script = Script::start(&[("", Reply::Silence)]);
        let world = World::at(&script.url);
        // Where the program was built may be closed to this user.
        let program = world.path("aep-export");
        fs::copy(env!("CARGO_BIN_EXE_aep-export"), &program).unwrap();
        if tests_run_as_root() {
            chown(world.path("."), Some(ORDINARY), Some(ORDINARY)).unwrap();
        }
        let mut command = Command::new("/bin/sh");
        world.prepare(&mut command);
        let line = format!("{shell} exec ./aep-export get 7");
        let child = as_ordinary_user(command.args(["-c", &line])).spawn().unwrap();
        let came = script.next();
        assert!(came.headers.contains("bearer token-canary"), "{came:?}");
        Self { child, script, world }
    }

    fn proc(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.child.id()).into()
    }

    /// Ends it with this signal; how it ended.
    fn end(mut self, signal: &str) -> (std::process::ExitStatus, World) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        drop(self.script);
        (status, self.world)
    }
}

/// What an ordinary user gets to read of a file; one byte is enough to tell.
fn read_as_ordinary_user(path: &PathBuf) -> Output {
    as_ordinary_user(Command::new("head").args(["-c", "1"]).arg(path)).output().unwrap()
}

#[test]
fn memory_and_environment_are_closed_to_other_processes_of_the_same_user() {
    let mut open = as_ordinary_user(Command::new("sleep").arg("60")).spawn().unwrap();
    let environment = PathBuf::from(format!("/proc/{}/environ", open.id()));
    let seen = read_as_ordinary_user(&environment);
    assert!(seen.status.success(), "this test can see an open process: {seen:?}");
    open.kill().unwrap();
    open.wait().unwrap();

    let running = Running::after("");
    for name in ["environ", "mem", "maps", "auxv"] {
        let seen = read_as_ordinary_user(&running.proc(name));
        let why = String::from_utf8_lossy(&seen.stderr);
        assert!(why.contains("Permission denied") && seen.stdout.is_empty(), "{name}: {seen:?}");
    }
    running.end("-KILL");
}

#[test]
fn the_list_of_processes_shows_no_secret() {
    let running = Running::after("");
    let shown = fs::read(running.proc("cmdline")).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(shown.split_terminator('\0').collect::<Vec<_>>(), ["./aep-export", "get", "7"]);
    running.end("-KILL");
}

#[test]
fn a_crash_leaves_no_core_file() {
    let running = Running::after("ulimit -S -c $(ulimit -H -c);");
    let limits = fs::read_to_string(running.proc("limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let [soft, hard] = [line.split_whitespace().nth(4), line.split_whitespace().nth(5)];
    assert_eq!((soft, hard), (Some("0"), Some("0")), "{line}");
    let (status, world) = running.end("-ABRT");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    let left: Vec<_> = fs::read_dir(world.path(".")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [world.path("./aep-export")]);
}
