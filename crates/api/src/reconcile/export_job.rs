//! A lost create of an export job.

use std::time::Duration;

use bytes::Bytes;

use aep_export_model::{EpochMillis, ExportJob, ExportJobRequest};

use super::Lost;
use crate::likeness::{Likeness, likeness};
use crate::newest::PAGE_SIZE;
use crate::{Error, ListExportJobs};

/// A create of an export job whose outcome is not known: its error says so, or its future was dropped
/// before it had ended, or the program ended with it.
///
/// Without the id that it was sent under, which an error tells or
/// [`CreateExportJob::request_id`](crate::CreateExportJob::request_id) chose, its job is recognised
/// by what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostCreate {
    request: ExportJobRequest,
    request_id: Option<String>,
    age: Duration,
}

impl LostCreate {
    /// A create of this request that was begun at most `age` ago.
    pub fn new(request: ExportJobRequest, age: Duration) -> Self {
        Self { request, request_id: None, age }
    }

    /// A create that sent this document as it is.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when it is no JSON object, so that nothing can be
    /// recognised by it.
    pub fn of_document(document: &Bytes, age: Duration) -> Result<Self, Error> {
        let request = serde_json::from_slice(document).map_err(|error| {
            Error::invalid(format!("the request is no JSON object: {error}")).with_source(error)
        })?;
        Ok(Self::new(request, age))
    }

    /// It went out under this id; see [`Attempts`](crate::Attempts) and
    /// [`CreateExportJob::request_id`](crate::CreateExportJob::request_id).
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl Lost for LostCreate {
    type List = ListExportJobs;

    /// It begins with the newest (documented).
    fn list(&self) -> ListExportJobs {
        ListExportJobs { limit: Some(PAGE_SIZE), ..ListExportJobs::default() }
    }

    fn age(&self) -> Duration {
        self.age
    }

    fn sent_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    fn created(job: &ExportJob) -> Option<EpochMillis> {
        job.creation_time
    }

    /// Assumed to come back; observed to be that of the create.
    fn carried_id(job: &ExportJob) -> Option<&str> {
        job.request_id.as_deref()
    }

    fn likeness(&self, job: &ExportJob) -> Likeness {
        likeness(&self.request, job)
    }
}
