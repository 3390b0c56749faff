//! Where a token waits for the next process.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::Secret;

/// Why a store did not do what it was asked for. It is told in the log and fails no call.
pub type TokenStoreError = Box<dyn Error + Send + Sync>;

/// Keeps one token where several processes, or several sources in one process, find it.
///
/// [`ImsTokenSource::with_store`](crate::ImsTokenSource::with_store) puts one beside the token in
/// memory. It is looked into when there is no token or when the present one is to be renewed, so it
/// need not be quick. One store holds the token of one credential: it is the caller's matter that
/// another client, another token service or other scopes have another one.
///
/// # Errors
/// Of every method: whatever kept the store from doing it. The source passes over a store that
/// fails or takes longer than 10 s, says so in the log, and goes on without it.
///
/// # Example
/// Two sources that share what one of them was given; a real store would be a file or a vault.
/// ```
/// use std::sync::{Arc, Mutex};
/// use aep_export_transport::testing::{ManualClock, Scripted};
/// use aep_export_transport::{
///     ImsCredentials, ImsTokenSource, Secret, StoredToken, TokenSource, TokenStore,
///     TokenStoreError, TokenStoreLock,
/// };
///
/// #[derive(Debug, Default)]
/// struct InMemory {
///     token: Mutex<Option<StoredToken>>,
///     turn: Arc<futures_util::lock::Mutex<()>>,
/// }
///
/// #[async_trait::async_trait]
/// impl TokenStore for InMemory {
///     async fn load(&self) -> Result<Option<StoredToken>, TokenStoreError> {
///         Ok(self.token.lock().unwrap().clone())
///     }
///
///     async fn save(&self, token: &StoredToken) -> Result<(), TokenStoreError> {
///         *self.token.lock().unwrap() = Some(token.clone());
///         Ok(())
///     }
///
///     async fn remove(&self) -> Result<(), TokenStoreError> {
///         *self.token.lock().unwrap() = None;
///         Ok(())
///     }
///
///     async fn lock(&self) -> Result<TokenStoreLock, TokenStoreError> {
///         Ok(TokenStoreLock::new(Arc::clone(&self.turn).lock_owned().await))
///     }
/// }
///
/// # futures_util::FutureExt::now_or_never(async {
/// let wire = Scripted::new().answer(200, r#"{"access_token":"abc","expires_in":86399}"#);
/// let (store, clock) = (Arc::new(InMemory::default()), Arc::new(ManualClock::new()));
/// for _ in 0..2 {
///     let source = ImsTokenSource::new(
///         Arc::new(wire.clone()),
///         "https://ims-na1.adobelogin.com",
///         ImsCredentials::new("id", Secret::new("secret"), ["openid"]),
///         clock.clone(),
///     )?;
///     let source = source.with_store(store.clone());
///     assert_eq!(source.token().await.unwrap().secret().expose(), "abc");
/// }
/// assert_eq!(wire.requests().len(), 1);
/// # Ok::<(), aep_export_transport::InvalidUrl>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// What was saved last, good or not; `None` if there is nothing.
    async fn load(&self) -> Result<Option<StoredToken>, TokenStoreError>;

    /// Keeps `token` in place of what is there. Whoever loads meanwhile sees the old one or the new
    /// one.
    async fn save(&self, token: &StoredToken) -> Result<(), TokenStoreError>;

    /// Drops what is there, if anything is.
    async fn remove(&self) -> Result<(), TokenStoreError>;

    /// Waits until nobody else holds the lock, in this process or another, and keeps the others
    /// waiting until it is dropped. A process that dies must not keep it.
    ///
    /// Loading and saving do not need it; it is held from a look at the store over the request for a
    /// token until that is saved, so that the others find it.
    async fn lock(&self) -> Result<TokenStoreLock, TokenStoreError>;
}

/// Keeps others from asking for a token while it lives.
#[must_use = "the lock ends when it is dropped"]
pub struct TokenStoreLock(
    #[expect(dead_code, reason = "dropping it ends the lock")] Box<dyn Any + Send>,
);

impl TokenStoreLock {
    /// The lock lasts as long as `guard` does.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for TokenStoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenStoreLock").finish_non_exhaustive()
    }
}

/// A token as a store keeps it. A token that does not say how long it lasts is not stored.
///
/// Both times are by the clock of the machine that asked. A token that was asked for *later* than
/// now is not used: that clock, or this one, was set back, and nobody knows what is left of it. A
/// clock that was set back by less than the age of a token makes it look younger; the service then
/// refuses it, and another one is asked for.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use aep_export_transport::{Secret, StoredToken};
///
/// let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(43_200);
/// let hour = Duration::from_secs(3600);
/// let token =
///     StoredToken { secret: Secret::new("canary"), asked_at: noon, expires_at: noon + hour };
/// assert_eq!(token.left(noon + hour / 4), Some(3 * hour / 4));
/// assert_eq!(token.left(noon + hour), None);
/// assert_eq!(token.left(noon - hour), None);
/// assert!(!format!("{token:?}").contains("canary"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// The token's text.
    pub secret: Secret,
    /// When it was asked for: before the request was sent.
    pub asked_at: SystemTime,
    /// When it ends.
    pub expires_at: SystemTime,
}

impl StoredToken {
    /// How much longer it is good; `None` if it is not, or if nobody can tell because it was asked
    /// for later than `now`.
    pub fn left(&self, now: SystemTime) -> Option<Duration> {
        now.duration_since(self.asked_at).ok()?;
        self.expires_at.duration_since(now).ok().filter(|left| !left.is_zero())
    }

    /// How long it was to last when it was asked for.
    pub(crate) fn life(&self) -> Duration {
        self.expires_at.duration_since(self.asked_at).unwrap_or_default()
    }
}
