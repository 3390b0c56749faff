//! Files of batches, and their bytes.

use std::future::IntoFuture;

use futures_util::FutureExt;

use super::{Call, Nature, USUAL};
use crate::matrix::scene::Scene;
use crate::matrix::verdict::{Failed, listed, wrong};
use crate::threads::beside_threads;

pub(super) const CALLS: &[Call] = &[
    Call {
        name: "list the files of a batch",
        struck: "files.list",
        sends: 2,
        from: 2,
        covers: &["ListFiles", "Files::of_batch"],
        run: |scene| files(scene).boxed(),
        ..USUAL
    },
    Call {
        name: "list the files of a batch (their entries)",
        struck: "files.entry",
        sends: 2,
        from: 2,
        covers: &[],
        run: |scene| files(scene).boxed(),
        ..USUAL
    },
    Call {
        name: "download a file",
        nature: Nature::Bytes,
        struck: "files.open",
        covers: &["OpenFile", "Files::open", "Files::downloader", "Client::open"],
        run: |scene| download(scene).boxed(),
        ..USUAL
    },
];

async fn files(scene: &Scene<'_>) -> Result<(), Failed> {
    let batch = scene.house.known.batch.as_ref().unwrap();
    listed(scene.client.files().of_batch(batch), &scene.house.known.files).await
}

/// Nothing but the whole file ever stands under its name.
async fn download(scene: &Scene<'_>) -> Result<(), Failed> {
    let known = &scene.house.known;
    let dir = tempfile::tempdir().unwrap();
    let file = &known.files[0];
    let download = scene.client.files().downloader().files([file.clone()]).to(dir.path());
    let done = beside_threads(download.into_future()).await;
    let bytes = std::fs::read(dir.path().join(&file.name)).ok();
    match (done, bytes) {
        (Ok(_), Some(bytes)) if bytes == known.bytes => Ok(()),
        (Err(error), None) => Err(error.into_failures().remove(0).error.into()),
        (done, bytes) => {
            wrong(format!("{done:?}, and a file of {:?} bytes", bytes.map(|bytes| bytes.len())))
        }
    }
}
