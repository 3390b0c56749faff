use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![Just(Trouble::Throttled), Just(Trouble::Transient)]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..200_000).prop_map(Duration::from_millis),
        any::<u64>().prop_map(Duration::from_nanos),
        Just(Duration::MAX),
    ]
}

fn policy() -> impl Strategy<Value = RetryPolicy> {
    let total = proptest::option::of(duration());
    (0_u32..70, duration(), duration(), duration(), total, duration()).prop_map(
        |(attempts, base, throttled, cap, total, longest)| {
            RetryPolicy::never()
                .attempts(attempts)
                .bases(base, throttled)
                .cap(cap)
                .total(total)
                .longest_retry_after(longest)
        },
    )
}

#[test]
fn the_default_is_the_policy_on_paper() {
    let longest = |trouble, retry| RetryPolicy::default().backoff(trouble, retry, 1.0).as_millis();
    let of = |trouble| [0, 1, 2, 3, 6, 7, 40].map(|retry| longest(trouble, retry));
    assert_eq!(of(Trouble::Transient), [200, 400, 800, 1600, 12_800, 20_000, 20_000]);
    assert_eq!(of(Trouble::Throttled), [1000, 2000, 4000, 8000, 20_000, 20_000, 20_000]);
    assert_eq!(RetryPolicy::default().attempts, 5);
}

#[test]
fn the_first_retry_waits_from_the_base_not_from_its_double() {
    let policy = RetryPolicy::default();
    let wait = policy.next(1, Duration::ZERO, Trouble::Throttled, None, 1.0);
    assert_eq!(wait, Ok(SECOND));
    let wait = policy.next(4, Duration::ZERO, Trouble::Throttled, None, 0.5);
    assert_eq!(wait, Ok(SECOND * 4));
}

#[test]
fn each_limit_has_its_name() {
    let policy = RetryPolicy::default();
    let next = |made, elapsed, asked| {
        policy.next(made, SECOND * elapsed, Trouble::Throttled, asked, 1.0).unwrap_err()
    };
    assert_eq!(next(5, 0, None), Stopped::Attempts);
    assert_eq!(next(1, 180, None), Stopped::Total);
    assert_eq!(next(1, 179, None), Stopped::Total);
    assert_eq!(next(1, 0, Some(SECOND * 61)), Stopped::RetryAfter(SECOND * 61));
    assert_eq!(next(1, 150, Some(SECOND * 30)), Stopped::RetryAfter(SECOND * 30));
    assert_eq!(next(1, 180, Some(Duration::ZERO)), Stopped::Total);
    let asked = Some(SECOND * 29);
    assert_eq!(policy.next(1, SECOND * 150, Trouble::Throttled, asked, 1.0), Ok(SECOND * 29));
}

#[test]
fn never_and_zero_attempts_mean_one() {
    for policy in [RetryPolicy::never(), RetryPolicy::default().attempts(0)] {
        let next = policy.next(1, Duration::ZERO, Trouble::Transient, None, 0.0);
        assert_eq!(next, Err(Stopped::Attempts));
    }
}

proptest! {
    #[test]
    fn a_drawn_wait_is_within_its_bounds(
        policy in policy(),
        trouble in trouble(),
        retry in any::<u32>(),
        fraction in any::<f64>(),
    ) {
        let drawn = policy.backoff(trouble, retry, fraction);
        prop_assert!(drawn <= policy.cap);
        prop_assert!(drawn <= policy.backoff(trouble, retry, 1.0));
        // What a wait can grow to never shrinks from retry to retry.
        let next = policy.backoff(trouble, retry.saturating_add(1), 1.0);
        prop_assert!(next >= policy.backoff(trouble, retry, 1.0));
    }

    #[test]
    fn full_jitter_reaches_from_nothing_to_all(policy in policy(), trouble in trouble(), retry in 0_u32..64) {
        prop_assert_eq!(policy.backoff(trouble, retry, 0.0), Duration::ZERO);
        let longest = policy.backoff(trouble, retry, 1.0);
        let half = policy.backoff(trouble, retry, 0.5);
        prop_assert!(half.as_secs_f64() <= longest.as_secs_f64() * 0.5 + 1e-6);
        prop_assert!(half.as_secs_f64() >= longest.as_secs_f64() * 0.499 - 1e-6);
    }

    #[test]
    fn no_wait_passes_a_limit_or_is_shorter_than_asked(
        policy in policy(),
        trouble in trouble(),
        made in 1_u32..80,
        elapsed in duration(),
        asked in proptest::option::of(duration()),
        fraction in 0.0..1.0_f64,
    ) {
        match policy.next(made, elapsed, trouble, asked, fraction) {
            Ok(wait) => {
                prop_assert!(made < policy.attempts);
                prop_assert!(wait >= asked.unwrap_or_default());
                prop_assert!(wait <= policy.cap.max(asked.unwrap_or_default()));
                prop_assert!(asked.is_none_or(|asked| asked <= policy.longest_retry_after));
                if let Some(total) = policy.total {
                    prop_assert!(elapsed.saturating_add(wait) < total);
                }
            }
            Err(Stopped::Attempts) => prop_assert!(made >= policy.attempts),
            Err(Stopped::RetryAfter(named)) => prop_assert_eq!(Some(named), asked),
            Err(stopped) => {
                prop_assert_eq!(stopped, Stopped::Total);
                let longest = policy.backoff(trouble, made - 1, 1.0).max(asked.unwrap_or_default());
                prop_assert!(elapsed.saturating_add(longest) >= policy.total.unwrap());
            }
        }
    }
}
