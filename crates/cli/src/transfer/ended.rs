//! What it means for the program that not everything was brought to its place.

use aep_export_api::DownloadError;

use crate::context::Context;
use crate::failure::{Failure, Kind};

/// What went wrong with a download.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// One for each file that is not there.
    pub(crate) of_files: Vec<Failure>,
    /// What concerns no single file.
    pub(crate) others: Vec<Failure>,
    /// How many files there should be.
    pub(crate) planned: usize,
    /// How many are there.
    pub(crate) done: usize,
}

impl Ended {
    pub(crate) fn of(error: &DownloadError) -> Self {
        let (planned, done) = (error.planned(), error.done().len());
        let mut ended = Self { planned, done, ..Self::default() };
        for failure in error.failures() {
            match &failure.file {
                Some(file) => {
                    let doing = format!("download {}", file.path());
                    ended.of_files.push(Failure::of(&failure.error, &doing));
                }
                None => ended.others.push(Failure::of(&failure.error, "download")),
            }
        }
        ended
    }

    /// Whether anything went wrong.
    #[cfg(feature = "object-stores")]
    pub(crate) fn is_bad(&self) -> bool {
        !(self.of_files.is_empty() && self.others.is_empty())
    }

    /// The failure of the whole. Where there are several, each is told by itself before it.
    pub(crate) fn told(self, context: &mut Context) -> Failure {
        let Self { of_files, others, planned, done } = self;
        let missing = planned.saturating_sub(done);
        let several = planned > 1 && !of_files.is_empty();
        let mut all = of_files.into_iter().chain(others);
        let Some(first) = all.next() else {
            return Failure::new(Kind::Other, "the download ended without saying why");
        };
        if !several {
            all.for_each(|failure| context.talk.warn(failure.message()));
            return first;
        }
        context.talk.warn(first.message());
        let mut kinds_agree = true;
        let mut is_wrong = first.kind() == Kind::Check;
        for failure in all {
            kinds_agree &= failure.kind() == first.kind();
            is_wrong |= failure.kind() == Kind::Check;
            context.talk.warn(failure.message());
        }
        let kind = match () {
            () if is_wrong => Kind::Check,
            () if done == 0 && kinds_agree => first.kind(),
            () => Kind::Partly,
        };
        let verb = if missing == 1 { "was" } else { "were" };
        first.told_as(format!("{missing} of {planned} files {verb} not downloaded")).of_kind(kind)
    }
}
