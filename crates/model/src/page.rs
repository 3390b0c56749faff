//! Pages of a listing, and the links in them.

use crate::document::document;
use crate::job::ExportJob;
use crate::read::{Scalar, Wire};

document! {
    /// A page of export jobs, newest first (documented).
    ///
    /// A job that is not an object is left out; a client that must not lose one reads the page's
    /// records raw first.
    pub struct JobPage {
        /// The jobs. Other listings of the service call them `children`.
        pub records: Vec<ExportJob> = "records" | "children";
        /// What the page is.
        pub page: Option<PageInfo> = "page" | "_page";
        /// The way to the next page.
        pub link: Option<Link> = "link" | "_links";
    }
}

document! {
    /// What a page is.
    pub struct PageInfo {
        /// What it is sorted by: `createdTime`, though jobs call it `creationTime` (documented).
        pub sort_field: Option<String> = "sortField";
        /// `desc` (documented).
        pub sort: Option<String> = "sort";
        /// The last record, as `<creation time in ms>_<job id>`. Does not agree with `link.next` in
        /// one sample; the link is the one to trust.
        pub page_offset: Option<String> = "pageOffset";
        /// How many records are on the page.
        pub page_size: Option<u64> = "pageSize";
    }
}

document! {
    /// The way to the next page: absent, empty, relative, absolute or unusable, such as `string` in
    /// the first guide or `@/segmentJobs?...` (observed). To be read for its cursor, not followed.
    pub struct Link {
        /// The link as it came, `""` included.
        pub next: Option<String> = "next" as Target;
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            match scalar {
                Scalar::Text(text) => Some(Self { next: Some(text.into_owned()) }),
                _ => None,
            }
        }
    }
}

/// A link's target: a text, written as a text; `{"href": ".."}` is read too.
pub(crate) struct Target(String);

impl crate::read::Value for Target {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.into_text().map(Self)
    }

    fn from_object<'de, A: serde::de::MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        Ok(Href::from_object(object)?.and_then(Wire::unwrap).map(Self))
    }
}

impl serde::Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl Wire for Target {
    type Inner = String;

    fn unwrap(self) -> Option<String> {
        Some(self.0)
    }

    fn wrap(inner: &String) -> Self {
        Self(inner.clone())
    }
}

document! {
    /// A link's target, written as `{"href": ".."}`; a bare text is read too.
    pub(crate) struct Href {
        href: Option<String> = "href";
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            Some(Self { href: Some(scalar.into_text()?) })
        }
    }
}

impl Wire for Href {
    type Inner = String;

    fn unwrap(self) -> Option<String> {
        self.href
    }

    fn wrap(inner: &String) -> Self {
        Self { href: Some(inner.clone()) }
    }
}
