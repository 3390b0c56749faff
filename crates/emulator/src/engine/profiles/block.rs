//! Some thousand profiles together, a field's values side by side.

use super::place::{Place, Role};
use super::pool::Pool;
use super::scan::{Field, Refusal, Room, Scanned, Scanner};
use super::tape::put_varint;
use super::text::Text;
use crate::engine::shape::Fields;

/// Reads lines into a block.
#[derive(Debug)]
pub(super) struct BlockMaker<'p> {
    pool: &'p Pool,
    scanner: Scanner,
    profile: Place,
    columns: Vec<Column>,
    rows: usize,
    /// By row, a bit for each: whether the profile has a field of its own.
    records: Vec<u8>,
}

/// The values of one field so far.
#[derive(Debug, Default)]
struct Column {
    name: u32,
    is_record: bool,
    values: Vec<u8>,
    /// For each row that has one, twice its length; for rows that have none, how many they are,
    /// twice and one more.
    lengths: Vec<u8>,
    rows: usize,
}

/// A block as it is written.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) rows: usize,
    pub(super) header: Vec<u8>,
    /// What follows the header.
    pub(super) parts: Vec<Vec<u8>>,
    pub(super) fields: Fields,
    /// Segments of the namespace `ups` that profiles were or are in.
    pub(super) segments: Vec<String>,
}

impl<'p> BlockMaker<'p> {
    /// What follows the header will be in buffers of the pool.
    pub(super) fn new(is_rewritten: bool, pool: &'p Pool) -> Self {
        Self {
            pool,
            scanner: Scanner::new(is_rewritten),
            profile: Place::new(Role::Profile),
            columns: Vec::new(),
            rows: 0,
            records: Vec::new(),
        }
    }

    /// Reads one profile. After a refusal the block is of no use any more.
    pub(super) fn profile(&mut self, line: &[u8]) -> Scanned<()> {
        let mut text = Text::new(line);
        text.expect(b'{')?;
        let (mut hint, mut top, mut is_record) = (0, 0, false);
        self.scanner.fields.clear();
        let mut goes_on = !text.takes(b'}')?;
        while goes_on {
            let at = self.field(&mut text, hint)?;
            hint = at + 1;
            let field = self.profile.fields.get(at).ok_or(Refusal::Wrong)?;
            self.scanner.note_field(field.id, at, &mut top, 0)?;
            is_record |= self.value(&mut text, at)?;
            goes_on = text.goes_on(b'}')?;
        }
        if !text.is_at_end() {
            return Err(Refusal::Wrong);
        }
        if self.rows.is_multiple_of(8) {
            self.records.push(0);
        }
        if let Some(bits) = self.records.last_mut() {
            *bits |= u8::from(is_record) << (self.rows % 8);
        }
        self.rows += 1;
        Ok(())
    }

    /// Reads the name of a field, which gets its column if it is new; its place.
    fn field(&mut self, text: &mut Text<'_>, hint: usize) -> Scanned<usize> {
        if let Some(at) = self.profile.fields.expected(text, hint) {
            return Ok(at);
        }
        let known = self.profile.fields.len();
        let Field::At(at) = self.scanner.field(text, &mut self.profile, hint)? else {
            return Err(Refusal::TooManyFields);
        };
        if self.profile.fields.len() > known {
            let field = self.profile.fields.get(at).ok_or(Refusal::Wrong)?;
            let mut column = Column::new(field.id, field.value.role.is_record());
            (column.values, column.lengths) = (self.pool.get(), self.pool.get());
            self.columns.insert(at, column);
        }
        Ok(at)
    }

    /// Reads the value of a field; whether it makes the profile more than a visitor.
    fn value(&mut self, text: &mut Text<'_>, at: usize) -> Scanned<bool> {
        // Null is the same as nothing.
        if text.peek()? == b'n' {
            text.literal("null")?;
            return Ok(false);
        }
        let field = self.profile.fields.get(at).ok_or(Refusal::Wrong)?;
        let column = self.columns.get_mut(at).ok_or(Refusal::Wrong)?;
        let before = column.values.len();
        std::mem::swap(&mut self.scanner.out, &mut column.values);
        let scanned = self.scanner.value(text, &mut field.value, Room::OF_FIELDS);
        std::mem::swap(&mut self.scanner.out, &mut column.values);
        column.note(self.rows, column.values.len() - before);
        scanned.map(|()| column.is_record)
    }

    /// The block of the profiles so far.
    pub(super) fn finish(mut self) -> Block {
        let names = self.scanner.dictionary.names();
        let mut header = Vec::new();
        put_varint(&mut header, self.rows as u64);
        put_varint(&mut header, names.len() as u64);
        for name in names {
            put_varint(&mut header, name.len() as u64);
            header.extend_from_slice(name);
        }
        self.columns.retain(|column| column.rows > 0);
        put_varint(&mut header, self.columns.len() as u64);
        for column in &self.columns {
            put_varint(&mut header, column.name.into());
            put_varint(&mut header, column.lengths.len() as u64);
            put_varint(&mut header, column.values.len() as u64);
        }
        header.append(&mut self.records);
        let is_segment = |id: usize| self.scanner.segments.get(id) == Some(&true);
        let segments = names.iter().enumerate().filter(|(id, _)| is_segment(*id));
        Block {
            rows: self.rows,
            segments: segments
                .map(|(_, name)| String::from_utf8_lossy(name).into_owned())
                .collect(),
            header,
            parts: self.columns.into_iter().flat_map(|it| [it.lengths, it.values]).collect(),
            fields: self.profile.into_fields(),
        }
    }
}

impl Column {
    fn new(name: u32, is_record: bool) -> Self {
        Self { name, is_record, ..Self::default() }
    }

    /// Notes the length of a row's value; rows that are passed over have none.
    fn note(&mut self, row: usize, length: usize) {
        let gap = row - self.rows;
        if gap > 0 {
            put_varint(&mut self.lengths, (gap as u64) << 1 | 1);
        }
        put_varint(&mut self.lengths, (length as u64) << 1);
        self.rows = row + 1;
    }
}
