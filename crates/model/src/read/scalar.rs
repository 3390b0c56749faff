//! Texts, numbers and booleans, in all the ways the service spells them.

use std::borrow::Cow;

use super::{Kind, Value};

/// Up to here every whole number has its own `f64`; above it a float no longer says which one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON value that is neither a list nor an object nor null.
pub(crate) enum Scalar<'a> {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Boolean,
            Self::Integer(_) | Self::Float(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
        }
    }

    /// A number that was handed out as its digits.
    pub(crate) fn number(digits: String) -> Self {
        match (digits.parse(), digits.parse::<f64>()) {
            (Ok(integer), _) => Self::Integer(integer),
            (_, Ok(float)) => Self::Float(float),
            _ => Self::Text(digits.into()),
        }
    }

    /// Text, or a number or boolean as it would be written: codes come as `404` and as `"404"`.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Bool(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Float(value) => value.is_finite().then(|| value.to_string()),
            Self::Text(text) => Some(text.into_owned()),
        }
    }

    /// Text or a whole number: `100`, `100.0` and `"100"` are the same id. Nothing else names a
    /// thing, and a float too large to be exact would name the wrong one.
    pub(crate) fn into_id(self) -> Option<String> {
        match self {
            Self::Bool(_) => None,
            Self::Float(value) if value.fract() != 0.0 || value.abs() > EXACT => None,
            other => other.into_text(),
        }
    }

    /// A whole number, also written with an exponent or as text.
    pub(crate) fn into_integer(self) -> Option<i128> {
        match self {
            Self::Bool(_) => None,
            Self::Integer(value) => Some(value),
            Self::Float(value) => whole(value),
            Self::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
            }
        }
    }

    /// A boolean, also written as text.
    pub(crate) fn into_bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// The whole number that a float stands for. NaN and the infinities have a fraction of NaN.
fn whole(value: f64) -> Option<i128> {
    // 2^63 and more is no number of this service: no time, count or length is that large.
    (value.fract() == 0.0 && value.abs() < 9.3e18).then_some(value as i128)
}

impl Value for String {
    const KIND: Kind = Kind::Text;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.into_text()
    }
}

impl Value for bool {
    const KIND: Kind = Kind::Boolean;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.into_bool()
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Value for $integer {
            const KIND: Kind = Kind::Number;

            fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
                Self::try_from(scalar.into_integer()?).ok()
            }
        }
    )*};
}

integers!(u16, u32, u64, i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_every_spelling() {
        let table: [(Scalar<'_>, Option<i128>); 12] = [
            (Scalar::Integer(100), Some(100)),
            (Scalar::Float(100.0), Some(100)),
            (Scalar::Float(1.234_567_89e11), Some(123_456_789_000)),
            (Scalar::Float(100.5), None),
            (Scalar::Float(f64::NAN), None),
            (Scalar::Float(1e300), None),
            (Scalar::Text("500".into()), Some(500)),
            (Scalar::Text(" 1.23456789E+11 ".into()), Some(123_456_789_000)),
            (Scalar::Text("inf".into()), None),
            (Scalar::Text("<number>".into()), None),
            (Scalar::Text("".into()), None),
            (Scalar::Bool(true), None),
        ];
        for (row, (scalar, expected)) in table.into_iter().enumerate() {
            assert_eq!(scalar.into_integer(), expected, "row {row}");
        }
    }

    #[test]
    fn ids_keep_their_digits_or_are_none() {
        let table: [(Scalar<'_>, Option<&str>); 7] = [
            (Scalar::Integer(100), Some("100")),
            (Scalar::Float(100.0), Some("100")),
            (Scalar::Text("0100".into()), Some("0100")),
            (Scalar::Float(100.5), None),
            (Scalar::Float(1e17), None),
            (Scalar::Float(f64::INFINITY), None),
            (Scalar::Bool(true), None),
        ];
        for (row, (scalar, expected)) in table.into_iter().enumerate() {
            assert_eq!(scalar.into_id().as_deref(), expected, "row {row}");
        }
    }

    #[test]
    fn digits_that_no_machine_number_holds_are_text() {
        assert!(matches!(Scalar::number("100".into()), Scalar::Integer(100)));
        assert!(matches!(Scalar::number("1e2".into()), Scalar::Float(value) if value == 100.0));
        assert!(matches!(Scalar::number("x".into()), Scalar::Text(_)));
    }
}
