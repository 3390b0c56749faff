//! How bytes travel to Adobe Experience Platform (AEP).
//!
//! One object-safe trait, [`Transport`], takes an `http::Request` with its whole body and gives an
//! `http::Response` with a streaming [`Body`]. Everything else is a decorator over that trait or an
//! implementation of it, so that an application can bring its own HTTP stack, and a test a script.
//!
//! An answer with an error status is an answer: only a call that got no usable answer is a
//! [`TransportError`].
//!
//! # The parts
//!
//! - [`layers`]: retries, authorization, fixed headers, spans, decompression and time-outs, and
//!   [`Stack`](layers::Stack), which puts them in order.
//! - [`RetryPolicy`] and [`RetryBudget`]: how often a call is sent, and what all calls may spend on
//!   that together. Whether one may be sent again at all is said by its [`OperationInfo`].
//!   [`BodyRetries`] does the same for the rest of an answer that broke off.
//! - [`TokenSource`]: where bearer tokens come from: [`StaticToken`], [`ImsTokenSource`], or yours.
//!   [`TokenStore`]: where a token waits for the next process.
//! - [`Clock`] and [`Random`]: time and chance are passed in.
//! - `ReqwestTransport` and `TokioClock` (feature `reqwest`, on by default). Without it this crate
//!   brings no HTTP stack, no TLS and no runtime.
//! - `testing` (feature `testing`): transports that follow a script and a clock that tests move.
//!
//! `examples/swapped_transport.rs` shows another transport under the same layers.

pub mod layers;
#[cfg(feature = "testing")]
pub mod testing;

mod body;
#[cfg(test)]
mod captured_log;
mod clock;
mod error;
mod gateway;
mod ims;
mod jwt;
mod number;
mod object;
mod operation;
mod origin;
mod random;
#[cfg(feature = "reqwest")]
mod reqwest;
mod retry;
mod secret;
mod static_token;
mod token;
mod token_store;

pub use body::Body;
pub use clock::{Clock, Sleep};
pub use error::{Obstacle, TransportError, TransportErrorKind};
pub use gateway::gateway_error_code;
pub use ims::{AEP_SCOPES, ImsCredentials, ImsTokenSource, SecretSource, normalise_scopes};
pub use operation::{BodyLimit, OperationInfo, Replay};
pub use origin::{InvalidUrl, Origin};
pub use random::{Random, SystemRandom};
pub use retry::{
    Attempts, BodyRetries, RetryBudget, RetryPolicy, Stopped, answered_at, new_request_id,
    retry_after,
};
pub use secret::Secret;
pub use static_token::StaticToken;
pub use token::{Token, TokenError, TokenErrorKind, TokenSource};
pub use token_store::{StoredToken, TokenStore, TokenStoreError, TokenStoreLock};

#[cfg(feature = "reqwest")]
pub use self::reqwest::{
    CaCertificates, InvalidCertificates, ProxySettings, ReqwestTransport, ReqwestTransportBuilder,
    TokioClock,
};
/// The ready transport, under a name that does not say what it is made of: the layers above choose
/// it without knowing.
#[cfg(feature = "reqwest")]
pub type DefaultTransport = ReqwestTransport;
/// The clock that goes with [`DefaultTransport`].
#[cfg(feature = "reqwest")]
pub type DefaultClock = TokioClock;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

/// Sends one request and gives back its answer.
///
/// The whole seam between this project and an HTTP stack. Implementations do not follow redirects,
/// do not send a request twice, and do not decode bodies: layers decide all that.
///
/// # Errors
/// A [`TransportError`] only when there is no answer to give; a status such as 404 or 503 is `Ok`.
///
/// # Example
/// ```
/// use aep_export_transport::{Body, Transport, TransportError};
/// use bytes::Bytes;
///
/// /// Answers everything with an empty 204.
/// struct Silent;
///
/// #[async_trait::async_trait]
/// impl Transport for Silent {
///     async fn send(
///         &self,
///         _request: http::Request<Bytes>,
///     ) -> Result<http::Response<Body>, TransportError> {
///         let mut response = http::Response::new(Body::empty());
///         *response.status_mut() = http::StatusCode::NO_CONTENT;
///         Ok(response)
///     }
/// }
/// ```
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` once and returns as soon as the headers of the answer are there.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError>;
}

/// A transport that can be handed around: what layers and clients hold.
pub type SharedTransport = Arc<dyn Transport>;

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        (**self).send(request).await
    }
}
