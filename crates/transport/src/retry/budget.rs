//! What all calls may spend on retries together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A bucket of tokens that many calls share, so that retries do not multiply the load on a service
/// that is sick.
///
/// A retry takes 14 tokens, after 429 and 503 it takes 5; a good answer puts 1 back, up to the
/// capacity. Where too few are left a call ends with what it has. A clone is the same bucket.
///
/// ```
/// use aep_export_transport::RetryBudget;
///
/// let budget = RetryBudget::default();
/// assert_eq!(budget.available(), 500);
/// ```
#[derive(Debug, Clone)]
pub struct RetryBudget {
    available: Arc<AtomicU32>,
    capacity: u32,
}

impl RetryBudget {
    /// A full bucket of `capacity` tokens.
    pub fn new(capacity: u32) -> Self {
        Self { available: Arc::new(AtomicU32::new(capacity)), capacity }
    }

    /// How many tokens are left.
    pub fn available(&self) -> u32 {
        self.available.load(Ordering::Relaxed)
    }

    /// Takes `cost` tokens, or none and `false` when there are fewer.
    pub(crate) fn take(&self, cost: u32) -> bool {
        self.change(|available| available.checked_sub(cost))
    }

    /// Puts one token back for a good answer.
    pub(crate) fn refill(&self) {
        self.change(|available| (available < self.capacity).then(|| available.saturating_add(1)));
    }

    /// No memory beside the number depends on it, so relaxed ordering is enough.
    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.available.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

impl Default for RetryBudget {
    /// 500 tokens: some 35 retries at once before the first good answer.
    fn default() -> Self {
        Self::new(500)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_left_is_what_was_put_in_less_what_was_given(
            capacity in 0_u32..1000,
            steps in proptest::collection::vec(prop_oneof![Just(0), Just(5), Just(14)], 0..200),
        ) {
            let budget = RetryBudget::new(capacity);
            let other = budget.clone();
            let mut expected = capacity;
            for cost in steps {
                if cost == 0 {
                    other.refill();
                    expected = capacity.min(expected + 1);
                } else {
                    let enough = expected >= cost;
                    prop_assert_eq!(other.take(cost), enough);
                    expected -= if enough { cost } else { 0 };
                }
                prop_assert_eq!(budget.available(), expected);
            }
        }
    }

    #[test]
    fn threads_together_never_take_more_than_there_is() {
        let budget = RetryBudget::new(1000);
        let taken: u32 = std::thread::scope(|scope| {
            let take = || (0..1000).filter(|_| budget.take(14)).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| u32::try_from(thread.join().unwrap()).unwrap()).sum()
        });
        assert_eq!((taken, budget.available()), (1000 / 14, 1000 % 14));
    }
}
