//! Looking for the job that a create without an answer may have made.
//!
//! The service has no key by which a create could be asked about (none is documented). What is left
//! is the list of jobs, newest first: a job that carries the id we sent is ours; so is, most likely,
//! the only job of that minute that is equal to what was asked for.

use std::time::Duration;

use bytes::Bytes;

use aep_export_model::{ExportJob, ExportJobRequest};

use crate::likeness::{Likeness, likeness};
use crate::newest::Newest;
use crate::{Client, Error, Record};

/// The pauses before each look: a job may take a moment to be listed.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(5)];

/// A create whose outcome is not known: its error says so, or its future was dropped before it had
/// ended, or the program ended with it.
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

/// What became of a create whose outcome was not known.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reconciled {
    /// This job is the one.
    Found(Box<Record<ExportJob>>),
    /// No job that could be it is listed. That is not certain for ever: a list may lag behind.
    None,
    /// Any of these jobs could be it, and nothing tells which, or whether: there are several equal
    /// ones, or they do not repeat all that was asked for.
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

    /// It went out under this id; see [`Attempts`](crate::Attempts) and
    /// [`CreateExportJob::request_id`](crate::CreateExportJob::request_id).
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

    /// Whether a later look may show a job that is more likely ours than what was `seen`. What is
    /// equal and carries another id is perhaps of somebody who asked for the same at the same time,
    /// while our own job is not listed yet.
    fn may_come_later_than(&self, seen: &Reconciled) -> bool {
        match seen {
            Reconciled::None => true,
            Reconciled::Found(job) => {
                self.request_id.is_some() && job.request_id.is_some() && !self.carries_our_id(job)
            }
            Reconciled::Ambiguous(_) => self.request_id.is_some(),
        }
    }
}

impl Client {
    pub(crate) async fn reconcile(&self, lost: &LostCreate) -> Result<Reconciled, Error> {
        let began = self.clock().elapsed();
        let mut seen = Reconciled::None;
        for pause in LOOKS {
            if !pause.is_zero() {
                self.clock().sleep(pause).await;
            }
            let age = lost.age.saturating_add(self.clock().elapsed().saturating_sub(began));
            match self.look_for(lost, age).await {
                Ok(now) if !lost.may_come_later_than(&now) => return Ok(now),
                // What an earlier look has seen is more than nothing.
                Ok(Reconciled::None) => {}
                Ok(now) => seen = now,
                Err(error) if matches!(seen, Reconciled::None) => return Err(error),
                Err(_) => break,
            }
        }
        Ok(seen)
    }

    async fn look_for(&self, lost: &LostCreate, age: Duration) -> Result<Reconciled, Error> {
        let (mut equal, mut unclear) = (Vec::new(), Vec::new());
        let mut newest = Newest::new(self, age);
        while let Some(page) = newest.next_page().await? {
            for seen in page {
                if lost.carries_our_id(&seen.job) {
                    return Ok(Reconciled::Found(Box::new(seen.job)));
                }
                match likeness(&lost.request, &seen.job) {
                    Likeness::Equal if seen.young => equal.push(seen.job),
                    Likeness::Unclear if seen.young => unclear.push(seen.job),
                    _ => {}
                }
            }
        }
        Ok(match (equal.len(), unclear.len()) {
            (0, 0) => Reconciled::None,
            (0, _) => Reconciled::Ambiguous(unclear),
            (1, _) => equal.pop().map_or(Reconciled::None, |job| Reconciled::Found(Box::new(job))),
            _ => Reconciled::Ambiguous(equal),
        })
    }
}
