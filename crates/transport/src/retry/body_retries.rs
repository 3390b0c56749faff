//! Retries of what comes after the headers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{RetryBudget, RetryPolicy, Stopped, Trouble};
use crate::{Random, Replay, TransportError};

/// Says whether the rest of a streamed answer may be asked for after its body broke.
///
/// [`layers::Retry`](crate::layers::Retry) ends with the headers of such an answer. Whoever reads
/// the body and can ask for the rest keeps one of these for it, of the same policy and budget as
/// the calls.
///
/// An attempt that brought something is not counted: asking for the rest is then no more work for
/// the service than answering in full would have been. It takes nothing from the budget, and the
/// attempts of the policy begin anew.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use aep_export_transport::{
///     BodyRetries, RetryBudget, RetryPolicy, Stopped, SystemRandom, TransportError,
///     TransportErrorKind,
/// };
///
/// let policy = RetryPolicy::default().attempts(2);
/// let mut retries = BodyRetries::new(policy, RetryBudget::default(), Arc::new(SystemRandom));
/// let cut = TransportError::new(TransportErrorKind::Body, "the answer broke off");
/// let now = Duration::ZERO;
/// assert!(retries.after(&cut, true, now).is_ok());
/// assert!(retries.after(&cut, true, now).is_ok());
/// assert_eq!(retries.after(&cut, false, now), Err(Stopped::Attempts));
/// ```
#[derive(Clone)]
pub struct BodyRetries {
    policy: RetryPolicy,
    budget: RetryBudget,
    random: Arc<dyn Random>,
    made: u32,
    since: Duration,
}

impl BodyRetries {
    /// Retries within `policy` that spend from `budget`; `random` draws the waits.
    pub fn new(policy: RetryPolicy, budget: RetryBudget, random: Arc<dyn Random>) -> Self {
        Self { policy, budget, random, made: 0, since: Duration::ZERO }
    }

    /// How long to wait before the rest is asked for, or why it is not. `error` broke the body,
    /// `progress` says whether it had brought something worth having, and `now` is the
    /// [`elapsed`](crate::Clock::elapsed) time of a clock.
    ///
    /// # Errors
    /// [`Stopped`] when the error would come again, or the policy or the budget allows no more.
    pub fn after(
        &mut self,
        error: &TransportError,
        progress: bool,
        now: Duration,
    ) -> Result<Duration, Stopped> {
        if progress {
            self.made = 0;
        }
        if self.made == 0 {
            self.since = now;
        }
        self.made = self.made.saturating_add(1);
        let trouble = Trouble::in_error(error, Replay::Safe).ok_or(Stopped::Final)?;
        let elapsed = now.saturating_sub(self.since);
        let wait = self.policy.next(self.made, elapsed, trouble, None, self.random.fraction())?;
        if progress || self.budget.take(trouble.cost()) { Ok(wait) } else { Err(Stopped::Budget) }
    }
}

impl fmt::Debug for BodyRetries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyRetries")
            .field("policy", &self.policy)
            .field("budget", &self.budget)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportErrorKind;

    /// The longest wait each time.
    #[derive(Debug)]
    struct Longest;

    impl Random for Longest {
        fn fraction(&self) -> f64 {
            1.0
        }
    }

    fn retries(policy: RetryPolicy, capacity: u32) -> BodyRetries {
        BodyRetries::new(policy, RetryBudget::new(capacity), Arc::new(Longest))
    }

    fn error(kind: TransportErrorKind) -> TransportError {
        TransportError::new(kind, "broken")
    }

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn attempts_without_progress_are_counted_and_their_waits_grow() {
        let mut retries = retries(RetryPolicy::default().attempts(3), 100);
        let cut = error(TransportErrorKind::Body);
        let ms = Duration::from_millis;
        assert_eq!(retries.after(&cut, false, NOW), Ok(ms(200)));
        assert_eq!(retries.after(&cut, false, NOW), Ok(ms(400)));
        assert_eq!(retries.after(&cut, false, NOW), Err(Stopped::Attempts));
        assert_eq!(retries.budget.available(), 100 - 2 * 14);
    }

    #[test]
    fn progress_begins_anew_and_costs_nothing() {
        let mut retries = retries(RetryPolicy::default().attempts(2), 14);
        let slow = error(TransportErrorKind::Timeout);
        for _ in 0..100 {
            assert!(retries.after(&slow, true, NOW).is_ok());
        }
        assert_eq!(retries.budget.available(), 14);
        assert_eq!(retries.after(&slow, false, NOW), Err(Stopped::Attempts));
    }

    #[test]
    fn the_budget_the_total_time_and_never_end_it() {
        let cut = error(TransportErrorKind::Interrupted);
        let mut poor = retries(RetryPolicy::default(), 13);
        assert_eq!(poor.after(&cut, false, NOW), Err(Stopped::Budget));
        let mut late = retries(RetryPolicy::default(), 100);
        assert!(late.after(&cut, false, NOW).is_ok());
        let later = NOW + Duration::from_secs(181);
        assert_eq!(late.after(&cut, false, later), Err(Stopped::Total));
        assert!(late.after(&cut, true, later).is_ok(), "time counts from the last progress");
        let mut never = retries(RetryPolicy::never(), 100);
        assert_eq!(never.after(&cut, true, NOW), Err(Stopped::Attempts));
    }

    #[test]
    fn what_would_come_again_is_final() {
        let mut retries = retries(RetryPolicy::default(), 100);
        for kind in [TransportErrorKind::Encoding, TransportErrorKind::TooLarge] {
            assert_eq!(retries.after(&error(kind), true, NOW), Err(Stopped::Final));
        }
        let bad = error(TransportErrorKind::Body).permanent();
        assert_eq!(retries.after(&bad, true, NOW), Err(Stopped::Final));
    }
}
