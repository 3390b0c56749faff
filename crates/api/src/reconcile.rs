//! Looking for the job that a create without an answer may have made.
//!
//! The service has no key by which a create could be asked about (none is documented). What is left
//! is the list of jobs, newest first: a job that carries the id we sent is ours; so is, most likely,
//! the only job of that minute that is equal in all that the service echoes.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use aep_export_model::{ExportJob, ExportJobRequest, Filter, SegmentId};
use aep_export_transport::answered_at;

use crate::{Client, Error, ListExportJobs, Page, Record, Reply};

/// Jobs a page of the search.
const PAGE_SIZE: u32 = 100;
/// How far the service's clock and ours may be apart, and how coarse its dates are.
const SLACK: Duration = Duration::from_secs(5);
/// The pauses before each look: a job may take a moment to be listed.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(5)];

/// A create whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostCreate {
    request: ExportJobRequest,
    request_id: Option<String>,
    age: Duration,
}

/// What became of a create whose outcome was not known.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reconciled {
    /// This job is the one.
    Found(Box<Record<ExportJob>>),
    /// No job that could be it is listed. That is not certain for ever: a list may lag behind.
    None,
    /// More than one job could be it.
    Ambiguous(Vec<Record<ExportJob>>),
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

    /// It went out under this id; see [`Attempts`](crate::Attempts).
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Whether `job` carries the id that was sent (assumed to come back; observed to be that of the
    /// create).
    fn carries_our_id(&self, job: &ExportJob) -> bool {
        self.request_id.is_some() && self.request_id == job.request_id
    }

    /// Whether `job` is equal in all that it echoes. It may echo less than was sent (observed), and
    /// another merge policy (documented samples), which is not looked at.
    fn equals(&self, job: &ExportJob) -> bool {
        let request = &self.request;
        let fields = |text: &Option<String>| -> BTreeSet<String> {
            let paths = text.iter().flat_map(|text| text.split(','));
            paths.map(|path| path.trim().to_owned()).collect()
        };
        let times = |filter: &Option<Filter>| {
            let filter = filter.clone().unwrap_or_default();
            (filter.segment_qualification_time, filter.from_ingest_timestamp)
        };
        job.dataset_id().is_some()
            && job.dataset_id() == request.destination.dataset_id.as_ref()
            && fields(&job.fields) == fields(&request.fields)
            && segments(job.filter.as_ref()) == segments(request.filter.as_ref())
            && times(&job.filter) == times(&request.filter)
    }
}

fn segments(filter: Option<&Filter>) -> BTreeSet<&SegmentId> {
    let segments = filter.into_iter().flat_map(|filter| &filter.segments);
    segments.filter_map(|segment| segment.segment_id.as_ref()).collect()
}

impl Client {
    pub(crate) async fn reconcile(&self, lost: &LostCreate) -> Result<Reconciled, Error> {
        let began = self.clock().elapsed();
        for pause in LOOKS {
            if !pause.is_zero() {
                self.clock().sleep(pause).await;
            }
            let age = lost.age.saturating_add(self.clock().elapsed().saturating_sub(began));
            match self.look_for(lost, age).await? {
                Reconciled::None => {}
                found => return Ok(found),
            }
        }
        Ok(Reconciled::None)
    }

    /// Goes through the list until jobs are older than the create.
    async fn look_for(&self, lost: &LostCreate, age: Duration) -> Result<Reconciled, Error> {
        let list = ListExportJobs { limit: Some(PAGE_SIZE), ..ListExportJobs::default() };
        let mut pages = self.export_jobs().pages(list);
        let mut equal = Vec::new();
        let mut since = None;
        while let Some(page) = pages.next_page().await? {
            let since = *since.get_or_insert_with(|| self.earliest(&page, age));
            let mut older = true;
            for record in page.into_value().records.into_iter().flatten() {
                if lost.carries_our_id(&record) {
                    return Ok(Reconciled::Found(Box::new(record)));
                }
                // A job that does not say when it was made may be a new one.
                let young = record.creation_time.is_none_or(|time| time.get() >= since);
                older &= !young;
                if young && lost.equals(&record) {
                    equal.push(record);
                }
            }
            if older {
                break;
            }
        }
        Ok(match equal.len() {
            0 => Reconciled::None,
            1 => equal.pop().map_or(Reconciled::None, |job| Reconciled::Found(Box::new(job))),
            _ => Reconciled::Ambiguous(equal),
        })
    }

    /// The earliest time, in milliseconds, at which the create can have made a job, by the
    /// service's own clock where its answer tells it.
    fn earliest(&self, page: &Reply<Page<ExportJob>>, age: Duration) -> i64 {
        let now = answered_at(page.headers()).unwrap_or_else(|| self.clock().now());
        let since = now.checked_sub(age.saturating_add(SLACK)).unwrap_or(SystemTime::UNIX_EPOCH);
        let since = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}
