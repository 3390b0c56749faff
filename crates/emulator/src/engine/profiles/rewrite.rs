//! Lines with names that come twice or are spelled with escapes, written the usual way.
//!
//! Of a name that an object has twice the last value counts and stands where the first one stood.
//! Numbers and texts stay as they are spelled. This is slow, and needed by few.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The same profiles; a line that is no JSON stays as it is.
pub(super) fn rewritten(line: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::with_capacity(line.len());
    match serde_json::from_slice(line).and_then(|value| write(value, &mut out)) {
        Ok(()) => Cow::Owned(out),
        Err(_) => Cow::Borrowed(line),
    }
}

fn write(value: &RawValue, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text)?;
            out.push(b'{');
            for (number, (name, value)) in members.into_iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, &name)?;
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            out.push(b'[');
            for (number, element) in elements.into_iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write(element, out)?;
            }
            out.push(b']');
        }
        _ => out.extend_from_slice(text.as_bytes()),
    }
    Ok(())
}

/// The members of an object, each name once.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut places: HashMap<String, usize> = HashMap::new();
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    let known = places.get(&name).and_then(|place| members.get_mut(*place));
                    if let Some((_, earlier)) = known {
                        *earlier = value;
                    } else {
                        places.insert(name.clone(), members.len());
                        members.push((name, value));
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> String {
        String::from_utf8(rewritten(line.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn the_last_of_equal_names_counts_in_the_place_of_the_first() {
        let cases = [
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#" { "a" : [ { "\u0061" : 1.50 , "a" : -0 } , [ ] ] } "#, r#"{"a":[{"a":-0},[]]}"#),
            (
                r#"{"\u00e9\n\"":12345678901234567890123,"x":"\u00e9"}"#,
                "{\"é\\n\\\"\":12345678901234567890123,\"x\":\"\\u00e9\"}",
            ),
            (r#"{"a":{},"a":null}"#, r#"{"a":null}"#),
        ];
        for (line, expected) in cases {
            assert_eq!(text(line), expected);
        }
    }

    #[test]
    fn what_is_no_json_stays_as_it_is() {
        for line in [r#"{"a":1,"a":}"#, r#"{"a":1} {"#, "\u{feff}{}"] {
            assert_eq!(text(line), line);
        }
    }
}
