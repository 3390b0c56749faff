//! The layers, put together.

use std::sync::Arc;

use http::HeaderMap;

use super::{
    AttemptSpan, Authorization, Decompression, FixedHeaders, OperationSpan, Retry, TimeoutPolicy,
    Timeouts,
};
use crate::{Clock, Origin, Random, RetryBudget, RetryPolicy, SharedTransport, TokenSource};

/// Builds the layers around a wire, in the order that [`layers`](crate::layers) gives.
///
/// ```
/// use std::sync::Arc;
/// use aep_export_transport::{Secret, StaticToken, Transport, layers::Stack};
/// use aep_export_transport::testing::{ManualClock, Scripted};
///
/// # futures_util::FutureExt::now_or_never(async {
/// let wire = Scripted::new().answer(200, "{}");
/// let calls = Stack::new(Arc::new(wire.clone()), Arc::new(ManualClock::new()))
///     .authorization(
///         Arc::new(StaticToken::new(Secret::new("a token"))),
///         ["https://platform.adobe.io".parse().unwrap()],
///     )
///     .build();
/// let request = http::Request::get("https://platform.adobe.io/data/core/ups/export/jobs");
/// calls.send(request.body("".into()).unwrap()).await.unwrap();
/// assert_eq!(wire.requests()[0].headers()["authorization"], "Bearer a token");
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Stack {
    wire: SharedTransport,
    clock: Arc<dyn Clock>,
    headers: HeaderMap,
    authorization: Option<(Arc<dyn TokenSource>, Vec<Origin>)>,
    timeouts: TimeoutPolicy,
    retry: Option<(RetryPolicy, RetryBudget, Arc<dyn Random>)>,
}

impl Stack {
    /// Around `wire`, by the time of `clock`; without retries, fixed headers and authorization.
    /// Token calls use it with retries alone.
    pub fn new(wire: SharedTransport, clock: Arc<dyn Clock>) -> Self {
        let timeouts = TimeoutPolicy::default();
        let headers = HeaderMap::new();
        Self { wire, clock, headers, authorization: None, timeouts, retry: None }
    }

    /// Headers for every request that does not have them already.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Tokens of `source` for requests to `origins`; requests to any other origin are refused.
    #[must_use]
    pub fn authorization(
        mut self,
        source: Arc<dyn TokenSource>,
        origins: impl IntoIterator<Item = Origin>,
    ) -> Self {
        self.authorization = Some((source, origins.into_iter().collect()));
        self
    }

    /// How long to wait, instead of [`TimeoutPolicy::default`].
    #[must_use]
    pub fn timeouts(mut self, policy: TimeoutPolicy) -> Self {
        self.timeouts = policy;
        self
    }

    /// Sends again what may be sent again. Stacks that are given clones of one `budget` share it.
    #[must_use]
    pub fn retry(
        mut self,
        policy: RetryPolicy,
        budget: RetryBudget,
        random: Arc<dyn Random>,
    ) -> Self {
        self.retry = Some((policy, budget, random));
        self
    }

    /// The whole stack as one transport.
    pub fn build(self) -> SharedTransport {
        let timed = Timeouts::new(self.wire, Arc::clone(&self.clock), self.timeouts);
        let decoded = Decompression::new(timed);
        let attempt = AttemptSpan::new(decoded, Arc::clone(&self.clock));
        let fixed = FixedHeaders::new(attempt, self.headers);
        let signed: SharedTransport = match self.authorization {
            Some((source, origins)) => Arc::new(Authorization::new(fixed, source, origins)),
            None => Arc::new(fixed),
        };
        let repeated: SharedTransport = match self.retry {
            Some((policy, budget, random)) => {
                Arc::new(Retry::new(signed, self.clock, policy, budget, random))
            }
            None => signed,
        };
        Arc::new(OperationSpan::new(repeated))
    }
}
