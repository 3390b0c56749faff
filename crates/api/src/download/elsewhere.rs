//! Files that the caller has moved to another place since they were whole.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::done::{DownloadedFile, Failure};
use super::event::PlannedFile;
use super::manifest::ManifestFile;
use super::schedule::Outcome;
use crate::Error;

/// What is known of such files, by their paths.
#[derive(Debug, Clone, Default)]
pub(super) struct Elsewhere(HashMap<String, ManifestFile>);

/// The files of a download, sorted by what is to be done.
pub(super) struct Sorted {
    /// Those with which nothing is to be done.
    pub(super) outcome: Outcome,
    /// Those that are to be fetched.
    pub(super) wanted: Vec<Arc<PlannedFile>>,
}

impl Elsewhere {
    pub(super) fn extend(&mut self, files: impl IntoIterator<Item = ManifestFile>) {
        self.0.extend(files.into_iter().map(|file| (file.path.clone(), file)));
    }

    /// `digest` says whether a SHA-256 is wanted of each file. A file keeps the place that it would
    /// have in `dir`.
    pub(super) fn sort(mut self, planned: &[Arc<PlannedFile>], dir: &Path, digest: bool) -> Sorted {
        let mut sorted = Sorted { outcome: Outcome::default(), wanted: Vec::new() };
        for planned in planned {
            let path = planned.path();
            match self.0.remove(&path) {
                Some(there) if Some(there.bytes) != planned.file.length => {
                    let sentence =
                        format!("{path} is there already and is not the file to be fetched");
                    let error = Error::local(sentence, io::ErrorKind::AlreadyExists.into());
                    let file = Some(Arc::clone(planned));
                    sorted.outcome.failures.push(Failure { file, error });
                }
                Some(there) if there.sha256.is_some() || !digest => {
                    let ManifestFile { bytes, rows, sha256, .. } = there;
                    let (planned, path) = (Arc::clone(planned), dir.join(path));
                    let file = DownloadedFile { planned, path, bytes, rows, sha256, kept: true };
                    sorted.outcome.done.push(Arc::new(file));
                }
                _ => sorted.wanted.push(Arc::clone(planned)),
            }
        }
        sorted
    }
}
