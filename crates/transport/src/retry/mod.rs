//! When a call is sent again: values and pure functions, without time or chance of their own.
//!
//! The loop that follows them is [`layers::Retry`](crate::layers::Retry); for what comes after the
//! headers there is [`BodyRetries`].

mod attempts;
mod body_retries;
mod budget;
mod policy;
mod request_id;
mod retry_after;
mod trouble;

pub use attempts::{Attempts, Stopped};
pub use body_retries::BodyRetries;
pub use budget::RetryBudget;
pub use policy::RetryPolicy;
pub use request_id::new_request_id;
pub(crate) use request_id::{REQUEST_ID, request_id};
pub use retry_after::{answered_at, retry_after};
pub(crate) use trouble::Trouble;
