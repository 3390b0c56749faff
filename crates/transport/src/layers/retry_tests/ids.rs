//! Ids that a call can be found by.

use super::*;

const THROTTLED: &str = r#"{"error_code":"429050"}"#;

fn sent_ids(script: &Scripted) -> Vec<Option<String>> {
    let id = |request: &http::Request<Bytes>| request_id(request.headers()).map(str::to_owned);
    script.requests().iter().map(id).collect()
}

#[tokio::test]
async fn every_attempt_of_a_create_carries_one_id_which_is_told() {
    let script = Scripted::new()
        .error(failure(TransportErrorKind::Connect))
        .answer(429, THROTTLED)
        .error(failure(TransportErrorKind::Interrupted));
    let clock = Arc::new(ManualClock::new());
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let random = Arc::new(crate::SystemRandom);
    let wire = Retry::new(script.clone(), clock, policy, budget, random);
    let error = wire.send(request(CREATE)).await.unwrap_err();
    let id = error.attempts().unwrap().sent_request_id().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_eq!(sent_ids(&script), vec![Some(id.clone()); 3]);
    // The next call is another one.
    let error = wire.send(request(CREATE)).await.unwrap_err();
    assert_ne!(error.attempts().unwrap().sent_request_id(), Some(&*id));
}

#[tokio::test]
async fn an_id_of_the_caller_s_own_is_kept() {
    let script = Scripted::new().answer(429, THROTTLED).answer(201, "");
    let mut request = request(CREATE);
    request.headers_mut().insert("x-request-id", HeaderValue::from_static("mine"));
    let wire = layer(script.clone(), &ManualClock::new(), RetryPolicy::default());
    let answer = wire.send(request).await.unwrap();
    assert_eq!(Attempts::of(&answer).unwrap().sent_request_id(), Some("mine"));
    assert_eq!(sent_ids(&script), [Some("mine".to_owned()), Some("mine".to_owned())]);
}

#[tokio::test]
async fn what_may_be_repeated_needs_no_id() {
    let script = Scripted::new().answer(200, "");
    let answer = send(&script, SAFE).await.unwrap();
    assert_eq!((sent_ids(&script), attempts(&Ok(answer)).sent_request_id()), (vec![None], None));
}

#[tokio::test]
async fn the_ids_of_earlier_answers_are_kept_in_their_order() {
    let with_id = |status, id| answer(status, &[("x-request-id", id)], "");
    let script = Scripted::new()
        .response(with_id(502, "first"))
        .error(failure(TransportErrorKind::Timeout))
        .response(with_id(503, "third"))
        .response(with_id(400, "last"));
    let result = send(&script, SAFE).await;
    let ids = attempts(&result);
    assert_eq!(ids.earlier_request_ids().collect::<Vec<_>>(), ["first", "third"]);
    assert_eq!(result.unwrap().headers()["x-request-id"], "last");
}
