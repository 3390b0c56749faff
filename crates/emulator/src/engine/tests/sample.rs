//! The sample set is the same everywhere and has what people try exports with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::super::sample::{audiences, profiles};

const SEED: u64 = 1;

fn set(count: u64) -> Vec<Value> {
    profiles(SEED, count).map(|line| serde_json::from_str(&line).unwrap()).collect()
}

/// Every text that looks like a time, wherever it is.
fn times(value: &Value, found: &mut Vec<Timestamp>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Timestamp>()),
        Value::Array(values) => values.iter().for_each(|value| times(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| times(value, found)),
        _ => {}
    }
}

#[test]
fn the_same_seed_gives_the_same_profiles_and_a_larger_set_begins_with_the_smaller() {
    let small: Vec<String> = profiles(SEED, 50).collect();
    assert_eq!(small, profiles(SEED, 50).collect::<Vec<_>>());
    assert_eq!(small, profiles(SEED, 500).take(50).collect::<Vec<_>>());
    assert_ne!(small, profiles(SEED + 1, 50).collect::<Vec<_>>());
    assert_eq!(profiles(SEED, 0).count(), 0);
}

#[test]
fn neighbouring_profiles_and_seeds_do_not_share_identities() {
    let lines = profiles(1, 300).chain(profiles(2, 300));
    let values = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let ecids: Vec<String> = values
        .filter_map(|profile| Some(profile["identityMap"]["ECID"][0]["id"].as_str()?.to_owned()))
        .collect();
    assert!(ecids.iter().all(|id| id.len() == 38 && id.bytes().all(|byte| byte.is_ascii_digit())));
    assert_eq!(ecids.iter().collect::<BTreeSet<_>>().len(), ecids.len());
}

/// Exports that people made with the sample set must not change under them; if this fails, the
/// generator or its source of randomness changed, and the change belongs in the change log.
#[test]
fn the_first_profile_is_the_one_it_always_was() {
    let first = &set(1)[0];
    assert_eq!(first["_id"], "person-00000000");
    assert_eq!(first["person"]["name"]["lastName"], "Whitfield");
    assert_eq!(first["identityMap"]["ECID"][0]["id"], "05087274316624884263805372855309649818");
}

#[test]
fn every_time_is_fixed_by_the_seed_and_lies_before_november() {
    let mut found = Vec::new();
    set(2_000).iter().for_each(|profile| times(profile, &mut found));
    let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    assert!(found.len() > 4_000);
    assert!(found.iter().all(|time| (first..end).contains(time)));
    let months: BTreeSet<String> = found.iter().map(|t| t.to_string()[..7].to_owned()).collect();
    assert_eq!(months.len(), 10);
}

#[test]
fn audiences_have_distinct_ids_and_one_ambiguous_name() {
    let ids: BTreeSet<_> = audiences().iter().map(|audience| audience.id).collect();
    assert_eq!(ids.len(), audiences().len());
    assert!(audiences().len() >= 4);
    let mut names = BTreeMap::new();
    for audience in audiences() {
        *names.entry(audience.name).or_insert(0) += 1;
    }
    assert_eq!(names["Gold members"], 1);
    assert_eq!(names["Newsletter subscribers"], 2);
    for audience in audiences() {
        let lengths: Vec<usize> = audience.id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{}", audience.id);
    }
}

#[test]
fn every_audience_has_members_in_every_status() {
    let profiles = set(2_000);
    for audience in audiences() {
        for status in ["realized", "existing", "exited"] {
            let is_member = |profile: &&Value| {
                profile["segmentMembership"]["ups"][audience.id]["status"] == status
            };
            assert!(profiles.iter().filter(is_member).count() > 20, "{} {status}", audience.name);
        }
    }
}

#[test]
fn gold_members_are_those_whose_tier_is_gold() {
    let gold = audiences().iter().find(|audience| audience.name == "Gold members").unwrap();
    for profile in set(2_000) {
        let status = &profile["segmentMembership"]["ups"][gold.id]["status"];
        let is_member = status == "realized" || status == "existing";
        assert_eq!(is_member, profile["loyalty"]["tier"] == "gold", "{profile}");
    }
}

#[test]
fn there_are_profiles_of_every_kind() {
    let profiles = set(2_000);
    let count = |matches: &dyn Fn(&Value) -> bool| {
        profiles.iter().filter(|profile| matches(profile)).count()
    };
    let known_by_events = count(&|profile| profile.get("_id").is_none());
    assert!((30..100).contains(&known_by_events), "{known_by_events}");
    assert!(count(&|profile| profile.get("eventList").is_some()) > 300);
    assert!(count(&|profile| profile["segmentMembership"].get("AAM").is_some()) > 50);
    assert!(count(&|profile| profile["homeAddress"]["countryCode"] == "JP") > 50);
    assert!(count(&|profile| profile["homeAddress"]["country"] == "中国") > 50);
    assert_eq!(count(&|profile| profile["_emulator"]["updatedAt"].is_string()), profiles.len());
    for event in profiles.iter().filter_map(|profile| profile["eventList"].as_array()).flatten() {
        let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
        assert!(time(&event["_emulator"]["ingestedAt"]) > time(&event["timestamp"]));
    }
}
