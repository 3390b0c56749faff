//! The documents of Adobe Experience Platform export jobs: exact types, tolerant reading.
//!
//! This crate has the words and nothing else: no HTTP, no async, no clock, and serde with whatever
//! JSON library its user has. It stands alone for programs that only read or write job documents.
//!
//! ```
//! use aep_export_model::{ExportJobRequest, JobPage, JobStatus, SegmentFilter};
//!
//! // What `GET /data/core/ups/export/jobs` answers.
//! let page: JobPage = serde_json::from_str(
//!     r#"{"records": [{"id": 2189, "status": "SUCCEEDED",
//!                      "destination": {"dataSetId": "6123456789abcdef01234567",
//!                                      "batchId": "01ABCDEFGHJKMNPQRSTVWXYZ00"},
//!                      "metrics": {"totalTime": {"totalTimeInMs": 259344},
//!                                  "totalExportedProfileCounter": 20}}],
//!         "link": {"next": ""}}"#,
//! )?;
//! let job = &page.records[0];
//! assert_eq!(job.status, Some(JobStatus::Succeeded));
//! assert_eq!(job.batch_ids()[0].as_str(), "01ABCDEFGHJKMNPQRSTVWXYZ00");
//! let metrics = job.metrics.as_ref().unwrap();
//! assert_eq!(metrics.profiles(), Some(20));
//! assert_eq!(metrics.total_time.as_ref().unwrap().duration().unwrap().as_secs(), 259);
//!
//! // What `POST` to the same address takes.
//! let request = ExportJobRequest::builder("6123456789abcdef01234567")
//!     .segment(SegmentFilter::new("4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"))
//!     .fields(["identityMap", "personalEmail.address"])
//!     .ingested_after("2018-10-25T13:22:04-07:00")
//!     .build()?;
//! assert_eq!(
//!     serde_json::to_string(&request)?,
//!     concat!(
//!         r#"{"fields":"identityMap,personalEmail.address","#,
//!         r#""filter":{"segments":[{"segmentId":"4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"}],"#,
//!         r#""fromIngestTimestamp":"2018-10-25T13:22:04-07:00"},"#,
//!         r#""destination":{"datasetId":"6123456789abcdef01234567"},"#,
//!         r#""schema":{"name":"_xdm.context.profile"}}"#,
//!     ),
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading is tolerant
//!
//! Any JSON object can be read as any document. Every field may be absent; a value that cannot be
//! read as its field's type (`"<number>"` for a number) counts as absent; unknown keys are skipped
//! and **not kept**, so that writing back what was read drops them. Ids come as numbers, floats and
//! texts, numbers as texts and with exponents, single things where lists are promised, and keys in
//! several spellings. Enums keep a value that they do not know and give it back. Only a document
//! that is not an object at all is an error; the parts of a page ([`Link`], [`PageInfo`],
//! [`SegmentPageInfo`], [`SegmentJobPageInfo`], [`FilePage`], [`FileLinks`]) take any value, as they are fields of other
//! types too. A format other than JSON must be self-describing.
//!
//! A request must not lose anything unsaid, as without its filter it asks for every profile:
//! [`ExportJobRequest::validate`] reports what was there and could not be read,
//! [`ExportJobRequest::unknown_keys`] names the keys that were skipped.
//!
//! # Writing is exact
//!
//! Each document is written in the service's own spelling, without `null`s and empty lists; a
//! request's times are written as they were given.
//!
//! # JSON Schema
//!
//! With the feature `schema` the documents of a request for an export job are
//! `schemars::JsonSchema`: for editors, and for programs in other languages.
//!
//! # What the facts rest on
//!
//! Documentation of these types says of each oddity whether it is *documented* (Adobe's guides and
//! OpenAPI definitions, which disagree), *observed* (published recordings of live answers) or
//! *assumed*.

mod by_id;
mod document;
mod export_obstacle;
mod id;
mod open_enum;
mod problem;
mod read;
mod schema;
mod selection;
mod status;
mod time;

pub mod batch;
pub mod dataset;
pub mod error;
pub mod file;
pub mod job;
pub mod listing;
pub mod metrics;
pub mod page;
pub mod request;
pub mod segment;
pub mod segment_job;

pub use batch::{Batch, BatchError, BatchMap, BatchMetrics, InputFormat, RelatedObject};
pub use dataset::{CreatedRefs, Dataset, DatasetMap, FileDescription, NewDataset, SchemaRef};
pub use error::{
    CatalogError, ErrorMessage, GatewayError, LabelsError, MessageError, PlatformError,
    ProfileError, StreamingError, UpsError, UpsErrorEntry, UpsErrorGroups,
};
pub use export_obstacle::ExportObstacle;
pub use file::{FileEntry, FileLinks, FileList, FilePage};
pub use id::{BatchId, DatasetId, FileId, JobId, MergePolicyId, SegmentId, SegmentJobId};
pub use job::{CancelAnswer, ComputeJobs, ExportJob, JobDestination, JobError, SegmentBatch};
pub use listing::Listing;
pub use metrics::{Metrics, NamespaceCounter, Phase};
pub use open_enum::UnknownValue;
pub use page::{JobPage, Link, PageInfo};
pub use request::{
    EvaluationInfo, ExportJobRequest, ExportJobRequestBuilder, InvalidRequest, Problem,
    RequestDestination,
};
pub use segment::{
    Enabled, Sandbox, SegmentDefinition, SegmentDefinitionPage, SegmentEvaluation,
    SegmentExpression, SegmentPageInfo,
};
pub use segment_job::{
    EvaluatedSegment, SegmentJob, SegmentJobMetrics, SegmentJobPage, SegmentJobPageInfo,
    SegmentJobRequest,
};
pub use selection::{
    AdditionalFields, EventFields, EventFilter, Filter, MergePolicyRef, QualificationTime,
    SchemaName, SegmentFilter,
};
pub use status::{BatchStatus, JobStatus, JobType, MembershipStatus};
pub use time::{EpochMillis, InvalidTime, Rfc3339, TimeText};
