//! What can keep the emulator from starting.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::faults::InvalidFault;

/// What can keep the emulator from starting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// Another process (or another emulator in this one) holds the store.
    #[error("the emulator's store {} is held by {holder}; waited {} s for it", .path.display(), .waited.as_secs_f32())]
    StoreHeld {
        /// The data directory.
        path: PathBuf,
        /// What the holder says about itself.
        holder: String,
        /// How long was waited.
        waited: Duration,
    },
    /// A file or folder of the store cannot be used.
    #[error("cannot {action} {}: {source}", .path.display())]
    Files {
        /// What was tried, for example `create the folder`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The data directory holds something else, and no store: the emulator would replace and
    /// delete what is not its own.
    #[error(
        "{} is not a folder of the emulator: it holds `{found}` and no store; name a folder that \
         is empty or not there yet", .path.display()
    )]
    NotOurs {
        /// The data directory.
        path: PathBuf,
        /// Something that is in it.
        found: String,
    },
    /// The records cannot be read or written.
    #[error("the emulator's records are unusable: {0}")]
    Records(String),
    /// A fault that was to be in force from the start is not valid.
    #[error(transparent)]
    Fault(#[from] InvalidFault),
    /// The address cannot be bound.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's answer.
        source: std::io::Error,
    },
}
