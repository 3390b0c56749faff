//! Every document of the model, read from any text: what was read, written and read again is the
//! same, and nothing that a job says in a known field is lost or changed.

use std::fmt::Debug;

use aep_export_model::{ExportJob, JobPage, CancelAnswer, ExportJobRequest, Dataset, DatasetMap, NewDataset, CreatedRefs, Batch, BatchMap, FileList, SegmentDefinition, SegmentDefinitionPage, SegmentJob, SegmentJobPage, GatewayError, UpsError, PlatformError, CatalogError, StreamingError, ProfileError, MessageError, ErrorMessage, LabelsError, Listing, JobStatus, JobType, JobId, EpochMillis};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let job = stable::<ExportJob>(text);
    stable::<JobPage>(text);
    stable::<CancelAnswer>(text);
    stable::<ExportJobRequest>(text);
    stable::<Dataset>(text);
    stable::<DatasetMap>(text);
    stable::<NewDataset>(text);
    stable::<CreatedRefs>(text);
    stable::<Batch>(text);
    stable::<BatchMap>(text);
    stable::<FileList>(text);
    stable::<SegmentDefinition>(text);
    stable::<SegmentDefinitionPage>(text);
    stable::<SegmentJob>(text);
    stable::<SegmentJobPage>(text);
    errors(text);
    listing(text);
    // Repeated keys have a rule of their own, which a plain value does not know.
    if let (Ok(said), Some(job)) = (serde_json::from_str::<Value>(text), job)
        && said.to_string().len() == without_space(text).len()
    {
        keeps_what_is_said(&said, &job);
    }
}

fn stable<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) -> Option<T> {
    let read: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&read).expect("what was read can be written");
    let again: T = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(again, read, "{written}");
    assert_eq!(serde_json::to_string(&again).expect("the same again"), written);
    Some(read)
}

/// Each envelope gives its code and message in words that the text holds.
fn errors(text: &str) {
    fn told(text: &str, words: [Option<&str>; 2]) {
        // Escapes and numbers are written in other ways than they are read.
        if text.contains('\\') {
            return;
        }
        for word in words.into_iter().flatten().filter(|word| word.parse::<f64>().is_err()) {
            assert!(text.contains(word), "{word:?} was not said");
        }
    }
    if let Some(error) = stable::<GatewayError>(text) {
        told(text, [error.code(), error.message()]);
    }
    if let Some(error) = stable::<UpsError>(text) {
        told(text, [error.code(), error.message()]);
        _ = (error.status(), error.entries().count());
    }
    if let Some(error) = stable::<PlatformError>(text) {
        told(text, [error.code(), error.message()]);
        told(text, [error.request_id(), None]);
    }
    if let Some(error) = stable::<CatalogError>(text) {
        told(text, [error.code(), error.message()]);
    }
    if let Some(error) = stable::<StreamingError>(text) {
        told(text, [error.code(), error.message()]);
        _ = error.violations().count();
    }
    if let Some(error) = stable::<ProfileError>(text) {
        told(text, [error.code(), error.message()]);
    }
    if let Some(error) = stable::<MessageError>(text) {
        told(text, [error.message(), None]);
    }
    if let Some(error) = stable::<ErrorMessage>(text) {
        told(text, [error.message(), None]);
    }
    if let Some(error) = stable::<LabelsError>(text) {
        told(text, [error.code(), error.message()]);
    }
}

/// A page has the records that its text has, each as it came.
fn listing(text: &str) {
    use serde_json::value::RawValue;

    let Ok(page) = serde_json::from_str::<Listing<&RawValue>>(text) else { return };
    let mut rest = text;
    for record in page.records.iter().flatten() {
        let at = rest.find(record.get()).expect("a record is a piece of its page");
        rest = &rest[at + record.get().len()..];
    }
    // No page is lost by being read whole.
    serde_json::from_str::<FileList>(text).expect("a page of files");
    if text.trim_start().starts_with('{') {
        serde_json::from_str::<JobPage>(text).expect("a page of jobs");
    }
}

fn keeps_what_is_said(said: &Value, job: &ExportJob) {
    let text = |key: &str| said.get(key).and_then(Value::as_str);
    for (key, read) in [
        ("status", job.status.as_ref().map(JobStatus::as_str)),
        ("jobType", job.job_type.as_ref().map(JobType::as_str)),
        ("profileInstanceId", job.profile_instance_id.as_deref()),
        ("imsOrgId", job.ims_org_id.as_deref()),
        ("requestId", job.request_id.as_deref()),
        ("fields", job.fields.as_deref()),
    ] {
        if let Some(text) = text(key) {
            assert_eq!(read, Some(text), "{key}");
        }
    }
    if let Some(status) = &job.status {
        assert_eq!(status.is_known(), JobStatus::KNOWN.contains(&status.as_str()));
        assert!(!job.is_success() || job.is_terminal());
    }
    match said.get("id") {
        Some(Value::Number(id)) if id.is_i64() || id.is_u64() => {
            assert_eq!(job.id.as_ref().map(JobId::as_str), Some(&*id.to_string()));
        }
        Some(Value::String(id)) if !id.is_empty() => {
            assert_eq!(job.id.as_ref().map(JobId::as_str), Some(&**id));
        }
        _ => {}
    }
    if let Some(time) = said.get("creationTime").and_then(Value::as_i64) {
        assert_eq!(job.creation_time.map(EpochMillis::get), Some(time));
    }
    let Some(Value::Array(batches)) = said.pointer("/destination/batches") else { return };
    for batch in batches.iter().filter_map(|batch| batch.get("batchId")?.as_str()) {
        let known = job.batch_ids().iter().any(|id| id.as_str() == batch);
        assert!(known || batch.is_empty(), "{batch:?} is lost");
    }
}

/// A text that a value would write as long as this has no repeated keys and odd numbers.
fn without_space(text: &str) -> String {
    let mut inside = false;
    let mut escaped = false;
    let significant = |char: &char| {
        let keep = inside || !char.is_ascii_whitespace();
        inside ^= *char == '"' && !escaped;
        escaped = inside && *char == '\\' && !escaped;
        keep
    };
    text.chars().filter(significant).collect()
}
