//! What people see: the program on a real pseudo-terminal, made by `script`.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command as Process, Stdio};

use crate::service::Service;
use crate::world::{Ran, World};

/// Runs the program on a terminal of its own, where somebody types `typed`.
fn on_terminal(world: &World, args: &str, typed: &str) -> Ran {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_aep-export"));
    let mut script = Process::new("script");
    world.prepare(&mut script);
    script
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .args(["-qec", &command, "/dev/null"])
        .stdin(Stdio::piped());
    let mut child = script.spawn().expect("script, of util-linux, makes the terminal");
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    Ran::of(child)
}

#[test]
fn progress_is_one_line_that_is_drawn_again() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let run = "run --audience 'Gold members' --create-dataset gold --to gold/";
    let seen = on_terminal(&world, run, "");
    let shown = seen.ok();
    assert!(shown.contains("\r\u{1b}[2Kjob 1001  SUCCEEDED"), "{shown:?}");
    assert!(shown.contains("\r\u{1b}[2Kdownloading file 1 of 1"), "{shown:?}");
    // Cleared before the summary, which stands alone.
    assert!(shown.contains("\r\u{1b}[2Kjob      1001\r\n"), "{shown:?}");
    let dated = shown.lines().any(|line| line.starts_with("20"));
    assert!(!dated, "lines with a time are for logs: {shown:?}");

    let quiet = on_terminal(&world, "wait 1001 --no-progress", "");
    assert!(!quiet.ok().contains("\u{1b}[2K"), "{quiet:?}");
}

#[test]
fn a_cancel_is_asked_about_and_only_yes_is_yes() {
    let service = Service::slow();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    for typed in ["n\n", "\n", "nonsense\n"] {
        let ran = on_terminal(&world, "cancel 1001", typed);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stdout.contains("Cancel job 1001? [y/N] "), "{ran:?}");
    }
    assert!(world.run(&["get", "1001"]).ok().contains("NEW"));
    on_terminal(&world, "cancel 1001", "y\n").ok();
    assert!(world.run(&["get", "1001"]).ok().contains("CANCELLED"));
}

#[test]
fn json_is_laid_out_for_people_on_a_terminal_and_for_programs_elsewhere() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let pretty = on_terminal(&world, "list -o json --status FAILED", "");
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    assert_eq!(pretty.ok().trim(), "[]");
    let pretty = on_terminal(&world, "get 1001 -o json", "");
    assert!(pretty.ok().contains("{\r\n  \"id\": 1001,\r\n"), "{pretty:?}");
    assert_eq!(world.run(&["get", "1001", "-o", "json"]).ok().lines().count(), 1);
}
