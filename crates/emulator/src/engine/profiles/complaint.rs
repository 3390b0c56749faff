//! Why a line is no profile. It was found out already that it is none; this is for people.

use serde_json::{Map, Value};

use super::scan::Refusal;
use crate::engine::shorten::shortened;
use crate::engine::time::rfc3339;

/// What is wrong with a line.
pub(super) fn complaint(refusal: Refusal, line: &[u8]) -> String {
    match refusal {
        Refusal::TooManyFields => {
            return "the profiles so far have more fields than this emulator takes: their names \
                    seem to be data"
                .to_owned();
        }
        Refusal::TooLong => return "it is longer than 16 MiB, a limit of this emulator".to_owned(),
        Refusal::Wrong | Refusal::Unusual => {}
    }
    let profile = match serde_json::from_slice(line) {
        Ok(Value::Object(profile)) => profile,
        Ok(_) => return "it is not a JSON object".to_owned(),
        Err(error) => return of_json(&error),
    };
    of_profile(&profile).unwrap_or_else(|| "it cannot be read".to_owned())
}

/// The reader's own words, with the line left out: it only saw this one.
fn of_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    format!("{reason} at column {}", error.column())
}

fn of_profile(profile: &Map<String, Value>) -> Option<String> {
    let of = |name: &str, check: fn(&str, &Value) -> Option<String>| {
        profile.get(name).filter(|value| !value.is_null()).and_then(|value| check(name, value))
    };
    of("identityMap", identities)
        .or_else(|| of("segmentMembership", memberships))
        .or_else(|| of("eventList", events))
        .or_else(|| of("_emulator", envelope))
}

fn identities(place: &str, value: &Value) -> Option<String> {
    in_members(place, value, "an object of lists by namespace", |place, ids| match ids {
        Value::Array(_) => None,
        other => Some(must_be(place, "a list of identities", other)),
    })
}

fn memberships(place: &str, value: &Value) -> Option<String> {
    in_members(place, value, "an object of segments by namespace", |place, segments| {
        in_members(place, segments, "an object of memberships by segment", membership)
    })
}

fn membership(place: &str, value: &Value) -> Option<String> {
    in_members(place, value, "an object with status and lastQualificationTime", |place, value| {
        match place.rsplit('.').next() {
            Some("status") if !value.is_string() => Some(must_be(place, "a text", value)),
            Some("lastQualificationTime" | "timestamp") => time(place, value),
            _ => None,
        }
    })
}

fn events(place: &str, value: &Value) -> Option<String> {
    let Value::Array(events) = value else { return Some(must_be(place, "a list", value)) };
    events.iter().enumerate().filter(|(_, event)| !event.is_null()).find_map(|(number, event)| {
        let place = format!("{place}[{number}]");
        match event {
            Value::Object(event) => {
                event.get("_emulator").and_then(|it| envelope(&format!("{place}._emulator"), it))
            }
            other => Some(must_be(&place, "an object", other)),
        }
    })
}

fn envelope(place: &str, value: &Value) -> Option<String> {
    in_members(place, value, "an object", |place, value| match place.rsplit('.').next() {
        Some("updatedAt" | "ingestedAt") => time(place, value),
        _ => None,
    })
}

fn time(place: &str, value: &Value) -> Option<String> {
    let is_time = value.as_str().is_some_and(|text| rfc3339(text).is_some());
    (!is_time).then(|| must_be(place, "an RFC 3339 time", value))
}

/// What is wrong with a value that must be an object, or with one of its members; null is nothing.
fn in_members(
    place: &str,
    value: &Value,
    expected: &str,
    check: impl Fn(&str, &Value) -> Option<String>,
) -> Option<String> {
    let members = match value {
        Value::Null => return None,
        Value::Object(members) => members,
        other => return Some(must_be(place, expected, other)),
    };
    let mut there = members.iter().filter(|(_, value)| !value.is_null());
    there.find_map(|(name, value)| check(&format!("{place}.{name}"), value))
}

fn must_be(place: &str, expected: &str, found: &Value) -> String {
    format!("{} must be {expected}, not {}", shortened(place), shortened(&found.to_string()))
}
