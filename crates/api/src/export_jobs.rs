//! Export jobs: `/data/core/ups/export/jobs` (documented).

use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderValue, Request};
use serde_json::value::RawValue;

use aep_export_model::{
    CancelAnswer, ExportJob, ExportJobRequest, InvalidRequest, JobId, JobStatus, Listing,
};
use aep_export_transport::{OperationInfo, Replay};

use crate::paging::{self, Next, Page, PagedOperation, Pages, position_in, records};
use crate::{
    Answer, BaseUrl, Client, Error, LostCreate, Operation, Reconciled, Record, Reply, Running,
    Wait, operation,
};

const PATH: &str = "/data/core/ups/export/jobs";

/// What can be done with export jobs; from [`Client::export_jobs`].
#[derive(Debug, Clone, Copy)]
pub struct ExportJobs<'a> {
    client: &'a Client,
}

impl<'a> ExportJobs<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// One page of jobs; the newest first unless asked otherwise (documented).
    ///
    /// # Errors
    /// See [`Client::execute`]. A job that cannot be read is an error in the page's records.
    pub async fn list(&self, list: &ListExportJobs) -> Result<Reply<Page<ExportJob>>, Error> {
        self.client.execute(list).await
    }

    /// The pages of a list, one after the other.
    pub fn pages(&self, list: ListExportJobs) -> Pages<ListExportJobs> {
        Pages::new(self.client.clone(), list)
    }

    /// Every job of a list, page after page. Take only as many as you need: no page is fetched
    /// before its first job is asked for.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: &aep_export_api::Client) -> Result<(), aep_export_api::Error> {
    /// use aep_export_api::ListExportJobs;
    /// use futures_util::{StreamExt, TryStreamExt};
    ///
    /// let list = ListExportJobs { limit: Some(100), ..Default::default() };
    /// let mut newest = std::pin::pin!(client.export_jobs().stream(list).take(250));
    /// while let Some(job) = newest.try_next().await? {
    ///     println!("{:?} {:?}", job.id, job.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(
        &self,
        list: ListExportJobs,
    ) -> impl Stream<Item = Result<Record<ExportJob>, Error>> + Send + use<> {
        self.pages(list).into_stream()
    }

    /// Creates a job. Sent once, on a connection of its own.
    ///
    /// Dropping the future does not take the request back: once it was polled, the service may have
    /// made the job all the same. Treat a create that was dropped like one whose outcome is unknown,
    /// and look for its job with [`reconcile`](Self::reconcile); by the id that
    /// [`CreateExportJob::request_id`] sent with it, if it is run with one.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) with every problem of the request, before anything is
    /// sent. [`UnknownOutcome`](crate::ErrorKind::UnknownOutcome) when it was sent and nothing says
    /// whether a job was made: look for it before you create another one.
    pub async fn create(&self, request: &ExportJobRequest) -> Result<Reply<ExportJob>, Error> {
        self.client.execute(&CreateExportJob::new(request)?).await
    }

    /// Looks for the job that a create without an answer may have made: by the id that it was sent
    /// under, or else as the only new job that is equal to the request. Looks three times within
    /// seven seconds, as a job may take a moment to be listed; a job with another id than that of the
    /// create is taken for its own only after the last look.
    ///
    /// # Errors
    /// See [`Client::execute`]: nothing more is known of the job than before.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(
    /// #     client: &aep_export_api::Client,
    /// #     request: aep_export_model::ExportJobRequest,
    /// # ) -> Result<(), aep_export_api::Error> {
    /// use std::time::Duration;
    ///
    /// use aep_export_api::{LostCreate, Reconciled};
    ///
    /// match client.export_jobs().create(&request).await {
    ///     Err(error) if error.outcome_unknown() => {
    ///         let mut lost = LostCreate::new(request, Duration::from_secs(90));
    ///         if let Some(id) = error.attempts().and_then(|attempts| attempts.sent_request_id()) {
    ///             lost = lost.request_id(id);
    ///         }
    ///         match client.export_jobs().reconcile(&lost).await? {
    ///             Reconciled::Found(job) => println!("it was created: {:?}", job.id),
    ///             _ => println!("look at the list before creating another one"),
    ///         }
    ///     }
    ///     created => println!("{:?}", created?.id),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reconcile(&self, lost: &LostCreate) -> Result<Reconciled, Error> {
        self.client.reconcile(lost).await
    }

    /// Looks for jobs under way that do what `request` asks for, so that the same export need not
    /// be made twice. Goes through the list, newest first, back to jobs that were made `within` this
    /// time; the service has no filter for jobs that run.
    ///
    /// Under way is everything that has not ended and is not about to be cancelled. Equal is a job
    /// whose echo of its request agrees in dataset, schema, fields, segments with their namespace and
    /// status, times (as instants, whatever their offsets), events, empty profiles, batches per
    /// segment and, if the request names one, the merge policy. What both leave out is the
    /// documented default. A job that does not repeat something that this request asks for is
    /// [`unclear`](Running::unclear). Whether a job evaluates segments is never echoed (documented)
    /// and not compared; nor is the merge policy if the request leaves it to the service.
    ///
    /// Between this look and a create, another program may create the same: of two that do so at the
    /// same moment, both may find nothing.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) with every problem of the request, before anything is
    /// sent; else see [`Client::execute`].
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(
    /// #     client: &aep_export_api::Client,
    /// #     request: aep_export_model::ExportJobRequest,
    /// # ) -> Result<(), aep_export_api::Error> {
    /// use std::time::Duration;
    ///
    /// let jobs = client.export_jobs();
    /// let running = jobs.find_running(&request, Duration::from_secs(12 * 3600)).await?;
    /// let id = match running.newest() {
    ///     Some(job) => job.id.clone(),
    ///     None => jobs.create(&request).await?.id.clone(),
    /// };
    /// # drop(id);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn find_running(
        &self,
        request: &ExportJobRequest,
        within: Duration,
    ) -> Result<Running, Error> {
        checked(request)?;
        self.client.find_running(request, within).await
    }

    /// The job with this id.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub async fn get(&self, id: &JobId) -> Result<Reply<ExportJob>, Error> {
        self.client.execute(&GetExportJob { id: id.clone() }).await
    }

    /// Marks a job for cancelling. The service does it later (documented): wait for the job to see
    /// it done. Its answer's `status` field is not to be relied on; that there is an answer is.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such job;
    /// [`Malformed`](crate::ErrorKind::Malformed) when something else than the service answered, such
    /// as the page of a proxy.
    pub async fn cancel(&self, id: &JobId) -> Result<Reply<CancelAnswer>, Error> {
        self.client.execute(&CancelExportJob { id: id.clone() }).await
    }

    /// Waits until a job has ended. See [`Wait`].
    pub fn wait(&self, id: &JobId) -> Wait {
        self.client.wait(id)
    }
}

/// Lists export jobs. The union of what the service's two guides document; all optional.
///
/// Which of them the service honours together is not documented. No `limit` at all lists every job
/// of the organisation in one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListExportJobs {
    /// Jobs a page. No maximum is documented.
    pub limit: Option<u32>,
    /// Where to go on: a cursor that an earlier page gave.
    pub offset: Option<String>,
    /// Only jobs in this state. Documented for `NEW`, `SUCCEEDED` and `FAILED` only.
    pub status: Option<JobStatus>,
    /// Offset of the page by creation time (documented in the profile guide only).
    pub start: Option<String>,
    /// Number of the page (documented in the profile guide only).
    pub page: Option<u32>,
    /// `field:asc` or `field:desc`; does not work across pages (documented in the profile guide
    /// only).
    pub sort: Option<String>,
}

impl Operation for ListExportJobs {
    type Output = Page<ExportJob>;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("export_jobs.list", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH)
            .query("limit", self.limit)
            .query("offset", self.offset.as_deref())
            .query("status", self.status.as_ref())
            .query("start", self.start.as_deref())
            .query("page", self.page)
            .query("sort", self.sort.as_deref())
            .get()
    }

    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error> {
        let page: Listing<&RawValue> = paging::listing(answer)?;
        let link = page.link.and_then(|link| link.next);
        let next = match link.as_deref().map(str::trim) {
            None | Some("") => Next::End,
            Some(link) => position_in(link, "offset"),
        };
        Ok(Page::new(records(answer, &page.records.unwrap_or_default()), next))
    }
}

impl PagedOperation for ListExportJobs {
    type Record = ExportJob;

    fn at(&self, position: &str) -> Self {
        // The cursor replaces whatever chose the first page.
        Self { offset: Some(position.to_owned()), start: None, page: None, ..self.clone() }
    }

    fn position(&self) -> Option<String> {
        self.offset.clone()
    }
}

/// Creates an export job. Never sent twice by itself: the service has no key that would make the
/// second one harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateExportJob {
    document: Bytes,
    request_id: Option<String>,
}

impl CreateExportJob {
    /// From a checked request.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) with every problem of the request; its source is the
    /// model's [`InvalidRequest`].
    pub fn new(request: &ExportJobRequest) -> Result<Self, Error> {
        checked(request)?;
        let document = serde_json::to_vec(request).map_err(|error| {
            Error::invalid("the request cannot be written as JSON").with_source(error)
        })?;
        Ok(Self::from_document(document))
    }

    /// From a document that is sent as it is, byte for byte, unchecked.
    pub fn from_document(document: impl Into<Bytes>) -> Self {
        Self { document: document.into(), request_id: None }
    }

    /// Sends it under this `x-request-id`, such as one of
    /// [`new_request_id`](aep_export_transport::new_request_id), so that its job can be looked for
    /// by it even if the call never returns. Otherwise one is made up, which the call's error tells.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl Operation for CreateExportJob {
    type Output = ExportJob;

    fn info(&self) -> OperationInfo {
        operation::create("export_jobs.create")
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let mut request = base.at(PATH).post_json(self.document.clone())?;
        if let Some(id) = &self.request_id {
            let id = HeaderValue::from_str(id)
                .map_err(|_| Error::invalid("the request id cannot stand in a header"))?;
            request.headers_mut().insert("x-request-id", id);
        }
        Ok(request)
    }

    fn decode(&self, answer: &Answer) -> Result<ExportJob, Error> {
        job(answer)
    }
}

fn checked(request: &ExportJobRequest) -> Result<(), Error> {
    request.validate().map_err(|problems: InvalidRequest| {
        Error::invalid(problems.to_string()).with_source(problems)
    })
}

/// Reads one export job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetExportJob {
    /// The job.
    pub id: JobId,
}

impl Operation for GetExportJob {
    type Output = ExportJob;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("export_jobs.get", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).segment("job id", self.id.as_str()).get()
    }

    fn decode(&self, answer: &Answer) -> Result<ExportJob, Error> {
        job(answer)
    }
}

/// Marks an export job for cancelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelExportJob {
    /// The job.
    pub id: JobId,
}

impl Operation for CancelExportJob {
    type Output = CancelAnswer;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("export_jobs.cancel", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).segment("job id", self.id.as_str()).delete()
    }

    fn decode(&self, answer: &Answer) -> Result<CancelAnswer, Error> {
        operation::accepted(answer)
    }

    fn needs_body(&self) -> bool {
        false
    }
}

/// A job that can be asked for again: one without an id is not an answer to create or get.
fn job(answer: &Answer) -> Result<ExportJob, Error> {
    let job: ExportJob = answer.json()?;
    if job.id.is_none() {
        return Err(Error::malformed("the answer is a document without a job id"));
    }
    Ok(job)
}
