//! One process at a time holds the store.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::error::EmulatorError;

/// The locked file. Its lock is the system's, so that it goes with the process that held it,
/// however that ended.
const LOCK: &str = "store.lock";
/// Who holds the lock, for people; a file of its own because some systems let nobody else read a
/// locked one.
const HOLDER: &str = "store.holder";
/// How often a waiting process looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The right to use a data directory; given back when dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    _file: File,
}

impl Hold {
    /// Takes hold of `dir`, waiting up to `patience` for another holder to let go: in real time,
    /// whatever clock the emulator has, as the other one works in it.
    pub(crate) async fn of(
        dir: &Path,
        holder: &str,
        patience: Duration,
    ) -> Result<Self, EmulatorError> {
        let path = dir.join(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(files("open", &path))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(files("lock", &path)(source)),
                Err(TryLockError::WouldBlock) if waited >= patience => {
                    return Err(EmulatorError::StoreHeld {
                        path: dir.to_owned(),
                        holder: said_by_holder(dir),
                        waited,
                    });
                }
                Err(TryLockError::WouldBlock) => {
                    let pause = LOOK_AGAIN.min(patience.saturating_sub(waited));
                    tokio::time::sleep(pause).await;
                    waited += pause;
                }
            }
        }
        let note = dir.join(HOLDER);
        std::fs::write(&note, holder).map_err(files("write", &note))?;
        Ok(Self { _file: file })
    }
}

fn said_by_holder(dir: &Path) -> String {
    match std::fs::read_to_string(dir.join(HOLDER)) {
        Ok(text) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}

/// An error of the file system with what was tried on which path.
pub(crate) fn files(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmulatorError {
    let path = path.to_owned();
    move |source| EmulatorError::Files { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_in_vain_hears_who_holds_the_store_and_how_long_it_took() {
        let dir = tempfile::tempdir().unwrap();
        let first = Hold::of(dir.path(), "run (process 123)", Duration::ZERO).await.unwrap();
        let refused = Hold::of(dir.path(), "another", Duration::from_secs(10)).await.unwrap_err();
        let said = refused.to_string();
        let EmulatorError::StoreHeld { holder, waited, .. } = refused else { panic!("{said}") };
        assert_eq!((holder.as_str(), waited), ("run (process 123)", Duration::from_secs(10)));
        assert!(said.contains("run (process 123)"), "{said}");
        drop(first);
        Hold::of(dir.path(), "another", Duration::ZERO).await.unwrap();
    }
}
