//! Whether a store still holds what its manifest says.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use aep_export_api::{Difference, DifferenceKind, ManifestBatch, ManifestFile, Verified};
use futures_util::TryStreamExt;
use object_store::{Error, ObjectStoreExt};
use sha2::{Digest, Sha256};

use super::Store;
use crate::failure::Failure;

impl Store {
    /// Compares what is there with the manifest, if there is one: lengths as the store lists them, and
    /// of each file with the right one every byte. `read` is counted up by what has been read.
    pub(crate) async fn verify(&self, read: &AtomicU64) -> Result<Option<Verified>, Failure> {
        let Some((manifest, _)) = self.manifest().await? else { return Ok(None) };
        let mut verified = Verified::default();
        for batch in &manifest.batches {
            verified.count(batch);
            verified.differences.extend(self.differences_of(batch, read).await?);
        }
        Ok(Some(verified))
    }

    async fn differences_of(
        &self,
        batch: &ManifestBatch,
        read: &AtomicU64,
    ) -> Result<Vec<Difference>, Failure> {
        let id = &batch.batch_id;
        let mut there: BTreeMap<String, u64> = self.lengths_of(id).await?.into_iter().collect();
        let mut differences = Vec::new();
        for file in &batch.files {
            let name = file.path.strip_prefix(id.as_str()).and_then(|rest| rest.strip_prefix('/'));
            let is_inside = name.is_some_and(|name| !name.is_empty() && !name.contains('/'));
            let what = match there.remove(&file.path) {
                _ if !is_inside => Some(DifferenceKind::Outside),
                None => Some(DifferenceKind::Missing),
                Some(found) if found != file.bytes => {
                    Some(DifferenceKind::Length { found, listed: file.bytes })
                }
                Some(_) => self.difference_of(file, read).await?,
            };
            differences.extend(what.map(|what| Difference::new(&file.path, what)));
        }
        let counts = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            !name.starts_with(['.', '_'])
        };
        let others = there.into_keys().filter(counts);
        differences.extend(others.map(|path| Difference::new(path, DifferenceKind::Unlisted)));
        Ok(differences)
    }

    /// What is the matter with the content of a file that has the right length.
    async fn difference_of(
        &self,
        file: &ManifestFile,
        read: &AtomicU64,
    ) -> Result<Option<DifferenceKind>, Failure> {
        let Some(listed) = &file.sha256 else { return Ok(None) };
        let doing = format!("read {}", self.address_of(&file.path));
        let failed = |error: Error| self.failure(&error, &doing);
        let path = self.path_of(&file.path)?;
        let mut pieces = self.inner.get(&path).await.map_err(failed)?.into_stream();
        let mut digest = Sha256::new();
        while let Some(piece) = pieces.try_next().await.map_err(failed)? {
            digest.update(&piece);
            read.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        let found = digest.finalize().iter().fold(String::new(), |mut hex, byte| {
            // A text takes whatever is written to it.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Ok((found != *listed).then_some(DifferenceKind::Content))
    }
}
