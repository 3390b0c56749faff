//! One export, from the stored request to files in their place and the outcome in the records.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Works;
use super::check::problems;
use super::profiles::NoProfiles;
use crate::clock::millis;
use crate::engine::profiles::Profiles;
use crate::engine::{self, ExportError, ExportOptions, ExportRequest, Exported, Progress};
use crate::home::Home;
use crate::records::{JobError, JobRecord, Outcome, StoreError, Work, WrittenBatch, WrittenFile};

/// How often a job's work is begun by processes that end in the middle of it. More of them would
/// end as well.
const ATTEMPTS: u32 = 3;

impl Works {
    /// Does a job's export, unless it is over or `stop` is set. Whatever happens ends in the
    /// records; when they cannot be used any more the job stays unfinished.
    pub(super) fn run(&self, id: u64, stop: &AtomicBool, home: &Home) {
        match self.try_run(id, stop, home) {
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => tracing::error!(job = id, %error, "an export could not be recorded"),
        }
    }

    fn try_run(&self, id: u64, stop: &AtomicBool, home: &Home) -> Result<(), StoreError> {
        // First the flag, then the record: a DELETE writes them in the other order.
        if stop.load(Ordering::SeqCst) {
            return self.cancelled_if_asked(id);
        }
        let Some(job) = self.store.job(id)? else { return Ok(()) };
        if job.cancel.is_some() {
            return self.cancelled(id);
        }
        if job.outcome.is_some() {
            return Ok(());
        }
        if job.attempts >= ATTEMPTS {
            let message = format!("Job aborted: the process ended {ATTEMPTS} times in its work.");
            return self.failed(id, vec![error("unknown", &message)]);
        }
        self.begin(&job)?;
        let request = match ExportRequest::parse(job.request.to_string().as_bytes()) {
            Ok(request) => request,
            Err(bad) => return self.failed(id, vec![error("unknown", &bad.to_string())]),
        };
        let dataset = self.store.dataset(&job.tenant, &job.dataset_id)?;
        let audiences = self.store.audiences(&job.tenant)?;
        let problems = problems(&job, &request, dataset.as_ref(), &audiences);
        if !problems.is_empty() {
            return self.failed(id, problems);
        }
        let scratch = home.scratch().join(id.to_string());
        let exported = match self.profiles_of(&job, home, stop) {
            Ok(profiles) => self.export(&job, &request, &profiles, &scratch, stop),
            Err(NoProfiles::Export(error)) => Err(error),
            Err(NoProfiles::Records(error)) => return Err(error),
        };
        let recorded = match exported {
            Ok(exported) => match keep(home, &scratch, &exported) {
                Ok(()) => self.written(id, &scratch, exported),
                Err(failure) => self.failed(id, vec![error("0090000009", &failure.to_string())]),
            },
            Err(ExportError::Cancelled) => self.cancelled_if_asked(id),
            Err(failure) => {
                let entry = error(failure.code(), &failure.message());
                self.failed(id, vec![entry])
            }
        };
        // What was put in place is not here any more; the rest is of no use.
        let _ = fs::remove_dir_all(&scratch);
        recorded
    }

    fn export(
        &self,
        job: &JobRecord,
        request: &ExportRequest,
        profiles: &Profiles,
        scratch: &Path,
        stop: &AtomicBool,
    ) -> Result<Exported, ExportError> {
        let writing_failed = |error: io::Error| ExportError::Write(error.to_string());
        fs::create_dir_all(scratch).map_err(writing_failed)?;
        let options = ExportOptions { seed: job.id, ..ExportOptions::default() };
        let mut is_writing = false;
        let mut progress = |progress: Progress| {
            if matches!(progress, Progress::WritingDataset { .. }) && !is_writing {
                is_writing = true;
                if self.note_writing(job).is_err() {
                    return ControlFlow::Break(());
                }
            }
            if stop.load(Ordering::SeqCst) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        engine::export(request, profiles, scratch, &options, &mut progress)
    }

    /// Notes that the work begins, before anything of it is done: should it end this process, the
    /// next one knows.
    fn begin(&self, job: &JobRecord) -> Result<(), StoreError> {
        let now = self.moment(job);
        self.store.update_job(job.id, |job| {
            job.attempts = job.attempts.saturating_add(1);
            job.work = Work { reading: job.work.reading.or(now), writing: None };
        })?;
        Ok(())
    }

    fn note_writing(&self, job: &JobRecord) -> Result<(), StoreError> {
        let Some(now) = self.moment(job) else { return Ok(()) };
        self.store.update_job(job.id, |job| job.work.writing = Some(now))?;
        Ok(())
    }

    /// When a phase of this job really begins; of no interest to a planned job, which goes by its
    /// plan.
    fn moment(&self, job: &JobRecord) -> Option<i64> {
        job.plan.is_none().then(|| millis(self.clock.now()))
    }

    /// Puts the files in their place, then says so: killed in between, the job is done again.
    fn written(&self, id: u64, scratch: &Path, exported: Exported) -> Result<(), StoreError> {
        let place = self.exports.join(id.to_string());
        let moved = self.store.while_open(|| {
            if place.exists() {
                fs::remove_dir_all(&place)?;
            }
            fs::rename(scratch, &place)?;
            sync_folder(&self.exports)
        })?;
        if let Err(failure) = moved {
            return self.failed(id, vec![error("0090000009", &failure.to_string())]);
        }
        let ended = millis(self.clock.now());
        let outcome = Outcome::Written {
            ended,
            profiles: exported.profiles,
            batches: exported.batches.into_iter().map(written_batch).collect(),
        };
        self.outcome(id, outcome)
    }

    fn failed(&self, id: u64, errors: Vec<JobError>) -> Result<(), StoreError> {
        let ended = millis(self.clock.now());
        self.outcome(id, Outcome::Failed { ended, errors })
    }

    /// Records an outcome, unless the job was cancelled meanwhile.
    fn outcome(&self, id: u64, outcome: Outcome) -> Result<(), StoreError> {
        let mut cancelled = false;
        self.store.update_job(id, |job| {
            if job.cancel.is_some() {
                cancelled = true;
            } else {
                job.outcome = Some(outcome);
            }
        })?;
        if cancelled { self.cancelled(id) } else { Ok(()) }
    }

    fn cancelled_if_asked(&self, id: u64) -> Result<(), StoreError> {
        match self.store.job(id)? {
            Some(job) if job.cancel.is_some() => self.cancelled(id),
            // The process is ending: the next one takes the job up.
            _ => self.store.put_down(&[id]),
        }
    }

    /// Records that a cancelled job's work has stopped, and throws away what it wrote.
    pub(super) fn cancelled(&self, id: u64) -> Result<(), StoreError> {
        let now = millis(self.clock.now());
        self.store.update_job(id, |job| {
            if let Some(cancel) = &mut job.cancel {
                let done = cancel.done.unwrap_or(now.max(cancel.asked));
                cancel.done = Some(done);
            }
        })?;
        self.store.while_open(|| {
            let _ = fs::remove_dir_all(self.exports.join(id.to_string()));
        })
    }

    /// The export broke off by a fault of this program.
    pub(super) fn give_up(&self, id: u64) {
        tracing::error!(job = id, "an export panicked");
        let _ = self.failed(id, vec![error("unknown", "Job aborted.")]);
    }
}

/// Sees that the files are on the disk before the records tell of them, which are: after a power
/// failure nothing is told of that is not there. Nothing of a temporary store outlives it.
fn keep(home: &Home, scratch: &Path, exported: &Exported) -> io::Result<()> {
    if home.records.is_none() {
        return Ok(());
    }
    for (place, batch) in exported.batches.iter().enumerate() {
        let folder = scratch.join(place.to_string());
        for file in &batch.files {
            fs::OpenOptions::new().write(true).open(folder.join(&file.name))?.sync_all()?;
        }
        sync_folder(&folder)?;
    }
    sync_folder(scratch)
}

/// The names in a folder; only Unix lets a folder be opened for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn written_batch(batch: engine::ExportedBatch) -> WrittenBatch {
    let files = batch.files.into_iter();
    WrittenBatch {
        rows: batch.rows,
        by_namespace: batch.profiles_by_namespace,
        files: files
            .map(|file| WrittenFile { name: file.name, bytes: file.bytes, rows: file.rows })
            .collect(),
    }
}

/// An entry of `errors[]`. Its call stack says where it really comes from.
pub(super) fn error(code: &str, message: &str) -> JobError {
    JobError {
        code: code.to_owned(),
        message: message.to_owned(),
        call_stack: "aep_export_emulator::engine::export".to_owned(),
    }
}
