//! A second opinion: what an export should hold, worked out slowly and as literally as possible
//! from the JSON of the request and of the profiles. It shares nothing with the engine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Rows and identity namespace counts of one batch.
#[derive(Debug, PartialEq)]
pub(super) struct PlainBatch {
    pub(super) rows: Vec<Value>,
    pub(super) profiles_by_namespace: BTreeMap<String, u64>,
}

/// (namespace in lower case, id, statuses), each segment once.
type Segment = (String, String, Vec<String>);

/// `imported` is the ingest time of what has none of its own.
pub(super) fn evaluate(body: &Value, profiles: &[Value], imported: &Value) -> Vec<PlainBatch> {
    let segments = segments(body);
    let groups: Vec<Vec<Segment>> =
        if body["destination"]["segmentPerBatch"] == true && !segments.is_empty() {
            segments.into_iter().map(|segment| vec![segment]).collect()
        } else {
            vec![segments]
        };
    groups.iter().map(|group| batch(body, group, profiles, imported)).collect()
}

fn segments(body: &Value) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for entry in body["filter"]["segments"].as_array().unwrap_or(&Vec::new()) {
        let namespace = entry["segmentNs"].as_str().unwrap_or("ups").to_lowercase();
        let id = entry["segmentId"].as_str().unwrap().to_owned();
        let mut statuses: Vec<String> =
            serde_json::from_value(entry["status"].clone()).unwrap_or_default();
        if statuses.is_empty() {
            statuses = vec!["realized".to_owned(), "existing".to_owned()];
        }
        match segments.iter_mut().find(|known| known.0 == namespace && known.1 == id) {
            Some(known) => known.2.extend(statuses),
            None => segments.push((namespace, id, statuses)),
        }
    }
    segments
}

fn batch(body: &Value, segments: &[Segment], profiles: &[Value], imported: &Value) -> PlainBatch {
    let mut batch = PlainBatch { rows: Vec::new(), profiles_by_namespace: BTreeMap::new() };
    for profile in profiles {
        if !is_in(body, segments, profile, imported) {
            continue;
        }
        batch.rows.push(row(body, profile, imported));
        for (namespace, ids) in profile["identityMap"].as_object().unwrap_or(&Map::new()) {
            if !ids.is_null() && ids != &json!([]) {
                *batch.profiles_by_namespace.entry(namespace.clone()).or_default() += 1;
            }
        }
    }
    batch
}

fn is_in(body: &Value, segments: &[Segment], profile: &Value, imported: &Value) -> bool {
    let filter = &body["filter"];
    let mut rest = profile.as_object().unwrap().clone();
    for key in ["identityMap", "segmentMembership", "eventList", "_emulator"] {
        rest.remove(key);
    }
    let has_record = rest.values().any(|value| !value.is_null());
    let updated = or(&profile["_emulator"]["updatedAt"], imported);
    let fresh = after(updated, &filter["fromIngestTimestamp"]);
    (has_record || filter["emptyProfiles"] == true) && fresh && qualifies(filter, segments, profile)
}

fn qualifies(filter: &Value, segments: &[Segment], profile: &Value) -> bool {
    let window = &filter["segmentQualificationTime"];
    let has_window = time(&window["startTime"]).is_some() || time(&window["endTime"]).is_some();
    if segments.is_empty() && !has_window {
        return true;
    }
    for (namespace, memberships) in profile["segmentMembership"].as_object().unwrap_or(&Map::new())
    {
        for (id, membership) in memberships.as_object().unwrap_or(&Map::new()) {
            let Some(status) = membership["status"].as_str() else { continue };
            let named = segments.iter().any(|(wanted, segment, statuses)| {
                *wanted == namespace.to_lowercase()
                    && segment == id
                    && statuses.iter().any(|wanted| wanted == status)
            });
            let anything = segments.is_empty() && ["realized", "existing"].contains(&status);
            if (named || anything) && (!has_window || is_within(window, membership)) {
                return true;
            }
        }
    }
    false
}

fn is_within(window: &Value, membership: &Value) -> bool {
    let qualified = match time(&membership["lastQualificationTime"]) {
        Some(time) => time,
        None => match time(&membership["timestamp"]) {
            Some(time) => time,
            None => return false,
        },
    };
    let too_early = time(&window["startTime"]).is_some_and(|start| qualified < start);
    let too_late = time(&window["endTime"]).is_some_and(|end| qualified >= end);
    !too_early && !too_late
}

/// Whether a time is later than a bound, if there is a bound.
fn after(value: &Value, bound: &Value) -> bool {
    match (time(value), time(bound)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(value), Some(bound)) => value > bound,
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    Some(value.as_str()?.parse().unwrap())
}

fn or<'a>(value: &'a Value, other: &'a Value) -> &'a Value {
    if value.is_null() { other } else { value }
}

fn row(body: &Value, profile: &Value, imported: &Value) -> Value {
    let mut record = profile.as_object().unwrap().clone();
    record.remove("_emulator");
    record.remove("eventList");
    let mut row = cut(&Value::Object(record), "", &body["fields"]).unwrap();
    let wanted = &body["additionalFields"]["eventList"];
    if wanted.is_object() {
        let mut events = Vec::new();
        for event in profile["eventList"].as_array().unwrap_or(&Vec::new()) {
            if event_is_in(&body["filter"], &wanted["filter"], event, imported) {
                let mut event = event.clone();
                event.as_object_mut().map(|event| event.remove("_emulator"));
                events.extend(cut(&event, "", &wanted["fields"]));
            }
        }
        row["eventList"] = Value::Array(events);
    }
    row
}

fn event_is_in(filter: &Value, own: &Value, event: &Value, imported: &Value) -> bool {
    let ingested = or(&event["_emulator"]["ingestedAt"], imported);
    let before_end = match (time(ingested), time(&own["toIngestTimestamp"])) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(ingested), Some(end)) => ingested < end,
    };
    after(ingested, &filter["fromIngestTimestamp"])
        && after(ingested, &own["fromIngestTimestamp"])
        && before_end
}

/// What remains of the value at `place`: all of it below an asked-for path, parts of it above.
fn cut(value: &Value, place: &str, fields: &Value) -> Option<Value> {
    let Some(fields) = fields.as_str().filter(|text| !text.is_empty()) else {
        return Some(value.clone());
    };
    let is_below = |path: &str| format!("{place}.").starts_with(&format!("{path}."));
    let is_above = |path: &str| place.is_empty() || path.starts_with(&format!("{place}."));
    if fields.split(',').any(is_below) {
        return Some(value.clone());
    }
    if !fields.split(',').any(is_above) {
        return None;
    }
    let fields = &Value::from(fields);
    match value {
        Value::Object(object) => {
            let below = |key: &str| {
                if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
            };
            let kept = object
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), cut(value, &below(key), fields)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(values) => {
            Some(values.iter().filter_map(|value| cut(value, place, fields)).collect())
        }
        _ => None,
    }
}
