//! How an emulator is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::error::EmulatorError;
use crate::faults::Fault;
use crate::pace::Pace;
use crate::server::Emulator;
use crate::service::Service;

/// Settings of an emulator; made by [`Emulator::builder`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), aep_export_emulator::EmulatorError> {
/// use aep_export_emulator::{Emulator, ManualClock, Pace};
/// use std::sync::Arc;
///
/// let clock = Arc::new(ManualClock::default());
/// let service = Emulator::builder()
///     .profiles(100)
///     .clock(clock.clone())
///     .pace(Pace::instant())
///     .open() // no socket: only the router
///     .await?;
/// let router: axum::Router = service.router();
/// # drop(router);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started or opened"]
pub struct Builder {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) address: SocketAddr,
    pub(crate) hosts: Vec<String>,
    pub(crate) profiles: u64,
    pub(crate) seed: u64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pace: Pace,
    pub(crate) holder: String,
    pub(crate) patience: Duration,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) organizations: Vec<String>,
    pub(crate) token_lifetime: Duration,
    pub(crate) faults: Vec<Fault>,
    pub(crate) files_per_page: u64,
}

/// The one client that is let in, when there is one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            data_dir: None,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            hosts: Vec::new(),
            profiles: 10_000,
            seed: 1,
            clock: Arc::new(SystemClock),
            pace: Pace::default(),
            holder: format!("process {}", std::process::id()),
            patience: Duration::from_secs(10),
            credentials: None,
            organizations: Vec::new(),
            token_lifetime: Duration::from_secs(86_399),
            faults: Vec::new(),
            files_per_page: 100,
        }
    }
}

impl Builder {
    /// Where records and files are kept. Without it they live in a temporary folder that goes
    /// with the emulator.
    pub fn data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(dir.into());
        self
    }

    /// The address to listen on; `127.0.0.1:0` (any free port) unless told otherwise.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// One more name that requests may carry in `Host`, without a port: the emulator's name in a
    /// container network, for example. Loopback names and the bound address always may.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Size of the sample set; 10,000 profiles unless told otherwise.
    pub fn profiles(mut self, count: u64) -> Self {
        self.profiles = count;
        self
    }

    /// What the sample set grows from, and the chance of faults: the same seed and size give the
    /// same profiles, and the same requests meet the same faults.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The clock; the real one unless told otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long jobs take; [`Pace::AsWork`] unless told otherwise. Jobs keep the pace they were
    /// created with.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// What others are told while this emulator holds the store: `run (process 123)`.
    pub fn holder(mut self, who: impl Into<String>) -> Self {
        self.holder = who.into();
        self
    }

    /// How long to wait for a store that somebody else holds; 10 s unless told otherwise.
    pub fn wait_for_store(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Lets in this client only; without it every client id and secret is accepted. They are kept
    /// in memory, never stored or logged.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials = Some(Credentials { client_id: id.into(), client_secret: secret.into() });
        self
    }

    /// Provisions this organisation; others are refused with 403025. May be given several times.
    /// Without it every well-formed organisation is provisioned.
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.organizations.push(id.into());
        self
    }

    /// How long tokens are valid; 86,399 s unless told otherwise.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// How many entries a page of files has at most: 1 to 100, and 100 (documented) unless told
    /// otherwise. With few of them a small export is listed as a large one is, in many pages.
    pub fn files_per_page(mut self, most: u64) -> Self {
        self.files_per_page = most.clamp(1, 100);
        self
    }

    /// A fault that is in force from the start. May be given several times; the order counts.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Opens the store and listens. Needs a tokio runtime.
    ///
    /// # Errors
    /// The store is held by somebody else, cannot be used, the address cannot be bound, or a fault
    /// is not valid.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        Emulator::start(self).await
    }

    /// Opens the store without listening: the emulator as a router only. Needs a tokio runtime.
    ///
    /// # Errors
    /// The store is held by somebody else or cannot be used, or a fault is not valid.
    pub async fn open(self) -> Result<Service, EmulatorError> {
        Service::open(self).await
    }
}
