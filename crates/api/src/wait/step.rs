//! When to look again: pure, without a clock.

use std::time::Duration;

use aep_export_model::JobStatus;

use crate::{Error, ErrorKind};

/// How patiently to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitPolicy {
    /// Time to the second look; it grows by half with each further one.
    pub interval: Duration,
    /// The longest time between two looks.
    pub max_interval: Duration,
    /// How long to wait in all; `Some(Duration::ZERO)` looks once. `None` is as long as it takes.
    pub timeout: Option<Duration>,
    /// How long the service may go without one good answer. `None` is up to the time-out, or 15
    /// minutes where there is none: a wait ends on a service that is gone, but never before its own
    /// deadline.
    pub outage: Option<Duration>,
}

/// How long an outage is borne where nothing says how long the wait may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

impl Default for WaitPolicy {
    /// 5 seconds growing to 60, no time-out, 15 minutes without an answer. Jobs of this service
    /// take from minutes to many hours (documented and observed).
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            max_interval: Duration::from_secs(60),
            timeout: None,
            outage: None,
        }
    }
}

/// What to do after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Look again after this long.
    LookAfter(Duration),
    /// The job has succeeded.
    Succeeded,
    /// There is nothing to wait for any more.
    GivenUp(WaitErrorKind),
}

/// Why a wait ended without a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitErrorKind {
    /// The job has failed. Every request was answered.
    JobFailed,
    /// The job was cancelled.
    JobCancelled,
    /// The time-out passed; the job goes on.
    TimedOut,
    /// The service does not know the job (any more).
    Gone,
    /// The job could not be looked at: refused, or unreachable for too long. Nothing is known of
    /// it.
    Request,
}

/// The state between looks.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    policy: WaitPolicy,
    delay: Duration,
    unanswered_since: Option<Duration>,
}

impl Waiting {
    pub(super) fn new(policy: WaitPolicy) -> Self {
        Self { policy, delay: policy.interval, unanswered_since: None }
    }

    /// What follows from a look that ended `elapsed` after the wait began, and saw this status.
    /// `fraction`, from 0 to 1, spreads the looks of many waits.
    pub(super) fn step(
        &mut self,
        look: Result<Option<&JobStatus>, &Error>,
        elapsed: Duration,
        fraction: f64,
    ) -> Step {
        let least = match look {
            Ok(status) => match status {
                Some(JobStatus::Succeeded) => return Step::Succeeded,
                Some(JobStatus::Failed) => return Step::GivenUp(WaitErrorKind::JobFailed),
                Some(JobStatus::Cancelled) => return Step::GivenUp(WaitErrorKind::JobCancelled),
                // Also a status nobody has heard of: neither an end nor a success.
                _ => {
                    self.unanswered_since = None;
                    Duration::ZERO
                }
            },
            Err(error) if error.is_not_found() => return Step::GivenUp(WaitErrorKind::Gone),
            Err(error) if !passes(error) => return Step::GivenUp(WaitErrorKind::Request),
            Err(error) => {
                let since = *self.unanswered_since.get_or_insert(elapsed);
                let wish = error.retry_after().unwrap_or_default();
                if let Some(patience) = self.patience() {
                    let left = patience.saturating_sub(elapsed.saturating_sub(since));
                    // Who is told to come back after all patience is over is told to go.
                    if left.is_zero() || wish > left {
                        return Step::GivenUp(WaitErrorKind::Request);
                    }
                }
                wish
            }
        };
        self.after(least, elapsed, fraction)
    }

    /// How long an outage is borne; `None` where the time-out decides.
    fn patience(&self) -> Option<Duration> {
        self.policy.outage.or_else(|| self.policy.timeout.is_none().then_some(PATIENCE))
    }

    fn after(&mut self, least: Duration, elapsed: Duration, fraction: f64) -> Step {
        let longest = self.policy.max_interval.max(self.policy.interval);
        let spread = self.delay.saturating_sub(share(self.delay / 10, fraction));
        self.delay = self.delay.saturating_add(self.delay / 2).min(longest);
        let delay = spread.max(least);
        match self.policy.timeout {
            None => Step::LookAfter(delay),
            Some(timeout) if elapsed >= timeout => Step::GivenUp(WaitErrorKind::TimedOut),
            // The last look falls on the time-out, not short of it.
            Some(timeout) => Step::LookAfter(delay.min(timeout.saturating_sub(elapsed))),
        }
    }
}

/// This much of `whole`; nothing where the fraction is none.
fn share(whole: Duration, fraction: f64) -> Duration {
    if (0.0..=1.0).contains(&fraction) { whole.mul_f64(fraction) } else { Duration::ZERO }
}

/// Whether an error of one look says nothing about the next.
fn passes(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::Malformed
}

#[cfg(test)]
mod any_looks;

#[cfg(test)]
mod tests {
    use aep_export_transport::{OperationInfo, Replay};
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::Answer;

    const SECOND: Duration = Duration::from_secs(1);

    fn status(text: &str) -> JobStatus {
        text.into()
    }

    fn refusal(status: u16, retry_after: Option<&str>) -> Error {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert("retry-after", seconds.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        let info = OperationInfo::new("test", Replay::Safe);
        let now = std::time::SystemTime::UNIX_EPOCH;
        Error::from_answer(&Answer::new(status, headers, bytes::Bytes::new()), info, now)
    }

    #[test]
    fn each_end_is_told_apart() {
        let ends = [
            ("SUCCEEDED", Step::Succeeded),
            ("FAILED", Step::GivenUp(WaitErrorKind::JobFailed)),
            ("CANCELLED", Step::GivenUp(WaitErrorKind::JobCancelled)),
        ];
        for (text, end) in ends {
            let mut waiting = Waiting::new(WaitPolicy::default());
            assert_eq!(waiting.step(Ok(Some(&status(text))), Duration::ZERO, 0.0), end, "{text}");
        }
        for (status, kind) in [(404, WaitErrorKind::Gone), (403, WaitErrorKind::Request)] {
            let mut waiting = Waiting::new(WaitPolicy::default());
            let step = waiting.step(Err(&refusal(status, None)), Duration::ZERO, 0.0);
            assert_eq!(step, Step::GivenUp(kind), "{status}");
        }
    }

    #[test]
    fn an_unknown_status_is_neither_an_end_nor_a_success() {
        for text in ["NEW", "QUEUED", "PROCESSING", "CANCELLING", "REHYDRATING", ""] {
            let mut waiting = Waiting::new(WaitPolicy::default());
            let step = waiting.step(Ok(Some(&status(text))), Duration::ZERO, 0.0);
            assert_eq!(step, Step::LookAfter(5 * SECOND), "{text}");
        }
    }

    #[test]
    fn looks_grow_apart_up_to_the_longest_interval() {
        let mut waiting = Waiting::new(WaitPolicy::default());
        let delays: Vec<_> = (0..8)
            .map(|_| waiting.step(Ok(Some(&status("PROCESSING"))), Duration::ZERO, 0.0))
            .map(|step| match step {
                Step::LookAfter(delay) => delay.as_millis(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(delays, [5000, 7500, 11250, 16875, 25312, 37968, 56953, 60000]);
    }

    #[test]
    fn a_time_out_of_zero_looks_once() {
        let policy = WaitPolicy { timeout: Some(Duration::ZERO), ..WaitPolicy::default() };
        let mut waiting = Waiting::new(policy);
        let step = waiting.step(Ok(Some(&status("NEW"))), Duration::ZERO, 0.0);
        assert_eq!(step, Step::GivenUp(WaitErrorKind::TimedOut));
    }

    #[test]
    fn the_last_look_falls_on_the_time_out() {
        let policy = WaitPolicy { timeout: Some(7 * SECOND), ..WaitPolicy::default() };
        let mut waiting = Waiting::new(policy);
        let new = status("NEW");
        assert_eq!(waiting.step(Ok(Some(&new)), Duration::ZERO, 0.0), Step::LookAfter(5 * SECOND));
        assert_eq!(waiting.step(Ok(Some(&new)), 5 * SECOND, 0.0), Step::LookAfter(2 * SECOND));
        let end = waiting.step(Ok(Some(&new)), 7 * SECOND, 0.0);
        assert_eq!(end, Step::GivenUp(WaitErrorKind::TimedOut));
    }

    #[test]
    fn an_outage_is_borne_until_it_has_lasted_too_long() {
        let mut waiting = Waiting::new(WaitPolicy::default());
        let sick = refusal(503, None);
        let minute = 60 * SECOND;
        for (at, goes_on) in [(0, true), (14, true), (15, false)] {
            let step = waiting.clone().step(Err(&sick), at * minute, 0.0);
            let mut started = waiting.clone();
            started.step(Err(&sick), Duration::ZERO, 0.0);
            assert!(matches!(step, Step::LookAfter(_)), "a first failure is borne at any time");
            let step = started.step(Err(&sick), at * minute, 0.0);
            assert_eq!(matches!(step, Step::LookAfter(_)), goes_on, "after {at} minutes");
        }
        // One good answer in between starts the count anew.
        waiting.step(Err(&sick), Duration::ZERO, 0.0);
        waiting.step(Ok(Some(&status("PROCESSING"))), 10 * minute, 0.0);
        let step = waiting.step(Err(&sick), 20 * minute, 0.0);
        assert!(matches!(step, Step::LookAfter(_)));
    }

    #[test]
    fn no_outage_is_too_long_before_the_time_out() {
        let hour = 3600 * SECOND;
        let sick = refusal(503, None);
        let policy = WaitPolicy { timeout: Some(6 * hour), ..WaitPolicy::default() };
        let mut waiting = Waiting::new(policy);
        for at in 0..6 {
            let step = waiting.step(Err(&sick), at * hour, 0.0);
            assert!(matches!(step, Step::LookAfter(_)), "after {at} hours: {step:?}");
        }
        let step = waiting.step(Err(&sick), 6 * hour, 0.0);
        assert_eq!(step, Step::GivenUp(WaitErrorKind::TimedOut));
        // Who says how long is taken at his word.
        let policy = WaitPolicy { outage: Some(SECOND), ..policy };
        let mut waiting = Waiting::new(policy);
        waiting.step(Err(&sick), Duration::ZERO, 0.0);
        assert_eq!(waiting.step(Err(&sick), SECOND, 0.0), Step::GivenUp(WaitErrorKind::Request));
    }

    #[test]
    fn a_wish_beyond_all_patience_ends_the_wait() {
        let mut waiting = Waiting::new(WaitPolicy::default());
        let step = waiting.step(Err(&refusal(503, Some("99999999"))), Duration::ZERO, 0.0);
        assert_eq!(step, Step::GivenUp(WaitErrorKind::Request));
    }

    #[test]
    fn the_oddest_settings_do_no_harm() {
        let policy =
            WaitPolicy { interval: Duration::MAX, timeout: Some(SECOND), ..WaitPolicy::default() };
        for fraction in [f64::NAN, f64::INFINITY, -1.0, 1.0] {
            let step =
                Waiting::new(policy).step(Ok(Some(&status("NEW"))), Duration::ZERO, fraction);
            assert_eq!(step, Step::LookAfter(SECOND));
        }
    }

    #[test]
    fn looks_of_many_waits_are_spread() {
        let step =
            Waiting::new(WaitPolicy::default()).step(Ok(Some(&status("NEW"))), Duration::ZERO, 0.5);
        assert_eq!(step, Step::LookAfter(Duration::from_millis(4750)));
    }

    #[test]
    fn a_wish_of_the_service_to_wait_longer_is_granted() {
        let mut waiting = Waiting::new(WaitPolicy::default());
        let step = waiting.step(Err(&refusal(429, Some("90"))), Duration::ZERO, 0.0);
        assert_eq!(step, Step::LookAfter(90 * SECOND));
    }
}
