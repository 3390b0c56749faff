//! How a wait ends without a success.

use std::fmt;
use std::time::Duration;

use aep_export_model::ExportJob;

use super::{Job, WaitErrorKind};
use crate::{Error, Reply};

/// A wait that ended without a success. A job that failed is not a request that failed: see
/// [`kind`](Self::kind).
#[derive(Debug)]
pub struct WaitError<J: Job = ExportJob>(Box<Inner<J>>);

#[derive(Debug)]
struct Inner<J: Job> {
    kind: WaitErrorKind,
    id: J::Id,
    elapsed: Duration,
    last_seen: Option<Reply<J>>,
    cause: Option<Error>,
}

impl<J: Job> WaitError<J> {
    pub(super) fn new(
        kind: WaitErrorKind,
        id: J::Id,
        elapsed: Duration,
        last_seen: Option<Reply<J>>,
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
    pub fn job_id(&self) -> &J::Id {
        &self.0.id
    }

    /// The job as it was last seen, if it ever was.
    pub fn job(&self) -> Option<&Reply<J>> {
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
        let reported = self.job()?.value().errors().first()?;
        let words: Vec<_> =
            [&reported.code, &reported.message].into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl<J: Job> fmt::Display for WaitError<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (noun, id) = (J::NOUN, &self.0.id);
        match self.0.kind {
            WaitErrorKind::JobFailed => match self.reported() {
                Some(reported) => write!(f, "{noun} {id} failed: {reported}"),
                None => write!(f, "{noun} {id} failed and reports no error"),
            },
            WaitErrorKind::JobCancelled => write!(f, "{noun} {id} was cancelled"),
            WaitErrorKind::Gone => write!(f, "there is no {noun} {id}"),
            WaitErrorKind::TimedOut => {
                let seconds = self.0.elapsed.as_secs_f64();
                match self.job().and_then(|job| job.value().status()) {
                    Some(status) => {
                        write!(f, "{noun} {id} is still {status} after {seconds:.0} s")
                    }
                    None => write!(f, "nothing was heard of {noun} {id} for {seconds:.0} s"),
                }
            }
            WaitErrorKind::Request => write!(f, "{noun} {id} could not be looked at"),
        }
    }
}

impl<J: Job> std::error::Error for WaitError<J> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error().map(|error| error as _)
    }
}
