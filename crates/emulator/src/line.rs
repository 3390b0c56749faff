//! Connections that can be made to break.
//!
//! Between axum and each connection stands a [`LineIo`], and the handler of a request gets its
//! [`Line`] with it. Both live on the connection's own task, so what one notes the other finds.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures_util::future::poll_fn;
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A listener whose connections can be made to break.
#[derive(Debug)]
pub(crate) struct Lines(pub(crate) TcpListener);

/// What the handler of a request knows of its connection. Clones are the same connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<State>);

#[derive(Debug, Default)]
struct State {
    reset: AtomicBool,
    /// How often everything written so far had gone out.
    flushes: AtomicU64,
    waker: AtomicWaker,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct LineIo {
    stream: TcpStream,
    line: Line,
}

impl Line {
    /// Resets the connection: nothing more goes out, and the client sees RST.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::SeqCst);
    }

    /// Completes once everything that has been written by now has gone out.
    pub(crate) async fn flushed(&self) {
        let before = self.0.flushes.load(Ordering::SeqCst);
        poll_fn(|context| {
            self.0.waker.register(context.waker());
            if self.0.flushes.load(Ordering::SeqCst) > before {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn check(&self) -> io::Result<()> {
        if self.0.reset.load(Ordering::SeqCst) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl Listener for Lines {
    type Io = LineIo;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (LineIo, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (LineIo { stream, line: Line::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line.clone()
    }
}

impl Drop for LineIo {
    fn drop(&mut self) {
        if self.line.check().is_err() {
            // With no time to linger the system sends RST in place of FIN.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for LineIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for LineIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called by the HTTP library when it holds nothing back any more.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.check()?;
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.line.0.flushes.fetch_add(1, Ordering::SeqCst);
            self.line.0.waker.wake();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Of a connection that is to be reset the client must not see an orderly end.
        self.line.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
