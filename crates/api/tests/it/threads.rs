//! Virtual time beside threads that work in real time.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// Longer than any thread works at anything here.
const FAR_TOO_LONG: Duration = Duration::from_secs(30);

/// Does `work`, which also waits for threads that work on the disk. The clock of these tests cannot
/// see them and would run away meanwhile; so nobody else has a turn until they are done.
pub(crate) async fn beside_threads<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let woken = Arc::new(Woken { woken: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&woken));
    poll_fn(|outer| {
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(done);
            }
            // What sleeps by the clock asks for the next turn at once. Else a thread must answer. An
            // answer that was seen already may end the first wait.
            let answered = (0..3).any(|waited| {
                if waited > 0 {
                    thread::park_timeout(FAR_TOO_LONG);
                }
                woken.taken()
            });
            if !answered {
                outer.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    })
    .await
}

struct Woken {
    woken: AtomicBool,
    thread: Thread,
}

impl Woken {
    fn taken(&self) -> bool {
        self.woken.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}
