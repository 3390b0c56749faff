//! Downloads: many files and many parts at once, checked, and taken up again.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use aep_export_api::{
    Client, Download, DownloadError, DownloadEvent, Downloaded, Downloader, ErrorKind, ExportFile,
    Manifest,
};
use aep_export_transport::testing::ManualClock;
use bytes::Bytes;
use futures_util::StreamExt;

use crate::clients::{over, patient};
use crate::shelf::{Shelf, content};

const MIB: usize = 1024 * 1024;

pub(crate) fn client(shelf: &Shelf) -> Client {
    patient(Arc::new(shelf.clone()), &ManualClock::new())
}

/// A download of the batch over this many connections.
pub(crate) fn batch(client: &Client, connections: usize) -> Downloader {
    let connections = NonZeroUsize::new(connections).unwrap();
    client.files().downloader().batches(["B1".into()]).connections(connections)
}

pub(crate) async fn fetch(shelf: &Shelf, dir: &Path) -> Result<Downloaded, DownloadError> {
    batch(&client(shelf), 4).to(dir).await
}

/// Drops it, and waits until its threads have left: the clock of these tests is too quick for the
/// next one to wait for that.
pub(crate) fn given_up(download: Download, dir: &Path) {
    drop(download);
    while dir.join("B1/.aep-export.lock").exists() {
        std::thread::yield_now();
    }
}

/// What is in the folder of the batch.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir.join("B1")) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[track_caller]
pub(crate) fn assert_holds(dir: &Path, files: &[(&str, Bytes)]) {
    let mut wanted: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    wanted.sort_unstable();
    assert_eq!(names(dir), wanted);
    for (name, bytes) in files {
        assert!(fs::read(dir.join("B1").join(name)).unwrap() == *bytes, "{name} is not right");
    }
}

/// The bytes that every event tells of, by file.
pub(crate) async fn told(
    mut download: Download,
) -> (Vec<DownloadEvent>, Result<Downloaded, DownloadError>) {
    let mut events = Vec::new();
    while let Some(event) = download.next().await {
        events.push(event);
    }
    (events, download.await)
}

pub(crate) fn bytes_told(events: &[DownloadEvent]) -> u64 {
    let bytes = events.iter().map(|event| match event {
        DownloadEvent::Progress { bytes, .. } => *bytes,
        _ => 0,
    });
    bytes.sum()
}

#[tokio::test]
async fn parts_of_one_file_come_together() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("a.csv", content(20 * MIB + 12345))];
    let shelf = Shelf::new(&files);
    let (events, downloaded) = told(batch(&client(&shelf), 4).to(dir.path())).await;
    let downloaded = downloaded.unwrap();
    assert_holds(dir.path(), &files);
    assert_eq!(downloaded.files[0].bytes, files[0].1.len() as u64);
    assert_eq!(shelf.served(), files[0].1.len() as u64, "each byte once");
    assert_eq!(bytes_told(&events), files[0].1.len() as u64);
    assert_eq!(shelf.most_under_way(), 4);
    assert!(shelf.ranges().iter().all(Option::is_some));
    let first = &shelf.opened()[0];
    assert_eq!(first.headers()["accept-encoding"], "identity");
    assert_eq!(first.headers().get("if-range"), None, "nothing is known of its state yet");
}

#[tokio::test]
async fn many_files_have_a_connection_each() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..50).map(|n| format!("part-{n}.csv")).collect();
    let files: Vec<(&str, Bytes)> =
        names.iter().enumerate().map(|(n, name)| (name.as_str(), content(1000 * n + 1))).collect();
    let shelf = Shelf::new(&files);
    let (events, downloaded) = told(batch(&client(&shelf), 3).to(dir.path())).await;
    assert_holds(dir.path(), &files);
    assert_eq!(shelf.opened().len(), 50, "one request each");
    assert!(shelf.most_under_way() <= 3, "{}", shelf.most_under_way());
    let numbers: Vec<usize> =
        downloaded.unwrap().files.iter().map(|file| file.planned.number).collect();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>(), "as the service lists them");
    assert!(matches!(&events[0], DownloadEvent::Planned { files } if files.len() == 50));
    let finished = events.iter().filter(|event| matches!(event, DownloadEvent::Finished { .. }));
    assert_eq!(finished.count(), 50);
}

#[tokio::test]
async fn the_manifest_says_what_is_there_and_can_be_verified() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("a.csv", content(1000)), ("b.csv", content(2000)), ("empty.csv", Bytes::new())];
    let downloaded = fetch(&Shelf::new(&files), dir.path()).await.unwrap();
    assert_eq!(downloaded.manifest.unwrap(), dir.path().join("manifest.json"));
    let manifest = Manifest::read(dir.path()).unwrap().unwrap();
    let listed = &manifest.batches[0].files;
    assert_eq!(
        listed.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["B1/a.csv", "B1/b.csv", "B1/empty.csv"]
    );
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(listed[2].sha256.as_deref(), Some(empty));
    let mut seen = 0;
    let verified = manifest
        .verify(dir.path(), |bytes| {
            seen += bytes;
            Ok(())
        })
        .unwrap();
    assert_eq!((verified.files, verified.bytes, seen), (3, 3000, 3000));
    assert!(verified.differences.is_empty());

    let batch = dir.path().join("B1");
    fs::write(batch.join("a.csv"), content(1001)).unwrap();
    let mut other = content(2000).to_vec();
    other[1000] ^= 1;
    fs::write(batch.join("b.csv"), other).unwrap();
    fs::remove_file(batch.join("empty.csv")).unwrap();
    fs::write(batch.join("more.csv"), "").unwrap();
    fs::write(batch.join("_SUCCESS"), "").unwrap();
    let verified = manifest.verify(dir.path(), |_| Ok(())).unwrap();
    let told: Vec<String> = verified.differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "B1/a.csv has 1001 bytes where the manifest says 1000",
            "B1/b.csv has another content than was downloaded",
            "B1/empty.csv is missing",
            "B1/more.csv is not in the manifest",
        ]
    );
    let words: Vec<_> = verified.differences.iter().map(|found| found.what.word()).collect();
    assert_eq!(words, ["length", "content", "missing", "unlisted"]);
}

#[tokio::test]
async fn a_manifest_leads_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("outside"), "x").unwrap();
    let inner = dir.path().join("gold");
    fs::create_dir_all(inner.join("B1")).unwrap();
    let text = r#"{"version": 1, "batches": [
        {"batchId": "B1", "files": [{"path": "B1/../../outside", "bytes": 1}, {"path": "B2/x", "bytes": 1}]},
        {"batchId": "..", "files": [{"path": "../outside", "bytes": 1}]}]}"#;
    fs::write(inner.join("manifest.json"), text).unwrap();
    let manifest = Manifest::read(&inner).unwrap().unwrap();
    let verified = manifest.verify(&inner, |_| panic!("it reads")).unwrap();
    let words: Vec<_> = verified.differences.iter().map(|found| found.what.word()).collect();
    assert_eq!(words, ["outside", "outside", "missing"]);
}

#[tokio::test]
async fn jobs_share_a_folder_and_a_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("a.csv", content(1000))];
    fetch(&Shelf::new(&files), dir.path()).await.unwrap();
    // Another batch of an earlier job: its folder is gone meanwhile.
    let manifest = dir.path().join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let more = text.replacen(
        "\"batches\": [",
        r#""batches": [{"batchId": "B0", "files": []}, {"batchId": "B9", "files": []},"#,
        1,
    );
    fs::write(&manifest, more).unwrap();
    fs::create_dir(dir.path().join("B0")).unwrap();
    let again = fetch(&Shelf::new(&files), dir.path()).await.unwrap();
    assert!(again.files[0].kept);
    assert_eq!(again.forgotten, ["B9".into()]);
    let manifest = Manifest::read(dir.path()).unwrap().unwrap();
    let ids: Vec<_> = manifest.batches.iter().map(|batch| batch.batch_id.as_str()).collect();
    assert_eq!(ids, ["B0", "B1"]);
}

#[tokio::test]
async fn somebody_elses_manifest_ends_it_before_anything_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("manifest.json"), r#"{"name": "an app"}"#).unwrap();
    let shelf = Shelf::new(&[("a.csv", content(10))]);
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert!(error.to_string().contains("is not a manifest of a download"), "{error}");
    assert!(shelf.opened().is_empty() && names(dir.path()).is_empty());
}

#[tokio::test]
async fn what_is_there_is_kept_and_what_is_in_the_way_defended() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("a.csv", content(1000)), ("b.csv", content(2000))];
    fs::create_dir(dir.path().join("B1")).unwrap();
    fs::write(dir.path().join("B1/a.csv"), &files[0].1).unwrap();
    fs::write(dir.path().join("B1/b.csv"), "mine").unwrap();
    let shelf = Shelf::new(&files);
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!((error.kind(), error.done().len(), error.planned()), (ErrorKind::Local, 1, 2));
    assert!(error.done()[0].kept);
    assert_eq!(error.failures()[0].file.as_ref().unwrap().path(), "B1/b.csv");
    assert_eq!(fs::read(dir.path().join("B1/b.csv")).unwrap(), b"mine");
    assert!(shelf.opened().is_empty());
    assert!(!dir.path().join("manifest.json").exists(), "the batch is not whole");
}

#[tokio::test]
async fn dropping_it_keeps_what_is_there_for_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("a.csv", content(20 * MIB))];
    let shelf = Shelf::new(&files);
    let mut download = batch(&client(&shelf), 4).to(dir.path());
    let mut came = 0;
    while came < 10 * MIB as u64 {
        if let Some(DownloadEvent::Progress { bytes, .. }) = download.next().await {
            came += bytes;
        }
    }
    given_up(download, dir.path());
    let first = shelf.served();
    let (events, downloaded) = told(batch(&client(&shelf), 4).to(dir.path())).await;
    downloaded.unwrap();
    assert_holds(dir.path(), &files);
    let had = events.iter().find_map(|event| match event {
        DownloadEvent::Started { had, .. } => Some(*had),
        _ => None,
    });
    let had = had.unwrap();
    assert!(had >= 9 * MIB as u64, "{had}");
    assert_eq!(
        shelf.served() - first + had,
        files[0].1.len() as u64,
        "what is there is not fetched"
    );
    assert_eq!(bytes_told(&events) + had, files[0].1.len() as u64);
}

#[tokio::test]
async fn one_download_at_a_time_works_in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("a.csv", content(MIB))];
    let shelf = Shelf::new(&files);
    let mut first = batch(&client(&shelf), 1).to(dir.path());
    while !matches!(first.next().await, Some(DownloadEvent::Progress { .. })) {}
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert!(error.to_string().contains("another download is at work in"), "{error}");
    first.await.unwrap();
    assert_holds(dir.path(), &files);
}

#[tokio::test]
async fn names_that_lead_elsewhere_or_meet_are_refused_before_anything_is_made() {
    for names in [
        &["../evil.csv"][..],
        &["a/b"],
        &["NUL"],
        &["a.csv", "A.csv"],
        &["a.csv", "a.csv.part"],
        &["a.csv.part.log", "a.csv"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let files: Vec<_> = names.iter().map(|name| (*name, content(10))).collect();
        let shelf = Shelf::new(&files);
        let error = fetch(&shelf, &dir.path().join("to")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{names:?}: {error}");
        assert!(shelf.opened().is_empty());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
    let dir = tempfile::tempdir().unwrap();
    let client = client(&Shelf::new(&[]));
    let elsewhere = client.files().downloader().batches(["..".into()]).to(dir.path()).await;
    assert_eq!(elsewhere.unwrap_err().kind(), ErrorKind::Corrupt);
}

/// Something that another user of the machine would like to have written over, in every place where
/// a download writes.
#[cfg(unix)]
#[tokio::test]
async fn a_link_in_any_place_is_an_error_and_not_followed() {
    for place in [
        "B1",
        "B1/a.csv",
        "B1/a.csv.part",
        "B1/a.csv.part.log",
        "B1/.aep-export.lock",
        "manifest.json",
    ] {
        for victim in ["victims", "victims/file", "victims/none"] {
            let dir = tempfile::tempdir().unwrap();
            let to = dir.path().join("to");
            fs::create_dir(dir.path().join("victims")).unwrap();
            // As long as the file that is fetched: it is not taken for it either.
            fs::write(dir.path().join("victims/file"), "precious").unwrap();
            let planted = to.join(place);
            fs::create_dir_all(planted.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(dir.path().join(victim), &planted).unwrap();
            let error = fetch(&Shelf::new(&[("a.csv", content(8))]), &to).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Local, "{place} {victim}: {error}");
            let sentence = format!("{} is a link, and links are not followed", planted.display());
            assert!(error.to_string().ends_with(&sentence), "{error}");
            assert_eq!(fs::read_dir(dir.path().join("victims")).unwrap().count(), 1);
            let text = fs::read_to_string(dir.path().join("victims/file")).unwrap();
            assert_eq!(text, "precious", "{place} {victim}");
            let left = names(&to).len();
            assert!(left <= 1, "{place} {victim}: nothing is left beside it: {:?}", names(&to));
        }
    }
}

#[tokio::test]
async fn files_alone_go_into_the_folder_itself() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(&[("a.csv", content(1000))]);
    let file = |length| ExportFile { file_id: "F0".into(), name: "a.csv".into(), length };
    let download = client(&shelf).files().downloader().files([file(Some(1000))]).sha256(false);
    let downloaded = download.to(dir.path()).await.unwrap();
    assert_eq!((downloaded.manifest, &downloaded.files[0].sha256), (None, &None));
    assert_eq!(fs::read(dir.path().join("a.csv")).unwrap(), content(1000));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    fs::remove_file(dir.path().join("a.csv")).unwrap();
    // A list that does not say how long it is.
    let download = client(&shelf).files().downloader().files([file(None)]);
    assert_eq!(download.to(dir.path()).await.unwrap().files[0].bytes, 1000);
    assert_eq!(shelf.ranges().last().unwrap(), &None);
}

#[tokio::test]
async fn an_attempt_that_may_not_be_repeated_is_not() {
    let files = [("a.csv", content(1000)), ("b.csv", content(10))];
    let shelf = Shelf::spoiled(&files, |nth, _, response| match nth {
        0 => Ok(response.map(|_| crate::shelf::part(&content(10), None).into_body().into())),
        _ => Ok(response),
    });
    let dir = tempfile::tempdir().unwrap();
    let client = over(Arc::new(shelf.clone()), &ManualClock::new());
    let error = batch(&client, 1).to(dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let sentence = "a.csv: the answer ended after 10 of 1000 bytes";
    assert_eq!(error.to_string(), sentence);
    assert_eq!(error.done().len(), 1, "the other file is there");
    assert_eq!(shelf.opened().len(), 2);
}
