//! Datasets: `/data/foundation/catalog/dataSets` (documented).

use bytes::Bytes;
use futures_core::Stream;
use http::Request;

use aep_export_model::{CreatedRefs, Dataset, DatasetId, NewDataset};
use aep_export_transport::{OperationInfo, Replay};

use crate::paging::{Next, Page, PagedOperation, Pages};
use crate::{
    Answer, BaseUrl, Client, Error, Keyed, LostDataset, Operation, Reconciled, Record, Reply,
    catalog, operation,
};

const PATH: &str = "/data/foundation/catalog/dataSets";

/// Objects a page; the catalog's maximum (documented).
const PAGE_SIZE: u32 = 100;

/// What can be done with datasets; from [`Client::datasets`].
#[derive(Debug, Clone, Copy)]
pub struct Datasets<'a> {
    client: &'a Client,
}

impl<'a> Datasets<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates a dataset and gives its id.
    ///
    /// # Errors
    /// [`UnknownOutcome`](crate::ErrorKind::UnknownOutcome) when it was sent and nothing says
    /// whether a dataset was made: look for it with [`reconcile`](Self::reconcile) before you create
    /// another one.
    pub async fn create(&self, dataset: &NewDataset) -> Result<Reply<DatasetId>, Error> {
        self.client.execute(&CreateDataset { dataset: dataset.clone() }).await
    }

    /// Looks for the dataset that a create without an answer may have made: the only new one of that
    /// name and schema. Looks three times within seven seconds, as it may take a moment to be listed.
    ///
    /// # Errors
    /// See [`Client::execute`]: nothing more is known of the dataset than before.
    pub async fn reconcile(
        &self,
        lost: &LostDataset,
    ) -> Result<Reconciled<Keyed<DatasetId, Dataset>>, Error> {
        self.client.reconcile(lost).await
    }

    /// The dataset with this id.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub async fn get(&self, id: &DatasetId) -> Result<Reply<Dataset>, Error> {
        self.client.execute(&GetDataset { id: id.clone() }).await
    }

    /// One page of datasets, the newest first.
    ///
    /// # Errors
    /// See [`Client::execute`]. A dataset that cannot be read is an error in the page's records.
    pub async fn list(
        &self,
        list: &ListDatasets,
    ) -> Result<Reply<Page<Keyed<DatasetId, Dataset>>>, Error> {
        self.client.execute(list).await
    }

    /// The pages of the list of datasets.
    pub fn pages(&self, list: ListDatasets) -> Pages<ListDatasets> {
        Pages::new(self.client.clone(), list)
    }

    /// Every dataset, page after page.
    pub fn stream(
        &self,
        list: ListDatasets,
    ) -> impl Stream<Item = Result<Record<Keyed<DatasetId, Dataset>>, Error>> + Send + use<> {
        self.pages(list).into_stream()
    }
}

/// Creates a dataset. Never sent twice by itself: names need not be unique, so a second one would
/// be another dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDataset {
    /// What to create.
    pub dataset: NewDataset,
}

impl Operation for CreateDataset {
    type Output = DatasetId;

    fn info(&self) -> OperationInfo {
        operation::create("datasets.create")
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let document = serde_json::to_vec(&self.dataset).map_err(|error| {
            Error::invalid("the dataset cannot be written as JSON").with_source(error)
        })?;
        base.at(PATH).post_json(document.into())
    }

    fn decode(&self, answer: &Answer) -> Result<DatasetId, Error> {
        let created: CreatedRefs = answer.json()?;
        created
            .dataset_id()
            .ok_or_else(|| Error::malformed("the answer holds no reference to a dataset"))
    }
}

/// Reads one dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDataset {
    /// The dataset.
    pub id: DatasetId,
}

impl Operation for GetDataset {
    type Output = Dataset;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("datasets.get", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).segment("dataset id", self.id.as_str()).get()
    }

    fn decode(&self, answer: &Answer) -> Result<Dataset, Error> {
        catalog::one(answer, "dataset", self.id.as_str())
    }
}

/// Lists datasets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListDatasets {
    /// Datasets a page, 1 to 100 (documented), nothing else is sent; 100 by default here.
    pub limit: Option<u32>,
    /// How many to pass over.
    pub start: u64,
}

impl ListDatasets {
    fn page_size(&self) -> u32 {
        self.limit.unwrap_or(PAGE_SIZE)
    }
}

impl Operation for ListDatasets {
    type Output = Page<Keyed<DatasetId, Dataset>>;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("datasets.list", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let limit = self.page_size();
        if !(1..=PAGE_SIZE).contains(&limit) {
            // The service would give fewer than asked for, and the list would seem to end there.
            let what =
                format!("a page of {limit} datasets cannot be asked for, only 1 to {PAGE_SIZE}");
            return Err(Error::invalid(what));
        }
        base.at(PATH)
            .query("limit", Some(limit))
            .query("start", Some(self.start))
            .query("orderBy", Some("desc:created"))
            .get()
    }

    /// The catalog gives no link to the next page: a full page means that there may be one.
    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error> {
        let records = catalog::all(answer)?;
        let read = records.len() as u64;
        let next = match read >= u64::from(self.page_size()) {
            true => Next::At(self.start.saturating_add(read).to_string()),
            false => Next::End,
        };
        Ok(Page::new(records, next))
    }
}

impl PagedOperation for ListDatasets {
    type Record = Keyed<DatasetId, Dataset>;

    fn at(&self, position: &str) -> Self {
        Self { start: position.parse().unwrap_or(self.start), ..self.clone() }
    }

    fn position(&self) -> Option<String> {
        Some(self.start.to_string())
    }
}
