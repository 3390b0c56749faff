//! What an operation tells the layers about itself.

use std::time::Duration;

/// Whether a request may be sent again when the fate of the first one is unknown.
///
/// Declared by the operation; neither the method nor the status decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Replay {
    /// Sending it twice has the effect of sending it once.
    Safe,
    /// Sending it twice may do the work twice. Sent again only when it certainly was not accepted.
    Never,
}

/// How much of an answer is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyLimit {
    /// At most so many bytes, before as well as after decompression.
    Bytes(u64),
    /// Any size: the body is streamed to where it is kept.
    Unlimited,
}

/// Travels in a request's extensions and tells the layers how to treat it.
///
/// A request without one is treated as [`OperationInfo::new`]`("request", Replay::Never)`.
///
/// ```
/// use aep_export_transport::{OperationInfo, Replay};
///
/// let mut request = http::Request::new(bytes::Bytes::new());
/// request.extensions_mut().insert(OperationInfo::new("export_jobs.get", Replay::Safe));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Name for logs and spans, such as `export_jobs.create`.
    pub name: &'static str,
    /// Whether it may be sent again.
    pub replay: Replay,
    /// How long to wait for the headers of the answer, where the usual limit does not fit.
    pub response_timeout: Option<Duration>,
    /// Whether it must go out on a connection of its own that no earlier request has used.
    pub fresh_connection: bool,
    /// How much of the answer is accepted.
    pub body_limit: BodyLimit,
}

impl OperationInfo {
    /// The largest answer to an ordinary call: 64 MiB.
    pub const BODY_LIMIT: u64 = 64 * 1024 * 1024;

    /// An ordinary call: usual time-outs, shared connections, [`BODY_LIMIT`](Self::BODY_LIMIT).
    pub const fn new(name: &'static str, replay: Replay) -> Self {
        Self {
            name,
            replay,
            response_timeout: None,
            fresh_connection: false,
            body_limit: BodyLimit::Bytes(Self::BODY_LIMIT),
        }
    }

    /// Waits this long for the headers of the answer.
    #[must_use]
    pub const fn response_timeout(mut self, limit: Duration) -> Self {
        self.response_timeout = Some(limit);
        self
    }

    /// Goes out on a connection of its own.
    #[must_use]
    pub const fn fresh_connection(mut self) -> Self {
        self.fresh_connection = true;
        self
    }

    /// Accepts an answer of any size.
    #[must_use]
    pub const fn unlimited_body(mut self) -> Self {
        self.body_limit = BodyLimit::Unlimited;
        self
    }

    /// What `request` carries, or the cautious default.
    pub fn of<B>(request: &http::Request<B>) -> Self {
        request.extensions().get().copied().unwrap_or(const { Self::new("request", Replay::Never) })
    }
}
