//! Time as a value that is passed in.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

/// A sleep under way.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and sleeps. Everything that waits takes one, so that tests run hours in
/// milliseconds.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day, for dates that are compared with the service's.
    fn now(&self) -> SystemTime;

    /// Time since a fixed point of this clock's own choice; never goes back. For durations and
    /// deadlines.
    fn elapsed(&self) -> Duration;

    /// Completes once `duration` has passed.
    fn sleep(&self, duration: Duration) -> Sleep;
}
