//! What the emulator remembers.

mod audience;
mod job;
mod moment;
mod profiles;
mod segment_job;
mod store;

use serde::{Deserialize, Serialize};

pub(crate) use audience::Audience;
pub(crate) use job::{
    BatchSlot, Cancel, ComputeJobs, JobError, JobRecord, MergePolicy, Outcome, Plan, Sample,
    SlotSegment, Work, WrittenBatch, WrittenFile,
};
pub(crate) use moment::{Moment, Span, Status};
pub(crate) use profiles::{NamedAudience, ProfilesFile, ProfilesRecord};
pub(crate) use segment_job::{SegmentJobRecord, SegmentOfJob};
pub(crate) use store::{Store, StoreError};

/// An organisation's sandbox: nothing in one is seen in another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) organization: String,
    pub(crate) sandbox: String,
}

impl Tenant {
    /// Whether this can be an organisation's id.
    pub(crate) fn is_organization(id: &str) -> bool {
        id.strip_suffix("@AdobeOrg").is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    }

    /// Whether this can be a sandbox's name: they are lower case (documented).
    pub(crate) fn is_sandbox(name: &str) -> bool {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }

    /// One text for both; neither part can hold the separator.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.organization, self.sandbox)
    }
}

/// A dataset as it was created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DatasetRecord {
    pub(crate) id: String,
    pub(crate) view_id: String,
    /// On the clock of the emulator, milliseconds.
    pub(crate) created: i64,
    /// `x-api-key` of the request that made it.
    pub(crate) client: String,
    /// The create request, as it was sent.
    pub(crate) document: serde_json::Map<String, serde_json::Value>,
}

/// The union schema that exports need (documented).
pub(crate) const UNION_SCHEMA: &str = "https://ns.adobe.com/xdm/context/profile__union";

impl DatasetRecord {
    /// Whether an export job can write here: only into datasets on the union schema (documented).
    pub(crate) fn is_on_union_schema(&self) -> bool {
        let reference = self.document.get("schemaRef").and_then(|schema| schema.get("id"));
        reference.and_then(serde_json::Value::as_str) == Some(UNION_SCHEMA)
    }
}
