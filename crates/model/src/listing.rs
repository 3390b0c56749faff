//! Any page of any listing, with its records left to the caller.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::page::{Link, PageInfo};
use crate::read::Key;

/// A page of a listing with records of your own type, such as serde_json's `&RawValue`.
///
/// For clients that give each record as it came, or must not lose one that cannot be read:
/// [`JobPage`](crate::JobPage), [`SegmentDefinitionPage`](crate::SegmentDefinitionPage) and
/// [`FileList`](crate::FileList) read the same documents whole and leave such records out. Which
/// listing it is makes no difference to the keys that are read:
///
/// | | keys |
/// |---|---|
/// | records | `records` (jobs), `segments` (definitions), `data` (files), `children` (segment jobs) |
/// | page | `page`, `_page` |
/// | link | `link`, `_links`, `links` |
///
/// The parts of the pages are `Listing<R>` for jobs, `Listing<R, SegmentPageInfo>` for segment
/// definitions, `Listing<R, SegmentJobPageInfo>` for segment jobs and
/// `Listing<R, FilePage, FileLinks>` for files. A bare list is read as records
/// only, as one old guide prints those of files.
///
/// Reading fails where the document is neither an object nor a list, and where a record cannot be
/// read as `R`.
///
/// ```
/// use aep_export_model::Listing;
/// use serde_json::value::RawValue;
///
/// let page: Listing<&RawValue> = serde_json::from_str(
///     r#"{"children": [{"id":  1}, null], "_links": {"next": {"href": "/jobs?offset=5_1"}}}"#,
/// )?;
/// let records = page.records.ok_or("no records at all")?;
/// assert_eq!(records[0].get(), r#"{"id":  1}"#);
/// assert_eq!(records.len(), 2);
/// assert_eq!(page.link.and_then(|link| link.next).as_deref(), Some("/jobs?offset=5_1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<R, P = PageInfo, L = Link> {
    /// The records; `None` where none of the keys holds a list, which is no answer to a listing.
    pub records: Option<Vec<R>>,
    /// What the page is.
    pub page: Option<P>,
    /// The way to the next page.
    pub link: Option<L>,
}

impl<R, P, L> Default for Listing<R, P, L> {
    fn default() -> Self {
        Self { records: None, page: None, link: None }
    }
}

impl<'de, R, P, L> Deserialize<'de> for Listing<R, P, L>
where
    R: Deserialize<'de>,
    P: Deserialize<'de>,
    L: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Whole(PhantomData))
    }
}

struct Whole<R, P, L>(PhantomData<(R, P, L)>);

impl<'de, R, P, L> Visitor<'de> for Whole<R, P, L>
where
    R: Deserialize<'de>,
    P: Deserialize<'de>,
    L: Deserialize<'de>,
{
    type Value = Listing<R, P, L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object or list (Listing)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut listing = Listing::default();
        while let Some(key) = object.next_key::<Key<'de>>()? {
            // Of two spellings the last one that says something counts, as in every document.
            match key.as_str() {
                "records" | "children" | "segments" | "data" => {
                    let records = object.next_value_seed(Records(PhantomData))?;
                    let says_something = records.as_ref().is_some_and(|list| !list.is_empty());
                    if says_something || listing.records.is_none() {
                        listing.records = records;
                    }
                }
                "page" | "_page" => {
                    listing.page = object.next_value::<Option<P>>()?.or(listing.page);
                }
                "link" | "_links" | "links" => {
                    listing.link = object.next_value::<Option<L>>()?.or(listing.link);
                }
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(listing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let records = Records(PhantomData).visit_seq(list)?;
        Ok(Listing { records, ..Listing::default() })
    }
}

/// Reads a list; anything else is none.
struct Records<R>(PhantomData<R>);

impl<'de, R: Deserialize<'de>> DeserializeSeed<'de> for Records<R> {
    type Value = Option<Vec<R>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, R: Deserialize<'de>> Visitor<'de> for Records<R> {
    type Value = Option<Vec<R>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut records = Vec::new();
        while let Some(record) = list.next_element()? {
            records.push(record);
        }
        Ok(Some(records))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}
