//! `man`: the manual in the form that man reads.

use std::path::PathBuf;

use crate::failure::{Failure, Kind};
use crate::manual::{self, ManPage};
use crate::nearest::nearest;

/// Print a page of the manual for man
///
/// Without a command it is the page of the program; `dataset create` has one too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export man run > aep-export-run.1
  aep-export man dataset create > aep-export-dataset-create.1
  aep-export man --dir man1")]
pub(crate) struct Args {
    /// The command
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,

    /// Write every page into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

impl Args {
    pub(crate) fn text(self) -> Result<Vec<u8>, Failure> {
        let pages = manual::man_pages().map_err(|error| {
            Failure::new(Kind::Other, format!("cannot make the manual: {error}"))
        })?;
        match self.dir {
            Some(dir) => write(&dir, &pages).map(|()| Vec::new()),
            None => Ok(of_command(&self.command, &pages)?.text.clone()),
        }
    }
}

fn write(dir: &std::path::Path, pages: &[ManPage]) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| {
        Failure::io(format!("cannot write the manual to {}", dir.display()), error)
    };
    std::fs::create_dir_all(dir).map_err(|error| failed(&error))?;
    for page in pages {
        std::fs::write(dir.join(&page.file), &page.text).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn of_command<'a>(command: &[String], pages: &'a [ManPage]) -> Result<&'a ManPage, Failure> {
    let words = std::iter::once("aep-export").chain(command.iter().map(String::as_str));
    let name = words.collect::<Vec<_>>().join("-");
    let file = format!("{name}.1");
    pages.iter().find(|page| page.file == file).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no command `{}`", command.join(" ")));
        let known = pages.iter().filter_map(|page| page.file.strip_suffix(".1"));
        match nearest(&name, known) {
            Some(meant) => failure.hint(format!("did you mean the page of {meant}?")),
            None => failure.hint("aep-export --help lists the commands"),
        }
    })
}
