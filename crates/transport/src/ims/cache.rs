//! When a token is asked for, and who gets it.

use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::answer::Granted;
use super::shared::Shared;
use crate::{Clock, Secret, StoredToken, Token, TokenError, TokenStore};

/// A token is renewed this long before its end, or in the last tenth of its life if that is less.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// After a renewal was begun in vain, a token that is still valid is used for so long before the
/// next attempt, so that a sick token service is not asked by every single call.
const BACK_OFF: Duration = Duration::from_secs(10);

/// Asks for one token.
#[async_trait]
pub(super) trait Grant: Send + Sync {
    async fn request_token(&self) -> Result<Granted, TokenError>;
}

/// Keeps a token in memory and has one request under way at most, however many callers wait.
pub(super) struct Cache<G> {
    pub(super) grant: G,
    clock: Arc<dyn Clock>,
    /// Where other processes look too.
    store: Option<Shared>,
    state: Mutex<State>,
    /// Held by the one caller that asks. If its call is dropped, the lock goes to the next.
    flight: futures_util::lock::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The last token that the service refused: a store that could not drop it gives it again.
    refused: Option<Secret>,
    /// How many requests have ended, and the error of the last one if it failed: callers that
    /// waited for it share it instead of asking again one after the other.
    ended: u64,
    failure: Option<TokenError>,
    /// No renewal of a valid token before this: set when one starts, so that neither its failure
    /// nor a caller that goes away makes every call try again.
    back_off_until: Option<Duration>,
}

#[derive(Clone)]
struct Held {
    token: Token,
    renew_at: Option<Duration>,
    /// The end on the monotonic clock; the token itself has the end by the time of day. The
    /// earlier of the two counts: the one stands still in suspend, the other may be set back.
    ends_at: Option<Duration>,
}

impl Held {
    /// A token that was asked for at `asked_at` and `asked_on` by the two clocks.
    fn granted(granted: Granted, asked_at: Duration, asked_on: SystemTime) -> Self {
        let Some(life) = granted.life else {
            let token = Token::new(granted.secret, None);
            return Self { token, renew_at: None, ends_at: None };
        };
        Self::new(Token::new(granted.secret, asked_on.checked_add(life)), life, life, asked_at)
    }

    /// A token that another process asked for, if it is still good.
    fn stored(stored: StoredToken, clock: &dyn Clock) -> Option<Self> {
        let left = stored.left(clock.now())?;
        let life = stored.life();
        let token = Token::new(stored.secret, Some(stored.expires_at));
        Some(Self::new(token, life, left, clock.elapsed()))
    }

    /// A token with `left` of its `life` to come at `at`.
    fn new(token: Token, life: Duration, left: Duration, at: Duration) -> Self {
        let early = EARLY.min(life / 10);
        Self {
            token,
            renew_at: Some(at.saturating_add(left.saturating_sub(early))),
            ends_at: Some(at.saturating_add(left)),
        }
    }

    fn is_valid(&self, clock: &dyn Clock) -> bool {
        self.ends_at.is_none_or(|end| clock.elapsed() < end)
            && self.token.expires_at().is_none_or(|end| clock.now() < end)
    }

    fn is_fresh(&self, clock: &dyn Clock) -> bool {
        self.is_valid(clock) && self.renew_at.is_none_or(|at| clock.elapsed() < at)
    }
}

impl State {
    fn valid(&self, clock: &dyn Clock) -> Option<&Held> {
        self.held.as_ref().filter(|held| held.is_valid(clock))
    }

    /// From here on `held` is the present token.
    fn hold(&mut self, held: Held) -> Token {
        let token = held.token.clone();
        (self.held, self.failure, self.back_off_until) = (Some(held), None, None);
        token
    }
}

impl<G: Grant> Cache<G> {
    pub(super) fn new(grant: G, clock: Arc<dyn Clock>) -> Self {
        let flight = futures_util::lock::Mutex::new(());
        Self { grant, clock, store: None, state: Mutex::default(), flight }
    }

    /// Shares the token through `store` from here on.
    pub(super) fn share(&mut self, store: Arc<dyn TokenStore>) {
        self.store = Some(Shared::new(store, Arc::clone(&self.clock)));
    }

    pub(super) async fn token(&self) -> Result<Token, TokenError> {
        let (valid, ended_before) = {
            let state = self.state();
            match state.valid(&*self.clock) {
                Some(held) if self.needs_no_renewal(held, &state) => {
                    return Ok(held.token.clone());
                }
                valid => (valid.map(|held| held.token.clone()), state.ended),
            }
        };
        match valid {
            Some(token) => self.renew(token).await,
            None => self.wait_for_token(ended_before).await,
        }
    }

    fn needs_no_renewal(&self, held: &Held, state: &State) -> bool {
        held.is_fresh(&*self.clock) || self.backs_off(state)
    }

    /// Another token than `present` if one can be had at once. Whoever finds a renewal under way
    /// uses the token that is still good.
    async fn renew(&self, present: Token) -> Result<Token, TokenError> {
        let Some(_flight) = self.flight.try_lock() else { return Ok(present) };
        {
            // Between the look at the present token and the lock another caller may have had its turn.
            let state = self.state();
            let held = state.valid(&*self.clock);
            if let Some(held) = held.filter(|held| self.needs_no_renewal(held, &state)) {
                return Ok(held.token.clone());
            }
        }
        self.obtain().await
    }

    /// There is no valid token: waits for the request under way, or makes one.
    async fn wait_for_token(&self, ended_before: u64) -> Result<Token, TokenError> {
        let _flight = self.flight.lock().await;
        {
            let state = self.state();
            if let Some(held) = state.valid(&*self.clock) {
                return Ok(held.token.clone());
            }
            if let (true, Some(error)) = (state.ended > ended_before, &state.failure) {
                return Err(error.clone());
            }
        }
        self.obtain().await
    }

    /// The token that another process stored, or else one that is asked for, or else the present
    /// one while it is good. By whoever holds the flight lock.
    async fn obtain(&self) -> Result<Token, TokenError> {
        self.state().back_off_until = Some(self.clock.elapsed().saturating_add(BACK_OFF));
        let Some(store) = &self.store else { return self.request().await };
        if let Some(token) = self.stored(store).await {
            return Ok(token);
        }
        let _lock = store.lock().await;
        // Whoever held the lock meanwhile asked for a token.
        if let Some(token) = self.stored(store).await {
            return Ok(token);
        }
        self.request().await
    }

    /// The store's token, if it would not be renewed yet. One that would is taken for the present
    /// one all the same if there is none: it is good if no other can be had.
    async fn stored(&self, store: &Shared) -> Option<Token> {
        let held = Held::stored(store.load().await?, &*self.clock)?;
        let mut state = self.state();
        let known = [state.refused.as_ref(), state.held.as_ref().map(|held| held.token.secret())];
        // Of the present token more is known here than the store can tell.
        if known.contains(&Some(held.token.secret())) {
            return None;
        }
        if held.is_fresh(&*self.clock) {
            return Some(state.hold(held));
        }
        if state.valid(&*self.clock).is_none() {
            state.held = Some(held);
        }
        None
    }

    /// One request; what it brings is stored. Times count from before it was sent.
    async fn request(&self) -> Result<Token, TokenError> {
        let (asked_at, asked_on) = (self.clock.elapsed(), self.clock.now());
        let result = self.grant.request_token().await;
        let token = {
            let mut state = self.state();
            state.ended = state.ended.wrapping_add(1);
            match result {
                Ok(granted) => state.hold(Held::granted(granted, asked_at, asked_on)),
                Err(error) => return self.despite(error, &mut state),
            }
        };
        if let (Some(store), Some(expires_at)) = (&self.store, token.expires_at()) {
            let secret = token.secret().clone();
            store.save(&StoredToken { secret, asked_at: asked_on, expires_at }).await;
        }
        Ok(token)
    }

    /// The present token, if it is good although no other could be had.
    fn despite(&self, error: TokenError, state: &mut State) -> Result<Token, TokenError> {
        match state.valid(&*self.clock) {
            Some(held) => {
                tracing::warn!(%error, "the access token could not be renewed and is used on");
                Ok(held.token.clone())
            }
            None => {
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Forgets `token` if it is still the present one, and drops it from the store if it is still
    /// there. Either way another may be had now.
    pub(super) async fn invalidate(&self, token: &Token) -> bool {
        // Of all the calls that were refused with it, the first sees to the store.
        if let (true, Some(store)) = (self.forget(token), &self.store) {
            store.forget(token.secret()).await;
        }
        true
    }

    fn forget(&self, token: &Token) -> bool {
        let mut state = self.state();
        let is_present =
            state.held.as_ref().is_some_and(|held| held.token.secret() == token.secret());
        if is_present {
            state.held = None;
            state.refused = Some(token.secret().clone());
        }
        is_present
    }

    fn backs_off(&self, state: &State) -> bool {
        state.back_off_until.is_some_and(|until| self.clock.elapsed() < until)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "sharing_tests.rs"]
mod sharing_tests;
#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
