//! Segment jobs as people see them.

use std::time::Duration;

use aep_export_model::{JobStatus, SegmentJob, SegmentJobId};

use crate::follow::Followed;
use crate::interruption::AnyJob;
use crate::jobs::explain;
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::output::{Facts, fact};

/// What is told of a segment job.
pub(crate) static KIND: Kind = Kind {
    name: "segment job",
    columns: &[
        Column::left("id"),
        Column::left("status"),
        Column::left("created"),
        Column::right("duration"),
        Column::right("segments"),
        Column::left("source"),
        Column::left("updated").for_programs(),
        Column::right("profiles").for_programs(),
        Column::text("error").for_programs(),
    ],
    keyed: false,
};

/// A job's values, in the order of the columns.
pub(crate) fn row(job: &SegmentJob) -> Vec<Cell> {
    let errors: Vec<String> = job.errors.iter().map(explain).collect();
    vec![
        id(job).into(),
        job.status.as_ref().map(ToString::to_string).into(),
        job.creation_time.into(),
        took(job).into(),
        u64::try_from(job.segments.len()).ok().into(),
        job.source.clone().into(),
        job.update_time.into(),
        profiles(job).into(),
        Some(errors.join("; ")).filter(|errors| !errors.is_empty()).into(),
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

    fn facts(&self) -> Facts {
        let mut block = vec![
            fact("segment job", id(self)),
            fact("status", self.status.as_ref().map(ToString::to_string)),
            fact("source", self.source.clone()),
            fact("created", self.creation_time),
            fact("updated", self.update_time),
            fact("duration", took(self)),
            fact("profiles", profiles(self)),
        ];
        let ids = self.segments.iter().filter_map(|segment| segment.segment_id.as_ref());
        block.extend(ids.map(|id| {
            let members = self.members(id).map(|count| format!(" ({count} members)"));
            fact("segment", format!("{id}{}", members.unwrap_or_default()))
        }));
        block.extend(self.errors.iter().map(|error| fact("error", Some(explain(error)))));
        Facts { row: row(self), block }
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

fn profiles(job: &SegmentJob) -> Option<u64> {
    job.metrics.as_ref()?.total_profiles
}

/// How long the job took, by its own metrics.
fn took(job: &SegmentJob) -> Option<Duration> {
    job.metrics.as_ref()?.total_time.as_ref()?.duration()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::when::When;

    fn job(json: &str) -> SegmentJob {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_known_is_shown_and_the_rest_is_a_dash() {
        let full = job(r#"{"id":"a-b","status":"SUCCEEDED","source":"api",
            "creationTime":1538615973895,"segments":[{"segmentId":"s"},{"segmentId":"t"}],
            "metrics":{"totalTime":{"totalTimeInMs":7300},"totalProfiles":13,
                       "segmentedProfileCounter":{"s":7}}}"#);
        let shown = |job: &SegmentJob| {
            row(job).iter().map(|cell| cell.shown(&When::default())).collect::<Vec<_>>()
        };
        let first = ["a-b", "SUCCEEDED", "2018-10-04T01:19:33Z", "7.3s", "2", "api"];
        assert_eq!(shown(&full)[..6], first);
        let block = full.facts().block;
        assert!(block.contains(&("segment", "s (7 members)".into())), "{block:?}");
        assert!(block.contains(&("segment", "t".into())), "{block:?}");
        assert!(block.contains(&("profiles", 13.into())), "{block:?}");
        assert_eq!(shown(&job("{}")), ["-", "-", "-", "-", "0", "-", "-", "-", "-"]);
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
