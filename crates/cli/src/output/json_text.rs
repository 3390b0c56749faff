//! A JSON string as text, whatever its escapes say.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// The text of a JSON string. Half a surrogate pair, which JSON can say and no text can have, is
/// replaced: one wrong name does not lose a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct JsonText(pub(super) String);

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = JsonText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<JsonText, E> {
                Ok(JsonText(String::from_utf8_lossy(bytes).into_owned()))
            }
        }

        from.deserialize_bytes(Text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_escape_is_read() {
        for (json, text) in [
            (r#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u00e9\ud83d\ude00é""#, "é😀é"),
            (r#""a\ud800b""#, "a\u{fffd}\u{fffd}\u{fffd}b"),
            (r#""""#, ""),
        ] {
            assert_eq!(serde_json::from_str::<JsonText>(json).unwrap().0, text, "{json}");
        }
        assert!(serde_json::from_str::<JsonText>("7").is_err());
        let map: HashMap<JsonText, u8> = serde_json::from_str(r#"{"\udc00k":1}"#).unwrap();
        assert!(map.keys().all(|key| key.0.ends_with('k')));
    }
}
