//! Many calls against one sick service.

use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;

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
