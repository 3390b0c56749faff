//! Deep requests and deep profiles: nothing overflows the stack, and nothing is lost.

use std::thread;

use serde_json::{Map, Value, json};

use super::{rows, try_stored};

/// Three quarters of what threads have by default, so that there is room for what calls the engine.
/// The Parquet writer needs 32 KiB a level in an unoptimised build, 1.1 MiB for the deepest rows.
const STACK: usize = 1536 * 1024;

/// The deepest that the JSON reader takes, the profile itself among them.
const DEEPEST_JSON: usize = 127;

fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

fn object(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// `levels` containers around a number; `wrap` makes the one at a level, 0 being the innermost.
fn nested(levels: usize, wrap: impl Fn(usize, Value) -> Value) -> Value {
    (0..levels).fold(json!(1), |value, level| wrap(level, value))
}

/// Profiles of so many levels: of objects, of lists, of maps, and of these in turn.
fn deep_profiles(levels: usize) -> Vec<Value> {
    let profile = |wrap: fn(usize, Value) -> Value| object("a", nested(levels - 1, wrap));
    vec![
        profile(|_, value| object("a", value)),
        profile(|_, value| json!([value])),
        profile(|level, value| if level % 2 == 0 { json!([value]) } else { object("a", value) }),
        profile(|level, value| object(["key", "ECID", "idSpecific"][level % 3], value)),
        object("eventList", json!([nested(levels - 2, |_, value| object("a", value))])),
    ]
}

/// `written` is `stored`, but for JSON in place of what is too deep; how deep that is.
fn compare(stored: &Value, written: &Value) -> usize {
    match (stored, written) {
        (Value::Object(_) | Value::Array(_), Value::String(json)) => {
            assert_eq!(&serde_json::from_str::<Value>(json).unwrap(), stored);
            0
        }
        (Value::Object(stored), Value::Object(written)) => {
            let (name, below) = stored.iter().next().unwrap();
            assert_eq!(written.len(), 1);
            1 + compare(below, &written[name])
        }
        (Value::Array(stored), Value::Array(written)) => 1 + compare(&stored[0], &written[0]),
        (stored, written) => {
            assert_eq!(stored, written);
            0
        }
    }
}

#[test]
fn what_lies_too_deep_in_a_profile_is_written_as_its_json() {
    for profile in deep_profiles(DEEPEST_JSON) {
        let (stored, written) = on_a_small_stack(move || {
            let members = json!({"filter": {"emptyProfiles": true}});
            let written = rows(&members, std::slice::from_ref(&profile)).remove(0);
            (profile, written)
        });
        if stored.get("eventList").is_none() {
            assert_eq!(compare(&stored, &written), 34, "{written}");
        }
    }
}

#[test]
fn deep_profiles_together_are_written_too() {
    on_a_small_stack(|| {
        let members = json!({
            "filter": {"emptyProfiles": true}, "additionalFields": {"eventList": {}},
        });
        let count = rows(&members, &deep_profiles(DEEPEST_JSON)).len();
        assert_eq!(count, 5);
    });
}

#[test]
fn profiles_that_are_not_too_deep_are_written_as_they_are() {
    for profile in deep_profiles(34).into_iter().take(4) {
        let expected = profile.clone();
        let written = on_a_small_stack(move || rows(&json!({}), &[profile]));
        assert_eq!(written, [expected]);
    }
}

#[test]
fn the_deepest_paths_have_their_columns_on_a_small_stack() {
    let path = vec!["a"; 32].join(".");
    let members = json!({
        "fields": path, "additionalFields": {"eventList": {"fields": path}},
        "filter": {"emptyProfiles": true},
    });
    let at_the_path = nested(32, |_, value| object("a", value));
    let mut profile = at_the_path.clone();
    profile["eventList"] = json!([at_the_path]);
    let written = on_a_small_stack({
        let profile = profile.clone();
        move || rows(&members, &[json!({}), profile])
    });
    assert_eq!(written[1], profile);
}

#[test]
fn paths_go_no_deeper_through_what_profiles_have() {
    let path = vec!["a"; 32].join(".");
    let lists = object("a", nested(30, |_, value| json!([value])));
    let written = on_a_small_stack(move || {
        let empty = object(
            "a",
            nested(30, |level, value| if level == 0 { json!([]) } else { json!([value]) }),
        );
        rows(&json!({"fields": path}), &[lists, empty])
    });
    assert_eq!(written.len(), 2);
}

#[test]
fn profiles_deeper_than_the_reader_goes_are_not_taken_in() {
    let profile = object("a", nested(DEEPEST_JSON, |_, value| json!([value])));
    let error = try_stored(profile.to_string().as_bytes(), 1, None).err().unwrap();
    assert!(error.to_string().contains("recursion limit"), "{error}");
}
