//! Export jobs: the four calls.

mod create;
mod list;
mod view;

use http::{Method, StatusCode};
use serde_json::json;

use super::gateway::{Caller, json_only};
use super::{Answered, Core, is_read, wrong_method};
use crate::answer::{Answer, Effect, not_emulated, ups};
use crate::call::Call;
use crate::records::{Cancel, JobRecord, StoreError};

pub(super) use view::view;

impl Core {
    pub(super) fn jobs(&self, call: &Call, caller: &Caller, rest: &[&str], now: i64) -> Answered {
        match rest {
            [] if is_read(call) => self.list_jobs(call, caller, now),
            [] if call.method == Method::POST => match json_only(call) {
                Ok(()) => self.create_job(call, caller, now),
                Err(refusal) => Ok(refusal),
            },
            [] => Ok(wrong_method(call, "GET, HEAD, POST")),
            [id] if is_read(call) => Ok(match self.job_of(caller, id)? {
                Some(job) => Answer::ok(&view(&job, now)),
                None => no_such_job(call, id),
            }),
            [id] if call.method == Method::DELETE => self.cancel_job(call, caller, id, now),
            [_] => Ok(wrong_method(call, "GET, HEAD, DELETE")),
            _ => Ok(not_emulated(&call.shown_path())),
        }
    }

    /// A job of this tenant; the others' jobs are as unknown as those that never were.
    fn job_of(&self, caller: &Caller, id: &str) -> Result<Option<JobRecord>, StoreError> {
        let Ok(id) = id.parse() else { return Ok(None) };
        Ok(self.store.job(id)?.filter(|job| job.tenant == caller.tenant))
    }

    /// Marks a job for cancelling. A job that is over stays as it is, with the same answer
    /// (assumed); so does one that is marked already.
    fn cancel_job(&self, call: &Call, caller: &Caller, id: &str, now: i64) -> Answered {
        let Some(job) = self.job_of(caller, id)? else { return Ok(no_such_job(call, id)) };
        let accepted = Answer::json(
            StatusCode::OK,
            &json!({"status": true, "message": "Export job has been marked for cancelling"}),
        );
        let mut marked = false;
        self.store.update_job(job.id, |job| {
            // Looked at here, as the work may have ended since, even later than this request came.
            let is_done = job.plan.is_none() && job.outcome.is_some();
            if job.cancel.is_none() && !is_done && !job.at(now).status.is_final() {
                let done = job.plan.map(|plan| now.saturating_add(plan.cancel));
                job.cancel = Some(Cancel { asked: now, done });
                marked = true;
            }
        })?;
        Ok(if marked { accepted.and(Effect::Stop(job.id)) } else { accepted })
    }
}

/// The code is that of other entities of the service; none is documented for export jobs.
fn no_such_job(call: &Call, id: &str) -> Answer {
    let title = format!("The export job {id} is not found. Use a valid export job and try again.");
    ups(404, "UPAPI-113000-404", &title, &call.request_id)
}
