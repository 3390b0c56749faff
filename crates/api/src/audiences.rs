//! Audiences: `/data/core/ups/segment/definitions` (documented).

use std::collections::HashSet;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::TryStreamExt;
use http::Request;
use serde::Deserialize;
use serde_json::value::RawValue;

use aep_export_model::{Listing, SegmentDefinition, SegmentId, SegmentPageInfo};
use aep_export_transport::{OperationInfo, Replay};

use crate::paging::{self, Next, Page, PagedOperation, Pages, read_record};
use crate::{Answer, BaseUrl, Client, Error, Operation, Record, Reply};

const PATH: &str = "/data/core/ups/segment/definitions";

/// Definitions a page; the most that the service gives (observed by a client that uses it).
const PAGE_SIZE: u32 = 100;

/// What can be done with audiences; from [`Client::audiences`].
#[derive(Debug, Clone, Copy)]
pub struct Audiences<'a> {
    client: &'a Client,
}

impl<'a> Audiences<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// The segment definition with this id.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub async fn get(&self, id: &SegmentId) -> Result<Reply<SegmentDefinition>, Error> {
        self.client.execute(&GetAudience { id: id.clone() }).await
    }

    /// One page of segment definitions.
    ///
    /// # Errors
    /// See [`Client::execute`]. A definition that cannot be read is an error in the page's records.
    pub async fn list(
        &self,
        list: &ListAudiences,
    ) -> Result<Reply<Page<SegmentDefinition>>, Error> {
        self.client.execute(list).await
    }

    /// The pages of the list of segment definitions.
    pub fn pages(&self, list: ListAudiences) -> Pages<ListAudiences> {
        Pages::new(self.client.clone(), list)
    }

    /// Every segment definition, page after page.
    pub fn stream(
        &self,
        list: ListAudiences,
    ) -> impl Stream<Item = Result<Record<SegmentDefinition>, Error>> + Send + use<> {
        self.pages(list).into_stream()
    }

    /// Every segment definition of exactly this name. The service cannot look one up by name
    /// (nothing documented), so this reads the whole list. Names need not be unique. One that comes
    /// twice, as the pages shift when another is created meanwhile, is given once. One that cannot be
    /// read is passed over if it says that it has another name.
    ///
    /// # Errors
    /// See [`Client::execute`]; [`Malformed`](crate::ErrorKind::Malformed) also when one cannot be
    /// read that may have this name: who takes one of this name must know whether it is the only one.
    pub async fn named(&self, name: &str) -> Result<Vec<Record<SegmentDefinition>>, Error> {
        let search = Search { list: ListAudiences::default(), name: name.to_owned() };
        let mut seen = HashSet::new();
        Pages::new(self.client.clone(), search)
            .into_stream()
            .try_filter_map(|Record { value, raw }| {
                let is_new =
                    |value: &SegmentDefinition| value.id.clone().is_none_or(|id| seen.insert(id));
                let found = value.filter(is_new).map(|value| Record { value, raw });
                std::future::ready(Ok(found))
            })
            .try_collect()
            .await
    }
}

/// Reads one segment definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAudience {
    /// The segment definition.
    pub id: SegmentId,
}

impl Operation for GetAudience {
    type Output = SegmentDefinition;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("audiences.get", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).segment("audience id", self.id.as_str()).get()
    }

    fn decode(&self, answer: &Answer) -> Result<SegmentDefinition, Error> {
        answer.json()
    }
}

/// Lists segment definitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListAudiences {
    /// Definitions a page; 100 by default here.
    pub limit: Option<u32>,
    /// Number of the page, from 0 (the number of the first page is assumed from an example).
    pub page: u32,
}

impl ListAudiences {
    fn page_size(&self) -> u32 {
        self.limit.unwrap_or(PAGE_SIZE)
    }

    /// The page in `answer`, each of its records read by `read`.
    fn page<T>(
        &self,
        answer: &Answer,
        read: impl Fn(&RawValue) -> Result<Record<T>, Error>,
    ) -> Result<Page<T>, Error> {
        let page: Listing<&RawValue, SegmentPageInfo> = paging::listing(answer)?;
        let raw = page.records.unwrap_or_default();
        let next_page = self.page.saturating_add(1);
        let linked = page.link.and_then(|link| link.next).is_some_and(|link| !link.is_empty());
        let more = match page.page.and_then(|page| page.total_pages) {
            Some(total) => u64::from(next_page) < total,
            // Without a count, a full page means that there may be another.
            None => linked || raw.len() as u64 >= u64::from(self.page_size()),
        };
        let next = match (more, raw.is_empty()) {
            (false, _) => Next::End,
            (true, false) => Next::At(next_page.to_string()),
            (true, true) => Next::Unusable(format!("page {}, which is empty", self.page)),
        };
        Ok(Page::new(raw.into_iter().map(read).collect(), next))
    }
}

impl Operation for ListAudiences {
    type Output = Page<SegmentDefinition>;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("audiences.list", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).query("limit", Some(self.page_size())).query("page", Some(self.page)).get()
    }

    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error> {
        self.page(answer, |raw| read_record(answer, raw))
    }
}

impl PagedOperation for ListAudiences {
    type Record = SegmentDefinition;

    fn at(&self, position: &str) -> Self {
        Self { page: position.parse().unwrap_or(self.page), ..self.clone() }
    }

    fn position(&self) -> Option<String> {
        Some(self.page.to_string())
    }
}

/// Lists segment definitions to find those of one name; the others are `None`.
#[derive(Debug)]
struct Search {
    list: ListAudiences,
    name: String,
}

impl Search {
    fn read(
        &self,
        answer: &Answer,
        raw: &RawValue,
    ) -> Result<Record<Option<SegmentDefinition>>, Error> {
        let read = read_record::<SegmentDefinition>(answer, raw).map(|record| record.value);
        let bytes = paging::slice_of(answer.body(), raw.get());
        if let Ok(SegmentDefinition { name: Some(name), .. }) = &read {
            let is_it = *name == self.name;
            return Ok(Record { value: read.ok().filter(|_| is_it), raw: bytes });
        }
        if !may_be_called(&self.name, raw) {
            return Ok(Record { value: None, raw: bytes });
        }
        let name = &self.name;
        let error =
            Error::malformed(format!("one audience cannot be read, and may be called {name:?}"));
        Err(match read {
            Ok(_) => error,
            Err(why) => error.with_source(why),
        })
    }
}

/// Whether the definition `raw`, which cannot be read, does not say that it has another name or none.
fn may_be_called(name: &str, raw: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Named {
        name: Option<String>,
    }

    match serde_json::from_str::<Named>(raw.get()) {
        Ok(named) => named.name.as_deref() == Some(name),
        Err(_) => true,
    }
}

impl Operation for Search {
    type Output = Page<Option<SegmentDefinition>>;

    fn info(&self) -> OperationInfo {
        self.list.info()
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        self.list.request(base)
    }

    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error> {
        self.list.page(answer, |raw| self.read(answer, raw))
    }
}

impl PagedOperation for Search {
    type Record = Option<SegmentDefinition>;

    fn at(&self, position: &str) -> Self {
        Self { list: self.list.at(position), name: self.name.clone() }
    }

    fn position(&self) -> Option<String> {
        self.list.position()
    }
}
