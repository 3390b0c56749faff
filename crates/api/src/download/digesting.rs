//! The digest of a file on its way: on the thread that writes it while that keeps up, then on one of
//! its own.
//!
//! Most files are small, and of those that come in one piece every byte is hashed while it is at
//! hand. The parts of a large one come side by side, faster than one thread writes and hashes them.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use super::digest::Digest;
use super::stop::Stop;

/// How far the digest may be behind before it gets a thread of its own.
const BEHIND: u64 = 16 * 1024 * 1024;

/// A digest of what is there of a file so far.
pub(super) enum Digesting {
    Here(Digest),
    Aside(Follower),
}

/// A thread that hashes a file as far as it is told that bytes are there. When this is dropped it
/// stops where it is: what it has done is of no use any more.
pub(super) struct Follower {
    upto: Sender<u64>,
    thread: JoinHandle<io::Result<Digest>>,
}

impl Digesting {
    pub(super) fn new() -> Self {
        Self::Here(Digest::new())
    }

    /// Takes in bytes that stand at `at` in the file, if that is of use.
    pub(super) fn take_in(&mut self, at: u64, bytes: &[u8]) {
        if let Self::Here(digest) = self {
            digest.take_in(at, bytes);
        }
    }

    /// Reads the next block of the file, up to `end`. `false` if there is nothing to do on this
    /// thread.
    pub(super) fn read_on(&mut self, file: &File, end: u64) -> io::Result<bool> {
        match self {
            Self::Here(digest) => digest.read_on(file, end),
            Self::Aside(_) => Ok(false),
        }
    }

    /// Says that all bytes before `upto` are there.
    pub(super) fn follow(self, file: &File, upto: u64) -> io::Result<Self> {
        let following = match self {
            Self::Here(digest) if upto.saturating_sub(digest.upto()) > BEHIND => {
                Self::Aside(Follower::start(digest, file.try_clone()?)?)
            }
            here_or_aside => here_or_aside,
        };
        if let Self::Aside(follower) = &following {
            // If the thread has failed, the end tells.
            let _ = follower.upto.send(upto);
        }
        Ok(following)
    }

    /// The digest of the first `length` bytes, as 64 hexadecimal digits.
    pub(super) fn finish(self, file: &File, length: u64, stop: &Stop) -> io::Result<String> {
        let mut digest = match self {
            Self::Here(digest) => digest,
            Self::Aside(follower) => follower.finish()?,
        };
        digest.read_all(file, length, stop)?;
        Ok(digest.finish())
    }
}

impl Follower {
    fn start(digest: Digest, file: File) -> io::Result<Self> {
        let (upto, told) = channel();
        let thread = std::thread::Builder::new().name("aep-export digest".to_owned());
        let thread = thread.spawn(move || followed(digest, &file, &told))?;
        Ok(Self { upto, thread })
    }

    /// The digest of as much as it has come to.
    fn finish(self) -> io::Result<Digest> {
        drop(self.upto);
        let broke = |_| io::Error::other("the thread that computes the digest broke");
        self.thread.join().map_err(broke)?
    }
}

/// Hashes what is told to be there, until nobody tells anything any more.
fn followed(mut digest: Digest, file: &File, told: &Receiver<u64>) -> io::Result<Digest> {
    let mut upto = 0;
    loop {
        match told.try_recv() {
            Ok(further) => upto = further,
            Err(TryRecvError::Disconnected) => return Ok(digest),
            Err(TryRecvError::Empty) if digest.read_on(file, upto)? => {}
            Err(TryRecvError::Empty) => match told.recv() {
                Ok(further) => upto = further,
                Err(_) => return Ok(digest),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::positioned::write_all_at;
    use super::*;

    const LENGTH: u64 = BEHIND + BEHIND / 2;

    fn file() -> (File, String) {
        let content: Vec<u8> = (0..LENGTH).map(|at| (at * 7 + at / 251) as u8).collect();
        let file = tempfile::tempfile().unwrap();
        write_all_at(&file, &content, 0).unwrap();
        let mut plain = Digest::new();
        plain.take_in(0, &content);
        (file, plain.finish())
    }

    #[test]
    fn one_that_falls_behind_gets_a_thread_and_is_the_same() {
        let (file, expected) = file();
        let stop = Stop::default();
        let mut digesting = Digesting::new().follow(&file, BEHIND).unwrap();
        assert!(matches!(digesting, Digesting::Here(_)));
        assert!(digesting.read_on(&file, BEHIND).unwrap());
        let digesting = digesting.follow(&file, LENGTH - 1).unwrap();
        assert!(matches!(digesting, Digesting::Aside(_)));
        assert_eq!(digesting.finish(&file, LENGTH, &stop).unwrap(), expected);
    }

    #[test]
    fn what_goes_wrong_on_the_thread_is_told_at_the_end() {
        let (file, _) = file();
        let stop = Stop::default();
        let digesting = Digesting::new().follow(&file, LENGTH + 1).unwrap();
        let Digesting::Aside(follower) = &digesting else { panic!("nobody follows") };
        while !follower.thread.is_finished() {
            std::thread::yield_now();
        }
        let error = digesting.finish(&file, LENGTH, &stop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);

        let digesting = Digesting::new().follow(&file, LENGTH).unwrap();
        stop.set();
        let error = digesting.finish(&file, 2 * LENGTH, &stop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }

    #[test]
    fn the_thread_goes_no_further_once_nobody_tells_it_anything() {
        let (file, _) = file();
        let (upto, told) = channel();
        upto.send(LENGTH).unwrap();
        drop(upto);
        assert_eq!(followed(Digest::new(), &file, &told).unwrap().upto(), 0);
    }
}
