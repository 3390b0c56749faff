//! Numbers as the token service writes them.

use serde::Deserialize;

/// A number, or a text that holds one: IMS sends both (observed).
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Number {
    /// As a number.
    Number(f64),
    /// As a text.
    Text(String),
}

impl Number {
    /// The number, if it is one.
    pub(crate) fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}
