//! Segment jobs: `/data/core/ups/segment/jobs` (documented).

use bytes::Bytes;
use futures_core::Stream;
use http::Request;
use serde_json::value::RawValue;

use aep_export_model::{
    CancelAnswer, JobStatus, Listing, SegmentJob, SegmentJobId, SegmentJobPageInfo,
    SegmentJobRequest,
};
use aep_export_transport::{OperationInfo, Replay};

use crate::paging::{self, Next, Page, PagedOperation, Pages, position_in, records};
use crate::{
    Answer, BaseUrl, Client, Error, LostSegmentJob, Operation, Reconciled, Record, Reply, Wait,
    operation,
};

const PATH: &str = "/data/core/ups/segment/jobs";

/// What can be done with segment jobs; from [`Client::segment_jobs`].
///
/// A segment job evaluates who is in which audience. An export takes the outcome of the last
/// evaluation (documented).
#[derive(Debug, Clone, Copy)]
pub struct SegmentJobs<'a> {
    client: &'a Client,
}

impl<'a> SegmentJobs<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates a job. Sent once, on a connection of its own.
    ///
    /// Dropping the future does not take the request back: once it was polled, the service may have
    /// made the job all the same.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for a request that names no segment, before anything is
    /// sent. [`UnknownOutcome`](crate::ErrorKind::UnknownOutcome) when it was sent and nothing says
    /// whether a job was made: look for it with [`reconcile`](Self::reconcile) before you create another
    /// one. [`Throttled`](crate::ErrorKind::Throttled) also when too many segment jobs are under way
    /// (documented).
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: &aep_export_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use aep_export_model::SegmentJobRequest;
    ///
    /// let segment = "5afe34ae-8c98-4513-8a1d-67ccaa54bc05".into();
    /// let request = SegmentJobRequest::of([&segment]);
    /// let job = client.segment_jobs().create(&request).await?;
    /// let id = job.id.clone().expect("an answer to create without an id is an error");
    /// let evaluated = client.segment_jobs().wait(&id).await?;
    /// println!("{:?} members", evaluated.members(&segment));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create(&self, request: &SegmentJobRequest) -> Result<Reply<SegmentJob>, Error> {
        self.client.execute(&CreateSegmentJob { request: request.clone() }).await
    }

    /// Looks for the job that a create without an answer may have made: by the id that it was sent
    /// under, or else as the only new job that evaluates the same segments. Looks as
    /// [`ExportJobs::reconcile`](crate::ExportJobs::reconcile) does.
    ///
    /// # Errors
    /// See [`Client::execute`]: nothing more is known of the job than before.
    pub async fn reconcile(&self, lost: &LostSegmentJob) -> Result<Reconciled<SegmentJob>, Error> {
        self.client.reconcile(lost).await
    }

    /// The job with this id.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub async fn get(&self, id: &SegmentJobId) -> Result<Reply<SegmentJob>, Error> {
        self.client.execute(&GetSegmentJob { id: id.clone() }).await
    }

    /// One page of jobs, in an order that is not documented.
    ///
    /// # Errors
    /// See [`Client::execute`]. A job that cannot be read is an error in the page's records.
    pub async fn list(&self, list: &ListSegmentJobs) -> Result<Reply<Page<SegmentJob>>, Error> {
        self.client.execute(list).await
    }

    /// The pages of a list, one after the other.
    pub fn pages(&self, list: ListSegmentJobs) -> Pages<ListSegmentJobs> {
        Pages::new(self.client.clone(), list)
    }

    /// Every job of a list, page after page.
    pub fn stream(
        &self,
        list: ListSegmentJobs,
    ) -> impl Stream<Item = Result<Record<SegmentJob>, Error>> + Send + use<> {
        self.pages(list).into_stream()
    }

    /// Marks a job for cancelling. The service does it later (documented): wait for the job to see
    /// it done.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such job;
    /// [`Malformed`](crate::ErrorKind::Malformed) when something else than the service answered.
    pub async fn cancel(&self, id: &SegmentJobId) -> Result<Reply<CancelAnswer>, Error> {
        self.client.execute(&CancelSegmentJob { id: id.clone() }).await
    }

    /// Waits until a job has ended. See [`Wait`]. Live jobs took from 7 minutes to 20 hours
    /// (observed).
    pub fn wait(&self, id: &SegmentJobId) -> Wait<SegmentJob> {
        self.client.wait(id)
    }
}

/// Creates a segment job. Never sent twice by itself: the service has no key that would make the
/// second one harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSegmentJob {
    /// What to evaluate.
    pub request: SegmentJobRequest,
}

impl Operation for CreateSegmentJob {
    type Output = SegmentJob;

    fn info(&self) -> OperationInfo {
        operation::create("segment_jobs.create")
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        if let SegmentJobRequest::Segments(ids) = &self.request {
            if ids.is_empty() {
                return Err(Error::invalid("the segment job names no segment"));
            }
            if ids.iter().any(|id| id.as_str().trim().is_empty()) {
                return Err(Error::invalid("the segment job names a segment with an empty id"));
            }
            if let Some(id) = ids.iter().find(|id| id.as_str().trim() != id.as_str()) {
                let id = id.as_str();
                return Err(Error::invalid(format!(
                    "the segment id {id:?} has white space around it"
                )));
            }
        }
        let document = serde_json::to_vec(&self.request).map_err(|error| {
            Error::invalid("the request cannot be written as JSON").with_source(error)
        })?;
        base.at(PATH).post_json(document.into())
    }

    fn decode(&self, answer: &Answer) -> Result<SegmentJob, Error> {
        job(answer)
    }
}

/// Reads one segment job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetSegmentJob {
    /// The job.
    pub id: SegmentJobId,
}

impl Operation for GetSegmentJob {
    type Output = SegmentJob;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("segment_jobs.get", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).segment("segment job id", self.id.as_str()).get()
    }

    fn decode(&self, answer: &Answer) -> Result<SegmentJob, Error> {
        job(answer)
    }
}

/// Marks a segment job for cancelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelSegmentJob {
    /// The job.
    pub id: SegmentJobId,
}

impl Operation for CancelSegmentJob {
    type Output = CancelAnswer;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("segment_jobs.cancel", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH).segment("segment job id", self.id.as_str()).delete()
    }

    fn decode(&self, answer: &Answer) -> Result<CancelAnswer, Error> {
        operation::accepted(answer)
    }

    fn needs_body(&self) -> bool {
        false
    }
}

/// Lists segment jobs, those of schedules among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListSegmentJobs {
    /// Jobs a page. No maximum is documented.
    pub limit: Option<u32>,
    /// Where to go on, as an earlier page gave it: observed to be the number of the page, from 0.
    pub start: Option<String>,
    /// Only jobs in this state.
    pub status: Option<JobStatus>,
    /// `field:asc` or `field:desc` (documented).
    pub sort: Option<String>,
}

impl Operation for ListSegmentJobs {
    type Output = Page<SegmentJob>;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("segment_jobs.list", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        base.at(PATH)
            .query("limit", self.limit)
            .query("start", self.start.as_deref())
            .query("status", self.status.as_ref())
            .query("sort", self.sort.as_deref())
            .get()
    }

    /// The next position stands in the link and beside it (observed); the link cannot be followed,
    /// as it begins with `@/segmentJobs`.
    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error> {
        let page: Listing<&RawValue, SegmentJobPageInfo> = paging::listing(answer)?;
        let link = page.link.and_then(|link| link.next).filter(|link| !link.trim().is_empty());
        let beside = page.page.and_then(|page| page.next).map(Next::At);
        let next = match (link.map(|link| position_in(&link, "start")), beside) {
            (Some(Next::At(position)), _) => Next::At(position),
            (linked, beside) => beside.or(linked).unwrap_or(Next::End),
        };
        Ok(Page::new(records(answer, &page.records.unwrap_or_default()), next))
    }
}

impl PagedOperation for ListSegmentJobs {
    type Record = SegmentJob;

    fn at(&self, position: &str) -> Self {
        Self { start: Some(position.to_owned()), ..self.clone() }
    }

    fn position(&self) -> Option<String> {
        self.start.clone()
    }
}

/// A job that can be asked for again: one without an id is not an answer to create or get.
fn job(answer: &Answer) -> Result<SegmentJob, Error> {
    let job: SegmentJob = answer.json()?;
    if job.id.is_none() {
        return Err(Error::malformed("the answer is a document without a segment job id"));
    }
    Ok(job)
}
