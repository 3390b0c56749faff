//! Which jobs of the list are wanted.

use aep_export_model::{DatasetId, EpochMillis, ExportJob, JobStatus, SegmentId};
use jiff::tz::TimeZone;

use crate::since::{Since, since};
use crate::status::Status;

/// States that the service can filter by (documented); by the others the program filters itself.
const FILTERED_BY_SERVICE: [JobStatus; 3] =
    [JobStatus::New, JobStatus::Succeeded, JobStatus::Failed];

#[derive(Debug, Default, clap::Args)]
pub(crate) struct JobFilter {
    /// Only jobs in these states
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',', value_parser = Status)]
    status: Vec<JobStatus>,

    /// Only jobs created since then: 36h, 14d, 2026-01-31 or 2026-01-31T00:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Since>,

    /// Only jobs that write to this dataset
    #[arg(long, value_name = "ID")]
    dataset: Option<DatasetId>,

    /// Only jobs that export this segment
    #[arg(long, value_name = "ID")]
    segment: Option<SegmentId>,
}

impl JobFilter {
    /// What the service is asked to filter by.
    pub(crate) fn by_service(&self) -> Option<JobStatus> {
        match self.status.as_slice() {
            [status] if FILTERED_BY_SERVICE.contains(status) => Some(status.clone()),
            _ => None,
        }
    }

    /// Whether jobs are read that are not wanted, because the service cannot leave them out.
    pub(crate) fn is_done_here(&self) -> bool {
        let by_status = !self.status.is_empty() && self.by_service().is_none();
        by_status || self.since.is_some() || self.dataset.is_some() || self.segment.is_some()
    }

    /// Whether it bounds the list: jobs older than some time are not wanted.
    pub(crate) fn has_end(&self) -> bool {
        self.since.is_some()
    }

    /// The filter as of `now`, in milliseconds since 1970; days begin at midnight in `zone`.
    pub(crate) fn at(&self, now: i64, zone: &TimeZone) -> Wanted<'_> {
        let since = self.since.map(|since| since.milliseconds(now, zone));
        Wanted { filter: self, since }
    }
}

/// A filter at a time.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    filter: &'a JobFilter,
    since: Option<i64>,
}

impl Wanted<'_> {
    /// Whether the job is wanted.
    pub(crate) fn has(&self, job: &ExportJob) -> bool {
        let JobFilter { status, dataset, segment, .. } = self.filter;
        let exports = |wanted: &SegmentId| {
            let segments = job.filter.iter().flat_map(|filter| &filter.segments);
            segments.into_iter().any(|segment| segment.segment_id.as_ref() == Some(wanted))
        };
        !self.is_past(job)
            && (status.is_empty() || job.status.as_ref().is_some_and(|of| status.contains(of)))
            && dataset.as_ref().is_none_or(|dataset| job.dataset_id() == Some(dataset))
            && segment.as_ref().is_none_or(exports)
    }

    /// Whether the job is older than any that is wanted. One without a time of creation cannot be
    /// said to be created since then.
    pub(crate) fn is_past(&self, job: &ExportJob) -> bool {
        let created = job.creation_time.map(EpochMillis::get);
        self.since.is_some_and(|since| created.is_none_or(|created| created < since))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        filter: JobFilter,
    }

    fn filter(line: &[&str]) -> JobFilter {
        Line::try_parse_from(std::iter::once(&"x").chain(line)).unwrap().filter
    }

    #[test]
    fn the_service_filters_what_it_can() {
        for (line, by_service, here) in [
            (&[][..], None, false),
            (&["--status", "failed"], Some(JobStatus::Failed), false),
            (&["--status", "PROCESSING"], None, true),
            (&["--status", "failed,new"], None, true),
            (&["--status", "failed", "--dataset", "d"], Some(JobStatus::Failed), true),
            (&["--since", "1d"], None, true),
            (&["--segment", "s"], None, true),
        ] {
            let filter = filter(line);
            assert_eq!(
                (filter.by_service(), filter.is_done_here()),
                (by_service, here),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_job_is_wanted_by_all_that_was_said() {
        let job = |json: &str| serde_json::from_str::<ExportJob>(json).unwrap();
        let full = job(r#"{"status":"FAILED","creationTime":1000,"destination":{"dataSetId":"d"},
            "filter":{"segments":[{"segmentId":"r"},{"segmentId":"s"}]}}"#);
        for (line, since, wanted) in [
            (&[][..], None, true),
            (&["--status", "new,failed"], None, true),
            (&["--status", "new"], None, false),
            (&["--dataset", "d", "--segment", "s", "--status", "failed"], Some(1000), true),
            (&["--dataset", "e"], None, false),
            (&["--segment", "t"], None, false),
            (&[], Some(1001), false),
        ] {
            let filter = filter(line);
            let wants = Wanted { filter: &filter, since };
            assert_eq!(wants.has(&full), wanted, "{line:?} {since:?}");
            let says_nothing = since.is_none() && line.is_empty();
            assert_eq!(wants.has(&job("{}")), says_nothing, "{line:?} {since:?}");
        }
    }

    #[test]
    fn old_is_what_is_not_known_to_be_new() {
        let filter = JobFilter::default();
        for (since, job, past) in [
            (Some(1000), r#"{"creationTime":1000}"#, false),
            (Some(1000), r#"{"creationTime":999}"#, true),
            (Some(1000), "{}", true),
            (None, "{}", false),
        ] {
            let wanted = Wanted { filter: &filter, since };
            assert_eq!(wanted.is_past(&serde_json::from_str(job).unwrap()), past, "{job}");
        }
    }
}
