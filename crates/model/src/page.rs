//! Pages of a listing, and the links in them.

use crate::document::document;
use crate::job::ExportJob;
use crate::read::{Form, Scalar, Wire};

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
    /// What a page is. As a field of your own types it takes any value; what is no object is empty.
    pub part PageInfo {
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
    ///
    /// As a field of your own types it takes any value: text is the link itself, and what is no
    /// link at all (`[]`, `7`) is an empty one.
    pub part Link {
        /// The link as it came, `""` included.
        pub next: Option<String> = "next" from Href;
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

document! {
    /// A link's target, written as `{"href": ".."}`; a bare text is read too.
    pub(crate) part Href {
        href: Option<String> = "href";
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            Some(Self { href: Some(scalar.into_text()?) })
        }
    }
}

impl Form for Href {
    type Inner = String;

    fn unwrap(self) -> Option<String> {
        self.href
    }
}

impl Wire for Href {
    fn wrap(inner: &String) -> Self {
        Self { href: Some(inner.clone()) }
    }
}
