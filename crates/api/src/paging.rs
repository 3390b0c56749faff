//! Lists, page by page.
//!
//! The services page in different ways: export jobs by a cursor, catalog objects by an offset,
//! segment definitions by a page number, files by an index. What they share is here: an operation
//! that reads one page and says which operation reads the next.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use futures_core::Stream;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::operation::{Answer, Operation};
use crate::reply::{Record, Reply};
use crate::{Client, Error};

/// One page of a list.
///
/// A record that cannot be read is one error in `records`, not a lost page.
#[derive(Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The records in the order they came.
    pub records: Records<T>,
    /// What follows.
    pub next: Next,
}

/// Records of a page, each read or not.
pub type Records<T> = Vec<Result<Record<T>, Error>>;

/// What follows a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: this was the last page.
    End,
    /// More, from this position on.
    At(String),
    /// The service says that more follows, but not in a way that can be used; its text.
    Unusable(String),
}

/// An operation that reads one page of a list.
///
/// Implement it to page through a list that this crate does not know.
pub trait PagedOperation: Operation<Output = Page<Self::Record>> + Sized {
    /// What the list holds.
    type Record: Send;

    /// The same list from `position` on, which an earlier page gave as its [`Next::At`].
    #[must_use]
    fn at(&self, position: &str) -> Self;
}

/// The pages of a list, read one after the other.
///
/// A page that could not be read is asked for again by the next call: the position moves only when
/// a page has arrived. A list that breaks off, or leads back into itself, gives an error after its
/// last good page, so what is missing is never silent.
#[derive(Debug)]
pub struct Pages<O> {
    client: Client,
    state: State<O>,
    seen: HashSet<String>,
}

#[derive(Debug)]
enum State<O> {
    Reading(O),
    BrokenOff(String),
    Done,
}

impl<O: PagedOperation> Pages<O> {
    pub(crate) fn new(client: Client, first: O) -> Self {
        Self { client, state: State::Reading(first), seen: HashSet::new() }
    }

    /// The next page, or `None` after the last one.
    ///
    /// # Errors
    /// What kept the page from being read, or [`Malformed`](crate::ErrorKind::Malformed) when the
    /// page before it said how to go on in a way that cannot be used, or that was followed before.
    pub async fn next_page(&mut self) -> Result<Option<Reply<Page<O::Record>>>, Error> {
        let operation = match std::mem::replace(&mut self.state, State::Done) {
            State::Reading(operation) => operation,
            State::BrokenOff(why) => return Err(Error::malformed(why)),
            State::Done => return Ok(None),
        };
        match self.client.execute(&operation).await {
            Ok(page) => {
                self.state = self.after(&operation, &page.next);
                Ok(Some(page))
            }
            Err(error) => {
                self.state = State::Reading(operation);
                Err(error)
            }
        }
    }

    fn after(&mut self, operation: &O, next: &Next) -> State<O> {
        match next {
            Next::End => State::Done,
            Next::At(position) if self.seen.insert(position.clone()) => {
                State::Reading(operation.at(position))
            }
            Next::At(position) => State::BrokenOff(format!(
                "the list leads back to the position {position:?}, which was read before"
            )),
            Next::Unusable(link) => State::BrokenOff(format!(
                "more records follow, but the link to the next page, {link:?}, holds no position"
            )),
        }
    }

    /// Every record from here on, page after page; a page is fetched when its first record is asked
    /// for. Ends after the first page that cannot be read.
    pub fn into_stream(self) -> impl Stream<Item = Result<Record<O::Record>, Error>> + Send
    where
        O: Send + 'static,
        O::Record: 'static,
    {
        futures_util::stream::unfold(
            (Some(self), VecDeque::new()),
            |(mut pages, mut ready)| async move {
                loop {
                    if let Some(record) = ready.pop_front() {
                        return Some((record, (pages, ready)));
                    }
                    match pages.as_mut()?.next_page().await {
                        Ok(Some(page)) => ready = page.into_value().records.into(),
                        Ok(None) => return None,
                        Err(error) => {
                            pages = None;
                            ready.push_back(Err(error));
                        }
                    }
                }
            },
        )
    }
}

/// Reads each of `raw` as a record, with its own bytes out of `answer`.
pub(crate) fn records<T: DeserializeOwned>(answer: &Answer, raw: &[&RawValue]) -> Records<T> {
    raw.iter().map(|record| read_record(answer, record)).collect()
}

pub(crate) fn read_record<T: DeserializeOwned>(
    answer: &Answer,
    raw: &RawValue,
) -> Result<Record<T>, Error> {
    let text = raw.get();
    let value = serde_json::from_str(text).map_err(|error| {
        Error::malformed(format!("one record of the list cannot be read: {error}"))
            .with_source(error)
    })?;
    Ok(Record { value, raw: slice_of(answer.body(), text) })
}

/// `text` as a view into `body`, which it was borrowed from.
pub(crate) fn slice_of(body: &Bytes, text: &str) -> Bytes {
    body.slice_ref(text.as_bytes())
}

/// The position that a link to the next page holds in its query parameter `name`.
///
/// Only the position is taken: host, path and everything else of the link are ignored, so no link
/// can send credentials elsewhere.
pub(crate) fn position_in(link: &str, name: &str) -> Next {
    let query = link.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map_or_else(|| Next::Unusable(link.to_owned()), |(_, value)| Next::At(value.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_gives_its_position_and_nothing_else() {
        let at = |position: &str| Next::At(position.to_owned());
        for (link, next) in [
            ("/export/jobs/?limit=2&offset=1538573416687_722", at("1538573416687_722")),
            ("/export/jobs?offset=1_2&limit=2", at("1_2")),
            ("https://platform.adobe.io:443/data/core/ups/export/jobs?offset=1_2", at("1_2")),
            ("https://elsewhere.example/jobs?offset=1_2#top", at("1_2")),
            ("?offset=a%2Fb+c", at("a/b c")),
            ("string", Next::Unusable("string".to_owned())),
            ("@/segmentJobs?sort=x", Next::Unusable("@/segmentJobs?sort=x".to_owned())),
            ("/export/jobs?offset=", Next::Unusable("/export/jobs?offset=".to_owned())),
        ] {
            assert_eq!(position_in(link, "offset"), next, "{link}");
        }
    }
}
