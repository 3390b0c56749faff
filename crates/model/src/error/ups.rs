//! The envelope of segmentation and profile.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::code_of_type;
use crate::document::document;
use crate::read::{self, Field, Kind, List, Object, Scalar, Value};

document! {
    /// An error of segmentation or profile (`/data/core/ups`).
    ///
    /// ```
    /// use aep_export_model::UpsError;
    ///
    /// let error: UpsError = serde_json::from_str(
    ///     r#"{"requestId": "r1", "errors": {"404": [{"code": 404, "message": "No such audience."}]},
    ///         "type": "https://ns.adobe.com/aep/errors/UPAPI-113430-404", "status": 404}"#,
    /// )?;
    /// assert_eq!(error.code(), Some("UPAPI-113430-404"));
    /// assert_eq!(error.message(), Some("No such audience."));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UpsError {
        /// The id to give to Adobe's support.
        pub request_id: Option<String> = "requestId";
        /// The single errors, by HTTP status.
        pub errors: Option<UpsErrorGroups> = "errors";
        /// A URI that ends in the code. One published answer has it, title and status inside of
        /// `errors`: the methods look in both places.
        pub type_uri: Option<String> = "type";
        /// What is wrong.
        pub title: Option<String> = "title";
        /// The HTTP status as the service sees it; can differ from the code's ending.
        pub status: Option<u16> = "status";
    }
}

impl UpsError {
    /// The code: the end of the type, or else that of the first single error (some have a full
    /// code, some only the HTTP status, as number or text).
    pub fn code(&self) -> Option<&str> {
        let inner = self.errors.as_ref();
        self.type_uri
            .as_deref()
            .and_then(code_of_type)
            .or_else(|| inner?.type_uri.as_deref().and_then(code_of_type))
            .or_else(|| inner?.entries().find_map(|entry| entry.code.as_deref()))
    }

    /// The title, or else the message of the first single error.
    pub fn message(&self) -> Option<&str> {
        let inner = self.errors.as_ref();
        self.title
            .as_deref()
            .or_else(|| inner?.title.as_deref())
            .or_else(|| inner?.entries().find_map(|entry| entry.message.as_deref()))
    }

    /// The HTTP status in the body, wherever it stands.
    pub fn status(&self) -> Option<u16> {
        self.status.or_else(|| self.errors.as_ref()?.status)
    }

    /// The single errors.
    pub fn entries(&self) -> impl Iterator<Item = &UpsErrorEntry> {
        self.errors.iter().flat_map(UpsErrorGroups::entries)
    }
}

/// The single errors of a [`UpsError`], by HTTP status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpsErrorGroups {
    /// The errors; the key is the HTTP status as text.
    pub by_status: BTreeMap<String, Vec<UpsErrorEntry>>,
    /// The type, where it stands in here.
    pub type_uri: Option<String>,
    /// The title, where it stands in here.
    pub title: Option<String>,
    /// The status, where it stands in here.
    pub status: Option<u16>,
}

impl UpsErrorGroups {
    /// The single errors in the order of their statuses.
    pub fn entries(&self) -> impl Iterator<Item = &UpsErrorEntry> {
        self.by_status.values().flatten()
    }
}

impl Value for UpsErrorGroups {
    const KIND: Kind = Kind::Object;

    fn from_object<'de, A: MapAccess<'de>>(
        mut object: Object<'_, 'de, A>,
    ) -> Result<Option<Self>, A::Error> {
        let mut groups = Self::default();
        while let Some(key) = object.next_key()? {
            match key.as_str() {
                "type" => groups.type_uri.read(&key, &mut object)?,
                "title" => groups.title.read(&key, &mut object)?,
                "status" => groups.status.read(&key, &mut object)?,
                _ => {
                    if let Some(entries) = object.value(&key)? {
                        groups.by_status.insert(key.into_string(), entries);
                    }
                }
            }
        }
        Ok(Some(groups))
    }

    /// A list of errors without their statuses is kept under an empty one.
    fn from_list<'de, A: SeqAccess<'de>>(list: List<'_, A>) -> Result<Option<Self>, A::Error> {
        let mut groups = Self::default();
        groups.by_status.insert(String::new(), list.read()?);
        Ok(Some(groups))
    }
}

impl<'de> Deserialize<'de> for UpsErrorGroups {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::document(from, "a JSON object (UpsErrorGroups)")
    }
}

impl Serialize for UpsErrorGroups {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        for (status, entries) in &self.by_status {
            object.serialize_entry(status, entries)?;
        }
        if let Some(uri) = &self.type_uri {
            object.serialize_entry("type", uri)?;
        }
        if let Some(title) = &self.title {
            object.serialize_entry("title", title)?;
        }
        if let Some(status) = &self.status {
            object.serialize_entry("status", status)?;
        }
        object.end()
    }
}

document! {
    /// A single error of a [`UpsError`].
    pub struct UpsErrorEntry {
        /// A full code, or only the HTTP status, as number or text.
        pub code: Option<String> = "code";
        /// What is wrong; in some a whole [`PlatformError`](super::PlatformError) as text.
        pub message: Option<String> = "message";
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            Some(Self { message: Some(scalar.into_text()?), ..Self::default() })
        }
    }
}
