//! What became of the attempts of one call.

use std::fmt;
use std::time::Duration;

use crate::Secret;

/// How often a call was sent, how long that took, and why it was not sent again.
///
/// [`layers::Retry`](crate::layers::Retry) puts it into the extensions of every answer, good or
/// bad, and into every error: [`TransportError::attempts`](crate::TransportError::attempts).
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// use std::sync::Arc;
/// use aep_export_transport::layers::Retry;
/// use aep_export_transport::testing::{ManualClock, Scripted};
/// use aep_export_transport::{
///     Attempts, OperationInfo, Replay, RetryBudget, RetryPolicy, SystemRandom, Transport,
/// };
///
/// let wire = Scripted::new().answer(502, "").answer(200, "{}");
/// let calls = Retry::new(
///     wire,
///     Arc::new(ManualClock::new()),
///     RetryPolicy::default(),
///     RetryBudget::default(),
///     Arc::new(SystemRandom),
/// );
/// let request = http::Request::get("/jobs")
///     .extension(OperationInfo::new("export_jobs.list", Replay::Safe))
///     .body("".into());
/// let answer = calls.send(request.unwrap()).await.unwrap();
/// assert_eq!(Attempts::of(&answer).unwrap().made(), 2);
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    pub(crate) made: u32,
    pub(crate) elapsed: Duration,
    pub(crate) stopped: Stopped,
    pub(crate) sent_id: Option<Box<str>>,
    pub(crate) earlier_ids: Vec<Box<str>>,
}

/// Why a call was not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// The last answer or error is one that sending again could not mend, or the operation must
    /// not be sent again after it. Every success is one.
    Final,
    /// All attempts that the policy allows were made.
    Attempts,
    /// The next attempt would have begun after the policy's total time.
    Total,
    /// The service asked to wait for this long, and the policy does not allow so much.
    RetryAfter(Duration),
    /// The retry budget that the calls share is used up.
    Budget,
}

impl Attempts {
    /// What `response` says of its attempts, if it came through a retry layer.
    pub fn of<B>(response: &http::Response<B>) -> Option<&Self> {
        response.extensions().get()
    }

    /// The same without `secret`, which answers may have repeated as their id.
    pub(crate) fn without(&self, secret: &Secret) -> Self {
        let ids = self.earlier_ids.iter().map(|id| secret.taken_out_of(id).into());
        Self { earlier_ids: ids.collect(), ..self.clone() }
    }

    /// How many attempts were made, the last one included; at least 1.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Time from the start of the first attempt to the end of the last one, waits included.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Why no further attempt was made.
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }

    /// The `x-request-id` that every attempt was sent with, if it was sent with one.
    pub fn sent_request_id(&self) -> Option<&str> {
        self.sent_id.as_deref()
    }

    /// The `x-request-id` of the answers before the last one, oldest first.
    pub fn earlier_request_ids(&self) -> impl Iterator<Item = &str> {
        self.earlier_ids.iter().map(|id| &**id)
    }
}

/// `3 attempts in 2.4 s`.
impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.made == 1 { "" } else { "s" };
        write!(f, "{} attempt{plural} in {:.1} s", self.made, self.elapsed.as_secs_f64())
    }
}
