//! A file that goes to the disk while it is written: waiting for all of it at the end would take as
//! long as the work itself.

use std::fs::File;
use std::io::{self, Write};
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
        let file = File::create_new(path)?;
        let helper = if durably { Some(Helper::start(file.try_clone()?)?) } else { None };
        Ok(Self { file, written: 0, helper })
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(Helper { begin, thread }) = self.helper else { return Ok(()) };
        drop(begin);
        // Of a part that could not be written nobody hears a second time.
        thread
            .join()
            .map_err(|_| io::Error::other("the thread that waits for the disk broke"))??;
        self.file.sync_all()
    }
}

impl Helper {
    fn start(file: File) -> io::Result<Self> {
        let (begin, told) = sync_channel(1);
        let wait = move || told.iter().try_for_each(|()| file.sync_data());
        let thread = thread::Builder::new().spawn(wait)?;
        Ok(Self { begin, thread })
    }
}

impl Write for DurableFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count;
        if self.written >= AT_ONCE
            && let Some(helper) = &self.helper
        {
            // If it is still at the part before, this one is next.
            let _ = helper.begin.try_send(());
            self.written = 0;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
