//! JSON as YAML: block style, in the order and with the numbers of the service.
//!
//! Like the JSON it is written from the bytes and not through a generic value, which would lose
//! order and numbers.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json;
use super::json_text::JsonText;
use super::text::steers;
use super::unshowable;

/// Writes `raw` as the document.
pub(crate) fn document(out: &mut dyn Write, raw: &[u8]) -> io::Result<()> {
    node(out, text(raw)?, 0, After::Nothing)
}

/// Writes `raw` as one item of the list that is the document.
pub(crate) fn item(out: &mut dyn Write, raw: &[u8]) -> io::Result<()> {
    out.write_all(b"-")?;
    node(out, text(raw)?, 1, After::Dash)
}

fn text(raw: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(raw).map(str::trim).map_err(unshowable)
}

/// What stands before a value on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// The first key or item goes on in the same line.
    Dash,
    Colon,
}

/// Writes `json`; lines that begin in it are indented by `depth` levels.
fn node(out: &mut dyn Write, json: &str, depth: usize, after: After) -> io::Result<()> {
    if depth > json::DEEPEST {
        return Err(unshowable("a record is nested too deeply for YAML"));
    }
    match json.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(json).map_err(unshowable)?;
            for (index, (key, value)) in members.iter().enumerate() {
                begin(out, depth, after, index)?;
                let key = scalar(key);
                if key.len() > LONGEST_KEY {
                    write!(out, "? {key}\n{:1$}", "", 2 * depth)?;
                    out.write_all(b":")?;
                } else {
                    write!(out, "{key}:")?;
                }
                node(out, value.get(), depth + 1, After::Colon)?;
            }
            if members.is_empty() { leaf(out, "{}", after) } else { Ok(()) }
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(unshowable)?;
            for (index, value) in items.iter().enumerate() {
                begin(out, depth, after, index)?;
                out.write_all(b"-")?;
                node(out, value.get(), depth + 1, After::Dash)?;
            }
            if items.is_empty() { leaf(out, "[]", after) } else { Ok(()) }
        }
        Some(b'"') => {
            let JsonText(text) = serde_json::from_str(json).map_err(unshowable)?;
            leaf(out, &scalar(&text), after)
        }
        // Numbers, truth values and null are written the same in both.
        _ => {
            serde_json::from_str::<serde::de::IgnoredAny>(json)
                .map_err(|error| unshowable(format!("what was received is not JSON: {error}")))?;
            leaf(out, json, after)
        }
    }
}

/// A longer key must be marked as one (YAML 1.2.2, 7.4.2), in bytes and with some to spare.
const LONGEST_KEY: usize = 1000;

fn leaf(out: &mut dyn Write, text: &str, after: After) -> io::Result<()> {
    let space = if after == After::Nothing { "" } else { " " };
    writeln!(out, "{space}{text}")
}

/// Begins the line of a key or an item, the `index`th.
fn begin(out: &mut dyn Write, depth: usize, after: After, index: usize) -> io::Result<()> {
    match (after, index) {
        (After::Dash, 0) => return out.write_all(b" "),
        (After::Colon, 0) => writeln!(out)?,
        _ => {}
    }
    write!(out, "{:1$}", "", 2 * depth)
}

/// The members of an object in their order. YAML has no key twice: the last one counts, as for most
/// readers of JSON.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                let mut places = HashMap::new();
                while let Some((JsonText(key), value)) = map.next_entry()? {
                    let place = *places.entry(key.clone()).or_insert(members.len());
                    match members.get_mut(place) {
                        Some((_, earlier)) => *earlier = value,
                        None => members.push((key, value)),
                    }
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(InOrder)
    }
}

/// A text as YAML reads it back: bare where nobody could take it for anything else.
fn scalar(text: &str) -> String {
    if is_bare(text) { text.to_owned() } else { quoted(text) }
}

/// Words that some version of YAML takes for something else.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

fn is_bare(text: &str) -> bool {
    let begins = |c: char| c.is_alphabetic() || c == '_' || c == '/';
    let goes_on = |c: char| c.is_alphanumeric() || "_-./@ ".contains(c);
    text.starts_with(begins)
        && text.chars().all(goes_on)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // YAML has no bare control characters, and a person may read it.
            unseen if steers(unseen) || matches!(unseen, '\u{fffe}' | '\u{ffff}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(unseen)));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
