//! The export engine: what an export job does to profiles, without HTTP, clock or storage.
//!
//! Profiles are lines of JSON, one XDM individual profile a line. They are taken in once, into a
//! [store](profiles) of blocks in which each field's values stand side by side. `export` reads of
//! it what a request needs: first the memberships and ingest times, to select profiles by the
//! request's filters, then the requested fields of the selected ones, which it writes as Parquet
//! part files that Spark, pyarrow, DuckDB and Polars open. It is plain blocking code that works on
//! several threads: a service calls it on a thread of its own and reads its own clock when progress
//! is reported. Its memory depends on the size of a block, not on the number of profiles.
//!
//! # What a profile line looks like
//!
//! The XDM fields are those of the union schema. Four keys mean something to the engine, and must
//! have the form that is given here:
//!
//! | key | meaning | source |
//! |---|---|---|
//! | `identityMap` | `{namespace: [{id, ..}]}` | documented |
//! | `segmentMembership` | `{namespace: {segmentId: {status, lastQualificationTime}}}`; `timestamp` is read where `lastQualificationTime` is absent | documented |
//! | `eventList` | the profile's events, exported only when the request has `additionalFields.eventList` | assumed (the column's name is not documented) |
//! | `_emulator` | the store's own envelope: `updatedAt` on a profile and `ingestedAt` on an event are the ingest times that the filters compare with; never exported | assumed |
//!
//! A profile or event without an ingest time has that of its import. `null` is the same as leaving
//! a key out.
//!
//! # What the filters mean
//!
//! - Segments are OR-ed; everything else is AND-ed (documented).
//! - A namespace that is left out is `ups`, and letter case does not count in namespaces
//!   (`ups` and `UPS` are both seen; assumed). A status list that is left out is `realized` and
//!   `existing` (documented; the newest page says `realized` alone).
//! - `segmentQualificationTime` looks at the time of the very membership that let the profile
//!   through. Start is inclusive, end exclusive, so that one night's window ends where the next
//!   begins (assumed). Without `segments` any membership counts (assumed).
//! - `fromIngestTimestamp` is "greater than" (documented), and also bounds the events (documented
//!   by the Profile guide).
//! - A window whose start is after its end is refused (assumed). Times are RFC 3339 and nothing
//!   else (documented; that AEP refuses other forms is assumed).
//! - Profiles with nothing but identities, memberships and events are left out unless
//!   `emptyProfiles` is true (documented; what counts as a record field is assumed).
//!
//! # What is written
//!
//! The fields of all profiles of the store, or those of them that were asked for, whichever
//! profiles the filters let through: exports of one store have the same columns from one night to
//! the next. What types they have is said in `column.rs`.
//!
//! # Limits of its own
//!
//! AEP documents none of these, and may well take what is refused here: at most 1,000 entries in
//! `filter.segments` and 32 names in a path of `fields` (else the request is refused), 5,000
//! columns (else the job fails), 34 levels of nesting and 1,000 fields of an object in a profile
//! (what is deeper or has more is written as its JSON in a text column), 127 levels of JSON,
//! 5,000 fields of a profile, 100,000 different fields in all, 16 MiB a profile (else it is not
//! taken in).

mod build;
mod column;
mod filter;
mod json;
mod ordered;
pub(crate) mod profiles;
mod project;
mod request;
mod rows;
mod run;
pub(crate) mod sample;
mod select;
mod shape;
mod shorten;
#[cfg(test)]
mod tests;
mod time;
pub(crate) mod uuid;
mod write;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use profiles::Profiles;
pub(crate) use request::{ExportRequest, SegmentRef};

/// How an export is written; the defaults suit the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportOptions {
    /// A batch with more rows than this gets several part files. At least 1 counts.
    pub(crate) rows_per_file: u64,
    /// Threads that read profiles.
    pub(crate) threads: usize,
    /// Where the random-looking part of file names comes from. The same seed, request and
    /// profiles write the same files.
    pub(crate) seed: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { rows_per_file: 100_000, threads, seed: 0 }
    }
}

/// What an export reports while it works. Each phase begins with a report of zero, so that the
/// caller can read its own clock at the boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Profiles are being read, filtered and projected (`metrics.profileExportTime`).
    ReadingProfiles {
        /// Profiles read so far, whether exported or not.
        read: u64,
        /// Profiles that the filters let through so far.
        selected: u64,
    },
    /// Part files are being written (`metrics.aCPDatasetWriteTime`).
    WritingDataset {
        /// Rows written so far, over all batches.
        written: u64,
        /// Rows to write, over all batches.
        total: u64,
    },
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exported {
    /// One batch, or one per segment, in the order of [`ExportRequest::batches`]. Batch `n` is in
    /// the folder named `n` of the output folder.
    pub(crate) batches: Vec<ExportedBatch>,
    /// Profiles read from the store.
    pub(crate) profiles_read: u64,
    /// Profiles exported, each counted once however many batches hold it
    /// (`metrics.totalExportedProfileCounter`).
    pub(crate) profiles: u64,
}

/// One batch of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportedBatch {
    /// Part files in order, then the empty `_SUCCESS` marker.
    pub(crate) files: Vec<ExportedFile>,
    /// Rows in all part files: one profile is one row.
    pub(crate) rows: u64,
    /// How many of the rows have an identity in each namespace of `identityMap`
    /// (`metrics.exportedProfileByNamespaceCounter`).
    pub(crate) profiles_by_namespace: BTreeMap<String, u64>,
}

/// One file of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportedFile {
    /// Its name inside the batch's folder.
    pub(crate) name: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// Its rows; 0 for the marker.
    pub(crate) rows: u64,
}

/// Why an export ended without its files. The service turns it into a FAILED job with `errors[]`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The schema is not the one that profiles have.
    #[error("Schema {0} cannot be exported: only _xdm.context.profile is known here")]
    UnknownSchema(String),
    /// The profiles could not be read.
    #[error("Error in Export Job: profiles could not be read: {0}")]
    Store(String),
    /// A part file could not be written.
    #[error("Error writing profiles to output path: {0}")]
    Write(String),
    /// The caller's progress function asked to stop.
    #[error("Export Job was cancelled")]
    Cancelled,
}

impl ExportError {
    /// The code for `errors[].code`: those that published jobs have (documented samples).
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "0100000003",
            Self::Write(_) => "0090000009",
            Self::UnknownSchema(_) | Self::Cancelled => "unknown",
        }
    }

    /// The sentence for `errors[].msg`, the same as its `Display`.
    pub(crate) fn message(&self) -> String {
        self.to_string()
    }
}

/// Runs one export: reads `profiles` and writes one folder per batch into `output_dir`.
///
/// Folder `0` holds the first batch of [`ExportRequest::batches`], and so on; what an earlier,
/// unfinished run left in these folders is removed first, and so is what this run wrote when it
/// fails. `_SUCCESS` is written last.
///
/// `progress` is called before the first and after each block of profiles that is read, before each
/// batch and after each chunk of rows that is written: often, so that an export can be stopped.
/// Answering [`ControlFlow::Break`] ends the export with [`ExportError::Cancelled`].
///
/// # Errors
///
/// [`ExportError`]: profiles that cannot be read, a schema that is not the profile schema, an output
/// folder that cannot be written, or a cancelled run.
pub(crate) fn export(
    request: &ExportRequest,
    profiles: &Profiles,
    output_dir: &Path,
    options: &ExportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    run::run(request, profiles, output_dir, options, progress)
}
