//! What can be swapped: the domain types, and (see `road`) the transport.

use aep_export_api::{Answer, BaseUrl, Error, ErrorKind, Operation};
use aep_export_transport::testing::Scripted;
use aep_export_transport::{OperationInfo, Replay};
use bytes::Bytes;

use crate::clients::{asked, scripted};

/// An application's own document: only what it looks at, and strict about that.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Progress {
    status: String,
}

struct GetProgress;

impl Operation for GetProgress {
    type Output = Progress;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("progress.get", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<http::Request<Bytes>, Error> {
        base.at("/data/core/ups/export/jobs").segment("job id", "42").get()
    }

    fn decode(&self, answer: &Answer) -> Result<Progress, Error> {
        answer.json()
    }
}

#[tokio::test]
async fn an_operation_and_a_type_of_ones_own_run_through_the_same_client() {
    let script = Scripted::new().answer(200, r#"{"id": 42, "status": "PROCESSING"}"#);
    let reply = scripted(&script).execute(&GetProgress).await.unwrap();
    assert_eq!(reply.value(), &Progress { status: "PROCESSING".into() });
    assert_eq!(asked(&script), ["GET /data/core/ups/export/jobs/42"]);

    let script = Scripted::new().answer(200, r#"{"id": 42}"#);
    let error = scripted(&script).execute(&GetProgress).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().starts_with("progress.get: "), "{error}");
}
