//! The attempts of one call.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::HeaderValue;
use http::response::Parts;

use super::retry_outcome::{Answered, Outcome};
use crate::retry::{REQUEST_ID, new_request_id, request_id};
use crate::{
    Attempts, Body, BodyLimit, Clock, OperationInfo, Random, Replay, RetryBudget, RetryPolicy,
    Stopped, Transport, TransportError, TransportErrorKind, gateway_error_code,
};

/// How much of an answer with a bad status is read within the attempt, to see whose it is.
const REFUSAL: usize = 64 * 1024;

/// Sends a call again after failures that pass, as far as its [`OperationInfo`] allows, within the
/// limits of a [`RetryPolicy`] and a [`RetryBudget`].
///
/// What is [`Replay::Safe`] is sent again after the answers 408, 429, 500, 502, 503 and 504, after
/// 403 with the gateway's code 503020 (which means 503), and after any error but those that would
/// come again: [`Refused`](TransportErrorKind::Refused),
/// [`TooLarge`](TransportErrorKind::TooLarge), [`Encoding`](TransportErrorKind::Encoding), a token
/// that is refused, and what is [`permanent`](TransportError::is_permanent).
///
/// What is [`Replay::Never`] is sent again only when it certainly was not accepted: when there was
/// no connection or no token, and after a 429 with the gateway's own envelope. Every attempt of it
/// carries the same `x-request-id`, a new one unless the request has one, to find it again by.
///
/// - With a [`BodyLimit::Bytes`] the body of a good answer is read within the attempt, so that one
///   that breaks off is a failed attempt. Without a limit the attempt ends with the headers.
/// - `Retry-After` makes a wait longer. One that does not fit the policy ends the call at once.
/// - The answer that the call ends with is given as it is, with [`Attempts`] in its extensions; if
///   its body broke, reading it gives the error. An error has them as
///   [`attempts`](TransportError::attempts).
#[derive(Clone)]
pub struct Retry<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
    budget: RetryBudget,
    random: Arc<dyn Random>,
}

impl<T> Retry<T> {
    /// Sends through `inner`, waits by `clock` and draws from `random`.
    pub fn new(
        inner: T,
        clock: Arc<dyn Clock>,
        policy: RetryPolicy,
        budget: RetryBudget,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { inner, clock, policy, budget, random }
    }

    /// Gives what must not be repeated an id to be found by, and says which one `request` has.
    fn identify(&self, request: &mut http::Request<Bytes>) -> Option<Box<str>> {
        let never = OperationInfo::of(request).replay == Replay::Never;
        if never && !request.headers().contains_key(REQUEST_ID) {
            let id = HeaderValue::try_from(new_request_id(&*self.random)).ok()?;
            request.headers_mut().insert(REQUEST_ID, id);
        }
        request_id(request.headers()).map(Into::into)
    }

    /// How long to wait before the next attempt, or why there is none.
    fn next(&self, outcome: &Outcome, call: &Call) -> Result<Duration, Stopped> {
        let Some(trouble) = outcome.trouble(call.info.replay) else {
            if outcome.is_good() {
                self.budget.refill();
            }
            return Err(Stopped::Final);
        };
        let asked = outcome.retry_after(self.clock.now());
        let elapsed = call.elapsed(&*self.clock);
        let fraction = self.random.fraction();
        let wait = self.policy.next(call.made, elapsed, trouble, asked, fraction)?;
        if self.budget.take(trouble.cost()) { Ok(wait) } else { Err(Stopped::Budget) }
    }

    /// The result of `work`, unless the total time of the call ends first. What must not be
    /// repeated is never cut off by it: that would only make its outcome unknown.
    async fn in_time<R>(
        &self,
        call: &Call,
        work: impl Future<Output = R> + Send,
    ) -> Result<R, TransportError> {
        let total = self.policy.total.filter(|_| call.info.replay == Replay::Safe);
        let Some(total) = total else { return Ok(work.await) };
        let left = total.saturating_sub(call.elapsed(&*self.clock));
        match select(pin!(work), self.clock.sleep(left)).await {
            Either::Left((result, _)) => Ok(result),
            Either::Right(_) => {
                let message = format!("no answer within {} s in all", total.as_secs_f64());
                Err(TransportError::new(TransportErrorKind::Timeout, message))
            }
        }
    }

    /// Reads as much of an answer as the attempt includes.
    async fn read(&self, call: &Call, parts: Parts, body: Body) -> Answered {
        let mut gateway_code = None;
        let body = match call.info.body_limit {
            _ if !parts.status.is_success() => {
                let read = self.in_time(call, body.peek(REFUSAL)).await;
                read.map(|(beginning, whole)| {
                    gateway_code = gateway_error_code(&beginning);
                    whole
                })
            }
            BodyLimit::Bytes(limit) => {
                let read = self.in_time(call, body.collect(limit)).await;
                read.and_then(|whole| whole).map(Body::from)
            }
            BodyLimit::Unlimited => Ok(body),
        };
        Answered { parts, body, gateway_code }
    }
}

impl<T: Transport> Retry<T> {
    async fn attempt(&self, call: &Call, request: http::Request<Bytes>) -> Outcome {
        let sent = self.in_time(call, self.inner.send(request)).await;
        match sent.and_then(|answer| answer) {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                Outcome::Answered(self.read(call, parts, body).await)
            }
            Err(error) => Outcome::Failed(error),
        }
    }
}

/// One call on its way.
struct Call {
    info: OperationInfo,
    started: Duration,
    made: u32,
    sent_id: Option<Box<str>>,
    earlier_ids: Vec<Box<str>>,
}

impl Call {
    fn elapsed(&self, clock: &dyn Clock) -> Duration {
        clock.elapsed().saturating_sub(self.started)
    }

    fn end(self, clock: &dyn Clock, stopped: Stopped) -> Attempts {
        Attempts {
            made: self.made,
            elapsed: self.elapsed(clock),
            stopped,
            sent_id: self.sent_id,
            earlier_ids: self.earlier_ids,
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for Retry<T> {
    async fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let mut call = Call {
            info: OperationInfo::of(&request),
            started: self.clock.elapsed(),
            made: 0,
            sent_id: self.identify(&mut request),
            earlier_ids: Vec::new(),
        };
        loop {
            let outcome = self.attempt(&call, request.clone()).await;
            call.made = call.made.saturating_add(1);
            let wait = match self.next(&outcome, &call) {
                Ok(wait) => wait,
                Err(stopped) => return outcome.end(call.end(&*self.clock, stopped)),
            };
            let milliseconds = wait.as_millis();
            tracing::debug!(attempt = call.made, milliseconds, cause = outcome.cause(), "again");
            call.earlier_ids.extend(outcome.request_id().map(Into::into));
            // The connection is given back before the wait.
            drop(outcome);
            self.clock.sleep(wait).await;
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Retry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("inner", &self.inner)
            .field("policy", &self.policy)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "retry_tests/mod.rs"]
mod tests;
