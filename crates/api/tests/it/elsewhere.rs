//! Downloads of files that the caller moves away once they are whole.

use aep_export_api::{DownloadEvent, ErrorKind, Manifest, ManifestFile};
use bytes::Bytes;
use futures_util::StreamExt;

use crate::downloads::{assert_holds, batch, client, fetch};
use crate::shelf::{Shelf, content, parquet};

fn files() -> [(&'static str, Bytes); 3] {
    [("a.csv", content(1000)), ("b.parquet", parquet(7)), ("c.csv", content(3000))]
}

#[tokio::test]
async fn what_is_elsewhere_is_not_fetched_and_counts_all_the_same() {
    let shelf = Shelf::new(&files());
    let dir = tempfile::tempdir().unwrap();
    fetch(&shelf, dir.path()).await.unwrap();
    let manifest = Manifest::read(dir.path()).unwrap().unwrap();
    let mut moved = manifest.batches[0].files.clone();
    // Of the last one nothing is known but its length: it is fetched, to be compared.
    moved[2].sha256 = None;
    let before = shelf.served();
    let dir = tempfile::tempdir().unwrap();
    let mut download = batch(&client(&shelf), 4).elsewhere(moved).to(dir.path());
    let mut kept = Vec::new();
    while let Some(event) = download.next().await {
        if let DownloadEvent::Finished { file } = event {
            kept.push((file.planned.number, file.kept));
        }
    }
    assert_eq!(kept, [(0, true), (1, true), (2, false)]);
    let downloaded = download.await.unwrap();
    let rows: Vec<_> = downloaded.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [None, Some(7), None]);
    assert_eq!(downloaded.files[0].path, dir.path().join("B1/a.csv"));
    assert_eq!(shelf.served() - before, 3000);
    assert_holds(dir.path(), &files()[2..]);
    // All of the batch is there, here or elsewhere.
    assert_eq!(Manifest::read(dir.path()).unwrap().unwrap(), manifest);
}

#[tokio::test]
async fn one_of_another_length_is_an_error_and_not_fetched() {
    let shelf = Shelf::new(&files());
    let dir = tempfile::tempdir().unwrap();
    let other = ManifestFile::new("B1/a.csv", 999);
    let error = batch(&client(&shelf), 4).elsewhere([other]).to(dir.path()).await.unwrap_err();
    assert_eq!((error.kind(), error.done().len()), (ErrorKind::Local, 2));
    assert_eq!(error.to_string(), "B1/a.csv is there already and is not the file to be fetched");
    assert_holds(dir.path(), &files()[1..]);
    assert_eq!(Manifest::read(dir.path()).unwrap(), None);
}
