//! What makes a job fail before it reads a profile.

use super::run::error;
use crate::core::unknown_policy;
use crate::engine::{ExportRequest, SegmentRef};
use crate::records::{Audience, DatasetRecord, JobError, JobRecord};

/// Everything that is wrong with what the request names. That these make a job fail, and the
/// create call does not refuse them, is assumed; the codes are those of published failed jobs.
pub(super) fn problems(
    job: &JobRecord,
    request: &ExportRequest,
    dataset: Option<&DatasetRecord>,
    audiences: &[Audience],
) -> Vec<JobError> {
    let mut found = Vec::new();
    if !dataset.is_some_and(DatasetRecord::is_on_union_schema) {
        let message = format!(
            "Error writing profiles to output path: dataset {} is not on the union schema",
            job.dataset_id
        );
        found.push(error("0090000009", &message));
    }
    for segment in request.segments().iter().filter(|segment| is_unknown(segment, audiences)) {
        let message = format!("Error in Export Job: segment {} is not found", segment.id);
        found.push(error("0100000003", &message));
    }
    if let Some(problem) = unknown_policy(&job.merge_policy) {
        found.push(error("0100000003", &format!("Error in Export Job: {problem}")));
    }
    found
}

/// Segments of other systems are not known here by name; nobody is in them.
fn is_unknown(segment: &SegmentRef, audiences: &[Audience]) -> bool {
    segment.namespace.eq_ignore_ascii_case("ups")
        && !audiences.iter().any(|audience| audience.id == segment.id)
}
