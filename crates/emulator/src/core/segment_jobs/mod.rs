//! Segment jobs: create, list, look up, cancel. They take their time and evaluate nothing, as
//! memberships come with the profiles.

mod create;
mod list;
mod view;

use http::{Method, StatusCode};

use super::gateway::{Caller, json_only};
use super::{Answered, Core, is_read, wrong_method};
use crate::answer::{Answer, not_emulated, ups};
use crate::call::Call;
use crate::pace::Pace;
use crate::records::Cancel;

impl Core {
    pub(super) fn segment_jobs(
        &self,
        call: &Call,
        caller: &Caller,
        rest: &[&str],
        now: i64,
    ) -> Answered {
        match rest {
            ["bulk-get"] => Ok(not_emulated(&call.shown_path())),
            [] if is_read(call) => self.list_segment_jobs(call, caller, now),
            [] if call.method == Method::POST => match json_only(call) {
                Ok(()) => self.create_segment_job(call, caller, now),
                Err(refusal) => Ok(refusal),
            },
            [] => Ok(wrong_method(call, "GET, HEAD, POST")),
            [id] if is_read(call) => Ok(match self.store.segment_job(&caller.tenant, id)? {
                Some(job) => Answer::ok(&view::view(&job, now)),
                None => no_such_job(call, id),
            }),
            [id] if call.method == Method::DELETE => self.cancel_segment_job(call, caller, id, now),
            [_] => Ok(wrong_method(call, "GET, HEAD, DELETE")),
            _ => Ok(not_emulated(&call.shown_path())),
        }
    }

    /// Marks a job for cancelling: 204 without a body (documented; a guide prints one). A job that is
    /// over stays as it is, with the same answer (assumed); so does one that is marked already.
    fn cancel_segment_job(&self, call: &Call, caller: &Caller, id: &str, now: i64) -> Answered {
        let takes = match self.settings.pace {
            Pace::AsWork => 0,
            Pace::Phases { cancel, .. } => i64::try_from(cancel.as_millis()).unwrap_or(i64::MAX),
        };
        let found = self.store.update_segment_job(&caller.tenant, id, |job| {
            if job.cancel.is_none() && !job.at(now).status.is_final() {
                job.cancel = Some(Cancel { asked: now, done: Some(now.saturating_add(takes)) });
            }
        })?;
        Ok(match found {
            Some(_) => Answer::empty(StatusCode::NO_CONTENT),
            None => no_such_job(call, id),
        })
    }
}

/// The code is that of other entities of the service; none is documented for segment jobs.
fn no_such_job(call: &Call, id: &str) -> Answer {
    let title = format!("The segment job {id} is not found.");
    ups(404, "UPAPI-113000-404", &title, &call.request_id)
}
