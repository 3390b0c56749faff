//! Names of things, one type each, so that a batch is never asked for by a job's id.

/// Defines an identifier.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// Opaque text. Reading takes text and whole numbers (`100`, `100.0`, `"100"`); an empty
        /// text is no id. Writing gives text.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The id with this text, which is not checked.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl ::std::convert::From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl ::std::convert::From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        $crate::schema::text!($name);

        impl $crate::read::Value for $name {
            const KIND: $crate::read::Kind = $crate::read::Kind::Text;

            fn from_scalar(scalar: $crate::read::Scalar<'_>) -> Option<Self> {
                scalar.into_id().filter(|text| !text.is_empty()).map(Self)
            }

            fn is_void(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::read::scalar(from, concat!("an id (", stringify!($name), ")"))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of an export job. The service writes it as a number (documented: `100`, and `100.0`
    /// in its own definition), other services take it as text.
    JobId
}
id! {
    /// The id of a segment job: a UUID (documented, observed).
    SegmentJobId
}
id! {
    /// The id of a segment (audience). A UUID for segments made in AEP; those of other namespaces
    /// may be anything (documented).
    SegmentId
}
id! {
    /// The id of a dataset: 24 hexadecimal digits (documented, observed).
    DatasetId
}
id! {
    /// The id of a batch: 26 characters of a ULID (observed), 32 hexadecimal digits or other text
    /// (documented samples).
    BatchId
}
id! {
    /// The id of a file, or of a directory of files, in Data Access (documented).
    FileId
}
id! {
    /// The id of a merge policy (documented).
    MergePolicyId
}
