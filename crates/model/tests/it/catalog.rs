//! Datasets and batches of the Catalog.

use aep_export_model::*;
use serde_json::json;

use super::{read, written};

#[test]
fn datasets_are_a_map_by_id() {
    let sets: DatasetMap = read(&json!({
        "6123456789abcdef01234567": {
            "name": "gold", "state": "DRAFT", "created": 1_541_534_444_286_i64,
            "schemaRef": {"id": "https://ns.adobe.com/xdm/context/profile__union",
                          "contentType": "application/vnd.adobe.xed+json;version=1"},
            "tags": {"unifiedProfile": ["enabled:true", "enabledAt:2020"], "bare": "x", "none": []},
            "viewId": "6123456789abcdef01234568", "lastBatchId": "b1", "lastBatchStatus": "success",
            "files": "@/dataSets/6123456789abcdef01234567/views/6123456789abcdef01234568/files",
            "statsCache": {}, "observableSchema": {}
        },
        "6123456789abcdef01234569": {},
        "612345678 9abcdef0123456a": {"name": {}, "schemaRef": {"id": "https://x/other"}}
    }));
    assert_eq!(sets.len(), 3);
    let gold = &sets[&DatasetId::new("6123456789abcdef01234567")];
    assert_eq!(gold.name.as_deref(), Some("gold"));
    assert_eq!(gold.is_for_exports(), Some(true));
    assert_eq!(gold.tags["unifiedProfile"], ["enabled:true", "enabledAt:2020"]);
    assert_eq!((gold.tags["bare"].len(), gold.tags["none"].len()), (1, 0));
    assert_eq!(gold.last_batch_id, Some(BatchId::new("b1")));
    assert_eq!(gold.last_batch_status, Some(BatchStatus::Success));
    assert_eq!(gold.created, Some(EpochMillis::new(1_541_534_444_286)));
    assert!(gold.files.as_deref().unwrap().starts_with("@/dataSets/"));

    let not_asked_for = &sets[&DatasetId::new("6123456789abcdef01234569")];
    assert_eq!(not_asked_for.is_for_exports(), None);
    let without_value = &sets[&DatasetId::new("612345678 9abcdef0123456a")];
    assert_eq!(
        (without_value.name.as_deref(), without_value.is_for_exports()),
        (None, Some(false))
    );
}

#[test]
fn a_created_dataset_in_both_spellings() {
    let table = [
        (json!(["@/dataSets/6123456789abcdef01234567"]), Some("6123456789abcdef01234567")),
        (json!(["@/datasets/6123456789abcdef01234567"]), Some("6123456789abcdef01234567")),
        (json!("@/dataSets/a"), Some("a")),
        (json!(["@/dataSets/a/", "@/dataSets/b"]), Some("a")),
        (json!(["a"]), Some("a")),
        (json!(["/"]), None),
        (json!([""]), None),
        (json!([]), None),
        (json!([null, {}]), None),
    ];
    for (document, expected) in table {
        let created: CreatedRefs = read(&document);
        assert_eq!(created.dataset_id().as_ref().map(DatasetId::as_str), expected, "{document}");
    }
    assert!(serde_json::from_value::<CreatedRefs>(json!({"id": "a"})).is_err());
    let created: CreatedRefs = read(&json!(["@/dataSets/a"]));
    assert_eq!(written(&created), json!(["@/dataSets/a"]));
}

#[test]
fn requests_for_datasets_old_and_new() {
    let union = json!({
        "id": "https://ns.adobe.com/xdm/context/profile__union",
        "contentType": "application/vnd.adobe.xed+json;version=1"
    });
    let parquet = json!({"persisted": true, "containerFormat": "parquet", "format": "parquet"});
    let ours = json!({"name": "gold", "schemaRef": union, "fileDescription": parquet});
    assert_eq!(written(&NewDataset::for_exports("gold")), ours);
    let newest = json!({"name": "gold", "schemaRef": union});
    assert_eq!(written(&read::<NewDataset>(&newest)), newest);
    let oldest = json!({
        "name": "Export", "schemaRef": union, "aspect": "production", "fileDescription": parquet
    });
    assert_eq!(written(&read::<NewDataset>(&oldest)), oldest);
}

#[test]
fn what_speaks_against_exporting_into_a_dataset() {
    use ExportObstacle::*;
    let union = json!({"id": SchemaRef::PROFILE_UNION});
    let with = |members: serde_json::Value| {
        let mut dataset = json!({"state": "DRAFT", "schemaRef": union});
        dataset.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        read::<Dataset>(&dataset).export_obstacles()
    };
    let text = |text: &str| text.to_owned();
    let table = [
        (json!({}), vec![]),
        (json!({"state": ""}), vec![]),
        (json!({"state": "ARCHIVED"}), vec![OtherState(text("ARCHIVED"))]),
        (json!({"schemaRef": {"id": "x"}}), vec![OtherSchema(text("x"))]),
        (json!({"schemaRef": {}}), vec![UnknownSchema]),
        (json!({"schemaRef": null}), vec![UnknownSchema]),
        (json!({"fileDescription": {}}), vec![]),
        (json!({"fileDescription": {"format": "Parquet"}}), vec![]),
        (json!({"fileDescription": {"format": "", "containerFormat": "parquet"}}), vec![]),
        (json!({"fileDescription": {"format": "csv"}}), vec![OtherFormat(text("csv"))]),
        (json!({"tags": {"unifiedProfile": ["enabled:true", "x"]}}), vec![EnabledForProfiles]),
        (json!({"tags": {"unifiedProfile": "enabled:true"}}), vec![EnabledForProfiles]),
        (json!({"tags": {"unifiedProfile": ["enabled:false"], "a": ["enabled:true"]}}), vec![]),
        (
            json!({"schemaRef": {"id": "x"}, "state": "GONE", "fileDescription": {"format": "avro"}}),
            vec![OtherSchema(text("x")), OtherFormat(text("avro")), OtherState(text("GONE"))],
        ),
    ];
    for (members, expected) in table {
        let found = with(members.clone());
        let certain: Vec<_> = found.iter().filter(|obstacle| obstacle.is_certain()).collect();
        assert!(certain.iter().all(|obstacle| matches!(obstacle, OtherSchema(_))), "{members}");
        assert_eq!(found, expected, "{members}");
    }
}

#[test]
fn batches_with_metrics_of_today_and_of_old() {
    let batches: BatchMap = read(&json!({
        "01ABCDEFGHJKMNPQRSTVWXYZ00": {
            "id": "01ABCDEFGHJKMNPQRSTVWXYZ00", "status": "success",
            "metrics": {"inputRecordCount": 519, "outputRecordCount": "514", "failedRecordCount": 5.0,
                        "outputFileCount": 2, "outputByteSize": 568, "partitionCount": 4},
            "errors": [{"code": "INGEST-9212-400", "description": "5 errors.", "recordCount": 5},
                       {"code": 106, "description": "Empty.", "rows": ["3-5", 7]}],
            "relatedObjects": [{"type": "batch", "id": "b0"},
                               {"id": "6123456789abcdef01234567", "type": "dataSet"}],
            "tags": {"acp_flag": true, "acp_percent": 5, "names": ["x"]},
            "started": 1_576_741_718_543_i64, "completed": 1_576_741_722_026_i64
        },
        "0a1b": {"status": "failed", "replay": {}, "availableDates": {},
            "metrics": {"startTime": 1000, "endTime": 2000, "recordsRead": 4, "recordsWritten": 3,
                        "failureReason": "Job aborted"}},
        "0a1c": {"status": "active", "updatedUser": "u@AdobeID",
                 "inputFormat": {"format": "parquet", "header": "true", "delimiter": "."}, "recordCount": 9, "metrics": {"foo": 1337}},
        "0a1d": {"status": "resting"}
    }));
    let new = &batches[&BatchId::new("01ABCDEFGHJKMNPQRSTVWXYZ00")];
    assert!(new.is_complete());
    assert_eq!(new.records(), Some(514));
    let metrics = new.metrics.as_ref().unwrap();
    assert_eq!((metrics.failed_record_count, metrics.output_file_count), (Some(5), Some(2)));
    assert_eq!((metrics.output_byte_size, metrics.partition_count), (Some(568), Some(4)));
    assert_eq!(new.related("dataSet"), Some("6123456789abcdef01234567"));
    assert_eq!(new.related("connection"), None);
    assert_eq!(new.errors[1].code.as_deref(), Some("106"));
    assert_eq!(new.errors[1].rows, ["3-5", "7"]);
    assert_eq!(
        (&*new.tags["acp_flag"], &*new.tags["acp_percent"]),
        (&["true".to_owned()][..], &["5".to_owned()][..])
    );

    let old = &batches[&BatchId::new("0a1b")];
    assert_eq!((old.is_complete(), old.records()), (false, Some(3)));
    assert_eq!(old.metrics.as_ref().unwrap().failure_reason.as_deref(), Some("Job aborted"));
    let bare = &batches[&BatchId::new("0a1c")];
    let format = bare.input_format.as_ref().unwrap();
    assert_eq!((format.format.as_deref(), format.header), (Some("parquet"), Some(true)));
    assert_eq!((bare.is_complete(), bare.records()), (true, Some(9)));
    let unknown = batches[&BatchId::new("0a1d")].status.as_ref().unwrap();
    assert!(!unknown.is_known() && !unknown.is_complete() && !unknown.is_failed());
}

#[test]
fn what_is_no_entry_is_passed_over_in_maps() {
    let odd = json!({
        "a": {"name": "gold", "status": "success"}, "b": null, "": {"name": "x"}, "_links": [],
        "c": "text", "d": 7
    });
    let sets: DatasetMap = read(&odd);
    assert_eq!(sets.keys().map(DatasetId::as_str).collect::<Vec<_>>(), ["a"]);
    assert_eq!(written(&sets), json!({"a": {"name": "gold"}}));
    let batches: BatchMap = read(&odd);
    assert_eq!(batches.len(), 1);
    assert!(batches.into_iter().all(|(_, batch)| batch.is_complete()));
    for no_map in [json!([]), json!(null), json!("x"), json!(1)] {
        assert!(serde_json::from_value::<DatasetMap>(no_map.clone()).is_err(), "{no_map}");
        assert!(serde_json::from_value::<BatchMap>(no_map.clone()).is_err(), "{no_map}");
    }
}

#[test]
fn ends_of_batches() {
    let complete = ["success", "active"];
    let failed = ["failure", "failed", "aborted", "abandoned", "inactive", "deleted"];
    for text in BatchStatus::KNOWN {
        let status = BatchStatus::from(*text);
        assert_eq!(status.is_complete(), complete.contains(text), "{text}");
        assert_eq!(status.is_failed(), failed.contains(text), "{text}");
    }
}

#[test]
fn what_a_batch_counts_in_whichever_way_it_says_so() {
    type Counts = (Option<u64>, Option<u64>, Option<u64>, Option<u64>, Option<u64>);
    let table: [(serde_json::Value, Counts); 6] = [
        (
            json!({"started": 1000, "completed": 4500, "metrics": {"inputRecordCount": 9,
                   "outputRecordCount": 7, "failedRecordCount": 2, "outputByteSize": 80}}),
            (Some(9), Some(7), Some(2), Some(80), Some(3500)),
        ),
        (
            json!({"metrics": {"recordsRead": 9, "recordsWritten": 7, "recordsFailed": 2,
                   "startTime": 1000, "endTime": 2000}}),
            (Some(9), Some(7), Some(2), None, Some(1000)),
        ),
        (
            json!({"recordCount": 45, "failedRecordCount": 2, "size": 78}),
            (None, Some(45), Some(2), Some(78), None),
        ),
        (json!({"started": 1000}), (None, None, None, None, None)),
        (json!({"started": 2000, "completed": 1000}), (None, None, None, None, None)),
        (json!({}), (None, None, None, None, None)),
    ];
    for (document, expected) in table {
        let batch: Batch = read(&document);
        let took = batch.duration().map(|took| u64::try_from(took.as_millis()).unwrap());
        let counts =
            (batch.records_read(), batch.records(), batch.records_failed(), batch.bytes(), took);
        assert_eq!(counts, expected, "{document}");
    }
}
