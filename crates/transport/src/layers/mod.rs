//! Decorators over [`Transport`](crate::Transport), and the order they stand in.
//!
//! The order, from the caller to the wire, and why:
//!
//! 1. [`OperationSpan`]: one name around everything the operation does.
//! 2. [`Retry`]: attempts, and the deadline of the whole call. Inside the span, so that all
//!    attempts share it; outside the authorization, so that each attempt has a token of its own
//!    age. The body of a buffered answer is read here.
//! 3. [`Authorization`]: a token per attempt. It refuses foreign hosts, so it stands outside the
//!    fixed headers: those identify the caller too.
//! 4. [`FixedHeaders`]: what every AEP call carries.
//! 5. [`AttemptSpan`]: what is logged sees the request as it goes out, and times the attempt alone.
//! 6. [`Decompression`]: outside the time-outs, so that these see the bytes of the wire.
//! 7. [`Timeouts`]: for headers, stalls and drips.
//! 8. The wire: any [`Transport`](crate::Transport), usually `ReqwestTransport`.
//!
//! [`Stack`] builds exactly this.

mod attempt_span;
mod authorization;
mod decompression;
mod fixed_headers;
mod gzip;
mod operation_span;
mod retry;
mod retry_outcome;
mod stack;
mod timeout_policy;
mod timeouts;

pub use attempt_span::AttemptSpan;
pub use authorization::Authorization;
pub use decompression::Decompression;
pub use fixed_headers::{FixedHeaders, add_missing_headers};
pub use operation_span::OperationSpan;
pub use retry::Retry;
pub use stack::Stack;
pub use timeout_policy::TimeoutPolicy;
pub use timeouts::Timeouts;
