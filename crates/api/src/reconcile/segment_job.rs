//! A lost create of a segment job.

use std::collections::BTreeSet;
use std::time::Duration;

use aep_export_model::{EpochMillis, SegmentId, SegmentJob, SegmentJobRequest};

use super::Lost;
use crate::ListSegmentJobs;
use crate::likeness::Likeness;
use crate::newest::PAGE_SIZE;

/// Stands for every segment in a job as in a request (documented).
const EVERY: &str = "*";
/// What started a job that no request has made (documented samples).
const SCHEDULER: &str = "scheduler";

/// A create of a segment job whose outcome is not known: its error says so, or its future was dropped
/// before it had ended, or the program ended with it.
///
/// Its job is recognised by the id that it was sent under, or else by the segments that it evaluates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostSegmentJob {
    request: SegmentJobRequest,
    request_id: Option<String>,
    age: Duration,
}

impl LostSegmentJob {
    /// A create of this request that was begun at most `age` ago.
    pub fn new(request: SegmentJobRequest, age: Duration) -> Self {
        Self { request, request_id: None, age }
    }

    /// It went out under this id; see [`Attempts`](crate::Attempts).
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl Lost for LostSegmentJob {
    type List = ListSegmentJobs;

    /// How to sort it is documented.
    fn list(&self) -> ListSegmentJobs {
        let sort = Some("creationTime:desc".to_owned());
        ListSegmentJobs { limit: Some(PAGE_SIZE), sort, ..ListSegmentJobs::default() }
    }

    fn age(&self) -> Duration {
        self.age
    }

    fn sent_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    fn created(job: &SegmentJob) -> Option<EpochMillis> {
        job.creation_time
    }

    /// Documented in samples to be the id of the request that created it; assumed to be ours.
    fn carried_id(job: &SegmentJob) -> Option<&str> {
        job.request_id.as_deref()
    }

    fn likeness(&self, job: &SegmentJob) -> Likeness {
        let has: BTreeSet<&SegmentId> =
            job.segments.iter().filter_map(|segment| segment.segment_id.as_ref()).collect();
        match &self.request {
            _ if job.source.as_deref() == Some(SCHEDULER) => Likeness::Different,
            _ if has.is_empty() => Likeness::Unclear,
            SegmentJobRequest::Segments(ids) if has == ids.iter().collect() => Likeness::Equal,
            SegmentJobRequest::Segments(_) => Likeness::Different,
            SegmentJobRequest::All if has.iter().any(|id| id.as_str() == EVERY) => Likeness::Equal,
            // The service may name them one by one.
            SegmentJobRequest::All => Likeness::Unclear,
        }
    }
}
