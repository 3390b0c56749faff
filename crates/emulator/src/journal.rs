//! What was asked lately.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::call::Call;
use crate::faults::operation;

/// How many requests are remembered.
const MOST: usize = 1_000;
/// How much of a path is remembered, in characters.
const LONGEST_PATH: usize = 512;

/// A request that arrived, with nothing in it that is secret: no header but the request id, no
/// value of a query, no body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SeenRequest {
    /// Its number since the start or the last clearing, from 1.
    pub number: u64,
    /// Its method.
    pub method: String,
    /// Its path, decoded, at most 512 characters of it.
    pub path: String,
    /// What it asked for, when that has a name: one of [`Fault::operations`](crate::Fault::operations).
    pub operation: Option<&'static str>,
    /// The names of its query parameters.
    pub query: Vec<String>,
    /// The status that was answered; `None` while there is no answer, and for ever when it is lost.
    pub status: Option<u16>,
    /// Whether a fault keeps the answer back, by `reset` or `silence`. What was asked for is done by
    /// then, if the fault lets it be done at all.
    pub lost: bool,
    /// `x-request-id` of the answer.
    pub request_id: String,
    /// The faults that struck it, by name, or by number: `fault 1`.
    pub faults: Vec<String>,
}

/// The last requests, without those to the emulator's own routes.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    /// All that arrived since the start or the last clearing.
    total: u64,
    /// All that ever arrived; what became of a request is written down under this number.
    ever: u64,
    requests: VecDeque<(u64, SeenRequest)>,
}

impl Journal {
    /// Writes down a request as it arrives; the number is for [`note`](Self::note).
    pub(crate) fn arrived(&self, call: &Call) -> u64 {
        let mut pages = self.pages();
        pages.total += 1;
        pages.ever += 1;
        let seen = SeenRequest {
            number: pages.total,
            method: call.method.to_string(),
            path: call.shown_path().chars().take(LONGEST_PATH).collect(),
            operation: operation(call),
            query: call.query.iter().map(|(name, _)| name.clone()).collect(),
            status: None,
            lost: false,
            request_id: call.request_id.clone(),
            faults: Vec::new(),
        };
        let key = pages.ever;
        if pages.requests.len() >= MOST {
            pages.requests.pop_front();
        }
        pages.requests.push_back((key, seen));
        key
    }

    /// Adds what is known later, if the request is still remembered.
    pub(crate) fn note(&self, key: u64, change: impl FnOnce(&mut SeenRequest)) {
        let mut pages = self.pages();
        if let Ok(index) = pages.requests.binary_search_by_key(&key, |(key, _)| *key)
            && let Some((_, seen)) = pages.requests.get_mut(index)
        {
            change(seen);
        }
    }

    pub(crate) fn requests(&self) -> Vec<SeenRequest> {
        self.pages().requests.iter().map(|(_, seen)| seen.clone()).collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.pages().total
    }

    pub(crate) fn clear(&self) {
        let mut pages = self.pages();
        pages.requests.clear();
        pages.total = 0;
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn call(target: &str) -> Call {
        let request = http::Request::get(target).body(()).unwrap();
        Call::new(request.into_parts().0, Bytes::new(), "id".to_owned())
    }

    #[test]
    fn the_last_thousand_are_kept_and_all_are_counted() {
        let journal = Journal::default();
        let first = journal.arrived(&call("/first"));
        for _ in 0..MOST {
            journal.arrived(&call("/more"));
        }
        journal.note(first, |seen| seen.status = Some(200));
        let requests = journal.requests();
        assert_eq!((journal.total(), requests.len()), (1_001, 1_000));
        assert!(requests.iter().all(|seen| seen.path == "/more" && seen.status.is_none()));
        assert_eq!(requests[0].number, 2);
    }

    #[test]
    fn what_becomes_of_a_request_is_added_to_it_alone() {
        let journal = Journal::default();
        journal.arrived(&call("/gone"));
        journal.clear();
        assert_eq!((journal.total(), journal.requests().len()), (0, 0));
        let keys =
            ["/a?x=secret&y=", "/data/core/ups/export/jobs"].map(|it| journal.arrived(&call(it)));
        journal.note(keys[1], |seen| seen.status = Some(404));
        journal.note(99, |seen| seen.status = Some(500));
        let requests = journal.requests();
        assert_eq!(requests[0].status, None);
        assert_eq!(requests[0].query, ["x", "y"]);
        assert_eq!(requests[1].status, Some(404));
        assert_eq!(requests[1].operation, Some("export_jobs.list"));
        assert_eq!(requests.iter().map(|seen| seen.number).collect::<Vec<_>>(), [1, 2]);
        assert!(!format!("{requests:?}").contains("secret"));
    }

    #[test]
    fn a_long_path_is_shortened() {
        let journal = Journal::default();
        journal.arrived(&call(&format!("/{}", "é".repeat(2_000).replace('é', "%C3%A9"))));
        assert_eq!(journal.requests()[0].path.chars().count(), LONGEST_PATH);
    }
}
