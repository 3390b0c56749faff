//! A value in a row: shown one way to people and written another way for programs.

use std::time::Duration;

use aep_export_model::EpochMillis;

use super::text::{visible, visible_json};
use super::when::When;
use crate::duration;

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// There is none, or it is not known.
    Missing,
    Text(String),
    Number(u64),
    Flag(bool),
    Moment(EpochMillis),
    Span(Duration),
    /// A number, a truth value, an array or an object as it stands in the service's JSON.
    Json(String),
}

impl Cell {
    /// For people, in a table.
    pub(crate) fn shown(&self, when: &When) -> String {
        match self {
            Self::Moment(at) => when.in_a_table(*at),
            _ => self.told(when),
        }
    }

    /// For people, alone on a line.
    pub(crate) fn told(&self, when: &When) -> String {
        match self {
            Self::Missing => "-".to_owned(),
            Self::Text(text) | Self::Json(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => "no".to_owned(),
            Self::Moment(at) => when.on_a_line(*at),
            Self::Span(span) => duration::show(*span),
        }
    }

    /// For programs: nothing for what is missing, times as RFC 3339 in UTC, spans in seconds.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Text(text) | Self::Json(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Moment(at) => at.to_string(),
            Self::Span(span) => seconds(*span),
        }
    }
}

impl Cell {
    /// The same with nothing in it that could steer a terminal.
    pub(crate) fn harmless(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(visible(&text).into_owned()),
            Self::Json(text) => Self::Json(visible_json(&text).into_owned()),
            cell => cell,
        }
    }
}

/// Seconds with the digits that there are, and no others: a floating point number has them by chance.
fn seconds(span: Duration) -> String {
    let text = format!("{}.{:09}", span.as_secs(), span.subsec_nanos());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A moment in UTC, to the second.
pub(crate) fn moment(at: EpochMillis) -> String {
    let text = at.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

impl From<Option<Self>> for Cell {
    fn from(cell: Option<Self>) -> Self {
        cell.unwrap_or(Self::Missing)
    }
}

/// What there may be none of.
macro_rules! cells {
    ($($from:ty => $make:expr,)+) => {$(
        impl From<$from> for Cell {
            fn from(value: $from) -> Self {
                $make(value)
            }
        }

        impl From<Option<$from>> for Cell {
            fn from(value: Option<$from>) -> Self {
                value.map_or(Self::Missing, $make)
            }
        }
    )+};
}

cells! {
    String => Cell::Text,
    u64 => Cell::Number,
    bool => Cell::Flag,
    EpochMillis => Cell::Moment,
    Duration => Cell::Span,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<&str>> for Cell {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Missing, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_programs_read_the_same_value_differently() {
        for (cell, shown, plain) in [
            (Cell::Missing, "-", ""),
            (Cell::from("a"), "a", "a"),
            (Cell::from(7), "7", "7"),
            (Cell::from(true), "yes", "true"),
            (
                Cell::from(EpochMillis::new(1_538_615_973_895)),
                "2018-10-04T01:19:33Z",
                "2018-10-04T01:19:33.895Z",
            ),
            (Cell::from(Duration::from_millis(259_344)), "4m 19s", "259.344"),
            (Cell::from(Duration::from_secs(42)), "42s", "42"),
            (Cell::from(Duration::from_secs(100)), "1m 40s", "100"),
            (Cell::from(Duration::from_millis(1977)), "2.0s", "1.977"),
            (Cell::from(Duration::ZERO), "0.00s", "0"),
        ] {
            let when = When::default();
            assert_eq!((cell.shown(&when).as_str(), cell.plain().as_str()), (shown, plain));
        }
    }
}
