mod any_script;
mod any_time;
mod bodies;
mod crowd;
mod ids;
mod limits;
mod table;

use super::*;
use crate::testing::{ManualClock, Scripted};

const SECOND: Duration = Duration::from_secs(1);
const SAFE: OperationInfo = OperationInfo::new("export_jobs.get", Replay::Safe);
const CREATE: OperationInfo = OperationInfo::new("export_jobs.create", Replay::Never);

/// Draws the longest wait each time (all but nothing of it).
#[derive(Debug)]
struct Longest;

impl Random for Longest {
    fn fraction(&self) -> f64 {
        1.0 - f64::EPSILON
    }
}

fn layer<T: Transport>(wire: T, clock: &ManualClock, policy: RetryPolicy) -> Retry<T> {
    let clock = Arc::new(clock.clone());
    Retry::new(wire, clock, policy, RetryBudget::default(), Arc::new(Longest))
}

fn request(info: OperationInfo) -> http::Request<Bytes> {
    http::Request::post("https://platform.test/jobs")
        .extension(info)
        .body(Bytes::from_static(b"{\"a\":1}"))
        .unwrap()
}

/// Sends over `script` with the usual policy in time that jumps.
async fn send(
    script: &Scripted,
    info: OperationInfo,
) -> Result<http::Response<Body>, TransportError> {
    layer(script.clone(), &ManualClock::new(), RetryPolicy::default()).send(request(info)).await
}

fn failure(kind: TransportErrorKind) -> TransportError {
    TransportError::new(kind, "scripted")
}

/// An answer with headers.
fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<Body> {
    let mut answer = http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(Bytes::copy_from_slice(body.as_bytes()).into()).unwrap()
}

fn attempts(result: &Result<http::Response<Body>, TransportError>) -> Attempts {
    match result {
        Ok(response) => Attempts::of(response).cloned().unwrap(),
        Err(error) => error.attempts().cloned().unwrap(),
    }
}
