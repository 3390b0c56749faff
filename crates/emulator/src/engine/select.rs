//! Which profiles go into which batch: the first half of an export.
//!
//! What is selected waits on disk, as a bit for each profile of a block. A process has not as many
//! file handles as a job may have batches, so none is kept open between writes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::filter::Filter;
use super::ordered::in_order;
use super::profiles::{BlockAt, Profiles, StoredError, is_set};
use super::request::ExportRequest;
use super::run::report;
use super::write::failed;
use super::{ExportError, ExportOptions, Progress};

/// What waits in memory before it goes to disk, over all batches.
const BUFFERS: usize = 8 * 1024 * 1024;
/// The same for one batch, at most and at least.
const BUFFER: std::ops::RangeInclusive<usize> = 4 * 1024..=256 * 1024;

/// What reading the profiles came to.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) batches: Vec<Chosen>,
    pub(super) read: u64,
    /// Each profile counted once.
    pub(super) selected: u64,
}

/// The profiles of one batch. Its file goes with the value.
#[derive(Debug)]
pub(super) struct Chosen {
    path: PathBuf,
    buffer: Vec<u8>,
    most: usize,
    rows: u64,
}

/// A block's part in the batches.
struct Picked {
    rows: u64,
    selected: u64,
    /// For each batch, the bits of its rows; empty when there are none.
    batches: Vec<Vec<u8>>,
}

/// Reads every profile's part that the filters ask for.
pub(super) fn select(
    request: &ExportRequest,
    profiles: &Profiles,
    output_dir: &Path,
    options: &ExportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Selection, ExportError> {
    let count = request.batches().len();
    let batches = (0..count).map(|number| Chosen::new(number, count, output_dir));
    let batches = batches.collect::<Result<_, _>>().map_err(failed)?;
    let mut selection = Selection { batches, read: 0, selected: 0 };
    report(progress, selection.progress())?;
    let filter = Filter::new(request);
    let mut blocks = profiles.blocks().enumerate();
    let pick = |(number, block)| Ok((number, picked(&filter, profiles, block, count)?));
    let outcome = in_order(
        options.threads,
        || blocks.next(),
        pick,
        |picked| {
            let taken = picked
                .map_err(|error: StoredError| ExportError::Store(error.to_string()))
                .and_then(|(block, picked)| selection.add(block, &picked).map_err(failed))
                .and_then(|()| report(progress, selection.progress()));
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            }
        },
    );
    match outcome {
        ControlFlow::Continue(()) => Ok(selection),
        ControlFlow::Break(error) => Err(error),
    }
}

/// The rows of a block that go into the batches, of which there are `count`.
fn picked(
    filter: &Filter<'_>,
    profiles: &Profiles,
    block: BlockAt,
    count: usize,
) -> Result<Picked, StoredError> {
    let block = profiles.read(block, |column| filter.needs(column))?;
    let filter = filter.for_block(&block);
    let mut picked = Picked { rows: 0, selected: 0, batches: vec![Vec::new(); count] };
    for row in 0..block.rows() {
        let mut is_selected = false;
        filter.batches(row, &mut |batch| {
            is_selected = true;
            if let Some(bits) = picked.batches.get_mut(batch) {
                if bits.is_empty() {
                    bits.resize(block.rows().div_ceil(8), 0);
                }
                if let Some(byte) = bits.get_mut(row / 8) {
                    *byte |= 1 << (row % 8);
                }
            }
        })?;
        picked.rows += 1;
        picked.selected += u64::from(is_selected);
    }
    Ok(picked)
}

impl Selection {
    fn progress(&self) -> Progress {
        Progress::ReadingProfiles { read: self.read, selected: self.selected }
    }

    fn add(&mut self, block: usize, picked: &Picked) -> io::Result<()> {
        self.read += picked.rows;
        self.selected += picked.selected;
        let with_rows = |(_, bits): &(&mut Chosen, &Vec<u8>)| !bits.is_empty();
        for (batch, bits) in self.batches.iter_mut().zip(&picked.batches).filter(with_rows) {
            batch.push(block, bits)?;
        }
        Ok(())
    }
}

impl Chosen {
    /// None so far, for one batch of `count`; a file that an earlier run left is removed.
    fn new(number: usize, count: usize, output_dir: &Path) -> io::Result<Self> {
        let path = output_dir.join(format!("{number}.rows"));
        remove_if_there(&path)?;
        let most = (BUFFERS / count.max(1)).clamp(*BUFFER.start(), *BUFFER.end());
        Ok(Self { path, buffer: Vec::new(), most, rows: 0 })
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds rows of the block with this number.
    fn push(&mut self, block: usize, bits: &[u8]) -> io::Result<()> {
        self.rows += bits.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
        for number in [block, bits.len()] {
            let number = u32::try_from(number).map_err(io::Error::other)?;
            self.buffer.extend_from_slice(&number.to_le_bytes());
        }
        self.buffer.extend_from_slice(bits);
        if self.buffer.len() < self.most {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(&self.buffer)?;
        // Small parts of many batches must not keep what large ones need.
        self.buffer = Vec::new();
        Ok(())
    }

    /// The blocks with rows, in order.
    pub(super) fn read(&mut self) -> io::Result<ChosenReader> {
        let rest = io::Cursor::new(std::mem::take(&mut self.buffer));
        let saved: Box<dyn Read + Send> = match File::open(&self.path) {
            Ok(file) => Box::new(BufReader::new(file).chain(rest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Box::new(rest),
            Err(error) => return Err(error),
        };
        Ok(ChosenReader(saved))
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run into the same folder.
        let _ = remove_if_there(&self.path);
    }
}

/// Gives the number of each block with rows, and their bits.
pub(super) struct ChosenReader(Box<dyn Read + Send>);

impl ChosenReader {
    fn read(&mut self) -> io::Result<Option<(usize, Vec<u8>)>> {
        let Some(block) = self.number()? else { return Ok(None) };
        let length = self.number()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut bits = vec![0; length as usize];
        self.0.read_exact(&mut bits)?;
        Ok(Some((block as usize, bits)))
    }

    fn number(&mut self) -> io::Result<Option<u32>> {
        let mut bytes = [0; 4];
        match self.0.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(u32::from_le_bytes(bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Iterator for ChosenReader {
    type Item = io::Result<(usize, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The rows whose bits are set.
pub(super) fn rows_of(bits: &[u8]) -> impl Iterator<Item = usize> {
    (0..bits.len() * 8).filter(|row| is_set(bits, *row))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
