//! Profiles of the user's own: what is taken in can be exported, row for row; what is wrong is told with its
//! line, and leaves everything as it was.
//!
//! With the word `gzip` or `zstd` in the first line the rest is one file, packed as it may be; otherwise it
//! is text.

use aep_export_emulator::{Import, ImportError, Service};
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::block::first_line;
use crate::client::run;
use crate::signed_in;

pub(super) fn target(data: &[u8]) {
    let (line, rest) = first_line(data);
    let packed = ["gzip", "zstd"].contains(&line.trim());
    let profiles = if packed { rest } else { data }.to_vec();
    let lines = profiles.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    run(async {
        let service = signed_in::emulator(2).await;
        let import = Import::new().reader("profiles", std::io::Cursor::new(profiles));
        let expected = match service.import(import).await {
            Ok(imported) => {
                assert_eq!(imported.profiles, imported.total);
                imported.total
            }
            Err(error) => {
                wrong(&error, (!packed).then_some(lines));
                2
            }
        };
        assert_eq!(exported(&service).await, expected);
        service.close().await;
    });
}

fn wrong(error: &ImportError, lines: Option<u64>) {
    match error {
        ImportError::Line { line, reason, .. } => {
            assert!(*line >= 1 && lines.is_none_or(|lines| *line <= lines), "{error}");
            assert!(!reason.is_empty());
        }
        ImportError::Source { .. } | ImportError::Empty(_) => {}
        other => panic!("{other}"),
    }
}

/// How many profiles an export of all writes.
async fn exported(service: &Service) -> u64 {
    let headers = signed_in::headers(service).await;
    let ask = async |method: Method, path: &str, body: Value| {
        let mut request = Request::new(Body::from(body.to_string()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("an address");
        *request.headers_mut() = headers.clone();
        let response = service.call(request).await;
        let status = response.status();
        let body = signed_in::body(response).await;
        assert!(status.is_success(), "{status}: {}", body.escape_ascii());
        serde_json::from_slice::<Value>(&body).expect("JSON")
    };
    let dataset = json!({"name": "gold", "schemaRef": {
        "id": "https://ns.adobe.com/xdm/context/profile__union",
        "contentType": "application/vnd.adobe.xed+json;version=1",
    }});
    let named = ask(Method::POST, "/data/foundation/catalog/dataSets", dataset).await;
    let dataset = named[0].as_str().and_then(|text| text.rsplit('/').next());
    let job = json!({
        "destination": {"datasetId": dataset.expect("a dataset")},
        "schema": {"name": "_xdm.context.profile"},
        "emptyProfiles": true,
    });
    let job = ask(Method::POST, "/data/core/ups/export/jobs", job).await;
    service.settled().await;
    let path = format!("/data/core/ups/export/jobs/{}", job["id"]);
    let job = ask(Method::GET, &path, Value::Null).await;
    assert_eq!(job["status"], "SUCCEEDED", "{job}");
    let count = &job["metrics"]["totalExportedProfileCounter"];
    count.as_u64().unwrap_or_else(|| panic!("{job}"))
}
