//! One file under way: what is known of it, and what an answer means for it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::AbortHandle;
use http::{HeaderMap, StatusCode};

use super::answer::{Known, Verdict, judge};
use super::event::PlannedFile;
use super::extent::{Extent, Extents};
use super::parquet_file::is_parquet;
use super::part::Opened;
use super::plan::Plan;
use super::transfer::{Asked, Fetch};
use super::validator::Validator;
use super::worker::Worker;
use crate::Error;

/// How often a file that changes while it is fetched is begun again in parts. After that it is
/// fetched in one piece, which cannot be of two states.
const CHANGES: u32 = 2;
/// How often a file is begun again at all.
const BEGINNINGS: u32 = 4;

/// One file under way.
pub(super) struct Active {
    pub(super) planned: Arc<PlannedFile>,
    pub(super) worker: Arc<Worker>,
    /// Where the file will be.
    pub(super) path: PathBuf,
    pub(super) phase: Phase,
    known: Known,
    plan: Plan,
    /// Fetched in one piece, from its beginning.
    whole: bool,
    /// Requests on their way, and how to end them.
    fetches: HashMap<u64, AbortHandle>,
    /// How often it was begun again.
    again: u32,
}

/// Where a file stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// What is on the disk is looked at.
    Opening,
    /// The first request is to be made, or under way: nothing else is asked for before its answer.
    First,
    /// The service gives parts of it.
    Parts,
    /// It comes in one piece.
    Whole,
    /// Requests are being ended; then it begins from nothing.
    Again,
    /// Everything is there, and is checked.
    Finishing,
    /// It has failed; requests are being ended.
    Failed,
}

/// What is to be done with an answer.
#[derive(Debug)]
pub(super) enum Use {
    /// Read it: from this place, up to that one where it is known. `begin` says that it is the first
    /// of a file in this state.
    Read { at: u64, end: Option<u64>, begin: Option<Option<Validator>> },
    /// Begin the file again.
    Again(String),
    /// Ask once more, as long as that may help; else this sentence says why not.
    Retry(String),
    /// Give the file up.
    Fail(Error),
}

impl Active {
    pub(super) fn new(planned: Arc<PlannedFile>, path: PathBuf, worker: Worker) -> Self {
        let known = Known { length: planned.file.length, state: None };
        Self {
            planned,
            worker: Arc::new(worker),
            path,
            phase: Phase::Opening,
            known,
            plan: Plan::new(0, &Extents::default()),
            whole: false,
            fetches: HashMap::new(),
            again: 0,
        }
    }

    /// What is on the disk is known; gives the number of bytes that are there.
    pub(super) fn opened(&mut self, opened: &Opened) -> u64 {
        let Opened::Part { have, state } = opened else { return 0 };
        self.known.state.clone_from(state);
        match self.known.length {
            Some(length) => self.plan = Plan::new(length, have),
            None => self.whole = true,
        }
        self.phase = Phase::First;
        have.total()
    }

    /// Whether a request may be made now, and for how many bytes there is a need.
    pub(super) fn open(&self) -> u64 {
        match self.phase {
            Phase::First if !self.fetches.is_empty() => 0,
            Phase::First if self.whole => self.known.length.unwrap_or(u64::MAX),
            Phase::First | Phase::Parts => self.plan.open(),
            _ => 0,
        }
    }

    /// How many requests are on their way.
    pub(super) fn fetching(&self) -> usize {
        self.fetches.len()
    }

    /// Whether every byte is there. An empty file needs none.
    pub(super) fn is_complete(&self) -> bool {
        let nothing_open = match self.phase {
            Phase::First => !self.whole && self.plan.open() == 0,
            Phase::Parts => self.plan.open() == 0,
            Phase::Whole => true,
            _ => false,
        };
        nothing_open && self.fetches.is_empty()
    }

    /// Whether nothing has been begun on the disk yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.known.state.is_none()
    }

    /// What to ask for next, at most `size` bytes where parts are asked for.
    pub(super) fn take(&mut self, size: u64) -> Option<Asked> {
        if self.whole { Some(Asked::Whole) } else { self.plan.next(size).map(Asked::Part) }
    }

    pub(super) fn state(&self) -> Option<&Validator> {
        self.known.state.as_ref().and_then(Option::as_ref)
    }

    pub(super) fn began(&mut self, fetch: u64, abort: AbortHandle) {
        self.fetches.insert(fetch, abort);
    }

    pub(super) fn ended(&mut self, fetch: u64) {
        self.fetches.remove(&fetch);
    }

    /// Bytes that did not come.
    pub(super) fn give_back(&mut self, start: u64, end: u64) {
        if let Some(rest) = Extent::new(start, end) {
            self.plan.give_back(rest);
        }
    }

    /// What to do with a good answer to `fetch`.
    pub(super) fn answered(
        &mut self,
        fetch: &Fetch,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Use {
        match judge(fetch.asked, &self.known, status, headers) {
            Verdict::Part(extent) => {
                self.phase = Phase::Parts;
                if let Asked::Part(asked) = fetch.asked {
                    self.give_back(extent.end, asked.end);
                }
                let begin = self.learn(headers);
                Use::Read { at: extent.start, end: Some(extent.end), begin }
            }
            Verdict::Whole { says_end } => self.whole_came(fetch, headers, says_end),
            Verdict::Changed => Use::Again("it has changed".to_owned()),
            Verdict::Nonsense(why) if self.whole => {
                let name = &self.planned.file.name;
                Use::Fail(Error::corrupt(format!("the answer for {name} is {why}")))
            }
            Verdict::Nonsense(why) => {
                self.whole = true;
                Use::Again(format!("the answer is {why}"))
            }
            Verdict::SomethingElse(why) => Use::Retry(format!("{} {why}", self.planned.file.name)),
            Verdict::NotTheFile(why) => {
                Use::Fail(Error::corrupt(format!("{} {why}", self.planned.file.name)))
            }
        }
    }

    fn whole_came(&mut self, fetch: &Fetch, headers: &HeaderMap, says_end: bool) -> Use {
        // Wanted, or taken for the first bytes of a file of which there are none yet.
        let from_the_beginning = match fetch.asked {
            Asked::Whole => true,
            Asked::Part(asked) => asked.start == 0,
        };
        let fits = self.whole || (self.is_untouched() && from_the_beginning);
        self.whole = true;
        if !fits {
            return Use::Again("the service does not give parts of it".to_owned());
        }
        let name = &self.planned.file.name;
        if self.known.length.is_none() && !says_end && !is_parquet(name) {
            let why = "neither the list nor the answer says how long it is, so nobody could tell \
                       whether it is whole";
            return Use::Fail(Error::corrupt(format!("{name}: {why}")));
        }
        self.phase = Phase::Whole;
        self.known.state = None;
        Use::Read { at: 0, end: self.known.length, begin: self.learn(headers) }
    }

    /// Keeps the state of the first answer.
    fn learn(&mut self, headers: &HeaderMap) -> Option<Option<Validator>> {
        if self.known.state.is_some() {
            return None;
        }
        self.known.state = Some(Validator::of(headers));
        self.known.state.clone()
    }

    /// The service will not give the part that was asked for.
    pub(super) fn refused_part(&mut self) -> bool {
        !std::mem::replace(&mut self.whole, true)
    }

    /// An answer that came in one piece broke off: only the whole can be asked for again.
    pub(super) fn must_begin_again(&self) -> bool {
        self.whole
    }

    /// Ends all requests, to begin the file again. `false` if that has been done often enough.
    pub(super) fn again(&mut self) -> bool {
        self.again += 1;
        self.whole |= self.again > CHANGES;
        self.end_requests(Phase::Again);
        self.again <= BEGINNINGS
    }

    /// All requests have ended: begins from nothing.
    pub(super) fn anew(&mut self) {
        self.known.state = None;
        self.plan = Plan::new(self.known.length.unwrap_or_default(), &Extents::default());
        self.phase = Phase::First;
    }

    pub(super) fn fail(&mut self) {
        self.end_requests(Phase::Failed);
    }

    fn end_requests(&mut self, phase: Phase) {
        self.fetches.values().for_each(AbortHandle::abort);
        self.phase = phase;
    }
}
