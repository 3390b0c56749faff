//! Segment jobs: the evaluation of segments, which an export takes its members from.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::document::document;
use crate::id::{BatchId, MergePolicyId, SegmentId, SegmentJobId};
use crate::job::JobError;
use crate::metrics::Phase;
use crate::page::Link;
use crate::segment::{Sandbox, SegmentDefinition};
use crate::selection::SchemaName;
use crate::status::JobStatus;
use crate::time::EpochMillis;

document! {
    /// A segment job, as create, get and list answer it (documented, observed).
    ///
    /// ```
    /// use aep_export_model::{JobStatus, SegmentJob};
    ///
    /// let job: SegmentJob = serde_json::from_str(
    ///     r#"{"id": "5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b", "status": "SUCCEEDED",
    ///         "segments": [{"segmentId": "4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"}],
    ///         "metrics": {"segmentedProfileCounter": {"4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10": 7}}}"#,
    /// )?;
    /// assert_eq!(job.status, Some(JobStatus::Succeeded));
    /// assert_eq!(job.members(&"4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10".into()), Some(7));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct SegmentJob {
        /// The job's id: a UUID (documented, observed).
        pub id: Option<SegmentJobId> = "id";
        /// Where the job stands. Documented to begin with `NEW`; samples begin with `PROCESSING`.
        pub status: Option<JobStatus> = "status";
        /// What started it: `api` or `scheduler` (documented samples).
        pub source: Option<String> = "source";
        /// The segments that it evaluates.
        pub segments: Vec<EvaluatedSegment> = "segments";
        /// Durations and counts, growing while the job runs.
        pub metrics: Option<SegmentJobMetrics> = "metrics";
        /// What went wrong.
        pub errors: Vec<JobError> = "errors";
        /// When the job was created: milliseconds (documented).
        pub creation_time: Option<EpochMillis> = "creationTime";
        /// When the job last changed: milliseconds (documented).
        pub update_time: Option<EpochMillis> = "updateTime";
        /// When the job last changed, in **seconds** (documented samples).
        pub update_epoch: Option<i64> = "updateEpoch";
        /// The schema of the profiles.
        pub schema: Option<SchemaName> = "schema";
        /// The organisation.
        pub ims_org_id: Option<String> = "imsOrgId";
        /// The sandbox.
        pub sandbox: Option<Sandbox> = "sandbox";
        /// The instance of the profile store; `ups` as a rule.
        pub profile_instance_id: Option<String> = "profileInstanceId";
        /// The id of the request that created the job; of a scheduled job its schedule and the time
        /// (documented samples).
        pub request_id: Option<String> = "requestId";
        /// "The ID of the batch" (documented, and no more of it); a UUID in samples.
        pub batch_id: Option<BatchId> = "batchId";
        /// A number of the engine behind the service.
        pub compute_job_id: Option<u64> = "computeJobId";
        /// The job of the engine behind the service: a text here, an object in export jobs.
        pub compute_gateway_job_id: Option<String> = "computeGatewayJobId";
    }
}

impl SegmentJob {
    /// Whether the job has come to its end. Without a status, or with an unknown one, it has not.
    pub fn is_terminal(&self) -> bool {
        self.status.as_ref().is_some_and(JobStatus::is_terminal)
    }

    /// Whether the job has come to a good end.
    pub fn is_success(&self) -> bool {
        self.status.as_ref().is_some_and(JobStatus::is_success)
    }

    /// How many profiles were found in one segment.
    pub fn members(&self, segment: &SegmentId) -> Option<u64> {
        self.metrics.as_ref()?.segmented_profile_counter.get(segment).copied()
    }
}

document! {
    /// A segment that a job evaluates.
    pub struct EvaluatedSegment {
        /// The segment; `*` stands for every one (documented).
        pub segment_id: Option<SegmentId> = "segmentId";
        /// Its definition as it was evaluated.
        pub segment: Option<SegmentDefinition> = "segment";
    }
}

document! {
    /// Durations and counts of a segment job. While it runs, parts are missing or `{}` (documented
    /// samples).
    pub struct SegmentJobMetrics {
        /// The whole job, queueing included.
        pub total_time: Option<Phase> = "totalTime";
        /// The evaluation itself.
        pub profile_segmentation_time: Option<Phase> = "profileSegmentationTime";
        /// How many profiles were looked at.
        pub total_profiles: Option<u64> = "totalProfiles";
        /// How many of them by each merge policy.
        pub total_profiles_by_merge_policy: BTreeMap<MergePolicyId, u64>
            = "totalProfilesByMergePolicy";
        /// How many profiles were found in each segment.
        pub segmented_profile_counter: BTreeMap<SegmentId, u64> = "segmentedProfileCounter";
        /// For each segment, how many of them have an identity of each namespace.
        pub segmented_profile_by_namespace_counter: BTreeMap<SegmentId, BTreeMap<String, u64>>
            = "segmentedProfileByNamespaceCounter";
        /// For each segment, how many profiles have each status: `realized`, `existing`, `exited`.
        pub segmented_profile_by_status_counter: BTreeMap<SegmentId, BTreeMap<String, u64>>
            = "segmentedProfileByStatusCounter";
    }
}

/// The request that creates a segment job.
///
/// The service documents two forms: a list of segments, and an object with `*` for all of them.
///
/// ```
/// use aep_export_model::SegmentJobRequest;
///
/// let some = SegmentJobRequest::of(["4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"]);
/// let list = r#"[{"segmentId":"4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"}]"#;
/// assert_eq!(serde_json::to_string(&some)?, list);
/// let all = r#"{"schema":{"name":"_xdm.context.profile"},"segments":[{"segmentId":"*"}]}"#;
/// assert_eq!(serde_json::to_string(&SegmentJobRequest::All)?, all);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentJobRequest {
    /// To evaluate these segments.
    Segments(Vec<SegmentId>),
    /// To evaluate every segment of profiles.
    All,
}

/// Stands for every segment (documented).
const EVERY: &str = "*";

impl SegmentJobRequest {
    /// To evaluate these segments.
    pub fn of<I: Into<SegmentId>>(segments: impl IntoIterator<Item = I>) -> Self {
        Self::Segments(segments.into_iter().map(Into::into).collect())
    }
}

impl Serialize for SegmentJobRequest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let named = |id: &SegmentId| EvaluatedSegment {
            segment_id: Some(id.clone()),
            ..EvaluatedSegment::default()
        };
        match self {
            Self::Segments(ids) => to.collect_seq(ids.iter().map(named)),
            Self::All => {
                let mut object = to.serialize_map(Some(2))?;
                object.serialize_entry("schema", &SchemaName::new(SchemaName::PROFILE))?;
                object.serialize_entry("segments", &[named(&EVERY.into())])?;
                object.end()
            }
        }
    }
}

document! {
    /// A page of segment jobs.
    ///
    /// A job that is not an object is left out; a client that must not lose one reads the page's
    /// records raw first.
    pub struct SegmentJobPage {
        /// The jobs.
        pub children: Vec<SegmentJob> = "children" | "records";
        /// What the page is.
        pub page: Option<SegmentJobPageInfo> = "_page" | "page";
        /// The way to the next page; `{}` inside on the last one (documented).
        pub link: Option<Link> = "_links" | "link";
    }
}

document! {
    /// What a page of segment jobs is. As a field of your own types it takes any value; what is no
    /// object is empty.
    pub part SegmentJobPageInfo {
        /// How many jobs there are in all.
        pub total_count: Option<u64> = "totalCount";
        /// How many jobs are on the page.
        pub page_size: Option<u64> = "pageSize";
        /// Where the next page begins, in the sense of `start`: `"1"` after the first of ten pages
        /// (observed), so a number of pages.
        pub next: Option<String> = "next";
    }
}
