//! Audiences: `/data/core/ups/segment/definitions` (documented).

use std::collections::HashSet;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::TryStreamExt;
use http::Request;
use serde_json::value::RawValue;

use aep_export_model::{Listing, SegmentDefinition, SegmentId, SegmentPageInfo};
use aep_export_transport::{OperationInfo, Replay};

use crate::paging::{self, Next, Page, PagedOperation, Pages, records};
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
    /// twice, as the pages shift when another is created meanwhile, is given once.
    ///
    /// # Errors
    /// See [`Client::execute`].
    pub async fn named(&self, name: &str) -> Result<Vec<Record<SegmentDefinition>>, Error> {
        let mut seen = HashSet::new();
        self.stream(ListAudiences::default())
            .try_filter(|audience| {
                let is_named = audience.name.as_deref() == Some(name);
                let is_new = is_named && audience.id.clone().is_none_or(|id| seen.insert(id));
                std::future::ready(is_new)
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
        Ok(Page::new(records(answer, &raw), next))
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
