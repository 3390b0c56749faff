//! Files: directories followed, markers left out, and a disk that is never fooled.

use std::path::Path;
use std::sync::Arc;

use aep_export_api::{Client, Error, ErrorKind, ExportFile};
use aep_export_transport::testing::{CutBody, ManualClock, Scripted};
use aep_export_transport::{TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};

use crate::clients::{asked, over, scripted};

const PARQUET: &[u8] = b"PAR1 rows PAR1";

#[tokio::test]
async fn directories_are_followed_and_markers_left_out() {
    let script = Scripted::new()
        .answer(200, r#"{"data": [{"dataSetFileId": "D1"}, {"dataSetFileId": "F2"}]}"#)
        .answer(
            200,
            r#"{"data": [{"name": "_SUCCESS", "length": "0"}, {"dataSetFileId": "D1-a"},
            {"name": "empty.csv", "length": 0},
            {"name": "one.parquet", "length": "14"}]}"#,
        )
        .answer(200, r#"{"data": [{"name": "deep.parquet", "length": 7}]}"#)
        .answer(200, r#"{"data": [{"name": "two.parquet"}]}"#);
    let files: Vec<_> =
        scripted(&script).files().of_batch(&"B1".into()).try_collect().await.unwrap();
    let file = |id: &str, name: &str, length| ExportFile {
        file_id: id.into(),
        name: name.to_owned(),
        length,
    };
    assert_eq!(
        files,
        [
            file("D1-a", "deep.parquet", Some(7)),
            file("D1", "empty.csv", Some(0)),
            file("D1", "one.parquet", Some(14)),
            file("F2", "two.parquet", None),
        ]
    );
    assert_eq!(asked(&script)[2], "GET /data/foundation/export/files/D1-a");
}

#[tokio::test]
async fn directories_that_hold_themselves_end_in_an_error() {
    let mut script = Scripted::new();
    for _ in 0..20 {
        script = script.answer(200, r#"{"data": [{"dataSetFileId": "loop"}]}"#);
    }
    let files: Vec<_> = scripted(&script).files().of_batch(&"B1".into()).collect().await;
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].as_ref().unwrap_err().kind(), ErrorKind::Malformed);
    assert!(script.remaining() > 0);
}

#[tokio::test]
async fn an_entry_that_is_nothing_is_an_error_and_not_left_out() {
    let script = Scripted::new().answer(200, r#"{"data": [{"length": "12"}]}"#);
    let files: Vec<_> = scripted(&script).files().of_batch(&"B1".into()).collect().await;
    assert_eq!(files[0].as_ref().unwrap_err().kind(), ErrorKind::Malformed);
}

fn file(length: u64) -> ExportFile {
    ExportFile { file_id: "F1".into(), name: "a.parquet".into(), length: Some(length) }
}

async fn fetch(client: &Client, dir: &Path, length: u64) -> Result<u64, Error> {
    client.files().download(&file(length), dir, |_| {}).await.map(|done| done.bytes)
}

fn entries(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_whole_file_stands_under_its_name_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let script = Scripted::new().answer(200, PARQUET);
    assert_eq!(fetch(&scripted(&script), dir.path(), 14).await.unwrap(), 14);
    assert_eq!(entries(dir.path()), ["a.parquet"]);
    assert_eq!(std::fs::read(dir.path().join("a.parquet")).unwrap(), PARQUET);
}

#[tokio::test]
async fn whatever_is_wrong_leaves_nothing_under_the_final_name() {
    let cut = TransportError::new(TransportErrorKind::Interrupted, "cut");
    for (what, script, length, kind) in [
        ("too short", Scripted::new().answer(200, PARQUET), 15, ErrorKind::Corrupt),
        ("too long", Scripted::new().answer(200, PARQUET), 13, ErrorKind::Corrupt),
        ("a page", Scripted::new().answer(200, "<html>no</html"), 14, ErrorKind::Corrupt),
        ("refused", Scripted::new().answer(403, ""), 14, ErrorKind::Permission),
        ("cut", Scripted::new().error(cut), 14, ErrorKind::Network),
        (
            "encoded",
            Scripted::new().response(
                http::Response::builder()
                    .header("content-encoding", "gzip")
                    .body(Bytes::from_static(PARQUET).into())
                    .unwrap(),
            ),
            14,
            ErrorKind::Malformed,
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let error = fetch(&scripted(&script), dir.path(), length).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{what}: {error}");
        assert!(entries(dir.path()).is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_body_cut_in_the_middle_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let wire = CutBody::new(Scripted::new().answer(200, PARQUET), 6);
    let error =
        fetch(&over(Arc::new(wire), &ManualClock::new()), dir.path(), 14).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(entries(dir.path()).is_empty());
}

#[tokio::test]
async fn a_file_that_is_there_already_is_kept_or_defended() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.parquet"), PARQUET).unwrap();
    let nothing = Scripted::new();
    assert_eq!(fetch(&scripted(&nothing), dir.path(), 14).await.unwrap(), 14);
    let error = fetch(&scripted(&nothing), dir.path(), 15).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert_eq!(std::fs::read(dir.path().join("a.parquet")).unwrap(), PARQUET);
    assert!(nothing.requests().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_never_followed() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let target = dir.path().join("target");
    std::fs::create_dir(&target).unwrap();

    std::os::unix::fs::symlink(&victim, target.join("a.parquet.part")).unwrap();
    let script = Scripted::new().answer(200, PARQUET);
    fetch(&scripted(&script), &target, 14).await.unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");

    std::fs::remove_file(target.join("a.parquet")).unwrap();
    std::os::unix::fs::symlink(&victim, target.join("a.parquet")).unwrap();
    let error = fetch(&scripted(&Scripted::new()), &target, 8).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_refused_before_anything_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let script = Scripted::new();
    let file = ExportFile { file_id: "F1".into(), name: "../evil.parquet".into(), length: None };
    let error = scripted(&script).files().download(&file, dir.path(), |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(script.requests().is_empty());
}
