//! What a download tells while it is under way.

use std::sync::Arc;
use std::time::Duration;

use aep_export_model::BatchId;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use super::done::DownloadedFile;
use crate::{ErrorKind, ExportFile};

/// One file of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its place in the download, from 0.
    pub number: usize,
    /// The batch that it belongs to, if it was found as a file of one.
    pub batch: Option<BatchId>,
    /// The file.
    pub file: ExportFile,
}

impl PlannedFile {
    /// Its path below the folder of the download, with `/`.
    pub fn path(&self) -> String {
        match &self.batch {
            Some(batch) => format!("{batch}/{}", self.file.name),
            None => self.file.name.clone(),
        }
    }
}

/// Something that happened to a download.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DownloadEvent {
    /// It is known what is to be fetched. The first event.
    Planned {
        /// Every file.
        files: Arc<[Arc<PlannedFile>]>,
    },
    /// Work on a file has begun.
    Started {
        /// The file.
        file: Arc<PlannedFile>,
        /// How many of its bytes are there from an earlier run.
        had: u64,
    },
    /// Bytes of a file came and are written.
    Progress {
        /// The file.
        file: Arc<PlannedFile>,
        /// How many.
        bytes: u64,
    },
    /// An answer broke off; the rest is asked for again.
    Retrying {
        /// The file.
        file: Arc<PlannedFile>,
        /// What happened.
        why: String,
        /// How long it waits before that.
        wait: Duration,
    },
    /// A file is fetched from its beginning again: it has changed, or the service does not give parts
    /// of it. What was told of its bytes so far does not count any more.
    StartedAgain {
        /// The file.
        file: Arc<PlannedFile>,
        /// Why.
        why: String,
    },
    /// A file is whole, checked, and under its name.
    Finished {
        /// The file and what is known of it.
        file: Arc<DownloadedFile>,
    },
    /// A file could not be fetched. The others go on.
    Failed {
        /// The file.
        file: Arc<PlannedFile>,
        /// Why. The [`DownloadError`](crate::DownloadError) has the whole error.
        why: String,
        /// What kind of error it was.
        kind: ErrorKind,
    },
}

/// Where events go.
#[derive(Debug, Clone)]
pub(super) struct Events(UnboundedSender<DownloadEvent>);

impl Events {
    /// A way for events, and its end.
    pub(super) fn channel() -> (Self, UnboundedReceiver<DownloadEvent>) {
        let (sender, receiver) = unbounded();
        (Self(sender), receiver)
    }

    pub(super) fn tell(&self, event: DownloadEvent) {
        // Nobody may be listening.
        let _ = self.0.unbounded_send(event);
    }
}
