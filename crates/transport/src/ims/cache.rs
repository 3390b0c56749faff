//! When a token is asked for, and who gets it.

use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::answer::Granted;
use crate::{Clock, Token, TokenError};

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
    state: Mutex<State>,
    /// Held by the one caller that asks. If its call is dropped, the lock goes to the next.
    flight: futures_util::lock::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
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
    fn is_valid(&self, clock: &dyn Clock) -> bool {
        self.ends_at.is_none_or(|end| clock.elapsed() < end)
            && self.token.expires_at().is_none_or(|end| clock.now() < end)
    }

    fn is_fresh(&self, clock: &dyn Clock) -> bool {
        self.is_valid(clock) && self.renew_at.is_none_or(|at| clock.elapsed() < at)
    }
}

impl<G: Grant> Cache<G> {
    pub(super) fn new(grant: G, clock: Arc<dyn Clock>) -> Self {
        let flight = futures_util::lock::Mutex::new(());
        Self { grant, clock, state: Mutex::default(), flight }
    }

    pub(super) async fn token(&self) -> Result<Token, TokenError> {
        let (valid, ended_before) = {
            let state = self.state();
            let valid = state.held.clone().filter(|held| held.is_valid(&*self.clock));
            match valid {
                Some(held) if held.is_fresh(&*self.clock) || self.backs_off(&state) => {
                    return Ok(held.token);
                }
                valid => (valid, state.ended),
            }
        };
        match valid {
            Some(held) => Ok(self.renew(held).await),
            None => self.wait_for_token(ended_before).await,
        }
    }

    /// Another token than `held` if one can be had at once. Whoever finds a renewal under way uses
    /// the token that is still good.
    async fn renew(&self, held: Held) -> Token {
        let Some(_flight) = self.flight.try_lock() else { return held.token };
        self.state().back_off_until = Some(self.clock.elapsed().saturating_add(BACK_OFF));
        match self.request().await {
            Ok(token) => token,
            Err(error) => {
                tracing::warn!(%error, "the access token could not be renewed and is used on");
                held.token
            }
        }
    }

    /// There is no valid token: waits for the request under way, or makes one.
    async fn wait_for_token(&self, ended_before: u64) -> Result<Token, TokenError> {
        let _flight = self.flight.lock().await;
        {
            let state = self.state();
            if let Some(held) = state.held.as_ref().filter(|held| held.is_valid(&*self.clock)) {
                return Ok(held.token.clone());
            }
            if let (true, Some(error)) = (state.ended > ended_before, &state.failure) {
                return Err(error.clone());
            }
        }
        self.request().await
    }

    /// One request, by whoever holds the flight lock. Times count from before it was sent.
    async fn request(&self) -> Result<Token, TokenError> {
        let (asked_at, asked_on) = (self.clock.elapsed(), self.clock.now());
        let result = self.grant.request_token().await;
        let mut state = self.state();
        state.ended = state.ended.wrapping_add(1);
        match result {
            Ok(granted) => {
                let held = hold(granted, asked_at, asked_on);
                let token = held.token.clone();
                (state.held, state.failure, state.back_off_until) = (Some(held), None, None);
                Ok(token)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Forgets `token` if it is still the present one. Either way another may be had now.
    pub(super) fn invalidate(&self, token: &Token) -> bool {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| held.token.secret() == token.secret()) {
            state.held = None;
        }
        true
    }

    fn backs_off(&self, state: &State) -> bool {
        state.back_off_until.is_some_and(|until| self.clock.elapsed() < until)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hold(granted: Granted, asked_at: Duration, asked_on: SystemTime) -> Held {
    let expires_at = granted.life.and_then(|life| asked_on.checked_add(life));
    Held {
        token: Token::new(granted.secret, expires_at),
        renew_at: granted.life.map(|life| asked_at.saturating_add(life - EARLY.min(life / 10))),
        ends_at: granted.life.map(|life| asked_at.saturating_add(life)),
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
