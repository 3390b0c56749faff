//! Sources of profiles, cut into chunks of whole lines.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::input::text_in;
use super::pool::Pool;

/// Text of a chunk, about: it becomes one block. Each block learns its names anew: an import in
/// blocks of a quarter of a mebibyte took a quarter longer. More than this were not quicker.
pub(super) const CHUNK: usize = 3 * 1024 * 1024;

/// The longest line, which is one profile. AEP leaves fragments of more than 50 MB out of exports
/// (documented); what is longer than this is more probably a file of another kind.
pub(super) const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// Where profiles come from: JSON, one document a line, plain or compressed with gzip or Zstandard.
pub(crate) enum Source {
    File(PathBuf),
    Reader(Box<dyn Read + Send>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Reader(_) => f.debug_tuple("Reader").finish_non_exhaustive(),
        }
    }
}

/// What was read next of a source.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Which source, counted from 0.
    pub(super) source: usize,
    pub(super) lines: Lines,
}

#[derive(Debug)]
pub(super) enum Lines {
    /// Whole lines; the last one of a source may have no end.
    Text(Vec<u8>),
    TooLong,
    Unreadable(io::Error),
}

/// The chunks of some sources, one source after the other. After something that is no text there
/// is nothing more.
pub(super) struct Chunks<'p> {
    pool: &'p Pool,
    left: VecDeque<Source>,
    /// How many sources were begun.
    begun: usize,
    text: Option<Box<dyn Read + Send>>,
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
    size: usize,
}

impl<'p> Chunks<'p> {
    /// Texts are in buffers of the pool.
    pub(super) fn new(sources: Vec<Source>, size: usize, pool: &'p Pool) -> Self {
        Self { pool, left: sources.into(), begun: 0, text: None, rest: Vec::new(), size }
    }

    fn next_lines(&mut self) -> io::Result<Option<Lines>> {
        loop {
            if self.text.is_none() {
                let Some(source) = self.left.pop_front() else { return Ok(None) };
                self.begun += 1;
                self.text = Some(match source {
                    Source::File(path) => text_in(File::open(path)?)?,
                    Source::Reader(reader) => text_in(reader)?,
                });
            }
            if let Some(lines) = self.lines_of_source()? {
                return Ok(Some(lines));
            }
        }
    }

    /// The next lines of the source that is open; `None` at its end.
    fn lines_of_source(&mut self) -> io::Result<Option<Lines>> {
        let Some(text) = &mut self.text else { return Ok(None) };
        let mut chunk = self.pool.get();
        chunk.append(&mut self.rest);
        loop {
            let searched = chunk.len();
            let wanted = self.size.max(searched);
            chunk.reserve(wanted);
            let read = text.by_ref().take(wanted as u64).read_to_end(&mut chunk)?;
            if read < wanted {
                self.text = None;
                return Ok(if chunk.is_empty() { None } else { Some(Lines::Text(chunk)) });
            }
            let new = chunk.get(searched..).unwrap_or_default();
            if let Some(end) = memchr::memrchr(b'\n', new) {
                let end = searched + end + 1;
                self.rest.extend_from_slice(chunk.get(end..).unwrap_or_default());
                chunk.truncate(end);
                return Ok(Some(Lines::Text(chunk)));
            }
            if chunk.len() > LONGEST_LINE {
                return Ok(Some(Lines::TooLong));
            }
        }
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let lines = match self.next_lines() {
            Ok(None) => return None,
            Ok(Some(lines)) => lines,
            Err(error) => Lines::Unreadable(error),
        };
        let source = self.begun.saturating_sub(1);
        if !matches!(lines, Lines::Text(_)) {
            (self.left, self.text) = (VecDeque::new(), None);
        }
        Some(Chunk { source, lines })
    }
}

/// The lines of a text, without their ends.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    ends.map(move |end| {
        let line = text.get(start..end).unwrap_or_default();
        start = end + 1;
        line
    })
}
