//! Lists and objects while they are read, with the notes on what they hold.

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::{Key, Notes, Place, Tolerant, Value};

/// A list whose elements are to be read.
pub(crate) struct List<'n, A> {
    source: A,
    index: usize,
    notes: &'n mut Notes,
}

impl<'n, 'de, A: SeqAccess<'de>> List<'n, A> {
    pub(super) fn new(source: A, notes: &'n mut Notes) -> Self {
        Self { source, index: 0, notes }
    }

    /// Every element that something can be made of.
    pub(crate) fn read<T: Value>(mut self) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        loop {
            let above = self.notes.enter_element(self.index);
            let seed = Tolerant::new(Place::List, self.notes);
            let Some(element) = self.source.next_element_seed(seed)? else {
                self.notes.leave(above);
                return Ok(all);
            };
            all.extend(element);
            self.notes.leave(above);
            self.index += 1;
        }
    }

    pub(crate) fn skip(mut self) -> Result<(), A::Error> {
        while self.source.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// An object whose entries are to be read.
pub(crate) struct Object<'n, 'de, A> {
    /// The first key, or its absence, where somebody had to look at it.
    seen: Option<Option<Key<'de>>>,
    source: A,
    notes: &'n mut Notes,
}

impl<'n, 'de, A: MapAccess<'de>> Object<'n, 'de, A> {
    pub(super) fn new(source: A, notes: &'n mut Notes) -> Self {
        Self { seen: None, source, notes }
    }

    /// An object of which the first key was read already.
    pub(super) fn begun(first: Option<Key<'de>>, source: A, notes: &'n mut Notes) -> Self {
        Self { seen: Some(first), source, notes }
    }

    /// The next key. What stands under the name that serde_json has for numbers is no entry: written
    /// alone, it would read back as a number.
    pub(crate) fn next_key(&mut self) -> Result<Option<Key<'de>>, A::Error> {
        loop {
            let key = match self.seen.take() {
                Some(first) => first,
                None => self.source.next_key()?,
            };
            match key {
                Some(key) if key.is_number() => {
                    self.source.next_value::<IgnoredAny>()?;
                }
                key => return Ok(key),
            }
        }
    }

    /// The value under the key that came last; what `T` can make nothing of is `None`.
    pub(crate) fn value<T: Value>(&mut self, key: &Key<'de>) -> Result<Option<T>, A::Error> {
        let above = self.notes.enter_key(key.as_str());
        let value = self.source.next_value_seed(Tolerant::new(Place::Field, self.notes))?;
        self.notes.leave(above);
        Ok(value)
    }

    /// Passes over the value under a key that is not known.
    pub(crate) fn skip_value(&mut self, key: &Key<'de>) -> Result<(), A::Error> {
        self.notes.unknown(key.as_str());
        self.source.next_value::<IgnoredAny>()?;
        Ok(())
    }

    /// Notes that a key comes for the second time.
    pub(crate) fn repeated(&mut self, key: &Key<'de>) {
        self.notes.repeated(key.as_str());
    }

    pub(crate) fn skip(mut self) -> Result<(), A::Error> {
        if self.next_key()?.is_some() {
            self.source.next_value::<IgnoredAny>()?;
            while self.source.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }
}
