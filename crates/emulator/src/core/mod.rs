//! The emulator without sockets, threads and clock: what is stored, a request and the moment go
//! in, an answer comes out.

mod catalog;
mod data_access;
mod gateway;
mod guard;
mod jobs;
mod listing;
mod own;
mod policies;
mod preview;
mod segment_jobs;
mod segments;
#[cfg(test)]
mod tests;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::answer::{Answer, emulator, gateway, not_emulated};
use crate::builder::Credentials;
use crate::call::Call;
use crate::faults::{Faults, Strike};
use crate::ids::Ids;
use crate::journal::Journal;
use crate::pace::Pace;
use crate::records::{Sample, Store, StoreError, Tenant};

pub(crate) use guard::Guard;
pub(crate) use own::is_own;
pub(crate) use policies::unknown as unknown_policy;

/// What the answers depend on beside the records.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) guard: Guard,
    pub(crate) credentials: Option<Credentials>,
    /// The provisioned organisations; empty means every well-formed one.
    pub(crate) organizations: Vec<String>,
    pub(crate) token_lifetime: Duration,
    pub(crate) pace: Pace,
    pub(crate) sample: Sample,
    /// Entries on a page of files: by default and at most.
    pub(crate) files_per_page: u64,
    /// Folder of what the exports wrote: `<job>/<place of the batch>/<file>`.
    pub(crate) exports: PathBuf,
}

/// The emulator's mind.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) store: Arc<Store>,
    pub(crate) settings: Settings,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
}

type Answered = Result<Answer, StoreError>;

impl Core {
    /// The answer to a request at a moment, in milliseconds since 1970.
    ///
    /// What every request goes through is [`admit`](Self::admit), then this, in order: the guard,
    /// faults on demand, the routes. Between the first two the request may have to wait.
    pub(crate) fn answer(&self, call: &Call, strike: &Strike, now: i64) -> Answer {
        if let Some(answer) = strike.instead(call, now) {
            return answer;
        }
        let answer = self.route(call, now).unwrap_or_else(|error| {
            tracing::error!(%error, "the emulator's store failed");
            emulator(503, "StoreUnavailable", &error.to_string())
        });
        strike.afterwards(answer, call, now)
    }

    /// Lets a request in, or refuses it, and says which faults strike it. The emulator's own
    /// routes are safe from them.
    pub(crate) fn admit(&self, call: &Call) -> Result<Strike, Answer> {
        if let Some(refusal) = self.settings.guard.refusal(call) {
            return Err(refusal);
        }
        Ok(if own::is_own(call) { Strike::default() } else { self.faults.strike(call) })
    }

    /// Whose jobs the answer may tell of: nobody's when the gateway refuses the request, or when it
    /// is for IMS or the emulator itself.
    pub(crate) fn tenant(&self, call: &Call, now: i64) -> Option<Tenant> {
        let is_data = call.path.first().is_some_and(|first| first == "data");
        let caller = is_data.then(|| self.gateway(call, now).ok()).flatten()?;
        Some(caller.tenant)
    }

    fn route(&self, call: &Call, now: i64) -> Answered {
        match call.segments().as_slice() {
            ["_emulator", rest @ ..] => Ok(self.own(call, rest)),
            ["ims", rest @ ..] => Ok(self.ims(call, rest, now)),
            ["data", "core", "ups", rest @ ..] => {
                let caller = match self.gateway(call, now) {
                    Ok(caller) => caller,
                    Err(refusal) => return Ok(refusal),
                };
                match rest {
                    ["export", "jobs", rest @ ..] => self.jobs(call, &caller, rest, now),
                    ["segment", "definitions", rest @ ..] => self.segments(call, &caller, rest),
                    ["segment", "jobs", rest @ ..] => self.segment_jobs(call, &caller, rest, now),
                    ["config", "mergePolicies", rest @ ..] => {
                        Ok(self.merge_policies(call, &caller, rest))
                    }
                    _ => Ok(not_emulated(&call.shown_path())),
                }
            }
            ["data", "foundation", service @ ("catalog" | "export"), rest @ ..] => {
                let caller = match self.gateway(call, now) {
                    Ok(caller) => caller,
                    Err(refusal) => return Ok(refusal),
                };
                match *service {
                    "catalog" => self.catalog(call, &caller, rest, now),
                    _ => self.data_access(call, &caller, rest, now),
                }
            }
            // Services of AEP that are not played here.
            ["data", "foundation" | "core" | "infrastructure", ..] => {
                Ok(not_emulated(&call.shown_path()))
            }
            _ => Ok(gateway("404040", "Link not found")),
        }
    }
}

/// GET, or HEAD, which is answered like it without the body.
fn is_read(call: &Call) -> bool {
    call.method == Method::GET || call.method == Method::HEAD
}

/// The route is known, the method is not.
fn wrong_method(call: &Call, allowed: &str) -> Answer {
    let detail = format!("{} does not take {}", call.shown_path(), call.method);
    emulator(405, "MethodNotAllowed", &detail).with("allow", allowed)
}
