//! The engine's own reading of the body of `POST /export/jobs`.

mod body;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use self::body::{MOST_NAMES, Node};

/// What a create request asks the engine to do.
///
/// Required are `destination.datasetId` and `schema.name` (documented). A value of the wrong type
/// is refused; keys that the engine does not know pass; `null` is the same as leaving a key out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExportRequest {
    dataset_id: String,
    segment_per_batch: bool,
    schema_name: String,
    fields: Option<Vec<String>>,
    merge_policy: Option<MergePolicyRef>,
    segments: Vec<SegmentRef>,
    qualified: (Option<Timestamp>, Option<Timestamp>),
    ingested_after: Option<Timestamp>,
    empty_profiles: bool,
    events: Option<EventRequest>,
}

/// A segment that the request names: which one, and in which status a profile may be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentRef {
    /// Usually a UUID, but ids of other systems may be anything.
    pub(crate) id: String,
    /// As the request wrote it; `ups` when it did not.
    pub(crate) namespace: String,
    /// As the request wrote them; `realized` and `existing` when it did not.
    pub(crate) statuses: Vec<MembershipStatus>,
}

/// How a profile stands to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MembershipStatus {
    /// Entered with the last evaluation.
    Realized,
    /// Was in it before and still is.
    Existing,
    /// Left it.
    Exited,
}

/// The merge policy that the request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergePolicyRef {
    /// `mergePolicy.id`.
    pub(crate) id: String,
    /// `mergePolicy.version`; left out means the latest.
    pub(crate) version: Option<u64>,
}

/// `additionalFields.eventList`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct EventRequest {
    pub(super) fields: Option<Vec<String>>,
    pub(super) ingested_after: Option<Timestamp>,
    pub(super) ingested_before: Option<Timestamp>,
}

/// The deepest level at which a path of a request can end: those of events begin below the list
/// and its elements.
pub(super) const DEEPEST_PATH: usize = MOST_NAMES + 2;

/// What is wrong with a create request, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRequest {
    path: String,
    problem: String,
}

impl BadRequest {
    /// Where: a dotted path such as `filter.segments[0].segmentId`; empty for the whole body.
    pub(crate) fn path(&self) -> &str {
        &self.path
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
    pub(crate) fn parse(body: &[u8]) -> Result<Self, BadRequest> {
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
        let request = Self {
            dataset_id: destination.required_text("datasetId")?,
            segment_per_batch: destination.flag("segmentPerBatch")?,
            schema_name: schema.required_text("name")?,
            fields: root.field_list("fields")?,
            merge_policy: match merge_policy.text("id")? {
                Some(id) => Some(MergePolicyRef { id, version: merge_policy.whole("version")? }),
                None => None,
            },
            segments: segments(&filter)?,
            qualified: window.window("startTime", "endTime")?,
            ingested_after: filter.time("fromIngestTimestamp")?,
            empty_profiles: filter.flag("emptyProfiles")?,
            events: events(&root)?,
        };
        // The store's memberships are evaluated already, so there is nothing to do for it.
        root.object("evaluationInfo")?.flag("segmentation")?;
        Ok(request)
    }

    /// `destination.datasetId`.
    pub(crate) fn dataset_id(&self) -> &str {
        &self.dataset_id
    }

    /// `schema.name`.
    pub(crate) fn schema_name(&self) -> &str {
        &self.schema_name
    }

    /// The dotted paths of `fields`; `None` when left out or blank, which means all.
    pub(crate) fn fields(&self) -> Option<&[String]> {
        self.fields.as_deref()
    }

    /// `mergePolicy`, to be resolved or refused by the service: the store holds merged profiles.
    pub(crate) fn merge_policy(&self) -> Option<&MergePolicyRef> {
        self.merge_policy.as_ref()
    }

    /// `filter.segments`, each segment once: entries for the same one have their statuses joined.
    pub(crate) fn segments(&self) -> &[SegmentRef] {
        &self.segments
    }

    /// `destination.segmentPerBatch`; false when left out.
    pub(crate) fn segment_per_batch(&self) -> bool {
        self.segment_per_batch
    }

    /// The batches that the export will write, in order: one for each segment when that is asked
    /// for and there are segments, else one (`None`) for everything.
    pub(crate) fn batches(&self) -> Vec<Option<&SegmentRef>> {
        if self.segment_per_batch && !self.segments.is_empty() {
            self.segments.iter().map(Some).collect()
        } else {
            vec![None]
        }
    }

    /// `filter.segmentQualificationTime.startTime`.
    pub(crate) fn qualified_from(&self) -> Option<Timestamp> {
        self.qualified.0
    }

    /// `filter.segmentQualificationTime.endTime`.
    pub(crate) fn qualified_until(&self) -> Option<Timestamp> {
        self.qualified.1
    }

    /// `filter.fromIngestTimestamp`.
    pub(crate) fn ingested_after(&self) -> Option<Timestamp> {
        self.ingested_after
    }

    /// `filter.emptyProfiles`; false when left out.
    pub(crate) fn empty_profiles(&self) -> bool {
        self.empty_profiles
    }

    /// `additionalFields.eventList`; `None` asks for no events.
    pub(super) fn events(&self) -> Option<&EventRequest> {
        self.events.as_ref()
    }
}

impl MembershipStatus {
    const KNOWN: [Self; 3] = [Self::Realized, Self::Existing, Self::Exited];

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Realized => "realized",
            Self::Existing => "existing",
            Self::Exited => "exited",
        }
    }
}

/// Elements of `filter.segments`. The emulator's own limit; AEP's is not documented.
const MOST_SEGMENTS: usize = 1_000;

fn segments(filter: &Node<'_>) -> Result<Vec<SegmentRef>, BadRequest> {
    let mut segments: Vec<SegmentRef> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for item in filter.list("segments")?.of_at_most(MOST_SEGMENTS)?.items() {
        let entry = Node::of(item.path, item.value)?;
        let segment = SegmentRef {
            id: entry.required_text("segmentId")?,
            namespace: entry.text("segmentNs")?.unwrap_or_else(|| "ups".to_owned()),
            statuses: statuses(&entry)?,
        };
        // The same segment: same id, and same namespace but for letter case.
        match places.entry((segment.namespace.to_ascii_lowercase(), segment.id.clone())) {
            Entry::Occupied(place) => {
                if let Some(known) = segments.get_mut(*place.get()) {
                    join(&mut known.statuses, &segment.statuses);
                }
            }
            Entry::Vacant(place) => {
                place.insert(segments.len());
                segments.push(segment);
            }
        }
    }
    Ok(segments)
}

fn statuses(segment: &Node<'_>) -> Result<Vec<MembershipStatus>, BadRequest> {
    let mut statuses = Vec::new();
    for item in segment.list("status")?.items() {
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
    let fields = list.field_list("fields")?;
    let filter = list.object("filter")?;
    let (ingested_after, ingested_before) =
        filter.window("fromIngestTimestamp", "toIngestTimestamp")?;
    Ok(Some(EventRequest { fields, ingested_after, ingested_before }))
}
