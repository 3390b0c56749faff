//! Work on several threads whose results come in the order of what they were made from.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How far the threads may be ahead of the results that were taken, for each thread.
const AHEAD: usize = 2;

/// Does `work` on everything that `next` gives, on so many threads, and gives the results to `take`
/// on this thread, in the order of what they were made from. At most a few are under way at a time.
///
/// `next` is called by one thread at a time. When `take` breaks, the threads stop with what they
/// are at.
///
/// # Panics
/// When `next` or `work` does.
pub(super) fn in_order<I: Send, R: Send, B>(
    threads: usize,
    next: impl FnMut() -> Option<I> + Send,
    work: impl Fn(I) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let threads = threads.max(1);
    let line = Line {
        source: Mutex::new((0, next)),
        desk: Mutex::new(Desk {
            results: BTreeMap::new(),
            taken: 0,
            working: threads,
            over: false,
        }),
        changed: Condvar::new(),
        ahead: threads * AHEAD,
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| line.serve(&work));
        }
        while let Some(result) = line.result() {
            if let ControlFlow::Break(answer) = take(result) {
                line.stop();
                return ControlFlow::Break(answer);
            }
        }
        ControlFlow::Continue(())
    })
}

struct Line<N, R> {
    /// The number of what comes next, and where it comes from.
    source: Mutex<(usize, N)>,
    desk: Mutex<Desk<R>>,
    changed: Condvar,
    ahead: usize,
}

struct Desk<R> {
    results: BTreeMap<usize, R>,
    taken: usize,
    working: usize,
    over: bool,
}

impl<N, R> Line<N, R> {
    /// What one thread does.
    fn serve<I>(&self, work: &impl Fn(I) -> R)
    where
        N: FnMut() -> Option<I>,
    {
        // Also when the work panics: nobody may wait for this thread then.
        let _leaving = Leaving(self);
        while let Some((number, item)) = self.item() {
            let result = work(item);
            self.desk().results.insert(number, result);
            self.changed.notify_all();
        }
    }

    fn item<I>(&self) -> Option<(usize, I)>
    where
        N: FnMut() -> Option<I>,
    {
        // After a panic in `next` there is nothing more to be had from it.
        let mut source = self.source.lock().ok()?;
        let number = source.0;
        let mut desk = self.desk();
        while !desk.over && number >= desk.taken + self.ahead {
            desk = self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        let over = desk.over;
        drop(desk);
        if over {
            return None;
        }
        let item = (source.1)()?;
        source.0 += 1;
        Some((number, item))
    }

    /// The next result; `None` after the last one.
    fn result(&self) -> Option<R> {
        let mut desk = self.desk();
        loop {
            let wanted = desk.taken;
            if let Some(result) = desk.results.remove(&wanted) {
                desk.taken += 1;
                drop(desk);
                self.changed.notify_all();
                return Some(result);
            }
            if desk.working == 0 {
                return None;
            }
            desk = self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        self.desk().over = true;
        self.changed.notify_all();
    }

    fn desk(&self) -> MutexGuard<'_, Desk<R>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Leaving<'a, N, R>(&'a Line<N, R>);

impl<N, R> Drop for Leaving<'_, N, R> {
    fn drop(&mut self) {
        let mut desk = self.0.desk();
        desk.working -= 1;
        // What this thread did not hand in would be waited for in vain.
        desk.over |= thread::panicking();
        drop(desk);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Every third piece of work takes much longer than the others.
    fn uneven(number: u64) -> u64 {
        let rounds = if number.is_multiple_of(3) { 20_000 } else { 10 };
        (0..rounds).fold(number, |sum, _| std::hint::black_box(sum));
        number * 10
    }

    fn collected(threads: usize, count: u64) -> Vec<u64> {
        let mut numbers = 0..count;
        let mut results = Vec::new();
        let all = in_order(
            threads,
            || numbers.next(),
            uneven,
            |result| {
                results.push(result);
                ControlFlow::<()>::Continue(())
            },
        );
        assert_eq!(all, ControlFlow::Continue(()));
        results
    }

    #[test]
    fn results_come_in_order_however_many_threads_there_are() {
        let expected: Vec<u64> = (0..300).map(|number| number * 10).collect();
        for threads in [0, 1, 2, 7] {
            assert_eq!(collected(threads, 300), expected);
        }
        assert!(collected(3, 0).is_empty());
    }

    #[test]
    fn nothing_is_taken_from_the_source_long_before_it_is_needed() {
        let given = AtomicUsize::new(0);
        // Only what is given counts: every thread asks once more after the last one.
        let next = || {
            let left = given.load(Ordering::SeqCst) < 100;
            left.then(|| given.fetch_add(1, Ordering::SeqCst))
        };
        let most = AtomicUsize::new(0);
        let _ = in_order(
            3,
            next,
            |number| number,
            |number| {
                let ahead = given.load(Ordering::SeqCst) - number;
                most.fetch_max(ahead, Ordering::SeqCst);
                ControlFlow::<()>::Continue(())
            },
        );
        assert!(most.load(Ordering::SeqCst) <= 3 * AHEAD + 1, "{most:?}");
    }

    #[test]
    fn a_break_ends_the_work_though_the_source_does_not_end() {
        let mut numbers = 0..;
        let answer = in_order(
            2,
            || numbers.next(),
            |number| number,
            |number: u64| {
                if number == 5 { ControlFlow::Break(number) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(answer, ControlFlow::Break(5));
    }

    #[test]
    fn a_panic_in_the_work_is_passed_on_and_nobody_waits() {
        let mut numbers = 0..;
        let work = |number: u64| assert_ne!(number, 7);
        let take = |()| ControlFlow::<()>::Continue(());
        let run = AssertUnwindSafe(|| in_order(2, || numbers.next(), work, take));
        assert!(catch_unwind(run).is_err());
    }
}
