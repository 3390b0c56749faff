//! Listings of Data Access.

use aep_export_model::*;
use serde_json::json;

use super::{read, written};

#[test]
fn the_files_of_a_batch() {
    let list: FileList = read(&json!({
        "data": [{
            "dataSetFileId": "b1-1", "dataSetViewId": "v1", "version": "1.0.0",
            "created": "1513246093746", "updated": "1513246093746", "isValid": false,
            "records": "17", "size": "1024",
            "_links": {"self": {"href": "https://aep.example:443/data/foundation/export/files/b1-1"}}
        }],
        "_page": {"limit": 1, "count": 6},
        "_links": {
            "next": {"href": "https://aep.example/data/foundation/export/batches/b1/files?start=1&limit=1"},
            "page": {"href": "https://aep.example/x{?start}", "templated": true}
        }
    }));
    let entry = &list.data[0];
    assert_eq!(entry.data_set_file_id, Some(FileId::new("b1-1")));
    assert_eq!(entry.created, Some(EpochMillis::new(1_513_246_093_746)));
    assert_eq!((entry.records, entry.size, entry.is_valid), (Some(17), Some(1024), Some(false)));
    assert!(entry.self_href.as_deref().unwrap().contains(":443/"));
    assert!(entry.is_listing() && !entry.is_marker());
    let page = list.page.unwrap();
    assert_eq!((page.limit, page.count), (Some(1), Some(6)));
    let links = list.links.unwrap();
    assert!(links.next.unwrap().ends_with("start=1&limit=1"));
    assert!(links.page.unwrap().ends_with("{?start}"));
}

#[test]
fn lengths_come_as_texts_and_numbers() {
    let table = [
        (json!("249058"), Some(249_058)),
        (json!(2576), Some(2576)),
        (json!(2576.0), Some(2576)),
        (json!("0"), Some(0)),
        (json!("{LENGTH}"), None),
        (json!(-1), None),
        (json!(null), None),
    ];
    for (length, expected) in table {
        let list: FileList =
            read(&json!({"data": [{"name": "part-00000.parquet", "length": length}]}));
        assert_eq!(list.data[0].length, expected, "{length}");
        assert!(!list.data[0].is_listing());
        assert_eq!((list.page, list.links), (None, None));
    }
}

#[test]
fn a_bare_list_is_a_listing_too() {
    let list: FileList = read(&json!([{"name": "a.parquet", "length": 2576}, null]));
    assert_eq!(list.data.len(), 1);
    assert_eq!(read::<FileList>(&json!([])), FileList::default());
    assert!(serde_json::from_value::<FileList>(json!("x")).is_err());
    assert!(serde_json::from_value::<FileList>(json!(null)).is_err());
}

#[test]
fn markers_are_empty_and_begin_with_an_underscore() {
    let table = [
        (json!({"name": "_SUCCESS", "length": "0"}), true),
        (json!({"name": "_SUCCESS", "length": "9"}), false),
        (json!({"name": "_SUCCESS"}), false),
        (json!({"name": "part-0.parquet", "length": "0"}), false),
        (json!({"dataSetFileId": "x", "size": "0"}), false),
    ];
    for (entry, expected) in table {
        assert_eq!(read::<FileEntry>(&entry).is_marker(), expected, "{entry}");
    }
}

/// Links of batches may lack any of their parts, and numbers are written as numbers.
#[test]
fn links_are_written_as_the_service_has_them() {
    let document = json!({
        "data": [{"name": "a", "length": 1, "_links": {"self": {"href": "h"}}}],
        "_page": {"limit": 100, "count": 1}, "_links": {"next": {"href": "n"}}
    });
    assert_eq!(written(&read::<FileList>(&document)), document);
    for links in [json!({}), json!({"self": {}}), json!({"self": null}), json!(null)] {
        let entry: FileEntry = read(&json!({"name": "a", "_links": links}));
        assert_eq!(entry.self_href, None, "{links}");
    }
    let empty: FileList = read(&json!({"_links": {"next": {}}}));
    assert_eq!(empty.links.unwrap().next, None);
}
