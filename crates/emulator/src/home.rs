//! The data directory: whether it is the emulator's, who may use it, and the folders in it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::builder::Builder;
use crate::error::EmulatorError;
use crate::hold::{Hold, files};

/// By this file a data directory is known as the emulator's, from before anything else is in it.
const MARKER: &str = ".aep-export-emulator";
const MARKED: &str = "The data of an aep-export emulator; the whole folder may be deleted.\n";
/// The records, by which a data directory is known as well.
const RECORDS: &str = "records.redb";
/// Exports under way. The name is the emulator's own, so that nobody else's folder has it.
const SCRATCH: &str = ".aep-export-scratch";
/// What systems put into folders that nobody has used yet.
const OF_THE_SYSTEM: [&str; 2] = ["lost+found", ".DS_Store"];

/// A data directory that this opening alone may use, until the value is dropped: the service has
/// it, and every export under way until it has ended.
#[derive(Debug)]
pub(crate) struct Home {
    /// Finished exports.
    pub(crate) exports: PathBuf,
    /// Imported profiles.
    pub(crate) profiles: PathBuf,
    /// The records; `None` when they are not to outlive the emulator.
    pub(crate) records: Option<PathBuf>,
    // Dropped in this order: the folder of this opening, the right to the directory, and the
    // directory, when it is to go with the emulator.
    scratch: TempDir,
    _hold: Hold,
    _temporary: Option<TempDir>,
}

impl Home {
    /// Opens the builder's data directory, or a temporary one.
    pub(crate) async fn open(builder: &Builder) -> Result<Self, EmulatorError> {
        let (dir, temporary) = match &builder.data_dir {
            Some(dir) => (dir.clone(), None),
            None => {
                let temporary = temporary()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        fs::create_dir_all(&dir).map_err(files("create the folder", &dir))?;
        claim(&dir)?;
        let hold = Hold::of(&dir, &builder.holder, builder.patience).await?;
        let [exports, profiles] = ["exports", "profiles"].map(|name| dir.join(name));
        for folder in [&exports, &profiles] {
            fs::create_dir_all(folder).map_err(files("create the folder", folder))?;
        }
        let records = temporary.is_none().then(|| dir.join(RECORDS));
        let scratch = scratch(&dir)?;
        Ok(Self { exports, profiles, records, scratch, _hold: hold, _temporary: temporary })
    }

    /// Where this opening writes its exports; nobody else does.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }
}

fn temporary() -> Result<TempDir, EmulatorError> {
    let made = tempfile::Builder::new().prefix("aep-export-emulator-").tempdir();
    made.map_err(files("create a temporary folder", Path::new("for the emulator's store")))
}

/// Marks an empty directory as the emulator's, and refuses one with anything else in it: what the
/// emulator replaces and deletes must be its own.
fn claim(dir: &Path) -> Result<(), EmulatorError> {
    let marker = dir.join(MARKER);
    if marker.exists() {
        return Ok(());
    }
    if !dir.join(RECORDS).exists() {
        let reading = "read the folder";
        for entry in fs::read_dir(dir).map_err(files(reading, dir))? {
            let found = entry.map_err(files(reading, dir))?.file_name();
            let found = found.to_string_lossy();
            // Somebody else may be claiming it just now.
            if found != MARKER && !OF_THE_SYSTEM.contains(&&*found) && !marker.exists() {
                let (path, found) = (dir.to_owned(), found.into_owned());
                return Err(EmulatorError::NotOurs { path, found });
            }
        }
    }
    fs::write(&marker, MARKED).map_err(files("write", &marker))
}

/// A folder of its own for this opening. Nothing is kept of earlier ones: who wrote there has
/// ended, as it would still hold the directory.
fn scratch(dir: &Path) -> Result<TempDir, EmulatorError> {
    let all = dir.join(SCRATCH);
    if let Err(error) = fs::remove_dir_all(&all)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        // It costs room on the disk and nothing else.
        tracing::warn!(%error, folder = %all.display(), "cannot remove what was left behind");
    }
    fs::create_dir_all(&all).map_err(files("create the folder", &all))?;
    tempfile::Builder::new().prefix("run-").tempdir_in(&all).map_err(files("write into", &all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;

    fn builder(dir: &Path) -> Builder {
        Emulator::builder().data_dir(dir)
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_folder_with_other_things_in_it_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["scratch", "exports/1001"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
            fs::write(dir.path().join(folder).join("thesis.txt"), "mine").unwrap();
        }
        let before = names(dir.path());
        let refused = Home::open(&builder(dir.path())).await.unwrap_err();
        let said = refused.to_string();
        assert!(matches!(refused, EmulatorError::NotOurs { .. }), "{said}");
        assert!(said.contains(&dir.path().display().to_string()), "{said}");
        assert!(said.contains("scratch") || said.contains("exports"), "{said}");
        assert_eq!(names(dir.path()), before);
        assert_eq!(names(&dir.path().join("scratch")), ["thesis.txt"]);
    }

    #[tokio::test]
    async fn what_others_put_beside_the_store_later_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("lost+found")).unwrap();
        drop(Home::open(&builder(dir.path())).await.unwrap());
        let theirs = dir.path().join("scratch");
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("thesis.txt"), "mine").unwrap();
        drop(Home::open(&builder(dir.path())).await.unwrap());
        assert_eq!(names(&theirs), ["thesis.txt"]);
    }

    #[tokio::test]
    async fn a_store_without_the_marker_is_known_by_its_records() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(RECORDS), "").unwrap();
        fs::write(dir.path().join("notes"), "").unwrap();
        Home::open(&builder(dir.path())).await.unwrap();
    }

    #[tokio::test]
    async fn every_opening_has_a_scratch_folder_of_its_own_and_removes_those_before() {
        let dir = tempfile::tempdir().unwrap();
        let killed = dir.path().join(SCRATCH).join("run-killed");
        drop(Home::open(&builder(dir.path())).await.unwrap());
        fs::create_dir_all(killed.join("1001")).unwrap();
        let home = Home::open(&builder(dir.path())).await.unwrap();
        let first = home.scratch().to_owned();
        assert!(first.exists() && !killed.exists());
        drop(home);
        assert!(!first.exists());
        assert_ne!(Home::open(&builder(dir.path())).await.unwrap().scratch(), first);
    }
}
