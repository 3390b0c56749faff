//! A file that goes to the disk while it is written: waiting for all of it at the end would take as
//! long as the work itself.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Bytes that may be written before the disk is told to begin with them.
const AT_ONCE: usize = 16 * 1024 * 1024;

/// Larger writes were seen to take less time on some days, and several times as much on others.
const LARGEST_WRITE: usize = 64 * 1024;

/// A new file.
#[derive(Debug)]
pub(super) struct DurableFile {
    file: File,
    /// Written since the disk was told.
    written: usize,
    helper: Option<Helper>,
}

/// A thread that waits for the disk.
#[derive(Debug)]
struct Helper {
    begin: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl DurableFile {
    /// The file must not be there. Without `durably` nothing waits for the disk.
    pub(super) fn create(path: &Path, durably: bool) -> io::Result<Self> {
        Self::of(File::create_new(path)?, durably)
    }

    fn of(file: File, durably: bool) -> io::Result<Self> {
        let helper = if durably {
            let same = file.try_clone()?;
            Some(Helper::start(move || same.sync_data())?)
        } else {
            None
        };
        Ok(Self { file, written: 0, helper })
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(helper) = self.helper else { return Ok(()) };
        // Of a part that could not be written the system does not tell a second time.
        helper.finish()?;
        self.file.sync_all()
    }
}

impl Helper {
    fn start(mut wait: impl FnMut() -> io::Result<()> + Send + 'static) -> io::Result<Self> {
        let (begin, told) = sync_channel(1);
        let thread = thread::Builder::new().spawn(move || told.iter().try_for_each(|()| wait()))?;
        Ok(Self { begin, thread })
    }

    fn begin(&self) {
        // If it is still at the part before, this one is next; if it has failed, the end will tell.
        let _ = self.begin.try_send(());
    }

    fn finish(self) -> io::Result<()> {
        drop(self.begin);
        let broke = |_| io::Error::other("the thread that waits for the disk broke");
        self.thread.join().map_err(broke)?
    }
}

impl Write for DurableFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes.get(..LARGEST_WRITE).unwrap_or(bytes))?;
        self.written += count;
        if self.written >= AT_ONCE
            && let Some(helper) = &self.helper
        {
            helper.begin();
            self.written = 0;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_refused_once_is_told_at_the_end() {
        let mut calls = 0;
        let helper = Helper::start(move || {
            calls += 1;
            if calls == 2 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        let helper = helper.unwrap();
        // There is room for one: with these, two have begun.
        for _ in 0..3 {
            let _ = helper.begin.send(());
        }
        let file = tempfile::tempfile().unwrap();
        let file = DurableFile { file, written: 0, helper: Some(helper) };
        assert_eq!(file.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_go_to_the_disk_is_not_finished() {
        let file = || std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
        for (parts, durably) in [(0, true), (3, true), (3, false)] {
            let mut file = DurableFile::of(file(), durably).unwrap();
            for _ in 0..parts {
                file.write_all(&[0; AT_ONCE]).unwrap();
            }
            assert_eq!(file.finish().is_err(), durably, "{parts} {durably}");
        }
    }
}
