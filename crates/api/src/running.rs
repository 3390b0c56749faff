//! Looking for a job that already does what is about to be asked for.

use std::time::Duration;

use aep_export_model::{ExportJob, ExportJobRequest, JobStatus};

use crate::likeness::{Likeness, likeness};
use crate::newest::{Newest, PAGE_SIZE};
use crate::{Client, Error, ListExportJobs, Record};

/// Jobs under way that do what a request asks for; from
/// [`ExportJobs::find_running`](crate::ExportJobs::find_running).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Running {
    /// Jobs that are equal to the request in all that matters, the newest first.
    pub equal: Vec<Record<ExportJob>>,
    /// Jobs that may be: what they repeat of their request is equal, but they do not repeat all that
    /// this one asks for. The newest first.
    pub unclear: Vec<Record<ExportJob>>,
}

impl Running {
    /// The newest of the equal jobs.
    pub fn newest(&self) -> Option<&Record<ExportJob>> {
        self.equal.first()
    }
}

impl Client {
    pub(crate) async fn find_running(
        &self,
        request: &ExportJobRequest,
        within: Duration,
    ) -> Result<Running, Error> {
        let mut running = Running::default();
        let list = ListExportJobs { limit: Some(PAGE_SIZE), ..ListExportJobs::default() };
        let mut newest = Newest::new(self, list, |job| job.creation_time, within);
        while let Some(page) = newest.next_page().await? {
            let under_way =
                page.into_iter().filter(|seen| seen.young && is_under_way(&seen.record));
            for seen in under_way {
                match likeness(request, &seen.record) {
                    Likeness::Equal => running.equal.push(seen.record),
                    Likeness::Unclear => running.unclear.push(seen.record),
                    Likeness::Different => {}
                }
            }
        }
        Ok(running)
    }
}

/// Also a job in a state that nobody has heard of: it has not ended. One that is about to be
/// cancelled will not do what is asked for.
fn is_under_way(job: &ExportJob) -> bool {
    !job.is_terminal() && job.status != Some(JobStatus::Cancelling)
}
