//! JSON laid out anew: nothing changes but white space.
//!
//! A generic JSON value would lose the order of keys, repeated keys and every number that does not
//! fit a double. So this works on the bytes: outside of strings, white space is dropped and put
//! where the layout wants it; every other byte goes through untouched.

use std::io::{self, Write};

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// For people: two spaces a level.
    Pretty,
    /// For programs: one line.
    Line,
}

/// Writes one JSON document of `bytes` to `out` in `layout`, its first line not indented and the
/// others `depth` levels deep. No line feed follows the last byte.
///
/// The bytes are taken to be valid JSON, as everything is that the client has read; anything else
/// comes out with its white space changed and no harm done.
pub(crate) fn write(
    out: &mut dyn Write,
    bytes: &[u8],
    layout: Layout,
    depth: usize,
) -> io::Result<()> {
    let mut writer = Writer { out, layout, depth };
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => after,
            b'"' => writer.string(rest)?,
            b'{' | b'[' => writer.open(byte, after)?,
            b'}' | b']' => writer.close(byte, after)?,
            b',' => writer.comma(after)?,
            b':' => writer.colon(after)?,
            _ => writer.scalar(rest)?,
        };
    }
    Ok(())
}

/// How deeply arrays and objects are nested in `bytes`.
pub(crate) fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What is nested more deeply is no record of this service, and may be more than the stack has room
/// for where a value is made of it.
pub(crate) const DEEPEST: usize = 100;

/// The deepest indentation. Without an end, a million brackets would be a million lines of up to
/// two million spaces.
const INDENTED: usize = 64;

struct Writer<'a> {
    out: &'a mut dyn Write,
    layout: Layout,
    depth: usize,
}

impl Writer<'_> {
    fn string<'b>(&mut self, from: &'b [u8]) -> io::Result<&'b [u8]> {
        let mut escaped = false;
        let end = from.iter().skip(1).position(|&byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        self.copy(from, end.map_or(from.len(), |end| end + 2))
    }

    fn scalar<'b>(&mut self, from: &'b [u8]) -> io::Result<&'b [u8]> {
        let end = from.iter().position(|byte| b" \t\n\r\",:{}[]".contains(byte));
        self.copy(from, end.unwrap_or(from.len()))
    }

    fn copy<'b>(&mut self, from: &'b [u8], length: usize) -> io::Result<&'b [u8]> {
        let (token, rest) = from.split_at_checked(length).unwrap_or((from, &[]));
        self.out.write_all(token)?;
        Ok(rest)
    }

    fn open<'b>(&mut self, byte: u8, after: &'b [u8]) -> io::Result<&'b [u8]> {
        self.out.write_all(&[byte])?;
        // An empty array or object stays on its line.
        let inside = after.trim_ascii_start();
        if let Some((&close @ (b'}' | b']'), rest)) = inside.split_first() {
            self.out.write_all(&[close])?;
            return Ok(rest);
        }
        self.depth += 1;
        self.new_line()?;
        Ok(after)
    }

    fn close<'b>(&mut self, byte: u8, after: &'b [u8]) -> io::Result<&'b [u8]> {
        self.depth = self.depth.saturating_sub(1);
        self.new_line()?;
        self.out.write_all(&[byte])?;
        Ok(after)
    }

    fn comma<'b>(&mut self, after: &'b [u8]) -> io::Result<&'b [u8]> {
        self.out.write_all(b",")?;
        self.new_line()?;
        Ok(after)
    }

    fn colon<'b>(&mut self, after: &'b [u8]) -> io::Result<&'b [u8]> {
        self.out.write_all(match self.layout {
            Layout::Pretty => b": ",
            Layout::Line => b":",
        })?;
        Ok(after)
    }

    fn new_line(&mut self) -> io::Result<()> {
        if self.layout == Layout::Pretty {
            self.out.write_all(b"\n")?;
            for _ in 0..self.depth.min(INDENTED) {
                self.out.write_all(b"  ")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn laid_out(text: &str, layout: Layout) -> String {
        let mut out = Vec::new();
        write(&mut out, text.as_bytes(), layout, 0).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\\\\"{}:, ]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_in_both_layouts(value in any_json()) {
            let line = serde_json::to_string(&value).unwrap();
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            for written in [&line, &pretty] {
                prop_assert_eq!(&laid_out(written, Layout::Line), &line);
                prop_assert_eq!(&laid_out(written, Layout::Pretty), &pretty);
            }
        }

        #[test]
        fn only_white_space_changes_whatever_the_bytes(bytes in any::<Vec<u8>>()) {
            for layout in [Layout::Line, Layout::Pretty] {
                let mut out = Vec::new();
                write(&mut out, &bytes, layout, 0).unwrap();
                prop_assert_eq!(without_space(&out), without_space(&bytes));
            }
        }
    }

    fn without_space(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    }

    #[test]
    fn numbers_order_and_repeated_keys_come_through() {
        let text =
            r#"{ "z": 18446744073709551616, "a": 1.0, "a": 1.23456789E+11, "e": [ ], "o": { } }"#;
        assert_eq!(
            laid_out(text, Layout::Line),
            r#"{"z":18446744073709551616,"a":1.0,"a":1.23456789E+11,"e":[],"o":{}}"#
        );
    }

    #[test]
    fn strings_keep_their_space_and_escapes() {
        let text = r#"["a  b", "c:\\", "\" , {", "\u0041"]"#;
        assert_eq!(laid_out(text, Layout::Line), r#"["a  b","c:\\","\" , {","\u0041"]"#);
    }

    #[test]
    fn a_document_of_brackets_does_not_grow_without_end() {
        let brackets = 100_000;
        let deep = "[".repeat(brackets) + "1" + &"]".repeat(brackets);
        assert!(laid_out(&deep, Layout::Pretty).len() < 2 * brackets * (2 * INDENTED + 2) + 1_000);
    }

    #[test]
    fn brackets_in_strings_are_not_nested() {
        for (text, expected) in [
            ("7", 0),
            ("[]", 1),
            (r#"{"a": [1, {"b": []}], "c": [[2]]}"#, 4),
            (r#"["[[[[", "\\", "\"[[", []]"#, 2),
            ("]]][", 1),
        ] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn depth_indents_all_lines_but_the_first() {
        let mut out = Vec::new();
        write(&mut out, br#"{"a":1}"#, Layout::Pretty, 1).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "{\n    \"a\": 1\n  }");
    }
}
