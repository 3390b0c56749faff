//! A clock without time of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use super::lock;
use crate::{Clock, Sleep};

/// A clock that moves only when somebody sleeps, or by hand.
///
/// With [`new`](Self::new) hours of waiting take no time: when a task has nothing to do but sleep,
/// the clock jumps to the end of the earliest sleep under way. With [`by_hand`](Self::by_hand) time
/// stands still until [`advance`](Self::advance).
///
/// It cannot see work that goes on elsewhere (another thread, a socket): whoever waits for such
/// work beside a sleep sees the sleep end first.
///
/// A sleep completes on its second poll at the earliest, so it needs an executor (any will do),
/// not a single poll.
///
/// ```
/// use std::time::Duration;
/// use aep_export_transport::{Clock, testing::ManualClock};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let clock = ManualClock::new();
/// clock.sleep(Duration::from_secs(3600)).await;
/// assert_eq!(clock.elapsed(), Duration::from_secs(3600));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
    jumps: bool,
}

#[derive(Debug)]
struct State {
    start: SystemTime,
    elapsed: Duration,
    next_id: u64,
    /// Sleeps that were polled at least once, by their end: only those take part in a jump.
    waiting: BTreeMap<(Duration, u64), Waker>,
}

impl ManualClock {
    /// Jumps to the end of the earliest sleep whenever there is nothing else to do. Starts at
    /// 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }

    /// As [`new`](Self::new), but starts at `start`.
    pub fn starting_at(start: SystemTime) -> Self {
        let state = State { start, elapsed: Duration::ZERO, next_id: 0, waiting: BTreeMap::new() };
        Self { state: Arc::new(Mutex::new(state)), jumps: true }
    }

    /// Stands still until [`advance`](Self::advance) is called.
    pub fn by_hand() -> Self {
        Self { jumps: false, ..Self::new() }
    }

    /// Moves time on; sleeps that end by then complete.
    pub fn advance(&self, by: Duration) {
        let mut state = lock(&self.state);
        state.elapsed = state.elapsed.saturating_add(by);
        state.waiting.values().for_each(Waker::wake_by_ref);
    }

    /// How many sleeps are under way.
    pub fn sleeping(&self) -> usize {
        lock(&self.state).waiting.len()
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        let state = lock(&self.state);
        state.start + state.elapsed
    }

    fn elapsed(&self) -> Duration {
        lock(&self.state).elapsed
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = lock(&self.state);
        state.next_id += 1;
        let key = (state.elapsed.saturating_add(duration), state.next_id);
        Box::pin(Sleeping { clock: self.clone(), key })
    }
}

struct Sleeping {
    clock: ManualClock,
    key: (Duration, u64),
}

impl Future for Sleeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.clock.state);
        if state.elapsed >= self.key.0 {
            state.waiting.remove(&self.key);
            return Poll::Ready(());
        }
        // The first poll only joins the others, so that every sleep of this turn is known before
        // the earliest of them is chosen.
        let joined = state.waiting.insert(self.key, cx.waker().clone()).is_some();
        if self.clock.jumps {
            let earliest = state.waiting.first_key_value().map(|(key, _)| *key);
            if joined && earliest == Some(self.key) {
                state.elapsed = self.key.0;
                state.waiting.remove(&self.key);
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        lock(&self.clock.state).waiting.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::{Either, join_all, select};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn sleeps_end_in_the_order_of_their_ends() {
        let clock = ManualClock::new();
        let ends = ends_log();
        let sleepers = [3, 1, 2].map(|seconds| {
            let (clock, ends) = (clock.clone(), Arc::clone(&ends));
            async move {
                clock.sleep(SECOND * seconds).await;
                lock(&ends).push((seconds, clock.elapsed()));
            }
        });
        join_all(sleepers).await;
        let expected: Vec<_> = [1, 2, 3].into_iter().map(|n| (n, SECOND * n)).collect();
        assert_eq!(*lock(&ends), expected);
    }

    fn ends_log() -> Arc<Mutex<Vec<(u32, Duration)>>> {
        Arc::default()
    }

    #[tokio::test]
    async fn a_short_sleep_wins_over_a_long_one_and_the_loser_costs_no_time() {
        let clock = ManualClock::new();
        let winner = select(clock.sleep(SECOND * 30), clock.sleep(SECOND)).await;
        assert!(matches!(winner, Either::Right(_)));
        drop(winner);
        assert_eq!((clock.elapsed(), clock.sleeping()), (SECOND, 0));
    }

    #[test]
    fn by_hand_nothing_moves_until_it_is_moved() {
        let clock = ManualClock::by_hand();
        let start = clock.now();
        let mut sleep = clock.sleep(SECOND);
        for _ in 0..3 {
            assert!((&mut sleep).now_or_never().is_none());
        }
        clock.advance(SECOND);
        assert!(sleep.now_or_never().is_some());
        assert_eq!(clock.now().duration_since(start).unwrap(), SECOND);
    }
}
