//! What the service's errors mean for the program: kind, sentence, hint.

use std::error::Error as _;

use aep_export_api::{Attempts, Error, ErrorKind, WaitError, WaitErrorKind};

use crate::duration;
use crate::failure::{Answered, Failure, Kind};
use crate::follow::Followed;
use crate::hints::{hint, of_failed_job};
use crate::jobs;
use crate::secret::NotTold;

impl Failure {
    /// `error` came up while the program was about to `doing`, as in "cannot get job 7".
    pub(crate) fn of(error: &Error, doing: &str) -> Self {
        // Nothing was done at all, and what is wrong is not the service's matter.
        if let Some(failure) = secret_not_told(error) {
            return failure.clone();
        }
        let mut message = match error.kind() {
            // The input or the data is what is wrong, not what was to be done with it.
            ErrorKind::Invalid | ErrorKind::Corrupt => sentence(error),
            _ => format!("cannot {doing}: {}", sentence(error)),
        };
        let known = [
            error.status().map(|status| format!("HTTP {}", status.as_u16())),
            error.code().map(|code| format!("code {code}")),
            // A transport's own sentence says it already.
            error
                .attempts()
                .filter(|attempts| error.status().is_some() && attempts.made() > 1)
                .map(ToString::to_string)
                .filter(|told| !message.contains(told)),
        ];
        let known: Vec<String> = known.into_iter().flatten().collect();
        if !known.is_empty() {
            message.push_str(&format!(" ({})", known.join(", ")));
        }
        let attempts = error.attempts();
        let failure = Self::new(kind(error), message).answered(Answered {
            http_status: error.status().map(|status| status.as_u16()),
            code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            retryable: error.is_retryable(),
            attempts: attempts.map(Attempts::made),
            elapsed: attempts.map(Attempts::elapsed),
            earlier_request_ids: attempts
                .into_iter()
                .flat_map(Attempts::earlier_request_ids)
                .map(str::to_owned)
                .collect(),
            sent_request_id: attempts.and_then(Attempts::sent_request_id).map(str::to_owned),
        });
        match hint(error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// Waiting for a job ended without a success; `resume` is the command that takes up again.
    pub(crate) fn of_wait<J: Followed>(error: &WaitError<J>, resume: Option<&str>) -> Self {
        let job = J::named(error.job_id());
        let failure = match error.kind() {
            WaitErrorKind::JobFailed => {
                let errors = error.job().map(|job| job.value().errors()).unwrap_or_default();
                let reasons: Vec<String> = errors.iter().map(jobs::explain).collect();
                let reasons = match reasons.is_empty() {
                    true => "the service gives no reason".to_owned(),
                    false => reasons.join("; "),
                };
                let hint = errors.iter().find_map(|error| of_failed_job(error.code.as_deref()?));
                let failure = Self::new(Kind::JobFailed, format!("{job} failed: {reasons}"));
                match hint {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            }
            WaitErrorKind::JobCancelled => {
                Self::new(Kind::JobCancelled, format!("{job} was cancelled"))
            }
            WaitErrorKind::TimedOut if error.job().is_none() && error.error().is_some() => {
                return Self::of_unseen(error, resume);
            }
            WaitErrorKind::TimedOut => {
                let status = error.job().and_then(|job| Some(job.value().status()?.to_string()));
                let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
                let after = match error.elapsed() {
                    elapsed if elapsed.as_millis() < 10 => String::new(),
                    elapsed => format!(" after {}", duration::show(elapsed)),
                };
                Self::new(Kind::Timeout, format!("{job} is not finished{status}{after}"))
                    .take_up_again(resume)
            }
            WaitErrorKind::Gone => match error.error() {
                Some(cause) => Self::of(cause, &format!("find {job}")),
                None => Self::new(Kind::NotFound, format!("there is no {job}")),
            },
            _ => return Self::of_unseen(error, resume),
        };
        failure.of_any_job(&job)
    }

    /// The job was never seen: that is not the same as a job that is not finished.
    fn of_unseen<J: Followed>(error: &WaitError<J>, resume: Option<&str>) -> Self {
        let job = J::named(error.job_id());
        let failure = match error.error() {
            Some(cause) => {
                let failure = Self::of(cause, &format!("find out about {job}"));
                if cause.is_retryable() { failure.take_up_again(resume) } else { failure }
            }
            None => Self::new(Kind::Other, format!("nothing is known of {job}")),
        };
        failure.of_any_job(&job)
    }

    /// The same failure with the command that takes up again.
    fn take_up_again(self, resume: Option<&str>) -> Self {
        match resume {
            Some(resume) => self.also_hint(&format!("take up again with: {resume}")),
            None => self,
        }
    }
}

/// Why the client secret could not be had, if that is what came up.
fn secret_not_told(error: &Error) -> Option<&Failure> {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.filter_map(|cause| cause.downcast_ref()).map(|NotTold(failure)| failure).next()
}

fn kind(error: &Error) -> Kind {
    match error.kind() {
        ErrorKind::Invalid => Kind::Usage,
        ErrorKind::NotFound => Kind::NotFound,
        ErrorKind::Authentication => Kind::Auth,
        ErrorKind::Permission => Kind::Permission,
        ErrorKind::Rejected => Kind::Rejected,
        ErrorKind::Throttled => Kind::RateLimited,
        ErrorKind::Service => Kind::Service,
        ErrorKind::Network | ErrorKind::Timeout => Kind::Network,
        ErrorKind::UnknownOutcome => Kind::UnknownOutcome,
        ErrorKind::Malformed | ErrorKind::TooLarge => Kind::BadAnswer,
        ErrorKind::Local => Kind::LocalIo,
        ErrorKind::Corrupt => Kind::Check,
        _ => Kind::Other,
    }
}

/// The message, what the service added to it, and the cause where the message alone would be a
/// riddle.
fn sentence(error: &Error) -> String {
    let mut parts = vec![error.message().to_owned()];
    parts.extend(error.details().iter().cloned());
    if error.status().is_none() {
        let mut source = error.source();
        while let Some(cause) = source {
            parts.push(cause.to_string());
            source = cause.source();
        }
    }
    let mut told: Vec<String> = Vec::new();
    for part in parts {
        let part = part.trim().trim_end_matches('.').to_owned();
        // A cause often repeats what was said before it.
        if !part.is_empty() && !told.iter().any(|said| said.contains(&part)) {
            told.push(part);
        }
    }
    let told = told.join(": ");
    match error.kind() {
        ErrorKind::UnknownOutcome => {
            format!("it was sent, and nothing says whether it was done: {told}")
        }
        _ => told,
    }
}
