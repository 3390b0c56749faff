//! Attempts, time, and what the service asks for.

use super::*;
use crate::layers::{TimeoutPolicy, Timeouts};
use crate::testing::Never;

fn sick(status: u16, headers: &'static [(&'static str, &'static str)]) -> Scripted {
    (0..50).fold(Scripted::new(), |script, _| script.response(answer(status, headers, "sick")))
}

#[tokio::test]
async fn the_waits_grow_and_the_attempts_end() {
    // The longest possible waits: 200 + 400 + 800 + 1600 ms, and five times that for a throttle.
    for (status, expected) in [(500, 3.0), (502, 3.0), (503, 15.0), (429, 15.0)] {
        let (clock, script) = (ManualClock::new(), sick(status, &[]));
        let wire = layer(script.clone(), &clock, RetryPolicy::default());
        let result = wire.send(request(SAFE)).await;
        let attempts = attempts(&result);
        assert_eq!((attempts.made(), attempts.stopped()), (5, Stopped::Attempts));
        assert!((attempts.elapsed().as_secs_f64() - expected).abs() < 0.001, "{attempts:?}");
        assert_eq!((attempts.elapsed(), script.requests().len()), (clock.elapsed(), 5));
        // The answer is given as it is.
        let response = result.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.into_body().collect(10).await.unwrap(), "sick");
    }
}

#[tokio::test]
async fn never_is_one_attempt_and_has_no_end() {
    let script = sick(503, &[]);
    let wire = layer(script.clone(), &ManualClock::new(), RetryPolicy::never());
    assert_eq!(attempts(&wire.send(request(SAFE)).await).made(), 1);
    let clock = ManualClock::new();
    let wire = layer(Never, &clock, RetryPolicy::never());
    let hour = clock.sleep(SECOND * 3600);
    let ended = select(wire.send(request(SAFE)), hour).await;
    assert!(matches!(ended, Either::Right(_)));
}

#[tokio::test]
async fn no_attempt_begins_after_the_total_time() {
    let policy = RetryPolicy::default().attempts(1000).total(Some(SECOND * 100));
    let clock = ManualClock::new();
    let script = sick(500, &[]);
    let result = layer(script.clone(), &clock, policy).send(request(SAFE)).await;
    let attempts = attempts(&result);
    assert_eq!(attempts.stopped(), Stopped::Total);
    assert_eq!(result.unwrap().status(), 500);
    // It ends before a wait that does not fit, not after it: 25.4 s for the waits up to 12.8 s,
    // then three of 20 s.
    assert!((attempts.elapsed().as_secs_f64() - 85.4).abs() < 0.01, "{attempts:?}");
    assert_eq!(attempts.made(), 11);
}

#[tokio::test]
async fn a_silent_service_ends_with_the_total_time() {
    let clock = ManualClock::new();
    let policy = RetryPolicy::default().total(Some(SECOND * 40));
    let error = layer(Never, &clock, policy).send(request(SAFE)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
    assert!(error.to_string().contains("40 s"), "{error}");
    let attempts = error.attempts().unwrap();
    assert_eq!((clock.elapsed(), attempts.made()), (SECOND * 40, 1));
    assert_eq!(attempts.stopped(), Stopped::Total);
}

#[tokio::test]
async fn what_is_left_of_the_total_time_is_for_the_last_attempt() {
    let clock = ManualClock::new();
    let policy = RetryPolicy::default().total(Some(SECOND * 40));
    let script = Scripted::new().response(answer(503, &[("retry-after", "30")], ""));
    let silent_later = SilentAfter(script);
    let error = layer(silent_later, &clock, policy).send(request(SAFE)).await.unwrap_err();
    assert_eq!((clock.elapsed(), error.attempts().unwrap().made()), (SECOND * 40, 2));
}

/// Answers by its script and is silent after it.
struct SilentAfter(Scripted);

#[async_trait]
impl Transport for SilentAfter {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        if self.0.remaining() == 0 {
            return Never.send(request).await;
        }
        self.0.send(request).await
    }
}

#[tokio::test]
async fn a_create_is_not_cut_off_by_the_total_time_but_not_begun_after_it() {
    // Its own limit, of the layer below, is longer than what is left when it is sent at last.
    let clock = ManualClock::new();
    let policy = RetryPolicy::default().total(Some(SECOND * 40));
    let throttled = r#"{"error_code":"429050"}"#;
    let script = Scripted::new().response(answer(429, &[("retry-after", "30")], throttled));
    let limits = TimeoutPolicy::default();
    let timed = Timeouts::new(SilentAfter(script.clone()), Arc::new(clock.clone()), limits);
    let info = CREATE.response_timeout(SECOND * 75);
    let error = layer(timed, &clock, policy).send(request(info)).await.unwrap_err();
    assert_eq!((clock.elapsed(), error.attempts().unwrap().made()), (SECOND * 105, 2));
    assert_eq!(error.attempts().unwrap().stopped(), Stopped::Final);

    let script = Scripted::new().response(answer(429, &[("retry-after", "41")], throttled));
    let result = layer(script, &clock, policy).send(request(info)).await;
    assert_eq!(attempts(&result).made(), 1);
}

#[tokio::test]
async fn the_total_time_counts_from_the_first_attempt() {
    let clock = ManualClock::new();
    clock.advance(SECOND * 10_000);
    let script = Scripted::new().answer(500, "").answer(200, "");
    let sent = layer(script, &clock, RetryPolicy::default()).send(request(SAFE)).await;
    assert_eq!(attempts(&sent).made(), 2);
}

/// How a call went whose first answer asks for a wait, and how long the wait was.
async fn asked(headers: &[(&str, &str)], policy: RetryPolicy) -> (u16, Attempts) {
    let clock = ManualClock::new();
    let script = Scripted::new().response(answer(503, headers, "")).answer(200, "");
    let result = layer(script, &clock, policy).send(request(SAFE)).await;
    let attempts = attempts(&result);
    (result.unwrap().status().as_u16(), attempts)
}

#[tokio::test]
async fn retry_after_makes_a_wait_longer_never_shorter() {
    let policy = RetryPolicy::default();
    // The clock says the start of 2026; the service thinks that it is 1994.
    let date = ("date", "Sun, 06 Nov 1994 08:49:00 GMT");
    let table: [(&[(&str, &str)], u64); 8] = [
        (&[("retry-after", "7")], 7),
        (&[("retry-after", "60")], 60),
        (&[("retry-after", "0")], 1),
        (&[("retry-after", "soon")], 1),
        (&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), date], 37),
        (&[("retry-after", "Sunday, 06-Nov-94 08:49:37 GMT"), date], 37),
        (&[("retry-after", "Sun Nov  6 08:49:37 1994")], 1),
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:42 GMT")], 42),
    ];
    for (headers, expected) in table {
        let (status, attempts) = asked(headers, policy).await;
        assert_eq!((status, attempts.made()), (200, 2), "{headers:?}");
        let waited = attempts.elapsed();
        assert!(waited.abs_diff(SECOND * u32::try_from(expected).unwrap()) < SECOND / 1000);
    }
}

#[tokio::test]
async fn a_retry_after_that_does_not_fit_ends_the_call_at_once() {
    let usual = RetryPolicy::default();
    let short = usual.total(Some(SECOND * 30));
    let open = usual.longest_retry_after(Duration::MAX);
    let table = [
        (usual, "61", 61),
        (usual, "Thu, 01 Jan 2026 00:02:00 GMT", 120),
        (short, "30", 30),
        (open, "180", 180),
        (open, "86400", 86_400),
    ];
    for (policy, header, seconds) in table {
        let (status, attempts) = asked(&[("retry-after", header)], policy).await;
        assert_eq!((status, attempts.made(), attempts.elapsed()), (503, 1, Duration::ZERO));
        assert_eq!(attempts.stopped(), Stopped::RetryAfter(Duration::from_secs(seconds)));
    }
    let (_, attempts) = asked(&[("retry-after", "99999999999999999999")], open).await;
    assert_eq!(attempts.stopped(), Stopped::RetryAfter(Duration::MAX));
    assert_eq!(asked(&[("retry-after", "179")], open).await.0, 200);
}
