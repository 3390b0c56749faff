//! Which profiles and events an export lets through.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::request::{EventRequest, ExportRequest, MembershipStatus, SegmentRef};

/// One JSON object: a profile, an event, a membership.
pub(super) type Object = Map<String, Value>;

/// The column that holds a profile's events.
pub(super) const EVENTS: &str = "eventList";
/// The store's own part of a profile or event, never exported.
pub(super) const ENVELOPE: &str = "_emulator";

const MEMBERSHIPS: &str = "segmentMembership";
const IDENTITIES: &str = "identityMap";

/// What a profile may have and still be known by its events only.
const NOT_RECORD_FIELDS: [&str; 4] = [IDENTITIES, MEMBERSHIPS, EVENTS, ENVELOPE];

/// The batches that a profile goes into, as positions in [`ExportRequest::batches`]; none when the
/// filters keep it out.
pub(super) fn batches_of(request: &ExportRequest, profile: &Object) -> Vec<usize> {
    if !passes_without_segments(request, profile) {
        return Vec::new();
    }
    if request.segments().is_empty() {
        let passes = !has_window(request) || qualifies_for_anything(request, profile);
        return if passes { vec![0] } else { Vec::new() };
    }
    let qualifies = |segment: &SegmentRef| qualifies_for(request, segment, profile);
    if request.segment_per_batch() {
        let numbered = request.segments().iter().enumerate();
        numbered.filter(|(_, segment)| qualifies(segment)).map(|(index, _)| index).collect()
    } else if request.segments().iter().any(qualifies) {
        vec![0]
    } else {
        Vec::new()
    }
}

/// Whether an event passes the job's and the event list's ingest times; both ends are exclusive
/// (documented as "after" and "before").
pub(super) fn keeps_event(request: &ExportRequest, events: &EventRequest, event: &Value) -> bool {
    let bounds = [request.ingested_after(), events.ingested_after];
    if bounds == [None, None] && events.ingested_before.is_none() {
        return true;
    }
    let Some(ingested) = envelope_time(event.get(ENVELOPE), "ingestedAt") else { return false };
    bounds.into_iter().flatten().all(|after| ingested > after)
        && events.ingested_before.is_none_or(|before| ingested < before)
}

/// The identity namespaces in which a profile has at least one identity.
pub(super) fn namespaces(profile: &Object) -> impl Iterator<Item = &str> {
    let identities = profile.get(IDENTITIES).and_then(Value::as_object);
    let has_any = |ids: &Value| ids.as_array().is_some_and(|ids| !ids.is_empty());
    identities
        .into_iter()
        .flatten()
        .filter(move |(_, ids)| has_any(ids))
        .map(|(name, _)| name.as_str())
}

fn passes_without_segments(request: &ExportRequest, profile: &Object) -> bool {
    let is_record = || profile.keys().any(|key| !NOT_RECORD_FIELDS.contains(&key.as_str()));
    if !request.empty_profiles() && !is_record() {
        return false;
    }
    match request.ingested_after() {
        None => true,
        Some(after) => {
            envelope_time(profile.get(ENVELOPE), "updatedAt").is_some_and(|updated| updated > after)
        }
    }
}

fn has_window(request: &ExportRequest) -> bool {
    request.qualified_from().is_some() || request.qualified_until().is_some()
}

fn qualifies_for(request: &ExportRequest, segment: &SegmentRef, profile: &Object) -> bool {
    memberships(profile)
        .filter(|(namespace, _)| namespace.eq_ignore_ascii_case(&segment.namespace))
        .filter_map(|(_, segments)| segments.get(&segment.id))
        .any(|membership| counts(request, &segment.statuses, membership))
}

/// A qualification window without segments asks for any membership within it (assumed).
fn qualifies_for_anything(request: &ExportRequest, profile: &Object) -> bool {
    let statuses = [MembershipStatus::Realized, MembershipStatus::Existing];
    memberships(profile)
        .flat_map(|(_, segments)| segments.values())
        .any(|membership| counts(request, &statuses, membership))
}

fn memberships(profile: &Object) -> impl Iterator<Item = (&str, &Object)> {
    let namespaces = profile.get(MEMBERSHIPS).and_then(Value::as_object);
    namespaces
        .into_iter()
        .flatten()
        .filter_map(|(namespace, segments)| Some((namespace.as_str(), segments.as_object()?)))
}

fn counts(request: &ExportRequest, statuses: &[MembershipStatus], membership: &Value) -> bool {
    let status = membership.get("status").and_then(Value::as_str);
    let in_status = statuses.iter().any(|wanted| Some(wanted.as_str()) == status);
    in_status && (!has_window(request) || is_in_window(request, membership))
}

fn is_in_window(request: &ExportRequest, membership: &Value) -> bool {
    let time = membership.get("lastQualificationTime").or_else(|| membership.get("timestamp"));
    let Some(qualified) = time.and_then(as_time) else { return false };
    request.qualified_from().is_none_or(|from| qualified >= from)
        && request.qualified_until().is_none_or(|until| qualified < until)
}

fn envelope_time(envelope: Option<&Value>, key: &str) -> Option<Timestamp> {
    envelope?.get(key).and_then(as_time)
}

fn as_time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
