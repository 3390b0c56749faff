//! Lists, page by page.
//!
//! The services page in different ways: export jobs by a cursor, catalog objects by an offset,
//! segment definitions by a page number, files by an index. What they share is here: an operation
//! that reads one page and says which operation reads the next.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use futures_core::Stream;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use aep_export_model::Listing;

use crate::operation::{Answer, Operation};
use crate::reply::{Record, Reply};
use crate::{Client, Error};

/// How many pages without a record may follow each other. A filter may leave some empty; a list
/// without end is a fault.
const MAX_EMPTY_PAGES: usize = 100;

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

impl<T> Page<T> {
    /// Puts a page together; for lists of your own.
    pub fn new(records: Records<T>, next: Next) -> Self {
        Self { records, next }
    }
}

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
/// Implement it to page through a list that this crate does not know, with
/// [`Client::pages`](crate::Client::pages).
///
/// # Example
/// ```
/// use aep_export_api::{Answer, BaseUrl, Error, Next, Operation, Page, PagedOperation, Record};
/// use aep_export_transport::{OperationInfo, Replay};
/// use bytes::Bytes;
///
/// /// Names of sandboxes, as a list of lists: `[["prod", "dev"], "position of the next page"]`.
/// #[derive(Default)]
/// struct ListNames(Option<String>);
///
/// impl Operation for ListNames {
///     type Output = Page<String>;
///
///     fn info(&self) -> OperationInfo {
///         OperationInfo::new("names.list", Replay::Safe)
///     }
///
///     fn request(&self, base: &BaseUrl) -> Result<http::Request<Bytes>, Error> {
///         base.at("/names").query("from", self.0.as_deref()).get()
///     }
///
///     fn decode(&self, answer: &Answer) -> Result<Page<String>, Error> {
///         let (names, next): (Vec<String>, Option<String>) = answer.json()?;
///         let records = names
///             .into_iter()
///             .map(|name| Ok(Record { raw: Bytes::from(format!("{name:?}")), value: name }))
///             .collect();
///         Ok(Page::new(records, next.map_or(Next::End, Next::At)))
///     }
/// }
///
/// impl PagedOperation for ListNames {
///     type Record = String;
///
///     fn at(&self, position: &str) -> Self {
///         Self(Some(position.to_owned()))
///     }
///
///     fn position(&self) -> Option<String> {
///         self.0.clone()
///     }
/// }
///
/// # fn example(client: &aep_export_api::Client) {
/// let names = client.pages(ListNames::default()).into_stream();
/// # drop(names);
/// # }
/// ```
pub trait PagedOperation: Operation<Output = Page<Self::Record>> + Sized {
    /// What the list holds.
    type Record: Send;

    /// The same list from `position` on, which an earlier page gave as its [`Next::At`].
    #[must_use]
    fn at(&self, position: &str) -> Self;

    /// Where this page is, in the form of [`Next::At`], if it is not simply the first one. Lets a
    /// list notice that it leads back to where it began.
    fn position(&self) -> Option<String>;
}

/// The pages of a list, read one after the other.
///
/// A page that could not be read is asked for again by the next call: the position moves only when
/// a page has arrived. A list that breaks off, leads back into itself, or gives one page for two
/// positions that follow each other, gives an error after its last good page, so what is missing is
/// never silent and no record comes twice.
#[derive(Debug)]
pub struct Pages<O> {
    client: Client,
    state: State<O>,
    seen: HashSet<String>,
    empty_in_a_row: usize,
    /// The records of the last page, as they came.
    last: Vec<Bytes>,
}

#[derive(Debug)]
enum State<O> {
    Reading(O),
    BrokenOff(String),
    Done,
}

impl<O: PagedOperation> Pages<O> {
    pub(crate) fn new(client: Client, first: O) -> Self {
        let seen = first.position().into_iter().collect();
        Self { client, state: State::Reading(first), seen, empty_in_a_row: 0, last: Vec::new() }
    }

    /// The next page, or `None` after the last one.
    ///
    /// # Errors
    /// What kept the page from being read, or [`Malformed`](crate::ErrorKind::Malformed) when the
    /// page before it said how to go on in a way that cannot be used, or that was followed before,
    /// or when this page is the one before it once more.
    pub async fn next_page(&mut self) -> Result<Option<Reply<Page<O::Record>>>, Error> {
        let operation = match std::mem::replace(&mut self.state, State::Done) {
            State::Reading(operation) => operation,
            State::BrokenOff(why) => return Err(Error::malformed(why)),
            State::Done => return Ok(None),
        };
        match self.client.execute(&operation).await {
            Ok(page) if self.is_last_page_again(&page) => {
                let position = operation.position().unwrap_or_default();
                Err(Error::malformed(format!(
                    "the list gives the page before the position {position:?} once more there"
                )))
            }
            Ok(page) => {
                self.state = match (self.after(&operation, &page), page.secret()) {
                    (State::BrokenOff(why), Some(secret)) => {
                        State::BrokenOff(secret.taken_out_of(&why).into_owned())
                    }
                    (state, _) => state,
                };
                Ok(Some(page))
            }
            Err(error) => {
                self.state = State::Reading(operation);
                Err(error)
            }
        }
    }

    /// A service that counts its pages in another way, or does not look at the position at all, would
    /// give records twice and a list without end.
    fn is_last_page_again(&mut self, page: &Page<O::Record>) -> bool {
        let records = page.records.iter().flatten().map(|record| record.raw.clone()).collect();
        let last = std::mem::replace(&mut self.last, records);
        !last.is_empty() && last == self.last
    }

    fn after(&mut self, operation: &O, page: &Page<O::Record>) -> State<O> {
        self.empty_in_a_row = if page.records.is_empty() { self.empty_in_a_row + 1 } else { 0 };
        match &page.next {
            Next::End => State::Done,
            Next::At(_) if self.empty_in_a_row >= MAX_EMPTY_PAGES => State::BrokenOff(format!(
                "the list goes on after {MAX_EMPTY_PAGES} pages without a record"
            )),
            Next::At(position) if self.seen.insert(position.clone()) => {
                State::Reading(operation.at(position))
            }
            Next::At(position) => State::BrokenOff(format!(
                "the list leads back to the position {position:?}, which was read before"
            )),
            Next::Unusable(link) => State::BrokenOff(format!(
                "more records follow, but the link to the next page, {:?}, holds no position",
                // What is asked for may be signed, and is nobody else's business.
                link.split(['?', '#']).next().unwrap_or_default()
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

/// Reads one page of a listing. An answer without records is none: it is not an empty one.
pub(crate) fn listing<'a, P, L>(answer: &'a Answer) -> Result<Listing<&'a RawValue, P, L>, Error>
where
    P: Deserialize<'a>,
    L: Deserialize<'a>,
{
    let page: Listing<&RawValue, P, L> =
        serde_json::from_slice(answer.body()).map_err(|error| answer.malformed(error))?;
    if page.records.is_none() {
        return Err(Error::malformed("the answer holds no list of records"));
    }
    Ok(page)
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
            .without(answer.secret())
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
