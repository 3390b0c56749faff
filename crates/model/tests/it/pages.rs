//! Pages of jobs and what their links look like.

use aep_export_model::*;
use serde_json::json;

use super::{read, written};

#[test]
fn next_links_come_in_every_form() {
    let relative = "/export/jobs/?limit=2&offset=1558573416687_722";
    let unusable = "@/segmentJobs?sort=creationTime:DESC&start=1&limit=10";
    let table = [
        (json!({"next": relative}), Some(relative)),
        (
            json!({"next": "https://aep.example:443/export/jobs?offset=1_2"}),
            Some("https://aep.example:443/export/jobs?offset=1_2"),
        ),
        (json!({"next": unusable}), Some(unusable)),
        (json!({"next": {"href": unusable}}), Some(unusable)),
        (json!({"next": "string"}), Some("string")),
        (json!({"next": ""}), Some("")),
        (json!({"next": null}), None),
        (json!({"next": {}}), None),
        (json!({"next": []}), None),
        (json!({}), None),
        (json!(relative), Some(relative)),
    ];
    for (link, expected) in table {
        let page: JobPage = read(&json!({"records": [], "link": link}));
        assert_eq!(page.link.unwrap().next.as_deref(), expected, "{link}");
    }
    for none in [json!(null), json!(7), json!([])] {
        assert_eq!(read::<JobPage>(&json!({"link": none})).link, None, "{none}");
    }
    assert_eq!(read::<JobPage>(&json!({"records": []})).link, None);
}

#[test]
fn records_are_also_called_children() {
    let page: JobPage = read(&json!({
        "_page": {"totalCount": 2, "pageSize": 2}, "children": [{"id": 1}, {"id": 2}],
        "_links": {"next": {"href": "/x?offset=1_2"}}
    }));
    assert_eq!(page.records.len(), 2);
    assert_eq!(page.page.unwrap().page_size, Some(2));
    assert_eq!(page.link.unwrap().next.as_deref(), Some("/x?offset=1_2"));
    // As text: a value would sort the keys.
    let both: JobPage =
        serde_json::from_str(r#"{"records": [{"id": 1}], "children": []}"#).unwrap();
    assert_eq!(both.records.len(), 1, "an empty list says nothing");
}

/// The parts of a page are fields of other people's types too, where any value must do.
#[test]
fn parts_of_pages_take_any_value_in_any_type() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Document {
        link: Option<Link>,
        page: Option<PageInfo>,
        segment_page: Option<SegmentPageInfo>,
        file_page: Option<FilePage>,
        links: Option<FileLinks>,
    }
    let all = |value: &serde_json::Value| {
        read::<Document>(&json!({
            "link": value, "page": value, "segment_page": value, "file_page": value, "links": value
        }))
    };
    for odd in [json!([]), json!([{}]), json!(7), json!(true), json!({}), json!({"next": []})] {
        let document = all(&odd);
        assert_eq!(document.link.unwrap(), Link::default(), "{odd}");
        assert_eq!(document.page.unwrap(), PageInfo::default(), "{odd}");
        assert_eq!(document.segment_page.unwrap(), SegmentPageInfo::default(), "{odd}");
        assert_eq!(document.file_page.unwrap(), FilePage::default(), "{odd}");
        assert_eq!(document.links.unwrap(), FileLinks::default(), "{odd}");
    }
    for text in ["", "/x?offset=1_2"] {
        let document = all(&json!(text));
        assert_eq!(document.link.unwrap().next.as_deref(), Some(text));
        assert_eq!(document.page.unwrap(), PageInfo::default());
        assert_eq!(document.links.unwrap(), FileLinks::default());
    }
    assert_eq!(all(&json!(null)).link, None);
    let sound = all(&json!({"next": {"href": "/x"}, "pageSize": "2", "limit": 5}));
    assert_eq!(sound.link.unwrap().next.as_deref(), Some("/x"));
    assert_eq!(sound.links.unwrap().next.as_deref(), Some("/x"));
    assert_eq!(sound.page.unwrap().page_size, Some(2));
    assert_eq!(sound.segment_page.unwrap().limit, Some(5));
    assert_eq!(sound.file_page.unwrap().limit, Some(5));
}

#[test]
fn what_is_no_job_is_left_out_of_a_page() {
    let page: JobPage = read(&json!({"records": [{"id": 1}, null, "x", [], {"id": 2}]}));
    assert_eq!(page.records.len(), 2);
}

/// One published page has the cursor as a number, its underscore lost.
#[test]
fn page_offsets_come_as_numbers_too() {
    let page: JobPage = read(&json!({"page": {"pageOffset": 155_097_470_130_296_i64}}));
    assert_eq!(page.page.unwrap().page_offset.as_deref(), Some("155097470130296"));
}

#[test]
fn a_page_is_written_in_the_services_spelling() {
    let document = json!({
        "records": [{"id": "1", "status": "NEW"}],
        "page": {"sortField": "createdTime", "sort": "desc", "pageOffset": "5_1", "pageSize": 1},
        "link": {"next": ""}
    });
    assert_eq!(written(&read::<JobPage>(&document)), document);
}

#[test]
fn cancel_answers_with_and_without_sense() {
    let placeholder: CancelAnswer = read(&json!({"status": "<boolean>", "message": "<string>"}));
    assert_eq!((placeholder.status, placeholder.message.as_deref()), (None, Some("<string>")));
    assert_eq!(read::<CancelAnswer>(&json!({})), CancelAnswer::default());
}
