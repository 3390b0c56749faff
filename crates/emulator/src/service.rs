//! The emulator without a socket: the store, the exports under way, and the router.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use http::HeaderMap;
use tokio::sync::watch;

use crate::answer::{Answer, Sending, emulator};
use crate::builder::Builder;
use crate::call::Call;
use crate::clock::{Clock, millis};
use crate::core::{Core, Guard, Settings, is_own};
use crate::error::EmulatorError;
use crate::faults::{Fault, Faults, InvalidFault, Strike};
use crate::home::Home;
use crate::ids::Ids;
use crate::import::{Import, ImportError, Imported};
use crate::journal::{Journal, SeenRequest};
use crate::records::{Sample, Store, StoreError};
use crate::shell;
use crate::work::Works;

/// An open emulator without a socket; made by [`Builder::open`]. Clones are the same emulator; the
/// store is let go when the last one, and the last router, is dropped, and the exports under way
/// have ended.
#[derive(Debug, Clone)]
pub struct Service {
    house: Arc<House>,
}

#[derive(Debug)]
struct House {
    core: Arc<Core>,
    works: Arc<Works>,
    clock: Arc<dyn Clock>,
    /// Whether the emulator has stopped: nobody is kept waiting any longer.
    gone: watch::Sender<bool>,
}

impl Service {
    pub(crate) async fn open(builder: Builder) -> Result<Self, EmulatorError> {
        let faults = Faults::new(builder.seed, builder.faults.clone())?;
        let home = Home::open(&builder).await?;
        let store = match &home.records {
            Some(file) => Store::open(file),
            None => Store::in_memory(),
        };
        let store = Arc::new(store.map_err(|error| unusable(&error))?);
        let (clock, exports) = (builder.clock.clone(), home.exports.clone());
        let works = Arc::new(Works::new(store.clone(), clock.clone(), home));
        works.sweep().map_err(|error| unusable(&error))?;
        works.resume().map_err(|error| unusable(&error))?;
        let core = Core {
            store,
            settings: settings(builder, exports),
            ids: Ids::unforeseen(),
            faults,
            journal: Journal::default(),
        };
        let core = Arc::new(core);
        let house = House { core, works, clock, gone: watch::Sender::new(false) };
        Ok(Self { house: Arc::new(house) })
    }

    /// Everything that the emulator answers, as a router: to be called in process, or served by
    /// somebody else. Requests without `Host` are taken; links then begin with the authority of
    /// the request's address.
    pub fn router(&self) -> Router {
        shell::router(self.clone())
    }

    /// Answers one request in process; the same as calling the router, which needs tower's traits.
    pub async fn call(&self, request: http::Request<axum::body::Body>) -> axum::response::Response {
        shell::handle(axum::extract::State(self.clone()), request).await
    }

    /// Puts profiles in the place of those that a sandbox had, or adds to them. Exports that begin
    /// afterwards read them, and the sandbox has the audiences that they are members of.
    ///
    /// It is all or nothing: until every profile was read and stored, exports read what was there
    /// before. When the future is dropped the import stops as soon as its source has given what it
    /// was asked for.
    ///
    /// # Errors
    /// A line that is no profile, a source that cannot be read, or a store that cannot be used.
    pub async fn import(&self, import: Import) -> Result<Imported, ImportError> {
        let stop = Arc::new(AtomicBool::new(false));
        let _stop = StopWhenDropped(stop.clone());
        let works = self.house.works.clone();
        let imported = tokio::task::spawn_blocking(move || works.import(import, &stop));
        imported.await.unwrap_or_else(|error| Err(ImportError::Store(error.to_string())))
    }

    /// Waits until no export is under way.
    pub async fn settled(&self) {
        self.house.works.wait_for_all().await;
    }

    /// Puts down the exports under way and lets the store go. Later requests are answered with
    /// 503.
    pub async fn close(&self) {
        self.go();
        let home = self.house.works.let_go();
        self.house.works.wait_for_all().await;
        self.house.release();
        drop(home);
    }

    /// The same without waiting for the exports.
    pub(crate) fn release(&self) {
        self.house.release();
    }

    /// The answer's `x-request-id`: the caller's own when it sent a sensible one (assumed; the
    /// request header is documented "for tracing"), else a new one.
    pub(crate) fn request_id(&self, headers: &HeaderMap) -> String {
        let sent = headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let is_sensible = (1..=64).contains(&sent.len())
            && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_sensible { sent.to_owned() } else { self.house.core.ids.request() }
    }

    /// The rules that spoil requests, to be changed and read at any time.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.house.core.faults.clone()
    }

    /// Puts these rules in the place of all that were there.
    ///
    /// # Errors
    /// A rule is not valid; those that were there stay.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), InvalidFault> {
        self.house.core.faults.set(faults)
    }

    /// Takes all rules away.
    pub fn clear_faults(&self) {
        self.house.core.faults.clear();
    }

    /// The last 1,000 requests, oldest first, without those to `/_emulator`.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.house.core.journal.requests()
    }

    /// Forgets the requests so far and counts from 1 again.
    pub fn clear_requests(&self) {
        self.house.core.journal.clear();
    }

    /// Completes when the emulator has stopped.
    pub(crate) async fn gone(&self) {
        // An error means that the house is no more.
        let _ = self.house.gone.subscribe().wait_for(|gone| *gone).await;
    }

    /// Ends every wait that a fault has imposed.
    pub(crate) fn go(&self) {
        self.house.gone.send_replace(true);
    }

    /// Waits that long on the emulator's clock; false if it stopped meanwhile.
    pub(crate) async fn pause(&self, duration: Duration) -> bool {
        if duration.is_zero() {
            return true;
        }
        let (sleep, gone) = (self.house.clock.sleep(duration), pin!(self.gone()));
        matches!(select(sleep, gone).await, Either::Left(_))
    }

    /// Answers a request and does what follows from it, also when the caller hangs up meanwhile.
    pub(crate) async fn answer(&self, call: Call) -> Answer {
        let service = self.clone();
        let answered = tokio::spawn(async move { service.answer_through(call).await });
        answered.await.unwrap_or_else(|_| broken())
    }

    /// Answers a request that could not be read.
    pub(crate) fn refuse(&self, call: &Call, refusal: Answer) -> Answer {
        let core = &self.house.core;
        let seen = core.journal.arrived(call);
        core.journal.note(seen, |seen| seen.status = Some(refusal.status.as_u16()));
        refusal
    }

    async fn answer_through(&self, call: Call) -> Answer {
        let core = self.house.core.clone();
        let seen = (!is_own(&call)).then(|| core.journal.arrived(&call));
        let answer = match core.admit(&call) {
            Ok(strike) => {
                if let Some(seen) = seen {
                    core.journal.note(seen, |seen| seen.faults.clone_from(&strike.rules));
                }
                self.act(call, strike).await
            }
            Err(refusal) => refusal,
        };
        if let Some(seen) = seen {
            core.journal.note(seen, |seen| match answer.manner.sending.has_status() {
                true => seen.status = Some(answer.status.as_u16()),
                false => seen.lost = true,
            });
        }
        answer
    }

    async fn act(&self, call: Call, strike: Strike) -> Answer {
        if !self.pause(strike.delay_before).await {
            return broken().sent(Sending::Reset);
        }
        let now = millis(self.house.clock.now());
        let core = self.house.core.clone();
        if let Some(tenant) = core.tenant(&call, now).filter(|_| !strike.is_instead()) {
            self.house.works.settle(&tenant, now).await;
        }
        let works = self.house.works.clone();
        // The records wait for the disk.
        let answered = tokio::task::spawn_blocking(move || {
            let answer = core.answer(&call, &strike, now);
            for effect in &answer.effects {
                if let Err(error) = works.apply(*effect) {
                    tracing::error!(%error, ?effect, "an export could not be set off");
                }
            }
            answer
        });
        answered.await.unwrap_or_else(|_| broken())
    }
}

/// Tells the thread that works for a future.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl House {
    /// Lets the store go: for requests, and once the exports under way have ended for others.
    fn release(&self) {
        self.gone.send_replace(true);
        let home = self.works.let_go();
        // Before the directory: the next opener finds a file that nobody has.
        self.core.store.close();
        drop(home);
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.release();
    }
}

fn settings(builder: Builder, exports: PathBuf) -> Settings {
    Settings {
        guard: Guard::new(builder.address, &builder.hosts),
        credentials: builder.credentials,
        organizations: builder.organizations,
        token_lifetime: builder.token_lifetime,
        pace: builder.pace,
        sample: Sample { seed: builder.seed, count: builder.profiles },
        files_per_page: builder.files_per_page,
        exports,
    }
}

fn unusable(error: &StoreError) -> EmulatorError {
    EmulatorError::Records(error.to_string())
}

fn broken() -> Answer {
    emulator(500, "Broken", "the emulator broke while answering; this is a fault of its own")
}
