//! Building a request step by step.

use super::{EvaluationInfo, ExportJobRequest, InvalidRequest, RequestDestination};
use crate::id::{DatasetId, MergePolicyId};
use crate::selection::{
    AdditionalFields, EventFields, Filter, MergePolicyRef, QualificationTime, SchemaName,
    SegmentFilter, join_paths,
};
use crate::time::TimeText;

/// Builds an [`ExportJobRequest`]; nothing is checked before [`build`](Self::build).
///
/// ```
/// use aep_export_model::{ExportJobRequest, MembershipStatus, SegmentFilter};
///
/// let request = ExportJobRequest::builder("6123456789abcdef01234567")
///     .segment(SegmentFilter::new("gold").status(MembershipStatus::Realized))
///     .qualified_after("2020-01-01T00:00:00Z")
///     .segment_per_batch(true)
///     .build()?;
/// assert_eq!(
///     serde_json::to_string(&request).unwrap(),
///     concat!(
///         r#"{"filter":{"segments":[{"segmentId":"gold","status":["realized"]}],"#,
///         r#""segmentQualificationTime":{"startTime":"2020-01-01T00:00:00Z"}},"#,
///         r#""destination":{"datasetId":"6123456789abcdef01234567","segmentPerBatch":true},"#,
///         r#""schema":{"name":"_xdm.context.profile"}}"#,
///     ),
/// );
/// # Ok::<(), aep_export_model::InvalidRequest>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ExportJobRequestBuilder {
    request: ExportJobRequest,
}

impl ExportJobRequestBuilder {
    pub(super) fn new(dataset_id: DatasetId) -> Self {
        let destination =
            RequestDestination { dataset_id: Some(dataset_id), ..RequestDestination::default() };
        let schema = Some(SchemaName::new(SchemaName::PROFILE));
        Self { request: ExportJobRequest { destination, schema, ..ExportJobRequest::default() } }
    }

    /// Another schema than `_xdm.context.profile`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.request.schema = Some(SchemaName::new(name));
        self
    }

    /// Only these fields, each a dotted path; without this, all.
    pub fn fields<P: AsRef<str>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.request.fields = Some(join_paths(paths));
        self
    }

    /// This merge policy, in its latest version or the one given.
    pub fn merge_policy(mut self, id: impl Into<MergePolicyId>, version: Option<u32>) -> Self {
        self.request.merge_policy = Some(MergePolicyRef { id: Some(id.into()), version });
        self
    }

    /// The members of this segment, and of those given before; without any, all profiles.
    pub fn segment(mut self, segment: SegmentFilter) -> Self {
        self.filter().segments.push(segment);
        self
    }

    /// Only members that qualified at or after this RFC 3339 time.
    pub fn qualified_after(mut self, time: impl Into<TimeText>) -> Self {
        self.qualification_time().start_time = Some(time.into());
        self
    }

    /// Only members that qualified at or before this RFC 3339 time.
    pub fn qualified_before(mut self, time: impl Into<TimeText>) -> Self {
        self.qualification_time().end_time = Some(time.into());
        self
    }

    /// Only profiles updated after this RFC 3339 time; bounds events too (documented).
    pub fn ingested_after(mut self, time: impl Into<TimeText>) -> Self {
        self.filter().from_ingest_timestamp = Some(time.into());
        self
    }

    /// Whether profiles that have only events are exported too.
    pub fn empty_profiles(mut self, included: bool) -> Self {
        self.filter().empty_profiles = Some(included);
        self
    }

    /// Events beside the records; without this, none.
    pub fn events(mut self, events: EventFields) -> Self {
        self.request.additional_fields = Some(AdditionalFields { event_list: Some(events) });
        self
    }

    /// Whether each segment gets a batch of its own.
    pub fn segment_per_batch(mut self, each: bool) -> Self {
        self.request.destination.segment_per_batch = Some(each);
        self
    }

    /// Whether segments are evaluated first, in the same job.
    pub fn evaluate_segments(mut self, first: bool) -> Self {
        self.request.evaluation_info = Some(EvaluationInfo { segmentation: Some(first) });
        self
    }

    /// The finished request.
    ///
    /// # Errors
    /// [`InvalidRequest`] with all problems at once.
    pub fn build(self) -> Result<ExportJobRequest, InvalidRequest> {
        self.request.validate()?;
        Ok(self.request)
    }

    fn filter(&mut self) -> &mut Filter {
        self.request.filter.get_or_insert_default()
    }

    fn qualification_time(&mut self) -> &mut QualificationTime {
        self.filter().segment_qualification_time.get_or_insert_default()
    }
}
