//! `cargo xtask fuzz`: runs the fuzz targets of `fuzz/` under libFuzzer.
//!
//! What the runs find stays out of the work tree: below `target/fuzz` are, for each target, the inputs
//! that reached something new, and those that broke something. Every run starts from the inputs in
//! `fuzz/seeds`.
//!
//! The tests of the package `aep-export-fuzz` run the same targets without libFuzzer.

mod build;
mod said;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::workspace::Workspace;
use build::build;
pub(crate) use build::in_place_of_the_compiler;
use said::Said;

/// Where everything that comes into being is kept.
const KEPT: &str = "target/fuzz";
/// Inputs longer than this find nothing that shorter ones do not.
const LONGEST_INPUT: &str = "-max_len=4096";
/// One input that takes more memory than so many MiB is a fault.
const MOST_MEMORY: &str = "-rss_limit_mb=2048";
/// How many inputs of each target a change must stand: seconds of each.
const BRIEFLY: u32 = 500;

/// Which targets are run, and for how long.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Arguments {
    /// The targets to run; all of them if none is named
    targets: Vec<String>,

    /// Run each target for so many seconds, from what the last run found on [default: 60]
    #[arg(long, value_name = "N", conflicts_with_all = ["runs", "input"])]
    seconds: Option<u32>,

    /// Run each target on so many inputs, which come from the seeds alone
    #[arg(long, value_name = "N", conflicts_with = "input")]
    runs: Option<u32>,

    /// Run one target on this input only, such as one that broke it
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
}

/// How a target is run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    /// From where the last run ended, for so long.
    Seconds(u32),
    /// On so many inputs, whatever ran before and however quick the machine is.
    Runs(u32),
    /// On one input.
    Input(PathBuf),
}

/// Runs the targets one after the other; one that breaks does not keep the later ones from running.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let targets = chosen(&targets(workspace), &arguments.targets)?;
    let plan = match (&arguments.input, arguments.runs) {
        (Some(input), _) if targets.len() == 1 => Plan::Input(there(input)?),
        (Some(_), _) => return Err("--input is for one target: name it".into()),
        (None, Some(runs)) => Plan::Runs(runs),
        (None, None) => Plan::Seconds(arguments.seconds.unwrap_or(60)),
    };
    let program = build(workspace, plan.profile())?;
    let mut broken = Vec::new();
    for target in &targets {
        write!(out, "{target:<23} ")?;
        out.flush()?;
        let said = run_one(workspace, &program, target, &plan)?;
        writeln!(out, "{said}")?;
        if !said.is_good() {
            writeln!(out, "{}", said.complaint(target))?;
            broken.push(target.as_str());
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("broken: {}", broken.join(", ")).into()) }
}

/// Runs every target for so short a time that each change can be held to it.
pub(crate) fn briefly(workspace: &Workspace) -> Outcome {
    let arguments = Arguments { runs: Some(BRIEFLY), ..Arguments::default() };
    let mut out = Vec::new();
    run(workspace, &arguments, &mut out)
        .map_err(|error| format!("{}{error}", String::from_utf8_lossy(&out)).into())
}

/// Every target by its name, sorted.
fn targets(workspace: &Workspace) -> Vec<String> {
    let name = |file: String| Some(file.strip_suffix(".rs")?.rsplit('/').next()?.to_owned());
    let files = workspace.files("fuzz/src/targets", "rs").into_iter();
    files.filter_map(name).filter(|name| name != "mod").collect()
}

fn chosen(all: &[String], named: &[String]) -> Outcome<Vec<String>> {
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        return Err(format!("{unknown} is no fuzz target; there are {}", all.join(", ")).into());
    }
    Ok(if named.is_empty() { all.to_vec() } else { named.to_vec() })
}

fn run_one(workspace: &Workspace, program: &Path, target: &str, plan: &Plan) -> Outcome<Said> {
    // A target may go elsewhere, so no place is named from here.
    let folder = |kind: &str| -> Outcome<PathBuf> {
        let name = format!("{KEPT}/{kind}/{target}/");
        let path = workspace.path(&name);
        fs::create_dir_all(&path).map_err(|error| format!("{name}: {error}"))?;
        Ok(path)
    };
    let mut command = Command::new(program);
    command.current_dir(workspace.root()).env("FUZZ_TARGET", target);
    command.args([LONGEST_INPUT, MOST_MEMORY, "-print_final_stats=1", "-dict=fuzz/words.dict"]);
    command.args(plan.limits());
    command.arg(format!("-artifact_prefix={}", folder("artifacts")?.display()));
    let seeds = workspace.path("fuzz/seeds").join(target);
    match plan {
        // New inputs go to the first folder.
        Plan::Seconds(_) => command.arg(folder("corpus")?).arg(seeds),
        Plan::Runs(_) => {
            let new = folder("new")?;
            fs::remove_dir_all(&new)?;
            command.arg(folder("new")?).arg(seeds)
        }
        Plan::Input(input) => command.arg(input),
    };
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{target}: cannot be started: {error}"))?;
    // Named from the root, as people would.
    let root = format!("{}/", workspace.root().display());
    let said = String::from_utf8_lossy(&output.stderr).replace(&root, "");
    Ok(Said::of(output.status.success(), &said))
}

impl Plan {
    /// Built quickly, with what the tests were built from; or once for runs that are ten times as fast.
    fn profile(&self) -> &'static str {
        match self {
            Self::Seconds(_) => "fuzzing",
            Self::Runs(_) | Self::Input(_) => "dev",
        }
    }

    /// When a run ends, and how many seconds one input may take.
    fn limits(&self) -> Vec<String> {
        match self {
            Self::Seconds(seconds) => {
                vec![format!("-max_total_time={seconds}"), "-timeout=30".to_owned()]
            }
            // For ever on no machine, and long enough on every one.
            Self::Runs(runs) => {
                vec![format!("-runs={runs}"), "-seed=1".to_owned(), "-timeout=300".to_owned()]
            }
            Self::Input(_) => Vec::new(),
        }
    }
}

/// The place of a file that is there, for a program that stands elsewhere.
fn there(input: &Path) -> Outcome<PathBuf> {
    fs::canonicalize(input).map_err(|error| format!("{}: {error}", input.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_built_and_has_inputs_to_start_from() {
        let workspace = Workspace::here();
        let list = workspace.read("fuzz/src/targets/mod.rs").unwrap();
        let targets = targets(&workspace);
        assert!(targets.len() > 10, "{targets:?}");
        for target in &targets {
            assert!(list.contains(&format!("\n    {target}\n")), "{target} is not built");
            let seeds = fs::read_dir(workspace.path("fuzz/seeds").join(target));
            assert!(seeds.is_ok_and(|mut seeds| seeds.next().is_some()), "{target} has no seeds");
        }
        let seeds = fs::read_dir(workspace.path("fuzz/seeds")).unwrap().count();
        assert_eq!(seeds, targets.len(), "there are seeds for a target that is not there");
    }

    #[test]
    fn targets_are_chosen_by_name_or_all() {
        let all = ["a", "b"].map(str::to_owned);
        assert_eq!(chosen(&all, &[]).unwrap(), all);
        assert_eq!(chosen(&all, &all[1..]).unwrap(), all[1..]);
        let error = chosen(&all, &["c".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "c is no fuzz target; there are a, b");
    }

    #[test]
    fn one_input_is_for_one_target() {
        let input = Some(PathBuf::from("x"));
        let arguments = Arguments { input, ..Arguments::default() };
        let error = run(&Workspace::here(), &arguments, &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "--input is for one target: name it");
    }

    #[test]
    fn a_run_ends_by_time_by_number_or_after_its_one_input() {
        assert!(Plan::Seconds(5).limits().contains(&"-max_total_time=5".to_owned()));
        assert!(Plan::Runs(1000).limits().contains(&"-runs=1000".to_owned()));
        assert_eq!(Plan::Input("x".into()).limits(), [""; 0]);
    }

    #[test]
    fn a_number_of_runs_is_the_same_on_every_machine() {
        let limits = Plan::Runs(10).limits();
        assert!(limits.contains(&"-seed=1".to_owned()), "{limits:?}");
        assert!(!limits.iter().any(|limit| limit.contains("time=")), "{limits:?}");
    }
}
