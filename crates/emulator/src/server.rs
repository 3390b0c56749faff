//! The emulator on a socket.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::builder::Builder;
use crate::error::EmulatorError;
use crate::faults::{Fault, Faults, InvalidFault};
use crate::import::{Import, ImportError, Imported};
use crate::journal::SeenRequest;
use crate::line::{Line, Lines};
use crate::service::Service;

/// How long requests under way may go on after [`Emulator::shutdown`].
const GRACE: Duration = Duration::from_secs(2);

/// A running emulator. It stops when it is dropped.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    service: Service,
}

impl Emulator {
    /// Settings to start one with.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn start(builder: Builder) -> Result<Self, EmulatorError> {
        let wanted = builder.address;
        let bind = |source| EmulatorError::Bind { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let service = Service::open(Builder { address, ..builder }).await?;
        let (stop, mut stopped) = watch::channel(false);
        let make = service.router().into_make_service_with_connect_info::<Line>();
        let serving = axum::serve(Lines(listener), make).with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        let server = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the emulator stopped serving");
            }
        });
        tracing::debug!(%address, "the emulator listens");
        Ok(Self { address, stop, server, service })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base address for clients, for AEP and IMS alike: `http://127.0.0.1:PORT`. An emulator
    /// that listens on every address is given as its loopback one.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("http://{address}")
    }

    /// The same service as a router, to be called in process beside the socket.
    pub fn router(&self) -> Router {
        self.service.router()
    }

    /// Puts profiles in the place of those that a sandbox had, or adds to them; see
    /// [`Service::import`].
    ///
    /// # Errors
    /// A line that is no profile, a source that cannot be read, or a store that cannot be used.
    pub async fn import(&self, import: Import) -> Result<Imported, ImportError> {
        self.service.import(import).await
    }

    /// Waits until no export is under way.
    pub async fn settled(&self) {
        self.service.settled().await;
    }

    /// The rules that spoil requests, to be changed and read at any time.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.service.faults()
    }

    /// Puts these rules in the place of all that were there.
    ///
    /// # Errors
    /// A rule is not valid; those that were there stay.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), InvalidFault> {
        self.service.set_faults(faults)
    }

    /// Takes all rules away.
    pub fn clear_faults(&self) {
        self.service.clear_faults();
    }

    /// The last 1,000 requests, oldest first, without those to `/_emulator`: for tests that count
    /// what arrived.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.service.requests()
    }

    /// Forgets the requests so far and counts from 1 again.
    pub fn clear_requests(&self) {
        self.service.clear_requests();
    }

    /// Stops: requests under way may end (for two seconds at most), exports are put down where
    /// they are, to be done by the next process that opens the store. The store is free
    /// afterwards.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        self.service.go();
        let patience = tokio::time::sleep(GRACE);
        tokio::select! {
            _ = &mut self.server => {}
            () = patience => self.server.abort(),
        }
        self.service.close().await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
        self.service.release();
    }
}
