//! The same code over a transport of one's own: `cargo run -p aep-export-api --example own_transport`.
//!
//! Here it answers from memory; in an application it may be another HTTP stack, a recorder or a
//! gateway's client.
#![allow(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;
use std::sync::Arc;

use aep_export_api::{Client, ClientBuilder, Secret};
use aep_export_transport::{Body, Transport, TransportError};
use bytes::Bytes;

/// Knows one job.
struct InMemory;

#[async_trait::async_trait]
impl Transport for InMemory {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let known = request.uri().path() == "/data/core/ups/export/jobs/42";
        let mut response = http::Response::new(match known {
            true => Body::from(r#"{"id": 42, "status": "SUCCEEDED"}"#),
            false => Body::from(r#"{"message": "nothing here"}"#),
        });
        if !known {
            *response.status_mut() = http::StatusCode::NOT_FOUND;
        }
        Ok(response)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run().await
}

/// The example; a test runs it as well.
pub async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Client::builder()
        .organization("0123456789ABCDEF01234567@AdobeOrg")
        .sandbox("prod")
        .api_key("a-client")
        .access_token(Secret::new("a-token"));
    look_up(settings.transport(Arc::new(InMemory))).await
}

/// Does not know what it runs over.
async fn look_up(settings: ClientBuilder) -> Result<(), Box<dyn Error>> {
    let client = settings.build()?;
    let job = client.export_jobs().get(&"42".into()).await?;
    println!("{:?}", job.status);
    match client.export_jobs().get(&"43".into()).await {
        Err(error) if error.is_not_found() => println!("{error}"),
        other => return Err(format!("a job that is not there was found: {other:?}").into()),
    }
    Ok(())
}
