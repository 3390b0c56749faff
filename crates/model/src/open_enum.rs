//! Enums that the service may extend at any time.

use std::fmt;

/// A value this version does not know, exactly as the service wrote it.
///
/// Only reading and parsing make one, so it never holds the text of a value that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownValue(String);

impl UnknownValue {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text as the service wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Defines an enum that keeps text it does not know and gives it back.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A value that this version does not know, kept as it came.
            Other($crate::UnknownValue),
        }

        impl $name {
            /// Every value that this version knows, in the service's spelling.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// The value in the service's spelling.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(unknown) => unknown.as_str(),
                }
            }

            /// Whether this version knows the value.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        $crate::schema::text!($name, known: Self::KNOWN);

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text)
                    .unwrap_or_else(|| Self::Other($crate::UnknownValue::new(text.to_owned())))
            }
        }

        impl ::std::convert::From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or_else(|| Self::Other($crate::UnknownValue::new(text)))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::read::Value for $name {
            const KIND: $crate::read::Kind = $crate::read::Kind::Text;

            fn from_scalar(scalar: $crate::read::Scalar<'_>) -> Option<Self> {
                match scalar {
                    $crate::read::Scalar::Text(text) => Some(match Self::known(&text) {
                        Some(known) => known,
                        None => Self::Other($crate::UnknownValue::new(text.into_owned())),
                    }),
                    _ => None,
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::read::scalar(from, concat!("text (", stringify!($name), ")"))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use open_enum;
