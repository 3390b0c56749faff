//! How quick the program starts, beside programs that do nothing, and how quick one call is, beside
//! curl.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use super::figures::{machine, median, table};
use super::{output_of, target};
use crate::Outcome;
use crate::workspace::Workspace;

/// A program that does nothing.
const EMPTY: &str = "fn main() {}\n";
/// A program that knows two flags.
const EMPTY_CLAP: &str = "\
use clap::Parser;

/// Does nothing
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A flag
    #[arg(long)]
    flag: bool,
}

fn main() {
    std::process::exit(i32::from(Args::parse().flag));
}
";
const MANIFEST: &str = "\
[package]
name = \"empty\"
version = \"0.1.0\"
edition = \"2024\"

[workspace]

[dependencies]
clap = { version = \"4.6\", features = [\"derive\", \"wrap_help\"] }

[profile.release]
lto = \"fat\"
codegen-units = 1
strip = \"symbols\"
";
const JOB: &str = r#"{"id":7,"status":"SUCCEEDED","creationTime":1538615973895}"#;

/// A command line and what it is called in the table.
struct Party {
    name: &'static str,
    program: PathBuf,
    args: Vec<String>,
    /// How long it took, in milliseconds, each time.
    took: Vec<f64>,
}

pub(super) fn run(workspace: &Workspace, rounds: usize, out: &mut impl Write) -> Outcome {
    let program = program(workspace)?;
    let (empty, empty_clap) = empty_programs(workspace)?;
    let party = |name, program: &Path, args: &[&str]| Party {
        name,
        program: program.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        took: Vec::new(),
    };
    let mut starts = vec![
        party("an empty program", &empty, &[]),
        party("an empty program with clap, --help", &empty_clap, &["--help"]),
        party("--version", &program, &["--version"]),
        party("--help", &program, &["--help"]),
        party("completions bash", &program, &["completions", "bash"]),
        party("a usage error", &program, &["list", "--limt", "3"]),
    ];
    let url = serve()?;
    let job = format!("{url}/data/core/ups/export/jobs/7");
    let mut calls = vec![
        party("curl", Path::new("curl"), &["--silent", "--fail", &job]),
        party("get", &program, &["get", "7", "--base-url", &url, "-o", "raw"]),
    ];
    for _ in 0..rounds {
        starts.iter_mut().chain(&mut calls).try_for_each(Party::take_turn)?;
    }
    writeln!(out, "{}; medians of {rounds} rounds:\n", machine())?;
    writeln!(out, "{}", beside("beyond an empty program, ms", &starts, |took, base| took - base))?;
    writeln!(out, "{}", beside("of curl's time", &calls, |took, base| took / base))?;
    for (name, file) in [("the program", &program), ("an empty program with clap", &empty_clap)] {
        let size = fs::metadata(file)?.len() as f64 / f64::from(1 << 20);
        writeln!(out, "{name}: {size:.2} MiB")?;
    }
    Ok(())
}

impl Party {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    fn take_turn(&mut self) -> Outcome {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("AEP_ORG_ID", "0123456789ABCDEF01234567@AdobeOrg")])
            .envs([("AEP_CLIENT_ID", "client"), ("AEP_ACCESS_TOKEN", "token")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let began = Instant::now();
        let status = command.status().map_err(|error| format!("{}: {error}", self.name))?;
        self.took.push(began.elapsed().as_secs_f64() * 1000.0);
        // Wrong usage has its own code; whatever else fails was not measured.
        match status.code() {
            Some(0 | 2) => Ok(()),
            _ => Err(format!("{}: {status}", self.name).into()),
        }
    }
}

/// Each party's time, and how it stands to that of the first.
fn beside(head: &str, parties: &[Party], compare: impl Fn(f64, f64) -> f64) -> String {
    let took: Vec<f64> = parties.iter().map(|party| median(party.took.iter().copied())).collect();
    let base = took.first().copied().unwrap_or(f64::NAN);
    let rows: Vec<Vec<String>> = parties
        .iter()
        .zip(took)
        .map(|(party, took)| {
            let compared = compare(took, base);
            vec![party.name.to_owned(), format!("{took:.2}"), format!("{compared:.2}")]
        })
        .collect();
    table(&["", "ms", head], &rows)
}

/// The program as it is given away.
fn program(workspace: &Workspace) -> Outcome<PathBuf> {
    let mut build = workspace.cargo();
    build.args(["build", "--locked", "--profile", "dist", "--package", "aep-export-cli"]);
    output_of(&mut build)?;
    Ok(target(workspace)?.join("dist/aep-export"))
}

/// The programs that do nothing, built as the program is.
fn empty_programs(workspace: &Workspace) -> Outcome<(PathBuf, PathBuf)> {
    let folder = target(workspace)?.join("bench/empty");
    fs::create_dir_all(folder.join("src/bin"))?;
    fs::write(folder.join("Cargo.toml"), MANIFEST)?;
    fs::write(folder.join("src/bin/empty.rs"), EMPTY)?;
    fs::write(folder.join("src/bin/empty_clap.rs"), EMPTY_CLAP)?;
    let mut build = workspace.cargo();
    build.arg("build").arg("--release").arg("--manifest-path").arg(folder.join("Cargo.toml"));
    build.env("CARGO_TARGET_DIR", folder.join("target"));
    output_of(&mut build)?;
    let built = folder.join("target/release");
    Ok((built.join("empty"), built.join("empty_clap")))
}

/// A service on this machine that has one job; its address.
fn serve() -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        // Whoever does not read its answer is told of by its exit code.
        listener.incoming().flatten().for_each(|stream| drop(answer(&stream)));
    });
    Ok(url)
}

fn answer(stream: &TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let length = JOB.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let mut stream = stream;
    stream.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n{JOB}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_stand_beside_the_first() {
        let party = |name, took: &[f64]| Party {
            name,
            program: PathBuf::new(),
            args: Vec::new(),
            took: took.to_vec(),
        };
        let parties = [party("curl", &[2.0, 9.0, 1.0]), party("get", &[3.0])];
        let shown = beside("of curl's time", &parties, |took, base| took / base);
        assert!(shown.contains("| curl | 2.00 | 1.00 |\n| get | 3.00 | 1.50 |\n"), "{shown}");
    }

    #[test]
    fn the_service_has_a_job() {
        let url = serve().unwrap();
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let answer = BufReader::new(stream).lines().last().unwrap().unwrap();
        assert_eq!(answer, JOB);
    }
}
