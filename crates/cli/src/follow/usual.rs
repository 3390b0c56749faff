//! How long a job may take, by what others have taken.

use std::fmt;
use std::time::Duration;

use aep_export_api::{Client, ListExportJobs};
use aep_export_model::{ExportJob, JobStatus};
use futures_util::{StreamExt, TryStreamExt};

use crate::duration;
use crate::jobs;

/// So many jobs are looked at, of any dataset.
const LOOKED_AT: u32 = 100;
/// So many of one dataset tell something, and the newest so many are enough.
const FEWEST: usize = 3;
const ENOUGH: usize = 20;

/// How long the middle half of some jobs took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usual {
    from: Duration,
    to: Duration,
}

impl Usual {
    /// Of the jobs that succeeded with the dataset of `job`. That they cannot be had is no failure:
    /// nobody asked for them.
    pub(super) async fn of_dataset(client: &Client, job: &ExportJob) -> Option<Self> {
        let dataset = job.dataset_id()?;
        let list = ListExportJobs {
            limit: Some(LOOKED_AT),
            status: Some(JobStatus::Succeeded),
            ..ListExportJobs::default()
        };
        let jobs = client.export_jobs().stream(list).take(usize::try_from(LOOKED_AT).ok()?);
        let took = jobs.try_filter_map(|other| {
            let took = jobs::took(&other).filter(|_| other.dataset_id() == Some(dataset));
            std::future::ready(Ok(took))
        });
        Self::of(took.take(ENOUGH).try_collect().await.ok()?)
    }

    fn of(mut took: Vec<Duration>) -> Option<Self> {
        if took.len() < FEWEST {
            return None;
        }
        took.sort_unstable();
        let quarter = took.len() / 4;
        Some(Self { from: *took.get(quarter)?, to: *took.get(took.len() - 1 - quarter)? })
    }
}

impl fmt::Display for Usual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (duration::show_seconds(self.from), duration::show_seconds(self.to));
        if from == to { write!(f, "usually {from}") } else { write!(f, "usually {from} to {to}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_half_is_told_and_too_few_are_not() {
        let of = |seconds: &[u64]| {
            let usual = Usual::of(seconds.iter().copied().map(Duration::from_secs).collect());
            usual.map(|usual| usual.to_string())
        };
        assert_eq!(of(&[60, 61]), None);
        assert_eq!(of(&[62, 60, 61]).as_deref(), Some("usually 1m 0s to 1m 2s"));
        assert_eq!(
            of(&[9000, 60, 61, 62, 1, 63, 64, 65]).as_deref(),
            Some("usually 1m 1s to 1m 4s")
        );
        assert_eq!(of(&[7, 7, 7, 7]).as_deref(), Some("usually 7s"));
    }
}
