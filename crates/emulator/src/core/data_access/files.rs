//! Files of batches: listings, entries, bytes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::range::{Asked, asked};
use super::{is_readable, not_found};
use crate::answer::{Answer, Payload, content_length, problem};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::{Answered, Core};
use crate::records::{JobRecord, WrittenFile};

/// What is left as it is in a file's name.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl Core {
    /// `GET /batches/{id}/files`: each part file is a dataset file of its own.
    pub(super) fn files_of_batch(
        &self,
        call: &Call,
        caller: &Caller,
        job: &JobRecord,
        place: usize,
        now: i64,
    ) -> Answered {
        let batch = job.batches.get(place).map(|slot| slot.id.as_str()).unwrap_or_default();
        let at = job.at(now).updated.to_string();
        let view = self.store.dataset(&caller.tenant, &job.dataset_id)?.map(|it| it.view_id);
        let files = job.written(place).filter(|_| is_readable(job, now));
        let entries = files.map(|written| written.files.as_slice()).unwrap_or_default();
        let entries = (1..).zip(entries).map(|(number, file)| {
            let id = format!("{batch}-{number}");
            json!({
                "dataSetFileId": id,
                "dataSetViewId": view,
                "version": "1.0.0",
                "created": at,
                "updated": at,
                "isValid": true,
                "records": file.rows.to_string(),
                "size": file.bytes.to_string(),
                "_links": {"self": {"href": href(caller, &format!("files/{id}"))}},
            })
        });
        Ok(self.page(call, entries.collect(), |start, limit| {
            href(caller, &format!("batches/{batch}/files?start={start}&limit={limit}"))
        }))
    }

    /// `GET` and `HEAD /files/{id}`: what the dataset file consists of, or with `path` its bytes.
    pub(super) fn file(&self, call: &Call, caller: &Caller, id: &str, now: i64) -> Answered {
        let missing = || Ok(not_found(&format!("File {id}")));
        let Some((batch, number)) = id.rsplit_once('-') else { return missing() };
        let Some((job, place)) = self.store.batch(&caller.tenant, batch)? else {
            return missing();
        };
        let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let written = job.written(place).filter(|_| is_readable(&job, now));
        let Some(file) = written.zip(index).and_then(|(written, index)| written.files.get(index))
        else {
            return missing();
        };
        Ok(match call.parameter("path") {
            None if call.method == http::Method::HEAD => {
                problem(400, "BadRequestError", "Query parameter path is required.")
            }
            None => self.page(call, vec![entry(caller, id, file)], |_, _| String::new()),
            Some(path) if path == file.name => self.bytes(call, &job, place, file),
            Some(path) => not_found(&format!("File {path}")),
        })
    }

    /// The file's bytes: all, a range of them, or with `HEAD` only what they are.
    fn bytes(&self, call: &Call, job: &JobRecord, place: usize, file: &WrittenFile) -> Answer {
        let path = crate::work::batch_dir(&self.settings.exports, job.id, place).join(&file.name);
        let kind = if file.name.ends_with(".parquet") {
            "application/parquet"
        } else {
            "application/octet-stream"
        };
        let length = file.bytes;
        let answer = |status: u16| {
            let status = http::StatusCode::from_u16(status).unwrap_or_default();
            Answer::empty(status).with("accept-ranges", "bytes").with("content-type", kind)
        };
        if call.method == http::Method::HEAD {
            let mut head = answer(200);
            head.headers.push(content_length(length));
            return head;
        }
        let (mut answer, from, length) = match asked(call.header("range"), length) {
            Asked::Everything => (answer(200), 0, length),
            Asked::Part { first, last } => {
                let range = format!("bytes {first}-{last}/{length}");
                (answer(206).with("content-range", range), first, last - first + 1)
            }
            Asked::Nothing => {
                let range = format!("bytes */{length}");
                return problem(416, "RangeNotSatisfiable", "The range is not in the file.")
                    .with("content-range", range)
                    .with("accept-ranges", "bytes");
            }
        };
        answer.headers.push(content_length(length));
        answer.payload = Payload::File { path, from, length };
        answer
    }
}

fn entry(caller: &Caller, id: &str, file: &WrittenFile) -> serde_json::Value {
    let name = utf8_percent_encode(&file.name, NAME);
    json!({
        "name": file.name,
        // A text (documented).
        "length": file.bytes.to_string(),
        "_links": {"self": {"href": href(caller, &format!("files/{id}?path={name}"))}},
    })
}

fn href(caller: &Caller, rest: &str) -> String {
    format!("{}/data/foundation/export/{rest}", caller.base)
}
