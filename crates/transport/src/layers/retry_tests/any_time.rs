//! What holds however long the attempts take, whatever chance gives, and whatever the time of day
//! is said to be.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::SystemTime;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Sleep;

/// An attempt: how long it takes, and how it ends.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    takes: Duration,
    status: u16,
    retry_after: Option<u64>,
    /// How far the wall clock jumps after it, in seconds.
    jump: i64,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let status = prop_oneof![Just(500), Just(502), Just(503), Just(429)];
    let retry_after = proptest::option::weighted(0.3, 0_u64..100);
    let jump = prop_oneof![3 => Just(0), 1 => -2_000_000_000_i64..2_000_000_000];
    (0_u64..40_000, status, retry_after, jump).prop_map(|(takes, status, retry_after, jump)| {
        Attempt { takes: Duration::from_millis(takes), status, retry_after, jump }
    })
}

/// Any number at all; a source of chance should keep to 0 to 1.
fn fraction() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..1.0_f64, 1 => any::<f64>(), 1 => Just(1.0)]
}

/// A clock whose time of day jumps, while the other time goes on as it must.
#[derive(Debug, Clone)]
struct Jumpy {
    steady: ManualClock,
    ahead: Arc<Mutex<i64>>,
}

impl Clock for Jumpy {
    fn now(&self) -> SystemTime {
        let ahead = *self.ahead.lock().unwrap();
        let by = Duration::from_secs(ahead.unsigned_abs());
        let now = self.steady.now();
        if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) }.unwrap_or(now)
    }

    fn elapsed(&self) -> Duration {
        self.steady.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.steady.sleep(duration)
    }
}

#[derive(Debug)]
struct Drawn(Mutex<VecDeque<f64>>);

impl Random for Drawn {
    fn fraction(&self) -> f64 {
        self.0.lock().unwrap().pop_front().unwrap_or(1.0)
    }
}

type BeginAndEnd = (Duration, Option<Duration>);

/// Follows a list of attempts and notes when each began and ended.
#[derive(Clone)]
struct Slow {
    attempts: Arc<Vec<Attempt>>,
    clock: Jumpy,
    times: Arc<Mutex<Vec<BeginAndEnd>>>,
}

#[async_trait]
impl Transport for Slow {
    async fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let number = {
            let mut times = self.times.lock().unwrap();
            times.push((self.clock.elapsed(), None));
            times.len() - 1
        };
        let attempt = self.attempts[number];
        self.clock.sleep(attempt.takes).await;
        self.times.lock().unwrap()[number].1 = Some(self.clock.elapsed());
        let mut ahead = self.clock.ahead.lock().unwrap();
        *ahead = ahead.saturating_add(attempt.jump);
        let body = if attempt.status == 429 { r#"{"error_code":"429050"}"# } else { "" };
        let asked = attempt.retry_after.map(|seconds| seconds.to_string());
        let headers: Vec<_> = asked.iter().map(|text| ("retry-after", text.as_str())).collect();
        Ok(answer(attempt.status, &headers, body))
    }
}

proptest! {
    #[test]
    fn waits_and_attempts_together_stay_within_the_total(
        attempts in vec(attempt(), 12),
        fractions in vec(fraction(), 12),
        never in any::<bool>(),
        total in 1_u64..120_000,
        base in 0_u64..5_000,
        cap in 0_u64..30_000,
    ) {
        let clock = Jumpy { steady: ManualClock::new(), ahead: Arc::default() };
        let wire = Slow {
            attempts: Arc::new(attempts.clone()),
            clock: clock.clone(),
            times: Arc::default(),
        };
        let [total, base, cap] = [total, base, cap].map(Duration::from_millis);
        let policy = RetryPolicy::default()
            .attempts(12)
            .bases(base, base * 5)
            .cap(cap)
            .total(Some(total));
        let random = Arc::new(Drawn(Mutex::new(fractions.into())));
        let budget = RetryBudget::default();
        let layer = Retry::new(wire.clone(), Arc::new(clock.clone()), policy, budget, random);
        let info = if never { CREATE } else { SAFE };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(layer.send(request(info)));

        let times = wire.times.lock().unwrap().clone();
        prop_assert_eq!(super::attempts(&result).made() as usize, times.len());
        prop_assert!(times.iter().all(|(began, _)| *began < total), "{times:?}");
        if !never {
            prop_assert!(clock.elapsed() <= total, "{:?} of {total:?}", clock.elapsed());
        }
        for (number, pair) in times.windows(2).enumerate() {
            let wait = pair[1].0 - pair[0].1.unwrap();
            let asked = Duration::from_secs(attempts[number].retry_after.unwrap_or_default());
            let throttled = matches!(attempts[number].status, 429 | 503);
            let base = if throttled { base * 5 } else { base };
            let longest = base.saturating_mul(1 << number).min(cap);
            prop_assert!(asked <= wait && wait <= longest.max(asked), "{wait:?} after {number}");
        }
    }

    #[test]
    fn a_date_to_come_back_at_is_never_followed_beyond_the_limits(
        ahead in -1_700_000_000_i64..4_000_000_000,
        wait in prop_oneof![0_u64..200, any::<u32>().prop_map(u64::from)],
    ) {
        let clock = Jumpy { steady: ManualClock::new(), ahead: Arc::new(Mutex::new(ahead)) };
        let until = httpdate::fmt_http_date(clock.now() + Duration::from_secs(wait));
        // Without a `Date` the wait counts from our own clock, however wrong that is.
        let asked = answer(503, &[("retry-after", &until)], "");
        let script = Scripted::new().response(asked).answer(200, "");
        let policy = RetryPolicy::default();
        let random = Arc::new(Longest);
        let layer = Retry::new(script, Arc::new(clock.clone()), policy, RetryBudget::default(), random);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(layer.send(request(SAFE)));
        prop_assert!(clock.elapsed() <= policy.longest_retry_after, "{:?}", clock.elapsed());
        match attempts(&result).stopped() {
            Stopped::RetryAfter(asked) => prop_assert!(asked > policy.longest_retry_after),
            stopped => prop_assert_eq!(stopped, Stopped::Final),
        }
    }
}
