//! One at a time in a folder.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::Arc;

use cap_fs_ext::{FollowSymlinks, MetadataExt, OpenOptionsFollowExt};
use cap_std::fs::OpenOptions;

use super::Folder;
use crate::Error;
use crate::plain_name::PlainName;

/// The file whose lock is the folder's. It is there only while somebody works in the folder, or
/// after somebody was killed in it.
const NAME: PlainName = PlainName::ours(".aep-export.lock");

/// The right to work in a folder, held against other processes and other parts of this one until it
/// is dropped. A process that is killed loses it.
#[derive(Debug)]
pub(crate) struct Lock {
    folder: Arc<Folder>,
    /// Holds the lock of the operating system.
    _file: File,
}

impl Lock {
    /// The right to work in `folder`, or `None` if somebody else has it.
    pub(crate) fn take(folder: &Arc<Folder>) -> Result<Option<Self>, Error> {
        let failed = |error| folder.failed("lock", &NAME, error);
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).follow(FollowSymlinks::No);
            let file = folder.dir.open_with(NAME.as_str(), &options).map_err(failed)?;
            let mine = file.try_clone().map_err(failed)?.into_std();
            match mine.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                // Some network file systems have no locks. Nothing better can be done there.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Whoever had it may have removed the file after it was opened here: then the lock is
            // one of a file that nobody else will find.
            if file.metadata().map_err(failed)?.nlink() > 0 {
                return Ok(Some(Self { folder: Arc::clone(folder), _file: mine }));
            }
        }
    }

    /// Whether this is the name of a lock.
    pub(crate) fn is_named(name: &str) -> bool {
        name == NAME.as_str()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still held. If that fails the file stays, and does no harm.
        let _ = self.folder.remove(&NAME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::at(dir.path()).unwrap());
        let lock = Lock::take(&folder).unwrap().unwrap();
        assert!(Lock::take(&folder).unwrap().is_none());
        assert_eq!(folder.names().unwrap(), [NAME.as_str()]);
        drop(lock);
        assert!(folder.names().unwrap().is_empty());
        // What a killed process left is no lock.
        folder.create(&NAME).unwrap();
        assert!(Lock::take(&folder).unwrap().is_some());
    }

    #[test]
    fn many_threads_are_never_in_the_folder_together() {
        use std::sync::atomic::{AtomicU32, Ordering};

        let dir = tempfile::tempdir().unwrap();
        let (inside, entered) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let folder = Arc::new(Folder::at(dir.path()).unwrap());
                    for _ in 0..200 {
                        if let Some(_lock) = Lock::take(&folder).unwrap() {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            entered.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert!(entered.into_inner() > 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::at(dir.path()).unwrap());
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), dir.path().join(NAME.as_str()))
            .unwrap();
        assert!(Lock::take(&folder).is_err());
        assert!(!dir.path().join("elsewhere").exists());
    }
}
