//! From an audience to files, against the emulator: `cargo run -p aep-export-api --example export`.
//!
//! Against AEP itself only the first lines differ: no emulator, and your own credentials.
#![allow(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;
use std::time::Duration;

use aep_export_api::{Client, Secret};
use aep_export_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, ORGANIZATION, SANDBOX};
use aep_export_model::{ExportJobRequest, NewDataset, SegmentFilter};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run().await
}

/// The example; a test runs it as well.
pub async fn run() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().profiles(500).start().await?;
    let client = Client::builder()
        .base_url(emulator.url())
        .ims_url(emulator.url())
        .organization(ORGANIZATION)
        .sandbox(SANDBOX)
        .client_credentials(CLIENT_ID, Secret::new(CLIENT_SECRET), ["openid"])
        .build()?;

    let audiences = client.audiences().named("Gold members").await?;
    let audience = audiences.first().and_then(|audience| audience.id.clone());
    let audience = audience.ok_or("there is no such audience")?;
    let dataset = client.datasets().create(&NewDataset::for_exports("gold")).await?;
    let request = ExportJobRequest::builder(dataset.into_value())
        .segment(SegmentFilter::new(audience))
        .fields(["identityMap", "person.name"])
        .build()?;
    let job = client.export_jobs().create(&request).await?;
    let id = job.id.clone().ok_or("the job has no id")?;

    let mut looks = client.export_jobs().wait(&id).interval(Duration::from_millis(50));
    let mut batches = Vec::new();
    while let Some(look) = looks.try_next().await? {
        if let Some(job) = look.job() {
            println!("{:?} after {:?}", job.status, look.elapsed);
            batches = job.batch_ids().into_iter().cloned().collect();
        }
    }
    for batch in &batches {
        let mut files = std::pin::pin!(client.files().of_batch(batch));
        while let Some(file) = files.try_next().await? {
            println!("{} ({:?} bytes)", file.name, file.length);
        }
    }
    emulator.shutdown().await;
    Ok(())
}
