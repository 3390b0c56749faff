//! Files to a folder: many at once and each in parts, checked, taken up again where they broke off.
//!
//! From the outside in: [`Downloader`] says what goes where, `prepare` finds out what that is,
//! `schedule` decides what comes next, `transfer` makes one request, `worker` is the thread that
//! works on one file, and `part` is the file on its way. `plan`, `answer`, `active` and `journal`
//! decide without doing anything themselves.

mod active;
mod answer;
mod digest;
mod digesting;
mod done;
mod elsewhere;
mod event;
mod extent;
mod journal;
mod manifest;
mod parquet_file;
mod part;
mod plan;
mod positioned;
mod prepare;
mod rows;
mod schedule;
mod stop;
mod transfer;
mod validator;
mod verify;
mod worker;

use std::fmt;
use std::future::{IntoFuture, ready};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aep_export_model::{BatchId, ExportJob, JobId};
use futures_channel::mpsc::UnboundedReceiver;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};

pub use self::done::{DownloadError, Downloaded, DownloadedFile, Failure};
use self::elsewhere::{Elsewhere, Sorted};
use self::event::Events;
pub use self::event::{DownloadEvent, PlannedFile};
pub use self::manifest::{Manifest, ManifestBatch, ManifestFile};
use self::prepare::Wanted;
use self::schedule::{Outcome, Schedule};
pub use self::verify::{Difference, DifferenceKind, Verified};
use crate::folder::Folder;
use crate::plain_name::PlainName;
use crate::{Client, Error, ExportFile, Files};

/// Says what to download, and how; from [`Files::downloader`].
///
/// # Example
/// ```no_run
/// # async fn example(client: &aep_export_api::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use aep_export_api::DownloadEvent;
/// use futures_util::StreamExt;
///
/// let job = client.export_jobs().wait(&"42".into()).await?;
/// let mut download = client.files().downloader().job(&job).to("gold");
/// while let Some(event) = download.next().await {
///     if let DownloadEvent::Finished { file } = event {
///         println!("{} {} bytes", file.path.display(), file.bytes);
///     }
/// }
/// let downloaded = download.await?;
/// println!("{} files", downloaded.files.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Downloader {
    client: Client,
    wanted: Wanted,
    job: Option<JobId>,
    connections: NonZeroUsize,
    sha256: bool,
    elsewhere: Elsewhere,
}

impl Files<'_> {
    /// Starts to say what is to be downloaded.
    pub fn downloader(&self) -> Downloader {
        Downloader {
            client: self.client().clone(),
            wanted: Wanted::default(),
            job: None,
            connections: Downloader::CONNECTIONS,
            sha256: true,
            elsewhere: Elsewhere::default(),
        }
    }
}

impl Downloader {
    /// How many connections are used unless something else is said: 8.
    pub const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(8).unwrap();

    /// Everything that this job wrote.
    pub fn job(self, job: &ExportJob) -> Self {
        let batches = job.batch_ids().into_iter().cloned();
        Self { job: job.id.clone(), ..self }.batches(batches)
    }

    /// The files of these batches, each batch in a folder of its own.
    pub fn batches(mut self, batches: impl IntoIterator<Item = BatchId>) -> Self {
        for batch in batches {
            if !self.wanted.batches.contains(&batch) {
                self.wanted.batches.push(batch);
            }
        }
        self
    }

    /// These files, in the target folder itself.
    pub fn files(mut self, files: impl IntoIterator<Item = ExportFile>) -> Self {
        self.wanted.files.extend(files);
        self
    }

    /// At most so many connections at once, over all files and parts of files.
    pub fn connections(self, connections: NonZeroUsize) -> Self {
        Self { connections, ..self }
    }

    /// Whether to compute the SHA-256 of each file; usually so. It takes more of a processor than the
    /// download itself, and tells later whether a file is still what was downloaded.
    pub fn sha256(self, compute: bool) -> Self {
        Self { sha256: compute, ..self }
    }

    /// Files that are in another place by now: for who moves each one away once it is whole, and
    /// begins the same download again later.
    ///
    /// One with the length that the service lists, and with a SHA-256 if that is computed, is not
    /// fetched and counts as kept; its rows and its SHA-256 are believed. One with another length is
    /// an error, as it would be in the folder. One without a SHA-256 is fetched, so that the two can be
    /// compared.
    pub fn elsewhere(mut self, files: impl IntoIterator<Item = ManifestFile>) -> Self {
        self.elsewhere.extend(files);
        self
    }

    /// The batches that are to be fetched, each once.
    pub fn batch_ids(&self) -> &[BatchId] {
        &self.wanted.batches
    }

    /// Into this folder, which is made if it is not there. Nothing is done before the [`Download`] is
    /// polled.
    pub fn to(self, dir: impl Into<PathBuf>) -> Download {
        let (events, told) = Events::channel();
        let driver = drive(self, dir.into(), events).boxed();
        Download { state: State::Running(driver), told }
    }
}

/// A download.
///
/// Await it for all files, or read it as a stream of [`DownloadEvent`]s and await it afterwards.
/// The work is done while it is polled, but for what concerns the disk: that is done by threads, so
/// that a slow disk holds up nobody else. It needs no particular runtime.
///
/// - A file stands under its name with `.part` at its end, beside a record of what is there, until it
///   is whole and checked: its length by the service's list; for Parquet the marks at both ends and,
///   with the feature `parquet-check`, the rows of its footer, together with those of the batch's
///   other files, by what the batch reports.
/// - Dropping it stops the work and keeps what is there. The next download of the same files into the
///   same folder takes it up, also after a crash or a loss of power: what the record tells of is
///   believed only if it has its checksum still.
/// - A file that is there already with the listed length is kept. What has the name of a file and is
///   another one is never touched.
/// - Nothing is written outside of the folder, whatever the service calls its batches and files, and
///   no link in it is followed.
/// - One download at a time works in the folder of a batch; another one waits 10 seconds and gives up.
/// - Files of batches are listed in the folder's [`Manifest`] once all files of the batch are there.
///
/// # Errors
/// A [`DownloadError`] with all that went wrong. One file's failure does not end the others'.
#[must_use = "a download does nothing unless it is polled"]
pub struct Download {
    state: State,
    told: UnboundedReceiver<DownloadEvent>,
}

type Result_ = Result<Downloaded, DownloadError>;

enum State {
    Running(BoxFuture<'static, Result_>),
    Ended(Result_),
}

impl Stream for Download {
    type Item = DownloadEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(Some(event)) = this.told.poll_next_unpin(cx) {
            return Poll::Ready(Some(event));
        }
        if let State::Running(driver) = &mut this.state
            && let Poll::Ready(result) = driver.poll_unpin(cx)
        {
            this.state = State::Ended(result);
        }
        // When the work has ended nobody is left to tell anything, and this is the end.
        this.told.poll_next_unpin(cx)
    }
}

impl IntoFuture for Download {
    type Output = Result_;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        match self.state {
            State::Running(driver) => driver,
            State::Ended(result) => ready(result).boxed(),
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = match &self.state {
            State::Running(_) => None,
            State::Ended(result) => Some(result),
        };
        f.debug_struct("Download").field("ended", &ended).finish_non_exhaustive()
    }
}

/// The whole of it.
async fn drive(order: Downloader, dir: PathBuf, events: Events) -> Result_ {
    let Downloader { client, wanted, job, connections, sha256, elsewhere } = order;
    let batches = wanted.batches.clone();
    let planned = prepare::plan(&client, wanted).await.map_err(DownloadError::general)?;
    let reported = rows::reported(&client, &batches).await;
    let Sorted { mut outcome, wanted } = elsewhere.sort(&planned, &dir, sha256);
    let site = prepare::site(&client, dir, &batches, wanted, sha256).await;
    let site = site.map_err(DownloadError::general)?;
    events.tell(DownloadEvent::Planned { files: planned.as_slice().into() });
    outcome.tell(&events);
    let schedule = Schedule::new(client.clone(), connections.get(), events, site.jobs);
    outcome.extend(schedule.run().await);
    let Outcome { done, mut failures } = outcome;
    let (whole, remarks) = rows::whole_batches(&batches, &planned, &done, &reported, &mut failures);
    let whole = whole.into_iter().map(|batch| batch.noted(job.clone())).collect();
    let written = write_down(&client, &site.root, whole).await;
    let (manifest, forgotten) = match written {
        Ok(written) => written,
        Err(error) => {
            failures.push(Failure { file: None, error });
            (None, Vec::new())
        }
    };
    if failures.is_empty() {
        Ok(Downloaded { files: done, manifest, forgotten, remarks })
    } else {
        Err(DownloadError::new(done, failures, planned.len()))
    }
}

/// Adds the batches to the folder's manifest. Gives its place, and the batches that it has forgotten.
async fn write_down(
    client: &Client,
    root: &Arc<Folder>,
    batches: Vec<ManifestBatch>,
) -> Result<(Option<PathBuf>, Vec<BatchId>), Error> {
    if batches.is_empty() {
        return Ok((None, Vec::new()));
    }
    let lock = prepare::lock(client, root).await?;
    let root = Arc::clone(root);
    let writing = worker::aside(move || {
        let mut manifest = Manifest::in_folder(&root)?.unwrap_or_default();
        let is_there = |id: &BatchId| {
            let name = PlainName::of_folder(id.as_str());
            name.is_ok_and(|name| !matches!(root.look(&name), Ok(None)))
        };
        let forgotten = manifest.take_in(batches, is_there);
        manifest.write(&root)?;
        drop(lock);
        Ok((Some(root.path_of(&manifest::NAME)), forgotten))
    })?;
    writing.wait().await
}
