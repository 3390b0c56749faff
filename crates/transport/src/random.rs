//! Chance as a value that is passed in.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Gives numbers for jitter, so that many clients do not come back at the same moment. Tests pass
/// in a fixed one.
pub trait Random: fmt::Debug + Send + Sync {
    /// A number from 0 up to but not including 1.
    fn fraction(&self) -> f64;
}

/// Numbers that differ from process to process. Good for jitter, not for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fraction(&self) -> f64 {
        // The standard library keys every hasher anew; 53 bits are what an f64 holds exactly.
        let bits = RandomState::new().build_hasher().finish() >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_in_range_and_differ() {
        let drawn: Vec<_> = (0..100).map(|_| SystemRandom.fraction()).collect();
        assert!(drawn.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        assert!(drawn.iter().any(|fraction| *fraction != drawn[0]));
    }
}
