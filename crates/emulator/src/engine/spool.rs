//! Rows on their way from the profiles to the part files.
//!
//! The columns are known only when the last profile was read, so the rows wait on disk as lines of
//! JSON. A spool keeps no file open between writes: a job may have a thousand batches, and a
//! process not as many file handles.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

/// Bytes that wait in memory before they go to disk.
const BUFFER: usize = 64 * 1024;

/// The rows of one batch. Its file goes with the value.
pub(super) struct Spool {
    path: PathBuf,
    buffer: Vec<u8>,
    rows: u64,
}

impl Spool {
    /// A spool without rows, whose file will be `path`; a file left there is removed.
    pub(super) fn new(path: PathBuf) -> io::Result<Self> {
        remove_if_there(&path)?;
        Ok(Self { path, buffer: Vec::new(), rows: 0 })
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds one row: a JSON document without line breaks.
    pub(super) fn push(&mut self, row: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(row);
        self.buffer.push(b'\n');
        self.rows += 1;
        if self.buffer.len() < BUFFER { Ok(()) } else { self.save() }
    }

    /// Reads the rows in the order they were added.
    pub(super) fn read(&mut self) -> io::Result<Box<dyn BufRead>> {
        if self.rows == 0 {
            return Ok(Box::new(io::empty()));
        }
        self.save()?;
        Ok(Box::new(BufReader::with_capacity(BUFFER, File::open(&self.path)?)))
    }

    fn save(&mut self) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(&self.buffer)?;
        // Small spools of many batches must not keep what large ones need.
        self.buffer = Vec::new();
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run into the same folder.
        let _ = remove_if_there(&self.path);
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
