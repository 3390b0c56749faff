//! How a download ended.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use aep_export_model::BatchId;

use super::event::PlannedFile;
use crate::{Error, ErrorKind};

/// A file that is whole and under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadedFile {
    /// Which file it is.
    pub planned: Arc<PlannedFile>,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// How many rows its Parquet footer tells of; `None` for other files, and without the feature
    /// `parquet-check`.
    pub rows: Option<u64>,
    /// Its SHA-256 in hexadecimal digits, unless the download was told to compute none.
    pub sha256: Option<String>,
    /// Whether it was there already, with the length that the service lists, and was left alone.
    pub kept: bool,
}

/// A download that has fetched everything.
#[derive(Debug)]
#[non_exhaustive]
pub struct Downloaded {
    /// Every file, in the order in which the service lists them.
    pub files: Vec<Arc<DownloadedFile>>,
    /// Where it is written down what the files are; only for files of batches.
    pub manifest: Option<PathBuf>,
    /// Batches of earlier downloads that the manifest has forgotten, because their folders are gone.
    pub forgotten: Vec<BatchId>,
    /// Checks that could not be made and what looks odd, each in a sentence: a batch that does not
    /// say how many rows it has, for one.
    pub remarks: Vec<String>,
}

/// A download that has not fetched everything.
///
/// What it did fetch stays, whole or in part, and is taken up by the next download into the same
/// folder.
#[derive(Debug)]
pub struct DownloadError {
    done: Vec<Arc<DownloadedFile>>,
    failures: Vec<Failure>,
    planned: usize,
}

/// One thing that went wrong with a download.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The file that it concerns, if it concerns one alone.
    pub file: Option<Arc<PlannedFile>>,
    /// What went wrong.
    pub error: Error,
}

impl DownloadError {
    /// `failures` is not empty.
    pub(super) fn new(
        done: Vec<Arc<DownloadedFile>>,
        failures: Vec<Failure>,
        planned: usize,
    ) -> Self {
        Self { done, failures, planned }
    }

    /// What went wrong before or beside the files.
    pub(super) fn general(error: Error) -> Self {
        Self::new(Vec::new(), vec![Failure { file: None, error }], 0)
    }

    /// The files that are whole.
    pub fn done(&self) -> &[Arc<DownloadedFile>] {
        &self.done
    }

    /// What went wrong, in the order in which it did.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The same, to keep.
    pub fn into_failures(self) -> Vec<Failure> {
        self.failures
    }

    /// How many files were to be fetched; 0 if that never became known.
    pub fn planned(&self) -> usize {
        self.planned
    }

    /// The kind of what went wrong: [`Corrupt`](ErrorKind::Corrupt) if any data is wrong, else that
    /// of the first failure.
    pub fn kind(&self) -> ErrorKind {
        let mut kinds = self.failures.iter().map(|failure| failure.error.kind());
        let first = kinds.next().unwrap_or(ErrorKind::Local);
        if kinds.any(|kind| kind == ErrorKind::Corrupt) { ErrorKind::Corrupt } else { first }
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.failures.iter().filter(|failure| failure.file.is_some()).count();
        if files > 1 {
            write!(f, "{files} of {} files were not fetched, the first because: ", self.planned)?;
        }
        match self.failures.first() {
            // What is wrong with a file is told with its name.
            Some(Failure { file: Some(file), error })
                if !error.message().contains(&file.file.name) =>
            {
                write!(f, "{}: {error}", file.path())
            }
            Some(Failure { error, .. }) => write!(f, "{error}"),
            None => f.write_str("nothing went wrong"),
        }
    }
}

impl std::error::Error for DownloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.failures.first().and_then(|failure| failure.error.source())
    }
}
