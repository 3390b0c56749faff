//! A file that goes to the disk while it is written: waiting for all of it at the end would take as
//! long as the work itself.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Bytes that may be written before the disk is told to begin with them.
const AT_ONCE: usize = 16 * 1024 * 1024;

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

    /// Writes all parts, one after the other; the system is asked once for many of them.
    pub(super) fn write_parts<'p>(
        &mut self,
        parts: impl Iterator<Item = &'p [u8]>,
    ) -> io::Result<()> {
        let mut parts: Vec<IoSlice<'_>> = parts.map(IoSlice::new).collect();
        self.written += write_all(&mut self.file, &mut parts)?;
        if self.written >= AT_ONCE
            && let Some(helper) = &self.helper
        {
            helper.begin();
            self.written = 0;
        }
        Ok(())
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

/// Writes all parts; how many bytes they are.
fn write_all(out: &mut impl Write, mut parts: &mut [IoSlice<'_>]) -> io::Result<usize> {
    let mut written = 0;
    // Parts without bytes go first: with nothing else left there would be nothing to write.
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        match out.write_vectored(parts) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                written += count;
                IoSlice::advance_slices(&mut parts, count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes at a time, is interrupted now and then, and has room for so many.
    struct Grudging {
        got: Vec<u8>,
        calls: usize,
        room: usize,
    }

    impl Write for Grudging {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = bytes.len().min(2).min(self.room - self.got.len());
            self.got.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(parts: &[&str], room: usize) -> Result<String, io::ErrorKind> {
        let mut out = Grudging { got: Vec::new(), calls: 0, room };
        let mut slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part.as_bytes())).collect();
        let count = write_all(&mut out, &mut slices).map_err(|error| error.kind())?;
        assert_eq!(count, out.got.len());
        Ok(String::from_utf8(out.got).unwrap())
    }

    #[test]
    fn parts_are_written_whole_and_in_order_however_few_bytes_go_at_a_time() {
        assert_eq!(written(&["", "ab", "", "cdefg", "h", ""], 100).unwrap(), "abcdefgh");
        assert_eq!(written(&["", ""], 100).unwrap(), "");
        assert_eq!(written(&["abc", "def"], 5), Err(io::ErrorKind::WriteZero));
    }

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
                file.write_parts([[0; AT_ONCE].as_slice()].into_iter()).unwrap();
            }
            assert_eq!(file.finish().is_err(), durably, "{parts} {durably}");
        }
    }
}
