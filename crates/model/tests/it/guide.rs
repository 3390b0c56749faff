//! The guide that the project began with: its list, create body, job and cancel answer, with ids
//! of our own. Its jobs have one object under `batches`, errors although they succeeded, and its
//! `link.next` is the text `string`.

use aep_export_model::*;
use serde_json::{Value, json};

use super::{read, written};

const SEGMENT: &str = "0c9c1f5e-7d0b-4a3b-9a51-5f6f0e2b7a11";
const BATCH: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const DATASET: &str = "6123456789abcdef01234567";

fn filter() -> Value {
    json!({
        "segments": [{"segmentId": SEGMENT, "segmentNs": "ups", "status": ["realized"]}],
        "segmentQualificationTime": {
            "startTime": "2019-03-01T00:00:00Z", "endTime": "2019-04-01T00:00:00Z"
        },
        "fromIngestTimestamp": "2019-03-01T00:00:00Z",
        "emptyProfiles": true
    })
}

fn additional_fields() -> Value {
    json!({"eventList": {
        "fields": "string", "filter": {"fromIngestTimestamp": "2019-03-01T00:00:00Z"}
    }})
}

fn job() -> Value {
    let phase = json!({
        "startTimeInMs": 223_456_789_000_i64, "endTimeInMs": 223_456_796_500_i64,
        "totalTimeInMs": 7500
    });
    json!({
        "id": 117,
        "jobType": "BATCH",
        "destination": {
            "datasetId": DATASET, "segmentPerBatch": false, "batchId": BATCH,
            "batches": {
                "segmentId": SEGMENT, "segmentNs": "ups", "status": ["realized"], "batchId": BATCH
            }
        },
        "fields": "identities.id,homeAddress.city",
        "schema": {"name": "_xdm.context.profile"},
        "imsOrgId": "0123456789ABCDEF01234567@AdobeOrg",
        "status": "SUCCEEDED",
        "filter": filter(),
        "additionalFields": additional_fields(),
        "mergePolicy": {"id": "byTime-none", "version": 1},
        "profileInstanceId": "ups",
        "errors": [{"code": "0100000007", "msg": "Error in job", "callStack": "com.example.Logger"}],
        "metrics": {
            "totalTime": phase, "profileExportTime": phase, "aCPDatasetWriteTime": phase
        },
        "computeGatewayJobId": {"exportJob": "engine-1", "pushJob": "engine-2"},
        "creationTime": 1_548_615_973_895_i64,
        "updateTime": 1_548_616_233_239_i64,
        "requestId": "0f5c6a52-5f6c-4b53-8a70-2a1f1c7f1a01"
    })
}

fn list() -> Value {
    json!({
        "records": [job()],
        "page": {
            "sortField": "createdTime", "sort": "desc",
            "pageOffset": "1550974701302_117", "pageSize": 10
        },
        "link": {"next": "string"}
    })
}

/// Every field of the job, one by one.
fn assert_is_the_job(job: &ExportJob) {
    assert_eq!(job.id, Some(JobId::new("117")));
    assert_eq!(job.job_type, Some(JobType::Batch));
    assert_eq!(job.status, Some(JobStatus::Succeeded));
    assert_eq!(job.profile_instance_id.as_deref(), Some("ups"));
    assert_eq!(job.ims_org_id.as_deref(), Some("0123456789ABCDEF01234567@AdobeOrg"));
    assert_eq!(job.request_id.as_deref(), Some("0f5c6a52-5f6c-4b53-8a70-2a1f1c7f1a01"));
    assert_eq!(job.schema, Some(SchemaName::new("_xdm.context.profile")));
    assert_eq!(job.fields.as_deref(), Some("identities.id,homeAddress.city"));
    assert_eq!(job.creation_time, Some(EpochMillis::new(1_548_615_973_895)));
    assert_eq!(job.update_time, Some(EpochMillis::new(1_548_616_233_239)));

    let filter = job.filter.as_ref().unwrap();
    let segment = SegmentFilter::new(SEGMENT).namespace("ups").status(MembershipStatus::Realized);
    assert_eq!(filter.segments, [segment]);
    let qualified = filter.segment_qualification_time.as_ref().unwrap();
    assert_eq!(qualified.start_time, Some("2019-03-01T00:00:00Z".into()));
    assert_eq!(qualified.end_time, Some("2019-04-01T00:00:00Z".into()));
    assert_eq!(filter.from_ingest_timestamp, Some("2019-03-01T00:00:00Z".into()));
    assert_eq!(filter.empty_profiles, Some(true));

    let events = job.additional_fields.as_ref().unwrap().event_list.as_ref().unwrap();
    let expected = EventFields::new().fields(["string"]).ingested_after("2019-03-01T00:00:00Z");
    assert_eq!(*events, expected);

    let policy = job.merge_policy.as_ref().unwrap();
    assert_eq!(policy.id, Some(MergePolicyId::new("byTime-none")));
    assert_eq!(policy.version, Some(1));

    assert_eq!(job.dataset_id(), Some(&DatasetId::new(DATASET)));
    assert_eq!(job.batch_ids(), [&BatchId::new(BATCH)], "named twice, given once");
    let destination = job.destination.as_ref().unwrap();
    assert_eq!(destination.segment_per_batch, Some(false));
    assert_eq!(destination.batch_id, Some(BatchId::new(BATCH)));
    let [batch] = destination.batches.as_slice() else { panic!("one batch: {destination:?}") };
    assert_eq!(batch.segment_id, Some(SegmentId::new(SEGMENT)));
    assert_eq!(batch.segment_ns.as_deref(), Some("ups"));
    assert_eq!(batch.status, [MembershipStatus::Realized]);

    let [error] = job.errors.as_slice() else { panic!("one error: {:?}", job.errors) };
    assert_eq!(error.code.as_deref(), Some("0100000007"), "leading zeros are kept");
    assert_eq!(error.message.as_deref(), Some("Error in job"));
    assert_eq!(error.call_stack.as_deref(), Some("com.example.Logger"));

    let metrics = job.metrics.as_ref().unwrap();
    for phase in [&metrics.total_time, &metrics.profile_export_time, &metrics.dataset_write_time] {
        let phase = phase.as_ref().unwrap();
        assert_eq!(phase.start, Some(EpochMillis::new(223_456_789_000)));
        assert_eq!(phase.end, Some(EpochMillis::new(223_456_796_500)));
        assert_eq!(phase.total_ms, Some(7500));
    }

    let engine = job.compute_gateway_job_id.as_ref().unwrap();
    assert_eq!(engine.export_job.as_deref(), Some("engine-1"));
    assert_eq!(engine.push_job.as_deref(), Some("engine-2"));
}

#[test]
fn the_list_answer() {
    let page: JobPage = read(&list());
    let [job] = page.records.as_slice() else { panic!("one job: {page:?}") };
    assert_is_the_job(job);
    assert_eq!(page.link.unwrap().next.as_deref(), Some("string"));
    let info = page.page.unwrap();
    assert_eq!(info.sort_field.as_deref(), Some("createdTime"));
    assert_eq!(info.sort.as_deref(), Some("desc"));
    assert_eq!(info.page_offset.as_deref(), Some("1550974701302_117"));
    assert_eq!(info.page_size, Some(10));
}

#[test]
fn the_job_answer_of_create_and_get() {
    assert_is_the_job(&read(&job()));
}

/// Only what is known to differ differs: the id becomes text, the one batch a list of one.
#[test]
fn the_job_is_written_as_the_guide_prints_it() {
    let mut expected = job();
    expected["id"] = json!("117");
    expected["destination"]["batches"] = json!([expected["destination"]["batches"]]);
    assert_eq!(written(&read::<ExportJob>(&job())), expected);
}

#[test]
fn the_create_body_is_read_built_and_written() {
    let body = json!({
        "fields": "identities.id,homeAddress.city",
        "mergePolicy": {"id": "byTime-none", "version": 1},
        "filter": filter(),
        "additionalFields": additional_fields(),
        "destination": {"datasetId": DATASET},
        "schema": {"name": "_xdm.context.profile"}
    });
    let request: ExportJobRequest = read(&body);
    request.validate().unwrap();
    assert_eq!(written(&request), body);

    let built = ExportJobRequest::builder(DATASET)
        .fields(["identities.id", "homeAddress.city"])
        .merge_policy("byTime-none", Some(1))
        .segment(SegmentFilter::new(SEGMENT).namespace("ups").status(MembershipStatus::Realized))
        .qualified_after("2019-03-01T00:00:00Z")
        .qualified_before("2019-04-01T00:00:00Z")
        .ingested_after("2019-03-01T00:00:00Z")
        .empty_profiles(true)
        .events(EventFields::new().fields(["string"]).ingested_after("2019-03-01T00:00:00Z"))
        .build()
        .unwrap();
    assert_eq!(built, request);
}

#[test]
fn the_cancel_answer() {
    let body = json!({"status": true, "message": "Export job has been marked for cancelling"});
    let answer: CancelAnswer = read(&body);
    assert_eq!(answer.status, Some(true));
    assert_eq!(answer.message.as_deref(), Some("Export job has been marked for cancelling"));
    assert_eq!(written(&answer), body);
}
