//! Segment jobs, and the request that starts one.

use aep_export_model::*;
use serde_json::json;

use super::{read, written};

#[test]
fn a_page_of_jobs() {
    let document = json!({
        "children": [{
            "id": "5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b", "status": "SUCCEEDED", "source": "scheduler",
            "segments": [{
                "segmentId": "a",
                "segment": {
                    "id": "a",
                    "expression": {"type": "PQL", "format": "pql/text", "value": "x = 1"},
                    "mergePolicyId": "mp1", "mergePolicy": {"id": "mp1", "version": 1}
                }
            }],
            "metrics": {
                "totalTime": {"startTimeInMs": 10, "endTimeInMs": 30, "totalTimeInMs": 20},
                "profileSegmentationTime": {"startTimeInMs": 12, "endTimeInMs": 30, "totalTimeInMs": 18},
                "totalProfiles": 13, "totalProfilesByMergePolicy": {"mp1": 13},
                "segmentedProfileCounter": {"a": 7},
                "segmentedProfileByNamespaceCounter": {"a": {"email": 7, "crm": 5}},
                "segmentedProfileByStatusCounter": {"a": {"realized": 7, "exited": 2}}
            },
            "creationTime": 1_573_203_600_535_i64, "updateTime": 1_573_204_395_000_i64,
            "updateEpoch": 1_573_204_395,
            "schema": {"name": "_xdm.context.profile"}, "imsOrgId": "0@AdobeOrg",
            "sandbox": {"sandboxId": "sb", "sandboxName": "prod", "type": "production", "default": true},
            "profileInstanceId": "ups", "requestId": "r-1573203600264", "batchId": "b",
            "computeJobId": 8811, "computeGatewayJobId": "c"
        }],
        "_page": {"totalCount": 92, "pageSize": 1, "next": "1"},
        "_links": {"next": "@/segmentJobs?sort=creationTime:DESC&start=1&limit=1"}
    });
    let page: SegmentJobPage = read(&document);
    assert_eq!(written(&page), document, "nothing is lost");
    let job = &page.children[0];
    assert_eq!((job.members(&"a".into()), job.members(&"b".into())), (Some(7), None));
    assert!(job.is_success());
    assert_eq!(page.page.unwrap().next.as_deref(), Some("1"));
    let observed: SegmentJobPage = read(&json!({"_links": {"next": {"href": "@/x?start=1"}}}));
    assert_eq!(observed.link.unwrap().next.as_deref(), Some("@/x?start=1"));
}

#[test]
fn a_job_under_way_says_less() {
    let job: SegmentJob = read(&json!({
        "id": "x", "status": "PROCESSING", "computeGatewayJobId": {},
        "segments": {"segmentId": "a"}, "metrics": {"totalTime": {"startTimeInMs": 1.5793043E+12},
        "profileSegmentationTime": {}}
    }));
    assert!(!job.is_terminal());
    assert_eq!(job.segments[0].segment_id, Some("a".into()));
    let metrics = job.metrics.unwrap();
    assert!(metrics.total_time.unwrap().is_running());
    assert!(!metrics.profile_segmentation_time.unwrap().is_running());
    assert_eq!(job.compute_gateway_job_id, None);
    let unknown: SegmentJob = read(&json!({"status": "REHYDRATING"}));
    assert!(!unknown.is_terminal() && !unknown.is_success());
}

#[test]
fn errors_in_both_spellings() {
    for (code, message) in [("code", "msg"), ("error-code", "error-message")] {
        let error = json!({code: "0090000009", message: "no room", "callStack": "at"});
        let job: SegmentJob = read(&json!({"status": "FAILED", "errors": [error]}));
        assert_eq!(job.errors[0].code.as_deref(), Some("0090000009"), "{code}");
        assert_eq!(job.errors[0].message.as_deref(), Some("no room"), "{code}");
    }
}

#[test]
fn a_request_is_a_list_or_asks_for_all() {
    let some = SegmentJobRequest::of(["a", "b"]);
    assert_eq!(written(&some), json!([{"segmentId": "a"}, {"segmentId": "b"}]));
    assert_eq!(
        written(&SegmentJobRequest::All),
        json!({"schema": {"name": "_xdm.context.profile"}, "segments": [{"segmentId": "*"}]})
    );
}
