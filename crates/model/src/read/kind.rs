//! The kinds of JSON values, in words.

/// The kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    /// What the documents call it where they promise one.
    pub(super) fn promised(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Number => "a whole number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }

    /// What it is called where it is found.
    pub(super) fn found(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            other => other.promised(),
        }
    }
}
