//! What follows from something that was waited for.

use std::path::PathBuf;
use std::sync::Arc;

use http::{Response, StatusCode};

use aep_export_transport::{Body, TransportError, TransportErrorKind};

use super::{Happened, Schedule};
use crate::download::active::{Active, Phase, Use};
use crate::download::done::{DownloadedFile, Failure};
use crate::download::event::{DownloadEvent, PlannedFile};
use crate::download::part::{Finished, Opened, checkpoint};
use crate::download::plan::{self, Speed};
use crate::download::transfer::{self, Asked, Came, End, Fetch, Sink};
use crate::download::worker::Reply;
use crate::{Error, ErrorKind, OpenFile};

/// So many bytes are written at once, where the file is not small.
const GATHER: u64 = 256 * 1024;
/// Bytes that are worth having: an answer that brings fewer before it breaks is no progress.
const PROGRESS: u64 = 64 * 1024;
impl Schedule {
    pub(super) fn take_in(&mut self, happened: Happened) {
        let (file, fetch) = match &happened {
            Happened::Opened { file, .. }
            | Happened::Finished { file, .. }
            | Happened::Left { file } => (*file, None),
            Happened::Answered { fetch, .. } | Happened::Read { fetch, .. } => {
                (fetch.file, Some(fetch.id))
            }
            Happened::Aborted { file, fetch } => (*file, Some(*fetch)),
        };
        if let Some(fetch) = fetch {
            self.busy -= 1;
            if let Some(active) = self.active.get_mut(&file) {
                active.ended(fetch);
            }
        }
        self.happened(happened);
        self.settle(file);
    }

    fn happened(&mut self, happened: Happened) {
        match happened {
            Happened::Opened { file, opened } => self.opened(file, opened),
            Happened::Answered { fetch, answer } => self.answered(fetch, *answer),
            Happened::Read { fetch, came, ended } => self.read(fetch, came, ended),
            Happened::Aborted { .. } | Happened::Left { .. } => {}
            Happened::Finished { file, finished } => self.finished(file, finished),
        }
    }

    fn opened(&mut self, file: usize, opened: Result<Opened, Error>) {
        let Some(active) = self.active.get_mut(&file) else { return };
        match opened {
            Ok(Opened::Whole(finished)) => self.done(file, finished, true),
            Ok(opened) => {
                let had = active.opened(&opened);
                let file = Arc::clone(&active.planned);
                self.events.tell(DownloadEvent::Started { file, had });
            }
            Err(error) => self.fail(file, error),
        }
    }

    fn answered(&mut self, fetch: Fetch, answer: Result<Response<Body>, Error>) {
        let Some(active) = self.active.get_mut(&fetch.file) else { return };
        if matches!(active.phase, Phase::Again | Phase::Failed) {
            return;
        }
        let response = match answer {
            Ok(response) => response,
            // It may know why when it is asked for the whole.
            Err(error) if is_refused_part(&error) && active.refused_part() => {
                return self.again(fetch.file, "the service refuses a part of it");
            }
            Err(error) => return self.fail(fetch.file, error),
        };
        match active.answered(&fetch, response.status(), response.headers()) {
            Use::Again(why) => self.again(fetch.file, &why),
            Use::Retry(why) => {
                let came = match fetch.asked {
                    Asked::Whole => Came { from: 0, end: None, upto: 0 },
                    Asked::Part(asked) => {
                        Came { from: asked.start, end: Some(asked.end), upto: asked.start }
                    }
                };
                let error = TransportError::new(TransportErrorKind::Body, why);
                self.broken(fetch, came, error, |_, error| Error::corrupt(error.to_string()));
            }
            Use::Fail(error) => self.wrong(fetch.file, error),
            Use::Read { at, end, begin } => {
                let begun = begin.map(|state| active.worker.begin(state));
                let sink = self.sink(fetch.file, begun);
                let Some(sink) = sink else { return };
                self.connect(fetch.file, fetch.id, async move {
                    let (came, ended) = transfer::read(response.into_body(), at, end, sink).await;
                    Happened::Read { fetch, came, ended }
                });
            }
        }
    }

    fn sink(&self, file: usize, begun: Option<Reply<()>>) -> Option<Sink> {
        let active = self.active.get(&file)?;
        Some(Sink {
            file: Arc::clone(&active.planned),
            worker: Arc::clone(&active.worker),
            events: self.events.clone(),
            gather: GATHER.min(checkpoint(active.planned.file.length)),
            begun,
            to_the_end: active.phase == Phase::Whole,
        })
    }

    fn read(&mut self, fetch: Fetch, came: Came, ended: End) {
        let took = self.client.clock().elapsed().saturating_sub(fetch.since);
        self.speed = Speed::seen(self.speed, came.bytes(), took);
        let Some(active) = self.active.get_mut(&fetch.file) else { return };
        if matches!(active.phase, Phase::Again | Phase::Failed) {
            return;
        }
        match (ended, came.end) {
            (End::Enough, _) | (End::Ended, None) => {}
            (End::More, end) => {
                let (name, end) = (&active.planned.file.name, end.unwrap_or_default());
                let sentence =
                    format!("{name} has more than the {end} bytes that the service lists");
                self.wrong(fetch.file, Error::corrupt(sentence));
            }
            (End::Ended, Some(end)) => {
                let (bytes, wanted) = (came.bytes(), end.saturating_sub(came.from));
                let short = format!("the answer ended after {bytes} of {wanted} bytes");
                let error = TransportError::new(TransportErrorKind::Body, short);
                let told = |file: &PlannedFile, error: TransportError| {
                    // HTTP says that it is whole, and it is not.
                    Error::corrupt(format!("{}: {error}", file.file.name))
                };
                self.broken(fetch, came, error, told);
            }
            (End::Broken(error), _) => self.broken(fetch, came, error, why_broken),
            (End::Refused(error), _) => self.fail(fetch.file, error),
        }
    }

    /// Asks for the rest of an answer that broke, if that may help; `told` makes the error that it
    /// is otherwise.
    fn broken(
        &mut self,
        mut fetch: Fetch,
        came: Came,
        error: TransportError,
        told: impl FnOnce(&PlannedFile, TransportError) -> Error,
    ) {
        let share = self.share();
        let Some(active) = self.active.get_mut(&fetch.file) else { return };
        let whole = active.must_begin_again();
        let progress = !whole && came.bytes() >= PROGRESS;
        let now = self.client.clock().elapsed();
        let Ok(wait) = fetch.retries.after(&error, progress, now) else {
            let error = told(&active.planned, error);
            return self.fail(fetch.file, error);
        };
        let (file, why) = (Arc::clone(&active.planned), error.to_string());
        if whole {
            active.anew();
            self.events.tell(DownloadEvent::StartedAgain { file, why });
        } else {
            active.give_back(came.upto, came.end.unwrap_or(came.upto));
            self.events.tell(DownloadEvent::Retrying { file, why, wait });
        }
        // The speed that was just seen may ask for less at once.
        let size = plan::size(active.open(), share, self.speed);
        let Some(asked) = active.take(size) else { return };
        let id = self.next_id();
        self.ask(Fetch { asked, id, ..fetch }, wait);
    }

    fn again(&mut self, file: usize, why: &str) {
        let Some(active) = self.active.get_mut(&file) else { return };
        if !active.again() {
            let name = &active.planned.file.name;
            let error = Error::corrupt(format!("{name} cannot be fetched in one state: {why}"));
            return self.wrong(file, error);
        }
        let (file, why) = (Arc::clone(&active.planned), why.to_owned());
        self.events.tell(DownloadEvent::StartedAgain { file, why });
    }

    /// Does what follows once a file has no request on its way.
    fn settle(&mut self, file: usize) {
        let Some(active) = self.active.get_mut(&file) else { return };
        if active.fetching() > 0 {
            return;
        }
        match active.phase {
            Phase::Failed => drop(self.leave(file)),
            Phase::Again => active.anew(),
            _ if active.is_complete() => {
                active.phase = Phase::Finishing;
                let begun = active.is_untouched().then(|| active.worker.begin(None));
                let finished = active.worker.finish();
                self.happens(async move {
                    let begun = match begun {
                        Some(begun) => begun.wait().await,
                        None => Ok(()),
                    };
                    let finished = match begun {
                        Ok(()) => finished.wait().await,
                        Err(error) => Err(error),
                    };
                    Happened::Finished { file, finished }
                });
            }
            _ => {}
        }
    }

    fn finished(&mut self, file: usize, finished: Result<Finished, Error>) {
        match finished {
            Ok(finished) => self.done(file, finished, false),
            Err(error) => self.fail(file, error),
        }
    }

    /// Nothing more is to be done for a file.
    fn leave(&mut self, file: usize) -> Option<(Arc<PlannedFile>, PathBuf)> {
        let Active { planned, path, worker, .. } = self.active.remove(&file)?;
        // No request of the file is on its way any more, so nobody else has it.
        if let Some(worker) = Arc::into_inner(worker) {
            self.happens(async move {
                worker.leave().await;
                Happened::Left { file }
            });
        }
        Some((planned, path))
    }

    fn done(&mut self, file: usize, finished: Finished, kept: bool) {
        let Some((planned, path)) = self.leave(file) else { return };
        let Finished { bytes, rows, sha256 } = finished;
        let file = Arc::new(DownloadedFile { planned, path, bytes, rows, sha256, kept });
        self.events.tell(DownloadEvent::Finished { file: Arc::clone(&file) });
        self.outcome.done.push(file);
    }

    /// Gives a file up because what came of it is not it.
    fn wrong(&mut self, file: usize, error: Error) {
        if let Some(active) = self.active.get(&file) {
            active.worker.discard();
        }
        self.fail(file, error);
    }

    /// Gives a file up, and keeps what is there.
    fn fail(&mut self, file: usize, error: Error) {
        let Some(active) = self.active.get_mut(&file) else { return };
        active.fail();
        let planned = Arc::clone(&active.planned);
        self.failed(planned, error);
    }

    pub(super) fn failed(&mut self, planned: Arc<PlannedFile>, error: Error) {
        if concerns_all(&error) {
            self.waiting.clear();
        }
        let (why, kind) = (error.to_string(), error.kind());
        let file = Arc::clone(&planned);
        self.events.tell(DownloadEvent::Failed { file, why, kind });
        self.outcome.failures.push(Failure { file: Some(planned), error });
    }
}

/// The service will not give a part of the file.
fn is_refused_part(error: &Error) -> bool {
    error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE)
}

/// What it means that an answer broke off for good.
fn why_broken(file: &PlannedFile, error: TransportError) -> Error {
    match error.kind() {
        TransportErrorKind::Encoding => {
            Error::corrupt(format!("{}: {error}", file.file.name)).with_source(error)
        }
        _ => Error::from_transport(error, OpenFile::INFO),
    }
}

/// Whether the files that still wait would come to the same end.
fn concerns_all(error: &Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};

    let cause = std::error::Error::source(error);
    let disk = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>());
    let full = disk.is_some_and(|disk| {
        matches!(disk.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
    });
    full || matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Permission)
}
