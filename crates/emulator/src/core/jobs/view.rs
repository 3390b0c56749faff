//! An export job as the service shows it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::answer::without_nulls;
use crate::records::{BatchSlot, JobRecord, Moment, Outcome, Span, Status};

/// The job's document at a moment.
pub(in crate::core) fn view(job: &JobRecord, now: i64) -> Value {
    let moment = job.at(now);
    let echo = |name: &str| job.request.get(name).cloned().unwrap_or_default();
    without_nulls(json!({
        "id": job.id,
        "jobType": "BATCH",
        "destination": destination(job, moment.status),
        "fields": echo("fields"),
        "schema": echo("schema"),
        "imsOrgId": job.tenant.organization,
        "status": moment.status.as_str(),
        "filter": echo("filter"),
        "additionalFields": echo("additionalFields"),
        "mergePolicy": job.merge_policy_document(),
        "profileInstanceId": "ups",
        "errors": errors(job, moment.status),
        "metrics": metrics(job, &moment),
        "computeGatewayJobId": compute(job, &moment),
        "creationTime": job.created,
        "updateTime": moment.updated,
        "requestId": job.request_id,
    }))
}

impl JobRecord {
    fn merge_policy_document(&self) -> Value {
        json!({"id": self.merge_policy.id, "version": self.merge_policy.version})
    }

    /// Whether every segment has a batch of its own.
    fn is_per_segment(&self) -> bool {
        self.batches.iter().any(|batch| batch.segment.is_some())
    }
}

/// `batchId` is named from the creation on, and empty in a failed job (both as in the samples).
fn destination(job: &JobRecord, status: Status) -> Value {
    let asked = job.request.pointer("/destination/segmentPerBatch").and_then(Value::as_bool);
    let failed = status == Status::Failed;
    let (mut batch_id, mut batches) = (Value::Null, Value::Null);
    if job.is_per_segment() {
        batches = job.batches.iter().map(|slot| batch(slot, failed)).collect();
    } else {
        let id = job.batches.first().map(|slot| slot.id.as_str()).filter(|_| !failed);
        batch_id = id.unwrap_or_default().into();
    }
    json!({
        "datasetId": job.dataset_id,
        "segmentPerBatch": asked.unwrap_or(false),
        "batchId": batch_id,
        "batches": batches,
    })
}

fn batch(slot: &BatchSlot, failed: bool) -> Value {
    let segment = slot.segment.as_ref();
    json!({
        "segmentId": segment.map(|segment| &segment.id),
        "segmentNs": segment.map(|segment| &segment.namespace),
        "status": segment.map(|segment| &segment.statuses),
        "batchId": if failed { "" } else { &slot.id },
    })
}

fn errors(job: &JobRecord, status: Status) -> Value {
    match &job.outcome {
        Some(Outcome::Failed { errors, .. }) if status == Status::Failed => json!(errors),
        _ => Value::Null,
    }
}

/// Nothing just after the creation (observed); a failed job never came to push (documented).
fn compute(job: &JobRecord, moment: &Moment) -> Value {
    let mut document = Map::new();
    if moment.reading.is_some() {
        document.insert("exportJob".to_owned(), json!(job.compute.export));
    }
    if moment.writing.is_some() {
        document.insert("pushJob".to_owned(), json!(job.compute.push));
    }
    document.into()
}

/// While the job runs only what has begun, and of that only the beginning; the counters come with
/// the end.
fn metrics(job: &JobRecord, moment: &Moment) -> Value {
    let counters = Counters::of(job, moment.status);
    json!({
        "totalTime": span(moment.total),
        "profileExportTime": moment.reading.map(span),
        "aCPDatasetWriteTime": moment.writing.map(span),
        "totalExportedProfileCounter": counters.total,
        "exportedProfileCounter": counters.by_segment,
        "exportedProfileByNamespaceCounter": counters.by_namespace,
    })
}

/// The counters of a job that succeeded: their shape depends on whether every segment has a batch
/// of its own (documented).
#[derive(Default)]
struct Counters {
    total: Value,
    by_segment: Value,
    by_namespace: Value,
}

impl Counters {
    fn of(job: &JobRecord, status: Status) -> Self {
        let Some(Outcome::Written { profiles, batches, .. }) = &job.outcome else {
            return Self::default();
        };
        if status != Status::Succeeded {
            return Self::default();
        }
        let total = json!(profiles);
        if !job.is_per_segment() {
            let by_namespace = json!(batches.first().map(|written| &written.by_namespace));
            return Self { total, by_segment: Value::Null, by_namespace };
        }
        // Segments of two namespaces may have the same id.
        let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
        let mut by_namespace: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        for (slot, written) in job.batches.iter().zip(batches) {
            if let Some(segment) = &slot.segment {
                *rows.entry(&segment.id).or_default() += written.rows;
                let counts = by_namespace.entry(&segment.id).or_default();
                for (namespace, count) in &written.by_namespace {
                    *counts.entry(namespace).or_default() += count;
                }
            }
        }
        Self { total, by_segment: json!(rows), by_namespace: json!(by_namespace) }
    }
}

fn span(span: Span) -> Value {
    json!({
        "startTimeInMs": span.start,
        "endTimeInMs": span.end,
        "totalTimeInMs": span.end.map(|end| end.saturating_sub(span.start)),
    })
}
