use super::*;
use crate::answer::Effect;

#[test]
fn a_created_job_is_new_and_set_off() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let mut body = request(&dataset);
    body["fields"] = json!("identityMap,person.name");
    body["filter"] = json!({"segments": [{"segmentId": "s"}], "emptyProfiles": false});
    body["unknown"] = json!(1);
    let answer = core.post(&format!("{JOBS}/"), &body, second(1));
    assert_eq!(answer.status, 200);
    let job = answer.document();
    let id = job["id"].as_u64().expect("a number");
    assert_eq!(answer.effects, [Effect::Start(id)]);
    let location = format!("http://127.0.0.1:8377{JOBS}/{id}");
    assert_eq!(answer.header("x-location"), Some(location.as_str()));
    assert_eq!(job["status"], "NEW");
    assert_eq!(job["jobType"], "BATCH");
    assert_eq!(job["requestId"], "requestid");
    assert_eq!(job["imsOrgId"], ORG);
    assert_eq!(job["creationTime"], second(1));
    assert_eq!(job["updateTime"], second(1));
    for echoed in ["fields", "filter", "schema"] {
        assert_eq!(job[echoed], body[echoed]);
    }
    assert_eq!(job["destination"]["datasetId"], dataset);
    assert_eq!(job["destination"]["segmentPerBatch"], false);
    assert_eq!(job["destination"]["batchId"].as_str().unwrap().len(), 26);
    assert_eq!(job["computeGatewayJobId"], json!({}));
    assert_eq!(job["metrics"], json!({"totalTime": {"startTimeInMs": second(1)}}));
    assert_eq!(job["mergePolicy"]["version"], 1);
    for absent in ["additionalFields", "errors", "unknown"] {
        assert!(job.get(absent).is_none(), "{absent}");
    }
    let next = core.job(&dataset, second(2));
    assert!(next > id, "ids grow");
}

#[test]
fn a_job_moves_as_planned() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    core.finish(id);
    for (at, status, updated) in [
        (0, "NEW", 0),
        (9, "NEW", 0),
        (10, "PROCESSING", 10),
        (29, "PROCESSING", 10),
        (30, "PROCESSING", 30),
        (34, "PROCESSING", 30),
        (35, "SUCCEEDED", 35),
        (99, "SUCCEEDED", 35),
    ] {
        let job = core.view(id, second(at));
        assert_eq!(job["status"], status, "at {at} s");
        assert_eq!(job["updateTime"], second(updated), "at {at} s");
    }
}

#[test]
fn metrics_show_what_has_begun() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    core.finish(id);
    let metrics = |at| core.view(id, second(at))["metrics"].clone();
    let begun = |at| json!({"startTimeInMs": second(at)});
    let done = |from: i64, to: i64| {
        json!({
            "startTimeInMs": second(from),
            "endTimeInMs": second(to),
            "totalTimeInMs": (to - from) * 1_000,
        })
    };
    assert_eq!(metrics(15), json!({"totalTime": begun(0), "profileExportTime": begun(10)}));
    assert_eq!(
        metrics(31),
        json!({
            "totalTime": begun(0),
            "profileExportTime": done(10, 30),
            "aCPDatasetWriteTime": begun(30),
        })
    );
    assert_eq!(
        metrics(40),
        json!({
            "totalTime": done(0, 35),
            "profileExportTime": done(10, 30),
            "aCPDatasetWriteTime": done(30, 35),
            "totalExportedProfileCounter": 3,
            "exportedProfileByNamespaceCounter": {"Email": 3},
        })
    );
    assert!(core.view(id, second(40))["computeGatewayJobId"]["pushJob"].is_string());
}

#[test]
fn a_planned_job_is_not_over_before_its_work_is() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    assert_eq!(core.view(id, second(100))["status"], "PROCESSING");
}

#[test]
fn a_failed_job_names_its_errors_and_no_batch() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    core.fail(id);
    assert!(core.view(id, second(29)).get("errors").is_none(), "not known before it fails");
    let job = core.view(id, second(30));
    assert_eq!(job["status"], "FAILED");
    assert_eq!(job["destination"]["batchId"], "");
    let errors = json!([
        {"code": "0100000003", "msg": "Error in Export Job", "callStack": "somewhere"}
    ]);
    assert_eq!(job["errors"], errors);
    assert!(job["metrics"].get("aCPDatasetWriteTime").is_none());
    assert_eq!(job["metrics"]["totalTime"]["totalTimeInMs"], 30_000);
    assert!(job["computeGatewayJobId"].get("pushJob").is_none());
}

#[test]
fn a_batch_for_each_segment() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let mut body = request(&dataset);
    body["destination"]["segmentPerBatch"] = json!(true);
    body["filter"] = json!({"segments": [
        {"segmentId": "one"},
        {"segmentId": "two", "segmentNs": "AAM", "status": ["exited"]},
    ]});
    let id = core.post(JOBS, &body, START).document()["id"].as_u64().unwrap();
    core.finish(id);
    let job = core.view(id, second(99));
    let destination = &job["destination"];
    assert!(destination.get("batchId").is_none(), "{destination}");
    let batches = destination["batches"].as_array().unwrap();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0]["segmentId"], "one");
    assert_eq!(batches[0]["segmentNs"], "ups");
    assert_eq!(batches[0]["status"], json!(["realized", "existing"]));
    assert_eq!(batches[1]["segmentNs"], "AAM");
    assert_eq!(batches[1]["status"], json!(["exited"]));
    assert_ne!(batches[0]["batchId"], batches[1]["batchId"]);
    let metrics = &job["metrics"];
    assert_eq!(metrics["exportedProfileCounter"], json!({"one": 3, "two": 3}));
    let by_namespace = json!({"one": {"Email": 3}, "two": {"Email": 3}});
    assert_eq!(metrics["exportedProfileByNamespaceCounter"], by_namespace);
}

#[test]
fn segments_of_one_id_in_two_namespaces_are_counted_together() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let mut body = request(&dataset);
    body["destination"]["segmentPerBatch"] = json!(true);
    body["filter"] = json!({"segments": [
        {"segmentId": "7"}, {"segmentId": "7", "segmentNs": "AAM"}, {"segmentId": "8"},
    ]});
    let id = core.post(JOBS, &body, START).document()["id"].as_u64().unwrap();
    core.finish(id);
    let metrics = core.view(id, second(99))["metrics"].clone();
    assert_eq!(metrics["exportedProfileCounter"], json!({"7": 6, "8": 3}));
    let by_namespace = json!({"7": {"Email": 6}, "8": {"Email": 3}});
    assert_eq!(metrics["exportedProfileByNamespaceCounter"], by_namespace);
}

#[test]
fn cancelling_takes_its_time() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    core.finish(id);
    let answer = core.delete(&format!("{JOBS}/{id}"), second(12));
    assert_eq!(answer.status, 200);
    let marked = json!({"status": true, "message": "Export job has been marked for cancelling"});
    assert_eq!(answer.document(), marked);
    assert_eq!(answer.effects, [Effect::Stop(id)]);
    assert_eq!(core.view(id, second(13))["status"], "CANCELLING");
    let job = core.view(id, second(99));
    assert_eq!(job["status"], "CANCELLED");
    assert_eq!(job["updateTime"], second(14));
    assert_eq!(job["metrics"]["profileExportTime"]["totalTimeInMs"], 4_000);
    assert!(job["metrics"].get("aCPDatasetWriteTime").is_none(), "never began");
    assert!(job["metrics"].get("totalExportedProfileCounter").is_none());
    let again = core.delete(&format!("{JOBS}/{id}"), second(99));
    assert_eq!((again.status.as_u16(), again.effects.len()), (200, 0));
}

#[test]
fn a_finished_job_stays_as_it_is_when_cancelled() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    core.finish(id);
    let answer = core.delete(&format!("{JOBS}/{id}"), second(35));
    assert_eq!((answer.status.as_u16(), answer.effects.len()), (200, 0));
    assert_eq!(core.view(id, second(99))["status"], "SUCCEEDED");
}

#[test]
fn unknown_jobs_are_not_found_in_the_services_own_words() {
    let core = core();
    for id in ["1", "99999999999999999999", "abc"] {
        for answer in
            [core.get(&format!("{JOBS}/{id}"), START), core.delete(&format!("{JOBS}/{id}"), START)]
        {
            assert_eq!(answer.status, 404, "{id}");
            let document = answer.document();
            assert_eq!(document["requestId"], "requestid");
            assert_eq!(document["status"], 404);
            assert_eq!(document["errors"]["404"][0]["code"], "UPAPI-113000-404");
            assert_eq!(document["type"], "https://ns.adobe.com/aep/errors/UPAPI-113000-404");
            assert!(document["title"].as_str().unwrap().contains(id));
        }
    }
}

#[test]
fn requests_that_cannot_be_jobs_are_refused() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let schema = json!({"name": "_xdm.context.profile"});
    for (body, code) in [
        (json!({"schema": schema}), "UPAPI-113434-400"),
        (json!({"destination": {"datasetId": dataset}}), "UPAPI-113434-400"),
        (json!({"destination": {"datasetId": "f00"}, "schema": schema}), "UPLIB-101554-503"),
        (json!(7), "UPLIB-101206-500"),
    ] {
        let answer = core.post(JOBS, &body, START);
        assert_eq!((answer.status.as_u16(), answer.effects.len()), (400, 0), "{body}");
        assert_eq!(answer.document()["errors"]["400"][0]["code"], code, "{body}");
    }
    let broken = core.send(core.signed("POST", JOBS, "{", START), START);
    assert_eq!(broken.document()["errors"]["400"][0]["code"], "UPLIB-101206-500");
    assert!(core.get(JOBS, START).document()["records"].as_array().unwrap().is_empty());
}

#[test]
fn work_that_ended_while_the_delete_was_on_its_way_is_not_cancelled() {
    let mut core = core();
    core.settings.pace = Pace::AsWork;
    let dataset = core.dataset("exports", START);
    let id = core.job(&dataset, START);
    core.finish(id); // one millisecond after the creation
    let answer = core.delete(&format!("{JOBS}/{id}"), START);
    assert_eq!((answer.status.as_u16(), answer.effects.len()), (200, 0));
    assert_eq!(core.view(id, START)["status"], "NEW");
    assert_eq!(core.view(id, second(1))["status"], "SUCCEEDED");
}

#[test]
fn what_no_answer_shows_is_not_kept() {
    let core = core();
    let dataset = core.dataset("exports", START);
    let request = json!({
        "destination": {"datasetId": dataset, "segmentPerBatch": false, "note": "canary"},
        "schema": {"name": "_xdm.context.profile"},
        "fields": "identityMap",
        "filter": {"emptyProfiles": true, "tag": "shown"},
        "additionalFields": {"eventList": {"fields": "_id"}},
        "mergePolicy": {"id": "4c1f9e20-8a3b-4d56-9e71-b05d2c6f8a01", "version": 1, "x": "canary"},
        "evaluationInfo": {"segmentation": true},
        "comment": "canary".repeat(1_000),
    });
    let created = core.post(JOBS, &request, START).document();
    let id = created["id"].as_u64().unwrap();
    let stored = core.store.job(id).unwrap().unwrap();
    assert!(!serde_json::to_string(&stored).unwrap().contains("canary"));
    for shown in ["fields", "filter", "additionalFields", "schema"] {
        assert_eq!(core.view(id, START)[shown], request[shown], "{shown}");
    }
}

#[test]
fn phases_and_tokens_may_be_as_long_as_can_be() {
    let mut core = core();
    core.settings.token_lifetime = Duration::MAX;
    for longest in [Duration::MAX, Duration::from_millis(i64::MAX.unsigned_abs())] {
        for phase in 0..3 {
            let of = |place| if place == phase { longest } else { Duration::ZERO };
            core.settings.pace =
                Pace::Phases { queue: of(0), read: of(1), write: of(2), cancel: longest };
            let dataset = core.dataset("exports", START);
            let job = core.job(&dataset, START);
            let status = core.view(job, second(1))["status"].clone();
            assert_eq!(status, if phase == 0 { "NEW" } else { "PROCESSING" });
            core.finish(job);
            assert_eq!(core.view(job, second(2))["status"], status);
            core.delete(&format!("{JOBS}/{job}"), second(3));
            assert_eq!(core.view(job, second(4))["status"], "CANCELLING");
        }
    }
}
