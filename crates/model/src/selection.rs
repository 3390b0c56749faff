//! What is exported: the words that a request and the job made from it share.

use serde::de::SeqAccess;

use crate::document::document;
use crate::id::{MergePolicyId, SegmentId};
use crate::read::{Form, Kind, List, Scalar, Value};
use crate::status::MembershipStatus;
use crate::time::TimeText;

document! {
    /// The XDM class whose records are exported.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct SchemaName {
        /// Required in a request; `_xdm.context.profile` in every sample (documented).
        #[cfg_attr(feature = "schema", schemars(required))]
        pub name: Option<String> = "name";
    }
}

impl SchemaName {
    /// The schema of profiles, the only one ever seen in an export job.
    pub const PROFILE: &'static str = "_xdm.context.profile";

    /// The schema with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()) }
    }
}

document! {
    /// The policy by which fragments of a profile become one record. Left out of a request, the
    /// service takes that of the segment (documented). The job's may differ from the requested one
    /// (documented samples).
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct MergePolicyRef {
        /// The policy's id.
        #[cfg_attr(feature = "schema", schemars(required))]
        pub id: Option<MergePolicyId> = "id";
        /// The policy's version; the latest if left out (documented).
        pub version: Option<u32> = "version";
    }
}

document! {
    /// Which profiles are exported; without a filter all of them (documented).
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct Filter {
        /// The segments whose members are exported; without any, all profiles.
        #[cfg_attr(feature = "schema", schemars(default))]
        pub segments: Vec<SegmentFilter> = "segments";
        /// When members must have qualified for their segment.
        pub segment_qualification_time: Option<QualificationTime> = "segmentQualificationTime";
        /// Only profiles whose merged record was updated after this time; bounds events too
        /// (documented).
        pub from_ingest_timestamp: Option<TimeText> = "fromIngestTimestamp";
        /// Whether profiles that have only events are exported too; without it, they are not
        /// (documented).
        pub empty_profiles: Option<bool> = "emptyProfiles";
    }
}

document! {
    /// One segment of a filter. In a job it may hold the id alone (observed).
    ///
    /// ```
    /// use aep_export_model::{MembershipStatus, SegmentFilter};
    ///
    /// let gold = SegmentFilter::new("4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10")
    ///     .namespace("ups")
    ///     .status(MembershipStatus::Realized);
    /// assert_eq!(gold.status, [MembershipStatus::Realized]);
    /// ```
    #[cfg_attr(
        feature = "schema",
        derive(schemars::JsonSchema),
        schemars(rename_all = "camelCase", description = "One segment of a filter.")
    )]
    pub struct SegmentFilter {
        /// The segment; required in a request (documented).
        #[cfg_attr(feature = "schema", schemars(required))]
        pub segment_id: Option<SegmentId> = "segmentId";
        /// The segment's namespace; `ups` if left out (documented). Seen: `ups`, `UPS`, `AAM`,
        /// `AdCloud`.
        pub segment_ns: Option<String> = "segmentNs";
        /// Which members; if left out, `realized` in the latest documentation, `realized` and
        /// `existing` in all before. One sample has a bare text where the list belongs.
        #[cfg_attr(feature = "schema", schemars(default))]
        pub status: Vec<MembershipStatus> = "status";
    }
}

impl SegmentFilter {
    /// The segment with this id, in the service's default namespace and with its default status.
    pub fn new(id: impl Into<SegmentId>) -> Self {
        Self { segment_id: Some(id.into()), ..Self::default() }
    }

    /// The same segment in this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.segment_ns = Some(namespace.into());
        self
    }

    /// The same segment with members of this status too.
    #[must_use]
    pub fn status(mut self, status: MembershipStatus) -> Self {
        self.status.push(status);
        self
    }
}

document! {
    /// When members qualified for their segment; each end may stand alone (documented).
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct QualificationTime {
        /// The earliest time, RFC 3339.
        pub start_time: Option<TimeText> = "startTime";
        /// The latest time, RFC 3339.
        pub end_time: Option<TimeText> = "endTime";
    }
}

document! {
    /// What is exported beside the profile records; left out altogether, no events are (documented).
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct AdditionalFields {
        /// The events.
        pub event_list: Option<EventFields> = "eventList";
    }
}

document! {
    /// The events to export.
    ///
    /// ```
    /// use aep_export_model::EventFields;
    ///
    /// let events = EventFields::new()
    ///     .fields(["environment.browserDetails.name", "timestamp"])
    ///     .ingested_after("2020-01-01T00:00:00Z");
    /// assert_eq!(events.fields.as_deref(), Some("environment.browserDetails.name,timestamp"));
    /// ```
    #[cfg_attr(
        feature = "schema",
        derive(schemars::JsonSchema),
        schemars(rename_all = "camelCase", description = "The events to export.")
    )]
    pub struct EventFields {
        /// Dotted paths of event fields, separated by commas.
        pub fields: Option<String> = "fields" from FieldPaths;
        /// Which events.
        pub filter: Option<EventFilter> = "filter";
    }
}

impl EventFields {
    /// Events without a choice of fields or times.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only these fields, each a dotted path.
    #[must_use]
    pub fn fields<P: AsRef<str>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.fields = Some(join_paths(paths));
        self
    }

    /// Only events ingested after this RFC 3339 time.
    #[must_use]
    pub fn ingested_after(mut self, time: impl Into<TimeText>) -> Self {
        self.filter.get_or_insert_default().from_ingest_timestamp = Some(time.into());
        self
    }

    /// Only events ingested before this RFC 3339 time.
    #[must_use]
    pub fn ingested_before(mut self, time: impl Into<TimeText>) -> Self {
        self.filter.get_or_insert_default().to_ingest_timestamp = Some(time.into());
        self
    }
}

document! {
    /// Which events are exported, by the time of their ingestion (documented; not the time at
    /// which they happened).
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
    pub struct EventFilter {
        /// The earliest time, RFC 3339.
        pub from_ingest_timestamp: Option<TimeText> = "fromIngestTimestamp";
        /// The latest time, RFC 3339. Documented since August 2020, not in the service's own
        /// definition and not echoed in the sample answer.
        pub to_ingest_timestamp: Option<TimeText> = "toIngestTimestamp";
    }
}

/// The comma-separated form that the service takes, without the spaces around paths.
pub(crate) fn join_paths<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> String {
    let mut joined = String::new();
    for (index, path) in paths.into_iter().enumerate() {
        for (part, path) in split_paths(path.as_ref()).enumerate() {
            if index + part > 0 {
                joined.push(',');
            }
            joined.push_str(path);
        }
    }
    joined
}

/// The paths in a comma-separated text, without the spaces around them.
pub(crate) fn split_paths(joined: &str) -> impl Iterator<Item = &str> {
    joined.split(',').map(str::trim)
}

/// Field paths: one comma-separated text; a list of paths, which people write, is read too.
pub(crate) struct FieldPaths(String);

impl Value for FieldPaths {
    const KIND: Kind = Kind::Text;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.into_text().map(Self)
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: List<'_, A>) -> Result<Option<Self>, A::Error> {
        let paths: Vec<String> = list.read()?;
        Ok(Some(Self(join_paths(paths))))
    }
}

impl Form for FieldPaths {
    type Inner = String;

    fn unwrap(self) -> Option<String> {
        Some(self.0)
    }
}
