//! The engine's own reading of the body of `POST /export/jobs`.

mod body;

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use self::body::Node;

/// What a create request asks the engine to do.
///
/// Required are `destination.datasetId` and `schema.name` (documented). A value of the wrong type
/// is refused; keys that the engine does not know pass; `null` is the same as leaving a key out.
///
/// ```
/// use aep_export_emulator::engine::ExportRequest;
///
/// let request = ExportRequest::parse(
///     br#"{"destination": {"datasetId": "6123456789abcdef01234567"},
///          "schema": {"name": "_xdm.context.profile"},
///          "filter": {"segments": [{"segmentId": "a"}]}}"#,
/// )?;
/// assert_eq!(request.dataset_id(), "6123456789abcdef01234567");
/// assert_eq!(request.segments()[0].namespace, "ups");
///
/// let refused = ExportRequest::parse(br#"{"schema": {"name": 7}}"#).unwrap_err();
/// assert_eq!(refused.to_string(), "destination.datasetId: is required");
/// # Ok::<(), aep_export_emulator::engine::BadRequest>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    dataset_id: String,
    segment_per_batch: bool,
    schema_name: String,
    fields: Option<Vec<String>>,
    merge_policy: Option<MergePolicyRef>,
    segments: Vec<SegmentRef>,
    qualified_from: Option<Timestamp>,
    qualified_until: Option<Timestamp>,
    ingested_after: Option<Timestamp>,
    empty_profiles: bool,
    events: Option<EventRequest>,
    evaluate_segments: bool,
}

/// A segment that the request names: which one, and in which status a profile may be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRef {
    /// Usually a UUID, but ids of other systems may be anything.
    pub id: String,
    /// As the request wrote it; `ups` when it did not.
    pub namespace: String,
    /// As the request wrote them; `realized` and `existing` when it did not.
    pub statuses: Vec<MembershipStatus>,
}

/// How a profile stands to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipStatus {
    /// Entered with the last evaluation.
    Realized,
    /// Was in it before and still is.
    Existing,
    /// Left it.
    Exited,
}

/// The merge policy that the request names.
#[derive(Debug, Clone, PartialEq)]
pub struct MergePolicyRef {
    /// `mergePolicy.id`.
    pub id: String,
    /// `mergePolicy.version`; left out means the latest.
    pub version: Option<f64>,
}

/// `additionalFields.eventList`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct EventRequest {
    pub(super) fields: Option<Vec<String>>,
    pub(super) ingested_after: Option<Timestamp>,
    pub(super) ingested_before: Option<Timestamp>,
}

/// What is wrong with a create request, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRequest {
    path: String,
    problem: String,
}

impl BadRequest {
    /// Where: a dotted path such as `filter.segments[0].segmentId`; empty for the whole body.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What: the rest of a sentence that begins with the path.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "request body" } else { &self.path };
        write!(f, "{place}: {}", self.problem)
    }
}

impl std::error::Error for BadRequest {}

impl ExportRequest {
    /// Reads the body of a create call.
    ///
    /// # Errors
    ///
    /// [`BadRequest`] for the first thing that is missing or of the wrong type.
    pub fn parse(body: &[u8]) -> Result<Self, BadRequest> {
        let document: Value = serde_json::from_slice(body).map_err(|error| BadRequest {
            path: String::new(),
            problem: format!("is not JSON: {error}"),
        })?;
        let root = Node::root(&document)?;
        let destination = root.object("destination")?;
        let schema = root.object("schema")?;
        let filter = root.object("filter")?;
        let window = filter.object("segmentQualificationTime")?;
        let merge_policy = root.object("mergePolicy")?;
        Ok(Self {
            dataset_id: destination.required_text("datasetId")?,
            segment_per_batch: destination.flag("segmentPerBatch")?,
            schema_name: schema.required_text("name")?,
            fields: root.field_list("fields")?,
            merge_policy: match merge_policy.text("id")? {
                Some(id) => Some(MergePolicyRef { id, version: merge_policy.number("version")? }),
                None => None,
            },
            segments: segments(&filter)?,
            qualified_from: window.time("startTime")?,
            qualified_until: window.time("endTime")?,
            ingested_after: filter.time("fromIngestTimestamp")?,
            empty_profiles: filter.flag("emptyProfiles")?,
            events: events(&root)?,
            evaluate_segments: root.object("evaluationInfo")?.flag("segmentation")?,
        })
    }

    /// `destination.datasetId`.
    #[must_use]
    pub fn dataset_id(&self) -> &str {
        &self.dataset_id
    }

    /// `schema.name`.
    #[must_use]
    pub fn schema_name(&self) -> &str {
        &self.schema_name
    }

    /// The dotted paths of `fields`; `None` when left out or blank, which means all.
    #[must_use]
    pub fn fields(&self) -> Option<&[String]> {
        self.fields.as_deref()
    }

    /// `mergePolicy`, to be resolved or refused by the service: the store holds merged profiles.
    #[must_use]
    pub fn merge_policy(&self) -> Option<&MergePolicyRef> {
        self.merge_policy.as_ref()
    }

    /// `filter.segments`, each segment once: entries for the same one have their statuses joined.
    #[must_use]
    pub fn segments(&self) -> &[SegmentRef] {
        &self.segments
    }

    /// `destination.segmentPerBatch`; false when left out.
    #[must_use]
    pub fn segment_per_batch(&self) -> bool {
        self.segment_per_batch
    }

    /// The batches that the export will write, in order: one for each segment when that is asked
    /// for and there are segments, else one (`None`) for everything.
    #[must_use]
    pub fn batches(&self) -> Vec<Option<&SegmentRef>> {
        if self.segment_per_batch && !self.segments.is_empty() {
            self.segments.iter().map(Some).collect()
        } else {
            vec![None]
        }
    }

    /// `filter.segmentQualificationTime.startTime`.
    #[must_use]
    pub fn qualified_from(&self) -> Option<Timestamp> {
        self.qualified_from
    }

    /// `filter.segmentQualificationTime.endTime`.
    #[must_use]
    pub fn qualified_until(&self) -> Option<Timestamp> {
        self.qualified_until
    }

    /// `filter.fromIngestTimestamp`.
    #[must_use]
    pub fn ingested_after(&self) -> Option<Timestamp> {
        self.ingested_after
    }

    /// `filter.emptyProfiles`; false when left out.
    #[must_use]
    pub fn empty_profiles(&self) -> bool {
        self.empty_profiles
    }

    /// Whether `additionalFields.eventList` asks for events.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        self.events.is_some()
    }

    /// `evaluationInfo.segmentation`; false when left out. The store's memberships are always
    /// evaluated already, so the engine has nothing to do for it.
    #[must_use]
    pub fn evaluate_segments(&self) -> bool {
        self.evaluate_segments
    }

    pub(super) fn events(&self) -> Option<&EventRequest> {
        self.events.as_ref()
    }
}

impl SegmentRef {
    /// Whether both mean the same segment: same id, and same namespace but for letter case.
    #[must_use]
    pub fn is_same_segment(&self, other: &Self) -> bool {
        self.id == other.id && self.namespace.eq_ignore_ascii_case(&other.namespace)
    }
}

impl MembershipStatus {
    const KNOWN: [Self; 3] = [Self::Realized, Self::Existing, Self::Exited];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realized => "realized",
            Self::Existing => "existing",
            Self::Exited => "exited",
        }
    }
}

fn segments(filter: &Node<'_>) -> Result<Vec<SegmentRef>, BadRequest> {
    let mut segments: Vec<SegmentRef> = Vec::new();
    for item in filter.list("segments")? {
        let entry = Node::of(item.path.clone(), item.value)?;
        let segment = SegmentRef {
            id: entry.required_text("segmentId")?,
            namespace: entry.text("segmentNs")?.unwrap_or_else(|| "ups".to_owned()),
            statuses: statuses(&entry)?,
        };
        match segments.iter_mut().find(|known| known.is_same_segment(&segment)) {
            Some(known) => join(&mut known.statuses, &segment.statuses),
            None => segments.push(segment),
        }
    }
    Ok(segments)
}

fn statuses(segment: &Node<'_>) -> Result<Vec<MembershipStatus>, BadRequest> {
    let mut statuses = Vec::new();
    for item in segment.list("status")? {
        let Value::String(word) = item.value else { return Err(item.wrong("a text")) };
        let known = MembershipStatus::KNOWN.into_iter().find(|status| status.as_str() == word);
        let Some(status) = known else { return Err(item.wrong("realized, existing or exited")) };
        join(&mut statuses, &[status]);
    }
    if statuses.is_empty() {
        statuses = vec![MembershipStatus::Realized, MembershipStatus::Existing];
    }
    Ok(statuses)
}

fn join(statuses: &mut Vec<MembershipStatus>, more: &[MembershipStatus]) {
    for status in more {
        if !statuses.contains(status) {
            statuses.push(*status);
        }
    }
}

fn events(root: &Node<'_>) -> Result<Option<EventRequest>, BadRequest> {
    let additional = root.object("additionalFields")?;
    if !additional.has("eventList") {
        return Ok(None);
    }
    let list = additional.object("eventList")?;
    let filter = list.object("filter")?;
    Ok(Some(EventRequest {
        fields: list.field_list("fields")?,
        ingested_after: filter.time("fromIngestTimestamp")?,
        ingested_before: filter.time("toIngestTimestamp")?,
    }))
}
