//! The manual, in the language that man reads.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::Cli;

/// A page of the manual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManPage {
    /// Its file: `aep-export-run.1`.
    pub file: String,
    /// Its text in the language of man.
    pub text: Vec<u8>,
}

/// The pages of the manual: one of the program, first, and one of each command.
///
/// # Errors
/// Those of writing into memory, which do not come.
pub fn man_pages() -> io::Result<Vec<ManPage>> {
    let mut root = Cli::command();
    root.build();
    let mut pages = Vec::new();
    collect(&root, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<ManPage>) -> io::Result<()> {
    let man = Man::new(command.clone()).manual("aep-export").date("");
    let mut text = Vec::new();
    man.render(&mut text)?;
    pages.push(ManPage { file: man.get_filename(), text });
    command.get_subcommands().try_for_each(|command| collect(command, pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_of_its_own() {
        let pages = man_pages().unwrap();
        let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        assert_eq!(files.first(), Some(&"aep-export.1"));
        for file in ["aep-export-run.1", "aep-export-dataset.1", "aep-export-dataset-create.1"] {
            assert!(files.contains(&file), "{files:?}");
        }
        let mut once = files.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), files.len(), "{files:?}");
        assert!(
            pages.iter().all(|page| page.text.starts_with(b".ie") || page.text.starts_with(b".TH"))
        );
    }
}
