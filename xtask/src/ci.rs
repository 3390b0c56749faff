//! `cargo xtask ci`: every check that a change must pass, here as on the machine that judges it.
//!
//! Quiet about success, one line a step; plain about failure, with everything the step had to say.
//! A step that fails does not keep the later ones from running: one run tells all.

mod steps;

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::workspace::Workspace;
use steps::{STEPS, Step, Work};

/// How a step ended, with what there is to say about it.
#[derive(Debug, PartialEq, Eq)]
enum Finish {
    Passed(String),
    Failed(String),
    Skipped(String),
}

/// Runs every step; the last lines are the test runner's own results.
pub(crate) fn run(workspace: &Workspace, out: &mut impl Write) -> Outcome {
    run_steps(workspace, STEPS, is_ci(), out)
}

fn run_steps(workspace: &Workspace, steps: &[Step], is_ci: bool, out: &mut impl Write) -> Outcome {
    let mut failed = Vec::new();
    let mut results = Vec::new();
    for step in steps {
        write!(out, "{:<34} ", step.name)?;
        out.flush()?;
        let (finish, seconds) = timed(|| finish(workspace, step, is_ci));
        match finish {
            Finish::Passed(output) => {
                writeln!(out, "ok {seconds:>6.1} s")?;
                results.extend(runner_results(&output));
            }
            Finish::Failed(output) => {
                writeln!(out, "FAILED {seconds:.1} s\n{}\n", output.trim_end())?;
                results.extend(runner_results(&output));
                failed.push(step.name);
            }
            Finish::Skipped(why) => writeln!(out, "skipped: {why}")?,
        }
    }
    for line in results {
        writeln!(out, "{line}")?;
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("ci failed: {}", failed.join(", ")).into()) }
}

fn finish(workspace: &Workspace, step: &Step, is_ci: bool) -> Finish {
    match step.work {
        Work::Here(task) => of_task(task(workspace)),
        Work::With { program, .. } if !is_there(program) => missing(program, is_ci),
        Work::With { task, .. } => of_task(task(workspace)),
        Work::Cargo(arguments) => {
            let mut command = workspace.cargo();
            command.args(arguments);
            of_command(&mut command, "cargo", is_ci)
        }
        Work::Tool { program, arguments } => {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(workspace.root());
            of_command(&mut command, program, is_ci)
        }
    }
}

fn of_task(outcome: Outcome) -> Finish {
    match outcome {
        Ok(()) => Finish::Passed(String::new()),
        Err(error) => Finish::Failed(error.to_string()),
    }
}

/// Whether the program can be started at all.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok()
}

fn of_command(command: &mut Command, program: &str, is_ci: bool) -> Finish {
    match command.stdin(Stdio::null()).output() {
        Ok(output) => {
            let [said, complained] =
                [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
            let said = format!("{said}\n{complained}");
            if output.status.success() { Finish::Passed(said) } else { Finish::Failed(said) }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => missing(program, is_ci),
        Err(error) => Finish::Failed(format!("{program}: cannot be started: {error}")),
    }
}

/// A check without its tool has checked nothing: that is a failure where it counts.
fn missing(program: &str, is_ci: bool) -> Finish {
    let why = format!("{program} is not installed; .ci/run installs it");
    if is_ci { Finish::Failed(why) } else { Finish::Skipped(why) }
}

/// The lines in which the test runner sums up.
fn runner_results(output: &str) -> Vec<String> {
    output.lines().filter(|line| line.starts_with("test result:")).map(str::to_owned).collect()
}

#[expect(clippy::disallowed_methods, reason = "how long a step took is for a person to read")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = std::time::Instant::now();
    let value = work();
    (value, start.elapsed().as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "the one setting of this program")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(_: &Workspace) -> Outcome {
        Ok(())
    }

    fn bad(_: &Workspace) -> Outcome {
        Err("line one\nline two".into())
    }

    const MISSING: [Step; 2] = [
        Step {
            name: "book",
            work: Work::Tool { program: "no-such-program-anywhere", arguments: &[] },
        },
        Step { name: "built", work: Work::With { program: "no-such-program-anywhere", task: bad } },
    ];

    fn output_of(steps: &[Step], is_ci: bool) -> (String, Option<String>) {
        let mut out = Vec::new();
        let outcome = run_steps(&Workspace::here(), steps, is_ci, &mut out);
        (String::from_utf8(out).unwrap(), outcome.err().map(|error| error.to_string()))
    }

    #[test]
    fn success_is_one_line() {
        let (out, error) = output_of(&[Step { name: "good", work: Work::Here(good) }], true);
        assert_eq!(error, None);
        assert_eq!(out.lines().count(), 1, "{out}");
        assert!(out.starts_with("good ") && out.contains("ok"), "{out}");
    }

    #[test]
    fn failure_is_told_in_full_and_the_rest_still_runs() {
        let steps = [
            Step { name: "bad", work: Work::Here(bad) },
            Step { name: "good", work: Work::Here(good) },
            Step { name: "worse", work: Work::Cargo(&["no-such-command-of-cargo"]) },
        ];
        let (out, error) = output_of(&steps, true);
        assert_eq!(error.unwrap(), "ci failed: bad, worse");
        assert!(out.contains("line one\nline two\n"), "{out}");
        assert!(out.contains("no-such-command-of-cargo"), "{out}");
        assert!(out.lines().any(|line| line.starts_with("good ")), "{out}");
    }

    #[test]
    fn a_missing_tool_fails_only_where_it_counts() {
        let (out, error) = output_of(&MISSING, true);
        assert_eq!(error.unwrap(), "ci failed: book, built");
        assert!(out.contains("no-such-program-anywhere is not installed"), "{out}");
        let (out, error) = output_of(&MISSING, false);
        assert_eq!(error, None);
        assert!(out.contains("skipped: no-such-program-anywhere is not installed"), "{out}");
    }

    #[test]
    fn the_fuzz_targets_are_a_step_that_fails_when_one_of_them_does() {
        let is_it = |step: &&Step| matches!(step.work, Work::With { program: "c++", .. });
        assert_eq!(STEPS.iter().filter(is_it).count(), 1);
        let with = |task| Step { name: "built", work: Work::With { program: "cargo", task } };
        let (out, error) = output_of(&[with(good), with(bad)], true);
        assert_eq!(error.unwrap(), "ci failed: built");
        assert!(out.contains("line one\nline two\n"), "{out}");
    }

    #[test]
    fn the_runners_results_are_kept() {
        let output = "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed\n";
        assert_eq!(runner_results(output), ["test result: ok. 1 passed; 0 failed"]);
    }

    #[test]
    fn the_second_command_of_the_readme_is_a_step() {
        let is_it = |step: &Step| matches!(step.work, Work::Cargo(["test", "--workspace"]));
        assert!(STEPS.iter().any(is_it));
    }
}
