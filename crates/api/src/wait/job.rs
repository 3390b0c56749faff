//! What can be waited for.

use std::fmt;

use aep_export_model::{ExportJob, JobError, JobId, JobStatus, SegmentJob, SegmentJobId};

use crate::{GetExportJob, GetSegmentJob, Operation};

/// A kind of job that has a [`Wait`](crate::Wait).
pub trait Job: Clone + fmt::Debug + Send + Sync + 'static {
    /// What one is asked for by.
    type Id: Clone + fmt::Debug + fmt::Display + Send + Sync + Unpin + 'static;
    /// Reads one.
    type Get: Operation<Output = Self> + 'static;
    /// What an error calls it: `export job`.
    const NOUN: &'static str;

    /// The operation that reads the job `id`.
    fn get(id: &Self::Id) -> Self::Get;
    /// Where it stands.
    fn status(&self) -> Option<&JobStatus>;
    /// What went wrong in it.
    fn errors(&self) -> &[JobError];
}

impl Job for ExportJob {
    type Id = JobId;
    type Get = GetExportJob;
    const NOUN: &'static str = "export job";

    fn get(id: &JobId) -> GetExportJob {
        GetExportJob { id: id.clone() }
    }

    fn status(&self) -> Option<&JobStatus> {
        self.status.as_ref()
    }

    fn errors(&self) -> &[JobError] {
        &self.errors
    }
}

impl Job for SegmentJob {
    type Id = SegmentJobId;
    type Get = GetSegmentJob;
    const NOUN: &'static str = "segment job";

    fn get(id: &SegmentJobId) -> GetSegmentJob {
        GetSegmentJob { id: id.clone() }
    }

    fn status(&self) -> Option<&JobStatus> {
        self.status.as_ref()
    }

    fn errors(&self) -> &[JobError] {
        &self.errors
    }
}
