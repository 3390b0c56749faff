//! Names of members: numbered once a block, and expected where they were before.
//!
//! Profiles are alike. Where one object had `firstName` and then `lastName`, the next one of its
//! kind probably has, too; comparing what is there with what is expected is much less work than
//! reading a name and looking for it.

use std::collections::{HashMap, HashSet};

use super::text::Text;

/// The ids of a block's names, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    ids: HashMap<Box<[u8]>, u32>,
    names: Vec<Box<[u8]>>,
}

impl Dictionary {
    /// The id of a name, which is a new one if the name is.
    pub(super) fn id(&mut self, name: &[u8]) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        // A block has fewer bytes than there are ids.
        let id = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.ids.insert(name.into(), id);
        self.names.push(name.into());
        id
    }

    pub(super) fn names(&self) -> &[Box<[u8]>] {
        &self.names
    }
}

/// The names that objects in one place have, in about the order in which they have them.
#[derive(Debug)]
pub(super) struct Names<T> {
    spellings: Vec<Spelling>,
    entries: Vec<Entry<T>>,
    /// Where each is, once there are many; from then on new ones come last.
    places: Option<HashMap<Box<[u8]>, usize>>,
}

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) id: u32,
    pub(super) name: Box<[u8]>,
    pub(super) value: T,
}

/// A name as it stands in a document, with quotes and colon. Its ends are compared first, and most
/// often that is all.
#[derive(Debug)]
struct Spelling {
    /// The first eight bytes, or all, and which bits of them count.
    head: u64,
    mask: u64,
    /// The eight bytes after those, if there are so many.
    middle: u64,
    /// The last eight bytes, if there are more than eight.
    tail: u64,
    length: usize,
    /// All of it, if these do not cover it.
    long: Option<Box<[u8]>>,
}

/// Names that are expected to follow, at most.
const LOOK_AHEAD: usize = 6;
/// More names than these are found by hashing.
const MANY: usize = 32;

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { spellings: Vec::new(), entries: Vec::new(), places: None }
    }
}

impl<T> Names<T> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&mut self, place: usize) -> Option<&mut Entry<T>> {
        self.entries.get_mut(place)
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Entry<T>> {
        self.entries.into_iter()
    }

    /// Takes a name that is expected at `hint` or soon after it; its place.
    #[inline(always)]
    pub(super) fn expected(&self, text: &mut Text<'_>, hint: usize) -> Option<usize> {
        let rest = text.rest();
        let head = u64::from_le_bytes(*rest.first_chunk()?);
        let spelling = self.spellings.get(hint)?;
        if spelling.begins(head, rest) {
            text.advance(spelling.length);
            return Some(hint);
        }
        self.expected_later(text, head, hint + 1)
    }

    /// The same where the very next name was left out.
    #[inline(never)]
    fn expected_later(&self, text: &mut Text<'_>, head: u64, hint: usize) -> Option<usize> {
        let mut later = self.spellings.get(hint..)?.iter().take(LOOK_AHEAD);
        let ahead = later.position(|spelling| spelling.begins(head, text.rest()))?;
        text.advance(self.spellings.get(hint + ahead)?.length);
        Some(hint + ahead)
    }

    /// Where a name is.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        match &self.places {
            None => self.entries.iter().position(|entry| *entry.name == *name),
            Some(places) => places.get(name).copied(),
        }
    }

    /// Adds a name that was met where `hint` was expected; its place.
    pub(super) fn insert(&mut self, hint: usize, name: &[u8], id: u32, value: T) -> usize {
        let last = self.entries.len();
        let place = if last < MANY { hint.min(last) } else { last };
        self.spellings.insert(place, Spelling::new(name));
        self.entries.insert(place, Entry { id, name: name.into(), value });
        if let Some(places) = &mut self.places {
            places.insert(name.into(), place);
        } else if self.entries.len() == MANY {
            let numbered = self.entries.iter().enumerate();
            let places = numbered.map(|(place, entry)| (entry.name.clone(), place));
            self.places = Some(places.collect());
        }
        place
    }
}

impl Spelling {
    fn new(name: &[u8]) -> Self {
        // Names are UTF-8, and writing a text as JSON does not fail.
        let spelled = serde_json::to_string(&String::from_utf8_lossy(name)).unwrap_or_default();
        let spelled = (spelled + ":").into_bytes();
        let mut head = [0; 8];
        head.iter_mut().zip(&spelled).for_each(|(head, byte)| *head = *byte);
        let missing = 8_usize.saturating_sub(spelled.len());
        Self {
            head: u64::from_le_bytes(head),
            mask: u64::MAX >> (8 * missing),
            middle: spelled.get(8..).and_then(word).unwrap_or(0),
            tail: spelled.last_chunk().map_or(0, |tail| u64::from_le_bytes(*tail)),
            length: spelled.len(),
            long: (spelled.len() > 24).then(|| spelled.into()),
        }
    }

    /// Whether a text begins with it, of which `head` is the first eight bytes.
    #[inline(always)]
    fn begins(&self, head: u64, text: &[u8]) -> bool {
        if head & self.mask != self.head {
            return false;
        }
        if self.length <= 8 {
            return true;
        }
        let Some(text) = text.get(..self.length) else { return false };
        if text.last_chunk().is_none_or(|tail| u64::from_le_bytes(*tail) != self.tail) {
            return false;
        }
        self.length <= 16
            || (text.get(8..).and_then(word) == Some(self.middle)
                && self.long.as_ref().is_none_or(|long| text == &**long))
    }
}

/// The first eight bytes.
#[inline(always)]
fn word(text: &[u8]) -> Option<u64> {
    text.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// The ids of the names that one object has had so far: to notice one that it has twice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    low: u128,
    few: [u32; 12],
    count: usize,
    many: Option<HashSet<u32>>,
}

impl Seen {
    /// Adds an id; false if it was there.
    #[inline]
    pub(super) fn insert(&mut self, id: u32) -> bool {
        if id >= u128::BITS {
            return self.insert_high(id);
        }
        let bit = 1 << id;
        let is_new = self.low & bit == 0;
        self.low |= bit;
        is_new
    }

    fn insert_high(&mut self, id: u32) -> bool {
        if let Some(many) = &mut self.many {
            return many.insert(id);
        }
        let seen = self.few.get(..self.count).unwrap_or_default();
        if seen.contains(&id) {
            return false;
        }
        match self.few.get_mut(self.count) {
            Some(free) => {
                *free = id;
                self.count += 1;
            }
            None => self.many = Some(self.few.iter().copied().chain([id]).collect()),
        }
        true
    }
}

/// Which of some [`Names`] one object has had so far, by their places.
#[derive(Debug, Default)]
pub(super) struct SeenPlaces {
    first: u64,
    others: Option<Box<Bits>>,
}

impl SeenPlaces {
    /// Adds a place; false if it was there.
    #[inline(always)]
    pub(super) fn insert(&mut self, place: usize) -> bool {
        if place >= u64::BITS as usize {
            return self.insert_other(place);
        }
        insert_bit(&mut self.first, place)
    }

    #[cold]
    fn insert_other(&mut self, place: usize) -> bool {
        self.others.get_or_insert_default().insert(place)
    }

    /// Follows the names when a new one got its place before others, which only few have.
    pub(super) fn make_room(&mut self, place: usize) {
        if place < MANY {
            let before = (1 << place) - 1;
            self.first = self.first & before | (self.first & !before) << 1;
        }
    }
}

#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    /// Sets a bit; false if it was set.
    fn insert(&mut self, number: usize) -> bool {
        let bits = u64::BITS as usize;
        let word = number / bits;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0.get_mut(word).is_some_and(|word| insert_bit(word, number % bits))
    }
}

#[inline(always)]
fn insert_bit(bits: &mut u64, number: usize) -> bool {
    let bit = 1 << number;
    let is_new = *bits & bit == 0;
    *bits |= bit;
    is_new
}
