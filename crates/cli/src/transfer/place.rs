//! The folder of a download, before anything is created for it.

use std::fs;
use std::path::Path;

use crate::context::Context;
use crate::failure::Failure;

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

/// Says how many things of somebody else's are in `dir`, where `ours` are the names of our own.
pub(super) fn say_what_else_is_there(context: &mut Context, dir: &Path, ours: &[&str]) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let others = entries
        .filter_map(Result::ok)
        .filter(|entry| !ours.iter().any(|name| entry.file_name() == **name))
        .count();
    if others > 0 {
        let (things, verb) = if others == 1 { ("thing", "stays") } else { ("things", "stay") };
        context.talk.note(&format!(
            "{others} other {things} in {} {verb}; each batch has a folder of its own",
            dir.display()
        ));
    }
}
