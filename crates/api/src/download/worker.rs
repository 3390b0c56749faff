//! Who works on a file on disk: a thread of its own.
//!
//! Disks make their callers wait, and a hash keeps a processor busy; neither may hold up whoever
//! drives the connections. A plain thread for each file under way needs no runtime, keeps the order
//! of what is done to the file, and lets several files be hashed at once. It hashes when there is
//! nothing to write, until the [digest](super::digesting) falls behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use bytes::Bytes;
use futures_channel::oneshot;

use super::part::{Finished, Opened, PartFile, Target};
use super::stop::Stop;
use super::validator::Validator;
use crate::Error;
use crate::folder::Lock;

type Done<T> = oneshot::Sender<Result<T, Error>>;

enum Command {
    Begin { state: Option<Validator>, done: Done<()> },
    Write { at: u64, pieces: Vec<Bytes>, last: bool, done: Done<()> },
    Finish { done: Done<Finished> },
}

/// The way to the thread that works on one file. When it is dropped the thread leaves what is there
/// to be taken up later, and ends.
#[derive(Debug)]
pub(super) struct Worker {
    commands: Sender<Command>,
    stop: Stop,
    /// Set when what is there is wrong, and must not be taken up.
    wrong: Arc<AtomicBool>,
    /// Closed when the thread ends.
    at_work: Option<oneshot::Receiver<()>>,
}

/// What the thread will answer.
#[derive(Debug)]
pub(super) struct Reply<T>(oneshot::Receiver<Result<T, Error>>);

impl<T> Reply<T> {
    /// The answer, once it is there.
    pub(super) async fn wait(self) -> Result<T, Error> {
        self.0.await.unwrap_or_else(|_| Err(ended()))
    }
}

fn ended() -> Error {
    let error = std::io::ErrorKind::BrokenPipe.into();
    Error::local("the thread that works on the file has ended", error)
}

impl Worker {
    /// Starts on a file, and says what of it is there. `lock` is held as long as the thread works.
    pub(super) fn start(target: Target, lock: Arc<Lock>) -> Result<(Self, Reply<Opened>), Error> {
        let (commands, coming) = channel();
        let (done, reply) = oneshot::channel();
        let (stop, wrong) = (target.stop.clone(), Arc::new(AtomicBool::new(false)));
        let (ending, at_work) = oneshot::channel();
        let is_wrong = Arc::clone(&wrong);
        run("aep-export file", move || {
            if let Some(mut part) = work(target, &coming, done) {
                // Nobody sets it any more: the way to here is closed.
                if is_wrong.load(Ordering::Relaxed) { part.discard() } else { part.leave() }
            }
            drop(lock);
            drop(ending);
        })?;
        Ok((Self { commands, stop, wrong, at_work: Some(at_work) }, Reply(reply)))
    }

    /// Sends the thread away, and waits until it is gone.
    pub(super) async fn leave(mut self) {
        let at_work = self.at_work.take();
        drop(self);
        if let Some(at_work) = at_work {
            // It is closed, never answered.
            let _ = at_work.await;
        }
    }

    /// Begins from nothing, with a file in this state.
    pub(super) fn begin(&self, state: Option<Validator>) -> Reply<()> {
        self.tell(|done| Command::Begin { state, done })
    }

    /// Writes the pieces from `at` on; `last` if nothing follows them for now.
    pub(super) fn write(&self, at: u64, pieces: Vec<Bytes>, last: bool) -> Reply<()> {
        self.tell(|done| Command::Write { at, pieces, last, done })
    }

    /// Checks the file and gives it its name.
    pub(super) fn finish(&self) -> Reply<Finished> {
        self.tell(|done| Command::Finish { done })
    }

    /// Has the thread remove what is there when it leaves: it is wrong, and must not be taken up.
    pub(super) fn discard(&self) {
        self.wrong.store(true, Ordering::Relaxed);
    }

    fn tell<T>(&self, command: impl FnOnce(Done<T>) -> Command) -> Reply<T> {
        let (done, reply) = oneshot::channel();
        // If the thread is gone the reply says so.
        let _ = self.commands.send(command(done));
        Reply(reply)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.set();
    }
}

/// Does `work`, which may make its caller wait, on a thread of its own.
pub(super) fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Reply<T>, Error> {
    let (done, reply) = oneshot::channel();
    run("aep-export disk", move || {
        // Nobody may want to know any more.
        let _ = done.send(work());
    })?;
    Ok(Reply(reply))
}

fn run(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| Error::local("cannot start a thread", error))
}

/// Does what it is told, until nobody wants anything any more. Gives back what is on its way then.
fn work(target: Target, coming: &Receiver<Command>, opened: Done<Opened>) -> Option<PartFile> {
    let stop = target.stop.clone();
    let mut part = match PartFile::open(target) {
        Ok((part, found)) => {
            let _ = opened.send(Ok(found));
            part
        }
        Err(error) => {
            let _ = opened.send(Err(error));
            return None;
        }
    };
    let mut next = None;
    while let Some(command) = next.take().or_else(|| wait_or_digest(&mut part, coming, &stop)) {
        if stop.is_set() {
            break;
        }
        match command {
            Command::Begin { state, done } => drop(done.send(part.begin(state))),
            Command::Write { at, pieces, last, done } => {
                let written = part.write(at, &pieces, last);
                let is_written = written.is_ok();
                let _ = done.send(written);
                // What was just written is still at hand, unless there is more to write first.
                next = coming.try_recv().ok();
                if is_written && next.is_none() {
                    part.digest_from_memory(at, &pieces);
                }
            }
            Command::Finish { done } => drop(done.send(part.finish())),
        }
    }
    Some(part)
}

/// The next command; until it comes the digest catches up. `None` when there will be none.
fn wait_or_digest(part: &mut PartFile, coming: &Receiver<Command>, stop: &Stop) -> Option<Command> {
    loop {
        match coming.try_recv() {
            Ok(command) => return Some(command),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if stop.is_set() => return None,
            // An error of reading comes again when the file is finished, and is told then.
            Err(TryRecvError::Empty) => match part.digest_on() {
                Ok(true) => {}
                Ok(false) | Err(_) => return coming.recv().ok(),
            },
        }
    }
}
