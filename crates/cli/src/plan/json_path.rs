//! Paths into a JSON text, such as `filter.segments[0].segmentId`.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::place::Place;

/// What stands at `path` of `text`, as it is written.
pub(super) fn at<'a>(text: &'a str, path: &str) -> Option<&'a str> {
    let mut here: &'a RawValue = serde_json::from_str(text).ok()?;
    for step in path.split('.').flat_map(|step| step.split('[')) {
        let index = step.strip_suffix(']').and_then(|index| index.parse::<usize>().ok());
        here = match index {
            Some(index) => {
                let elements: Vec<&'a RawValue> = serde_json::from_str(here.get()).ok()?;
                elements.get(index).copied()?
            }
            None => {
                let Members(members) = serde_json::from_str(here.get()).ok()?;
                // Where a key is repeated the last one counts.
                members.into_iter().rev().find(|(key, _)| key == step)?.1
            }
        };
    }
    Some(here.get())
}

/// Where in `text` that stands.
pub(super) fn place(text: &str, path: &str) -> Option<Place> {
    let part = at(text, path)?;
    let offset = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    Some(Place::of(text, offset))
}

/// `path` and what it is below, the nearest first.
pub(super) fn ancestry(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind(['.', '[']).and_then(|end| path.get(..end)))
}

/// An object's members in their order, repeated ones too, values as written.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_path_names_and_says_where_it_is() {
        let text = "{\n  \"ä\": 1, \"filter\": {\"segments\": [\n    {\"segmentId\": \"s\"}, 7]},\n  \"filter\": {\"segments\": [[], {\"x\": null}]}\n}";
        for (path, found, stands) in [
            ("ä", "1", "2:8"),
            ("filter.segments[0]", "[]", "4:27"),
            ("filter.segments[1].x", "null", "4:37"),
        ] {
            assert_eq!(at(text, path), Some(found), "{path}");
            assert_eq!(place(text, path).unwrap().to_string(), stands, "{path}");
        }
        for path in ["none", "filter.segments[9]", "ä.b", "ä[0]", ""] {
            assert_eq!(at(text, path), None, "{path}");
        }
    }

    #[test]
    fn a_path_is_below_others() {
        let above: Vec<&str> = ancestry("filter.segments[1].x").collect();
        assert_eq!(
            above,
            ["filter.segments[1].x", "filter.segments[1]", "filter.segments", "filter"]
        );
    }
}
