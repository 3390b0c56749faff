//! Segment definitions.

use aep_export_model::*;
use serde_json::json;

use super::{read, written};

#[test]
fn a_page_of_definitions() {
    let document = json!({
        "segments": [{
            "id": "0c9c1f5e-7d0b-4a3b-9a51-5f6f0e2b7a11", "name": "Gold members", "description": "",
            "schema": {"name": "_xdm.context.profile"},
            "expression": {"type": "PQL", "format": "pql/text", "value": "loyalty.tier = \"gold\""},
            "mergePolicyId": "mp1",
            "evaluationInfo": {"batch": {"enabled": true}, "continuous": {"enabled": false},
                               "synchronous": {"enabled": false}},
            "profileInstanceId": "ups", "imsOrgId": "0@AdobeOrg",
            "sandbox": {"sandboxId": "sb", "sandboxName": "prod", "type": "production", "default": true},
            "ttlInDays": 30, "lifecycleState": "published",
            "creationTime": 1_573_253_640_000_i64, "updateEpoch": 1_575_588_309,
            "updateTime": 1_575_588_309_000_i64
        }],
        "page": {"totalCount": 1, "totalPages": 1, "sortField": "creationTime", "sort": "desc",
                 "pageSize": 1, "limit": 100},
        "link": {}
    });
    let page: SegmentDefinitionPage = read(&document);
    assert_eq!(written(&page), document, "nothing is lost");
    let gold = &page.segments[0];
    assert_eq!(gold.name.as_deref(), Some("Gold members"));
    assert_eq!(gold.merge_policy_id, Some(MergePolicyId::new("mp1")));
    let evaluation = gold.evaluation_info.as_ref().unwrap();
    assert_eq!(evaluation.batch.as_ref().unwrap().enabled, Some(true));
    assert_eq!(page.page.unwrap().total_count, Some(1));
    assert_eq!(page.link.unwrap().next, None);
}

#[test]
fn definitions_are_also_called_children() {
    let page: SegmentDefinitionPage = read(&json!({
        "children": [{"id": "a"}, null], "_page": {"totalPages": 3}, "_links": {"next": "/x"}
    }));
    assert_eq!((page.segments.len(), page.page.unwrap().total_pages), (1, Some(3)));
    assert_eq!(page.link.unwrap().next.as_deref(), Some("/x"));
}

#[test]
fn changes_are_told_in_seconds_and_in_milliseconds() {
    let table = [
        (json!({"updateEpoch": 1_575_588_309}), Some(1_575_588_309_000)),
        (json!({"updateTime": 5, "updateEpoch": 1}), Some(5)),
        (json!({"updateEpoch": i64::MAX}), None),
        (json!({}), None),
    ];
    for (document, expected) in table {
        let definition: SegmentDefinition = read(&document);
        assert_eq!(definition.updated_at().map(EpochMillis::get), expected, "{document}");
    }
}
