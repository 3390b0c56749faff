//! How often, how long, and after which waits: the policy as a value.

use std::time::Duration;

use super::{Stopped, Trouble};

/// How often a call may be sent, and how long is waited in between.
///
/// The wait before retry *n* (from 0) is drawn evenly from zero to `min(cap, base * 2^n)`, or is
/// what the service asked for in `Retry-After` if that is longer.
///
/// ```
/// use std::time::Duration;
/// use aep_export_transport::RetryPolicy;
///
/// let patient = RetryPolicy::default().attempts(8).total(Some(Duration::from_secs(600)));
/// assert_eq!(patient.cap, Duration::from_secs(20));
/// assert_eq!(RetryPolicy::never().attempts, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first one included; 0 counts as 1. 5.
    pub attempts: u32,
    /// Grows to the longest possible wait after most failures. 200 ms.
    pub base: Duration,
    /// The same after 429 and 503, where the service is asking for less. 1 s.
    pub throttled_base: Duration,
    /// The longest wait that is not asked for by the service. 20 s.
    pub cap: Duration,
    /// Time for the whole call from the start of the first attempt: no attempt begins after it, and
    /// one under way ends as a time-out, unless its operation must not be repeated. For a streamed
    /// answer it ends with the headers. 180 s.
    pub total: Option<Duration>,
    /// The longest `Retry-After` that is followed. A longer one, or one that does not fit `total`,
    /// ends the call at once with the answer as it is; it is never shortened. 60 s.
    pub longest_retry_after: Duration,
}

impl RetryPolicy {
    /// One attempt, as long as it takes.
    pub const fn never() -> Self {
        Self {
            attempts: 1,
            base: Duration::from_millis(200),
            throttled_base: Duration::from_secs(1),
            cap: Duration::from_secs(20),
            total: None,
            longest_retry_after: Duration::from_secs(60),
        }
    }

    /// So many attempts in all.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The bases that waits grow from: after most failures, and after 429 and 503.
    #[must_use]
    pub const fn bases(mut self, base: Duration, throttled: Duration) -> Self {
        self.base = base;
        self.throttled_base = throttled;
        self
    }

    /// No drawn wait longer than this.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Time for the whole call; `None` is as long as it takes.
    #[must_use]
    pub const fn total(mut self, total: Option<Duration>) -> Self {
        self.total = total;
        self
    }

    /// No `Retry-After` longer than this is followed.
    #[must_use]
    pub const fn longest_retry_after(mut self, limit: Duration) -> Self {
        self.longest_retry_after = limit;
        self
    }

    /// How long to wait for the next attempt, when `made` were made within `elapsed`, the last one
    /// ended in `trouble` and the service asked for a wait of `asked`. `fraction`, from 0 to 1, is
    /// the chance in it.
    pub(crate) fn next(
        &self,
        made: u32,
        elapsed: Duration,
        trouble: Trouble,
        asked: Option<Duration>,
        fraction: f64,
    ) -> Result<Duration, Stopped> {
        if made >= self.attempts {
            return Err(Stopped::Attempts);
        }
        let asked = asked.unwrap_or_default();
        if asked > self.longest_retry_after || !self.fits(elapsed, asked) {
            let stopped = if asked.is_zero() { Stopped::Total } else { Stopped::RetryAfter(asked) };
            return Err(stopped);
        }
        let wait = self.backoff(trouble, made.saturating_sub(1), fraction).max(asked);
        if self.fits(elapsed, wait) { Ok(wait) } else { Err(Stopped::Total) }
    }

    /// Whether an attempt after `wait` would begin within the total time.
    fn fits(&self, elapsed: Duration, wait: Duration) -> bool {
        self.total.is_none_or(|total| elapsed.saturating_add(wait) < total)
    }

    fn backoff(&self, trouble: Trouble, retry: u32, fraction: f64) -> Duration {
        let base = match trouble {
            Trouble::Throttled => self.throttled_base,
            Trouble::Transient => self.base,
        };
        let grown = 2_u32.checked_pow(retry).and_then(|factor| base.checked_mul(factor));
        let longest = grown.unwrap_or(Duration::MAX).min(self.cap);
        // Written so that a number out of range, or none at all, is harmless.
        let fraction = if fraction > 0.0 { fraction.min(1.0) } else { 0.0 };
        let drawn = Duration::try_from_secs_f64(longest.as_secs_f64() * fraction);
        drawn.unwrap_or(longest).min(longest)
    }
}

impl Default for RetryPolicy {
    /// 5 attempts within 3 minutes, waits of up to 20 s: enough for an outage of some seconds, and
    /// for five answers that take the usual 30 s to not come.
    fn default() -> Self {
        Self::never().attempts(5).total(Some(Duration::from_secs(180)))
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
