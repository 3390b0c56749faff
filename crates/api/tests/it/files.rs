//! Files: directories followed, markers left out.

use aep_export_api::{ErrorKind, ExportFile};
use aep_export_transport::testing::Scripted;
use futures_util::{StreamExt, TryStreamExt};

use crate::clients::{asked, scripted};

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
