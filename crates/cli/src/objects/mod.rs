//! Downloads into an object store.
//!
//! Every file is first fetched into a folder on this machine, by the same code and with the same checks
//! as any download. Once it is whole it is sent, and removed here. What an object of ours is it says
//! itself, so that a second run, also on another machine, fetches nothing again that is there.

mod clouds;
mod failure;
mod sending;
mod staging;
mod store;
mod upload;
mod verify;
mod wire;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use aep_export_api::{Download, DownloadEvent, DownloadedFile, Downloader, Manifest};
use aep_export_model::BatchId;
use futures_util::StreamExt;

pub(crate) use self::clouds::Clouds;
use self::sending::Sending;
use self::staging::Staging;
pub(crate) use self::store::Store;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::transfer::progress::Progress;
use crate::transfer::{Ended, Fetched, Ticks, finished, say, show};

/// Brings what `downloader` says into the store. Whatever goes wrong, the files that are there come
/// back too.
pub(crate) async fn fetch(
    context: &mut Context,
    downloader: Downloader,
    store: &Arc<Store>,
) -> Fetched {
    match prepared(downloader, store).await {
        Ok(job) => job.run(context).await,
        Err(failure) => (Vec::new(), Err(failure)),
    }
}

async fn prepared(downloader: Downloader, store: &Arc<Store>) -> Result<Job, Failure> {
    let batches = downloader.batch_ids().to_vec();
    let staging = Staging::take(&store.staging, store.address(), &batches)?;
    let there = store.files_of(&batches).await?;
    let is_known = there.iter().filter(|file| file.sha256.is_some());
    let known = is_known.map(|file| file.path.clone()).collect();
    let download = Some(downloader.elsewhere(there).to(staging.folder()));
    let (store, ended) = (Arc::clone(store), Ended::default());
    Ok(Job { store, staging, batches, known, download, done: Vec::new(), ended })
}

/// One download into the store.
struct Job {
    store: Arc<Store>,
    staging: Staging,
    batches: Vec<BatchId>,
    /// Files that are in the store from the beginning.
    known: HashSet<String>,
    /// What fetches them, unless nothing more is to be fetched.
    download: Option<Download>,
    /// Files that are in the store by now.
    done: Vec<Arc<DownloadedFile>>,
    ended: Ended,
}

impl Job {
    async fn run(mut self, context: &mut Context) -> Fetched {
        self.bring(context).await;
        context.talk.wipe();
        self.fetched(context).await;
        match self.noted().await {
            Ok(forgotten) => {
                for batch in forgotten {
                    let address = self.store.address_of(batch.as_str());
                    let what = "is gone, and the manifest has forgotten it";
                    context.talk.note(&format!("{address} {what}"));
                }
            }
            Err(failure) => self.ended.others.push(failure),
        }
        let Self { store, staging, mut done, mut ended, .. } = self;
        done.sort_by_key(|file| file.planned.number);
        ended.done = done.len();
        let placed = |file: Arc<DownloadedFile>| {
            let path = PathBuf::from(store.address_of(&file.planned.path()));
            Arc::new(DownloadedFile { path, ..(*file).clone() })
        };
        let done = done.into_iter().map(placed).collect();
        if ended.is_bad() {
            return (done, Err(ended.told(context)));
        }
        staging.clear();
        (done, Ok(()))
    }

    /// Fetches and sends until nothing is left, or nothing more can be done.
    async fn bring(&mut self, context: &mut Context) {
        let mut sending = Sending::new(Arc::clone(&self.store), context.undo.clone());
        let mut progress = Progress::default();
        let mut ticks = Ticks::new(context);
        let mut fetching = true;
        while fetching || !sending.is_empty() {
            tokio::select! {
                biased;
                () = ticks.next() => show(context, &progress, Some(&sending.shown())),
                Some((file, sent)) = sending.next(), if !sending.is_empty() => match sent {
                    Ok(()) => {
                        finished(context, &file);
                        self.done.push(file);
                    }
                    Err(failure) => {
                        if concerns_all(failure.kind()) {
                            (fetching, self.download) = (false, None);
                            sending.stop();
                        }
                        self.ended.of_files.push(failure);
                    }
                },
                event = next_of(&mut self.download), if fetching => match event {
                    None => fetching = false,
                    Some(event) => {
                        progress.take_in(&event, context.clock.elapsed());
                        self.take_in(context, event, &mut sending);
                    }
                },
            }
        }
    }

    fn take_in(&mut self, context: &mut Context, event: DownloadEvent, sending: &mut Sending) {
        match event {
            DownloadEvent::Planned { files } => self.ended.planned = files.len(),
            DownloadEvent::Finished { file } if self.known.contains(&file.planned.path()) => {
                finished(context, &file);
                self.done.push(file);
            }
            DownloadEvent::Finished { file } => sending.push(file),
            event => say(context, &event),
        }
    }

    /// How the fetching ended.
    async fn fetched(&mut self, context: &mut Context) {
        match self.download.take() {
            // It was given up for a reason that was told.
            None => {}
            Some(download) => match download.await {
                Ok(downloaded) => {
                    for remark in &downloaded.remarks {
                        context.talk.warn(remark);
                    }
                }
                Err(error) => {
                    let Ended { of_files, others, .. } = Ended::of(&error);
                    self.ended.of_files.extend(of_files);
                    self.ended.others.extend(others);
                }
            },
        }
    }

    /// Adds to the manifest in the store those of the batches that are whole there.
    async fn noted(&self) -> Result<Vec<BatchId>, Failure> {
        let manifest = Manifest::read(self.staging.folder())
            .map_err(|error| Failure::of(&error, "read the manifest"))?
            .unwrap_or_default();
        let done: HashSet<String> = self.done.iter().map(|file| file.planned.path()).collect();
        let mut whole = manifest.batches;
        whole.retain(|batch| {
            let is_there = batch.files.iter().all(|file| done.contains(&file.path));
            is_there && self.batches.contains(&batch.batch_id)
        });
        if whole.is_empty() { Ok(Vec::new()) } else { self.store.note(&whole).await }
    }
}

async fn next_of(download: &mut Option<Download>) -> Option<DownloadEvent> {
    download.as_mut()?.next().await
}

/// Whether the files that still wait would come to the same end.
fn concerns_all(kind: Kind) -> bool {
    matches!(kind, Kind::Auth | Kind::Permission | Kind::NotFound | Kind::Network)
}
