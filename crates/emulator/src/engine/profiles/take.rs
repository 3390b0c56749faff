//! Taking profiles in: from text to a file of blocks, on several threads.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::block::{Block, BlockMaker};
use super::complaint::complaint;
use super::file::FileMaker;
use super::lines::{CHUNK, Chunk, Chunks, LONGEST_LINE, Lines, Source, lines};
use super::pool::Pool;
use super::rewrite::rewritten;
use super::scan::Refusal;
use crate::engine::ordered::in_order;

/// How profiles are taken in; the defaults suit the service.
#[derive(Debug, Clone)]
pub(crate) struct TakeOptions {
    pub(crate) threads: usize,
    /// The text of a block, about, in bytes.
    pub(crate) block: usize,
    /// The ingest time of profiles and events that have none of their own, milliseconds since
    /// 1970.
    pub(crate) imported: Option<i64>,
}

impl Default for TakeOptions {
    fn default() -> Self {
        // One more than there are processors: they take turns in reading the text.
        let threads = 1 + std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, block: CHUNK, imported: None }
    }
}

/// Why profiles were not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeError {
    /// A line is no profile. Lines are counted from 1, sources from 0.
    #[error("line {line}: {reason}")]
    Line { from: usize, line: u64, reason: String },
    #[error("{error}")]
    Read { from: usize, error: io::Error },
    #[error("{0}")]
    Write(io::Error),
    /// The caller's progress function asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Reads all profiles of the sources and writes them to a new file; how many there are. On failure
/// what was written is of no use. `progress` is told how many there are so far.
pub(crate) fn take(
    sources: Vec<Source>,
    file: &Path,
    options: &TakeOptions,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<u64, TakeError> {
    let mut maker = FileMaker::create(file, options.imported).map_err(TakeError::Write)?;
    let pools = Pools::default();
    let mut chunks = Chunks::new(sources, options.block, &pools.texts);
    let mut place = LinePlace::default();
    let read = |chunk| read(chunk, &pools);
    let outcome = in_order(
        options.threads,
        || chunks.next(),
        read,
        |read| {
            if let Err(error) = place.take(read, &mut maker, &pools.parts) {
                return ControlFlow::Break(error);
            }
            progress(maker.profiles()).map_break(|()| TakeError::Stopped)
        },
    );
    if let ControlFlow::Break(error) = outcome {
        return Err(error);
    }
    let profiles = maker.profiles();
    maker.finish().map_err(TakeError::Write)?;
    Ok(profiles)
}

#[derive(Debug, Default)]
struct Pools {
    texts: Pool,
    parts: Pool,
}

/// What became of a chunk.
struct Read {
    source: usize,
    outcome: Result<(u64, Block), NotRead>,
}

enum NotRead {
    /// So many good lines, then one that is not.
    Line(u64, String),
    Unreadable(io::Error),
}

fn read(chunk: Chunk, pools: &Pools) -> Read {
    let outcome = match chunk.lines {
        Lines::Text(text) => {
            let outcome = block_of(&text, &pools.parts);
            pools.texts.put(text);
            outcome
        }
        Lines::TooLong => Err(NotRead::Line(0, complaint(Refusal::TooLong, b""))),
        Lines::Unreadable(error) => Err(NotRead::Unreadable(error)),
    };
    Read { source: chunk.source, outcome }
}

/// The number of lines, and the block of the profiles in them.
fn block_of(text: &[u8], pool: &Pool) -> Result<(u64, Block), NotRead> {
    let mut block = BlockMaker::new(false, pool);
    if let Ok(lines) = block.read(text) {
        return Ok((lines, block.finish()));
    }
    // What is wrong may be the first value of a name that comes twice, and does not count then.
    let mut block = BlockMaker::new(true, pool);
    match fill_rewritten(&mut block, text) {
        Err((number, refusal, line)) => Err(NotRead::Line(number, complaint(refusal, line))),
        Ok(lines) => Ok((lines, block.finish())),
    }
}

/// Adds every line but blank ones, written the usual way; how many there are, or how many were good
/// and the one that is not.
fn fill_rewritten<'t>(
    block: &mut BlockMaker<'_>,
    text: &'t [u8],
) -> Result<u64, (u64, Refusal, &'t [u8])> {
    let mut number = 0;
    for line in lines(text) {
        if line.len() > LONGEST_LINE {
            return Err((number, Refusal::TooLong, line));
        }
        if !line.trim_ascii().is_empty() {
            block.read(&rewritten(line)).map_err(|refusal| (number, refusal, line))?;
        }
        number += 1;
    }
    // What follows the last end of line is no line.
    Ok(number - u64::from(text.ends_with(b"\n")))
}

/// Where in the sources the last line that was taken is.
#[derive(Debug, Default)]
struct LinePlace {
    source: usize,
    lines: u64,
}

impl LinePlace {
    fn take(&mut self, read: Read, maker: &mut FileMaker, pool: &Pool) -> Result<(), TakeError> {
        if read.source != self.source {
            *self = Self { source: read.source, lines: 0 };
        }
        let from = self.source;
        let refused = |line, reason| TakeError::Line { from, line, reason };
        match read.outcome {
            Ok((lines, block)) => {
                if !maker.add(block, pool).map_err(TakeError::Write)? {
                    let reason = complaint(Refusal::TooManyFields, b"");
                    return Err(refused(self.lines + lines, reason));
                }
                self.lines += lines;
                Ok(())
            }
            Err(NotRead::Line(good, reason)) => Err(refused(self.lines + good + 1, reason)),
            Err(NotRead::Unreadable(error)) => Err(TakeError::Read { from, error }),
        }
    }
}

#[cfg(test)]
mod tests;
