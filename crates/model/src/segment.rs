//! Segment definitions (audiences), as far as an export needs them.

use crate::document::document;
use crate::id::{MergePolicyId, SegmentId};
use crate::page::Link;
use crate::selection::{MergePolicyRef, SchemaName};
use crate::time::EpochMillis;

document! {
    /// The definition of a segment (documented).
    pub struct SegmentDefinition {
        /// The segment's id.
        pub id: Option<SegmentId> = "id";
        /// The name that people know it by; not unique.
        pub name: Option<String> = "name";
        /// What it is for.
        pub description: Option<String> = "description";
        /// The schema of its members.
        pub schema: Option<SchemaName> = "schema";
        /// How membership is decided.
        pub expression: Option<SegmentExpression> = "expression";
        /// The merge policy that an export takes unless it names one.
        pub merge_policy_id: Option<MergePolicyId> = "mergePolicyId";
        /// The same with its version, where a segment job names the definition (documented).
        pub merge_policy: Option<MergePolicyRef> = "mergePolicy";
        /// How the segment is evaluated.
        pub evaluation_info: Option<SegmentEvaluation> = "evaluationInfo";
        /// The instance of the profile store.
        pub profile_instance_id: Option<String> = "profileInstanceId";
        /// The organisation.
        pub ims_org_id: Option<String> = "imsOrgId";
        /// The sandbox.
        pub sandbox: Option<Sandbox> = "sandbox";
        /// How many days memberships are kept.
        pub ttl_in_days: Option<u32> = "ttlInDays";
        /// `draft`, `published`, ...
        pub lifecycle_state: Option<String> = "lifecycleState";
        /// When it was created: milliseconds; 0 in samples.
        pub creation_time: Option<EpochMillis> = "creationTime";
        /// When it last changed, in **seconds** (documented samples).
        pub update_epoch: Option<i64> = "updateEpoch";
        /// When it last changed: milliseconds (documented samples).
        pub update_time: Option<EpochMillis> = "updateTime";
    }
}

impl SegmentDefinition {
    /// When the definition last changed: the milliseconds, or else the seconds.
    pub fn updated_at(&self) -> Option<EpochMillis> {
        let from_seconds = || self.update_epoch?.checked_mul(1000).map(EpochMillis::new);
        self.update_time.or_else(from_seconds)
    }
}

document! {
    /// How membership of a segment is decided.
    pub struct SegmentExpression {
        /// The language: `PQL`.
        pub language: Option<String> = "type";
        /// How it is written: `pql/text` or `pql/json`.
        pub format: Option<String> = "format";
        /// The expression.
        pub value: Option<String> = "value";
    }
}

document! {
    /// How a segment is evaluated. An export takes the outcome of the last evaluation (documented).
    pub struct SegmentEvaluation {
        /// By a segment job.
        pub batch: Option<Enabled> = "batch";
        /// As data comes in (streaming).
        pub continuous: Option<Enabled> = "continuous";
        /// On the edge.
        pub synchronous: Option<Enabled> = "synchronous";
    }
}

document! {
    /// Whether something is switched on.
    pub struct Enabled {
        /// Whether it is.
        pub enabled: Option<bool> = "enabled";
    }
}

document! {
    /// A sandbox, as segment definitions name it.
    pub struct Sandbox {
        /// Its id.
        pub sandbox_id: Option<String> = "sandboxId";
        /// Its name, as the header `x-sandbox-name` has it.
        pub sandbox_name: Option<String> = "sandboxName";
        /// `production` or `development`.
        pub kind: Option<String> = "type";
        /// Whether it is the one that is meant where none is named.
        pub is_default: Option<bool> = "default";
    }
}

document! {
    /// A page of segment definitions.
    pub struct SegmentDefinitionPage {
        /// The definitions.
        pub segments: Vec<SegmentDefinition> = "segments" | "children";
        /// What the page is.
        pub page: Option<SegmentPageInfo> = "page" | "_page";
        /// The way to the next page; `{}` on the last one (documented).
        pub link: Option<Link> = "link" | "_links";
    }
}

document! {
    /// What a page of segment definitions is. As a field of your own types it takes any value; what
    /// is no object is empty.
    pub part SegmentPageInfo {
        /// How many definitions there are in all.
        pub total_count: Option<u64> = "totalCount";
        /// How many pages there are in all.
        pub total_pages: Option<u64> = "totalPages";
        /// What it is sorted by.
        pub sort_field: Option<String> = "sortField";
        /// In which direction.
        pub sort: Option<String> = "sort";
        /// How many definitions are on the page.
        pub page_size: Option<u64> = "pageSize";
        /// The most definitions on a page.
        pub limit: Option<u64> = "limit";
    }
}
