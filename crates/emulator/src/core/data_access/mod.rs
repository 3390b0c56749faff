//! Data Access: what is in a batch, and its bytes.

mod files;
mod range;

use serde_json::{Value, json};

use super::gateway::Caller;
use super::listing::{BadParameter, number, slice};
use super::{Answered, Core, is_read, preview, wrong_method};
use crate::answer::{Answer, not_emulated, problem, without_nulls};
use crate::call::Call;
use crate::records::{JobRecord, Status, StoreError};

impl Core {
    pub(super) fn data_access(
        &self,
        call: &Call,
        caller: &Caller,
        rest: &[&str],
        now: i64,
    ) -> Answered {
        match rest {
            ["batches", _, "files" | "failed" | "meta"]
            | ["files", _]
            | ["datasets", _, "preview"]
                if !is_read(call) =>
            {
                Ok(wrong_method(call, "GET, HEAD"))
            }
            ["batches", id, what @ ("files" | "failed" | "meta")] => {
                let Some((job, place)) = self.store.batch(&caller.tenant, id)? else {
                    return Ok(not_found(&format!("Batch {id}")));
                };
                match *what {
                    "files" => self.files_of_batch(call, caller, &job, place, now),
                    _ => Ok(self.beside_files(call)),
                }
            }
            ["files", id] => self.file(call, caller, id, now),
            ["datasets", id, "preview"] => self.preview(caller, id, now),
            _ => Ok(not_emulated(&call.shown_path())),
        }
    }

    /// `failed` and `meta` of a batch: exports reject no rows, so there is nothing in either.
    fn beside_files(&self, call: &Call) -> Answer {
        match call.parameter("path") {
            Some(path) => not_found(&format!("File {path}")),
            None => self.page(call, Vec::new(), |_, _| String::new()),
        }
    }

    /// One page of entries. Without more pages there is no `_links`; `count` is the number of all
    /// entries, as in the paged sample. `link` gives the address of the page that starts there and has
    /// that limit.
    fn page(&self, call: &Call, entries: Vec<Value>, link: impl Fn(u64, u64) -> String) -> Answer {
        let (start, limit) = match window(call, self.settings.files_per_page) {
            Ok(window) => window,
            Err(bad) => return problem(400, "BadRequestError", &bad.sentence()),
        };
        let count = entries.len() as u64;
        let next = start.saturating_add(limit);
        let links = (next < count).then(|| {
            json!({
                "next": {"href": link(next, limit)},
                "page": {"href": link(start, limit), "templated": true},
            })
        });
        Answer::ok(&without_nulls(json!({
            "data": slice(entries, start, limit),
            "_page": {"limit": limit, "count": count},
            "_links": links,
        })))
    }

    /// The first 100 rows of the dataset's content.
    fn preview(&self, caller: &Caller, dataset: &str, now: i64) -> Answered {
        if self.store.dataset(&caller.tenant, dataset)?.is_none() {
            return Ok(not_found(&format!("Dataset {dataset}")));
        }
        let rows = match self.content_of(&caller.tenant, dataset, now)? {
            Some(job) => preview::rows(&self.settings.exports, &job)
                .map_err(|error| StoreError::Records(error.to_string()))?,
            None => Vec::new(),
        };
        Ok(Answer::ok(&json!({"data": rows})))
    }
}

/// Whether the batches of the job can be read.
fn is_readable(job: &JobRecord, now: i64) -> bool {
    job.at(now).status == Status::Succeeded
}

fn not_found(what: &str) -> Answer {
    problem(404, "NotFoundError", &format!("{what} not found."))
}

/// Where a page begins, and how many entries it has at most.
fn window(call: &Call, most: u64) -> Result<(u64, u64), BadParameter> {
    let limit = number(call, "limit", 1)?.unwrap_or(most).min(most);
    Ok((number(call, "start", 0)?.unwrap_or(0), limit))
}
