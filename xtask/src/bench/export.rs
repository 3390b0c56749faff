//! The emulator's import and export beside DuckDB: the same profiles, filter and projection, from
//! NDJSON to Parquet.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use super::figures::{Took, if_known, machine, median, table};
use super::{output_of, remove, target};
use crate::Outcome;
use crate::workspace::Workspace;

const SCRIPT: &str = include_str!("duckdb.py");

/// The sample audience "Gold members".
const SEGMENT: &str = "3f0c8a52-7d1e-4b96-a6c4-2e9b51d07a11";
const FROM: &str = "2026-03-01T00:00:00Z";
const UNTIL: &str = "2026-06-01T00:00:00Z";

/// What the emulator says of its work.
#[derive(Deserialize)]
struct Ours {
    import: Took,
    export: Took,
    #[serde(deserialize_with = "if_known")]
    peak_rss_kib: f64,
    rows: u64,
    /// Where the exported files are.
    files: PathBuf,
    /// Bytes of the imported profiles.
    stored: u64,
}

/// What DuckDB says of its work.
#[derive(Deserialize)]
struct Theirs {
    #[serde(flatten)]
    took: Took,
    peak_rss_kib: f64,
    rows: u64,
    version: String,
}

struct Round {
    ours: Ours,
    theirs: Theirs,
}

struct Stage<'w> {
    workspace: &'w Workspace,
    python: PathBuf,
    folder: PathBuf,
    profiles: PathBuf,
}

pub(super) fn run(
    workspace: &Workspace,
    profiles: u64,
    rounds: usize,
    out: &mut impl Write,
) -> Outcome {
    let stage = Stage::set(workspace, profiles, out)?;
    let megabytes = fs::metadata(&stage.profiles)?.len() as f64 / 1e6;
    let mut done = Vec::new();
    for number in 0..rounds {
        // Each goes first as often as the other.
        let (ours, theirs) = if number % 2 == 0 {
            let ours = stage.ours()?;
            (ours, stage.theirs()?)
        } else {
            let theirs = stage.theirs()?;
            (stage.ours()?, theirs)
        };
        let round = Round { ours, theirs };
        stage.compare(&round)?;
        writeln!(out, "{}", round.line(number + 1))?;
        out.flush()?;
        done.push(round);
    }
    remove(&stage.store())?;
    let last = done.last().ok_or("no round was done")?;
    writeln!(
        out,
        "\n{profiles} profiles, {megabytes:.0} MB of NDJSON ({:.0} MB once imported), {} rows out, equal \
         for both; {}; DuckDB {}; medians of {rounds} rounds:\n",
        last.ours.stored as f64 / 1e6,
        last.ours.rows,
        machine(),
        last.theirs.version,
    )?;
    writeln!(out, "{}", summary(&done, megabytes, profiles as f64))?;
    Ok(())
}

impl<'w> Stage<'w> {
    /// Builds what is measured, and makes the profiles unless they are there.
    fn set(workspace: &'w Workspace, count: u64, out: &mut impl Write) -> Outcome<Self> {
        let target = target(workspace)?;
        let python = target.join("tools/python/bin/python");
        if !python.exists() {
            return Err("DuckDB is not installed; .ci/run installs it".into());
        }
        let folder = target.join("bench/export");
        fs::create_dir_all(&folder)?;
        let profiles = folder.join(format!("{count}.ndjson"));
        let stage = Self { workspace, python, folder, profiles };
        writeln!(out, "building")?;
        output_of(stage.program().arg("--no-run"))?;
        if !stage.profiles.exists() {
            writeln!(out, "making {count} profiles")?;
            let unfinished = stage.folder.join("unfinished");
            let mut sample = stage.program();
            sample.args(["--", "sample", &count.to_string()]).arg(&unfinished);
            output_of(&mut sample)?;
            fs::rename(&unfinished, &stage.profiles)?;
        }
        Ok(stage)
    }

    fn program(&self) -> Command {
        let mut command = self.workspace.cargo();
        command.args(["bench", "--quiet", "--locked", "--package", "aep-export-emulator"]);
        command.args(["--bench", "export"]);
        command
    }

    fn ours(&self) -> Outcome<Ours> {
        let store = self.store();
        remove(&store)?;
        let request = json!({
            "fields": "_id,person.name.firstName,personalEmail.address",
            "filter": {
                "segments": [{"segmentId": SEGMENT, "status": ["realized", "existing"]}],
                "segmentQualificationTime": {"startTime": FROM, "endTime": UNTIL},
            },
        });
        let mut command = self.program();
        command.args(["--", "run"]).arg(&self.profiles).arg(&store).arg(request.to_string());
        Ok(serde_json::from_str(&output_of(&mut command)?)?)
    }

    fn theirs(&self) -> Outcome<Theirs> {
        let mut command = self.duckdb();
        command.arg(&self.profiles).arg(self.their_file()).args([SEGMENT, FROM, UNTIL]);
        Ok(serde_json::from_str(&output_of(&mut command)?)?)
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn their_file(&self) -> PathBuf {
        self.folder.join("duckdb.parquet")
    }

    fn duckdb(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-c", SCRIPT]);
        command
    }

    /// Sees that both wrote the same rows: who is quick and wrong has done nothing.
    fn compare(&self, Round { ours, theirs }: &Round) -> Outcome {
        let mut command = self.duckdb();
        command.arg("--compare").arg(ours.files.join("*.parquet")).arg(self.their_file());
        match output_of(&mut command)?.trim() {
            "0" if ours.rows == theirs.rows && ours.rows > 0 => Ok(()),
            different => Err(format!("{different} rows are not in both exports").into()),
        }
    }
}

impl Round {
    fn ours(&self) -> Took {
        self.ours.import.and(self.ours.export)
    }

    fn line(&self, number: usize) -> String {
        let Took { wall, cpu } = self.ours();
        let (export, theirs) = (self.ours.export, self.theirs.took);
        format!(
            "round {number}: emulator {wall:.2} s, {cpu:.2} s of CPU (export alone {:.2} s, {:.2} s); \
             DuckDB {:.2} s, {:.2} s of CPU",
            export.wall, export.cpu, theirs.wall, theirs.cpu
        )
    }
}

fn summary(rounds: &[Round], megabytes: f64, profiles: f64) -> String {
    let of = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure));
    let row = |name: &str, took: &dyn Fn(&Round) -> Took, kib: Option<&dyn Fn(&Round) -> f64>| {
        let wall = of(&|round| took(round).wall);
        vec![
            name.to_owned(),
            format!("{wall:.2}"),
            format!("{:.2}", of(&|round| took(round).cpu)),
            kib.map_or_else(String::new, |kib| format!("{:.0}", of(kib) / 1024.0)),
            format!("{:.0}", megabytes / wall),
            format!("{:.0}", profiles / wall),
        ]
    };
    let heads = ["", "wall s", "CPU s", "peak MiB", "MB/s", "profiles/s"];
    let rows = [
        row("import and export", &Round::ours, Some(&|round| round.ours.peak_rss_kib)),
        row("DuckDB", &|round| round.theirs.took, Some(&|round| round.theirs.peak_rss_kib)),
        row("export alone", &|round| round.ours.export, None),
    ];
    let ratio =
        |figure: fn(Took) -> f64| of(&|round| figure(round.ours()) / figure(round.theirs.took));
    format!(
        "{}\nimport and export take {:.2} of DuckDB's wall time and {:.2} of its CPU time (medians of \
         the rounds' ratios)",
        table(&heads, &rows),
        ratio(|took| took.wall),
        ratio(|took| took.cpu),
    )
}
