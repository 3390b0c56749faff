//! One request for a part of a file, and its answer's bytes on their way to the disk.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use aep_export_transport::{Body, BodyRetries, TransportError};

use super::event::{DownloadEvent, Events, PlannedFile};
use super::extent::Extent;
use super::validator::Validator;
use super::worker::{Reply, Worker};
use crate::{Client, Error, OpenFile};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    Part(Extent),
}

/// One request on its way.
#[derive(Debug)]
pub(super) struct Fetch {
    /// The place of the file in the download.
    pub(super) file: usize,
    /// Tells requests apart.
    pub(super) id: u64,
    pub(super) asked: Asked,
    pub(super) retries: BodyRetries,
    /// When it was asked for, by the client's clock.
    pub(super) since: Duration,
}

impl Fetch {
    /// The operation that asks for it, if the file is still in this state.
    pub(super) fn operation(&self, file: &PlannedFile, state: Option<&Validator>) -> OpenFile {
        let mut operation = OpenFile::whole(file.file.clone());
        if let Asked::Part(asked) = self.asked {
            operation.range = Some(asked.start..asked.end);
            operation.if_range = state.and_then(Validator::if_range).map(str::to_owned);
        }
        operation
    }
}

/// Asks for it after `wait`.
pub(super) async fn ask(
    client: Client,
    operation: OpenFile,
    wait: Duration,
) -> Result<Response<Body>, Error> {
    if !wait.is_zero() {
        client.clock().sleep(wait).await;
    }
    client.open(&operation).await
}

/// Where the bytes of an answer go.
pub(super) struct Sink {
    pub(super) file: Arc<PlannedFile>,
    pub(super) worker: Arc<Worker>,
    pub(super) events: Events,
    /// So many bytes are written at once.
    pub(super) gather: u64,
    /// Must have succeeded before anything is written.
    pub(super) begun: Option<Reply<()>>,
    /// Whether nothing may follow the bytes that are wanted.
    pub(super) to_the_end: bool,
}

/// How the reading of an answer ended.
#[derive(Debug)]
pub(super) enum End {
    /// Every byte that was wanted is written.
    Enough,
    /// There are more than there should be.
    More,
    /// The answer ended.
    Ended,
    /// The answer broke off.
    Broken(TransportError),
    /// The disk refused.
    Refused(Error),
}

/// What an answer brought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    /// Where its bytes begin in the file.
    pub(super) from: u64,
    /// Where they should end, if that is known.
    pub(super) end: Option<u64>,
    /// Up to which place they are written.
    pub(super) upto: u64,
}

impl Came {
    pub(super) fn bytes(self) -> u64 {
        self.upto.saturating_sub(self.from)
    }
}

/// Writes what the answer brings from `at` on, up to `end` where that is known.
pub(super) async fn read(body: Body, at: u64, end: Option<u64>, sink: Sink) -> (Came, End) {
    let mut writing =
        Writing { sink, written: at, on_its_way: None, at, held: Vec::new(), bytes: 0 };
    let ended = writing.all(body, end).await;
    let came = Came { from: at, end, upto: writing.written };
    (came, ended.unwrap_or_else(End::Refused))
}

/// Whether there is another byte.
async fn goes_on(body: &mut Body) -> bool {
    while let Some(Ok(piece)) = body.chunk().await {
        if !piece.is_empty() {
            return true;
        }
    }
    false
}

/// Gathers pieces, and writes them while the next ones come.
struct Writing {
    sink: Sink,
    /// Everything before this place is on the disk.
    written: u64,
    /// Bytes up to this place are being written.
    on_its_way: Option<(u64, Reply<()>)>,
    /// Where the pieces that are held begin.
    at: u64,
    held: Vec<Bytes>,
    bytes: u64,
}

impl Writing {
    async fn all(&mut self, mut body: Body, end: Option<u64>) -> Result<End, Error> {
        if let Some(begun) = self.sink.begun.take() {
            begun.wait().await?;
        }
        let ended = loop {
            let place = self.at.saturating_add(self.bytes);
            let wanted = end.map_or(u64::MAX, |end| end.saturating_sub(place));
            if wanted == 0 {
                let more = self.sink.to_the_end && goes_on(&mut body).await;
                break if more { End::More } else { End::Enough };
            }
            match body.chunk().await {
                Some(Ok(mut piece)) => {
                    // What was not asked for is not taken.
                    piece.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
                    self.hold(piece).await?;
                }
                Some(Err(error)) => break End::Broken(error),
                None => break End::Ended,
            }
        };
        // The connection is given back, or given up, before the disk is waited for.
        drop(body);
        self.send(true).await?;
        self.wait().await?;
        Ok(ended)
    }

    async fn hold(&mut self, piece: Bytes) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        self.held.push(piece);
        if self.bytes < self.sink.gather { Ok(()) } else { self.send(false).await }
    }

    /// Sends what is held to be written, once what was sent before is.
    async fn send(&mut self, last: bool) -> Result<(), Error> {
        self.wait().await?;
        if self.bytes == 0 {
            return Ok(());
        }
        let pieces = std::mem::take(&mut self.held);
        let reply = self.sink.worker.write(self.at, pieces, last);
        self.at = self.at.saturating_add(std::mem::take(&mut self.bytes));
        self.on_its_way = Some((self.at, reply));
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), Error> {
        let Some((upto, reply)) = self.on_its_way.take() else { return Ok(()) };
        reply.wait().await?;
        let bytes = upto.saturating_sub(self.written);
        self.written = upto;
        let file = Arc::clone(&self.sink.file);
        self.sink.events.tell(DownloadEvent::Progress { file, bytes });
        Ok(())
    }
}
