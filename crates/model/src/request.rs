//! The request that creates an export job.

mod builder;
mod check;

use crate::document::{always_there, document};
use crate::id::DatasetId;
use crate::selection::{
    AdditionalFields, FieldPaths, Filter, MergePolicyRef, SchemaName, split_paths,
};

pub use crate::problem::Problem;
pub use builder::ExportJobRequestBuilder;
pub use check::InvalidRequest;

document! {
    /// The request that creates an export job.
    ///
    /// Made by [`builder`](Self::builder), which checks it, or read from a document, which
    /// [`validate`](Self::validate) checks. Writing is exact: what is not set is not written,
    /// `fields` is one comma-separated text, and times keep the form they were given in.
    ///
    /// Reading is tolerant here too, but not forgetful: without a damaged filter a request would
    /// ask for every profile. What is there and cannot be read (also an element of a list, and a
    /// key that is there twice) is a [`Problem`] for [`validate`](Self::validate). Comparing two
    /// requests compares what they say, not what was lost on the way.
    ///
    /// ```
    /// use aep_export_model::{ExportJobRequest, SegmentFilter};
    ///
    /// let request = ExportJobRequest::builder("6123456789abcdef01234567")
    ///     .segment(SegmentFilter::new("4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"))
    ///     .fields(["identityMap", "personalEmail.address"])
    ///     .build()?;
    /// assert_eq!(request.fields.as_deref(), Some("identityMap,personalEmail.address"));
    ///
    /// let wrong = ExportJobRequest::builder("").fields(["a..b"]).build();
    /// assert_eq!(wrong.map_err(|invalid| invalid.problems().len()), Err(2));
    ///
    /// let damaged: ExportJobRequest = serde_json::from_str(
    ///     r#"{"filter": "gold", "destination": {"datasetId": "6123456789abcdef01234567"},
    ///         "schema": {"name": "_xdm.context.profile"}}"#,
    /// )?;
    /// let problems = damaged.validate().unwrap_err();
    /// assert_eq!(problems.problems()[0].to_string(), "filter is not an object, but text");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(
        feature = "schema",
        derive(schemars::JsonSchema),
        schemars(rename_all = "camelCase", description = "The request that creates an export job.")
    )]
    pub struct ExportJobRequest {
        /// Dotted paths separated by commas; all fields if left out (documented).
        pub fields: Option<String> = "fields" from FieldPaths;
        /// The merge policy; that of the segment if left out (documented).
        pub merge_policy: Option<MergePolicyRef> = "mergePolicy";
        /// Which profiles; all if left out (documented).
        pub filter: Option<Filter> = "filter";
        /// The events to export; none if left out (documented).
        pub additional_fields: Option<AdditionalFields> = "additionalFields";
        /// Where to write; required (documented).
        pub destination: RequestDestination = "destination";
        /// The schema; required (documented).
        #[cfg_attr(feature = "schema", schemars(required))]
        pub schema: Option<SchemaName> = "schema";
        /// Whether to evaluate segments first. In the documentation since 2020, not in the
        /// service's own definition; never echoed.
        pub evaluation_info: Option<EvaluationInfo> = "evaluationInfo";
    }
    keeps left_out
}

impl ExportJobRequest {
    /// A request that writes to this dataset, to be completed.
    pub fn builder(dataset_id: impl Into<DatasetId>) -> ExportJobRequestBuilder {
        ExportJobRequestBuilder::new(dataset_id.into())
    }

    /// The paths of [`fields`](Self::fields) one by one, without the spaces around them.
    pub fn field_paths(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().flat_map(|joined| split_paths(joined))
    }

    /// Looks for everything that the service is known to refuse, before it is sent, and for
    /// everything that was lost when the request was read.
    ///
    /// A request that was read keeps what it lost to the end, whatever is set later: to send what
    /// is left of it, build a new one from its parts.
    ///
    /// # Errors
    /// [`InvalidRequest`] with all problems at once.
    pub fn validate(&self) -> Result<(), InvalidRequest> {
        check::check(self)
    }

    /// Where the document that the request was read from has keys that are not known, such as
    /// `fitler` or `filter.segments[0].segmentid`. No problem by itself, as what is documented is
    /// not complete; but what is written from this request lacks them.
    pub fn unknown_keys(&self) -> &[String] {
        &self.left_out.unknown
    }

    /// Where the document that the request was read from has values that could be read but are of
    /// another kind than the service documents: `"fields": ["a"]`, `"emptyProfiles": "true"`. What
    /// is written from this request is right; the document itself may be refused.
    pub fn unusual_values(&self) -> &[Problem] {
        &self.left_out.unusual
    }
}

document! {
    /// Where an export is to write.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct RequestDestination {
        /// The dataset, which must be on the union schema of profiles; required (documented).
        #[cfg_attr(feature = "schema", schemars(required))]
        pub dataset_id: Option<DatasetId> = "datasetId" | "dataSetId" | "dataset_id";
        /// Whether each segment gets a batch of its own instead of one for all; may slow the
        /// export (documented).
        pub segment_per_batch: Option<bool> = "segmentPerBatch";
    }
}

always_there!(RequestDestination);

document! {
    /// What to do before exporting.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct EvaluationInfo {
        /// Whether to evaluate segments in the job; `false` if left out (documented).
        pub segmentation: Option<bool> = "segmentation";
    }
}
