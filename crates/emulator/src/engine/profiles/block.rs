//! Some thousand profiles together, a field's values side by side.

use super::lines::LONGEST_LINE;
use super::names::SeenPlaces;
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

    /// Reads the profiles of a text, one a line; how many lines there are, blank ones among them.
    /// After a refusal the block is of no use any more.
    pub(super) fn read(&mut self, text: &[u8]) -> Scanned<u64> {
        let mut text = Text::new(text);
        let mut lines = 0;
        while let left @ 1.. = text.rest().len() {
            if !text.ends_line() {
                self.profile(&mut text)?;
            }
            if left - text.rest().len() > LONGEST_LINE {
                return Err(Refusal::TooLong);
            }
            lines += 1;
        }
        Ok(lines)
    }

    fn profile(&mut self, text: &mut Text<'_>) -> Scanned<()> {
        text.expect(b'{')?;
        let (mut hint, mut seen, mut is_record) = (0, SeenPlaces::default(), false);
        let mut goes_on = !text.takes(b'}')?;
        while goes_on {
            let at = self.field(text, hint, &mut seen)?;
            hint = at + 1;
            if !seen.insert(at) {
                return Err(Refusal::Unusual);
            }
            is_record |= self.value(text, at)?;
            goes_on = text.goes_on(b'}')?;
        }
        if !text.ends_line() {
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
    fn field(&mut self, text: &mut Text<'_>, hint: usize, seen: &mut SeenPlaces) -> Scanned<usize> {
        if let Some(at) = self.profile.fields.expected(text, hint) {
            return Ok(at);
        }
        match self.scanner.field(text, &mut self.profile, hint)? {
            Field::At(at) => Ok(at),
            Field::New(at) => {
                seen.make_room(at);
                let field = self.profile.fields.get(at).ok_or(Refusal::Wrong)?;
                let mut column = Column::new(field.id, field.value.role.is_record());
                (column.values, column.lengths) = (self.pool.get(), self.pool.get());
                self.columns.insert(at, column);
                Ok(at)
            }
            Field::Unlearnt(_) => Err(Refusal::TooManyFields),
        }
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
            header.extend_from_slice(&column.checksum().to_le_bytes());
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

    /// Of its bytes as they will be in the file.
    fn checksum(&self) -> u32 {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&self.lengths);
        checksum.update(&self.values);
        checksum.finalize()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Scanned<u64> {
        BlockMaker::new(false, &Pool::default()).read(text)
    }

    /// The names of an object: of few, so that new ones come between known ones, or of many.
    fn names() -> impl Strategy<Value = Vec<u8>> {
        let few = prop::sample::subsequence((0..12).collect::<Vec<u8>>(), 0..12);
        let many = prop::sample::subsequence((0..200).collect::<Vec<u8>>(), 60..200);
        prop_oneof![few, many].prop_shuffle()
    }

    fn object(names: &[u8]) -> String {
        let members: Vec<_> = names.iter().map(|name| format!("\"{name}\":1")).collect();
        format!("{{{}}}", members.join(","))
    }

    proptest! {
        #[test]
        fn an_object_that_has_a_name_twice_is_noticed_and_no_other(
            mut objects in prop::collection::vec(names(), 1..5),
            twice in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
        ) {
            let text = |objects: &[Vec<u8>]| {
                let line = |names| format!("{{\"a\":{0}}}\n{0}\n", object(names));
                objects.iter().map(|names| line(names)).collect::<String>()
            };
            prop_assert_eq!(read(text(&objects).as_bytes()), Ok(2 * objects.len() as u64));
            if let Some(last) = objects.last_mut().filter(|last| !last.is_empty()) {
                let name = *twice.get(last);
                last.insert(at.index(last.len() + 1), name);
                prop_assert_eq!(read(text(&objects).as_bytes()), Err(Refusal::Unusual));
            }
        }
    }

    #[test]
    fn a_profile_ends_with_its_line() {
        assert_eq!(read(b"\n {\"a\": [1 , 2]}\r\n\t\n{}"), Ok(4));
        for text in ["{\"a\":\n1}", "{\n}", "{\"a\":[\n]}", "{} {}", "{\"a\":1\n,\"b\":2}", "{}x"] {
            assert_eq!(read(text.as_bytes()), Err(Refusal::Wrong), "{text}");
        }
    }
}
