//! Ctrl-C and SIGTERM.

use std::future::pending;
use std::io;

/// What the process was told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    Terminate,
}

/// The signals of this process, from the moment it was made.
pub(crate) struct Signals {
    #[cfg(unix)]
    listening: Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
    #[cfg(not(unix))]
    listening: bool,
}

impl Signals {
    /// Listens, or not at all. Needs the runtime.
    #[cfg(unix)]
    pub(crate) fn new(listen: bool) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listening = if listen {
            Some((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
        } else {
            None
        };
        Ok(Self { listening })
    }

    /// Listens, or not at all. Needs the runtime.
    #[cfg(not(unix))]
    pub(crate) fn new(listen: bool) -> io::Result<Self> {
        Ok(Self { listening: listen })
    }

    /// The next signal.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> Signal {
        let Some((interrupt, terminate)) = &mut self.listening else { return pending().await };
        tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        }
    }

    /// The next signal.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> Signal {
        if self.listening && tokio::signal::ctrl_c().await.is_ok() {
            return Signal::Interrupt;
        }
        pending().await
    }
}
