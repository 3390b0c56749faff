//! What the listings of all services have in common: reading numbers, cutting pages.

use crate::call::Call;

/// A query parameter that is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadParameter {
    pub(super) name: &'static str,
    pub(super) wanted: String,
}

impl BadParameter {
    pub(super) fn new(name: &'static str, wanted: impl Into<String>) -> Self {
        Self { name, wanted: wanted.into() }
    }

    pub(super) fn sentence(&self) -> String {
        format!("Query parameter {} must be {}.", self.name, self.wanted)
    }
}

/// A whole number of at least `least`, when the parameter is there.
pub(super) fn number(
    call: &Call,
    name: &'static str,
    least: u64,
) -> Result<Option<u64>, BadParameter> {
    let Some(text) = call.parameter(name) else { return Ok(None) };
    match text.parse::<u64>() {
        Ok(value) if value >= least => Ok(Some(value)),
        _ => Err(BadParameter::new(name, format!("a whole number of at least {least}"))),
    }
}

/// Direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "asc" => Some(Self::Ascending),
            "desc" => Some(Self::Descending),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }

    /// Turns an ascending comparison into this direction's.
    pub(super) fn apply(self, ascending: std::cmp::Ordering) -> std::cmp::Ordering {
        match self {
            Self::Ascending => ascending,
            Self::Descending => ascending.reverse(),
        }
    }
}

/// `count` items of `all` from the one at index `start` on.
pub(super) fn slice<T>(all: Vec<T>, start: u64, count: u64) -> Vec<T> {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    all.into_iter().skip(start).take(count).collect()
}
