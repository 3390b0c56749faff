//! Each filter by itself, on profiles made to lie on both sides of it.

use serde_json::{Value, json};

use super::{rows, rows_of_all};

/// The `_id`s of the exported rows.
fn ids(members: &Value, profiles: &[Value]) -> Vec<String> {
    rows(members, profiles).iter().map(|row| row["_id"].as_str().unwrap().to_owned()).collect()
}

fn member(id: &str, namespace: &str, status: &str, time: &str) -> Value {
    let membership = json!({"status": status, "lastQualificationTime": time});
    json!({"_id": id, "segmentMembership": {namespace: {"s": membership}}})
}

fn members() -> [Value; 6] {
    let time = "2026-05-01T00:00:00Z";
    [
        member("realized", "ups", "realized", time),
        member("existing", "ups", "existing", time),
        member("exited", "ups", "exited", time),
        member("upper case", "UPS", "realized", time),
        member("elsewhere", "AAM", "realized", time),
        json!({"_id": "nowhere"}),
    ]
}

#[test]
fn a_segment_alone_means_ups_and_whoever_is_in_it_now() {
    let filter = json!({"filter": {"segments": [{"segmentId": "s"}]}});
    assert_eq!(ids(&filter, &members()), ["realized", "existing", "upper case"]);
    let other = json!({"filter": {"segments": [{"segmentId": "t"}]}});
    assert_eq!(ids(&other, &members()), [] as [&str; 0]);
}

#[test]
fn namespace_and_status_are_those_asked_for() {
    let exited = json!({"segmentId": "s", "status": ["exited"]});
    let filter = json!({"filter": {"segments": [exited]}});
    assert_eq!(ids(&filter, &members()), ["exited"]);
    let elsewhere = json!({"segmentId": "s", "segmentNs": "aam"});
    let both = json!({"filter": {"segments": [exited, elsewhere]}});
    assert_eq!(ids(&both, &members()), ["exited", "elsewhere"]);
}

#[test]
fn no_segments_means_everybody() {
    assert_eq!(ids(&json!({}), &members()).len(), 6);
    assert_eq!(ids(&json!({"filter": {"segments": []}}), &members()).len(), 6);
}

#[test]
fn the_window_includes_its_start_and_not_its_end() {
    let times = ["2026-05-01T00:00:00Z", "2026-05-02T01:00:00+01:00", "2026-05-03T00:00:00Z"];
    let profiles: Vec<Value> =
        times.iter().map(|time| member(&time[..10], "ups", "realized", time)).collect();
    let within = |window: Value| {
        let segments = json!([{"segmentId": "s"}]);
        let filter = json!({"segments": segments, "segmentQualificationTime": window});
        ids(&json!({"filter": filter}), &profiles)
    };
    let (start, end) = ("2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z");
    assert_eq!(within(json!({"startTime": start})), ["2026-05-02", "2026-05-03"]);
    assert_eq!(within(json!({"endTime": end})), ["2026-05-01", "2026-05-02"]);
    assert_eq!(within(json!({"startTime": start, "endTime": end})), ["2026-05-02"]);
}

#[test]
fn the_window_looks_at_the_membership_that_counts() {
    let profile = json!({"_id": "p", "segmentMembership": {"ups": {
        "old": {"status": "realized", "timestamp": "2026-01-01T00:00:00Z"},
        "new": {"status": "realized", "lastQualificationTime": "2026-06-01T00:00:00Z"},
        "left": {"status": "exited", "lastQualificationTime": "2026-09-01T00:00:00Z"},
        "unknown": {"status": "realized"},
    }}});
    let passes = |segment: &str, start: &str| {
        let window = json!({"startTime": start});
        let filter =
            json!({"segments": [{"segmentId": segment}], "segmentQualificationTime": window});
        !ids(&json!({"filter": filter}), std::slice::from_ref(&profile)).is_empty()
    };
    assert!(passes("old", "2026-01-01T00:00:00Z"));
    assert!(!passes("old", "2026-02-01T00:00:00Z"));
    assert!(passes("new", "2026-02-01T00:00:00Z"));
    assert!(!passes("left", "2026-02-01T00:00:00Z"));
    assert!(!passes("unknown", "2026-01-01T00:00:00Z"));
    let any = |start: &str| {
        let filter = json!({"filter": {"segmentQualificationTime": {"startTime": start}}});
        !ids(&filter, std::slice::from_ref(&profile)).is_empty()
    };
    assert!(any("2026-02-01T00:00:00Z"));
    assert!(!any("2026-08-01T00:00:00Z"));
}

#[test]
fn only_what_was_updated_later_passes_the_ingest_time() {
    let profile = |id: &str, time: &str| json!({"_id": id, "_emulator": {"updatedAt": time}});
    let profiles = [
        profile("before", "2026-05-01T00:00:00Z"),
        profile("at", "2026-05-02T00:00:00Z"),
        profile("after", "2026-05-02T00:00:00.001Z"),
        json!({"_id": "unknown"}),
    ];
    let filter = json!({"filter": {"fromIngestTimestamp": "2026-05-01T17:00:00-07:00"}});
    assert_eq!(ids(&filter, &profiles), ["after"]);
}

#[test]
fn profiles_without_record_fields_come_only_when_asked_for() {
    let visitor = json!({
        "identityMap": {"ECID": [{"id": "1"}]},
        "segmentMembership": {"ups": {"s": {"status": "realized"}}},
        "eventList": [{"_id": "e"}],
        "_emulator": {"updatedAt": "2026-05-01T00:00:00Z"},
    });
    let profiles = [visitor, json!({"_id": "record"})];
    let count = |filter: Value| rows(&json!({"filter": filter}), &profiles).len();
    assert_eq!(count(json!({})), 1);
    assert_eq!(count(json!({"emptyProfiles": false})), 1);
    assert_eq!(count(json!({"emptyProfiles": true})), 2);
}

#[test]
fn all_filters_apply_together() {
    let mut stale = member("stale", "ups", "realized", "2026-05-02T00:00:00Z");
    let mut fresh = member("fresh", "ups", "realized", "2026-05-02T00:00:00Z");
    let mut early = member("early", "ups", "realized", "2026-01-02T00:00:00Z");
    stale["_emulator"] = json!({"updatedAt": "2026-01-01T00:00:00Z"});
    fresh["_emulator"] = json!({"updatedAt": "2026-06-01T00:00:00Z"});
    early["_emulator"] = json!({"updatedAt": "2026-06-01T00:00:00Z"});
    let filter = json!({
        "segments": [{"segmentId": "s"}, {"segmentId": "t"}],
        "segmentQualificationTime": {"startTime": "2026-05-01T00:00:00Z"},
        "fromIngestTimestamp": "2026-05-01T00:00:00Z",
    });
    assert_eq!(ids(&json!({"filter": filter}), &[stale, fresh, early]), ["fresh"]);
}

#[test]
fn a_profile_is_in_the_batch_of_each_of_its_segments() {
    let realized = json!({"status": "realized"});
    let profiles = [
        json!({"_id": "both", "segmentMembership": {"ups": {"s": realized, "t": realized}}}),
        json!({"_id": "one", "segmentMembership": {"ups": {"t": realized}}}),
    ];
    let segments = json!([{"segmentId": "s"}, {"segmentId": "t"}, {"segmentId": "u"}]);
    let one_each = json!({
        "destination": {"segmentPerBatch": true}, "filter": {"segments": segments}, "fields": "_id",
    });
    let batches = rows_of_all(&one_each, &profiles);
    let both_and_one = vec![json!({"_id": "both"}), json!({"_id": "one"})];
    assert_eq!(batches, [vec![json!({"_id": "both"})], both_and_one.clone(), vec![]]);
    let together = json!({"filter": {"segments": segments}, "fields": "_id"});
    assert_eq!(rows_of_all(&together, &profiles), [both_and_one]);
}

#[test]
fn events_come_only_when_asked_for_and_within_their_times() {
    let event = |id: &str, time: &str| json!({"_id": id, "web": {"name": "home"}, "_emulator": {"ingestedAt": time}});
    let profile = json!({"_id": "p", "_emulator": {"updatedAt": "2026-09-01T00:00:00Z"},
    "eventList": [
        event("1", "2026-05-01T00:00:00Z"),
        event("2", "2026-05-02T00:00:00Z"),
        event("3", "2026-05-03T00:00:00Z"),
        {"_id": "unknown"},
    ]});
    let list = |members: Value| {
        let rows = rows(&members, std::slice::from_ref(&profile));
        let events = rows[0].get("eventList")?.as_array()?.clone();
        Some(events.iter().map(|event| event["_id"].as_str().unwrap().to_owned()).collect())
    };
    let list = |members| list(members).map(|ids: Vec<String>| ids.join(" "));
    let asked = |filter: Value| json!({"additionalFields": {"eventList": {"filter": filter}}});

    assert_eq!(list(json!({})), None);
    assert_eq!(list(json!({"fields": "_id,eventList"})), None);
    assert_eq!(list(asked(json!({}))).unwrap(), "1 2 3 unknown");
    let (first, last) = ("2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z");
    assert_eq!(list(asked(json!({"fromIngestTimestamp": first}))).unwrap(), "2 3");
    assert_eq!(list(asked(json!({"toIngestTimestamp": last}))).unwrap(), "1 2");
    let both = json!({"fromIngestTimestamp": first, "toIngestTimestamp": last});
    assert_eq!(list(asked(both)).unwrap(), "2");
    let mut bounded_by_job = asked(json!({"fromIngestTimestamp": first}));
    bounded_by_job["filter"] = json!({"fromIngestTimestamp": "2026-05-02T00:00:00Z"});
    assert_eq!(list(bounded_by_job).unwrap(), "3");
}

#[test]
fn events_are_cut_down_to_their_fields() {
    let profile = json!({"_id": "p", "person": {"name": "x"}, "identityMap": {"A": [{"id": "1"}]},
        "eventList": [{"_id": "e", "web": {"name": "home", "url": "u"},
                       "_emulator": {"ingestedAt": "2026-05-01T00:00:00Z"}}]});
    let members = json!({
        "fields": "identityMap", "additionalFields": {"eventList": {"fields": "web.name"}},
    });
    let expected =
        json!({"identityMap": {"A": [{"id": "1"}]}, "eventList": [{"web": {"name": "home"}}]});
    assert_eq!(rows(&members, &[profile]), [expected]);
}
