//! How long jobs take.

use std::time::Duration;

/// How long the phases of an export job take.
///
/// ```
/// use aep_export_emulator::Pace;
/// use std::time::Duration;
///
/// // The 2020 samples of the service: most of the time is waiting in the queue.
/// let like_the_samples = Pace::Phases {
///     queue: Duration::from_secs(186),
///     read: Duration::from_secs(72),
///     write: Duration::from_millis(500),
///     cancel: Duration::from_secs(2),
/// };
/// assert_ne!(like_the_samples, Pace::AsWork);
/// assert_eq!(Pace::default(), Pace::AsWork);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Pace {
    /// As long as the export really takes, which depends on the machine.
    #[default]
    AsWork,
    /// Planned: the moments are fixed when the job is created and stored with it. The work itself
    /// is done meanwhile; a request that comes after the planned end waits for what is left of it,
    /// so that with a clock moved by hand the same requests always give the same answers.
    Phases {
        /// From creation until the job is `PROCESSING`.
        queue: Duration,
        /// `metrics.profileExportTime`.
        read: Duration,
        /// `metrics.aCPDatasetWriteTime`.
        write: Duration,
        /// From the accepted DELETE until the job is `CANCELLED`; before that it is `CANCELLING`.
        cancel: Duration,
    },
}

impl Pace {
    /// Planned phases that take no time: a job is finished by the first request after its
    /// creation.
    #[must_use]
    pub const fn instant() -> Self {
        Self::Phases {
            queue: Duration::ZERO,
            read: Duration::ZERO,
            write: Duration::ZERO,
            cancel: Duration::ZERO,
        }
    }
}
