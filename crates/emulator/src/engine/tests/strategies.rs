//! Small profiles and requests that meet each other often: few segments, few times, many gaps.

use jiff::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// An object of the members that are there.
fn object(members: Vec<(&str, Option<Value>)>) -> Value {
    let there = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

/// Some of these are the same moment, written differently.
fn time() -> impl Strategy<Value = Value> {
    select(vec![
        json!("2026-01-01T00:00:00Z"),
        json!("2026-01-02T00:00:00Z"),
        json!("2026-01-02T02:00:00+02:00"),
        json!("2026-01-02T00:00:00.500Z"),
        json!("2026-01-02T17:00:00-07:00"),
        json!("2026-01-04T00:00:00Z"),
    ])
}

fn segment_id() -> impl Strategy<Value = String> {
    select(vec!["s1", "s2", "s3"]).prop_map(str::to_owned)
}

fn namespace() -> impl Strategy<Value = String> {
    select(vec!["ups", "UPS", "AAM"]).prop_map(str::to_owned)
}

/// Now and then nothing, written out.
fn or_null(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![12 => value, 1 => Just(Value::Null)]
}

fn status() -> impl Strategy<Value = Value> {
    or_null(select(vec![json!("realized"), json!("existing"), json!("exited"), json!("other")]))
}

fn membership() -> impl Strategy<Value = Value> {
    let times = (option::of(or_null(time())), option::of(or_null(time())));
    let membership = (status(), times, option::weighted(0.1, odd()));
    or_null(membership.prop_map(|(status, (qualified, stamped), more)| {
        object(vec![
            ("more", more),
            ("status", Some(status)),
            ("lastQualificationTime", qualified),
            ("timestamp", stamped),
        ])
    }))
}

fn memberships() -> impl Strategy<Value = Value> {
    let segments = btree_map(segment_id(), membership(), 0..3).prop_map(|map| json!(map));
    btree_map(namespace(), or_null(segments), 0..3).prop_map(|map| json!(map))
}

/// Any value: of kinds that do not fit each other, with names and texts that need escapes, and
/// numbers at their limits.
fn odd() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        select(vec![json!(i64::MIN), json!(i64::MAX), json!(u64::MAX), json!(-0.0), json!(5e-324)]),
        "\\PC{0,3}".prop_map(Value::from),
        select(vec!["", "\u{0}\u{1f}", "\"\\\\/", "\u{1f600}é中", "null", "{}"])
            .prop_map(Value::from),
    ];
    let name = select(vec!["a", "b", "é", "", "\n\"\\\\", "identityMap", "_emulator"]);
    scalar.prop_recursive(4, 24, 4, move |inner| {
        let members = btree_map(name.clone().prop_map(str::to_owned), inner.clone(), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| json!(members)),
        ]
    })
}

fn identities() -> impl Strategy<Value = Value> {
    let identity = ("[a-z]{1,3}", option::of(any::<bool>())).prop_map(|(id, primary)| {
        object(vec![("id", Some(json!(id))), ("primary", primary.map(Value::from))])
    });
    let namespace = select(vec!["Email", "ECID", "CRMId"]).prop_map(str::to_owned);
    let identities = or_null(vec(identity, 0..3).prop_map(Value::from));
    btree_map(namespace, identities, 0..3).prop_map(|map| json!(map))
}

fn event() -> impl Strategy<Value = Value> {
    let page = (option::of("[a-z]{2}"), option::of(any::<bool>())).prop_map(|(name, seen)| {
        object(vec![("name", name.map(Value::from)), ("seen", seen.map(Value::from))])
    });
    let event = ("[0-9]{2}", option::of(page), option::of(time()), option::weighted(0.1, odd()));
    or_null(event.prop_map(|(id, page, ingested, odd)| {
        object(vec![
            ("_id", Some(json!(id))),
            ("page", page),
            ("odd", odd),
            ("_emulator", ingested.map(|time| json!({"ingestedAt": time}))),
        ])
    }))
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i32>().prop_map(Value::from), (-1e6..1e6).prop_map(Value::from)]
}

pub(super) fn profile() -> impl Strategy<Value = Value> {
    let record = (
        option::of("[0-9]{2}"),
        option::of("\\PC{1,4}"),
        option::of(number()),
        any::<u8>(),
        option::weighted(0.3, odd()),
    );
    let rest = (
        option::of(identities()),
        option::of(memberships()),
        option::of(vec(event(), 0..3)),
        option::of(time()),
    );
    (record, rest).prop_map(
        |((id, name, points, tags, odd), (identities, segments, events, updated))| {
            let person =
                name.map(|name| json!({"name": {"first": name, "last": "L"}, "born": 1990}));
            let tag = |n: u8| json!({"k": format!("k{n}"), "v": n});
            object(vec![
                ("_id", id.map(Value::from)),
                ("person", person),
                ("points", points),
                ("odd", odd),
                ("tags", (tags > 128).then(|| (0..tags % 3).map(tag).collect())),
                ("identityMap", identities),
                ("segmentMembership", segments),
                ("eventList", events.map(Value::from)),
                ("_emulator", updated.map(|time| json!({"updatedAt": time}))),
            ])
        },
    )
}

fn paths(all: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(all, 1..=all.len()).prop_shuffle().prop_map(|paths| json!(paths.join(",")))
}

fn segments() -> impl Strategy<Value = Value> {
    let statuses = subsequence(vec!["realized", "existing", "exited"], 0..=3).prop_shuffle();
    let segment = (segment_id(), option::of(namespace()), option::of(statuses));
    let segment = segment.prop_map(|(id, namespace, statuses)| {
        object(vec![
            ("segmentId", Some(json!(id))),
            ("segmentNs", namespace.map(Value::from)),
            ("status", statuses.map(|statuses| json!(statuses))),
        ])
    });
    vec(segment, 0..4).prop_map(Value::from)
}

fn window(start: &'static str, end: &'static str) -> impl Strategy<Value = Value> {
    let moment = |time: &Option<Value>| time.as_ref()?.as_str()?.parse::<Timestamp>().ok();
    (option::weighted(0.4, time()), option::weighted(0.4, time())).prop_map(
        move |(mut from, mut until)| {
            // A window that ends before it starts would be refused.
            if from.is_some() && until.is_some() && moment(&from) > moment(&until) {
                std::mem::swap(&mut from, &mut until);
            }
            object(vec![(start, from), (end, until)])
        },
    )
}

fn events() -> impl Strategy<Value = Value> {
    let fields = option::of(paths(&["_id", "page", "page.name", "page.no", "odd.a", "no"]));
    let filter = option::of(window("fromIngestTimestamp", "toIngestTimestamp"));
    (fields, filter).prop_map(|(fields, filter)| {
        json!({"eventList": object(vec![("fields", fields), ("filter", filter)])})
    })
}

/// The members of a create body beside the required ones.
pub(super) fn members() -> impl Strategy<Value = Value> {
    const PATHS: [&str; 13] = [
        "_id",
        "person.name.first",
        "person.born",
        "points",
        "points.no",
        "odd",
        "odd.a",
        "odd.identityMap.b",
        "tags.k",
        "identityMap.Email.id",
        "segmentMembership.ups.s1.status",
        "segmentMembership.AAM",
        "no.thing",
    ];
    let filter = (
        option::weighted(0.8, segments()),
        option::of(window("startTime", "endTime")),
        option::weighted(0.3, time()),
        option::of(any::<bool>()),
    );
    let filter = filter.prop_map(|(segments, window, ingested, empty)| {
        object(vec![
            ("segments", segments),
            ("segmentQualificationTime", window),
            ("fromIngestTimestamp", ingested),
            ("emptyProfiles", empty.map(Value::from)),
        ])
    });
    (option::of(paths(&PATHS)), option::of(filter), option::of(events()), any::<bool>()).prop_map(
        |(fields, filter, events, per_batch)| {
            object(vec![
                ("fields", fields),
                ("filter", filter),
                ("additionalFields", events),
                ("destination", Some(json!({"segmentPerBatch": per_batch}))),
            ])
        },
    )
}
