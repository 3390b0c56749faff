//! Listings of Data Access: the files of a batch, and what is in each.

use serde::de::SeqAccess;

use crate::document::document;
use crate::id::FileId;
use crate::page::Href;
use crate::read::{Form, List, Wire};
use crate::time::EpochMillis;

document! {
    /// A listing: the files of a batch, the parts of a file, or the files in a directory.
    ///
    /// Also reads a bare list of entries, as one old guide prints it.
    ///
    /// ```
    /// use aep_export_model::FileList;
    ///
    /// let list: FileList = serde_json::from_str(
    ///     r#"{"data": [{"name": "part-00000.snappy.parquet", "length": "249058"},
    ///                  {"name": "_SUCCESS", "length": "0"}], "_page": {"limit": 100, "count": 2}}"#,
    /// )?;
    /// let wanted: Vec<_> = list.data.iter().filter(|entry| !entry.is_marker()).collect();
    /// assert_eq!(wanted[0].length, Some(249_058));
    /// assert_eq!(wanted.len(), 1);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct FileList {
        /// The entries.
        pub data: Vec<FileEntry> = "data";
        /// The listing's size.
        pub page: Option<FilePage> = "_page" | "page";
        /// The way to more; absent where all is on one page (documented).
        pub links: Option<FileLinks> = "_links" | "links";
    }
    with {
        fn from_list<'de, A: SeqAccess<'de>>(list: List<'_, A>) -> Result<Option<Self>, A::Error> {
            Ok(Some(Self { data: list.read()?, ..Self::default() }))
        }
    }
}

document! {
    /// One entry of a listing.
    ///
    /// In the listing of a batch or a directory an entry names a further listing by its
    /// [`data_set_file_id`](Self::data_set_file_id); in the listing of a file it is a part with a
    /// name and a length (documented). Numbers come as text (documented; as numbers in one guide).
    pub struct FileEntry {
        /// The id under which the entry is listed or fetched.
        pub data_set_file_id: Option<FileId> = "dataSetFileId";
        /// The view of the dataset that the file belongs to.
        pub data_set_view_id: Option<String> = "dataSetViewId";
        /// The record's version.
        pub version: Option<String> = "version";
        /// The part's name, such as `part-00000-<uuid>-c000.snappy.parquet`.
        pub name: Option<String> = "name";
        /// The part's length in bytes: the only thing that a download can be checked by.
        pub length: Option<u64> = "length";
        /// How many records.
        pub records: Option<u64> = "records";
        /// How many bytes, in the listing of a batch.
        pub size: Option<u64> = "size";
        /// Of no known meaning: `false` in samples of files that are fine.
        pub is_valid: Option<bool> = "isValid";
        /// When the entry was made.
        pub created: Option<EpochMillis> = "created";
        /// When the entry last changed.
        pub updated: Option<EpochMillis> = "updated";
        /// The entry's own address, with port 443 spelled out in some answers (observed).
        pub self_href: Option<String> = "_links" as SelfLink;
    }
}

impl FileEntry {
    /// Whether the entry leads to a further listing instead of being a part with bytes.
    pub fn is_listing(&self) -> bool {
        self.name.is_none() && self.data_set_file_id.is_some()
    }

    /// Whether the entry is an empty marker such as `_SUCCESS`, which is not data.
    pub fn is_marker(&self) -> bool {
        self.length == Some(0) && self.name.as_deref().is_some_and(|name| name.starts_with('_'))
    }
}

document! {
    /// The size of a listing. As a field of your own types it takes any value; what is no object is
    /// empty.
    pub part FilePage {
        /// The most entries on a page: 100 (documented).
        pub limit: Option<u64> = "limit";
        /// How many entries: in all of the listing in one sample, on the page in the others.
        pub count: Option<u64> = "count";
    }
}

document! {
    /// The way to the rest of a listing. As a field of your own types it takes any value; what is no
    /// object is empty.
    pub part FileLinks {
        /// The next page. To be read for its `start`, not followed.
        pub next: Option<String> = "next" as Href;
        /// This page.
        pub page: Option<String> = "page" as Href;
    }
}

document! {
    /// `{"self": {"href": ".."}}`.
    pub(crate) part SelfLink {
        own: Option<String> = "self" as Href;
    }
}

impl Form for SelfLink {
    type Inner = String;

    fn unwrap(self) -> Option<String> {
        self.own
    }
}

impl Wire for SelfLink {
    fn wrap(inner: &String) -> Self {
        Self { own: Some(inner.clone()) }
    }
}
