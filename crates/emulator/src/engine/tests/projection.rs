//! Laws of projection, over any JSON and any paths.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::json;
use super::super::project::Projection;
use super::stored;

type Object = Map<String, Value>;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    vec(vec(name(), 1..4).prop_map(|names| names.join(".")), 0..5)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(name(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Object> {
    btree_map(name(), value(), 0..4).prop_map(|map| map.into_iter().collect())
}

/// What is kept of an object below the field `o`.
fn project(paths: &[String], object: &Object) -> Object {
    let stored = stored(&[json!({"o": object})], 1);
    let block = stored.profiles.blocks().next().unwrap();
    let block = stored.profiles.read(block, |_| true).unwrap();
    let paths: Vec<String> = paths.iter().map(|path| format!("o.{path}")).collect();
    let kept = Projection::new(paths.iter().map(String::as_str));
    let Some(kept) = kept.below("o") else { return Object::new() };
    let mut tape = block.column("o").unwrap().get(0).unwrap();
    let mut text = String::new();
    json::write(&mut text, &mut tape, kept, &block.names()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Whether `part` is what remains of `whole` when things are taken away.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|other| is_part(value, other))),
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|value| rest.any(|other| is_part(value, other)))
        }
        (part, whole) => part == whole,
    }
}

/// The value at a path that meets no array, if it is there.
fn at<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let value = object.get(first)?;
    match rest {
        Some(rest) => at(value.as_object()?, rest),
        None => Some(value),
    }
}

proptest! {
    #[test]
    fn what_any_of_two_paths_keeps_is_what_they_keep_together(
        some in paths(), others in paths(),
    ) {
        let [one, other] = [&some, &others].map(|paths| Projection::new(paths.iter().map(String::as_str)));
        let both: Vec<&str> = some.iter().chain(&others).map(String::as_str).collect();
        prop_assert_eq!(Projection::any_of([&one, &other]), Projection::new(both));
    }

    #[test]
    fn only_takes_away(paths in paths(), object in object()) {
        let projected = Value::Object(project(&paths, &object));
        prop_assert!(is_part(&projected, &Value::Object(object)));
    }

    #[test]
    fn doing_it_twice_changes_nothing(paths in paths(), object in object()) {
        let once = project(&paths, &object);
        prop_assert_eq!(project(&paths, &once), once);
    }

    #[test]
    fn the_order_of_paths_does_not_matter(paths in paths(), object in object()) {
        let mut turned = paths.clone();
        turned.reverse();
        prop_assert_eq!(project(&turned, &object), project(&paths, &object));
    }

    #[test]
    fn a_path_below_another_adds_nothing(paths in paths(), below in name(), object in object()) {
        let mut more = paths.clone();
        more.extend(paths.first().map(|path| format!("{path}.{below}")));
        prop_assert_eq!(project(&more, &object), project(&paths, &object));
    }

    #[test]
    fn what_was_asked_for_is_kept_whole(paths in paths(), object in object()) {
        let projected = project(&paths, &object);
        for path in &paths {
            prop_assert_eq!(at(&projected, path), at(&object, path));
        }
    }
}

#[test]
fn nesting_is_kept_and_arrays_and_maps_are_descended() {
    let object: Object = serde_json::from_str(
        r#"{"identityMap": {"Email": [{"id": "a", "primary": true}, {"id": "b"}], "ECID": [{"id": "1"}]},
            "person": {"name": {"firstName": "A", "lastName": "B"}, "birthYear": 1990},
            "interests": ["chess"], "points": 3}"#,
    )
    .unwrap();
    let paths = ["identityMap.Email.id", "person.name.firstName", "interests.x", "points.x", "no"];
    let projected = project(&paths.map(str::to_owned), &object);
    let expected = r#"{"identityMap": {"Email": [{"id": "a"}, {"id": "b"}]},
                       "person": {"name": {"firstName": "A"}}, "interests": []}"#;
    assert_eq!(projected, serde_json::from_str::<Object>(expected).unwrap());
}
