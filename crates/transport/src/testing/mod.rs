//! Transports that follow a script and a clock that tests move (feature `testing`).
//!
//! Everything here is a handle: a clone shares its state with the original, so that a test keeps
//! one end while the code under test holds the other.

mod capture;
mod cut_body;
mod manual_clock;
mod never;
mod scripted;

pub use capture::Capture;
pub use cut_body::CutBody;
pub use manual_clock::ManualClock;
pub use never::Never;
pub use scripted::Scripted;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a failed test elsewhere does not poison.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
