//! What holds whatever the service does.

use futures_util::StreamExt;
use proptest::prelude::*;

use super::*;

/// What one attempt comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Error(TransportErrorKind),
    Throttled { by_the_gateway: bool, retry_after: u64 },
    Status(u16),
    CutBody,
}

fn event() -> impl Strategy<Value = Event> {
    use TransportErrorKind as Kind;
    let error = prop_oneof![
        Just(Kind::Connect),
        Just(Kind::Interrupted),
        Just(Kind::Timeout),
        Just(Kind::Body),
        Just(Kind::TooLarge),
        Just(Kind::Refused),
    ];
    prop_oneof![
        4 => error.prop_map(Event::Error),
        2 => (any::<bool>(), 0_u64..90).prop_map(|(by_the_gateway, retry_after)| {
            Event::Throttled { by_the_gateway, retry_after }
        }),
        4 => prop_oneof![Just(200), Just(404), Just(500), Just(502), Just(503)]
            .prop_map(Event::Status),
        1 => Just(Event::CutBody),
    ]
}

impl Event {
    fn certainly_not_accepted(self) -> bool {
        self == Self::Error(TransportErrorKind::Connect)
            || matches!(self, Self::Throttled { by_the_gateway: true, .. })
    }

    fn add_to(self, script: Scripted) -> Scripted {
        match self {
            Self::Error(kind) => script.error(failure(kind)),
            Self::Status(status) => script.answer(status, "whole"),
            Self::CutBody => {
                let cut = Body::from("half").chain(Body::broken(failure(TransportErrorKind::Body)));
                script.response(http::Response::new(Body::from_stream(cut)))
            }
            Self::Throttled { by_the_gateway, retry_after } => {
                let body = if by_the_gateway { r#"{"error_code":"429050"}"# } else { "{}" };
                let headers = [("retry-after", &*retry_after.to_string())];
                script.response(answer(429, &headers, body))
            }
        }
    }

    /// Whether `result` is what this event came to.
    async fn is(self, result: Result<http::Response<Body>, TransportError>) -> bool {
        let result = match result {
            Ok(response) => {
                let status = response.status().as_u16();
                response.into_body().collect(100).await.map(|_| status)
            }
            Err(error) => Err(error),
        };
        match (self, result) {
            (Self::Error(kind), Err(error)) => error.kind() == kind,
            (Self::CutBody, Err(error)) => error.kind() == TransportErrorKind::Body,
            (Self::Status(expected), Ok(status)) => status == expected,
            (Self::Throttled { .. }, Ok(status)) => status == 429,
            _ => false,
        }
    }
}

proptest! {
    #[test]
    fn the_limits_hold_and_a_create_is_accepted_once_at_most(
        events in proptest::collection::vec(event(), 8),
        never in any::<bool>(),
        attempts_allowed in 1_u32..8,
        total in 1_u32..200,
        tokens in 0_u32..100,
    ) {
        let script = events.iter().fold(Scripted::new(), |script, event| event.add_to(script));
        let clock = ManualClock::new();
        let total = SECOND * total;
        let policy = RetryPolicy::default().attempts(attempts_allowed).total(Some(total));
        let budget = RetryBudget::new(tokens);
        let layer = Retry::new(
            script.clone(),
            Arc::new(clock.clone()),
            policy,
            budget.clone(),
            Arc::new(Longest),
        );
        let info = if never { CREATE } else { SAFE };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let result = layer.send(request(info)).await;
            let attempts = attempts(&result);
            let sent = script.requests().len();
            prop_assert_eq!(attempts.made() as usize, sent);
            prop_assert!(attempts.made() <= attempts_allowed);
            prop_assert_eq!(attempts.elapsed(), clock.elapsed());
            prop_assert!(clock.elapsed() < total);
            prop_assert!(budget.available() <= tokens);
            prop_assert!((sent as u32 - 1) * 5 <= tokens);
            let (last, earlier) = events[..sent].split_last().unwrap();
            if never {
                prop_assert!(earlier.iter().all(|event| event.certainly_not_accepted()));
            }
            let asked: u64 = earlier
                .iter()
                .map(|event| match event {
                    Event::Throttled { retry_after, .. } => *retry_after,
                    _ => 0,
                })
                .sum();
            prop_assert!(clock.elapsed() >= Duration::from_secs(asked));
            prop_assert!(last.is(result).await, "{last:?}");
            Ok(())
        })?;
    }
}
