//! Downloads beside curl and aria2c: the same files from the same server, synced to the same disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use super::figures::{Took, if_known, machine, median, table};
use super::file_server::FileServer;
use super::{output_of, remove, target};
use crate::Outcome;
use crate::workspace::Workspace;

const MIB: u64 = 1024 * 1024;
/// Over how many connections: the program's own default.
const CONNECTIONS: &str = "8";

/// What is fetched, and how the server gives it.
struct Course {
    name: &'static str,
    batch: &'static str,
    files: Vec<(String, u64)>,
    /// Whether the server holds each connection back.
    held_back: bool,
    parties: &'static [Party],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    /// The library, without the SHA-256 of what it fetches.
    Ours,
    /// The library as the program uses it.
    OursWithSha256,
    Curl,
    CurlAndSha256sum,
    Aria2c,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Measured {
    #[serde(flatten)]
    took: Took,
    /// Of ours alone.
    #[serde(deserialize_with = "if_known")]
    peak_rss_kib: f64,
}

struct Stage<'w> {
    workspace: &'w Workspace,
    server: FileServer,
    served: PathBuf,
    fetched: PathBuf,
}

pub(super) fn run(
    workspace: &Workspace,
    mebibytes: u64,
    rounds: usize,
    out: &mut impl Write,
) -> Outcome {
    let courses = courses(mebibytes.max(64));
    let stage = Stage::set(workspace, &courses, out)?;
    writeln!(out, "{}; every file is synced; medians of {rounds} rounds", machine())?;
    for course in &courses {
        let mut done: Vec<Vec<Measured>> = vec![Vec::new(); course.parties.len()];
        for round in 0..rounds {
            // Each goes first as often as the others.
            for turn in 0..course.parties.len() {
                let place = (round + turn) % course.parties.len();
                let (Some(party), Some(measured)) =
                    (course.parties.get(place), done.get_mut(place))
                else {
                    continue;
                };
                measured.push(stage.measure(*party, course)?);
            }
        }
        writeln!(out, "\n{}:\n\n{}", course.name, summary(course, &done))?;
        out.flush()?;
    }
    Ok(())
}

fn courses(mebibytes: u64) -> Vec<Course> {
    let many = mebibytes / 4;
    vec![
        Course {
            name: "One large file",
            batch: "large",
            files: vec![("large.bin".to_owned(), mebibytes * MIB)],
            held_back: false,
            parties: &[Party::Curl, Party::Ours, Party::CurlAndSha256sum, Party::OursWithSha256],
        },
        Course {
            name: "Many files of 4 MiB",
            batch: "many",
            files: (0..many).map(|number| (format!("part-{number:05}.bin"), 4 * MIB)).collect(),
            held_back: false,
            parties: &[Party::Curl, Party::Aria2c, Party::Ours, Party::OursWithSha256],
        },
        Course {
            name: "One file from a server that gives each connection 16 MiB a second",
            batch: "limited",
            files: vec![("limited.bin".to_owned(), mebibytes / 4 * MIB)],
            held_back: true,
            parties: &[Party::Aria2c, Party::Ours, Party::OursWithSha256],
        },
    ]
}

impl<'w> Stage<'w> {
    /// Builds what is measured, and makes what is fetched.
    fn set(workspace: &'w Workspace, courses: &[Course], out: &mut impl Write) -> Outcome<Self> {
        for program in ["curl", "aria2c", "nginx"] {
            let found = Command::new(program).arg("-v").output();
            found.map_err(|error| format!("{program} is needed for this: {error}"))?;
        }
        let folder = target(workspace)?.join("bench/download");
        let (served, fetched) = (folder.join("served"), folder.join("fetched"));
        fs::create_dir_all(&served)?;
        writeln!(out, "building")?;
        output_of(ours(workspace).arg("--no-run"))?;
        let mut server = FileServer::new(&folder)?;
        for course in courses {
            let entries: Vec<_> = course
                .files
                .iter()
                .map(|(name, length)| json!({"name": name, "length": length.to_string()}))
                .collect();
            server.serve(course.batch, &entries)?;
            for (name, length) in &course.files {
                make(&served.join(name), *length)?;
            }
        }
        server.start()?;
        Ok(Self { workspace, server, served, fetched })
    }

    /// Lets one party fetch the course's files, and sees that it has them.
    fn measure(&self, party: Party, course: &Course) -> Outcome<Measured> {
        remove(&self.fetched)?;
        fs::create_dir_all(&self.fetched)?;
        let base = self.server.address(course.held_back);
        let (measured, folder) = match party {
            Party::Ours => (self.ours(&base, course, "plain")?, self.fetched.join(course.batch)),
            Party::OursWithSha256 => {
                (self.ours(&base, course, "sha256")?, self.fetched.join(course.batch))
            }
            Party::Curl | Party::CurlAndSha256sum | Party::Aria2c => {
                let took = self.script(party, &base, course)?;
                (Measured { took, peak_rss_kib: f64::NAN }, self.fetched.clone())
            }
        };
        for (name, _) in &course.files {
            same(&self.served.join(name), &folder.join(name))?;
        }
        Ok(measured)
    }

    fn ours(&self, base: &str, course: &Course, digest: &str) -> Outcome<Measured> {
        let mut command = ours(self.workspace);
        command.args(["--", base, course.batch]).arg(&self.fetched).args([CONNECTIONS, digest]);
        Ok(serde_json::from_str(&output_of(&mut command)?)?)
    }

    /// Lets the shell time what others do, syncing included.
    fn script(&self, party: Party, base: &str, course: &Course) -> Outcome<Took> {
        let address = |name: &str| self.server.file(base, course.batch, name);
        let mut list = String::new();
        for (name, _) in &course.files {
            let address = address(name);
            list += &match party {
                Party::Aria2c => format!("{address}\n out={name}\n"),
                _ => format!("url = \"{address}\"\noutput = \"{name}\"\n"),
            };
        }
        let list_file = self.fetched.with_extension("list");
        fs::write(&list_file, list)?;
        let fetch = match party {
            Party::Aria2c if course.files.len() > 1 => {
                "aria2c -q --file-allocation=none -j \"$1\" -x 1 -i \"$2\" && sync ./*"
            }
            Party::Aria2c => {
                "aria2c -q --file-allocation=none -x \"$1\" -s \"$1\" -k 1M -i \"$2\" && sync ./*"
            }
            Party::CurlAndSha256sum => "curl -sS -K \"$2\" && sha256sum ./* >&2 && sync ./*",
            _ if course.files.len() > 1 => {
                "curl -sS --parallel --parallel-max \"$1\" -K \"$2\" && sync ./*"
            }
            _ => "curl -sS -K \"$2\" && sync ./*",
        };
        let timed =
            format!("set -e; TIMEFORMAT='%R %U %S'; {{ time {{ {fetch}; }} 2>/dev/null; }} 2>&1");
        let mut command = Command::new("bash");
        command.args(["-c", &timed, "bash", CONNECTIONS]).arg(&list_file);
        command.current_dir(&self.fetched);
        let told = output_of(&mut command)?;
        let seconds: Result<Vec<f64>, _> = told.split_whitespace().map(str::parse).collect();
        match seconds?.as_slice() {
            [wall, user, system] => Ok(Took { wall: *wall, cpu: user + system }),
            _ => Err(format!("{told:?} is not what time prints").into()),
        }
    }
}

fn ours(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["bench", "--quiet", "--locked", "--package", "aep-export-api"]);
    command.args(["--bench", "download"]);
    command
}

/// Bytes that do not compress and differ from place to place.
fn make(path: &Path, length: u64) -> Outcome {
    if fs::metadata(path).is_ok_and(|there| there.len() == length) {
        return Ok(());
    }
    let mut file = File::create(path)?;
    let mut state = length | 1;
    let mut block = vec![0; usize::try_from(MIB)?];
    for _ in 0..length / MIB {
        for word in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        file.write_all(&block)?;
    }
    Ok(())
}

fn same(expected: &Path, found: &Path) -> Outcome {
    output_of(Command::new("cmp").arg(expected).arg(found)).map(drop)
}

fn summary(course: &Course, done: &[Vec<Measured>]) -> String {
    let bytes: u64 = course.files.iter().map(|(_, length)| length).sum();
    let of =
        |measured: &[Measured], figure: fn(&Measured) -> f64| median(measured.iter().map(figure));
    let rows = course.parties.iter().zip(done).map(|(party, measured)| {
        let wall = of(measured, |one| one.took.wall);
        let peak = of(measured, |one| one.peak_rss_kib) / 1024.0;
        vec![
            party.name().to_owned(),
            format!("{wall:.2}"),
            format!("{:.2}", of(measured, |one| one.took.cpu)),
            format!("{:.0}", bytes as f64 / 1e6 / wall),
            if peak.is_nan() { String::new() } else { format!("{peak:.0}") },
        ]
    });
    table(&["", "wall s", "CPU s", "MB/s", "peak MiB"], &rows.collect::<Vec<_>>())
}

impl Party {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "downloader",
            Self::OursWithSha256 => "downloader with SHA-256",
            Self::Curl => "curl",
            Self::CurlAndSha256sum => "curl, then sha256sum",
            Self::Aria2c => "aria2c",
        }
    }
}
