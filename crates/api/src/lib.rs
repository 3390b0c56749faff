//! What can be asked of Adobe Experience Platform (AEP) about export jobs, and what is around them.
//!
//! A [`Client`] runs [`Operation`]s over any [`Transport`]: the methods of [`ExportJobs`],
//! [`Datasets`], [`Batches`], [`Files`], [`Audiences`] and [`SegmentJobs`] are one line each, and
//! [`Client::execute`] runs operations of your own, with your own types. Lists come as [`Pages`] or
//! as streams; [`Wait`] is both a future and a stream. Every failure is one [`Error`] with a
//! [`kind`](Error::kind) to match on.
//!
//! # Example
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use aep_export_api::{Client, Secret};
//! use aep_export_model::{ExportJobRequest, SegmentFilter};
//!
//! let client = Client::builder()
//!     .organization("0123456789ABCDEF01234567@AdobeOrg")
//!     .sandbox("prod")
//!     .client_credentials("client id", Secret::new("client secret"), ["openid,session"])
//!     .build()?;
//!
//! let request = ExportJobRequest::builder("6123456789abcdef01234567")
//!     .segment(SegmentFilter::new("5afe34ae-8c98-4513-8a1d-67ccaa54bc05"))
//!     .build()?;
//! let job = client.export_jobs().create(&request).await?;
//! let id = job.id.clone().expect("an answer to create without an id is an error");
//! let finished = client.export_jobs().wait(&id).await?;
//! println!("{:?}", finished.batch_ids());
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//! - `http` (default): the ready HTTP client. Without it, give the builder a transport and a clock.
//! - `download` (default): [`Downloader`], which puts files on this machine's disk.
//! - `parquet-check`: downloads count the rows of Parquet files, and compare them with what the batch
//!   reports.

mod audiences;
mod batches;
mod builder;
mod catalog;
mod client;
mod datasets;
#[cfg(feature = "download")]
mod download;
mod error;
mod export_jobs;
mod files;
#[cfg(feature = "download")]
mod folder;
#[cfg(feature = "http")]
mod http_client;
mod likeness;
mod newest;
mod operation;
mod paging;
#[cfg(feature = "download")]
mod plain_name;
mod problem;
mod reconcile;
mod reply;
mod running;
mod segment_jobs;
mod target;
mod wait;

pub use aep_export_model as model;
pub use aep_export_transport as transport;
pub use aep_export_transport::{
    Attempts, Obstacle, OperationInfo, Replay, RetryPolicy, Secret, Stopped, Transport,
};
#[cfg(feature = "http")]
pub use aep_export_transport::{CaCertificates, InvalidCertificates};

pub use audiences::{Audiences, GetAudience, ListAudiences};
pub use batches::{Batches, GetBatch};
pub use builder::ClientBuilder;
pub use catalog::Keyed;
pub use client::Client;
pub use datasets::{CreateDataset, Datasets, GetDataset, ListDatasets};
#[cfg(feature = "download")]
pub use download::{
    Difference, DifferenceKind, Download, DownloadError, DownloadEvent, Downloaded, DownloadedFile,
    Downloader, Failure, Manifest, ManifestBatch, ManifestFile, PlannedFile, Verified,
};
pub use error::{Error, ErrorKind};
pub use export_jobs::{CancelExportJob, CreateExportJob, ExportJobs, GetExportJob, ListExportJobs};
pub use files::{ExportFile, Files, ListFiles, OpenFile};
pub use operation::{Answer, Operation};
pub use paging::{Next, Page, PagedOperation, Pages, Records};
pub use reconcile::{LostCreate, LostDataset, LostSegmentJob, Reconciled};
pub use reply::{Record, Reply};
pub use running::Running;
pub use segment_jobs::{
    CancelSegmentJob, CreateSegmentJob, GetSegmentJob, ListSegmentJobs, SegmentJobs,
};
pub use target::{BaseUrl, Target};
pub use wait::{Job, Snapshot, Wait, WaitError, WaitErrorKind, WaitPolicy};
