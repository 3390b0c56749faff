//! States and kinds, all of them open: the service may add to them.

use crate::open_enum::open_enum;

open_enum! {
    /// Where an export job stands.
    ///
    /// `NEW`, `PROCESSING`, `SUCCEEDED` and `FAILED` are documented for export jobs; `QUEUED`,
    /// `CANCELLING` and `CANCELLED` only for segment jobs, and assumed possible here. The list call
    /// is documented to filter by `NEW`, `SUCCEEDED` and `FAILED` only.
    ///
    /// ```
    /// use aep_export_model::JobStatus;
    ///
    /// assert!(JobStatus::Failed.is_terminal());
    /// let new_in_2030 = JobStatus::from("PAUSED");
    /// assert!(!new_in_2030.is_known() && !new_in_2030.is_terminal());
    /// assert_eq!(new_in_2030.as_str(), "PAUSED");
    /// ```
    pub enum JobStatus {
        /// Accepted, not begun. Create may also answer with `PROCESSING` at once (observed).
        New = "NEW",
        /// Waiting for its turn (documented for segment jobs).
        Queued = "QUEUED",
        /// Running.
        Processing = "PROCESSING",
        /// Marked for cancelling (documented for segment jobs).
        Cancelling = "CANCELLING",
        /// Cancelled (documented for segment jobs).
        Cancelled = "CANCELLED",
        /// Done. The job may still carry errors (documented samples).
        Succeeded = "SUCCEEDED",
        /// Failed; the job's errors say why.
        Failed = "FAILED",
    }
}

impl JobStatus {
    /// Whether the job has come to its end. An unknown status is none.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    /// Whether the job has come to a good end.
    pub fn is_success(&self) -> bool {
        *self == Self::Succeeded
    }
}

open_enum! {
    /// The kind of an export job (documented; only `BATCH` was ever seen).
    pub enum JobType {
        /// Profiles from the profile snapshot.
        Batch = "BATCH",
        /// Named in the service's definition, never seen.
        Streaming = "STREAMING",
    }
}

open_enum! {
    /// How a profile relates to a segment.
    pub enum MembershipStatus {
        /// Is in the segment. In the latest documentation this covers those of `existing`.
        Realized = "realized",
        /// Was in the segment before and still is. Dropped from the latest documentation.
        Existing = "existing",
        /// Has left the segment. (One sentence of the documentation says "exiting" by mistake.)
        Exited = "exited",
    }
}

open_enum! {
    /// Where a batch of the Catalog stands (documented).
    pub enum BatchStatus {
        /// Being worked on.
        Processing = "processing",
        /// Complete.
        Success = "success",
        /// Failed; the documentation uses it and `failed` for the same.
        Failure = "failure",
        /// Waiting for its turn.
        Queued = "queued",
        /// Being tried again.
        Retrying = "retrying",
        /// Without progress.
        Stalled = "stalled",
        /// Broken off.
        Aborted = "aborted",
        /// Given up before it was complete.
        Abandoned = "abandoned",
        /// Promoted once, withdrawn since.
        Inactive = "inactive",
        /// Failed.
        Failed = "failed",
        /// Taking in data.
        Loading = "loading",
        /// Has its data, waits for the next step.
        Loaded = "loaded",
        /// Staged.
        Staged = "staged",
        /// Complete; the documentation uses it and `success` for the same.
        Active = "active",
        /// Being staged.
        Staging = "staging",
        /// Deleted.
        Deleted = "deleted",
    }
}

impl BatchStatus {
    /// Whether the batch's files are all there (`success` or `active`).
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Success | Self::Active)
    }

    /// Whether the batch will never be complete. An unknown status says nothing of the kind.
    pub fn is_failed(&self) -> bool {
        matches!(
            self,
            Self::Failure
                | Self::Failed
                | Self::Aborted
                | Self::Abandoned
                | Self::Inactive
                | Self::Deleted
        )
    }
}
