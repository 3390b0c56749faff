//! How a wait ends without a success.

use std::fmt;
use std::time::Duration;

use aep_export_model::{ExportJob, JobId};

use super::WaitErrorKind;
use crate::{Error, Reply};

/// A wait that ended without a success. A job that failed is not a request that failed: see
/// [`kind`](Self::kind).
#[derive(Debug)]
pub struct WaitError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: WaitErrorKind,
    id: JobId,
    elapsed: Duration,
    last_seen: Option<Reply<ExportJob>>,
    cause: Option<Error>,
}

impl WaitError {
    pub(super) fn new(
        kind: WaitErrorKind,
        id: JobId,
        elapsed: Duration,
        last_seen: Option<Reply<ExportJob>>,
    ) -> Self {
        Self(Box::new(Inner { kind, id, elapsed, last_seen, cause: None }))
    }

    pub(super) fn because(mut self, cause: Error) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// Why the wait ended.
    pub fn kind(&self) -> WaitErrorKind {
        self.0.kind
    }

    /// The job that was waited for.
    pub fn job_id(&self) -> &JobId {
        &self.0.id
    }

    /// The job as it was last seen, if it ever was.
    pub fn job(&self) -> Option<&Reply<ExportJob>> {
        self.0.last_seen.as_ref()
    }

    /// The error of the last request, where a request ended the wait.
    pub fn error(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }

    /// How long was waited.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Code and message of the first error that the job itself reports.
    fn reported(&self) -> Option<String> {
        let reported = self.job()?.errors.first()?;
        let words: Vec<_> =
            [&reported.code, &reported.message].into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.0.id;
        match self.0.kind {
            WaitErrorKind::JobFailed => match self.reported() {
                Some(reported) => write!(f, "export job {id} failed: {reported}"),
                None => write!(f, "export job {id} failed and reports no error"),
            },
            WaitErrorKind::JobCancelled => write!(f, "export job {id} was cancelled"),
            WaitErrorKind::Gone => write!(f, "there is no export job {id}"),
            WaitErrorKind::TimedOut => {
                let seconds = self.0.elapsed.as_secs_f64();
                match self.job().and_then(|job| job.status.as_ref()) {
                    Some(status) => {
                        write!(f, "export job {id} is still {status} after {seconds:.0} s")
                    }
                    None => write!(f, "nothing was heard of export job {id} for {seconds:.0} s"),
                }
            }
            WaitErrorKind::Request => write!(f, "export job {id} could not be looked at"),
        }
    }
}

impl std::error::Error for WaitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error().map(|error| error as _)
    }
}
