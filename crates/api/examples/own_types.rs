//! An operation and a document type of one's own: `cargo run -p aep-export-api --example own_types`.
//!
//! The service has more than this crate knows. This asks for merge policies, reads only what it
//! needs, and gets tokens, limits, time-outs and errors like every other call.
#![allow(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;

use aep_export_api::{Answer, BaseUrl, Client, Operation, Secret};
use aep_export_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, ORGANIZATION, SANDBOX};
use aep_export_transport::{OperationInfo, Replay};
use bytes::Bytes;

#[derive(Debug, serde::Deserialize)]
struct MergePolicies {
    children: Vec<MergePolicy>,
}

#[derive(Debug, serde::Deserialize)]
struct MergePolicy {
    id: String,
    #[serde(default)]
    default: bool,
}

struct ListMergePolicies;

impl Operation for ListMergePolicies {
    type Output = MergePolicies;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("merge_policies.list", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<http::Request<Bytes>, aep_export_api::Error> {
        base.at("/data/core/ups/config/mergePolicies").query("limit", Some(10)).get()
    }

    fn decode(&self, answer: &Answer) -> Result<MergePolicies, aep_export_api::Error> {
        answer.json()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run().await
}

/// The example; a test runs it as well.
pub async fn run() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().profiles(10).start().await?;
    let client = Client::builder()
        .base_url(emulator.url())
        .ims_url(emulator.url())
        .organization(ORGANIZATION)
        .sandbox(SANDBOX)
        .client_credentials(CLIENT_ID, Secret::new(CLIENT_SECRET), ["openid"])
        .build()?;

    let policies = client.execute(&ListMergePolicies).await?;
    for policy in &policies.children {
        println!("{}{}", policy.id, if policy.default { " (default)" } else { "" });
    }
    println!("request id {:?}", policies.request_id());
    emulator.shutdown().await;
    Ok(())
}
