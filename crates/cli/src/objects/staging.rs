//! Where files wait on this machine until they are in the store.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};

use aep_export_model::BatchId;
use twox_hash::XxHash64;

use crate::failure::{Failure, Kind};

/// A folder of one download into one store, for its owner alone. Nobody else works in it meanwhile.
pub(super) struct Staging {
    folder: PathBuf,
    lock: PathBuf,
    _file: File,
}

impl Staging {
    /// The folder in `base` for these batches on their way to `address`: the same one for the same
    /// download, so that a second run finds what the first one left.
    pub(super) fn take(base: &Path, address: &str, batches: &[BatchId]) -> Result<Self, Failure> {
        let mut hash = XxHash64::with_seed(0);
        for text in [address].into_iter().chain(batches.iter().map(BatchId::as_str)) {
            hash.write(text.as_bytes());
            hash.write_u8(0);
        }
        let folder = base.join(format!("{:016x}", hash.finish()));
        let lock = folder.with_extension("lock");
        let failed = |doing: &str, path: &Path, error: &io::Error| {
            Failure::io(format!("cannot {doing} {}", path.display()), error)
        };
        make(base)?;
        let file = locked(&lock).map_err(|error| failed("lock", &lock, &error))?;
        let Some(file) = file else {
            let sentence = format!("another download into {address} works in {}", folder.display());
            return Err(Failure::new(Kind::Other, sentence).hint("wait for it to end"));
        };
        match private_folder().create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(&folder)?,
            made => made.map_err(|error| failed("make", &folder, &error))?,
        }
        Ok(Self { folder, lock, _file: file })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes it with all that is in it. What cannot be removed stays, and does no harm.
    pub(super) fn clear(self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Staging {
    /// Leaves what the next run can take up, and nothing else.
    fn drop(&mut self) {
        // Only if nothing is in it.
        let _ = fs::remove_dir(&self.folder);
        let _ = fs::remove_file(&self.lock);
    }
}

/// Sees to it that there can be such folders in `base`.
pub(super) fn make(base: &Path) -> Result<(), Failure> {
    private_folder()
        .recursive(true)
        .create(base)
        .map_err(|error| Failure::io(format!("cannot make {}", base.display()), &error))
}

fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there are no modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// `None` if somebody else has it.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            // Some network file systems have no locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had it may have removed the file after it was opened here.
        if is_named(&file)? {
            return Ok(Some(file));
        }
    }
}

#[cfg(unix)]
fn is_named(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) > 0)
}

/// An open file cannot be removed.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn is_named(_: &File) -> io::Result<bool> {
    Ok(true)
}

/// Whether the folder that is there is ours: in a place that is open to all, anybody may have made it.
fn check(folder: &Path) -> Result<(), Failure> {
    let found = fs::symlink_metadata(folder)
        .map_err(|error| Failure::io(format!("cannot look at {}", folder.display()), &error))?;
    #[cfg(unix)]
    let is_ours = {
        use std::os::unix::fs::MetadataExt;

        found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0
    };
    #[cfg(not(unix))]
    let is_ours = true;
    if found.is_dir() && is_ours {
        return Ok(());
    }
    let sentence = format!("{} is not a folder that is for its owner alone", folder.display());
    Err(Failure::usage(sentence).hint("choose another place: --staging DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(base: &Path, batch: &str) -> Result<Staging, Failure> {
        Staging::take(base, "s3://b/x", &[batch.into()])
    }

    #[test]
    fn one_at_a_time_and_the_same_folder_again() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("a/b");
        let staging = take(&base, "B1").unwrap();
        let folder = staging.folder().to_owned();
        fs::write(folder.join("file"), "x").unwrap();
        let failure = take(&base, "B1").err().unwrap();
        assert!(failure.message().contains("another download into s3://b/x works in"));
        assert_ne!(take(&base, "B2").unwrap().folder(), folder);
        drop(staging);
        let staging = take(&base, "B1").unwrap();
        assert!(staging.folder().join("file").exists());
        staging.clear();
        assert!(!folder.exists());
        assert!(take(&base, "B1").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_of_others_is_not_used() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let dir = tempfile::tempdir().unwrap();
        let staging = take(dir.path(), "B1").unwrap();
        let folder = staging.folder().to_owned();
        fs::write(folder.join("file"), "x").unwrap();
        drop(staging);
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(take(dir.path(), "B1").err().unwrap().exit().code(), 2);
        fs::remove_dir_all(&folder).unwrap();
        symlink("/", &folder).unwrap();
        assert_eq!(take(dir.path(), "B1").err().unwrap().exit().code(), 2);
    }
}
