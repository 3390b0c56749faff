//! The profile store: profiles taken in once, in a form that exports read only the needed parts of.
//!
//! A line of JSON is read one time only. It is checked to the last byte, what fields there are is
//! [learnt](place), and its values go into the [stored form](tape), those of a field side by side,
//! in [blocks](block) of about three mebibytes of text. Exports trust the stored form, but do not
//! rely on it: whatever is in a file, reading it ends in values or in an error.
//!
//! What a document says is what `serde_json` makes of it: escapes are decoded, of a name that an
//! object has twice the last value counts, in the place of the first. Numbers keep their spelling,
//! so that those beyond 64 bits lose no digits.

mod block;
mod complaint;
mod file;
mod input;
mod lines;
mod names;
mod place;
mod pool;
mod rewrite;
mod scan;
mod stored;
mod take;
mod tape;
mod text;

use std::sync::Arc;

pub(crate) use file::{ProfileFile, StoredError};
pub(crate) use lines::Source;
pub(crate) use stored::StoredBlock;
pub(super) use stored::is_set;
pub(crate) use take::{TakeError, TakeOptions, take};
pub(super) use tape::{Damaged, Tape, Token};

use file::BlockPlace;

use super::shape::{Fields, join_fields};

/// Profiles that an export reads: those of some files, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    files: Vec<Arc<ProfileFile>>,
}

/// Where a block is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockAt {
    file: usize,
    place: BlockPlace,
}

impl Profiles {
    pub(crate) fn of(files: Vec<Arc<ProfileFile>>) -> Self {
        Self { files }
    }

    /// What is known of all profiles.
    pub(super) fn fields(&self) -> Fields {
        let mut all = Fields::new();
        for file in &self.files {
            join_fields(&mut all, file.footer.fields.clone());
        }
        all
    }

    /// All blocks, in order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = BlockAt> {
        let numbered = self.files.iter().enumerate();
        numbered.flat_map(|(number, file)| {
            file.footer.blocks.iter().map(move |place| BlockAt { file: number, place: *place })
        })
    }

    /// Reads a block, and of its columns those that are wanted.
    pub(crate) fn read(
        &self,
        block: BlockAt,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<StoredBlock, StoredError> {
        self.files.get(block.file).ok_or(Damaged)?.read(block.place, wanted)
    }
}

impl BlockAt {
    pub(super) fn rows(self) -> u64 {
        self.place.rows
    }

    /// Bytes of the values in it.
    pub(super) fn bytes(self) -> u64 {
        self.place.bytes
    }
}
