//! The record of what a folder holds: `manifest.json`.

use std::io::{self, Read, Write};
use std::path::Path;

use aep_export_model::{BatchId, JobId};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::folder::Folder;
use crate::plain_name::PlainName;

/// Its name.
pub(super) const NAME: PlainName = PlainName::ours("manifest.json");
/// What it is written as before it has its name.
const UNFINISHED: PlainName = PlainName::ours("manifest.json.part");
/// The only form there is yet.
const VERSION: u32 = 1;
/// More than this is none of ours: a file takes some 200 bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What downloads into one folder have left there: `manifest.json`.
///
/// A download adds its batches once they are whole; one that was there before is replaced. So the
/// files of several jobs may lie in one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// The form of the record, 1. It only grows where a reader of the older form would be misled;
    /// members may be added.
    pub version: u32,
    /// The batches, oldest download first.
    pub batches: Vec<ManifestBatch>,
}

/// A batch in a [`Manifest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManifestBatch {
    /// The batch, which is also the name of its folder.
    pub batch_id: BatchId,
    /// The job that wrote it, where the download was told.
    pub job_id: Option<JobId>,
    /// The rows of its files together; `null` if one of them has none that can be counted.
    pub rows: Option<u64>,
    /// Its files.
    pub files: Vec<ManifestFile>,
}

/// A file in a [`Manifest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManifestFile {
    /// Where it is, from the folder of the manifest on, with `/`.
    pub path: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The rows that its Parquet footer tells of.
    pub rows: Option<u64>,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: Option<String>,
}

impl ManifestFile {
    /// A file of which no more is known.
    pub fn new(path: impl Into<String>, bytes: u64) -> Self {
        Self { path: path.into(), bytes, rows: None, sha256: None }
    }
}

impl Manifest {
    /// Reads the manifest of the folder `dir`; `None` if it has none. Waits for the disk.
    ///
    /// # Errors
    /// [`Local`](crate::ErrorKind::Local) when there is no such folder, or its `manifest.json` cannot
    /// be read or is not one of this form.
    pub fn read(dir: &Path) -> Result<Option<Self>, Error> {
        Self::in_folder(&Folder::there(dir)?)
    }

    pub(super) fn in_folder(folder: &Folder) -> Result<Option<Self>, Error> {
        let Some(file) = folder.open(&NAME, false)? else { return Ok(None) };
        let path = folder.path_of(&NAME);
        let mut text = Vec::new();
        file.take(LARGEST)
            .read_to_end(&mut text)
            .map_err(|error| Error::local(format!("cannot read {}", path.display()), error))?;
        Self::parse(&text, &path.display().to_string()).map(Some)
    }

    /// Reads the text of a manifest that was found at `place`.
    ///
    /// # Errors
    /// [`Local`](crate::ErrorKind::Local) when it is not one of this form.
    pub fn parse(text: &[u8], place: &str) -> Result<Self, Error> {
        let not_ours = |why: String| {
            let sentence = format!("{place} is not a manifest of a download: {why}");
            Error::local(sentence, io::ErrorKind::InvalidData.into())
        };
        let manifest: Self =
            serde_json::from_slice(text).map_err(|error| not_ours(error.to_string()))?;
        match manifest.version {
            VERSION => Ok(manifest),
            other => Err(not_ours(format!("its version is {other}, not {VERSION}"))),
        }
    }

    /// Its text, as a download writes it.
    ///
    /// # Errors
    /// None that is known: it is made of texts and numbers.
    pub fn text(&self) -> Result<Vec<u8>, Error> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::local("the manifest cannot be written", error.into()))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Adds these batches in the place of what was known of them. Batches that are not there any more
    /// are forgotten, and given back.
    pub fn take_in(
        &mut self,
        mut batches: Vec<ManifestBatch>,
        is_there: impl Fn(&BatchId) -> bool,
    ) -> Vec<BatchId> {
        // Who fetches a batch again by its own id need not know the job.
        for new in &mut batches {
            let old = self.batches.iter().find(|old| old.batch_id == new.batch_id);
            new.job_id = new.job_id.take().or_else(|| old?.job_id.clone());
        }
        self.batches.retain(|old| batches.iter().all(|new| new.batch_id != old.batch_id));
        let forgotten = self.batches.iter().filter(|old| !is_there(&old.batch_id));
        let forgotten: Vec<BatchId> = forgotten.map(|old| old.batch_id.clone()).collect();
        self.batches.retain(|old| !forgotten.contains(&old.batch_id));
        self.batches.extend(batches);
        forgotten
    }

    /// Writes it whole, in the place of the one that is there.
    pub(super) fn write(&self, folder: &Folder) -> Result<(), Error> {
        let failed = |error: io::Error| {
            Error::local(format!("cannot write {}", folder.path_of(&NAME).display()), error)
        };
        let text = self.text()?;
        // Left by a process that was killed.
        folder.remove(&UNFINISHED)?;
        let mut file = folder.create(&UNFINISHED)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        drop(file);
        folder.rename(&UNFINISHED, &NAME)?;
        folder.sync()
    }

    /// What is known of the file at this path.
    pub(super) fn file(&self, path: &str) -> Option<&ManifestFile> {
        let mut files = self.batches.iter().flat_map(|batch| &batch.files);
        files.find(|file| file.path == path)
    }
}

impl Default for Manifest {
    /// An empty one.
    fn default() -> Self {
        Self { version: VERSION, batches: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(id: &str, rows: u64) -> ManifestBatch {
        let path = format!("{id}/a.parquet");
        let file = ManifestFile { path, bytes: 12, rows: Some(rows), sha256: Some("ab".into()) };
        let job_id = Some(JobId::new("1001"));
        ManifestBatch { batch_id: id.into(), job_id, rows: Some(rows), files: vec![file] }
    }

    #[test]
    fn it_is_written_as_it_is_documented_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path()).unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), None);
        let mut manifest = Manifest::default();
        manifest.take_in(vec![batch("B1", 7)], |_| true);
        std::fs::write(dir.path().join(UNFINISHED.as_str()), "left behind").unwrap();
        manifest.write(&folder).unwrap();
        let text = std::fs::read_to_string(dir.path().join(NAME.as_str())).unwrap();
        let expected = r#"{
  "version": 1,
  "batches": [
    {
      "batchId": "B1",
      "jobId": "1001",
      "rows": 7,
      "files": [
        {
          "path": "B1/a.parquet",
          "bytes": 12,
          "rows": 7,
          "sha256": "ab"
        }
      ]
    }
  ]
}
"#;
        assert_eq!(text, expected);
        assert_eq!(Manifest::read(dir.path()).unwrap(), Some(manifest));
        assert_eq!(folder.names().unwrap(), [NAME.as_str()]);
    }

    #[test]
    fn batches_are_added_replaced_and_forgotten() {
        let mut manifest = Manifest::default();
        manifest.take_in(vec![batch("B1", 1), batch("B2", 2), batch("B3", 3)], |_| true);
        let nobodys = ManifestBatch { job_id: None, ..batch("B2", 22) };
        let forgotten = manifest.take_in(vec![nobodys], |id| id.as_str() != "B3");
        assert_eq!(forgotten, ["B3".into()]);
        assert_eq!(manifest.batches, [batch("B1", 1), batch("B2", 22)]);
        assert_eq!(manifest.file("B2/a.parquet").unwrap().rows, Some(22));
        assert_eq!(manifest.file("B3/a.parquet"), None);
    }

    #[test]
    fn what_is_none_of_ours_is_an_error_and_stays() {
        for text in ["", "[]", "{\"name\": \"an app\"}", "{\"version\": 2, \"batches\": []}"] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join(NAME.as_str()), text).unwrap();
            let error = Manifest::read(dir.path()).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Local, "{text}");
            assert!(error.message().contains("is not a manifest of a download"), "{error}");
        }
        assert!(Manifest::read(Path::new("/no/such/folder")).is_err());
    }

    #[test]
    fn members_that_a_later_program_adds_are_passed_over() {
        let text =
            r#"{"version": 1, "new": 1, "batches": [{"batchId": "B", "rows": null, "files": []}]}"#;
        let manifest: Manifest = serde_json::from_str(text).unwrap();
        assert_eq!(manifest.batches[0].job_id, None);
    }
}
