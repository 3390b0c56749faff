//! `emulator import`: profiles of one's own in the place of the sample set.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aep_export_emulator::{Emulator, Import, ImportError, Imported, ORGANIZATION};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::settings::Key;

/// How often the line on a terminal is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// Put profiles of your own into the emulator, in the place of the sample set
///
/// Reads XDM individual profiles, one JSON document a line, plain or compressed with gzip or
/// Zstandard. It is all or nothing: if a line is wrong, nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export emulator import profiles.ndjson
  aep-export emulator import --append more.ndjson.gz still-more.ndjson.zst
  aep-export emulator sample --profiles 1000 --seed 7 | aep-export emulator import -
  aep-export audience list -o json > audiences.json
  aep-export emulator import --audiences audiences.json profiles.ndjson")]
pub(crate) struct Args {
    /// Files to read in this order, - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Add to what was imported before
    #[arg(long)]
    append: bool,

    /// Names of audiences: JSON objects with id and name, such as `audience list -o json` prints
    #[arg(long, value_name = "FILE")]
    audiences: Option<PathBuf>,

    /// Where the emulator keeps its data [env: AEP_EMULATOR_DIR] [default: the user's data folder]
    #[arg(long, value_name = "DIR", conflicts_with = "emulator_dir")]
    dir: Option<PathBuf>,
}

impl Args {
    pub(super) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let import = self.import(context)?;
        let dir = match self.dir {
            Some(dir) => dir,
            None => context.emulator_dir()?,
        };
        let emulator = Emulator::builder()
            .data_dir(dir)
            .holder(format!("aep-export emulator import (process {})", context.process))
            .open()
            .await
            .map_err(|error| Failure::from(&error))?;
        let read = Arc::new(AtomicU64::new(0));
        let counter = read.clone();
        let import = import.progress(move |profiles| counter.store(profiles, Ordering::Relaxed));
        let tenant = tenant(context)?;
        let mut importing = std::pin::pin!(emulator.import(import));
        let imported = loop {
            tokio::select! {
                imported = &mut importing => break imported,
                () = context.clock.sleep(TICK) => {
                    let read = read.load(Ordering::Relaxed);
                    context.talk.live(&format!("{read} profiles read"));
                }
            }
        };
        context.talk.wipe();
        emulator.close().await;
        tell(context, &imported.map_err(|error| Failure::from(&error))?, &tenant)
    }

    fn import(&self, context: &mut Context) -> Result<Import, Failure> {
        if self.files.iter().filter(|file| is_stdin(file)).count() > 1 {
            return Err(Failure::usage("standard input can be read only once"));
        }
        let tenant = tenant(context)?;
        let mut import = Import::new()
            .organization(tenant.organization)
            .sandbox(tenant.sandbox)
            .append(self.append);
        if let Some(file) = &self.audiences {
            for audience in audiences(file)? {
                import = import.audience(audience.id, audience.name);
            }
        }
        for file in &self.files {
            import = if is_stdin(file) {
                let stdin = std::mem::replace(&mut context.stdin, Box::new(std::io::empty()));
                import.reader("standard input", stdin)
            } else {
                import.file(file)
            };
        }
        Ok(import)
    }
}

/// Whose profiles they are: those that `--emulator` reads, unless flags say otherwise. An
/// organisation in the environment is not meant here, as `--emulator` does not heed it either.
struct Tenant {
    organization: String,
    sandbox: String,
}

fn tenant(context: &Context) -> Result<Tenant, Failure> {
    let organization = context.global.org.clone().unwrap_or_else(|| ORGANIZATION.to_owned());
    Ok(Tenant { organization, sandbox: context.required(Key::Sandbox)?.value })
}

fn is_stdin(file: &std::path::Path) -> bool {
    file.as_os_str() == "-"
}

fn tell(context: &mut Context, imported: &Imported, tenant: &Tenant) -> Result<(), Failure> {
    let Imported { profiles, total, .. } = imported;
    let Tenant { organization, sandbox } = tenant;
    let now = if profiles == total { String::new() } else { format!(", which has {total} now") };
    let noun = if *profiles == 1 { "profile" } else { "profiles" };
    let sentence =
        format!("imported {profiles} {noun} into sandbox {sandbox} of {organization}{now}");
    let told = json!({
        "profiles": profiles,
        "total": total,
        "organization": organization,
        "sandbox": sandbox,
    });
    Ok(context.out.tell(&sentence, &profiles.to_string(), &told)?)
}

/// An audience as a segment definition has it.
#[derive(Debug, Deserialize)]
struct Audience {
    id: String,
    name: String,
}

/// The audiences in a file: an array of them, one after the other, or what the service lists.
fn audiences(file: &std::path::Path) -> Result<Vec<Audience>, Failure> {
    let place = file.display();
    let text = std::fs::read(file)
        .map_err(|error| Failure::io(format!("cannot read {place}"), &error).of_input())?;
    let mut found = Vec::new();
    for document in serde_json::Deserializer::from_slice(&text).into_iter::<Value>() {
        let wrong = |error: &serde_json::Error| Failure::usage(format!("{place}: {error}"));
        let all = match document.map_err(|error| wrong(&error))? {
            Value::Array(all) => all,
            Value::Object(mut one) => match one.remove("segments") {
                Some(Value::Array(all)) => all,
                _ => vec![Value::Object(one)],
            },
            other => vec![other],
        };
        for audience in all {
            found.push(serde_json::from_value(audience).map_err(|error| wrong(&error))?);
        }
    }
    Ok(found)
}

impl From<&ImportError> for Failure {
    fn from(error: &ImportError) -> Self {
        let failure = |kind| Self::new(kind, error.to_string());
        match error {
            ImportError::Line { .. } | ImportError::Empty(_) => failure(Kind::Usage).hint(
                "profiles are JSON documents, one a line; `aep-export emulator sample` shows some",
            ),
            ImportError::Source { file, source } => {
                Self::io(format!("cannot read {file}"), source).of_input()
            }
            ImportError::Organization(_) | ImportError::Sandbox(_) => failure(Kind::Usage),
            ImportError::Store(_) => failure(Kind::LocalIo),
            _ => failure(Kind::Other),
        }
    }
}
