//! A dotted path into a record: `destination.datasetId`, `errors.0.code`, `.requestId`.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::cell::Cell;
use super::json_text::JsonText;

/// A path as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<String>,
}

impl Path {
    /// Reads a path. What has no dot is none: a single key begins with one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let steps = text.strip_prefix('.').unwrap_or(text);
        if !text.contains('.') || steps.split('.').any(str::is_empty) {
            return None;
        }
        Some(Self { steps: steps.split('.').map(str::to_owned).collect() })
    }

    /// What stands there in `raw`: text as text, anything else as it was written. Of a key that
    /// comes twice, the last counts.
    pub(crate) fn find(&self, raw: &[u8]) -> Cell {
        let Ok(mut here) = serde_json::from_slice::<&RawValue>(raw) else { return Cell::Missing };
        for step in &self.steps {
            match step_into(here, step) {
                Some(inside) => here = inside,
                None => return Cell::Missing,
            }
        }
        match here.get() {
            "null" => Cell::Missing,
            text if text.starts_with('"') => {
                serde_json::from_str(text).ok().map(|JsonText(text)| text).into()
            }
            other => Cell::Json(in_one_line(other)),
        }
    }
}

fn step_into<'a>(value: &'a RawValue, step: &str) -> Option<&'a RawValue> {
    let text = value.get();
    if text.starts_with('[') {
        let index: usize = step.parse().ok()?;
        return serde_json::from_str::<Vec<&RawValue>>(text).ok()?.get(index).copied();
    }
    let mut members: HashMap<JsonText, &RawValue> = serde_json::from_str(text).ok()?;
    members.remove(&JsonText(step.to_owned()))
}

/// The one member of an object with a single member: what the catalog puts around its objects.
pub(crate) fn only_member(raw: &[u8]) -> Option<&[u8]> {
    let members: HashMap<JsonText, &RawValue> = serde_json::from_slice(raw).ok()?;
    let mut values = members.into_values();
    let only = values.next()?;
    values.next().is_none().then_some(only.get().as_bytes())
}

fn in_one_line(json: &str) -> String {
    let mut line = Vec::new();
    let written = super::json::write(&mut line, json.as_bytes(), super::json::Layout::Line, 0);
    written.ok().and_then(|()| String::from_utf8(line).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"id": 24115.0, "a": 1, "a": 18446744073709551616, "s": "x\u0041",
        "n": null, "deep": {"list": [{"code": "007"}, -1.50], "e": { }}}"#;

    #[test]
    fn a_path_finds_what_was_written() {
        for (path, plain) in [
            (".id", "24115.0"),
            (".a", "18446744073709551616"),
            (".s", "xA"),
            (".n", ""),
            ("deep.list.0.code", "007"),
            ("deep.list.1", "-1.50"),
            ("deep.list", r#"[{"code":"007"},-1.50]"#),
            ("deep.e", "{}"),
            ("deep.list.2", ""),
            ("deep.list.code", ""),
            ("s.x", ""),
            ("no.such", ""),
        ] {
            let found = Path::parse(path).unwrap().find(RECORD.as_bytes());
            assert_eq!(found.plain(), plain, "{path}");
        }
        assert_eq!(Path::parse(".a").unwrap().find(b"no JSON"), Cell::Missing);
    }

    #[test]
    fn a_word_is_no_path() {
        for text in ["id", "", ".", "a..b", "a.", "..a"] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_only_member_of_an_object() {
        assert_eq!(only_member(br#"{"d": {"name":1}}"#), Some(&br#"{"name":1}"#[..]));
        for other in ["{}", r#"{"a":1,"b":2}"#, "[1]", "x"] {
            assert_eq!(only_member(other.as_bytes()), None, "{other}");
        }
    }
}
