//! Segment jobs as people see them.

use std::time::Duration;

use aep_export_model::{JobStatus, SegmentJob, SegmentJobId};

use crate::duration;
use crate::follow::Followed;
use crate::interruption::AnyJob;
use crate::jobs::{explain, moment};
use crate::output::Block;
use crate::output::table::Column;

/// The columns of a list of segment jobs.
pub(crate) const COLUMNS: [Column; 6] = [
    Column::left("ID"),
    Column::left("STATUS"),
    Column::left("CREATED"),
    Column::right("DURATION"),
    Column::right("SEGMENTS"),
    Column::left("SOURCE"),
];

/// A job's row of a list.
pub(crate) fn row(job: &SegmentJob) -> Vec<String> {
    let known = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    vec![
        known(id(job)),
        known(job.status.as_ref().map(ToString::to_string)),
        known(job.creation_time.map(moment)),
        known(took(job).map(duration::show)),
        job.segments.len().to_string(),
        known(job.source.clone()),
    ]
}

/// The job's id as text.
pub(crate) fn id(job: &SegmentJob) -> Option<String> {
    job.id.as_ref().map(ToString::to_string)
}

impl Followed for SegmentJob {
    fn named(id: &SegmentJobId) -> AnyJob {
        AnyJob::Segment(id.clone())
    }

    fn block(&self) -> Block {
        let metrics = self.metrics.as_ref();
        let profiles = metrics.and_then(|metrics| metrics.total_profiles);
        let mut block = vec![
            ("segment job", id(self)),
            ("status", self.status.as_ref().map(ToString::to_string)),
            ("source", self.source.clone()),
            ("created", self.creation_time.map(moment)),
            ("updated", self.update_time.map(moment)),
            ("duration", took(self).map(duration::show)),
            ("profiles", profiles.map(|count| count.to_string())),
        ];
        let ids = self.segments.iter().filter_map(|segment| segment.segment_id.as_ref());
        block.extend(ids.map(|id| {
            let members = self.members(id).map(|count| format!(" ({count} members)"));
            ("segment", Some(format!("{id}{}", members.unwrap_or_default())))
        }));
        block.extend(self.errors.iter().map(|error| ("error", Some(explain(error)))));
        block
    }

    fn phase(&self) -> &'static str {
        let running = self
            .metrics
            .as_ref()
            .and_then(|metrics| metrics.profile_segmentation_time.as_ref())
            .is_some_and(aep_export_model::Phase::is_running);
        match self.status.as_ref() {
            Some(JobStatus::New | JobStatus::Queued) => "queued",
            Some(JobStatus::Cancelling) => "cancelling",
            Some(status) if status.is_terminal() => "ended",
            _ if running => "evaluating",
            _ => "working",
        }
    }
}

/// How long the job took, by its own metrics.
fn took(job: &SegmentJob) -> Option<Duration> {
    job.metrics.as_ref()?.total_time.as_ref()?.duration()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(json: &str) -> SegmentJob {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_known_is_shown_and_the_rest_is_a_dash() {
        let full = job(r#"{"id":"a-b","status":"SUCCEEDED","source":"api",
            "creationTime":1538615973895,"segments":[{"segmentId":"s"},{"segmentId":"t"}],
            "metrics":{"totalTime":{"totalTimeInMs":7300},"totalProfiles":13,
                       "segmentedProfileCounter":{"s":7}}}"#);
        assert_eq!(row(&full), ["a-b", "SUCCEEDED", "2018-10-04T01:19:33Z", "7.3s", "2", "api"]);
        let block = full.block();
        assert!(block.contains(&("segment", Some("s (7 members)".to_owned()))), "{block:?}");
        assert!(block.contains(&("segment", Some("t".to_owned()))), "{block:?}");
        assert!(block.contains(&("profiles", Some("13".to_owned()))), "{block:?}");
        assert_eq!(row(&job("{}")), ["-", "-", "-", "-", "0", "-"]);
    }

    #[test]
    fn phases() {
        for (json, expected) in [
            (r#"{"status":"NEW"}"#, "queued"),
            (r#"{"status":"PROCESSING","metrics":{"profileSegmentationTime":{}}}"#, "working"),
            (
                r#"{"status":"PROCESSING","metrics":{"profileSegmentationTime":{"startTimeInMs":1}}}"#,
                "evaluating",
            ),
            (r#"{"status":"CANCELLING"}"#, "cancelling"),
            (r#"{"status":"FAILED"}"#, "ended"),
            (r#"{"status":"REHYDRATING"}"#, "working"),
        ] {
            assert_eq!(job(json).phase(), expected, "{json}");
        }
    }
}
