//! Many calls against one sick service.

use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Fails while it is sick, and counts.
#[derive(Clone, Default)]
struct Service {
    sent: Arc<AtomicU32>,
    well: bool,
}

#[async_trait]
impl Transport for Service {
    async fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        if self.well {
            return Ok(http::Response::new(Body::empty()));
        }
        Err(failure(TransportErrorKind::Interrupted))
    }
}

fn crowded(service: &Service, budget: &RetryBudget) -> Retry<Service> {
    let clock = Arc::new(ManualClock::new());
    let policy = RetryPolicy::default();
    Retry::new(service.clone(), clock, policy, budget.clone(), Arc::new(Longest))
}

#[tokio::test]
async fn fifty_calls_against_a_dead_service_do_not_make_250() {
    let (service, budget) = (Service::default(), RetryBudget::default());
    let wire = crowded(&service, &budget);
    let results = join_all((0..50).map(|_| wire.send(request(SAFE)))).await;
    // 500 tokens are 35 retries of 14.
    assert_eq!(service.sent.load(Ordering::Relaxed), 50 + 35);
    assert_eq!(budget.available(), 500 - 35 * 14);
    assert!(results.iter().all(|result| attempts(result).stopped() == Stopped::Budget));

    // Another layer on the same budget has nothing left either; a first attempt is always made.
    let error = crowded(&service, &budget).send(request(SAFE)).await.unwrap_err();
    assert_eq!(error.attempts().unwrap().made(), 1);
}

#[tokio::test]
async fn good_answers_earn_retries_and_others_do_not() {
    let budget = RetryBudget::new(30);
    assert!(budget.take(30));
    let well = Service { well: true, ..Service::default() };
    let wire = crowded(&well, &budget);
    for _ in 0..14 {
        wire.send(request(CREATE)).await.unwrap();
    }
    assert_eq!(budget.available(), 14);
    let sick = Service::default();
    crowded(&sick, &budget).send(request(SAFE)).await.unwrap_err();
    assert_eq!((sick.sent.load(Ordering::Relaxed), budget.available()), (2, 0));

    let cut = http::Response::new(Body::broken(failure(TransportErrorKind::Body)));
    let script = Scripted::new().answer(404, "").answer(500, "").response(cut).answer(301, "");
    for info in [SAFE, CREATE, CREATE, SAFE] {
        let clock = Arc::new(ManualClock::new());
        let policy = RetryPolicy::default();
        let wire = Retry::new(script.clone(), clock, policy, budget.clone(), Arc::new(Longest));
        wire.send(request(info)).await.unwrap();
    }
    assert_eq!(budget.available(), 0);
}

#[tokio::test]
async fn a_throttled_retry_costs_less() {
    let budget = RetryBudget::new(100);
    let script = Scripted::new().answer(429, "").answer(502, "").answer(200, "");
    let clock = Arc::new(ManualClock::new());
    let policy = RetryPolicy::default();
    let wire = Retry::new(script, clock, policy, budget.clone(), Arc::new(Longest));
    wire.send(request(SAFE)).await.unwrap();
    assert_eq!(budget.available(), 100 - 5 - 14 + 1);
}

#[tokio::test]
async fn two_processes_do_not_come_back_together() {
    // Full jitter: over many calls the waits lie everywhere between nothing and the longest.
    let mut waits = Vec::new();
    for _ in 0..100 {
        let script = Scripted::new().answer(503, "").answer(200, "");
        let clock = ManualClock::new();
        let random = Arc::new(crate::SystemRandom);
        let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
        let wire = Retry::new(script, Arc::new(clock.clone()), policy, budget, random);
        wire.send(request(SAFE)).await.unwrap();
        waits.push(clock.elapsed());
    }
    assert!(waits.iter().all(|wait| *wait < SECOND));
    for quarter in 0..4_u32 {
        let within = SECOND / 4 * quarter..SECOND / 4 * (quarter + 1);
        assert!(waits.iter().any(|wait| within.contains(wait)), "{waits:?}");
    }
}

proptest! {
    // Each case is many calls.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever each call meets, in whatever order the calls come to their turns.
    #[test]
    fn no_crowd_spends_more_than_the_budget_and_what_good_answers_brought(
        calls in vec(vec(prop_oneof![Just(200_u16), Just(429), Just(500), Just(503), Just(404)], 9), 1..20),
        tokens in 0_u32..200,
    ) {
        let budget = RetryBudget::new(tokens);
        let (clock, policy) = (ManualClock::new(), RetryPolicy::default());
        let wires: Vec<_> = calls
            .iter()
            .map(|call| call.iter().fold(Scripted::new(), |script, status| script.answer(*status, "")))
            .collect();
        let layers: Vec<_> = wires
            .iter()
            .map(|wire| {
                let clock = Arc::new(clock.clone());
                Retry::new(wire.clone(), clock, policy, budget.clone(), Arc::new(Longest))
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sent = layers.iter().map(|layer| layer.send(request(SAFE)));
        runtime.block_on(join_all(sent));

        let (mut spent, mut earned) = (0, 0);
        for (call, wire) in calls.iter().zip(&wires) {
            let made = wire.requests().len();
            spent += call[..made - 1].iter().map(|status| match status {
                429 | 503 => 5,
                _ => 14,
            }).sum::<u32>();
            earned += u32::from(call[made - 1] == 200);
        }
        prop_assert!(spent <= tokens + earned, "{spent} of {tokens} and {earned}");
        prop_assert!(budget.available() <= tokens);
        prop_assert!(budget.available() + spent >= tokens, "tokens went nowhere");
    }
}
