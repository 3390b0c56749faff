//! When a token ends, for people and for programs.

use std::fmt;
use std::time::{Duration, SystemTime};

use aep_export_model::EpochMillis;
use aep_export_transport::Clock;

use crate::duration;
use crate::output::cell::moment;

/// When a token ends, and how long that is from now.
pub(super) struct Until {
    end: SystemTime,
    /// `None` once it has ended.
    left: Option<Duration>,
}

impl Until {
    pub(super) fn of(end: SystemTime, clock: &dyn Clock) -> Self {
        let left = end.duration_since(clock.now()).ok().filter(|left| !left.is_zero());
        Self { end, left }
    }

    pub(super) fn is_over(&self) -> bool {
        self.left.is_none()
    }

    pub(super) fn seconds_left(&self) -> u64 {
        self.left.unwrap_or_default().as_secs()
    }

    /// As all moments are shown.
    pub(super) fn moment(&self) -> String {
        let since = self.end.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let milliseconds = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        moment(EpochMillis::new(milliseconds))
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.left {
            Some(left) => {
                write!(f, "good until {} ({} left)", self.moment(), duration::show(left))
            }
            None => write!(f, "ended at {}", self.moment()),
        }
    }
}
