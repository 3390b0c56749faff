//! Points in time: milliseconds as the service counts them, and texts as people write them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::read::{self, Kind, Scalar, Value};

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// Every sample counts milliseconds (observed), although the service's definition speaks of
/// seconds for the times of export jobs (documented, wrong). Reading takes an integer, a float
/// without a fraction (also `1.23456789E+11`) and numeric text; writing gives an integer.
///
/// ```
/// use aep_export_model::EpochMillis;
///
/// assert_eq!(EpochMillis::new(1_538_615_973_895).to_string(), "2018-10-04T01:19:33.895Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EpochMillis(i64);

impl EpochMillis {
    /// The point in time this many milliseconds after 1970-01-01T00:00:00Z.
    pub const fn new(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// RFC 3339 in UTC; a number too far away for a calendar is shown as `<n> ms`.
impl fmt::Display for EpochMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => f.pad(&timestamp.to_string()),
            Err(_) => f.pad(&format!("{} ms", self.0)),
        }
    }
}

impl Value for EpochMillis {
    const KIND: Kind = Kind::Number;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        i64::from_scalar(scalar).map(Self)
    }
}

impl<'de> Deserialize<'de> for EpochMillis {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::scalar(from, "milliseconds since 1970")
    }
}

impl Serialize for EpochMillis {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0)
    }
}

/// A time as it was written, not looked at yet.
///
/// Documents hold times in this form: what was read is written again to the letter, offset and
/// all, and a text that is no time can still be reported by
/// [`ExportJobRequest::validate`](crate::ExportJobRequest::validate).
///
/// ```
/// use aep_export_model::TimeText;
///
/// let time = TimeText::from("2018-10-25T13:22:04-07:00");
/// assert_eq!(time.parse()?.to_millis().to_string(), "2018-10-25T20:22:04Z");
/// # Ok::<(), aep_export_model::InvalidTime>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimeText(String);

crate::schema::text!(TimeText, format: "date-time");

impl TimeText {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time that the text stands for.
    ///
    /// # Errors
    /// [`InvalidTime`] if the text is not RFC 3339.
    pub fn parse(&self) -> Result<Rfc3339, InvalidTime> {
        Rfc3339::parse(&self.0)
    }
}

impl fmt::Display for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for TimeText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for TimeText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Rfc3339> for TimeText {
    fn from(time: Rfc3339) -> Self {
        Self(time.text)
    }
}

impl Value for TimeText {
    const KIND: Kind = Kind::Text;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        // A number is kept too: it is no RFC 3339 time, and validation says so.
        scalar.into_text().map(Self)
    }
}

impl<'de> Deserialize<'de> for TimeText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::scalar(from, "a time as text")
    }
}

impl Serialize for TimeText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// An RFC 3339 time: its text exactly as written, and the instant it stands for.
///
/// ```
/// use aep_export_model::Rfc3339;
///
/// let time = Rfc3339::parse("2018-01-01T00:00:00+01:00")?;
/// assert_eq!(time.as_str(), "2018-01-01T00:00:00+01:00");
/// assert_eq!(time.to_millis().get(), 1_514_761_200_000);
/// assert!(Rfc3339::parse("2018-01-01").is_err());
/// # Ok::<(), aep_export_model::InvalidTime>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rfc3339 {
    text: String,
    instant: Timestamp,
}

impl Rfc3339 {
    /// Parses a complete RFC 3339 time: date, `T`, time of day with seconds, and `Z` or an offset.
    /// Of a fraction, what lies below a nanosecond counts for nothing; the text keeps it.
    ///
    /// # Errors
    /// [`InvalidTime`] if the text has another form or the day or time does not exist.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let invalid = || InvalidTime { text: text.to_owned() };
        let (local, offset) = in_nanoseconds(text).ok_or_else(invalid)?;
        let instant = format!("{local}{offset}").parse().map_err(|_| invalid())?;
        Ok(Self { text: text.to_owned(), instant })
    }

    /// The text exactly as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant; parts of a millisecond are cut off, so that it is never a later one.
    pub fn to_millis(&self) -> EpochMillis {
        // Before 1970 the calendar library cuts towards the later one.
        let cut_up = self.instant.subsec_nanosecond() % 1_000_000 < 0;
        EpochMillis(self.instant.as_millisecond() - i64::from(cut_up))
    }

    /// Whether this instant is later than the other, whatever the offsets.
    pub fn is_after(&self, other: &Self) -> bool {
        self.instant > other.instant
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Rfc3339 {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        Self::parse(text)
    }
}

/// A text that is not an RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an RFC 3339 time such as 2018-01-01T00:00:00Z")]
pub struct InvalidTime {
    text: String,
}

impl InvalidTime {
    /// The text that was given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A text in the form of RFC 3339, section 5.6, as its time, at most to the nanosecond, and its
/// offset. The calendar library takes more (a missing offset's zone in brackets, a missing second,
/// a space), which the service need not, and no fraction of ten digits, which it may.
fn in_nanoseconds(text: &str) -> Option<(&str, &str)> {
    const SECOND: usize = "2018-01-01T00:00:00".len();
    let (start, rest) = text.split_at_checked(SECOND)?;
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    // A fraction without digits is refused by the calendar library.
    let fraction = rest.strip_prefix('.').map_or(0, |rest| 1 + digits(rest));
    let (_, offset) = rest.split_at_checked(fraction)?;
    let has_form = matches(start.as_bytes(), b"dddd-dd-ddTdd:dd:dd")
        && (matches(offset.as_bytes(), b"Z") || is_offset(offset.as_bytes()));
    let local = text.get(..SECOND + fraction.min(".123456789".len()))?;
    has_form.then_some((local, offset))
}

fn is_offset(offset: &[u8]) -> bool {
    let within = |part: std::ops::Range<usize>, most: &[u8]| {
        offset.get(part).is_some_and(|digits| digits <= most)
    };
    (matches(offset, b"+dd:dd") || matches(offset, b"-dd:dd"))
        && within(1..3, b"23")
        && within(4..6, b"59")
}

/// Whether `text` has the form of `pattern`: `d` is a digit, letters are taken in either case.
fn matches(text: &[u8], pattern: &[u8]) -> bool {
    text.len() == pattern.len()
        && text.iter().zip(pattern).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            _ => byte.eq_ignore_ascii_case(form),
        })
}
