//! Every operation over one arbitrary answer: the raw bytes and the request id are kept, the kind
//! of an error is that of its status, and a create whose fate is open says so.
//!
//! The first line names the operation; the rest is the answer.

use crate::block::{Block, first_line};
use crate::client::{TOKEN, client, run};
use crate::service::Service;
use aep_export_api::model::{ExportJob, ExportJobRequest, NewDataset, SegmentJobRequest};
use aep_export_api::{
    CancelExportJob, CancelSegmentJob, Client, CreateDataset, CreateExportJob, CreateSegmentJob,
    Error, ErrorKind, ExportFile, GetAudience, GetBatch, GetDataset, GetExportJob, GetSegmentJob,
    ListAudiences, ListDatasets, ListExportJobs, ListFiles, ListSegmentJobs, LostCreate, OpenFile,
    Operation, Page, Replay, Reply,
};
use bytes::Bytes;
use http::StatusCode;
use serde::de::IgnoredAny;

pub(super) fn target(data: &[u8]) {
    let (operation, rest) = first_line(data);
    let block = Block::read(rest);
    let service = Service::once(vec![block.clone()]);
    let client = client(&service);
    let of = Answered { block: &block, client: &client };
    match operation.trim() {
        "jobs.get" => of.one(&GetExportJob { id: "7".into() }, |job| assert!(job.id.is_some())),
        "jobs.cancel" => of.one(&CancelExportJob { id: "7".into() }, |_| {}),
        "jobs.create" => of.one(&create(), |job| assert!(job.id.is_some())),
        "segment_jobs.get" => {
            of.one(&GetSegmentJob { id: "j1".into() }, |job| assert!(job.id.is_some()));
        }
        "segment_jobs.cancel" => of.one(&CancelSegmentJob { id: "j1".into() }, |_| {}),
        "segment_jobs.create" => {
            let create = CreateSegmentJob { request: SegmentJobRequest::of(["s1"]) };
            of.one(&create, |job| assert!(job.id.is_some()));
        }
        "segment_jobs.list" => of.page(&ListSegmentJobs::default()),
        "datasets.get" => of.one(&GetDataset { id: "d1".into() }, |_| {}),
        "datasets.list" => of.page(&ListDatasets::default()),
        "datasets.create" => {
            let dataset = NewDataset::for_exports("gold");
            of.one(&CreateDataset { dataset }, |id| assert!(!id.as_str().is_empty()));
        }
        "batches.get" => of.one(&GetBatch { id: "b1".into() }, |_| {}),
        "audiences.get" => of.one(&GetAudience { id: "s1".into() }, |_| {}),
        "audiences.list" => of.page(&ListAudiences::default()),
        "files.list" => of.page(&ListFiles::of_batch("b1".into())),
        "files.inside" => of.page(&ListFiles::of_file("f1".into())),
        "files.open" => {
            let name = "part-0.parquet".to_owned();
            let file = ExportFile { file_id: "f1".into(), name, length: None };
            of.one(&OpenFile::whole(file), |_| {});
        }
        "jobs.reconcile" => reconcile(&service, &client),
        _ => of.page(&ListExportJobs::default()),
    }
    assert!(operation.trim() == "jobs.reconcile" || service.requests().len() == 1);
}

fn create() -> CreateExportJob {
    CreateExportJob::from_document(r#"{"destination":{"datasetId":"d1"}}"#)
}

struct Answered<'a> {
    block: &'a Block,
    client: &'a Client,
}

impl Answered<'_> {
    fn page<T, O: Operation<Output = Page<T>>>(&self, operation: &O) {
        if let Some(reply) = self.call(operation) {
            own_bytes(&reply);
        }
    }

    fn one<O: Operation>(&self, operation: &O, check: impl FnOnce(&O::Output)) {
        if let Some(reply) = self.call(operation) {
            check(reply.value());
        }
    }

    fn call<O: Operation>(&self, operation: &O) -> Option<Reply<O::Output>> {
        #[cfg(test)]
        crate::coverage::goes_through::<O>();
        let create = operation.info().replay == Replay::Never;
        match run(self.client.execute(operation)) {
            Ok(reply) => {
                assert!(self.block.status().is_success());
                assert_eq!(reply.status(), self.block.status());
                assert_eq!(reply.request_id(), self.request_id());
                if !self.is_packed() && !self.block.says("cut") {
                    assert_eq!(reply.raw(), &self.block.body);
                }
                Some(reply)
            }
            Err(error) => {
                self.failed(&error, create);
                None
            }
        }
    }

    fn failed(&self, error: &Error, create: bool) {
        let shown = format!("{error} {error:?}");
        let said = [self.block.line.as_bytes(), &self.block.body].concat();
        assert!(!shown.contains(TOKEN) || contains(&said, TOKEN.as_bytes()), "{shown}");
        assert!(error.operation().is_some() && !error.message().is_empty(), "{shown}");
        assert!(!(create && error.is_retryable()) || self.was_refused(error), "{shown}");
        let Ok(answer) = self.block.answer() else {
            assert_eq!((error.status(), error.request_id()), (None, None));
            let sent = !self.block.says("connect");
            assert_eq!(error.outcome_unknown(), create && sent, "{shown}");
            return;
        };
        let status = answer.status();
        // The catalog's map without the object is an answer that does not know it.
        assert!(error.status() == Some(status) || error.is_not_found(), "{shown}");
        // A service that repeats the token in it is not repeated.
        if let Some(id) = self.request_id().filter(|id| !id.contains(TOKEN)) {
            assert_eq!(error.request_id(), Some(id), "{shown}");
        }
        if create && !status.is_client_error() {
            assert!(error.outcome_unknown(), "{shown}");
        }
        if !create && !status.is_success() {
            assert_eq!(error.kind(), kind(status, error.code()), "{shown}");
        }
        assert!(!error.outcome_unknown() || create);
    }

    fn was_refused(&self, error: &Error) -> bool {
        error.kind() == ErrorKind::Throttled || self.block.says("connect")
    }

    fn request_id(&self) -> Option<&str> {
        self.block.headers.get("x-request-id")?.to_str().ok()
    }

    fn is_packed(&self) -> bool {
        self.block.headers.contains_key("content-encoding")
    }
}

/// What a status means, in a second pair of eyes.
fn kind(status: StatusCode, code: Option<&str>) -> ErrorKind {
    match (status.as_u16(), code) {
        (403, Some("503020")) => ErrorKind::Service,
        (403, Some("403010" | "403020")) | (401, _) => ErrorKind::Authentication,
        (403, _) => ErrorKind::Permission,
        (404, _) => ErrorKind::NotFound,
        (408, _) => ErrorKind::Timeout,
        (429, _) => ErrorKind::Throttled,
        (400..=499, _) => ErrorKind::Rejected,
        (500..=599, _) => ErrorKind::Service,
        _ => ErrorKind::Malformed,
    }
}

/// Every record that could be read is a piece of the answer, in its order, and JSON by itself.
fn own_bytes<T>(reply: &Reply<Page<T>>) {
    let answer = reply.raw().as_ptr_range();
    let mut last = answer.start;
    for record in reply.records.iter().flatten() {
        let own = record.raw.as_ptr_range();
        assert!(last <= own.start && own.end <= answer.end, "a record is not its own bytes");
        last = own.end;
        serde_json::from_slice::<IgnoredAny>(&record.raw).expect("a record is JSON");
    }
}

/// What is found is a job of the list, and nothing is created by looking for it.
fn reconcile(service: &Service, client: &Client) {
    let document = Bytes::from_static(br#"{"destination":{"datasetId":"d1"}}"#);
    let request: ExportJobRequest = serde_json::from_slice(&document).expect("a request");
    let lost = LostCreate::new(request, std::time::Duration::from_secs(60)).request_id("sent-id");
    let dataset = |job: &ExportJob| job.dataset_id().is_some_and(|id| id.as_str() == "d1");
    match run(client.export_jobs().reconcile(&lost)) {
        Ok(aep_export_api::Reconciled::Found(job)) => {
            assert!(job.request_id.as_deref() == Some("sent-id") || dataset(&job));
        }
        Ok(aep_export_api::Reconciled::Ambiguous(jobs)) => {
            assert!(jobs.len() > 1 && jobs.iter().all(|job| dataset(job)));
        }
        Ok(_) | Err(_) => {}
    }
    assert!(service.requests().iter().all(|request| request.method() == http::Method::GET));
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|bytes| bytes == word)
}
