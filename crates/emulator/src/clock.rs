//! Time as a value that is passed in: one clock for jobs, tokens and the delays of faults. How
//! long to wait for other programs (for the store, for connections) is real time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// A sleep under way.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time of day and sleeps.
///
/// The emulator asks it once for every request; that moment decides the state of every job and
/// the validity of every token in the answer.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day.
    fn now(&self) -> SystemTime;

    /// Completes once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The clock on the wall. Its sleeps need a tokio runtime with time enabled.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the emulator reads a clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that stands still until it is moved. Who sleeps on it moves it by that much and goes
/// on at once.
///
/// ```
/// use aep_export_emulator::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3_600));
/// assert_eq!(clock.now(), before + Duration::from_secs(3_600));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<SystemTime>,
}

impl ManualClock {
    /// A clock that shows `now` until it is moved.
    #[must_use]
    pub fn at(now: SystemTime) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock on; by no more than it can show.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(later) = now.checked_add(duration) {
            *now = later;
        }
    }
}

impl Default for ManualClock {
    /// A clock that shows 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.advance(duration);
        Box::pin(std::future::ready(()))
    }
}

/// Milliseconds since 1970, the unit of every time in the service's documents.
pub(crate) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
