//! The export job as the service gives it back, and the answer to cancelling one.

use std::collections::BTreeSet;

use crate::document::document;
use crate::id::{BatchId, DatasetId, JobId, SegmentId};
use crate::metrics::Metrics;
use crate::read::Scalar;
use crate::selection::{AdditionalFields, FieldPaths, Filter, MergePolicyRef, SchemaName};
use crate::status::{JobStatus, JobType, MembershipStatus};
use crate::time::EpochMillis;

document! {
    /// An export job, as create, get and list answer it.
    ///
    /// Every field may be absent (documented samples leave out most of them). Fields that are not
    /// known here, such as the `sandbox` of other jobs, are tolerated and not kept.
    ///
    /// ```
    /// use aep_export_model::{ExportJob, JobStatus};
    ///
    /// let job: ExportJob = serde_json::from_str(
    ///     r#"{"id": 100.0, "status": "FAILED", "destination": {"dataSetId": "6123456789abcdef01234567",
    ///         "batchId": ""}, "errors": [{"code": "0090000009", "msg": "Error writing profiles"}]}"#,
    /// )?;
    /// assert_eq!(job.id.as_ref().map(|id| id.as_str()), Some("100"));
    /// assert!(job.is_terminal() && job.batch_ids().is_empty());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ExportJob {
        /// The job's id: a number in every sample (documented), text elsewhere.
        pub id: Option<JobId> = "id";
        /// `BATCH` as far as seen.
        pub job_type: Option<JobType> = "jobType";
        /// Where the job stands.
        pub status: Option<JobStatus> = "status";
        /// The instance of the profile store; `ups` as a rule.
        pub profile_instance_id: Option<String> = "profileInstanceId";
        /// The organisation.
        pub ims_org_id: Option<String> = "imsOrgId";
        /// The id of the request that created the job (observed: the same on later calls).
        pub request_id: Option<String> = "requestId";
        /// The schema asked for.
        pub schema: Option<SchemaName> = "schema";
        /// The fields asked for, separated by commas; all if absent.
        pub fields: Option<String> = "fields" from FieldPaths;
        /// The filter asked for.
        pub filter: Option<Filter> = "filter";
        /// The events asked for.
        pub additional_fields: Option<AdditionalFields> = "additionalFields";
        /// The merge policy; may differ from the one asked for (documented samples).
        pub merge_policy: Option<MergePolicyRef> = "mergePolicy";
        /// Where the job writes.
        pub destination: Option<JobDestination> = "destination";
        /// Durations and counts, growing while the job runs.
        pub metrics: Option<Metrics> = "metrics";
        /// The jobs of the engine behind the service; `{}` just after create (observed).
        pub compute_gateway_job_id: Option<ComputeJobs> = "computeGatewayJobId";
        /// What went wrong. Also present on some succeeded jobs (documented samples).
        pub errors: Vec<JobError> = "errors";
        /// When the job was created: milliseconds (observed).
        pub creation_time: Option<EpochMillis> = "creationTime";
        /// When the job last changed: milliseconds (observed).
        pub update_time: Option<EpochMillis> = "updateTime";
    }
}

impl ExportJob {
    /// Whether the job has come to its end. Without a status, or with an unknown one, it has not.
    pub fn is_terminal(&self) -> bool {
        self.status.as_ref().is_some_and(JobStatus::is_terminal)
    }

    /// Whether the job has come to a good end.
    pub fn is_success(&self) -> bool {
        self.status.as_ref().is_some_and(JobStatus::is_success)
    }

    /// The batches that the job writes: its one batch and those of its segments, each once, in the
    /// order of the document. Empty for a failed job whose `batchId` is `""` (documented).
    pub fn batch_ids(&self) -> Vec<&BatchId> {
        let mut seen = BTreeSet::new();
        self.destination
            .iter()
            .flat_map(|to| {
                to.batch_id.iter().chain(to.batches.iter().filter_map(|one| one.batch_id.as_ref()))
            })
            .filter(|id| !id.as_str().is_empty() && seen.insert(*id))
            .collect()
    }

    /// The dataset that the job writes to.
    pub fn dataset_id(&self) -> Option<&DatasetId> {
        self.destination.as_ref()?.dataset_id.as_ref()
    }
}

document! {
    /// Where a job writes.
    pub struct JobDestination {
        /// The dataset. Samples spell the key `datasetId` and `dataSetId`.
        pub dataset_id: Option<DatasetId> = "datasetId" | "dataSetId" | "dataset_id";
        /// Whether each segment has a batch of its own.
        pub segment_per_batch: Option<bool> = "segmentPerBatch";
        /// The one batch; absent with a batch per segment, and where the service writes `""`.
        pub batch_id: Option<BatchId> = "batchId";
        /// The batches by segment. A single object in the service's definition, a list in the
        /// documentation since June 2020; written as a list.
        pub batches: Vec<SegmentBatch> = "batches";
    }
}

document! {
    /// The batch of one segment.
    pub struct SegmentBatch {
        /// The segment.
        pub segment_id: Option<SegmentId> = "segmentId";
        /// The segment's namespace.
        pub segment_ns: Option<String> = "segmentNs";
        /// Which members are in the batch; a bare text in one sample.
        pub status: Vec<MembershipStatus> = "status";
        /// The batch.
        pub batch_id: Option<BatchId> = "batchId";
    }
}

document! {
    /// One thing that went wrong in a job.
    ///
    /// Documented as `code`, `msg`, `callStack`; live answers of segment jobs say `error-code` and
    /// `error-message` (observed).
    pub struct JobError {
        /// The code, such as `0090000009` or `unknown`; text, because of its leading zeros.
        pub code: Option<String> = "code" | "error-code" | "errorCode";
        /// What went wrong.
        pub message: Option<String> = "msg" | "error-message" | "message" | "description";
        /// The trace of the engine, up to kilobytes long.
        pub call_stack: Option<String> = "callStack" | "call-stack";
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            Some(Self { message: Some(scalar.into_text()?), ..Self::default() })
        }
    }
}

document! {
    /// The jobs of the engine behind the service. A plain text, as segment jobs have it, is read as
    /// the export job's.
    pub struct ComputeJobs {
        /// The job that exports; `""` in a sample of a new job.
        pub export_job: Option<String> = "exportJob";
        /// The job that writes to the dataset.
        pub push_job: Option<String> = "pushJob";
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            Some(Self { export_job: Some(scalar.into_text()?), ..Self::default() })
        }
    }
}

document! {
    /// The answer to cancelling a job, where there is one: the documentation also has 204 with
    /// nothing. It comes at once; the job itself is cancelled later.
    pub struct CancelAnswer {
        /// `true` in every sample.
        pub status: Option<bool> = "status";
        /// "Export job has been marked for cancelling" (documented).
        pub message: Option<String> = "message";
    }
}
