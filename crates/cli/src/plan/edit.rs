//! Changes one value inside a JSON document and leaves every other byte of meaning alone.
//!
//! A generic JSON value would round numbers that do not fit a double and drop repeated keys; here
//! what is not changed stays as it was written, white space between members aside.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Sets the value at `path` inside the object `document`, making objects on the way where there
/// are none (or a `null`). `value` is JSON.
///
/// # Errors
/// The part of `path` that holds something other than an object.
pub(crate) fn set(document: &str, path: &[&str], value: &str) -> Result<String, NotAnObject> {
    let Some((key, rest)) = path.split_first() else { return Ok(value.to_owned()) };
    let inside = if document.trim() == "null" { "{}" } else { document };
    let Members(mut members) =
        serde_json::from_str(inside).map_err(|_| NotAnObject { path: String::new() })?;
    // Where a key is repeated the last one counts; so that is the one to replace.
    let old = members.iter().rposition(|(name, _)| name == key);
    let child = old.and_then(|at| members.get(at)).map_or("{}", |(_, child)| child);
    let new = set(child, rest, value).map_err(|error| error.below(key))?;
    match old.and_then(|at| members.get_mut(at)) {
        Some(member) => member.1 = new,
        None => members.push(((*key).to_owned(), new)),
    }
    Ok(written(&members))
}

fn written(members: &[(String, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key.as_str())))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A document in which something else stands where an object must be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAnObject {
    path: String,
}

impl NotAnObject {
    fn below(self, key: &str) -> Self {
        let path =
            if self.path.is_empty() { key.to_owned() } else { format!("{key}.{}", self.path) };
        Self { path }
    }
}

impl fmt::Display for NotAnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str("the document is not an object"),
            path => write!(f, "`{path}` is not an object"),
        }
    }
}

/// An object's members in their order, repeated ones too, values as written.
struct Members(Vec<(String, String)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push((key, value.get().to_owned()));
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sets_and_keeps_the_rest() {
        let document =
            r#"{ "z": 18446744073709551616, "filter": {"x": 1.0, "segments": [1]}, "z": 2 }"#;
        assert_eq!(
            set(document, &["filter", "segments"], "[]").unwrap(),
            r#"{"z":18446744073709551616,"filter":{"x":1.0,"segments":[]},"z":2}"#
        );
        assert_eq!(
            set(document, &["z"], "3").unwrap(),
            r#"{"z":18446744073709551616,"filter":{"x": 1.0, "segments": [1]},"z":3}"#
        );
    }

    #[test]
    fn makes_objects_on_the_way() {
        assert_eq!(set("{}", &["a", "b", "c"], "true").unwrap(), r#"{"a":{"b":{"c":true}}}"#);
        assert_eq!(set(r#"{"a":null}"#, &["a", "b"], "1").unwrap(), r#"{"a":{"b":1}}"#);
    }

    #[test]
    fn says_where_an_object_is_missing() {
        let error = set(r#"{"a":{"b":[1]}}"#, &["a", "b", "c"], "1").unwrap_err();
        assert_eq!(error.to_string(), "`a.b` is not an object");
        assert_eq!(
            set("[]", &["a"], "1").unwrap_err().to_string(),
            "the document is not an object"
        );
    }

    proptest! {
        #[test]
        fn what_is_set_can_be_read_and_nothing_else_changes(
            keys in prop::collection::btree_map(any::<String>(), any::<i64>(), 0..5),
            key in any::<String>(),
            value in any::<i64>(),
        ) {
            let document = serde_json::to_string(&keys).unwrap();
            let changed = set(&document, &[&key], &value.to_string()).unwrap();
            let mut expected = keys.clone();
            expected.insert(key, value);
            let read: std::collections::BTreeMap<String, i64> =
                serde_json::from_str(&changed).unwrap();
            prop_assert_eq!(read, expected);
        }
    }
}
