//! Changes one value inside a JSON document and leaves every other byte of meaning alone.
//!
//! A generic JSON value would round numbers that do not fit a double and drop repeated keys; here
//! what is not changed stays as it was written, white space between members aside.

use std::fmt;

use serde_json::value::RawValue;

use super::json_path::Members;

/// One step of a path: into an object, or into a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// Sets the value at `path` inside `document`, making objects on the way where there are none (or a
/// `null`). An element of a list must be there, or be the next one. `value` is JSON.
///
/// # Errors
/// The part of `path` that holds something else than is needed there.
pub(crate) fn set(document: &str, path: &[Step<'_>], value: &str) -> Result<String, CannotSet> {
    match path.split_first() {
        None => Ok(value.to_owned()),
        Some((Step::Key(key), rest)) => set_member(document, key, rest, value),
        Some((Step::Index(index), rest)) => set_element(document, *index, rest, value),
    }
}

fn set_member(
    document: &str,
    key: &str,
    rest: &[Step<'_>],
    value: &str,
) -> Result<String, CannotSet> {
    let inside = if document.trim() == "null" { "{}" } else { document };
    let Members(members) =
        serde_json::from_str(inside).map_err(|_| CannotSet::here("is not an object"))?;
    let mut members: Vec<(String, &str)> =
        members.into_iter().map(|(key, value)| (key, value.get())).collect();
    // Where a key is repeated the last one counts; so that is the one to replace.
    let old = members.iter().rposition(|(name, _)| name == key);
    let child = old.and_then(|at| members.get(at)).map_or("null", |(_, child)| *child);
    let new = set(child, rest, value).map_err(|error| error.below(key))?;
    match old.and_then(|at| members.get_mut(at)) {
        Some(member) => member.1 = &new,
        None => members.push((key.to_owned(), &new)),
    }
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key.as_str())))
        .collect();
    Ok(format!("{{{}}}", members.join(",")))
}

fn set_element(
    document: &str,
    index: usize,
    rest: &[Step<'_>],
    value: &str,
) -> Result<String, CannotSet> {
    let inside = if document.trim() == "null" { "[]" } else { document };
    let elements: Vec<Box<RawValue>> =
        serde_json::from_str(inside).map_err(|_| CannotSet::here("is not a list"))?;
    let mut elements: Vec<&str> = elements.iter().map(|element| element.get()).collect();
    let place = format!("[{index}]");
    if index > elements.len() {
        let why = format!("is behind the end of a list of {}", elements.len());
        return Err(CannotSet::here(&why).below(&place));
    }
    let child = elements.get(index).copied().unwrap_or("null");
    let new = set(child, rest, value).map_err(|error| error.below(&place))?;
    match elements.get_mut(index) {
        Some(element) => *element = &new,
        None => elements.push(&new),
    }
    Ok(format!("[{}]", elements.join(",")))
}

/// A document in which something else stands where an object or a list must be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CannotSet {
    path: String,
    why: String,
}

impl CannotSet {
    fn here(why: &str) -> Self {
        Self { path: String::new(), why: why.to_owned() }
    }

    fn below(self, step: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{step}{dot}{}", self.path), ..self }
    }
}

impl fmt::Display for CannotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "the document {}", self.why),
            path => write!(f, "`{path}` {}", self.why),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys<'a>(path: &[&'a str]) -> Vec<Step<'a>> {
        path.iter().copied().map(Step::Key).collect()
    }

    #[test]
    fn sets_and_keeps_the_rest() {
        let document =
            r#"{ "z": 18446744073709551616, "filter": {"x": 1.0, "segments": [1]}, "z": 2 }"#;
        assert_eq!(
            set(document, &keys(&["filter", "segments"]), "[]").unwrap(),
            r#"{"z":18446744073709551616,"filter":{"x":1.0,"segments":[]},"z":2}"#
        );
        assert_eq!(
            set(document, &keys(&["z"]), "3").unwrap(),
            r#"{"z":18446744073709551616,"filter":{"x": 1.0, "segments": [1]},"z":3}"#
        );
    }

    #[test]
    fn makes_objects_and_lists_on_the_way() {
        assert_eq!(
            set("{}", &keys(&["a", "b", "c"]), "true").unwrap(),
            r#"{"a":{"b":{"c":true}}}"#
        );
        assert_eq!(set(r#"{"a":null}"#, &keys(&["a", "b"]), "1").unwrap(), r#"{"a":{"b":1}}"#);
        let path = [Step::Key("a"), Step::Index(0), Step::Key("b")];
        assert_eq!(set("{}", &path, "1").unwrap(), r#"{"a":[{"b":1}]}"#);
    }

    #[test]
    fn an_element_is_there_or_the_next_one() {
        let document = r#"{"a": [1.0, {"b": 2}]}"#;
        let set = |index, value| set(document, &[Step::Key("a"), Step::Index(index)], value);
        assert_eq!(set(0, "9").unwrap(), r#"{"a":[9,{"b": 2}]}"#);
        assert_eq!(set(2, "9").unwrap(), r#"{"a":[1.0,{"b": 2},9]}"#);
        assert_eq!(set(3, "9").unwrap_err().to_string(), "`a[3]` is behind the end of a list of 2");
    }

    #[test]
    fn says_where_something_else_stands() {
        let error = set(r#"{"a":{"b":[1]}}"#, &keys(&["a", "b", "c"]), "1").unwrap_err();
        assert_eq!(error.to_string(), "`a.b` is not an object");
        let error = set("[]", &keys(&["a"]), "1").unwrap_err();
        assert_eq!(error.to_string(), "the document is not an object");
        let path = [Step::Key("a"), Step::Key("b"), Step::Index(0), Step::Index(1)];
        let error = set(r#"{"a":{"b":[1]}}"#, &path, "1").unwrap_err();
        assert_eq!(error.to_string(), "`a.b[0]` is not a list");
    }

    proptest! {
        #[test]
        fn what_is_set_can_be_read_and_nothing_else_changes(
            keys in prop::collection::btree_map(any::<String>(), any::<i64>(), 0..5),
            key in any::<String>(),
            value in any::<i64>(),
        ) {
            let document = serde_json::to_string(&keys).unwrap();
            let changed = set(&document, &[Step::Key(&key)], &value.to_string()).unwrap();
            let mut expected = keys.clone();
            expected.insert(key, value);
            let read: std::collections::BTreeMap<String, i64> =
                serde_json::from_str(&changed).unwrap();
            prop_assert_eq!(read, expected);
        }
    }
}
