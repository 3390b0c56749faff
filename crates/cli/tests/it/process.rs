//! What another process of the same user sees of the program while it holds a secret.
//!
//! Root may see everything, so the program and whoever looks at it are an ordinary user.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};

use crate::ordinary_user::Ordinary;
use crate::script::{Reply, Script};
use crate::world::World;

/// The program in the middle of a call, with the token in its environment.
struct Running {
    child: Child,
    user: Ordinary,
    // Keeps the call waiting.
    _service: Script,
}

impl Running {
    /// Starts it with this shell in front, up to the moment at which it waits for an answer.
    fn after(shell: &str) -> Self {
        let service = Script::start(&[("", Reply::Silence)]);
        let user = Ordinary::new(World::at(&service.url));
        let mut command = user.command(Path::new("/bin/sh"));
        let line = format!("{shell} exec {} get 7", user.program.display());
        let child = command.args(["-c", &line]).spawn().unwrap();
        let came = service.next();
        assert!(came.headers.contains("bearer token-canary"), "{came:?}");
        Self { child, user, _service: service }
    }

    fn proc(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.child.id()).into()
    }

    /// Ends it with this signal.
    fn end(mut self, signal: &str) -> (ExitStatus, Ordinary) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        (self.child.wait().unwrap(), self.user)
    }
}

/// What `user` gets to read of a file; one byte is enough to tell.
fn read(user: &Ordinary, path: &Path) -> Output {
    let mut head = user.command(Path::new("/usr/bin/head"));
    head.args(["-c", "1"]).arg(path).output().unwrap()
}

#[test]
fn memory_and_environment_are_closed_to_other_processes_of_the_same_user() {
    let user = Ordinary::new(World::bare());
    let mut open = user.command(Path::new("/bin/sleep")).arg("60").spawn().unwrap();
    let seen = read(&user, &PathBuf::from(format!("/proc/{}/environ", open.id())));
    assert!(seen.status.success(), "this test can see an open process: {seen:?}");
    open.kill().unwrap();
    open.wait().unwrap();

    let running = Running::after("");
    for name in ["environ", "mem", "maps", "auxv"] {
        let seen = read(&running.user, &running.proc(name));
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
    let words: Vec<&str> = shown.split_terminator('\0').skip(1).collect();
    assert_eq!(words, ["get", "7"]);
    running.end("-KILL");
}

#[test]
fn a_crash_leaves_no_core_file() {
    let running = Running::after("ulimit -S -c $(ulimit -H -c);");
    let limits = fs::read_to_string(running.proc("limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let [soft, hard] = [line.split_whitespace().nth(4), line.split_whitespace().nth(5)];
    assert_eq!((soft, hard), (Some("0"), Some("0")), "{line}");
    let (status, user) = running.end("-ABRT");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    let left = fs::read_dir(user.world.path("")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(left.filter(|path| *path != user.program).count(), 0);
}
