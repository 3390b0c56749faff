//! Files: directories followed, markers left out, and a disk that is never fooled.

use std::path::Path;
use std::sync::Arc;

use aep_export_api::{Client, Error, ErrorKind, ExportFile, Folder};
use aep_export_transport::testing::{CutBody, ManualClock, Scripted};
use aep_export_transport::{Body, TransportError, TransportErrorKind};
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
    let folder = Folder::at(dir).unwrap();
    client.files().download(&file(length), &folder, |_| {}).await.map(|done| done.bytes)
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

#[tokio::test]
async fn a_body_without_end_is_stopped_at_the_listed_length() {
    let dir = tempfile::tempdir().unwrap();
    let endless = futures_util::stream::repeat_with(|| Ok(Bytes::from_static(PARQUET)));
    let script = Scripted::new().response(http::Response::new(Body::from_stream(endless)));
    let error = fetch(&scripted(&script), dir.path(), 1_000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("more than the 1000 bytes"), "{error}");
    assert!(entries(dir.path()).is_empty());
}

/// Something that another user of the machine would like to have written over.
#[cfg(unix)]
struct Victim {
    dir: tempfile::TempDir,
}

#[cfg(unix)]
impl Victim {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("victims")).unwrap();
        std::fs::write(dir.path().join("victims/file"), "precious").unwrap();
        std::fs::create_dir(dir.path().join("target")).unwrap();
        Self { dir }
    }

    fn target(&self) -> std::path::PathBuf {
        self.dir.path().join("target")
    }

    /// A link to the victim, or to the folder it is in, under this name in the target folder.
    fn planted(&self, name: &str, to: &str) {
        std::os::unix::fs::symlink(self.dir.path().join(to), self.target().join(name)).unwrap();
    }

    fn assert_unharmed(&self) {
        assert_eq!(entries(&self.dir.path().join("victims")), ["file"]);
        let text = std::fs::read_to_string(self.dir.path().join("victims/file")).unwrap();
        assert_eq!(text, "precious");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_file_is_an_error() {
    for (name, to) in [
        ("a.parquet", "victims/file"),
        ("a.parquet.part", "victims/file"),
        ("a.parquet", "victims"),
        ("a.parquet.part", "victims"),
        ("a.parquet", "victims/new"),
        ("a.parquet.part", "victims/new"),
    ] {
        let victim = Victim::new();
        victim.planted(name, to);
        // The victim's own length: it is not taken for the file either.
        let script = Scripted::new().answer(200, "precious");
        let error = fetch(&scripted(&script), &victim.target(), 8).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Local, "{name} {to}");
        assert!(error.to_string().contains(name), "{error}");
        victim.assert_unharmed();
        assert_eq!(entries(&victim.target()), [name], "nothing of it is left beside the link");
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_folder_is_an_error() {
    for to in ["victims", "victims/file", "victims/none", "target"] {
        let victim = Victim::new();
        victim.planted("B1", to);
        let folder = Folder::at(victim.target()).unwrap();
        let error = folder.inner("B1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Local, "{to}");
        assert!(error.to_string().contains("is a link"), "{error}");
        victim.assert_unharmed();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_swapped_meanwhile_is_not_left() {
    let victim = Victim::new();
    let folder = Folder::at(victim.target()).unwrap();
    let batch = folder.inner("B1").unwrap();
    std::fs::rename(victim.target().join("B1"), victim.target().join("moved")).unwrap();
    victim.planted("B1", "victims");
    let script = Scripted::new().answer(200, PARQUET);
    scripted(&script).files().download(&file(14), &batch, |_| {}).await.unwrap();
    victim.assert_unharmed();
    assert_eq!(entries(&victim.target().join("moved")), ["a.parquet"]);
}

#[test]
fn a_folder_is_named_by_one_plain_name() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("target");
    let folder = Folder::at(&target).unwrap();
    for name in
        ["", ".", "..", "../x", "/etc", "a/b", "a\\b", "NUL", "x.", ".git", &"x".repeat(300)]
    {
        assert_eq!(folder.inner(name).unwrap_err().kind(), ErrorKind::Corrupt, "{name:?}");
    }
    std::fs::write(target.join("file"), "").unwrap();
    assert_eq!(folder.inner("file").unwrap_err().kind(), ErrorKind::Local);
    assert_eq!(folder.inner("B1").unwrap().path(), target.join("B1"));
    assert_eq!(folder.inner("B1").unwrap().path(), target.join("B1"), "it may be there already");
    assert_eq!(entries(dir.path()), ["target"]);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_refused_before_anything_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path()).unwrap();
    let script = Scripted::new();
    let file = ExportFile { file_id: "F1".into(), name: "../evil.parquet".into(), length: None };
    let error = scripted(&script).files().download(&file, &folder, |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(script.requests().is_empty());
}
