//! Access tokens from Adobe's Identity Management Services (IMS).
//!
//! [`ImsTokenSource`] signs in as a server (OAuth client credentials) and keeps the token in
//! memory. Its two halves know nothing of each other: the *grant* makes one token request, the
//! *cache* decides when to make one. A cache on disk or another grant replaces one half.

mod answer;
mod cache;
mod credentials;
mod grant;
mod source;

pub use credentials::{AEP_SCOPES, ImsCredentials, normalise_scopes};
pub use source::ImsTokenSource;
