//! What the catalog's objects share: answers are maps from id to object (documented).

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::paging::{self, Records};
use crate::{Answer, Error, Record};

/// A catalog object under its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed<I, T> {
    /// The key that it stood under.
    pub id: I,
    /// The object.
    pub object: T,
}

/// The object under `id`; a map without it is an answer that does not know it.
pub(crate) fn one<T: DeserializeOwned>(answer: &Answer, what: &str, id: &str) -> Result<T, Error> {
    let entries = entries(answer)?;
    let (_, object) = entries
        .into_iter()
        .find(|(key, _)| key == id)
        .ok_or_else(|| Error::not_found(format!("the catalog has no {what} {id:?}")))?;
    serde_json::from_str(object.get()).map_err(|error| answer.malformed(error))
}

/// Every object in the order it came.
pub(crate) fn all<I, T>(answer: &Answer) -> Result<Records<Keyed<I, T>>, Error>
where
    I: From<String>,
    T: DeserializeOwned,
{
    let read = |(id, raw): (String, &RawValue)| {
        let record: Record<T> = paging::read_record(answer, raw)?;
        let value = Keyed { id: I::from(id), object: record.value };
        Ok(Record { value, raw: record.raw })
    };
    Ok(entries(answer)?.into_iter().map(read).collect())
}

fn entries(answer: &Answer) -> Result<Vec<(String, &RawValue)>, Error> {
    let Entries(entries) =
        serde_json::from_slice(answer.body()).map_err(|error| answer.malformed(error))?;
    Ok(entries)
}

/// A JSON object in its own order, its values unread.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for InOrder<'a> {
            type Value = Entries<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with ids as its keys")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder(PhantomData))
    }
}
