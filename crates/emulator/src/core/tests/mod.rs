//! The core alone: in-memory records, times as numbers, no threads, no sockets.

mod catalog;
mod gateway;
mod jobs;
mod listing;
mod segment_jobs;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Core, Guard, Settings};
use crate::answer::Answer;
use crate::call::Call;
use crate::faults::Faults;
use crate::ids::Ids;
use crate::journal::Journal;
use crate::pace::Pace;
use crate::records::{JobError, Outcome, Sample, Store, WrittenBatch, WrittenFile};

const ORG: &str = "0123456789ABCDEF01234567@AdobeOrg";
const CLIENT: &str = "client";
const JOBS: &str = "/data/core/ups/export/jobs";
const DATASETS: &str = "/data/foundation/catalog/dataSets";
/// When the tests begin.
const START: i64 = 1_767_225_600_000;

/// A core with planned phases: 10 s queue, 20 s reading, 5 s writing, 2 s cancelling.
fn core() -> Core {
    Core {
        store: Arc::new(Store::in_memory().unwrap()),
        settings: Settings {
            guard: Guard::new("127.0.0.1:8377".parse().unwrap(), &[]),
            credentials: None,
            organizations: Vec::new(),
            token_lifetime: Duration::from_secs(100),
            pace: Pace::Phases {
                queue: Duration::from_secs(10),
                read: Duration::from_secs(20),
                write: Duration::from_secs(5),
                cancel: Duration::from_secs(2),
            },
            sample: Sample { seed: 1, count: 10 },
            files_per_page: 100,
            exports: PathBuf::from("nowhere"),
        },
        ids: Ids::from_seed(1),
        faults: Faults::new(1, Vec::new()).unwrap(),
        journal: Journal::default(),
    }
}

/// A request without any header but `Host`.
fn bare(method: &str, target: &str, body: &str) -> http::Request<Bytes> {
    let request = http::Request::builder().method(method).uri(target);
    request.header("host", "127.0.0.1:8377").body(Bytes::from(body.to_owned())).unwrap()
}

impl Core {
    /// Sends a request as it is.
    fn send(&self, request: http::Request<Bytes>, now: i64) -> Answer {
        let (parts, body) = request.into_parts();
        let call = Call::new(parts, body, "requestid".to_owned());
        match self.admit(&call) {
            Ok(strike) => self.answer(&call, &strike, now),
            Err(refusal) => refusal,
        }
    }

    /// A valid token.
    fn token(&self, client: &str, now: i64) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={client}&client_secret=s&scope=openid"
        );
        let mut request = bare("POST", "/ims/token/v3", &form);
        let form = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert("content-type", form);
        let answer = self.send(request, now);
        answer.document()["access_token"].as_str().expect("a token").to_owned()
    }

    /// A request with all headers that the gateway wants.
    fn signed(&self, method: &str, target: &str, body: &str, now: i64) -> http::Request<Bytes> {
        let mut request = bare(method, target, body);
        let token = format!("Bearer {}", self.token(CLIENT, now));
        for (name, value) in [
            ("authorization", token.as_str()),
            ("x-api-key", CLIENT),
            ("x-gw-ims-org-id", ORG),
            ("x-sandbox-name", "prod"),
            ("content-type", "application/json"),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    }

    fn get(&self, target: &str, now: i64) -> Answer {
        self.send(self.signed("GET", target, "", now), now)
    }

    fn post(&self, target: &str, body: &Value, now: i64) -> Answer {
        self.send(self.signed("POST", target, &body.to_string(), now), now)
    }

    fn delete(&self, target: &str, now: i64) -> Answer {
        self.send(self.signed("DELETE", target, "", now), now)
    }

    /// A dataset for exports; its id.
    fn dataset(&self, name: &str, now: i64) -> String {
        let schema = "https://ns.adobe.com/xdm/context/profile__union";
        let answer = self.post(DATASETS, &json!({"name": name, "schemaRef": {"id": schema}}), now);
        let created = answer.document()[0].as_str().expect("a reference").to_owned();
        created.rsplit('/').next().unwrap().to_owned()
    }

    /// A job that exports everything; its id.
    fn job(&self, dataset: &str, now: i64) -> u64 {
        let answer = self.post(JOBS, &request(dataset), now);
        answer.document()["id"].as_u64().unwrap_or_else(|| panic!("{:?}", answer.document()))
    }

    /// The job's document.
    fn view(&self, job: u64, now: i64) -> Value {
        self.get(&format!("{JOBS}/{job}"), now).document()
    }

    /// What an export would have recorded: one file of 50 bytes and 3 rows for each batch.
    fn finish(&self, job: u64) {
        let file = |name: &str, bytes, rows| WrittenFile { name: name.to_owned(), bytes, rows };
        self.store
            .update_job(job, |job| {
                let batch = WrittenBatch {
                    rows: 3,
                    by_namespace: [("Email".to_owned(), 3)].into(),
                    files: vec![file("part-0.parquet", 50, 3), file("_SUCCESS", 0, 0)],
                };
                job.outcome = Some(Outcome::Written {
                    ended: job.created + 1,
                    profiles: 3,
                    batches: vec![batch; job.batches.len()],
                });
            })
            .unwrap();
    }

    fn fail(&self, job: u64) {
        let error = JobError {
            code: "0100000003".to_owned(),
            message: "Error in Export Job".to_owned(),
            call_stack: "somewhere".to_owned(),
        };
        let outcome = |ended| Outcome::Failed { ended, errors: vec![error] };
        self.store.update_job(job, |job| job.outcome = Some(outcome(job.created + 1))).unwrap();
    }
}

/// The smallest create request.
fn request(dataset: &str) -> Value {
    json!({"destination": {"datasetId": dataset}, "schema": {"name": "_xdm.context.profile"}})
}

/// Seconds after the beginning.
fn second(seconds: i64) -> i64 {
    START + seconds * 1_000
}
