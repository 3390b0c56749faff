//! An export job as it is stored: what was asked, what is planned, what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Tenant;

/// An export job as it is stored. Its state at any moment follows from this and the moment alone
/// ([`JobRecord::at`]). All times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobRecord {
    pub(crate) id: u64,
    pub(crate) tenant: Tenant,
    pub(crate) created: i64,
    /// The `x-request-id` of the create call.
    pub(crate) request_id: String,
    /// What is kept of the create request.
    pub(crate) request: Value,
    pub(crate) dataset_id: String,
    pub(crate) merge_policy: MergePolicy,
    /// One batch, or one per segment, named when the job is created.
    pub(crate) batches: Vec<BatchSlot>,
    pub(crate) compute: ComputeJobs,
    /// The profiles that are exported, unless others were imported.
    pub(crate) sample: Sample,
    /// Absent when the job takes as long as its work.
    pub(crate) plan: Option<Plan>,
    #[serde(default)]
    pub(crate) work: Work,
    /// How often the work was begun by processes that then ended without a word.
    #[serde(default)]
    pub(crate) attempts: u32,
    #[serde(default)]
    pub(crate) cancel: Option<Cancel>,
    #[serde(default)]
    pub(crate) outcome: Option<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MergePolicy {
    pub(crate) id: String,
    pub(crate) version: u64,
}

/// A batch that the job will write, or wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BatchSlot {
    pub(crate) id: String,
    /// `None` when one batch holds everything.
    pub(crate) segment: Option<SlotSegment>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SlotSegment {
    pub(crate) id: String,
    pub(crate) namespace: String,
    pub(crate) statuses: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ComputeJobs {
    pub(crate) export: String,
    pub(crate) push: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) seed: u64,
    pub(crate) count: u64,
}

/// How long each phase takes, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) queue: i64,
    pub(crate) read: i64,
    pub(crate) write: i64,
    pub(crate) cancel: i64,
}

/// When the work really began; what the state of a job without a plan goes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) reading: Option<i64>,
    pub(crate) writing: Option<i64>,
}

/// An accepted DELETE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cancel {
    pub(crate) asked: i64,
    /// When the job is cancelled; not known while its work still has to stop.
    pub(crate) done: Option<i64>,
}

/// What came of the work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Written {
        ended: i64,
        /// Exported profiles, each counted once.
        profiles: u64,
        /// In the order of [`JobRecord::batches`].
        batches: Vec<WrittenBatch>,
    },
    Failed {
        ended: i64,
        errors: Vec<JobError>,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct WrittenBatch {
    pub(crate) rows: u64,
    pub(crate) by_namespace: BTreeMap<String, u64>,
    pub(crate) files: Vec<WrittenFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WrittenFile {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
}

/// An entry of a job's `errors[]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobError {
    pub(crate) code: String,
    #[serde(rename = "msg")]
    pub(crate) message: String,
    #[serde(rename = "callStack")]
    pub(crate) call_stack: String,
}

impl Outcome {
    pub(crate) fn ended(&self) -> i64 {
        match self {
            Self::Written { ended, .. } | Self::Failed { ended, .. } => *ended,
        }
    }
}

impl JobRecord {
    /// What was written to the batch of that index.
    pub(crate) fn written(&self, index: usize) -> Option<&WrittenBatch> {
        match &self.outcome {
            Some(Outcome::Written { batches, .. }) => batches.get(index),
            _ => None,
        }
    }

    /// The paging cursor that stands for this job (documented: creation time and id).
    pub(crate) fn cursor(&self) -> String {
        format!("{}_{}", self.created, self.id)
    }
}
