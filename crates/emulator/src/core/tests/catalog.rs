use super::*;

const BATCHES: &str = "/data/foundation/catalog/batches";
const EXPORT: &str = "/data/foundation/export";

fn batch_of(core: &Core, job: u64) -> String {
    core.view(job, START)["destination"]["batchId"].as_str().unwrap().to_owned()
}

#[test]
fn a_dataset_is_created_and_found_under_its_id() {
    let core = core();
    let body = json!({
        "name": "exports",
        "schemaRef": {"id": "https://ns.adobe.com/xdm/context/profile__union",
            "contentType": "application/vnd.adobe.xed+json;version=1"},
        "tags": {"unifiedProfile": ["enabled:true"]},
    });
    let answer = core.post(DATASETS, &body, second(1));
    assert_eq!(answer.status, 201);
    let created = answer.document();
    let id = created[0].as_str().unwrap().strip_prefix("@/dataSets/").unwrap().to_owned();
    assert_eq!(created, json!([format!("@/dataSets/{id}")]));
    let location = format!("http://127.0.0.1:8377{DATASETS}/{id}");
    assert_eq!(answer.header("location"), Some(location.as_str()));

    let answer = core.get(&format!("{DATASETS}/{id}"), second(2));
    assert_eq!(answer.header("etag"), Some("\"1.0.0\""));
    assert_eq!(answer.header("e-tag"), Some("1.0.0"));
    let dataset = &answer.document()[&id];
    for member in ["name", "schemaRef", "tags"] {
        assert_eq!(dataset[member], body[member]);
    }
    assert_eq!(dataset["created"], second(1));
    assert!(dataset.get("lastBatchId").is_none());
    let picked = core.get(&format!("{DATASETS}/{id}?properties=name,state"), second(2));
    assert_eq!(picked.document(), json!({&id: {"name": "exports", "state": "DRAFT"}}));

    assert_eq!(core.get(&format!("{DATASETS}/none"), START).document()["title"], "NotFoundError");
    for bad in [json!({}), json!({"name": "x"}), json!([])] {
        assert_eq!(core.post(DATASETS, &bad, START).status, 400, "{bad}");
    }
}

#[test]
fn what_the_service_says_of_a_dataset_no_request_can() {
    let core = core();
    let theirs = json!({
        "name": "exports",
        "description": "mine",
        "schemaRef": {"id": "https://ns.adobe.com/xdm/context/profile__union"},
        "created": 1, "updated": "never", "imsOrg": "theirs", "viewId": "theirs",
        "files": "theirs", "version": "theirs", "createdUser": "theirs",
        "lastBatchId": "theirs", "lastBatchStatus": "success", "lastSuccessfulBatch": "theirs",
    });
    let created = core.post(DATASETS, &theirs, second(1)).document();
    let id = created[0].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let shown = core.get(&format!("{DATASETS}/{id}"), second(2)).document()[&id].clone();
    assert_eq!((&shown["description"], &shown["created"]), (&json!("mine"), &json!(second(1))));
    assert_eq!((&shown["updated"], &shown["imsOrg"]), (&json!(second(1)), &json!(ORG)));
    assert!(shown.get("lastBatchId").is_none());
    assert!(!shown.to_string().contains("theirs"), "{shown}");
}

#[test]
fn datasets_are_listed_in_pages_of_twenty() {
    let core = core();
    let known: Vec<_> = (0..25).map(|n| core.dataset(&format!("n{n:02}"), second(n))).collect();
    let list = |query: &str| {
        let document = core.get(&format!("{DATASETS}?{query}"), second(99)).document();
        document.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let newest = |count| known.iter().rev().take(count).cloned().collect::<Vec<_>>();
    assert_eq!(list(""), known[..20]);
    assert_eq!(list("start=20"), known[20..]);
    assert_eq!(list("limit=3&orderBy=desc:created"), newest(3));
    assert_eq!(list("name=n07"), [known[7].clone()]);
    assert_eq!(list("limit=100&property=name~%5En2"), known[20..]);
    assert_eq!(list(&format!("createdAfter={}", second(22))), known[23..]);
    assert_eq!(list(&format!("createdBefore={}", second(2))), known[..2]);
    for query in ["limit=0", "limit=101", "orderBy=created", "createdAfter=abc", "createdBefore="] {
        assert_eq!(core.get(&format!("{DATASETS}?{query}"), START).status, 400, "{query}");
    }
}

#[test]
fn a_batch_shares_the_fate_of_its_job() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let (good, bad) = (core.job(&dataset, START), core.job(&dataset, START));
    let (good_batch, bad_batch) = (batch_of(&core, good), batch_of(&core, bad));
    core.finish(good);
    core.fail(bad);
    let batch =
        |id: &str, at| core.get(&format!("{BATCHES}/{id}"), second(at)).document()[id].clone();
    assert_eq!(batch(&good_batch, 0)["status"], "queued");
    assert_eq!(batch(&good_batch, 15)["status"], "processing");
    let done = batch(&good_batch, 99);
    assert_eq!(done["status"], "success");
    let metrics = json!({
        "inputRecordCount": 3, "outputRecordCount": 3, "failedRecordCount": 0,
        "outputFileCount": 1, "outputByteSize": 50, "partitionCount": 1,
    });
    assert_eq!(done["metrics"], metrics);
    assert_eq!(done["relatedObjects"][0], json!({"type": "dataSet", "id": dataset}));
    let failed = batch(&bad_batch, 99);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["errors"][0]["code"], "0100000003");
    assert_eq!(failed["metrics"], json!({}));
    assert_eq!(core.get(&format!("{BATCHES}/none"), START).status, 404);

    let listed = |query: &str| {
        let document = core.get(&format!("{BATCHES}?{query}"), second(99)).document();
        document.as_object().unwrap().len()
    };
    assert_eq!(listed(&format!("dataSet={dataset}")), 2);
    assert_eq!(listed("dataSet=none"), 0);
    assert_eq!(listed(&format!("batch={good_batch}")), 1);
    assert_eq!(listed("status=failed"), 1);
}

#[test]
fn the_last_export_is_the_datasets_content() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let last = |at| {
        let document = core.get(&format!("{DATASETS}/{dataset}"), second(at)).document();
        let object = &document[&dataset];
        (object["lastBatchId"].clone(), object["lastBatchStatus"].clone())
    };
    let first = core.job(&dataset, START);
    core.finish(first);
    assert_eq!(last(34), (Value::Null, Value::Null), "nothing before the job is over");
    assert_eq!(last(35), (json!(batch_of(&core, first)), json!("success")));
    let later = core.job(&dataset, second(40));
    core.finish(later);
    assert_eq!(last(74).0, json!(batch_of(&core, first)));
    assert_eq!(last(75).0, json!(batch_of(&core, later)));
}

#[test]
fn of_exports_that_end_together_the_younger_is_the_content() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let jobs = [core.job(&dataset, START), core.job(&dataset, START)];
    jobs.iter().for_each(|job| core.finish(*job));
    let tenant = core.store.job(jobs[0]).unwrap().unwrap().tenant;
    let content = core.content_of(&tenant, &dataset, second(99)).unwrap().unwrap();
    assert_eq!(content.id, jobs[1]);
    let shown = core.get(&format!("{DATASETS}/{dataset}"), second(99)).document();
    assert_eq!(shown[&dataset]["lastBatchId"], batch_of(&core, jobs[1]));
}

#[test]
fn files_appear_with_the_end_of_the_job() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let job = core.job(&dataset, START);
    let batch = batch_of(&core, job);
    core.finish(job);
    let files = |at| core.get(&format!("{EXPORT}/batches/{batch}/files"), second(at)).document();
    assert_eq!(files(34)["data"], json!([]));
    assert_eq!(core.get(&format!("{EXPORT}/files/{batch}-1"), second(34)).status, 404);

    let listed = files(35);
    assert_eq!(listed["_page"], json!({"limit": 100, "count": 2}));
    assert!(listed.get("_links").is_none());
    let file = &listed["data"][0];
    assert_eq!(file["dataSetFileId"], format!("{batch}-1"));
    let known = core.get(&format!("{DATASETS}/{dataset}"), START).document();
    assert_eq!(file["dataSetViewId"], known[&dataset]["viewId"]);
    assert_eq!((&file["size"], &file["records"]), (&json!("50"), &json!("3")));
    let href = format!("http://127.0.0.1:8377{EXPORT}/files/{batch}-1");
    assert_eq!(file["_links"]["self"]["href"], href);

    let entry = core.get(&format!("{EXPORT}/files/{batch}-1"), second(35)).document();
    let expected = json!({
        "data": [{
            "name": "part-0.parquet",
            "length": "50",
            "_links": {"self": {"href": format!("{href}?path=part-0.parquet")}},
        }],
        "_page": {"limit": 100, "count": 1},
    });
    assert_eq!(entry, expected);
    for missing in [format!("{batch}-0"), format!("{batch}-3"), batch.clone(), "x-1".to_owned()] {
        assert_eq!(core.get(&format!("{EXPORT}/files/{missing}"), second(35)).status, 404);
    }
    for path in ["other.parquet", "../part-0.parquet", "%2e%2e%2fpart-0.parquet"] {
        let target = format!("{EXPORT}/files/{batch}-1?path={path}");
        assert_eq!(core.get(&target, second(35)).status, 404, "{path}");
    }
}

#[test]
fn file_listings_have_pages() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let job = core.job(&dataset, START);
    let batch = batch_of(&core, job);
    core.finish(job);
    core.store
        .update_job(job, |job| {
            if let Some(Outcome::Written { batches, .. }) = &mut job.outcome {
                let files = (0..205).map(|n| WrittenFile {
                    name: format!("part-{n:05}.parquet"),
                    bytes: 10,
                    rows: 1,
                });
                batches[0].files = files.collect();
            }
        })
        .unwrap();
    let mut next = Some(format!("{EXPORT}/batches/{batch}/files"));
    let (mut found, mut sizes) = (Vec::new(), Vec::new());
    while let Some(target) = next {
        let page = core.get(&target, second(99)).document();
        assert_eq!(page["_page"]["count"], 205);
        let data = page["data"].as_array().unwrap();
        sizes.push(data.len());
        found.extend(data.iter().map(|file| file["dataSetFileId"].as_str().unwrap().to_owned()));
        next = page["_links"]["next"]["href"].as_str().map(|href| {
            href.strip_prefix("http://127.0.0.1:8377").expect("the caller's own host").to_owned()
        });
    }
    assert_eq!(sizes, [100, 100, 5]);
    found.dedup();
    assert_eq!(found.len(), 205);
    let most = core.get(&format!("{EXPORT}/batches/{batch}/files?limit=1000"), second(99));
    assert_eq!(most.document()["data"].as_array().unwrap().len(), 100);
}

#[test]
fn failed_and_meta_are_empty() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let job = core.job(&dataset, START);
    let batch = batch_of(&core, job);
    for what in ["failed", "meta"] {
        let answer = core.get(&format!("{EXPORT}/batches/{batch}/{what}"), START);
        assert_eq!(answer.document()["data"], json!([]), "{what}");
        let target = format!("{EXPORT}/batches/{batch}/{what}?path=x");
        assert_eq!(core.get(&target, START).status, 404);
        assert_eq!(core.get(&format!("{EXPORT}/batches/none/{what}"), START).status, 404);
    }
    let preview = core.get(&format!("{EXPORT}/datasets/{dataset}/preview"), START);
    assert_eq!(preview.document(), json!({"data": []}));
    assert_eq!(core.get(&format!("{EXPORT}/datasets/none/preview"), START).status, 404);
}
