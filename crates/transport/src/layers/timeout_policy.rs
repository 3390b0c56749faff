//! The limits as a value.

use std::time::Duration;

/// How long a silent or slow service is waited for.
///
/// ```
/// use aep_export_transport::layers::TimeoutPolicy;
///
/// let mut policy = TimeoutPolicy::default();
/// policy.idle = std::time::Duration::from_secs(5);
/// assert_eq!(policy.response.as_secs(), 30);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeoutPolicy {
    /// For the headers of an answer, from the start of the attempt (connecting included), unless
    /// the operation names its own limit. 30 s.
    pub response: Duration,
    /// For the next piece of a body. 30 s.
    pub idle: Duration,
    /// The least that a body may bring, in bytes a second, averaged over [`window`](Self::window)
    /// of waiting. 1024.
    pub minimum_rate: u64,
    /// What [`minimum_rate`](Self::minimum_rate) is averaged over. 30 s.
    pub window: Duration,
}

impl Default for TimeoutPolicy {
    fn default() -> Self {
        let limit = Duration::from_secs(30);
        Self { response: limit, idle: limit, minimum_rate: 1024, window: limit }
    }
}
