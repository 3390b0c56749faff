//! Blocks as they are read: only the columns that are needed.

use super::tape::{Damaged, Tape};

/// What a block has, before any of its columns is read.
#[derive(Debug)]
pub(in crate::engine) struct Contents {
    pub(super) rows: usize,
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<ColumnPlace>,
    pub(super) records: Vec<u8>,
}

/// Where a column is, counted from the end of the header.
#[derive(Debug)]
pub(super) struct ColumnPlace {
    pub(super) name: u32,
    pub(super) start: u64,
    pub(super) lengths: usize,
    pub(super) values: usize,
    /// Of both.
    pub(super) checksum: u32,
}

/// A block with some of its columns.
#[derive(Debug)]
pub(crate) struct StoredBlock {
    pub(super) contents: Contents,
    pub(super) columns: Vec<(u32, StoredColumn)>,
    /// When the profiles were taken in, milliseconds since 1970: the ingest time of those that do
    /// not have one of their own.
    pub(super) imported: Option<i64>,
}

/// The values of one field.
#[derive(Debug)]
pub(in crate::engine) struct StoredColumn {
    /// As they are in the file: lengths, then values.
    bytes: Vec<u8>,
    /// Where the values begin.
    start: usize,
    /// Where each row's value ends; one that ends where it begins is not there.
    ends: Vec<usize>,
}

impl Contents {
    pub(super) fn read(header: &[u8]) -> Result<Self, Damaged> {
        let mut header = Tape::new(header);
        let rows = header.length()?;
        let count = header.length()?;
        let mut names = Vec::new();
        for _ in 0..count {
            let length = header.length()?;
            let name = std::str::from_utf8(header.take(length)?).map_err(|_| Damaged)?;
            names.push(name.to_owned());
        }
        let count = header.length()?;
        let (mut columns, mut start) = (Vec::new(), 0_u64);
        for _ in 0..count {
            let name = u32::try_from(header.varint()?).map_err(|_| Damaged)?;
            let (lengths, values) = (header.length()?, header.length()?);
            let checksum = header.take(4)?.first_chunk().ok_or(Damaged)?;
            let checksum = u32::from_le_bytes(*checksum);
            columns.push(ColumnPlace { name, start, lengths, values, checksum });
            start = start.saturating_add(lengths as u64).saturating_add(values as u64);
        }
        let records = header.take(rows.div_ceil(8))?.to_vec();
        if header.is_empty() { Ok(Self { rows, names, columns, records }) } else { Err(Damaged) }
    }
}

impl StoredBlock {
    pub(crate) fn rows(&self) -> usize {
        self.contents.rows
    }

    /// The names in its values, by their ids.
    pub(in crate::engine) fn names(&self) -> Vec<&str> {
        self.contents.names.iter().map(String::as_str).collect()
    }

    /// Whether a profile has a field of its own, beside identities, memberships and events.
    pub(in crate::engine) fn is_record(&self, row: usize) -> bool {
        is_set(&self.contents.records, row)
    }

    /// The values of a field, if any profile here has it and it was read.
    pub(in crate::engine) fn column(&self, name: &str) -> Option<&StoredColumn> {
        let is_it = |(id, _): &&(u32, StoredColumn)| {
            self.contents.names.get(*id as usize).is_some_and(|found| found == name)
        };
        self.columns.iter().find(is_it).map(|(_, column)| column)
    }

    pub(in crate::engine) fn imported(&self) -> Option<i64> {
        self.imported
    }
}

impl StoredColumn {
    /// The first bytes, `start` of them, are the lengths.
    pub(super) fn new(bytes: Vec<u8>, start: usize, rows: usize) -> Result<Self, Damaged> {
        let mut lengths = Tape::new(bytes.get(..start).ok_or(Damaged)?);
        let (mut ends, mut end) = (Vec::with_capacity(rows), start);
        while !lengths.is_empty() {
            let number = lengths.length()?;
            if number & 1 == 1 {
                let missing = (number >> 1).min(rows.saturating_sub(ends.len()));
                ends.resize(ends.len() + missing, end);
            } else {
                end = end.saturating_add(number >> 1);
                ends.push(end);
            }
        }
        if ends.len() > rows || end != bytes.len() {
            return Err(Damaged);
        }
        ends.resize(rows, end);
        Ok(Self { bytes, start, ends })
    }

    /// The value of a row.
    pub(in crate::engine) fn get(&self, row: usize) -> Option<Tape<'_>> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let value = self.bytes.get(start.unwrap_or(self.start)..end)?;
        if value.is_empty() { None } else { Some(Tape::new(value)) }
    }
}

/// Whether a row's bit is set.
pub(in crate::engine) fn is_set(bits: &[u8], row: usize) -> bool {
    bits.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}
