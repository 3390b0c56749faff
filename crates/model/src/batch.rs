//! Batches of the Catalog: what a job wrote.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::by_id::by_id;
use crate::document::document;
use crate::id::BatchId;
use crate::read::Scalar;
use crate::status::BatchStatus;
use crate::time::EpochMillis;

by_id! {
    /// What the Catalog answers to any question for batches: a map by id, also for a single one.
    ///
    /// ```
    /// use aep_export_model::{BatchId, BatchMap};
    ///
    /// let batches: BatchMap = serde_json::from_str(
    ///     r#"{"01ABCDEFGHJKMNPQRSTVWXYZ00": {"status": "success", "metrics": {"outputRecordCount": 20}}}"#,
    /// )?;
    /// let batch = &batches[&BatchId::new("01ABCDEFGHJKMNPQRSTVWXYZ00")];
    /// assert!(batch.is_complete());
    /// assert_eq!(batch.records(), Some(20));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct BatchMap(BatchId => Batch);
}

document! {
    /// A batch (documented, observed).
    pub struct Batch {
        /// The batch's id; left out of most answers, where it is the map's key.
        pub id: Option<BatchId> = "id";
        /// Where it stands.
        pub status: Option<BatchStatus> = "status";
        /// The organisation.
        pub ims_org: Option<String> = "imsOrg";
        /// When it was created.
        pub created: Option<EpochMillis> = "created";
        /// When it last changed.
        pub updated: Option<EpochMillis> = "updated";
        /// When work on it began.
        pub started: Option<EpochMillis> = "started";
        /// When work on it ended.
        pub completed: Option<EpochMillis> = "completed";
        /// The client that created it.
        pub created_client: Option<String> = "createdClient";
        /// The user that created it.
        pub created_user: Option<String> = "createdUser";
        /// The user that last changed it.
        pub updated_user: Option<String> = "updatedUser";
        /// Its name in the system it came from.
        pub external_id: Option<String> = "externalId";
        /// The record's version.
        pub version: Option<String> = "version";
        /// How many records it has.
        pub record_count: Option<u64> = "recordCount";
        /// How many records failed.
        pub failed_record_count: Option<u64> = "failedRecordCount";
        /// How many bytes it has.
        pub size: Option<u64> = "size";
        /// Where failed records are.
        pub failed_batch_location: Option<String> = "failedBatchLocation";
        /// What was counted.
        pub metrics: Option<BatchMetrics> = "metrics";
        /// What went wrong; also present on batches that succeeded in part (documented).
        pub errors: Vec<BatchError> = "errors";
        /// What the batch belongs to, its dataset among it.
        pub related_objects: Vec<RelatedObject> = "relatedObjects";
        /// Tags; their values are lists of text, booleans and numbers come bare.
        pub tags: BTreeMap<String, Vec<String>> = "tags";
        /// What its files are.
        pub input_format: Option<InputFormat> = "inputFormat";
    }
}

impl Batch {
    /// Whether the batch's files are all there.
    pub fn is_complete(&self) -> bool {
        self.status.as_ref().is_some_and(BatchStatus::is_complete)
    }

    /// How many records were written, in whichever way the batch says so.
    pub fn records(&self) -> Option<u64> {
        let metrics = self.metrics.as_ref();
        metrics
            .and_then(|metrics| metrics.output_record_count.or(metrics.records_written))
            .or(self.record_count)
    }

    /// How many records were read, in whichever way the batch says so.
    pub fn records_read(&self) -> Option<u64> {
        let metrics = self.metrics.as_ref()?;
        metrics.input_record_count.or(metrics.records_read)
    }

    /// How many records failed, in whichever way the batch says so.
    pub fn records_failed(&self) -> Option<u64> {
        let metrics = self.metrics.as_ref();
        metrics
            .and_then(|metrics| metrics.failed_record_count.or(metrics.records_failed))
            .or(self.failed_record_count)
    }

    /// How many bytes were written, in whichever way the batch says so.
    pub fn bytes(&self) -> Option<u64> {
        self.metrics.as_ref().and_then(|metrics| metrics.output_byte_size).or(self.size)
    }

    /// How long the work on the batch took: from `started` to `completed` (documented), or in old
    /// batches between the times of the metrics. `None` while it goes on, and where the end lies
    /// before the start.
    pub fn duration(&self) -> Option<Duration> {
        let of = |start: Option<EpochMillis>, end: Option<EpochMillis>| {
            let took = end?.get().checked_sub(start?.get())?;
            u64::try_from(took).ok().map(Duration::from_millis)
        };
        of(self.started, self.completed).or_else(|| {
            let metrics = self.metrics.as_ref()?;
            of(metrics.start_time, metrics.end_time)
        })
    }

    /// The id of the first related object of a type such as `dataSet`.
    pub fn related(&self, kind: &str) -> Option<&str> {
        self.related_objects
            .iter()
            .find(|object| object.kind.as_deref() == Some(kind))
            .and_then(|object| object.id.as_deref())
    }
}

document! {
    /// What was counted while a batch was written: the counts of today (observed) and those of old
    /// batches, `records*` and the times (documented).
    pub struct BatchMetrics {
        /// Records read.
        pub input_record_count: Option<u64> = "inputRecordCount";
        /// Records written.
        pub output_record_count: Option<u64> = "outputRecordCount";
        /// Records that failed.
        pub failed_record_count: Option<u64> = "failedRecordCount";
        /// Files read.
        pub input_file_count: Option<u64> = "inputFileCount";
        /// Files written.
        pub output_file_count: Option<u64> = "outputFileCount";
        /// Bytes read.
        pub input_byte_size: Option<u64> = "inputByteSize";
        /// Bytes written.
        pub output_byte_size: Option<u64> = "outputByteSize";
        /// Partitions written.
        pub partition_count: Option<u64> = "partitionCount";
        /// Records read, in old batches.
        pub records_read: Option<u64> = "recordsRead";
        /// Records written, in old batches.
        pub records_written: Option<u64> = "recordsWritten";
        /// Records that failed, in old batches.
        pub records_failed: Option<u64> = "recordsFailed";
        /// When work began, in old batches.
        pub start_time: Option<EpochMillis> = "startTime";
        /// When work ended, in old batches.
        pub end_time: Option<EpochMillis> = "endTime";
        /// Why the batch failed, in old batches.
        pub failure_reason: Option<String> = "failureReason";
    }
}

document! {
    /// One thing that went wrong with a batch.
    pub struct BatchError {
        /// The code: `106`, `INGEST-1212-400`, `0070000017`, `unknown` (documented).
        pub code: Option<String> = "code";
        /// What went wrong.
        pub description: Option<String> = "description" | "message" | "msg";
        /// The rows: numbers or ranges such as `3-5` (documented).
        pub rows: Vec<String> = "rows";
        /// How many records it concerns.
        pub record_count: Option<u64> = "recordCount";
    }
    with {
        fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
            Some(Self { description: Some(scalar.into_text()?), ..Self::default() })
        }
    }
}

document! {
    /// Something that a batch belongs to.
    pub struct RelatedObject {
        /// `dataSet`, `batch`, `dataSetView`, ... (documented)
        pub kind: Option<String> = "type";
        /// Its id.
        pub id: Option<String> = "id";
        /// The name of the relation, such as `input`.
        pub tag: Option<String> = "tag";
    }
}

document! {
    /// What the files of a batch are; all but the format is of use for CSV only.
    pub struct InputFormat {
        /// `parquet`, `json`, `csv`, ... (documented)
        pub format: Option<String> = "format";
        /// What separates columns.
        pub delimiter: Option<String> = "delimiter";
        /// What stands around values.
        pub quote: Option<String> = "quote";
        /// What stands before a quote that is part of a value.
        pub escape: Option<String> = "escape";
        /// What stands for no value.
        pub null_marker: Option<String> = "nullMarker";
        /// Whether the first line names the columns; text in samples.
        pub header: Option<bool> = "header";
        /// The encoding.
        pub charset: Option<String> = "charset";
    }
}
