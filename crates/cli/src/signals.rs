//! Ctrl-C and SIGTERM.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[cfg(unix)]
use crate::exit::Exit;

/// What the process was told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Terminate,
}

/// Makes a signal end this process at once while `busy` is set: nothing listens then.
///
/// # Errors
/// The system does not allow to listen.
#[cfg(unix)]
pub(crate) fn end_at_once_while(busy: &Arc<AtomicBool>) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::register_conditional_shutdown;

    for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
        register_conditional_shutdown(signal, exit.code().into(), Arc::clone(busy))?;
    }
    Ok(())
}

/// Elsewhere the system ends a process that does not listen.
#[cfg(not(unix))]
pub(crate) fn end_at_once_while(_: &Arc<AtomicBool>) -> io::Result<()> {
    Ok(())
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
