//! The token source that applications use.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::cache::Cache;
use super::credentials::ImsCredentials;
use super::grant::ClientCredentials;
use crate::{Clock, InvalidUrl, SharedTransport, Token, TokenError, TokenSource, TokenStore};

/// Tokens by OAuth server-to-server, kept in memory and, where there is one, in a store.
///
/// - However many calls want a token, one request is under way at most; a call that is dropped
///   while it asks leaves the others waiting for the next one, not for ever.
/// - Renewed 5 minutes before the end, or in the last tenth of a shorter life. While that fails, a
///   token that is still valid is used on, and the next attempt is 10 s later.
/// - `expires_in` counts from before the request was sent, in seconds; above 1,000,000 it is read
///   as milliseconds (observed of the older grant).
///
/// ```
/// use std::sync::Arc;
/// use aep_export_transport::{ImsCredentials, ImsTokenSource, Secret, TokenSource};
/// use aep_export_transport::testing::{ManualClock, Scripted};
///
/// # futures_util::FutureExt::now_or_never(async {
/// let wire = Scripted::new().answer(200, r#"{"access_token":"abc","expires_in":86399}"#);
/// let source = ImsTokenSource::new(
///     Arc::new(wire.clone()),
///     "https://ims-na1.adobelogin.com",
///     ImsCredentials::new("id", Secret::new("secret"), ["openid"]),
///     Arc::new(ManualClock::new()),
/// )?;
/// assert_eq!(source.token().await.unwrap().secret().expose(), "abc");
/// assert_eq!(source.token().await.unwrap().secret().expose(), "abc");
/// assert_eq!(wire.requests().len(), 1);
/// # Ok::<(), aep_export_transport::InvalidUrl>(())
/// # }).unwrap();
/// ```
pub struct ImsTokenSource {
    cache: Cache<ClientCredentials>,
}

impl ImsTokenSource {
    /// Asks the token service at `ims_url` through `transport`, which is a
    /// [`Stack`](crate::layers::Stack) without authorization.
    ///
    /// # Errors
    /// [`InvalidUrl`] when `ims_url` is not an `http` or `https` URL.
    pub fn new(
        transport: SharedTransport,
        ims_url: &str,
        credentials: ImsCredentials,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidUrl> {
        let grant = ClientCredentials::new(transport, ims_url, credentials)?;
        Ok(Self { cache: Cache::new(grant, clock) })
    }

    /// Shares the token with whoever else uses `store`: before a token is asked for, what is stored
    /// is taken if it would not be renewed yet, and of several processes one asks while the others
    /// wait for what it stores.
    ///
    /// - A token refused with 401 is dropped from the store if it is still the stored one.
    /// - A store that fails or takes too long never fails a call: it is passed over, with a warning
    ///   in the log.
    /// - A call that is dropped while it asks costs one more request at most.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.cache.share(store);
        self
    }
}

impl fmt::Debug for ImsTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImsTokenSource")
            .field("uri", self.cache.grant.uri())
            .field("client_id", &self.cache.grant.client_id())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for ImsTokenSource {
    async fn token(&self) -> Result<Token, TokenError> {
        self.cache.token().await
    }

    async fn invalidate(&self, token: &Token) -> bool {
        self.cache.invalidate(token).await
    }
}
