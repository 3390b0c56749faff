//! Stretches of a file.

use std::collections::BTreeMap;

/// The bytes from `start` up to but not including `end`; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Extent {
    /// `None` if there is nothing in it.
    pub(super) fn new(start: u64, end: u64) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    pub(super) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// The first `size` bytes, and what is left after them.
    pub(super) fn split(self, size: u64) -> (Self, Option<Self>) {
        let middle = self.start.saturating_add(size.max(1)).min(self.end);
        (Self { start: self.start, end: middle }, Self::new(middle, self.end))
    }
}

/// A set of bytes of a file, as stretches that do not touch each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extents {
    /// Start to end.
    stretches: BTreeMap<u64, u64>,
}

impl Extents {
    /// Adds the bytes from `start` to `end`.
    pub(super) fn insert(&mut self, start: u64, end: u64) {
        let (mut start, mut end) = (start, end);
        if start >= end {
            return;
        }
        // Whatever overlaps or touches becomes a part of it, from the last one backwards.
        while let Some((&from, &to)) = self.stretches.range(..=end).next_back()
            && to >= start
        {
            self.stretches.remove(&from);
            start = start.min(from);
            end = end.max(to);
        }
        self.stretches.insert(start, end);
    }

    /// The first stretch.
    pub(super) fn first(&self) -> Option<Extent> {
        self.stretches.first_key_value().map(|(&start, &end)| Extent { start, end })
    }

    /// Takes the first stretch out.
    pub(super) fn pop_first(&mut self) -> Option<Extent> {
        self.stretches.pop_first().map(|(start, end)| Extent { start, end })
    }

    /// How many bytes are in it.
    pub(super) fn total(&self) -> u64 {
        self.stretches.iter().fold(0, |sum, (start, end)| sum.saturating_add(end - start))
    }

    /// How far it goes without a gap from the beginning of the file.
    pub(super) fn unbroken(&self) -> u64 {
        self.first().filter(|first| first.start == 0).map_or(0, |first| first.end)
    }

    /// What of a file of so many bytes is not in it.
    pub(super) fn missing(&self, length: u64) -> Self {
        let mut missing = Self::default();
        let mut at = 0;
        for (&start, &end) in &self.stretches {
            missing.insert(at, start.min(length));
            at = end;
        }
        missing.insert(at, length);
        missing
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_extent_is_split_and_never_empty() {
        let extent = Extent::new(10, 20).unwrap();
        assert_eq!(extent.split(4), (Extent { start: 10, end: 14 }, Extent::new(14, 20)));
        assert_eq!(extent.split(10), (extent, None));
        assert_eq!(extent.split(u64::MAX), (extent, None));
        assert_eq!(extent.split(0).0.len(), 1);
        assert_eq!(Extent::new(5, 5), None);
    }

    proptest! {
        /// Against a plain set of numbers.
        #[test]
        fn extents_are_the_bytes_that_were_put_in(
            pieces in proptest::collection::vec((0_u64..60, 0_u64..60), 0..12),
            length in 0_u64..80,
        ) {
            let mut extents = Extents::default();
            let mut plain = std::collections::BTreeSet::new();
            for (start, end) in pieces {
                extents.insert(start, end);
                plain.extend(start..end);
            }
            prop_assert_eq!(extents.total(), plain.len() as u64);
            let beginning = (0..).take_while(|at| plain.contains(at)).count() as u64;
            prop_assert_eq!(extents.unbroken(), beginning);
            let missing: Vec<u64> = (0..length).filter(|at| !plain.contains(at)).collect();
            let mut left = extents.missing(length);
            prop_assert_eq!(left.total(), missing.len() as u64);
            let mut found = Vec::new();
            let mut last_end = None;
            while let Some(extent) = left.pop_first() {
                prop_assert!(last_end.is_none_or(|end| end < extent.start), "they touch");
                last_end = Some(extent.end);
                found.extend(extent.start..extent.end);
            }
            prop_assert_eq!(found, missing);
        }
    }
}
