//! Pages whose records are left to the client.

use aep_export_model::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::read;

type Raw<'a> = Listing<&'a RawValue>;

fn records(text: &str) -> Option<Vec<String>> {
    let page: Raw<'_> = serde_json::from_str(text).unwrap();
    page.records.map(|records| records.iter().map(|one| one.get().to_owned()).collect())
}

#[test]
fn records_are_given_byte_for_byte_under_every_key() {
    for key in ["records", "children", "segments", "data"] {
        let text =
            format!(r#"{{"x": [1], "{key}": [{{"id":  1.0}} , null, "a", [ ]], "y": {{}}}}"#);
        let expected = [r#"{"id":  1.0}"#, "null", "\"a\"", "[ ]"].map(str::to_owned).to_vec();
        assert_eq!(records(&text), Some(expected), "{key}");
    }
    assert_eq!(records(r#"[{"id":  1}]"#), Some(vec![r#"{"id":  1}"#.to_owned()]), "a bare list");
}

#[test]
fn no_records_and_an_empty_list_differ() {
    let table = [
        ("{}", None),
        (r#"{"records": null}"#, None),
        (r#"{"records": {}}"#, None),
        (r#"{"records": {"a": [1]}}"#, None),
        (r#"{"records": "x", "data": 1, "children": 1.5, "segments": true}"#, None),
        (r#"{"records": -1}"#, None),
        (r#"{"records": []}"#, Some(0)),
        ("[]", Some(0)),
        (r#"{"records": null, "children": []}"#, Some(0)),
        (r#"{"records": [], "children": null}"#, Some(0)),
        (r#"{"records": [1], "children": []}"#, Some(1)),
        (r#"{"records": [], "children": [1]}"#, Some(1)),
    ];
    for (text, expected) in table {
        assert_eq!(records(text).map(|records| records.len()), expected, "{text}");
    }
    for text in ["null", "7", "\"x\"", "true", "", r#"{"records": [1"#] {
        assert!(serde_json::from_str::<Raw<'_>>(text).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<Listing<ExportJob>>(r#"{"records": [null]}"#).is_err());
}

/// The frame is read as the documents read it, whatever is in it.
#[test]
fn pages_and_links_are_those_of_the_documents() {
    let values = [
        json!({"next": "/x?offset=1_2", "pageSize": 3, "limit": 5}),
        json!({"next": {"href": "/x"}, "totalPages": 2, "count": 6}),
        json!("/x"),
        json!(""),
        json!({}),
        json!(null),
    ];
    for value in values {
        for (page, link) in [("page", "link"), ("_page", "_links")] {
            let document = json!({"records": [], page: value, link: value});
            let jobs: Listing<ExportJob> = read(&document);
            let expected: JobPage = read(&document);
            assert_eq!(jobs.link, expected.link, "{document}");
            assert_eq!(jobs.page.unwrap_or_default(), expected.page.unwrap_or_default());
            let segments: Listing<Value, SegmentPageInfo> = read(&document);
            let expected: SegmentDefinitionPage = read(&document);
            assert_eq!(segments.link, expected.link, "{document}");
            assert_eq!(segments.page.unwrap_or_default(), expected.page.unwrap_or_default());
        }
        for (page, link) in [("page", "links"), ("_page", "_links")] {
            let document = json!({"data": [], page: value, link: value});
            let files: Listing<Value, FilePage, FileLinks> = read(&document);
            let expected: FileList = read(&document);
            assert_eq!(
                files.link.unwrap_or_default(),
                expected.links.unwrap_or_default(),
                "{document}"
            );
            assert_eq!(files.page.unwrap_or_default(), expected.page.unwrap_or_default());
        }
    }
    let both: Raw<'_> = serde_json::from_str(
        r#"{"link": {"next": "a"}, "_links": null, "page": {}, "_page": null}"#,
    )
    .unwrap();
    assert_eq!(both.link.unwrap().next.as_deref(), Some("a"), "null says nothing");
    assert!(both.page.is_some());
}
