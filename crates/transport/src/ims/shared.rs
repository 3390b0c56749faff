//! The store that other processes look into too, and that fails no call.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::answer::can_be_sent;
use crate::{Clock, Secret, StoredToken, TokenStore, TokenStoreError, TokenStoreLock};

/// As long as anything of a store is waited for. Who waits for the lock waits for another process's
/// request; after this it asks by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store, passed over with a warning where it fails or takes too long.
pub(super) struct Shared {
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
}

impl Shared {
    pub(super) fn new(store: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    pub(super) async fn load(&self) -> Option<StoredToken> {
        let stored = self.patiently("read", self.store.load()).await.flatten()?;
        if !can_be_sent(stored.secret.expose()) {
            passed_over("read", &"what it holds is not a token");
            return None;
        }
        Some(stored)
    }

    pub(super) async fn save(&self, token: &StoredToken) {
        self.patiently("written", self.store.save(token)).await;
    }

    pub(super) async fn lock(&self) -> Option<TokenStoreLock> {
        self.patiently("locked", self.store.lock()).await
    }

    /// Removes the token if it is `refused`. Without the lock it stays: between the look and the
    /// removal another process could put a good one there.
    pub(super) async fn forget(&self, refused: &Secret) {
        let Some(_lock) = self.lock().await else { return };
        if self.load().await.is_some_and(|stored| stored.secret == *refused) {
            self.patiently("emptied", self.store.remove()).await;
        }
    }

    async fn patiently<T>(
        &self,
        what: &'static str,
        step: impl Future<Output = Result<T, TokenStoreError>> + Unpin,
    ) -> Option<T> {
        match select(step, self.clock.sleep(PATIENCE)).await {
            Either::Left((Ok(value), _)) => Some(value),
            Either::Left((Err(error), _)) => {
                passed_over(what, &error);
                None
            }
            Either::Right(_) => {
                passed_over(what, &"it takes too long");
                None
            }
        }
    }
}

fn passed_over(what: &'static str, why: &dyn Display) {
    tracing::warn!(%why, "the token store could not be {what} and is passed over");
}
