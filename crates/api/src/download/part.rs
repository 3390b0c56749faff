//! A file on its way: beside its target, with a record of what is there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use crc32fast::Hasher;

use super::digesting::Digesting;
use super::extent::{Extent, Extents};
use super::journal::{self, Head, Written};
use super::parquet_file;
use super::positioned::{read_exact_at, write_all_at};
use super::stop::Stop;
use super::validator::Validator;
use crate::folder::{Folder, Found};
use crate::plain_name::PlainName;
use crate::{Error, ExportFile};

/// More than this is no record of ours: an entry a mebibyte is written.
const LARGEST_JOURNAL: u64 = 256 * 1024 * 1024;
/// An entry of more bytes than this is none of ours. So much is read at once to check one.
const LARGEST_ENTRY: u64 = 16 * 1024 * 1024;

/// How many bytes may be lost of each connection when the process is killed: little of a small file,
/// and few enough entries for a large one.
pub(super) fn checkpoint(length: Option<u64>) -> u64 {
    const KIB: u64 = 1024;
    length.map_or(KIB * KIB, |length| (length / 256).clamp(64 * KIB, KIB * KIB))
}

/// What is to be in a file, and where.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) folder: Arc<Folder>,
    /// The file's name once it is whole.
    pub(super) name: PlainName,
    pub(super) file: ExportFile,
    /// Whether to compute a SHA-256.
    pub(super) digest: bool,
    /// What an earlier download found out about the file under this name.
    pub(super) noted: Option<Finished>,
    /// Set once nobody wants the file any more.
    pub(super) stop: Stop,
}

/// A file that is whole and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) bytes: u64,
    pub(super) rows: Option<u64>,
    pub(super) sha256: Option<String>,
}

/// What there is when a download begins.
#[derive(Debug)]
pub(super) enum Opened {
    /// The whole file.
    Whole(Finished),
    /// These bytes, taken from the file in this state; maybe none.
    Part { have: Extents, state: Option<Option<Validator>> },
}

/// A file on its way.
pub(super) struct PartFile {
    target: Target,
    on_disk: Option<OnDisk>,
    have: Extents,
    /// Bytes that are written and not in the record yet, by their ends.
    runs: BTreeMap<u64, Run>,
    digest: Option<Digesting>,
}

struct OnDisk {
    part: File,
    journal: File,
    journal_end: u64,
}

struct Run {
    start: u64,
    crc: Hasher,
}

impl PartFile {
    /// Looks at what is there. Nothing is made.
    pub(super) fn open(target: Target) -> Result<(Self, Opened), Error> {
        let digest = target.digest.then(Digesting::new);
        let mut part =
            Self { target, on_disk: None, have: Extents::default(), runs: BTreeMap::new(), digest };
        let opened = match part.already_whole()? {
            Some(finished) => {
                part.clear_away()?;
                Opened::Whole(finished)
            }
            None => {
                let state = part.take_up()?;
                Opened::Part { have: part.have.clone(), state }
            }
        };
        Ok((part, opened))
    }

    /// The file under its final name, if it is there. Anything else in its place is an error.
    fn already_whole(&self) -> Result<Option<Finished>, Error> {
        let Target { folder, name, file, digest, noted, .. } = &self.target;
        let Some(found) = folder.look(name)? else { return Ok(None) };
        let length = match found {
            Found::File(length) if Some(length) == file.length => length,
            Found::File(_) => {
                let path = folder.path_of(name);
                let sentence = format!(
                    "{} is there already and is not the file to be fetched",
                    path.display()
                );
                return Err(Error::local(sentence, io::ErrorKind::AlreadyExists.into()));
            }
            found => return Err(folder.not_a_file(name, found)),
        };
        if let Some(noted) = noted
            && noted.bytes == length
            && noted.sha256.is_some() == *digest
        {
            return Ok(Some(noted.clone()));
        }
        let Some(open) = folder.open(name, false)? else { return Ok(None) };
        let digest = digest.then(Digesting::new);
        self.look_through(&open, length, digest).map(Some)
    }

    /// Removes what a run left that was killed after it had given the file its name.
    fn clear_away(&self) -> Result<(), Error> {
        let Target { folder, name, .. } = &self.target;
        for name in [name.part(), name.record()] {
            if matches!(folder.look(&name)?, Some(Found::File(_))) {
                folder.remove(&name)?;
            }
        }
        Ok(())
    }

    /// Takes up what an earlier run left of the same file, as far as it is still what it was.
    fn take_up(&mut self) -> Result<Option<Option<Validator>>, Error> {
        let Target { folder, name, file, .. } = &self.target;
        let Some(length) = file.length else { return Ok(None) };
        let (part_name, journal_name) = (name.part(), name.record());
        let (Some(part), Some(journal)) =
            (folder.open(&part_name, true)?, folder.open(&journal_name, true)?)
        else {
            return Ok(None);
        };
        let mut text = Vec::new();
        let read = (&journal).take(LARGEST_JOURNAL).read_to_end(&mut text);
        read.map_err(|error| self.failed("read", &journal_name, error))?;
        let Some((head, written)) = journal::read(&text) else { return Ok(None) };
        if !head.is_of(file.file_id.as_str(), name.as_str(), length) {
            return Ok(None);
        }
        // What is beyond the end would come to stand in the file; what is missing is made room for.
        part.set_len(length).map_err(|error| self.failed("write", &part_name, error))?;
        let mut on_disk = OnDisk { part, journal, journal_end: text.len() as u64 };
        if !text.ends_with(b"\n") {
            // What comes now must not become a part of a line that was cut off.
            on_disk.note("\n").map_err(|error| self.failed("write", &journal_name, error))?;
        }
        self.verify(&on_disk.part, written);
        self.on_disk = Some(on_disk);
        Ok(Some(head.state))
    }

    /// Believes those entries whose bytes still have their checksums.
    fn verify(&mut self, part: &File, mut written: Vec<Written>) {
        written.sort_by_key(|written| written.extent.start);
        let mut buffer = Vec::new();
        for Written { extent, crc } in written {
            if extent.len() > LARGEST_ENTRY || self.target.stop.is_set() {
                continue;
            }
            buffer.resize(usize::try_from(extent.len()).unwrap_or_default(), 0);
            let read = read_exact_at(part, &mut buffer, extent.start);
            if read.is_err() || crc32fast::hash(&buffer) != crc {
                continue;
            }
            self.have.insert(extent.start, extent.end);
            if let Some(digest) = &mut self.digest {
                digest.take_in(extent.start, &buffer);
            }
        }
    }

    /// Begins from nothing, with a file in this state.
    pub(super) fn begin(&mut self, state: Option<Validator>) -> Result<(), Error> {
        self.have = Extents::default();
        self.runs.clear();
        self.digest = self.target.digest.then(Digesting::new);
        let Target { folder, name, file, .. } = &self.target;
        let (part_name, journal_name) = (name.part(), name.record());
        let make = |name: &PlainName| match folder.open(name, true)? {
            Some(file) => Ok(file),
            None => folder.create(name),
        };
        let mut on_disk = match self.on_disk.take() {
            Some(on_disk) => on_disk,
            None => {
                OnDisk { part: make(&part_name)?, journal: make(&journal_name)?, journal_end: 0 }
            }
        };
        // The record goes first, so that at no moment it tells of bytes that are gone.
        let failed = |error| self.failed("write", &journal_name, error);
        on_disk.journal.set_len(0).map_err(failed)?;
        on_disk.journal_end = 0;
        let failed = |error| self.failed("write", &part_name, error);
        on_disk.part.set_len(0).map_err(failed)?;
        if let Some(length) = file.length {
            // All of it at once: what is not written yet takes no room on most disks.
            on_disk.part.set_len(length).map_err(failed)?;
            let head = Head::new(file.file_id.as_str(), name.as_str(), length, state);
            let failed = |error| self.failed("write", &journal_name, error);
            on_disk.note(&head.line()).map_err(failed)?;
        }
        self.on_disk = Some(on_disk);
        Ok(())
    }

    /// Writes the pieces one after the other from `at` on. `last` says that nothing follows them for
    /// now, so that they are recorded at once.
    pub(super) fn write(&mut self, at: u64, pieces: &[Bytes], last: bool) -> Result<(), Error> {
        let run = self.runs.remove(&at);
        let mut run = run.unwrap_or_else(|| Run { start: at, crc: Hasher::new() });
        let mut end = at;
        for piece in pieces {
            let part = self.on_disk.as_ref().map(|on_disk| &on_disk.part);
            let part = part.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
            if let Err(error) = part.and_then(|part| write_all_at(part, piece, end)) {
                return Err(self.failed("write", &self.target.name.part(), error));
            }
            run.crc.update(piece);
            end = end.saturating_add(piece.len() as u64);
        }
        self.have.insert(at, end);
        self.let_digest_follow()?;
        if last || end - run.start >= checkpoint(self.target.file.length) {
            self.record(run, end)
        } else {
            self.runs.insert(end, run);
            Ok(())
        }
    }

    fn let_digest_follow(&mut self) -> Result<(), Error> {
        let (Some(digest), Some(on_disk)) = (self.digest.take(), &self.on_disk) else {
            return Ok(());
        };
        let followed = digest.follow(&on_disk.part, self.have.unbroken());
        let followed = followed.map_err(|error| self.failed("read", &self.target.name, error))?;
        self.digest = Some(followed);
        Ok(())
    }

    fn record(&mut self, run: Run, end: u64) -> Result<(), Error> {
        // Without a known length nothing can be taken up, so there is nothing to record.
        if self.target.file.length.is_none() {
            return Ok(());
        }
        let (Some(extent), Some(on_disk)) = (Extent::new(run.start, end), &mut self.on_disk) else {
            return Ok(());
        };
        let noted = on_disk.note(&Written { extent, crc: run.crc.finalize() }.line());
        noted.map_err(|error| self.failed("write", &self.target.name.record(), error))
    }

    /// Takes bytes that were just written into the digest, if they are the next ones.
    pub(super) fn digest_from_memory(&mut self, mut at: u64, pieces: &[Bytes]) {
        let Some(digest) = &mut self.digest else { return };
        for piece in pieces {
            digest.take_in(at, piece);
            at = at.saturating_add(piece.len() as u64);
        }
    }

    /// Takes the next block that is there into the digest. `false` if there is none.
    pub(super) fn digest_on(&mut self) -> Result<bool, Error> {
        let (Some(digest), Some(on_disk)) = (&mut self.digest, &self.on_disk) else {
            return Ok(false);
        };
        let read = digest.read_on(&on_disk.part, self.have.unbroken());
        read.map_err(|error| self.failed("read", &self.target.name.part(), error))
    }

    /// Checks the file and gives it its name. What fails a check is removed: it would fail again.
    pub(super) fn finish(&mut self) -> Result<Finished, Error> {
        let finished = self.checked().and_then(|finished| {
            self.name_it()?;
            Ok(finished)
        });
        if finished.as_ref().is_err_and(|error| error.kind() == crate::ErrorKind::Corrupt) {
            self.discard();
        }
        finished
    }

    fn checked(&mut self) -> Result<Finished, Error> {
        let bytes = self.have.unbroken();
        let ExportFile { name, length, .. } = &self.target.file;
        if let Some(listed) = length.filter(|listed| *listed != bytes) {
            let sentence = super::answer::wrong_length(bytes, listed);
            return Err(Error::corrupt(format!("{name} {sentence}")));
        }
        let digest = self.digest.take();
        let Some(on_disk) = &self.on_disk else {
            return Err(Error::corrupt(format!("{name} has no bytes")));
        };
        // The digest may still be on its way, which takes as long.
        let synced = on_disk.part.sync_all();
        synced.map_err(|error| self.failed("write", &self.target.name.part(), error))?;
        self.look_through(&on_disk.part, bytes, digest)
    }

    /// What is to be known of a whole file; `digest` has taken in as much of it as it could so far.
    fn look_through(
        &self,
        file: &File,
        bytes: u64,
        digest: Option<Digesting>,
    ) -> Result<Finished, Error> {
        let name = &self.target.name;
        let rows = if parquet_file::is_parquet(name.as_str()) {
            let checked = parquet_file::check(file, bytes);
            let checked = checked.map_err(|error| self.failed("read", name, error))?;
            checked.map_err(|fault| Error::corrupt(format!("{name} {fault}")))?
        } else {
            None
        };
        let sha256 = digest.map(|digest| digest.finish(file, bytes, &self.target.stop)).transpose();
        let sha256 = sha256.map_err(|error| self.failed("read", name, error))?;
        Ok(Finished { bytes, rows, sha256 })
    }

    fn name_it(&mut self) -> Result<(), Error> {
        let Target { folder, name, .. } = &self.target;
        let part_name = name.part();
        // Nobody else works here, but anybody may put something there.
        if folder.look(name)?.is_some() {
            let sentence = format!("{} has appeared meanwhile", folder.path_of(name).display());
            return Err(Error::local(sentence, io::ErrorKind::AlreadyExists.into()));
        }
        // Closed first: a file that is open cannot be renamed everywhere.
        self.on_disk = None;
        let Target { folder, name, .. } = &self.target;
        folder.rename(&part_name, name)?;
        folder.sync()?;
        folder.remove(&name.record())
    }

    /// Leaves what is there for a later run to take up, or nothing where that is not possible.
    pub(super) fn leave(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        for (end, run) in runs {
            // Without the entry the bytes are fetched again.
            let _ = self.record(run, end);
        }
        let lost = self.have.first().is_none() || self.target.file.length.is_none();
        if lost && self.on_disk.is_some() {
            self.discard();
        }
    }

    /// Removes what is there.
    pub(super) fn discard(&mut self) {
        self.on_disk = None;
        self.runs.clear();
        let Target { folder, name, .. } = &self.target;
        for name in [name.part(), name.record()] {
            // Nothing to be done if it cannot be removed: it has not the final name.
            let _ = folder.remove(&name);
        }
    }

    fn failed(&self, doing: &str, name: &PlainName, error: io::Error) -> Error {
        self.target.folder.failed(doing, name, error)
    }
}

impl OnDisk {
    fn note(&mut self, text: &str) -> io::Result<()> {
        write_all_at(&self.journal, text.as_bytes(), self.journal_end)?;
        self.journal_end = self.journal_end.saturating_add(text.len() as u64);
        Ok(())
    }
}

#[cfg(test)]
#[path = "part_tests.rs"]
mod tests;
