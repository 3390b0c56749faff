//! One pass over a profile's JSON: it is checked, learnt from, and written in its stored form.

use super::names::{Dictionary, Seen, SeenPlaces};
use super::place::{Place, Role};
use super::tape;
use super::text::{Number, Text};
use crate::engine::shape::{DEEPEST, Kinds, MOST_PLACES};
use crate::engine::time;

/// Containers around a value, at most, the profile itself among them: the JSON reader's limit.
const DEEPEST_JSON: u8 = 127;

/// Why a line was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no profile; [`complaint`](super::complaint) says why.
    Wrong,
    /// An object has a name twice, or a name is spelled with escapes: it has to be
    /// [rewritten](super::rewrite) first.
    Unusual,
    /// The names of the fields are data.
    TooManyFields,
    /// It is longer than a line may be.
    TooLong,
}

pub(super) type Scanned<T> = Result<T, Refusal>;

/// A field whose name was read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    /// Where it is among those of its place.
    At(usize),
    /// The same, and it was not there before.
    New(usize),
    /// The id of its name; nothing is learnt of it.
    Unlearnt(u32),
}

/// Reads values of a block.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    pub(super) dictionary: Dictionary,
    /// What was read, in its stored form.
    pub(super) out: Vec<u8>,
    /// By name: whether it is a segment of the namespace `ups`.
    pub(super) segments: Vec<bool>,
    /// Whether lines were rewritten, so that what escapes are left in names are needed.
    is_rewritten: bool,
    is_in_ups: bool,
    /// Fields that were learnt.
    places: usize,
    decoded: Vec<u8>,
}

/// How much deeper a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    json: u8,
    columns: u8,
}

impl Room {
    /// That of a profile's fields.
    pub(super) const OF_FIELDS: Self = Self { json: DEEPEST_JSON - 1, columns: DEEPEST as u8 - 1 };

    fn below(self) -> Scanned<Self> {
        let json = self.json.checked_sub(1).ok_or(Refusal::Wrong)?;
        Ok(Self { json, columns: self.columns.saturating_sub(1) })
    }
}

impl Scanner {
    pub(super) fn new(is_rewritten: bool) -> Self {
        Self { is_rewritten, ..Self::default() }
    }

    /// Reads the value that follows.
    #[inline(always)]
    pub(super) fn value(
        &mut self,
        text: &mut Text<'_>,
        place: &mut Place,
        room: Room,
    ) -> Scanned<()> {
        let first = text.peek()?;
        if !place.role.takes(first) {
            return Err(Refusal::Wrong);
        }
        match first {
            b'"' => {
                let string = text.string(&mut self.decoded)?;
                if place.role == Role::Time && !time::is_rfc3339(string.bytes()) {
                    return Err(Refusal::Wrong);
                }
                tape::put_text(&mut self.out, string);
                place.kinds |= Kinds::TEXT;
            }
            b'{' | b'[' if room.columns == 0 => {
                place.kinds |= Kinds::BULK;
                self.unlearnt(text, room)?;
            }
            b'{' if place.role.is_map() => self.map(text, place, room.below()?)?,
            b'{' => self.object(text, place, room.below()?)?,
            b'[' => self.list(text, place, room.below()?)?,
            _ => place.kinds |= self.scalar(text, first)?,
        }
        Ok(())
    }

    fn object(&mut self, text: &mut Text<'_>, place: &mut Place, room: Room) -> Scanned<()> {
        place.kinds |= Kinds::OBJECT;
        text.advance(1);
        tape::begin_object(&mut self.out);
        let (mut hint, mut seen, mut unlearnt) = (0, SeenPlaces::default(), None);
        let mut goes_on = !text.takes(b'}')?;
        while goes_on {
            let at = match place.fields.expected(text, hint) {
                Some(at) => at,
                None => match self.field(text, place, hint)? {
                    Field::At(at) => at,
                    Field::New(at) => {
                        seen.make_room(at);
                        at
                    }
                    Field::Unlearnt(id) => {
                        place.kinds |= Kinds::BULK;
                        let seen = unlearnt.get_or_insert_with(Box::default);
                        self.unlearnt_member(text, id, seen, room)?;
                        goes_on = text.goes_on(b'}')?;
                        continue;
                    }
                },
            };
            hint = at + 1;
            let field = place.fields.get(at).ok_or(Refusal::Wrong)?;
            if !seen.insert(at) {
                return Err(Refusal::Unusual);
            }
            tape::put_name(&mut self.out, field.id);
            self.value(text, &mut field.value, room)?;
            goes_on = text.goes_on(b'}')?;
        }
        tape::end_object(&mut self.out);
        Ok(())
    }

    /// Reads the name of a field that was not expected; it is learnt if it is new.
    pub(super) fn field(
        &mut self,
        text: &mut Text<'_>,
        place: &mut Place,
        hint: usize,
    ) -> Scanned<Field> {
        let name = name(text, &mut self.decoded, self.is_rewritten)?;
        if let Some(at) = place.fields.find(name) {
            return Ok(Field::At(at));
        }
        let id = self.dictionary.id(name);
        if place.is_full() {
            return Ok(Field::Unlearnt(id));
        }
        self.places += 1;
        if self.places > MOST_PLACES {
            return Err(Refusal::TooManyFields);
        }
        Ok(Field::New(place.add_field(hint, name, id)))
    }

    fn map(&mut self, text: &mut Text<'_>, place: &mut Place, room: Room) -> Scanned<()> {
        place.kinds |= Kinds::MAP;
        text.advance(1);
        tape::begin_object(&mut self.out);
        let (mut hint, mut seen) = (0, Seen::default());
        let mut goes_on = !text.takes(b'}')?;
        while goes_on {
            let id = self.key(text, place, &mut hint)?;
            if !seen.insert(id) {
                return Err(Refusal::Unusual);
            }
            tape::put_name(&mut self.out, id);
            self.value(text, place.values(), room)?;
            goes_on = text.goes_on(b'}')?;
        }
        tape::end_object(&mut self.out);
        Ok(())
    }

    /// Reads a key of a map; its id.
    #[inline]
    fn key(&mut self, text: &mut Text<'_>, place: &mut Place, hint: &mut usize) -> Scanned<u32> {
        let role = place.role;
        let keys = place.keys();
        if let Some(at) = keys.expected(text, *hint)
            && let Some(entry) = keys.get(at)
        {
            *hint = at + 1;
            self.note_key(role, &entry.name, entry.id);
            return Ok(entry.id);
        }
        // The scanner notes what the name means while it still needs the name's buffer.
        let mut decoded = std::mem::take(&mut self.decoded);
        let name = name(text, &mut decoded, self.is_rewritten)?;
        let id = match keys.find(name) {
            Some(at) => {
                *hint = at + 1;
                keys.get(at).ok_or(Refusal::Wrong)?.id
            }
            None => {
                let id = self.dictionary.id(name);
                place.add_key(*hint, name, id);
                id
            }
        };
        self.note_key(role, name, id);
        self.decoded = decoded;
        Ok(id)
    }

    #[inline]
    fn note_key(&mut self, role: Role, name: &[u8], id: u32) {
        match role {
            Role::Memberships => self.is_in_ups = name.eq_ignore_ascii_case(b"ups"),
            Role::Segments if self.is_in_ups => {
                let id = id as usize;
                if self.segments.len() <= id {
                    self.segments.resize(id + 1, false);
                }
                if let Some(known) = self.segments.get_mut(id) {
                    *known = true;
                }
            }
            _ => {}
        }
    }

    fn list(&mut self, text: &mut Text<'_>, place: &mut Place, room: Room) -> Scanned<()> {
        place.kinds |= Kinds::LIST;
        text.advance(1);
        tape::begin_list(&mut self.out);
        let mut goes_on = !text.takes(b']')?;
        let elements = place.elements();
        while goes_on {
            self.value(text, elements, room)?;
            goes_on = text.goes_on(b']')?;
        }
        tape::end_list(&mut self.out);
        Ok(())
    }

    /// Reads a value too deep to be learnt from.
    fn unlearnt(&mut self, text: &mut Text<'_>, room: Room) -> Scanned<()> {
        match text.peek()? {
            b'{' => {
                let room = room.below()?;
                text.advance(1);
                tape::begin_object(&mut self.out);
                let mut seen = Seen::default();
                let mut goes_on = !text.takes(b'}')?;
                while goes_on {
                    let name = name(text, &mut self.decoded, self.is_rewritten)?;
                    let id = self.dictionary.id(name);
                    self.unlearnt_member(text, id, &mut seen, room)?;
                    goes_on = text.goes_on(b'}')?;
                }
                tape::end_object(&mut self.out);
            }
            b'[' => {
                let room = room.below()?;
                text.advance(1);
                tape::begin_list(&mut self.out);
                let mut goes_on = !text.takes(b']')?;
                while goes_on {
                    self.unlearnt(text, room)?;
                    goes_on = text.goes_on(b']')?;
                }
                tape::end_list(&mut self.out);
            }
            b'"' => {
                let string = text.string(&mut self.decoded)?;
                tape::put_text(&mut self.out, string);
            }
            first => {
                self.scalar(text, first)?;
            }
        }
        Ok(())
    }

    fn unlearnt_member(
        &mut self,
        text: &mut Text<'_>,
        id: u32,
        seen: &mut Seen,
        room: Room,
    ) -> Scanned<()> {
        if !seen.insert(id) {
            return Err(Refusal::Unusual);
        }
        tape::put_name(&mut self.out, id);
        self.unlearnt(text, room)
    }

    /// Reads a number or a word.
    fn scalar(&mut self, text: &mut Text<'_>, first: u8) -> Scanned<Kinds> {
        match first {
            b'n' => {
                text.literal("null")?;
                tape::put_null(&mut self.out);
                Ok(Kinds::NONE)
            }
            b't' | b'f' => {
                text.literal(if first == b't' { "true" } else { "false" })?;
                tape::put_bool(&mut self.out, first == b't');
                Ok(Kinds::BOOL)
            }
            _ => {
                let (spelled, number) = text.number()?;
                tape::put_number(&mut self.out, spelled);
                Ok(match number {
                    Number::Int => Kinds::INT,
                    Number::Float => Kinds::FLOAT,
                    Number::Big => Kinds::BIG,
                })
            }
        }
    }
}

/// Reads a name and its colon.
fn name<'s, 'a: 's>(
    text: &mut Text<'a>,
    decoded: &'s mut Vec<u8>,
    is_rewritten: bool,
) -> Scanned<&'s [u8]> {
    if text.peek()? != b'"' {
        return Err(Refusal::Wrong);
    }
    let name = match text.plain_string()? {
        Some(plain) => plain,
        None if is_rewritten => text.string(decoded)?.bytes(),
        None => return Err(Refusal::Unusual),
    };
    text.expect(b':')?;
    Ok(name)
}
