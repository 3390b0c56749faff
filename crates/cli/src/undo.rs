//! What must not stay behind when a command is stopped in the middle of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, join_all};

/// What is to be undone, shared by those who do it.
#[derive(Clone, Default)]
pub(crate) struct Undo(Arc<Mutex<Work>>);

#[derive(Default)]
struct Work {
    next: u64,
    open: BTreeMap<u64, BoxFuture<'static, ()>>,
}

/// One thing that is to be undone.
#[derive(Debug)]
#[must_use = "it is undone unless it is forgotten"]
pub(crate) struct Undoing(u64);

impl Undo {
    /// From here on `work` is done if the command is stopped.
    pub(crate) fn on_stop(&self, work: BoxFuture<'static, ()>) -> Undoing {
        let mut inner = self.inner();
        inner.next += 1;
        let number = inner.next;
        inner.open.insert(number, work);
        Undoing(number)
    }

    /// Nothing is to be undone any more.
    pub(crate) fn forget(&self, undoing: &Undoing) {
        self.inner().open.remove(&undoing.0);
    }

    /// Undoes all of it. Whatever fails stays as it is.
    pub(crate) async fn undo(&self) {
        let open = std::mem::take(&mut self.inner().open);
        join_all(open.into_values()).await;
    }

    fn inner(&self) -> MutexGuard<'_, Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn only_what_is_not_done_is_undone_and_only_once() {
        let (undo, undone) = (Undo::default(), Arc::new(AtomicU32::new(0)));
        let work = |bit: u32| {
            let undone = Arc::clone(&undone);
            async move {
                undone.fetch_add(bit, Ordering::SeqCst);
            }
            .boxed()
        };
        let _first = undo.on_stop(work(1));
        let second = undo.on_stop(work(10));
        let _third = undo.on_stop(work(100));
        undo.forget(&second);
        undo.undo().now_or_never().unwrap();
        undo.undo().now_or_never().unwrap();
        assert_eq!(undone.load(Ordering::SeqCst), 101);
    }
}
