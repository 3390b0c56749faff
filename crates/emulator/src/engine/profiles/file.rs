//! A file of profiles: blocks, then what is known of them all.
//!
//! The end is written last, so that a file that was cut off has none. It is the length of the
//! footer and its checksum, four bytes each, the lowest first, and [`MAGIC`]. The footer has the
//! checksums of the blocks' headers, and those have the ones of their columns: nothing waits for the
//! disk, so a power failure may leave any part of a file empty.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::block::Block;
use super::pool::Pool;
use super::stored::{Contents, StoredBlock, StoredColumn};
use super::tape::Damaged;
use crate::engine::shape::{Fields, MOST_PLACES, join_fields, places};

const MAGIC: &[u8; 8] = b"AEPPROF2";

/// Segments that are remembered; AEP has 4,000 at most in a sandbox (documented).
const MOST_SEGMENTS: usize = 100_000;

/// What is known of all profiles of a file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Footer {
    pub(super) profiles: u64,
    /// When they were taken in, milliseconds since 1970.
    pub(super) imported: Option<i64>,
    pub(super) fields: Fields,
    /// Segments of the namespace `ups` that profiles were or are in.
    pub(super) segments: BTreeSet<String>,
    pub(super) blocks: Vec<BlockPlace>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct BlockPlace {
    #[serde(rename = "at")]
    start: u64,
    #[serde(rename = "h")]
    header: usize,
    /// The header's checksum.
    #[serde(rename = "c")]
    checksum: u32,
    #[serde(rename = "b")]
    pub(super) bytes: u64,
    #[serde(rename = "r")]
    pub(super) rows: u64,
}

/// Why stored profiles cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoredError {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// Writes a file of profiles.
#[derive(Debug)]
pub(super) struct FileMaker {
    file: File,
    length: u64,
    footer: Footer,
}

impl FileMaker {
    /// The file must not be there.
    pub(super) fn create(path: &Path, imported: Option<i64>) -> io::Result<Self> {
        let footer = Footer { imported, ..Footer::default() };
        Ok(Self { file: File::create_new(path)?, length: 0, footer })
    }

    /// Adds a block, whose buffers go back to the pool; false if the profiles have more different
    /// fields than can be kept in mind.
    pub(super) fn add(&mut self, block: Block, pool: &Pool) -> io::Result<bool> {
        if block.rows == 0 {
            return Ok(true);
        }
        let place = BlockPlace {
            start: self.length,
            header: block.header.len(),
            checksum: crc32fast::hash(&block.header),
            bytes: block.parts.iter().map(|part| part.len() as u64).sum(),
            rows: block.rows as u64,
        };
        self.file.write_all(&block.header)?;
        for part in block.parts {
            self.file.write_all(&part)?;
            pool.put(part);
        }
        self.length += place.header as u64 + place.bytes;
        self.footer.profiles += place.rows;
        self.footer.blocks.push(place);
        if self.footer.segments.len() < MOST_SEGMENTS {
            self.footer.segments.extend(block.segments);
        }
        join_fields(&mut self.footer.fields, block.fields);
        Ok(places(&self.footer.fields) <= MOST_PLACES)
    }

    pub(super) fn profiles(&self) -> u64 {
        self.footer.profiles
    }

    /// Writes the end.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let mut end = serde_json::to_vec(&self.footer)?;
        let length = u32::try_from(end.len()).map_err(io::Error::other)?;
        let checksum = crc32fast::hash(&end);
        end.extend_from_slice(&length.to_le_bytes());
        end.extend_from_slice(&checksum.to_le_bytes());
        end.extend_from_slice(MAGIC);
        self.file.write_all(&end)
    }
}

/// A file of profiles that can be read.
#[derive(Debug)]
pub(crate) struct ProfileFile {
    path: PathBuf,
    length: u64,
    pub(super) footer: Footer,
    is_replaced: AtomicBool,
}

impl ProfileFile {
    pub(crate) fn open(path: &Path) -> Result<Self, StoredError> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut of_file = Self {
            path: path.to_owned(),
            length,
            footer: Footer::default(),
            is_replaced: AtomicBool::new(false),
        };
        let end = 4 + 4 + MAGIC.len();
        let end_at = length.checked_sub(end as u64).ok_or(Damaged)?;
        let end = of_file.bytes(&mut file, end_at, end)?;
        let (length, end) = end.split_first_chunk::<4>().ok_or(Damaged)?;
        let (checksum, magic) = end.split_first_chunk::<4>().ok_or(Damaged)?;
        if magic != MAGIC {
            return Err(Damaged.into());
        }
        let length = u32::from_le_bytes(*length);
        let start = end_at.checked_sub(length.into()).ok_or(Damaged)?;
        let checksum = u32::from_le_bytes(*checksum);
        let footer = of_file.checked(&mut file, start, length as usize, checksum)?;
        of_file.footer = serde_json::from_slice(&footer).map_err(|_| Damaged)?;
        Ok(of_file)
    }

    /// Segments of the namespace `ups` that profiles are or were in.
    pub(crate) fn segments(&self) -> &BTreeSet<String> {
        &self.footer.segments
    }

    /// Has the file removed as soon as nobody reads it any more.
    pub(crate) fn replaced(&self) {
        self.is_replaced.store(true, Ordering::SeqCst);
    }

    /// Reads a block, and of its columns those that are wanted.
    pub(super) fn read(
        &self,
        place: BlockPlace,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<StoredBlock, StoredError> {
        let mut file = File::open(&self.path)?;
        let header = self.checked(&mut file, place.start, place.header, place.checksum)?;
        let contents = Contents::read(&header)?;
        let after = place.start.saturating_add(place.header as u64);
        let mut columns = Vec::new();
        for column in &contents.columns {
            let name = contents.names.get(column.name as usize).ok_or(Damaged)?;
            if wanted(name) {
                let start = after.saturating_add(column.start);
                let length = column.lengths.saturating_add(column.values);
                let bytes = self.checked(&mut file, start, length, column.checksum)?;
                let column =
                    (column.name, StoredColumn::new(bytes, column.lengths, contents.rows)?);
                columns.push(column);
            }
        }
        Ok(StoredBlock { contents, columns, imported: self.footer.imported })
    }

    /// The same, if they have this checksum.
    fn checked(
        &self,
        file: &mut File,
        start: u64,
        length: usize,
        checksum: u32,
    ) -> Result<Vec<u8>, StoredError> {
        let bytes = self.bytes(file, start, length)?;
        if crc32fast::hash(&bytes) == checksum { Ok(bytes) } else { Err(Damaged.into()) }
    }

    /// So many bytes from there on: what a damaged file says is not taken on trust.
    fn bytes(&self, file: &mut File, start: u64, length: usize) -> Result<Vec<u8>, StoredError> {
        if start.saturating_add(length as u64) > self.length {
            return Err(Damaged.into());
        }
        let mut bytes = Vec::with_capacity(length);
        file.seek(SeekFrom::Start(start))?;
        file.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(bytes)
    }
}

impl Drop for ProfileFile {
    fn drop(&mut self) {
        if self.is_replaced.load(Ordering::SeqCst) {
            // What cannot be removed now is removed by whoever opens the store next.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
