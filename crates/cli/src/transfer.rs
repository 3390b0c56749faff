//! Fetching what a job wrote: a folder for each batch, plain file names inside.
//!
//! A batch belongs to one job, so the files of two jobs never stand in one folder.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use aep_export_api::{Client, Downloaded, ExportFile, Folder};
use aep_export_model::BatchId;
use futures_util::TryStreamExt;

use crate::context::Context;
use crate::failure::{Failure, Kind};

/// How often progress is drawn.
const DRAW: Duration = Duration::from_millis(100);

/// One file on disk.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) batch: BatchId,
    pub(crate) name: String,
    pub(crate) file: Downloaded,
}

/// Checks that `dir` can be downloaded into: before anything is created for it.
pub(crate) fn check_target(dir: &Path) -> Result<(), Failure> {
    // What is there already, of the folder or of those above it.
    let there = dir.ancestors().find(|above| fs::symlink_metadata(above).is_ok());
    let Some(there) = there else { return Ok(()) };
    match fs::metadata(there) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => {
            let (dir, there) = (dir.display(), there.display());
            Err(Failure::usage(format!("--to {dir}: {there} is there and is not a folder")))
        }
        Err(error) => Err(Failure::io(format!("--to {}", dir.display()), &error).of_input()),
    }
}

/// Every file of `batch`, each name once.
pub(crate) async fn files_of(client: &Client, batch: &BatchId) -> Result<Vec<ExportFile>, Failure> {
    let doing = || format!("list the files of batch {batch}");
    let files: Vec<ExportFile> = client
        .files()
        .of_batch(batch)
        .try_collect()
        .await
        .map_err(|error| Failure::of(&error, &doing()))?;
    Ok(files)
}

/// Fetches the files of `batches` into folders of `dir`.
pub(crate) async fn fetch(
    context: &mut Context,
    client: &Client,
    batches: &[BatchId],
    dir: &Path,
) -> Result<Vec<Fetched>, Failure> {
    refuse_twins("the job", batches.iter().map(BatchId::as_str))?;
    let mut listed: Vec<(&BatchId, Vec<ExportFile>)> = Vec::new();
    for batch in batches {
        let files = files_of(client, batch).await?;
        refuse_twins(&format!("batch {batch}"), files.iter().map(|file| file.name.as_str()))?;
        if !files.is_empty() {
            listed.push((batch, files));
        }
    }
    say_what_else_is_there(context, dir, batches);
    let folders = folders(dir, listed.iter().map(|(batch, _)| *batch))?;
    let files = || listed.iter().flat_map(|(_, files)| files);
    let count = files().count();
    // The service may list any number.
    let total = files().filter_map(|file| file.length).fold(0, u64::saturating_add);
    let mut fetched = Vec::new();
    let mut done = 0;
    for ((batch, files), folder) in listed.iter().zip(&folders) {
        for file in files {
            let (talk, clock) = (&mut context.talk, &context.clock);
            let number = fetched.len() + 1;
            let mut drawn = None;
            let progress = |bytes: u64| {
                done += bytes;
                let now = clock.elapsed();
                if drawn.is_none_or(|at: Duration| now.saturating_sub(at) >= DRAW) {
                    drawn = Some(now);
                    talk.live(&format!(
                        "downloading file {number} of {count}  {} of {}",
                        bytes_shown(done),
                        bytes_shown(total)
                    ));
                }
            };
            let downloaded = client
                .files()
                .download(file, folder, progress)
                .await
                .map_err(|error| Failure::of(&error, &format!("download {}", file.name)))?;
            if downloaded.kept {
                done += downloaded.bytes;
            }
            let batch = (*batch).clone();
            fetched.push(Fetched { batch, name: file.name.clone(), file: downloaded });
        }
    }
    context.talk.wipe();
    Ok(fetched)
}

/// A folder in `dir` for each of `batches`, all of them before anything is fetched.
fn folders<'a>(
    dir: &Path,
    batches: impl Iterator<Item = &'a BatchId>,
) -> Result<Vec<Folder>, Failure> {
    let mut batches = batches.peekable();
    if batches.peek().is_none() {
        return Ok(Vec::new());
    }
    let failed = |error| Failure::of(&error, &format!("write into {}", dir.display()));
    let dir = Folder::at(dir).map_err(failed)?;
    batches.map(|batch| dir.inner(batch.as_str()).map_err(failed)).collect()
}

/// Two files or folders of one name would become one, also where capitals make no difference, or
/// where the name of one is that of another on its way.
fn refuse_twins<'a>(whose: &str, mut names: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut taken = HashSet::new();
    let twin = names.find(|name| {
        let name = name.to_uppercase().to_lowercase();
        !(taken.insert(format!("{name}.part")) && taken.insert(name))
    });
    match twin {
        None => Ok(()),
        Some(twin) => Err(Failure::new(
            Kind::Check,
            format!("{whose} lists {twin:?} and something else in its place"),
        )),
    }
}

/// Sees to it that `dir` is there and takes files, before hours are spent on what goes into it.
pub(crate) fn prepare(dir: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::io(format!("cannot write into {}", dir.display()), &error);
    fs::create_dir_all(dir).map_err(failed).map_err(Failure::of_input)?;
    let probe = dir.join(format!(".aep-export-{}.part", std::process::id()));
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)
        .and_then(|_| fs::remove_file(&probe))
        .map_err(failed)
        .map_err(Failure::of_input)
}

fn say_what_else_is_there(context: &mut Context, dir: &Path, batches: &[BatchId]) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let others = entries
        .filter_map(Result::ok)
        .filter(|entry| !batches.iter().any(|batch| entry.file_name() == *batch.as_str()))
        .count();
    if others > 0 {
        let (things, verb) = if others == 1 { ("thing", "stays") } else { ("things", "stay") };
        context.talk.note(&format!(
            "{others} other {things} in {} {verb}; each batch has a folder of its own",
            dir.display()
        ));
    }
}

/// A number of bytes as people read it.
pub(crate) fn bytes_shown(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = UNITS.iter();
    let mut name = unit.next();
    while size >= 1024.0 && unit.len() > 0 {
        size /= 1024.0;
        name = unit.next();
    }
    format!("{size:.1} {}", name.unwrap_or(&"TiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_people_read_them() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_572_864, "1.5 MiB"),
            (1 << 40, "1.0 TiB"),
            (1 << 53, "8192.0 TiB"),
        ];
        for (bytes, shown) in cases {
            assert_eq!(bytes_shown(bytes), shown);
        }
    }

    #[test]
    fn names_that_some_systems_would_write_over_each_other_are_refused() {
        assert!(refuse_twins("batch B1", ["a.parquet", "b.parquet"].into_iter()).is_ok());
        for twins in [
            ["a.parquet", "a.parquet"],
            ["a.parquet", "A.parquet"],
            ["straße", "STRASSE"],
            ["a", "a.part"],
            ["A.part", "a"],
        ] {
            let failure = refuse_twins("batch B1", twins.into_iter()).unwrap_err();
            assert_eq!(failure.exit().code(), 12);
            let told = format!("batch B1 lists {:?} and something else in its place", twins[1]);
            assert_eq!(failure.message(), told);
        }
    }
}
