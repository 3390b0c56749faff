//! Files on their way into the store, several at once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aep_export_api::DownloadedFile;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Semaphore;

use super::store::Store;
use super::upload::{PARTS_AT_ONCE, Uploads};
use crate::failure::Failure;
use crate::transfer::bytes_shown;
use crate::undo::Undo;

/// So many files are sent at once.
const FILES_AT_ONCE: usize = 4;

/// What became of a file.
pub(super) type Sent = (Arc<DownloadedFile>, Result<(), Failure>);

/// The files that are whole, and not all of them in the store.
pub(super) struct Sending {
    uploads: Uploads,
    waiting: VecDeque<Arc<DownloadedFile>>,
    running: FuturesUnordered<BoxFuture<'static, Sent>>,
    /// Bytes that were to be sent so far, and those that have arrived.
    bytes: u64,
    arrived: Arc<AtomicU64>,
}

impl Sending {
    pub(super) fn new(store: Arc<Store>, undo: Undo) -> Self {
        let arrived = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&arrived);
        let uploads = Uploads {
            store,
            undo,
            parts: Arc::new(Semaphore::new(PARTS_AT_ONCE)),
            arrived: Arc::new(move |bytes| {
                count.fetch_add(bytes, Ordering::Relaxed);
            }),
        };
        let (waiting, running) = (VecDeque::new(), FuturesUnordered::new());
        Self { uploads, waiting, running, bytes: 0, arrived }
    }

    pub(super) fn push(&mut self, file: Arc<DownloadedFile>) {
        self.bytes = self.bytes.saturating_add(file.bytes);
        self.waiting.push_back(file);
        self.start();
    }

    /// Nothing more is begun.
    pub(super) fn stop(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The next file that has arrived, or has not.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        let sent = self.running.next().await;
        self.start();
        sent
    }

    /// How far it is.
    pub(super) fn shown(&self) -> String {
        let arrived = bytes_shown(self.arrived.load(Ordering::Relaxed).min(self.bytes));
        let files = self.waiting.len() + self.running.len();
        let plural = if files == 1 { "file" } else { "files" };
        format!("storing  {arrived} of {} fetched, {files} {plural} to go", bytes_shown(self.bytes))
    }

    fn start(&mut self) {
        while self.running.len() < FILES_AT_ONCE {
            let Some(file) = self.waiting.pop_front() else { return };
            let uploads = self.uploads.clone();
            self.running.push(Box::pin(async move {
                let sent = uploads.send(&file).await;
                (file, sent)
            }));
        }
    }
}
