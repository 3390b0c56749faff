//! Text that does not print.

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
    /// they were sent. A secret of less than 8 bytes is not looked for.
    ///
    /// ```
    /// use aep_export_transport::Secret;
    ///
    /// let secret = Secret::new("p8e-canary");
    /// assert_eq!(secret.taken_out_of("token p8e-canary is not valid"), "token [redacted] is not valid");
    /// ```
    pub fn taken_out_of<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_in(text) { text.replace(&*self.0, REDACTED).into() } else { text.into() }
    }

    /// Puts `[redacted]` in the place of every header that repeats this secret.
    pub(crate) fn take_out_of_headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            if self.is_in(&String::from_utf8_lossy(value.as_bytes())) {
                *value = HeaderValue::from_static(REDACTED);
            }
        }
    }

    /// Whether `text` holds this secret. One of less than 8 bytes is not looked for.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.len() >= SHORTEST && text.contains(&*self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}
