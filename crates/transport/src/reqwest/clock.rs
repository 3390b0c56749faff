//! The real time.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::{Clock, Sleep};

/// The time of day, and sleeps of the tokio runtime that polls them (feature `reqwest`).
///
/// ```
/// use aep_export_transport::{Clock, TokioClock};
///
/// let clock = TokioClock::new();
/// assert!(clock.elapsed() <= clock.elapsed());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: Instant,
}

impl TokioClock {
    /// A clock whose [`elapsed`](Clock::elapsed) counts from now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where real time comes in")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        // Made inside the future: outside a runtime tokio's own would panic when it is made.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}
