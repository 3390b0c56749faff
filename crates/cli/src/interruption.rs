//! What it means to stop right now: where a command stands, and what to tell who stops it.

use std::fmt;
use std::time::Duration;

use aep_export_model::{JobId, SegmentJobId};

use crate::duration;
use crate::failure::{Answered, Failure, Kind};
use crate::signals::Signal;

/// Where a command stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing has happened that anybody need know.
    #[default]
    Plain,
    /// A create may have left and its answer is not there yet.
    CreateSent {
        /// What is created: `job`, `segment job` or `dataset`.
        what: &'static str,
        /// How to find out.
        look: String,
        /// The id that it is sent under, if that is known.
        sent_id: Option<String>,
    },
    /// A call that may do something may have left and its answer is not there yet.
    CallSent {
        /// Method and path.
        line: String,
    },
    /// A job is there and goes on without us.
    Job {
        /// The job.
        job: AnyJob,
        /// The command that takes up again.
        resume: String,
        /// Whether an interrupt cancels the job.
        cancel: bool,
    },
    /// What was asked of the service is done; the rest can be taken up later.
    Ended {
        /// The job whose files these are, if that is known.
        id: Option<JobId>,
        /// What stays.
        what: String,
        /// The command that takes up again.
        resume: String,
    },
}

/// A job of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AnyJob {
    Export(JobId),
    Segment(SegmentJobId),
}

impl AnyJob {
    /// What it is asked for by.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Export(id) => id.as_str(),
            Self::Segment(id) => id.as_str(),
        }
    }

    /// What its id is called in JSON.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Export(_) => "job_id",
            Self::Segment(_) => "segment_job_id",
        }
    }
}

impl fmt::Display for AnyJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export(id) => write!(f, "job {id}"),
            Self::Segment(id) => write!(f, "segment job {id}"),
        }
    }
}

impl Stage {
    /// Stopped by a signal.
    pub(crate) fn interrupted(&self, signal: Signal) -> Failure {
        let (kind, how) = match signal {
            Signal::Interrupt => (Kind::Interrupted, "interrupted"),
            Signal::Terminate => (Kind::Terminated, "terminated"),
        };
        self.stopped(kind, how)
    }

    /// Stopped by `--timeout`.
    pub(crate) fn timed_out(&self, limit: Duration) -> Failure {
        let how = format!("not finished within {}", duration::show(limit));
        self.stopped(Kind::Timeout, &how)
    }

    fn stopped(&self, kind: Kind, how: &str) -> Failure {
        match self {
            Self::Plain => Failure::new(kind, how),
            Self::CreateSent { what, look, sent_id } => Failure::new(
                Kind::UnknownOutcome,
                format!("{how} after the request to create the {what} was sent: it may exist"),
            )
            .answered(Answered { sent_request_id: sent_id.clone(), ..Answered::default() })
            .hint(look),
            Self::CallSent { line } => Failure::new(
                Kind::UnknownOutcome,
                format!("{how} after {line} was sent: it may have been done"),
            )
            .hint("look what became of it before you send it again"),
            Self::Job { job, resume, .. } => Failure::new(kind, format!("{how}; {job} goes on"))
                .hint(format!("take up again with: {resume}"))
                .of_any_job(job),
            Self::Ended { id, what, resume } => Failure::new(kind, format!("{how}; {what}"))
                .hint(format!("take up again with: {resume}"))
                .about(id.as_ref()),
        }
    }

    /// The export job that is there.
    pub(crate) fn job(&self) -> Option<&JobId> {
        match self {
            Self::Job { job: AnyJob::Export(id), .. } => Some(id),
            Self::Ended { id, .. } => id.as_ref(),
            Self::Job { .. } | Self::Plain | Self::CreateSent { .. } | Self::CallSent { .. } => {
                None
            }
        }
    }

    /// The command that takes up again what was begun.
    pub(crate) fn resume(&self) -> Option<&str> {
        match self {
            Self::Job { resume, .. } | Self::Ended { resume, .. } => Some(resume),
            Self::Plain | Self::CreateSent { .. } | Self::CallSent { .. } => None,
        }
    }

    /// The create is sent under this id.
    pub(crate) fn sent_under(&mut self, id: &str) {
        if let Self::CreateSent { sent_id, .. } = self {
            *sent_id = Some(id.to_owned());
        }
    }

    /// Once the job has ended, taking up again goes on with `command`.
    pub(crate) fn and_then(&mut self, command: &str) {
        if let Self::Job { resume, .. } = self {
            resume.extend([" && ", command]);
        }
    }

    /// The job that an interrupt cancels.
    pub(crate) fn to_cancel(&self, signal: Signal) -> Option<&AnyJob> {
        match self {
            Self::Job { job, cancel: true, .. } if signal == Signal::Interrupt => Some(job),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_stood_decides_the_code() {
        let look = "aep-export list".to_owned();
        let sent = Stage::CreateSent { what: "job", look, sent_id: None };
        let job = Stage::Job {
            job: AnyJob::Export(JobId::new("7")),
            resume: "aep-export wait 7".to_owned(),
            cancel: false,
        };
        let call = Stage::CallSent { line: "POST /x".to_owned() };
        let cases =
            [(&Stage::Plain, 130, 143, 8), (&sent, 9, 9, 9), (&call, 9, 9, 9), (&job, 130, 143, 8)];
        for (stage, interrupted, terminated, timed_out) in cases {
            assert_eq!(stage.interrupted(Signal::Interrupt).exit().code(), interrupted);
            assert_eq!(stage.interrupted(Signal::Terminate).exit().code(), terminated);
            assert_eq!(stage.timed_out(Duration::from_secs(1)).exit().code(), timed_out);
        }
        let failure = job.interrupted(Signal::Interrupt);
        assert_eq!(failure.message(), "interrupted; job 7 goes on");
        assert_eq!(failure.next_step(), Some("take up again with: aep-export wait 7"));
    }

    #[test]
    fn a_segment_job_is_told_from_an_export_job() {
        let evaluating = Stage::Job {
            job: AnyJob::Segment(SegmentJobId::new("a-b")),
            resume: "aep-export segment-job wait a-b".to_owned(),
            cancel: true,
        };
        let failure = evaluating.interrupted(Signal::Interrupt);
        assert_eq!(failure.message(), "interrupted; segment job a-b goes on");
        assert_eq!(evaluating.job(), None, "scripts ask for it in another way");
        assert_eq!(evaluating.to_cancel(Signal::Interrupt).unwrap().id(), "a-b");
        assert_eq!(evaluating.to_cancel(Signal::Terminate), None);
    }
}
