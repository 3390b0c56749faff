//! From a token to bytes, with every document read by the model as well.

use aep_export_emulator::Emulator;
use aep_export_model::{Batch, Dataset, ExportJob, FileList, JobStatus, SegmentDefinitionPage};
use serde_json::{Value, json};

use crate::wire::{CATALOG, EXPORT, UPS, Wire, request, small};

fn read<T: serde::de::DeserializeOwned>(document: &Value) -> T {
    serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{error}: {document}"))
}

/// A job of this request, finished as fast as the machine can.
async fn finished(emulator: &Emulator, wire: &Wire, request: &Value) -> Value {
    let id = wire.create(request).await;
    emulator.settled().await;
    wire.job(id).await
}

#[tokio::test]
async fn from_an_audience_to_parquet_bytes() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;

    let page = wire.get(&format!("{UPS}/segment/definitions?limit=100")).await.json();
    let page: SegmentDefinitionPage = read(&page);
    assert!(page.segments.iter().any(|it| it.name.as_deref() == Some("Gold members")));

    let dataset = wire.dataset().await;
    let mut body = request(&dataset);
    body["fields"] = json!("identityMap,person.name");
    body["filter"] = json!({"segments": [{"segmentId": wire.audience("Gold members").await}]});
    let document = finished(&emulator, &wire, &body).await;
    let job: ExportJob = read(&document);
    assert_eq!(job.status, Some(JobStatus::Succeeded), "{document}");
    assert_eq!(job.dataset_id().map(ToString::to_string), Some(dataset.clone()));
    let metrics = job.metrics.as_ref().unwrap();
    let profiles = metrics.profiles().expect("a counter");
    assert!(profiles > 0 && profiles < 300, "{profiles} of 300 are gold");
    for phase in [&metrics.total_time, &metrics.profile_export_time, &metrics.dataset_write_time] {
        assert!(phase.as_ref().unwrap().duration().is_some(), "{document}");
    }

    let batch_id = job.batch_ids()[0].as_str().to_owned();
    let batch = wire.get(&format!("{CATALOG}/batches/{batch_id}")).await.json();
    let batch: Batch = read(&batch[&batch_id]);
    assert!(batch.status.unwrap().is_complete());
    assert_eq!(batch.metrics.unwrap().output_record_count, Some(profiles));

    let listed = wire.get(&format!("{EXPORT}/batches/{batch_id}/files")).await.json();
    let listed: FileList = read(&listed);
    let (mut rows, mut markers) = (0, 0);
    for file in &listed.data {
        let id = file.data_set_file_id.as_ref().unwrap();
        let entry = wire.get(&format!("{EXPORT}/files/{id}")).await.json();
        let entry: FileList = read(&entry);
        let part = &entry.data[0];
        let bytes = wire.get(part.self_href.as_deref().unwrap()).await;
        assert_eq!(bytes.status, 200);
        assert_eq!(Some(bytes.body.len() as u64), part.length);
        if bytes.body.is_empty() {
            assert_eq!(part.name.as_deref(), Some("_SUCCESS"));
            markers += 1;
        } else {
            assert_eq!(bytes.header("content-type"), "application/parquet");
            assert!(bytes.body.starts_with(b"PAR1") && bytes.body.ends_with(b"PAR1"));
            rows += file.records.unwrap();
        }
    }
    assert_eq!((rows, markers), (profiles, 1));

    let found = wire.get(&format!("{CATALOG}/dataSets/{dataset}")).await.json();
    let found: Dataset = read(&found[&dataset]);
    assert_eq!(found.last_batch_id.map(|id| id.to_string()), Some(batch_id));

    let preview = wire.get(&format!("{EXPORT}/datasets/{dataset}/preview")).await.json();
    let preview = preview["data"].as_array().unwrap();
    assert_eq!(preview.len() as u64, profiles.min(100));
    assert!(preview.iter().all(|row| row.get("identityMap").is_some()));
    emulator.shutdown().await;
}

#[tokio::test]
async fn a_batch_per_segment() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let mut body = request(&wire.dataset().await);
    body["destination"]["segmentPerBatch"] = json!(true);
    let (gold, japan) =
        (wire.audience("Gold members").await, wire.audience("Lives in Japan").await);
    body["filter"] = json!({"segments": [{"segmentId": gold}, {"segmentId": japan}]});
    let document = finished(&emulator, &wire, &body).await;
    let job: ExportJob = read(&document);
    assert_eq!(job.status, Some(JobStatus::Succeeded), "{document}");
    let metrics = job.metrics.as_ref().unwrap();
    assert_eq!(job.batch_ids().len(), 2);
    for (batch, segment) in job.batch_ids().into_iter().zip([gold, japan]) {
        let listed = wire.get(&format!("{EXPORT}/batches/{batch}/files")).await.json();
        let listed: FileList = read(&listed);
        let rows: u64 = listed.data.iter().filter_map(|file| file.records).sum();
        assert_eq!(metrics.profiles_of(&segment.into()), Some(rows));
        assert!(rows > 0);
    }
}

#[tokio::test]
async fn what_cannot_be_exported_makes_the_job_fail() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    let other = json!({"name": "other", "schemaRef": {"id": "https://ns.adobe.com/invented"}});
    let other = wire.post(&format!("{CATALOG}/dataSets"), &other).await.json();
    let other = other[0].as_str().unwrap().trim_start_matches("@/dataSets/").to_owned();

    let mut unknown_segment = request(&dataset);
    unknown_segment["filter"] = json!({"segments": [{"segmentId": "none"}]});
    let mut unknown_policy = request(&dataset);
    unknown_policy["mergePolicy"] = json!({"id": "none", "version": 1});
    let policy = "a7d25b93-16c8-4f0e-8b42-73e9d1f60c02";
    let mut unknown_version = request(&dataset);
    unknown_version["mergePolicy"] = json!({"id": policy, "version": 2});
    for (body, code, word) in [
        (unknown_segment, "0100000003", "segment none"),
        (unknown_policy, "0100000003", "merge policy none"),
        (unknown_version, "0100000003", &format!("merge policy {policy} has no version 2")),
        (request(&other), "0090000009", "union schema"),
    ] {
        let document = finished(&emulator, &wire, &body).await;
        let job: ExportJob = read(&document);
        assert_eq!(job.status, Some(JobStatus::Failed), "{document}");
        assert!(job.batch_ids().is_empty());
        assert_eq!(job.errors[0].code.as_deref(), Some(code));
        assert!(job.errors[0].message.as_deref().unwrap().contains(word), "{document}");
    }
}

#[tokio::test]
async fn a_second_export_replaces_the_datasets_content() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    let preview = format!("{EXPORT}/datasets/{dataset}/preview");
    let rows = async || wire.get(&preview).await.json()["data"].as_array().unwrap().len();
    let everything = finished(&emulator, &wire, &request(&dataset)).await;
    let before = rows().await;
    let mut gold = request(&dataset);
    gold["filter"] = json!({"segments": [{"segmentId": wire.audience("Gold members").await}]});
    let gold = finished(&emulator, &wire, &gold).await;
    let found = wire.get(&format!("{CATALOG}/dataSets/{dataset}")).await.json();
    assert_eq!(found[&dataset]["lastBatchId"], gold["destination"]["batchId"]);
    assert_ne!(everything["destination"]["batchId"], gold["destination"]["batchId"]);
    let counter = &gold["metrics"]["totalExportedProfileCounter"];
    assert_eq!(counter.as_u64(), Some(rows().await as u64));
    assert!(before > rows().await, "the rows of the first export are gone");
    let old = everything["destination"]["batchId"].as_str().unwrap();
    let old = wire.get(&format!("{EXPORT}/batches/{old}/files")).await.json();
    assert!(!old["data"].as_array().unwrap().is_empty(), "the old batch can still be read");
}
