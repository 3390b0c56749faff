//! Access tokens from Adobe's Identity Management Services (IMS).
//!
//! [`ImsTokenSource`] signs in as a server (OAuth client credentials) and keeps the token in
//! memory, and in a store that other processes share if it was given one. Its two halves know
//! nothing of each other: the *grant* makes one token request, the *cache* decides when to make one.

mod answer;
mod cache;
mod credentials;
mod grant;
mod shared;
mod source;

pub use credentials::{AEP_SCOPES, ImsCredentials, SecretSource, normalise_scopes};
pub use source::ImsTokenSource;
