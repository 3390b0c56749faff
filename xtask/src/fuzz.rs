//! `cargo xtask fuzz`: runs the fuzz targets of `fuzz/`.
//!
//! Building is cargo-fuzz's; the runs are started here, so that what they find stays out of the work
//! tree: below `target/fuzz` are the build, for each target the inputs that reached something new,
//! and those that broke something. Every run starts from the inputs in `fuzz/seeds`.
//!
//! The tests of the package `aep-export-fuzz` run the same targets on a few inputs, without cargo-fuzz.

mod said;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::workspace::Workspace;
use said::Said;

/// What has to be there beside the toolchain.
const TOOL: &str = "cargo-fuzz";
const MISSING: &str =
    "cargo-fuzz is not installed; install it with: cargo install cargo-fuzz --locked";
/// Where everything that comes into being is kept.
const KEPT: &str = "target/fuzz";
/// Inputs longer than this find nothing that shorter ones do not.
const LONGEST_INPUT: &str = "-max_len=4096";
/// One input that takes longer than so many seconds, or more memory than so many MiB, is a fault.
const LIMITS: [&str; 2] = ["-timeout=30", "-rss_limit_mb=2048"];

/// Which targets are run, and for how long.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Arguments {
    /// The targets to run; all of them if none is named
    targets: Vec<String>,

    /// Run each target for so many seconds [default: 60]
    #[arg(long, value_name = "N", conflicts_with_all = ["runs", "input"])]
    seconds: Option<u32>,

    /// Run each target on so many inputs
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
    let host = workspace.host()?;
    build(workspace, &host, &targets, &plan)?;
    let mut broken = Vec::new();
    for target in &targets {
        write!(out, "{target:<20} ")?;
        out.flush()?;
        let said = run_one(workspace, &host, target, &plan)?;
        writeln!(out, "{said}")?;
        if !said.is_good() {
            writeln!(out, "{}", said.complaint(target))?;
            broken.push(target.as_str());
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("broken: {}", broken.join(", ")).into()) }
}

/// Every target by its name, sorted.
fn targets(workspace: &Workspace) -> Vec<String> {
    let name = |file: String| Some(file.strip_suffix(".rs")?.rsplit('/').next()?.to_owned());
    workspace.files("fuzz/fuzz_targets", "rs").into_iter().filter_map(name).collect()
}

fn chosen(all: &[String], named: &[String]) -> Outcome<Vec<String>> {
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        return Err(format!("{unknown} is no fuzz target; there are {}", all.join(", ")).into());
    }
    Ok(if named.is_empty() { all.to_vec() } else { named.to_vec() })
}

fn build(workspace: &Workspace, host: &str, targets: &[String], plan: &Plan) -> Outcome {
    let mut command = Command::new(TOOL);
    // No sanitizer: it would need a nightly toolchain, and this code is safe Rust.
    command.current_dir(workspace.root()).args(["build", "--sanitizer", "none", "--target", host]);
    command.arg("--target-dir").arg(workspace.path(KEPT).join("build"));
    command.args(plan.is_quickly_built().then_some("--dev"));
    // More takes twice as long to build, and gains little.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    // One by one or all: it takes no list.
    if let [target] = targets {
        command.arg(target);
    }
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(MISSING.into()),
        Err(error) => Err(format!("{TOOL}: cannot be started: {error}").into()),
    }
}

fn run_one(workspace: &Workspace, host: &str, target: &str, plan: &Plan) -> Outcome<Said> {
    let profile = if plan.is_quickly_built() { "debug" } else { "release" };
    let program = format!("{KEPT}/build/{host}/{profile}/{target}");
    // A target may go elsewhere, so no place is named from here.
    let folder = |kind: &str| -> Outcome<PathBuf> {
        let name = format!("{KEPT}/{kind}/{target}/");
        let path = workspace.path(&name);
        fs::create_dir_all(&path).map_err(|error| format!("{name}: {error}"))?;
        Ok(path)
    };
    let mut command = Command::new(workspace.path(&program));
    command.current_dir(workspace.root()).args(LIMITS).arg(LONGEST_INPUT);
    command.args(["-print_final_stats=1", "-dict=fuzz/words.dict"]).args(plan.limit());
    command.arg(format!("-artifact_prefix={}", folder("artifacts")?.display()));
    if let Plan::Input(input) = plan {
        command.arg(input);
    } else {
        // New inputs go to the first folder.
        command.arg(folder("corpus")?).arg(workspace.path("fuzz/seeds").join(target));
    }
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: cannot be started: {error}"))?;
    // Named from the root, as people would.
    let root = format!("{}/", workspace.root().display());
    let said = String::from_utf8_lossy(&output.stderr).replace(&root, "");
    Ok(Said::of(output.status.success(), &said))
}

impl Plan {
    /// Built in half of the time, to run once; otherwise ten times as fast.
    fn is_quickly_built(&self) -> bool {
        matches!(self, Self::Input(_))
    }

    fn limit(&self) -> Option<String> {
        match self {
            Self::Seconds(seconds) => Some(format!("-max_total_time={seconds}")),
            Self::Runs(runs) => Some(format!("-runs={runs}")),
            Self::Input(_) => None,
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
        let manifest = workspace.read("fuzz/Cargo.toml").unwrap();
        let targets = targets(&workspace);
        assert!(targets.len() > 10, "{targets:?}");
        for target in &targets {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not built");
            let seeds = fs::read_dir(workspace.path("fuzz/seeds").join(target));
            assert!(seeds.is_ok_and(|mut seeds| seeds.next().is_some()), "{target} has no seeds");
        }
        let modules = workspace.files("fuzz/src/targets", "rs").len() - 1;
        assert_eq!(modules, targets.len(), "there is a target without its program");
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
        assert_eq!(Plan::Seconds(5).limit().unwrap(), "-max_total_time=5");
        assert_eq!(Plan::Runs(1000).limit().unwrap(), "-runs=1000");
        assert_eq!(Plan::Input("x".into()).limit(), None);
    }
}
