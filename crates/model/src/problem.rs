//! What is wrong with a document, and where.

use std::fmt;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where, as in the document: `filter.segments[0].segmentId`.
    pub path: String,
    /// What is wrong there: the rest of a sentence that begins with the path.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// Whether `path` is where the problem is, or lies below it.
    pub(crate) fn covers(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str())
            .is_some_and(|below| below.is_empty() || below.starts_with(['.', '[']))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_covers_what_lies_below_it() {
        let problem = Problem::new("filter.segments[1]", "is wrong");
        let table = [
            ("filter.segments[1]", true),
            ("filter.segments[1].segmentId", true),
            ("filter.segments[1][0]", true),
            ("filter.segments[1]s", false),
            ("filter.segments[10]", false),
            ("filter.segments", false),
            ("segments[1]", false),
        ];
        for (path, expected) in table {
            assert_eq!(problem.covers(path), expected, "{path}");
        }
    }
}
