//! The rows: everything that the api can be asked for, each with what makes an answer right.

mod catalog;
mod files;
mod jobs;
mod segmentation;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::scene::{Place, Scene};
use super::verdict::Failed;

/// One call.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) nature: Nature,
    /// The emulator's name for the request that the fault strikes.
    pub(super) struck: &'static str,
    /// How many of these requests the call sends when nothing is wrong.
    pub(super) sends: u32,
    /// The first of them that the fault strikes: of a list the second page.
    pub(super) from: u32,
    pub(super) place: Place,
    pub(super) makes: Option<Makes>,
    /// Whether a good answer has no body, so that there is nothing to break in it.
    pub(super) without_body: bool,
    /// The operations and functions of the api that it runs through.
    pub(super) covers: &'static [&'static str],
    pub(super) run: for<'a> fn(&'a Scene<'a>) -> BoxFuture<'a, Result<(), Failed>>,
}

/// What is asked for, as far as the rules tell calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Reads, however many requests that takes.
    Read,
    /// Makes something.
    Create,
    /// Marks a job for cancelling.
    Cancel,
    /// Needs a token, which is where the fault is.
    Token,
    /// Reads a file's bytes.
    Bytes,
    /// Waits for the end of a job.
    Wait,
}

/// What a create makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    Job,
    SegmentJob,
    Dataset,
}

const USUAL: Call = Call {
    name: "",
    nature: Nature::Read,
    struck: "",
    sends: 1,
    from: 1,
    place: Place::Known,
    makes: None,
    without_body: false,
    covers: &[],
    run: |_| unreachable!(),
};

/// Since before the first call was made.
const YEARS: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

/// All calls, in the order of the page.
pub(super) fn all() -> impl Iterator<Item = &'static Call> {
    [jobs::CALLS, segmentation::CALLS, catalog::CALLS, files::CALLS].into_iter().flatten()
}
