//! Text that does not print.

mod spelling;

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderValue};

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// A secret: a token or a client secret. `Debug` says nothing, `Display` does not exist.
///
/// ```
/// use aep_export_transport::Secret;
///
/// let secret = Secret::new("p8e-canary");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "p8e-canary");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself. Goes into a header or a form, never into a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A secret shorter than this is found in too many texts to be taken out of them; tokens and client
/// secrets are far longer.
const SHORTEST: usize = 8;

impl Secret {
    /// `text` with `[redacted]` in place of this secret: for texts of others, who may repeat what
    /// they were sent, as it is or as it stands in a form, an address or JSON. A secret of less than
    /// 8 bytes is not looked for.
    ///
    /// ```
    /// use aep_export_transport::Secret;
    ///
    /// let secret = Secret::new("p8e-canary");
    /// assert_eq!(secret.taken_out_of("token p8e-canary is not valid"), "token [redacted] is not valid");
    /// assert_eq!(secret.taken_out_of("?secret=p8e%2Dcanary"), "?secret=[redacted]");
    /// ```
    pub fn taken_out_of<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut without = String::new();
        let mut rest = text;
        while let Some((before, after)) = self.cut(rest) {
            without.push_str(before);
            without.push_str(REDACTED);
            rest = after;
        }
        if without.is_empty() { text.into() } else { (without + rest).into() }
    }

    /// Puts `[redacted]` in the place of every header that repeats this secret.
    pub(crate) fn take_out_of_headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            if self.is_in(&String::from_utf8_lossy(value.as_bytes())) {
                *value = HeaderValue::from_static(REDACTED);
            }
        }
    }

    /// Whether `text` holds this secret in any of these spellings. One of less than 8 bytes is not
    /// looked for.
    pub fn is_in(&self, text: &str) -> bool {
        self.cut(text).is_some()
    }

    /// What stands in `text` before and after the first place that has this secret.
    fn cut<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if self.0.len() < SHORTEST {
            return None;
        }
        text.char_indices().find_map(|(at, _)| {
            let (before, rest) = text.split_at_checked(at)?;
            let length = spelling::length(&self.0, rest)?;
            Some((before, rest.get(length..)?))
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}
