//! What holds whatever the looks at a job bring, and however long they take.

use std::time::Duration;

use aep_export_model::JobStatus;
use aep_export_transport::{OperationInfo, Replay};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::{Step, WaitErrorKind, WaitPolicy, Waiting};
use crate::{Answer, Error};

/// What a look brings.
#[derive(Debug, Clone)]
enum Look {
    Status(&'static str),
    /// An answer that says nothing of the job, and how long the service asks to wait.
    Trouble(u16, Option<u64>),
}

fn look() -> impl Strategy<Value = Look> {
    let status = prop_oneof![Just("NEW"), Just("PROCESSING"), Just("REHYDRATING"), Just("")];
    let trouble = prop_oneof![Just(429_u16), Just(500), Just(503)];
    let wish = proptest::option::weighted(0.3, 0_u64..2_000);
    prop_oneof![
        4 => status.prop_map(Look::Status),
        2 => (trouble, wish).prop_map(|(status, wish)| Look::Trouble(status, wish)),
    ]
}

fn policy() -> impl Strategy<Value = WaitPolicy> {
    let millis = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    let timeout = proptest::option::of(millis(0..2_000_000));
    let outage = proptest::option::of(millis(0..1_000_000));
    (millis(0..100_000), millis(0..100_000), timeout, outage).prop_map(
        |(interval, max_interval, timeout, outage)| WaitPolicy {
            interval,
            max_interval,
            timeout,
            outage,
        },
    )
}

fn status(text: &str) -> JobStatus {
    text.into()
}

fn trouble(status: u16, wish: Option<u64>) -> Error {
    let mut headers = HeaderMap::new();
    headers.extend(wish.map(|seconds| (http::header::RETRY_AFTER, seconds.into())));
    let answer = Answer::new(StatusCode::from_u16(status).unwrap(), headers, bytes::Bytes::new());
    let info = OperationInfo::new("test", Replay::Safe);
    Error::from_answer(&answer, info, std::time::SystemTime::UNIX_EPOCH)
}

impl Look {
    fn step(&self, waiting: &mut Waiting, elapsed: Duration, fraction: f64) -> Step {
        match self {
            Self::Status(text) => waiting.step(Ok(Some(&status(text))), elapsed, fraction),
            Self::Trouble(status, wish) => {
                waiting.step(Err(&trouble(*status, *wish)), elapsed, fraction)
            }
        }
    }

    fn wish(&self) -> Duration {
        match self {
            Self::Trouble(_, Some(seconds)) => Duration::from_secs(*seconds),
            _ => Duration::ZERO,
        }
    }
}

proptest! {
    #[test]
    fn a_wait_ends_for_a_reason_and_never_sleeps_past_one(
        policy in policy(),
        looks in proptest::collection::vec((look(), 0_u64..30_000, 0.0..=1.0_f64), 1..60),
    ) {
        let mut waiting = Waiting::new(policy);
        let mut elapsed = Duration::ZERO;
        let mut trouble_since = None;
        let longest = policy.interval.max(policy.max_interval);
        for (look, takes, fraction) in looks {
            elapsed += Duration::from_millis(takes);
            trouble_since = match look {
                Look::Status(_) => None,
                Look::Trouble(..) => Some(trouble_since.unwrap_or(elapsed)),
            };
            let in_trouble = trouble_since.map_or(Duration::ZERO, |since| elapsed - since);
            // How much longer an outage is borne; for ever where the time-out decides.
            let borne = match (policy.outage, policy.timeout) {
                (None, Some(_)) => Duration::MAX,
                (outage, _) => outage.unwrap_or(Duration::from_secs(900)),
            };
            let patience = borne.saturating_sub(in_trouble);
            let over = policy.timeout.is_some_and(|timeout| elapsed >= timeout);
            match look.step(&mut waiting, elapsed, fraction) {
                Step::LookAfter(delay) => {
                    prop_assert!(!over);
                    prop_assert!(delay <= longest.max(look.wish()));
                    let left = policy.timeout.map(|timeout| timeout - elapsed);
                    // The last look falls on the time-out, even where the service wishes another.
                    prop_assert!(left.is_none_or(|left| delay <= left));
                    prop_assert!(left.is_some_and(|left| left < look.wish()) || delay >= look.wish());
                    prop_assert!(trouble_since.is_none() || !patience.is_zero());
                    elapsed += delay;
                }
                Step::GivenUp(WaitErrorKind::TimedOut) => {
                    prop_assert!(over, "given up {elapsed:?} into {:?}", policy.timeout);
                    break;
                }
                Step::GivenUp(WaitErrorKind::Request) => {
                    prop_assert!(trouble_since.is_some());
                    prop_assert!(patience.is_zero() || look.wish() > patience);
                    break;
                }
                other => prop_assert!(false, "{other:?} after {look:?}"),
            }
        }
    }

    #[test]
    fn looks_grow_apart_to_the_longest_interval_and_stay_there(policy in policy()) {
        let policy = WaitPolicy { timeout: None, ..policy };
        let mut waiting = Waiting::new(policy);
        let mut last = Duration::ZERO;
        for number in 0..80 {
            let step = Look::Status("NEW").step(&mut waiting, Duration::ZERO, 0.0);
            let Step::LookAfter(delay) = step else { panic!("{step:?}") };
            prop_assert!(delay >= last, "look {number} came sooner");
            prop_assert!(number > 0 || delay == policy.interval);
            last = delay;
        }
        // A millisecond grows to the longest interval of these in less than 40 looks.
        let grows = policy.interval >= Duration::from_millis(1);
        prop_assert!(!grows || last == policy.interval.max(policy.max_interval));
    }

    #[test]
    fn an_end_of_the_job_is_the_end_of_the_wait_at_any_time(
        policy in policy(),
        before in proptest::collection::vec(look(), 0..10),
        elapsed in 0_u64..4_000_000,
        end in prop_oneof![Just("SUCCEEDED"), Just("FAILED"), Just("CANCELLED")],
    ) {
        let mut waiting = Waiting::new(policy);
        let elapsed = Duration::from_millis(elapsed);
        for look in before {
            look.step(&mut waiting, elapsed, 0.5);
        }
        let expected = match end {
            "SUCCEEDED" => Step::Succeeded,
            "FAILED" => Step::GivenUp(WaitErrorKind::JobFailed),
            _ => Step::GivenUp(WaitErrorKind::JobCancelled),
        };
        prop_assert_eq!(waiting.step(Ok(Some(&status(end))), elapsed, 0.5), expected);
    }
}
