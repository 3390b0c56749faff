//! What tells one state of a file from another.

use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

/// The service's own mark of a file's state: a tag, or else the time of its last change. AEP
/// documents neither for files; other servers in its place have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Validator {
    Etag(String),
    LastModified(String),
}

impl Validator {
    /// The one that an answer has.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.trim().to_owned());
        let filled = |text: &String| !text.is_empty();
        let etag = text(header::ETAG).filter(filled).map(Self::Etag);
        etag.or_else(|| text(header::LAST_MODIFIED).filter(filled).map(Self::LastModified))
    }

    /// What may stand in `If-Range`. A weak tag may not: it stands for equal meaning, not for equal
    /// bytes (RFC 9110).
    pub(super) fn if_range(&self) -> Option<&str> {
        match self {
            Self::Etag(tag) if tag.starts_with("W/") => None,
            Self::Etag(text) | Self::LastModified(text) => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_comes_first_and_a_weak_one_is_only_compared() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|&(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
            });
            Validator::of(&pairs.collect())
        };
        let time = "Mon, 23 Nov 2026 15:34:30 GMT";
        let both = of(&[("etag", "\"a\""), ("last-modified", time)]).unwrap();
        assert_eq!(both, Validator::Etag("\"a\"".to_owned()));
        assert_eq!(both.if_range(), Some("\"a\""));
        assert_eq!(of(&[("last-modified", time)]).unwrap().if_range(), Some(time));
        let weak = of(&[("etag", "W/\"a\"")]).unwrap();
        assert_eq!(weak.if_range(), None);
        assert_ne!(Some(weak), of(&[("etag", "W/\"b\"")]));
        assert_eq!(of(&[("etag", "")]), None);
        assert_eq!(of(&[]), None);
    }
}
