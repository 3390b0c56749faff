//! Batches: `/data/foundation/catalog/batches` (documented).

use bytes::Bytes;
use http::Request;

use aep_export_model::{Batch, BatchId};
use aep_export_transport::{OperationInfo, Replay};

use crate::{Answer, BaseUrl, Client, Error, Operation, Reply, catalog};

/// What can be done with batches; from [`Client::batches`].
#[derive(Debug, Clone, Copy)]
pub struct Batches<'a> {
    client: &'a Client,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// The batch with this id: what an export wrote, and how much.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub async fn get(&self, id: &BatchId) -> Result<Reply<Batch>, Error> {
        self.client.execute(&GetBatch { id: id.clone() }).await
    }
}

/// Reads one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetBatch {
    /// The batch.
    pub id: BatchId,
}

impl Operation for GetBatch {
    type Output = Batch;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("batches.get", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at("/data/foundation/catalog/batches").segment("batch id", self.id.as_str()).get()
    }

    fn decode(&self, answer: &Answer) -> Result<Batch, Error> {
        catalog::one(answer, "batch", self.id.as_str())
    }
}
