//! One export, from the stored request to files in their place and the outcome in the records.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Works;
use super::check::problems;
use crate::clock::millis;
use crate::engine::{self, ExportError, ExportOptions, ExportRequest, Exported, Progress, sample};
use crate::home::Home;
use crate::records::{JobError, JobRecord, Outcome, StoreError, WrittenBatch, WrittenFile};

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
        let request = match ExportRequest::parse(job.request.to_string().as_bytes()) {
            Ok(request) => request,
            Err(bad) => return self.failed(id, vec![error("unknown", &bad.to_string())]),
        };
        self.note(&job, |work, now| *work = (work.0.or(Some(now)), None))?;
        let dataset = self.store.dataset(&job.tenant, &job.dataset_id)?;
        let problems = problems(&job, &request, dataset.as_ref());
        if !problems.is_empty() {
            return self.failed(id, problems);
        }
        let scratch = home.scratch().join(id.to_string());
        let exported = self.export(&job, &request, &scratch, stop);
        let recorded = match exported {
            Ok(exported) => self.written(id, &scratch, exported),
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
                if self.note(job, |work, now| work.1 = Some(now)).is_err() {
                    return ControlFlow::Break(());
                }
            }
            if stop.load(Ordering::SeqCst) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        engine::export(request, profiles(job), scratch, &options, &mut progress)
    }

    /// Notes when the phases of a job really began: `(reading, writing)`. A planned job goes by
    /// its plan.
    fn note(
        &self,
        job: &JobRecord,
        change: impl FnOnce(&mut (Option<i64>, Option<i64>), i64),
    ) -> Result<(), StoreError> {
        if job.plan.is_some() {
            return Ok(());
        }
        let now = millis(self.clock.now());
        self.store.update_job(job.id, |job| {
            let mut work = (job.work.reading, job.work.writing);
            change(&mut work, now);
            (job.work.reading, job.work.writing) = work;
        })?;
        Ok(())
    }

    /// Puts the files in their place, then says so: killed in between, the job is done again.
    fn written(&self, id: u64, scratch: &Path, exported: Exported) -> Result<(), StoreError> {
        let place = self.exports.join(id.to_string());
        let moved = self.store.while_open(|| {
            if place.exists() {
                fs::remove_dir_all(&place)?;
            }
            fs::rename(scratch, &place)
        })?;
        if let Err(failure) = moved {
            return self.failed(id, vec![error("0090000009", &failure.to_string())]);
        }
        let ended = millis(self.clock.now());
        let outcome = Outcome::Written {
            ended,
            profiles: exported.profiles,
            profiles_read: exported.profiles_read,
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
            _ => Ok(()),
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

/// The profiles that a job exports. Imported ones will come from a file of the tenant.
fn profiles(job: &JobRecord) -> impl Iterator<Item = io::Result<String>> + use<> {
    sample::profiles(job.sample.seed, job.sample.count).map(Ok)
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
