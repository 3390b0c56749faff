//! Files: directories followed, markers left out.

use std::sync::{Arc, Mutex};

use aep_export_api::{ErrorKind, ExportFile};
use aep_export_transport::testing::{ManualClock, Scripted};
use aep_export_transport::{Body, Transport, TransportError};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::clients::{asked, over, scripted};

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

/// A batch of so many files in pages of 100, as the service gives them; every tenth is a marker.
struct ManyFiles {
    files: usize,
    listed: Mutex<Vec<String>>,
}

impl ManyFiles {
    fn page(&self, start: usize) -> Value {
        let end = self.files.min(start + 100);
        let entries: Vec<Value> =
            (start..end).map(|file| json!({"dataSetFileId": format!("F{file}")})).collect();
        let more = (end < self.files).then(|| {
            json!({"next": {"href": format!("https://platform.adobe.io:443/x?start={end}&limit=100")}})
        });
        json!({"data": entries, "_page": {"limit": 100, "count": entries.len()}, "_links": more})
    }

    fn entry(file: &str) -> Value {
        let (name, length) = match file.ends_with('0') {
            true => ("_SUCCESS", "0"),
            false => ("part.parquet", "7"),
        };
        json!({"data": [{"name": name, "length": length}]})
    }
}

#[async_trait::async_trait]
impl Transport for ManyFiles {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let uri = request.uri();
        let document = match uri.path().rsplit_once("/files/") {
            Some((_, file)) => Self::entry(file),
            None => {
                self.listed.lock().unwrap().push(uri.query().unwrap_or_default().to_owned());
                let start = uri.query().and_then(|query| query.strip_prefix("start="));
                self.page(start.map_or(0, |start| start.parse().unwrap()))
            }
        };
        Ok(Response::new(Body::from(Bytes::from(document.to_string()))))
    }
}

#[tokio::test]
async fn every_page_of_a_large_batch_is_read_and_no_file_is_lost() {
    for (files, pages) in [(0, &[""][..]), (100, &[""]), (101, &["", "start=100"])] {
        listed(files, pages).await;
    }
    listed(257, &["", "start=100", "start=200"]).await;
}

async fn listed(files: usize, pages: &[&str]) {
    let many = Arc::new(ManyFiles { files, listed: Mutex::default() });
    let client = over(many.clone(), &ManualClock::new());
    let seen: Vec<ExportFile> = client.files().of_batch(&"B1".into()).try_collect().await.unwrap();
    let ids: Vec<String> = seen.iter().map(|file| file.file_id.to_string()).collect();
    let all = (0..files).map(|file| format!("F{file}"));
    assert_eq!(ids, all.filter(|id| !id.ends_with('0')).collect::<Vec<_>>(), "{files} files");
    assert_eq!(*many.listed.lock().unwrap(), pages, "{files} files");
}
