//! What a stored job looks like at a moment.

use super::job::{JobRecord, Outcome};

/// A job's status, as far as the emulator has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    Processing,
    Succeeded,
    Failed,
    Cancelling,
    Cancelled,
}

impl Status {
    pub(crate) const KNOWN: [Self; 6] = [
        Self::New,
        Self::Processing,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelling,
        Self::Cancelled,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Processing => "PROCESSING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
        }
    }

    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// A stretch of time: without an end while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
}

/// A job as it is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) status: Status,
    /// From creation on.
    pub(crate) total: Span,
    /// `metrics.profileExportTime`, once it began.
    pub(crate) reading: Option<Span>,
    /// `metrics.aCPDatasetWriteTime`, once it began.
    pub(crate) writing: Option<Span>,
    /// The last change of state.
    pub(crate) updated: i64,
}

/// When things happen to a job that nobody cancels.
struct Course {
    reading: Option<i64>,
    writing: Option<i64>,
    end: Option<i64>,
}

impl JobRecord {
    /// When this job is over if nobody cancels it; unknown while it takes as long as its work.
    pub(crate) fn planned_end(&self) -> Option<i64> {
        self.plan.map(|plan| {
            [plan.queue, plan.read, plan.write].into_iter().fold(self.created, i64::saturating_add)
        })
    }

    /// How the job is doing at `now`.
    pub(crate) fn at(&self, now: i64) -> Moment {
        let course = self.course();
        let (status, end) = self.status(&course, now);
        // What would have come after the end, or after the DELETE, never began.
        let horizon = self.cancel.map_or(now, |cancel| cancel.asked.min(now));
        let began = |at: Option<i64>| at.filter(|at| *at <= horizon);
        let writing = began(course.writing).map(|start| Span { start, end });
        let reading = began(course.reading)
            .map(|start| Span { start, end: writing.map_or(end, |writing| Some(writing.start)) });
        let asked = self.cancel.map(|cancel| cancel.asked).filter(|asked| *asked <= now);
        let updated = [end, asked, writing.map(|span| span.start), reading.map(|span| span.start)]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(self.created);
        Moment { status, total: Span { start: self.created, end }, reading, writing, updated }
    }

    fn status(&self, course: &Course, now: i64) -> (Status, Option<i64>) {
        if let Some(cancel) = self.cancel.filter(|cancel| cancel.asked <= now) {
            return match cancel.done.filter(|done| *done <= now) {
                Some(done) => (Status::Cancelled, Some(done)),
                None => (Status::Cancelling, None),
            };
        }
        match (&self.outcome, course.end.filter(|end| *end <= now)) {
            (Some(Outcome::Written { .. }), Some(end)) => (Status::Succeeded, Some(end)),
            (Some(Outcome::Failed { .. }), Some(end)) => (Status::Failed, Some(end)),
            _ if course.reading.is_some_and(|start| start <= now) => (Status::Processing, None),
            _ => (Status::New, None),
        }
    }

    fn course(&self) -> Course {
        let Some(plan) = self.plan else {
            let end = self.outcome.as_ref().map(Outcome::ended);
            return Course { reading: self.work.reading, writing: self.work.writing, end };
        };
        let reading = self.created.saturating_add(plan.queue);
        let writing = reading.saturating_add(plan.read);
        match &self.outcome {
            // A job that fails does so before it writes to the dataset.
            Some(Outcome::Failed { .. }) => {
                Course { reading: Some(reading), writing: None, end: Some(writing) }
            }
            _ => Course {
                reading: Some(reading),
                writing: Some(writing),
                end: Some(writing.saturating_add(plan.write)),
            },
        }
    }
}
