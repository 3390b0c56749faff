//! Where in a text something stands.

use std::fmt;

/// A line and a column, counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The place of the byte `offset` of `text`; what lies behind its end is its end.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let begun = before.rsplit('\n').next().unwrap_or_default();
        Self { line, column: begun.chars().count() + 1 }
    }
}

/// As editors take it behind the name of a file.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters() {
        let text = "a\nä b\r\nc";
        for (offset, place) in
            [(0, "1:1"), (1, "1:2"), (2, "2:1"), (4, "2:2"), (5, "2:3"), (8, "3:1"), (99, "3:2")]
        {
            assert_eq!(Place::of(text, offset).to_string(), place, "{offset}");
        }
    }
}
