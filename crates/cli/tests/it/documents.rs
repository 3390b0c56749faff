//! The README and the book: every command that they show is run, and answers as shown.
//!
//! A document is one session: its `console` blocks run in a shell, one after the other, in one
//! folder. A line `...` stands for any lines. Words with a digit in them (times, ids, sizes) need
//! only stand in the same place.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command as Process;

use crate::service::Service;
use crate::world::{Ran, World};

/// Stands for the developer's own: what is built is run, and tests do not run themselves.
const CARGO: &str = r#"#!/bin/sh
case "$*" in
  "run --bin aep-export -- "*) shift 4; exec aep-export "$@" ;;
  "test --workspace") exit 0 ;;
  *) echo "no document may show: cargo $*" >&2; exit 99 ;;
esac
"#;

struct Step {
    command: String,
    expected: Vec<String>,
}

impl Step {
    /// A command of several lines goes on with `> `, as shells show it.
    fn goes_on(&mut self, line: &str) {
        match line.strip_prefix("> ").filter(|_| self.expected.is_empty()) {
            Some(more) => self.command.extend(["\n", more]),
            None => self.expected.push(line.to_owned()),
        }
    }
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => {
                    steps.push(Step { command: command.to_owned(), expected: Vec::new() });
                }
                (None, Some(step)) => step.goes_on(line),
                (None, None) => panic!("a console block begins with a command: {line}"),
            },
            (false, _) => {}
        }
    }
    steps
}

/// The line with each word that changes from run to run replaced.
fn steady(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let varies = word.chars().any(|char| char.is_ascii_digit());
        if varies { "#" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn matches(expected: &[String], actual: &[String]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "..." => {
            matches(rest, actual) || (!actual.is_empty() && matches(expected, &actual[1..]))
        }
        (Some((first, rest)), Some((line, lines))) => {
            steady(first) == steady(line) && matches(rest, lines)
        }
        _ => false,
    }
}

fn run(document: &Path) {
    let service = Service::quick();
    let world = World::bare().with("AEP_BASE_URL", &service.url).with("AEP_IMS_URL", &service.url);
    let bin = world.path("bin");
    fs::create_dir(&bin).unwrap();
    fs::write(bin.join("cargo"), CARGO).unwrap();
    fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink(env!("CARGO_BIN_EXE_aep-export"), bin.join("aep-export")).unwrap();
    fs::write(world.path("client-secret.txt"), "any-secret").unwrap();
    let world = world.with("PATH", &format!("{}:/usr/bin:/bin", bin.display()));

    let mut settings = String::new();
    for step in steps(&fs::read_to_string(document).unwrap()) {
        if step.command.starts_with("export ") {
            settings.push_str(&step.command);
            settings.push('\n');
            continue;
        }
        let mut shell = Process::new("/bin/sh");
        world.prepare(&mut shell);
        let script = format!("{settings}exec 2>&1\n{}", step.command);
        let ran = Ran::of(shell.args(["-c", &script]).spawn().unwrap());
        let actual: Vec<_> = ran.stdout.lines().map(|line| line.trim_end().to_owned()).collect();
        assert!(
            matches(&step.expected, &actual),
            "{}: $ {}\nshows:\n{}\nbut the answer is:\n{}",
            document.display(),
            step.command,
            step.expected.join("\n"),
            ran.stdout,
        );
    }
}

#[test]
fn the_readme() {
    run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md"));
}

#[test]
fn the_guides() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    for guide in fs::read_dir(guides).unwrap() {
        run(&guide.unwrap().path());
    }
}

#[test]
fn a_shown_answer_that_is_not_the_answer_is_noticed() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let actual = lines("job 1001 created\nSUCCEEDED\nrows 12");
    for (shown, same) in [
        ("job 1002 created\nSUCCEEDED\nrows 7", true),
        ("...\nrows 7", true),
        ("...", true),
        ("job 1001 created\n...\nrows 7", true),
        ("job 1001 created\nFAILED\nrows 12", false),
        ("job 1001 created\nrows 12", false),
        ("", false),
    ] {
        assert_eq!(matches(&lines(shown), &actual), same, "{shown}");
    }
}
