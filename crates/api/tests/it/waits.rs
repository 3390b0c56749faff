//! Waiting, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Client, ErrorKind, Wait, WaitErrorKind};
use aep_export_transport::testing::{ManualClock, Never, Scripted};
use aep_export_transport::{Body, Clock, Transport, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use http::{Request, Response};

use crate::clients::{over, patient, scripted};

const HOUR: Duration = Duration::from_secs(3600);

fn job(status: &str) -> String {
    format!(r#"{{"id": 42, "status": "{status}"}}"#)
}

fn wait(client: &Client) -> Wait {
    client.export_jobs().wait(&"42".into())
}

#[tokio::test]
async fn a_look_is_given_out_before_the_sleep_that_follows_it() {
    let script = Scripted::new().answer(200, job("NEW")).answer(200, job("SUCCEEDED"));
    let clock = ManualClock::new();
    let mut looks = wait(&over(Arc::new(script.clone()), &clock));

    let first = looks.try_next().await.unwrap().unwrap();
    assert_eq!(first.next_look, Some(Duration::from_secs(5)));
    assert_eq!(clock.elapsed(), Duration::ZERO, "nothing has slept yet");
    let last = looks.try_next().await.unwrap().unwrap();
    assert_eq!(last.next_look, None);
    assert_eq!(last.elapsed, Duration::from_secs(5));
    assert!(looks.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn awaiting_gives_the_finished_job_with_its_bytes() {
    let script = Scripted::new().answer(200, job("PROCESSING")).answer(200, job("SUCCEEDED"));
    let finished = wait(&scripted(&script)).await.unwrap();
    assert_eq!(finished.raw(), job("SUCCEEDED").as_bytes());
}

#[tokio::test]
async fn a_job_of_twenty_hours_is_waited_for() {
    let mut script = Scripted::new();
    for _ in 0..1_250 {
        script = script.answer(200, job("PROCESSING"));
    }
    let clock = ManualClock::new();
    let script = script.answer(200, job("SUCCEEDED"));
    wait(&over(Arc::new(script.clone()), &clock)).await.unwrap();
    assert_eq!(script.remaining(), 0);
    assert!(clock.elapsed() > 20 * HOUR, "{:?}", clock.elapsed());
}

#[tokio::test]
async fn a_failed_job_is_not_a_failed_request() {
    let failed = r#"{"id": 42, "status": "FAILED",
        "errors": [{"code": "0090000009", "msg": "Error writing profiles"}]}"#;
    let error = wait(&scripted(&Scripted::new().answer(200, failed))).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::JobFailed);
    assert!(error.error().is_none());
    assert_eq!(error.job().unwrap().raw(), failed);
    assert_eq!(error.to_string(), "export job 42 failed: 0090000009 Error writing profiles");
}

#[tokio::test]
async fn every_other_end_has_its_own_kind() {
    for (status, body, kind) in [
        (200, job("CANCELLED"), WaitErrorKind::JobCancelled),
        (404, String::new(), WaitErrorKind::Gone),
        (403, String::new(), WaitErrorKind::Request),
    ] {
        let script = Scripted::new().answer(200, job("PROCESSING")).answer(status, body);
        let error = wait(&scripted(&script)).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.job().is_some(), "the last sight of the job is kept");
    }
}

#[tokio::test]
async fn the_last_snapshot_of_a_failed_job_comes_before_its_error() {
    let script = Scripted::new().answer(200, job("FAILED"));
    let mut looks = wait(&scripted(&script));
    let look = looks.next().await.unwrap().unwrap();
    assert_eq!(look.job().unwrap().status.as_ref().unwrap().as_str(), "FAILED");
    assert_eq!(looks.next().await.unwrap().unwrap_err().kind(), WaitErrorKind::JobFailed);
    assert!(looks.next().await.is_none());
}

#[tokio::test]
async fn a_time_out_leaves_the_job_and_says_where_it_stood() {
    let mut script = Scripted::new();
    for _ in 0..10 {
        script = script.answer(200, job("PROCESSING"));
    }
    let clock = ManualClock::new();
    let client = over(Arc::new(script), &clock);
    let error = wait(&client).timeout(Duration::from_secs(20)).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(error.to_string(), "export job 42 is still PROCESSING after 20 s");
    assert_eq!(clock.elapsed(), Duration::from_secs(20), "the last look falls on the time-out");
}

#[tokio::test]
async fn a_time_out_of_zero_looks_once() {
    let script = Scripted::new().answer(200, job("PROCESSING")).answer(200, job("SUCCEEDED"));
    let error = wait(&scripted(&script)).timeout(Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(script.remaining(), 1);
    let script = Scripted::new().answer(200, job("SUCCEEDED"));
    assert!(wait(&scripted(&script)).timeout(Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn a_service_that_never_answers_does_not_outlast_the_time_out() {
    let clock = ManualClock::new();
    let client = over(Arc::new(Never), &clock);
    let error = wait(&client).timeout(Duration::from_secs(7)).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(clock.elapsed(), Duration::from_secs(7));
}

/// Answers as scripted, then never again.
struct FallsSilent(Scripted);

#[async_trait::async_trait]
impl Transport for FallsSilent {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        match self.0.remaining() {
            0 => Never.send(request).await,
            _ => self.0.send(request).await,
        }
    }
}

#[tokio::test]
async fn a_service_that_falls_silent_outlasts_the_time_out_by_a_moment_only() {
    let clock = ManualClock::new();
    let script = Scripted::new().answer(200, job("PROCESSING")).answer(200, job("PROCESSING"));
    let client = over(Arc::new(FallsSilent(script)), &clock);
    let error = wait(&client).timeout(Duration::from_secs(7)).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(error.job().unwrap().status.as_ref().unwrap().as_str(), "PROCESSING");
    assert_eq!(clock.elapsed(), Duration::from_secs(7 + 5));
}

#[tokio::test]
async fn outages_shorter_than_the_patience_are_outlived_and_shown() {
    let script = Scripted::new()
        .answer(200, job("PROCESSING"))
        .answer(502, "<html>")
        .error(TransportError::new(TransportErrorKind::Connect, "refused"))
        .answer(200, "cut")
        .answer(200, job("SUCCEEDED"));
    let looks: Vec<_> = wait(&scripted(&script)).collect().await;
    let kinds: Vec<_> = looks
        .iter()
        .map(|look| look.as_ref().unwrap().answer.as_ref().err().map(aep_export_api::Error::kind))
        .collect();
    let passing = [ErrorKind::Service, ErrorKind::Network, ErrorKind::Malformed].map(Some);
    assert_eq!(kinds[1..4], passing);
    assert_eq!((kinds[0], kinds[4]), (None, None));
}

/// An hour without an answer, with the repetitions of every look bounded as ever: the deadline of six
/// hours decides.
#[tokio::test]
async fn a_deadline_outlives_every_shorter_outage() {
    let clock = ManualClock::new();
    let begin_and_end = (HOUR, 2 * HOUR);
    let service =
        Arc::new(Outage { clock: clock.clone(), between: begin_and_end, until: 3 * HOUR });
    let looks: Vec<_> = wait(&patient(service, &clock)).timeout(6 * HOUR).collect().await;
    let last = looks.last().unwrap().as_ref().unwrap();
    assert_eq!(last.job().unwrap().status.as_ref().unwrap().as_str(), "SUCCEEDED");
    let unanswered: Vec<_> =
        looks.iter().filter_map(|look| look.as_ref().unwrap().answer.as_ref().err()).collect();
    assert!(unanswered.len() > 20, "{}", unanswered.len());
    for error in unanswered {
        assert!(error.attempts().unwrap().made() <= 5, "{error}");
    }
}

#[tokio::test]
async fn an_outage_at_the_deadline_is_a_job_that_is_not_finished() {
    let clock = ManualClock::new();
    let service =
        Arc::new(Outage { clock: clock.clone(), between: (HOUR, 9 * HOUR), until: 9 * HOUR });
    let error = wait(&patient(service, &clock)).timeout(2 * HOUR).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(error.job().unwrap().status.as_ref().unwrap().as_str(), "PROCESSING");
    assert!(clock.elapsed() < 2 * HOUR + Duration::from_secs(10), "{:?}", clock.elapsed());
}

/// A service that is away for a while, with a job that runs until a given time.
struct Outage {
    clock: ManualClock,
    between: (Duration, Duration),
    until: Duration,
}

#[async_trait::async_trait]
impl Transport for Outage {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let now = self.clock.elapsed();
        if (self.between.0..self.between.1).contains(&now) {
            return Err(TransportError::new(TransportErrorKind::Connect, "nobody there"));
        }
        let status = if now < self.until { "PROCESSING" } else { "SUCCEEDED" };
        Ok(Response::new(Body::from(Bytes::from(job(status)))))
    }
}

#[tokio::test]
async fn an_outage_that_does_not_end_ends_the_wait() {
    let mut script = Scripted::new().answer(200, job("PROCESSING"));
    for _ in 0..100 {
        script = script.answer(503, "");
    }
    let clock = ManualClock::new();
    let error = wait(&over(Arc::new(script.clone()), &clock)).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::Request);
    assert_eq!(error.error().unwrap().kind(), ErrorKind::Service);
    assert!(script.remaining() > 0);
    let waited = clock.elapsed().as_secs();
    assert!((15 * 60..20 * 60).contains(&waited), "{waited}");
}
