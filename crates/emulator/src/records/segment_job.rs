//! A segment job as it is stored. It has no work: memberships come with the profiles.

use serde::{Deserialize, Serialize};

use super::{Cancel, JobError, Moment, Span, Status, Tenant};

/// A segment job as it is stored. Its state at any moment follows from this and the moment alone
/// ([`SegmentJobRecord::at`]). All times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SegmentJobRecord {
    pub(crate) id: String,
    pub(crate) tenant: Tenant,
    pub(crate) created: i64,
    /// The `x-request-id` of the create call.
    pub(crate) request_id: String,
    pub(crate) segments: Vec<SegmentOfJob>,
    pub(crate) compute: String,
    /// From the creation until the evaluation begins.
    pub(crate) queue: i64,
    /// How long the evaluation takes.
    pub(crate) evaluation: i64,
    /// What the job fails with; it succeeds without.
    pub(crate) errors: Vec<JobError>,
    #[serde(default)]
    pub(crate) cancel: Option<Cancel>,
}

/// A segment as the job found it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SegmentOfJob {
    pub(crate) id: String,
    /// Its rule; `None` where there is no such segment.
    pub(crate) expression: Option<String>,
}

impl SegmentJobRecord {
    /// How the job is doing at `now`.
    pub(crate) fn at(&self, now: i64) -> Moment {
        let begin = self.created.saturating_add(self.queue);
        let end = begin.saturating_add(self.evaluation);
        let cancel = self.cancel.filter(|cancel| cancel.asked <= now);
        let cancelled = cancel.and_then(|cancel| cancel.done).filter(|done| *done <= now);
        let (status, ended) = match (cancel, cancelled) {
            (Some(_), Some(done)) => (Status::Cancelled, Some(done)),
            (Some(_), None) => (Status::Cancelling, None),
            (None, _) if end <= now && self.errors.is_empty() => (Status::Succeeded, Some(end)),
            (None, _) if end <= now => (Status::Failed, Some(end)),
            (None, _) if begin <= now => (Status::Processing, None),
            (None, _) => (Status::New, None),
        };
        // What would have come after the DELETE never began.
        let horizon = cancel.map_or(now, |cancel| cancel.asked);
        let reading = (begin <= horizon).then_some(Span { start: begin, end: ended });
        let asked = cancel.map(|cancel| cancel.asked);
        let changes = [ended, asked, reading.map(|span| span.start)].into_iter().flatten();
        Moment {
            status,
            total: Span { start: self.created, end: ended },
            reading,
            writing: None,
            updated: changes.max().unwrap_or(self.created),
        }
    }
}
