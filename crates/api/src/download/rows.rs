//! Whether batches are whole: all of their files, and all of their rows.

use std::collections::HashMap;
use std::sync::Arc;

use aep_export_model::{BatchId, JobId};

use super::done::{DownloadedFile, Failure};
use super::event::PlannedFile;
use super::manifest::{ManifestBatch, ManifestFile};
use crate::{Client, Error};

/// What a batch says of itself.
pub(super) struct Reported {
    /// Its rows, or why they are not known.
    rows: Result<u64, String>,
    /// What looks odd.
    remark: Option<String>,
}

/// Asks each batch what it says of itself. That it cannot be asked is no reason not to download.
pub(super) async fn reported(client: &Client, batches: &[BatchId]) -> HashMap<BatchId, Reported> {
    let mut all = HashMap::new();
    for id in batches {
        all.insert(id.clone(), ask(client, id).await);
    }
    all
}

async fn ask(client: &Client, id: &BatchId) -> Reported {
    let batch = match client.batches().get(id).await {
        Ok(batch) => batch,
        Err(error) => {
            let why = format!("batch {id} cannot be asked how many rows it has: {error}");
            return Reported { rows: Err(why), remark: None };
        }
    };
    let unfinished = batch.status.as_ref().filter(|status| !status.is_complete());
    let remark =
        unfinished.map(|status| format!("batch {id} is not complete: its status is {status}"));
    let metrics = batch.metrics.as_ref();
    let rows = metrics.and_then(|metrics| metrics.output_record_count.or(metrics.records_written));
    let rows = rows.ok_or_else(|| format!("batch {id} does not report how many rows it has"));
    Reported { rows, remark }
}

/// A batch all of whose files are there.
pub(super) struct WholeBatch {
    id: BatchId,
    rows: Option<u64>,
    files: Vec<Arc<DownloadedFile>>,
}

/// The batches whose files are all there and have as many rows together as the batch reports, and
/// what could not be checked. One with other rows is a failure.
pub(super) fn whole_batches(
    batches: &[BatchId],
    planned: &[Arc<PlannedFile>],
    done: &[Arc<DownloadedFile>],
    reported: &HashMap<BatchId, Reported>,
    failures: &mut Vec<Failure>,
) -> (Vec<WholeBatch>, Vec<String>) {
    let (mut whole, mut remarks) = (Vec::new(), Vec::new());
    for id in batches {
        let is_of = |planned: &PlannedFile| planned.batch.as_ref() == Some(id);
        let count = planned.iter().filter(|planned| is_of(planned)).count();
        let files = done.iter().filter(|file| is_of(&file.planned));
        let files: Vec<_> = files.cloned().collect();
        if files.len() < count {
            continue;
        }
        let mut rows = files.iter().map(|file| file.rows);
        let rows = rows.try_fold(0_u64, |sum, rows| sum.checked_add(rows?));
        let reported = reported.get(id);
        remarks.extend(reported.and_then(|reported| reported.remark.clone()));
        match (rows, reported.map(|reported| &reported.rows)) {
            (Some(rows), Some(Ok(reported))) if rows != *reported => {
                let sentence = format!(
                    "batch {id} has {rows} rows in its files where the service reports {reported}"
                );
                failures.push(Failure { file: None, error: Error::corrupt(sentence) });
                continue;
            }
            (Some(_), Some(Err(why))) => remarks.push(why.clone()),
            _ => {}
        }
        whole.push(WholeBatch { id: id.clone(), rows, files });
    }
    (whole, remarks)
}

impl WholeBatch {
    /// As it is written down.
    pub(super) fn noted(self, job_id: Option<JobId>) -> ManifestBatch {
        let files = self.files.iter().map(|file| ManifestFile {
            path: file.planned.path(),
            bytes: file.bytes,
            rows: file.rows,
            sha256: file.sha256.clone(),
        });
        let files = files.collect();
        ManifestBatch { batch_id: self.id, job_id, rows: self.rows, files }
    }
}
