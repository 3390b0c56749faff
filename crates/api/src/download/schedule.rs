//! Which file and which part of it comes next, until all are done.
//!
//! One loop: start what there is a connection for, wait for the next thing that happens, let it
//! change the file that it concerns. Files come before parts: as long as there are files that wait,
//! each has one connection; then those that are under way share all of them.

mod happened;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::StreamExt;
use futures_util::future::abortable;
use futures_util::stream::FuturesUnordered;
use http::Response;

use aep_export_transport::Body;

use super::active::{Active, Phase};
use super::done::{DownloadedFile, Failure};
use super::event::{DownloadEvent, Events, PlannedFile};
use super::part::{Finished, Opened, Target};
use super::plan::{self, Speed};
use super::transfer::{self, Came, End, Fetch};
use super::worker::Worker;
use crate::folder::Lock;
use crate::{Client, Error};

/// How many files may be open for each connection: those that are checked at the end included.
const OPEN_FILES: usize = 4;

/// A file with the place that it gets.
pub(super) struct Job {
    pub(super) planned: Arc<PlannedFile>,
    pub(super) target: Target,
    pub(super) lock: Arc<Lock>,
}

/// What became of all files.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) done: Vec<Arc<DownloadedFile>>,
    pub(super) failures: Vec<Failure>,
}

impl Outcome {
    /// Tells what became of its files.
    pub(super) fn tell(&self, events: &Events) {
        for file in &self.done {
            events.tell(DownloadEvent::Finished { file: Arc::clone(file) });
        }
        for Failure { file, error } in &self.failures {
            let Some(file) = file.clone() else { continue };
            let (why, kind) = (error.to_string(), error.kind());
            events.tell(DownloadEvent::Failed { file, why, kind });
        }
    }

    /// The same with what became of other files.
    pub(super) fn extend(&mut self, other: Self) {
        self.done.extend(other.done);
        self.done.sort_by_key(|file| file.planned.number);
        self.failures.extend(other.failures);
    }
}

/// The files of one download.
pub(super) struct Schedule {
    client: Client,
    connections: usize,
    events: Events,
    waiting: VecDeque<Job>,
    active: BTreeMap<usize, Active>,
    running: FuturesUnordered<BoxFuture<'static, Happened>>,
    /// Connections that are in use.
    busy: usize,
    next_id: u64,
    speed: Option<Speed>,
    outcome: Outcome,
}

/// Something that was waited for.
enum Happened {
    Opened {
        file: usize,
        opened: Result<Opened, Error>,
    },
    Answered {
        fetch: Fetch,
        answer: Box<Result<Response<Body>, Error>>,
    },
    Read {
        fetch: Fetch,
        came: Came,
        ended: End,
    },
    /// A request was ended from here.
    Aborted {
        file: usize,
        fetch: u64,
    },
    Finished {
        file: usize,
        finished: Result<Finished, Error>,
    },
    /// The thread of a file is gone, and with it what it held.
    Left {
        file: usize,
    },
}

impl Schedule {
    pub(super) fn new(client: Client, connections: usize, events: Events, jobs: Vec<Job>) -> Self {
        Self {
            client,
            connections,
            events,
            waiting: jobs.into(),
            active: BTreeMap::new(),
            running: FuturesUnordered::new(),
            busy: 0,
            next_id: 0,
            speed: None,
            outcome: Outcome::default(),
        }
    }

    /// Fetches everything, or as much as can be.
    pub(super) async fn run(mut self) -> Outcome {
        loop {
            self.start_what_can_be();
            let Some(happened) = self.running.next().await else { break };
            self.take_in(happened);
        }
        self.outcome
    }

    fn start_what_can_be(&mut self) {
        self.open_files();
        while self.busy < self.connections {
            let Some((file, open)) = self.neediest() else { break };
            let size = plan::size(open, self.share(), self.speed);
            let Some(asked) = self.active.get_mut(&file).and_then(|active| active.take(size))
            else {
                break;
            };
            let retries = self.client.body_retries();
            let id = self.next_id();
            self.ask(Fetch { file, id, asked, retries, since: Duration::ZERO }, Duration::ZERO);
        }
    }

    /// As many files as there are connections; those that are only checked any more do not count.
    fn open_files(&mut self) {
        let fetching = |active: &&Active| active.phase != Phase::Finishing;
        while self.active.values().filter(fetching).count() < self.connections
            && self.active.len() < self.connections.saturating_mul(OPEN_FILES)
        {
            let Some(Job { planned, target, lock }) = self.waiting.pop_front() else { break };
            let path = target.folder.path_of(&target.name);
            match Worker::start(target, lock) {
                Ok((worker, reply)) => {
                    let file = planned.number;
                    self.active.insert(file, Active::new(planned, path, worker));
                    self.happens(
                        async move { Happened::Opened { file, opened: reply.wait().await } },
                    );
                }
                Err(error) => self.failed(planned, error),
            }
        }
    }

    /// The file that has the most bytes to ask for, for each connection that it has.
    fn neediest(&self) -> Option<(usize, u64)> {
        let need = |active: &Active| active.open() / (active.fetching() as u64 + 1);
        let needs = self.active.iter().map(|(file, active)| (need(active), *file, active.open()));
        let most = needs.filter(|(_, _, open)| *open > 0).max_by_key(|(need, file, _)| {
            // Of equals the one that was listed first.
            (*need, std::cmp::Reverse(*file))
        });
        most.map(|(_, file, open)| (file, open))
    }

    /// How many connections a file has.
    fn share(&self) -> u64 {
        if !self.waiting.is_empty() {
            return 1;
        }
        let fetching = |active: &&Active| !matches!(active.phase, Phase::Finishing | Phase::Failed);
        let files = self.active.values().filter(fetching).count().max(1);
        self.connections.div_ceil(files) as u64
    }

    fn ask(&mut self, fetch: Fetch, wait: Duration) {
        let Some(active) = self.active.get_mut(&fetch.file) else { return };
        let (file, id) = (fetch.file, fetch.id);
        let operation = fetch.operation(&active.planned, active.state());
        let fetch = Fetch { since: self.client.clock().elapsed().saturating_add(wait), ..fetch };
        let asking = transfer::ask(self.client.clone(), operation, wait);
        self.connect(file, id, async move {
            Happened::Answered { answer: Box::new(asking.await), fetch }
        });
    }

    /// Runs something that uses a connection, until it is done or its file wants no more of it.
    fn connect(
        &mut self,
        file: usize,
        id: u64,
        work: impl Future<Output = Happened> + Send + 'static,
    ) {
        let Some(active) = self.active.get_mut(&file) else { return };
        let (work, abort) = abortable(work);
        active.began(id, abort);
        self.busy += 1;
        self.happens(async move { work.await.unwrap_or(Happened::Aborted { file, fetch: id }) });
    }

    fn happens(&self, what: impl Future<Output = Happened> + Send + 'static) {
        self.running.push(Box::pin(what));
    }

    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}
