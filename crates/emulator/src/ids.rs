//! Names for things, in the forms that the service gives them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::engine::uuid::uuid;

/// Source of new ids.
#[derive(Debug)]
pub(crate) struct Ids {
    random: Mutex<fastrand::Rng>,
}

impl Ids {
    /// Ids that nobody can foretell.
    pub(crate) fn unforeseen() -> Self {
        Self::from_seed(RandomState::new().build_hasher().finish())
    }

    /// The same ids every time.
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self { random: Mutex::new(fastrand::Rng::with_seed(seed)) }
    }

    /// 32 letters and digits, as live `x-request-id` headers have.
    pub(crate) fn request(&self) -> String {
        self.draw(32, fastrand::Rng::alphanumeric)
    }

    /// 24 hexadecimal digits, as datasets, their views and their files have.
    pub(crate) fn dataset(&self) -> String {
        self.draw(24, |random| random.digit(16))
    }

    /// 26 characters that sort by time (a ULID), as live batches have.
    pub(crate) fn batch(&self, now: i64) -> String {
        const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let symbol = |value: u64| {
            let index = usize::try_from(value & 31).unwrap_or_default();
            char::from(ALPHABET.get(index).copied().unwrap_or(b'0'))
        };
        let time = now.unsigned_abs();
        let mut id: String = (0..10).rev().map(|place| symbol(time >> (5 * place))).collect();
        id.push_str(&self.draw(16, |random| symbol(random.u64(..))));
        id
    }

    /// A random UUID, as compute jobs have.
    pub(crate) fn uuid(&self) -> String {
        uuid(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn draw(&self, length: usize, one: impl Fn(&mut fastrand::Rng) -> char) -> String {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        (0..length).map(|_| one(&mut random)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_service() {
        let ids = Ids::from_seed(1);
        let request = ids.request();
        assert_eq!(request.len(), 32);
        assert!(request.chars().all(|c| c.is_ascii_alphanumeric()), "{request}");
        let dataset = ids.dataset();
        assert_eq!(dataset.len(), 24);
        assert!(dataset.chars().all(|c| "0123456789abcdef".contains(c)), "{dataset}");
        assert_eq!(ids.uuid().len(), 36);
        assert_ne!(ids.request(), request);
    }

    #[test]
    fn batches_sort_by_time() {
        let ids = Ids::from_seed(1);
        // 1469918176385 is the ULID specification's own example: 01ARYZ6S41.
        assert!(ids.batch(1_469_918_176_385).starts_with("01ARYZ6S41"));
        let (early, late) = (ids.batch(1_000), ids.batch(2_000));
        assert_eq!(early.len(), 26);
        assert!(early < late);
    }
}
