//! The pager over every way in which a list goes on or breaks off.

use aep_export_api::{ErrorKind, ListDatasets, ListExportJobs, ListFiles, Next};
use aep_export_transport::testing::Scripted;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::clients::{asked, scripted};

fn page(key: &str, ids: &[u64], next: &Value) -> String {
    let records: Vec<_> = ids.iter().map(|id| json!({"id": id, "status": "SUCCEEDED"})).collect();
    json!({ key: records, "page": {"pageSize": ids.len()}, "link": {"next": next} }).to_string()
}

fn by_two() -> ListExportJobs {
    ListExportJobs { limit: Some(2), ..ListExportJobs::default() }
}

/// Ids of the jobs that came, and the kind of error that ended the list, if one did.
async fn all(script: &Scripted) -> (Vec<String>, Option<ErrorKind>) {
    let mut jobs = std::pin::pin!(scripted(script).export_jobs().stream(by_two()));
    let mut ids = Vec::new();
    while let Some(job) = jobs.next().await {
        match job {
            Ok(job) => ids.push(job.id.as_ref().unwrap().to_string()),
            Err(error) => return (ids, Some(error.kind())),
        }
    }
    (ids, None)
}

#[tokio::test]
async fn the_cursor_is_followed_in_every_form_of_link() {
    for link in [
        "/export/jobs?limit=2&offset=1538573416687_722",
        "/export/jobs/?limit=2&offset=1538573416687_722",
        "https://platform.example:443/data/core/ups/export/jobs?offset=1538573416687_722",
    ] {
        for key in ["records", "children"] {
            let script = Scripted::new()
                .answer(200, page(key, &[3, 2], &json!(link)))
                .answer(200, page(key, &[1], &json!("")));
            assert_eq!(all(&script).await, (vec!["3".into(), "2".into(), "1".into()], None));
            assert_eq!(
                asked(&script),
                [
                    "GET /data/core/ups/export/jobs?limit=2",
                    "GET /data/core/ups/export/jobs?limit=2&offset=1538573416687_722",
                ]
            );
        }
    }
}

#[tokio::test]
async fn the_shape_of_segment_jobs_is_followed_too() {
    let first = r#"{"children": [{"id": 2}], "_page": {"next": "1"},
        "_links": {"next": {"href": "/export/jobs?offset=1_1"}}}"#;
    let last = r#"{"children": [{"id": 1}], "_links": {"next": {}}}"#;
    let script = Scripted::new().answer(200, first).answer(200, last);
    assert_eq!(all(&script).await, (vec!["2".into(), "1".into()], None));
}

#[tokio::test]
async fn an_odd_link_or_page_costs_no_job() {
    for rest in
        [r#""link": """#, r#""link": []"#, r#""link": 7"#, r#""page": "x""#, r#""page": []"#]
    {
        let script =
            Scripted::new().answer(200, format!(r#"{{"records": [{{"id": 1}}], {rest}}}"#));
        assert_eq!(all(&script).await, (vec!["1".into()], None), "{rest}");
    }
    let linked = r#"{"records": [{"id": 2}], "link": "/export/jobs?offset=1_1"}"#;
    let script = Scripted::new().answer(200, linked).answer(200, r#"{"records": [{"id": 1}]}"#);
    assert_eq!(all(&script).await, (vec!["2".into(), "1".into()], None));
}

#[tokio::test]
async fn the_cursor_replaces_what_chose_the_first_page() {
    let script = Scripted::new()
        .answer(200, page("records", &[2], &json!("/export/jobs?offset=1_1")))
        .answer(200, page("records", &[1], &json!("")));
    let list = ListExportJobs { start: Some("4".into()), page: Some(2), ..by_two() };
    let jobs = scripted(&script).export_jobs().stream(list);
    assert_eq!(jobs.try_collect::<Vec<_>>().await.unwrap().len(), 2);
    assert_eq!(asked(&script)[1], "GET /data/core/ups/export/jobs?limit=2&offset=1_1");
}

#[tokio::test]
async fn a_link_to_another_host_is_read_for_its_cursor_and_sends_nothing_there() {
    for link in [
        "https://elsewhere.example/data/core/ups/export/jobs?offset=9_9",
        "//elsewhere.example/jobs?offset=9_9",
        "http://platform.example@elsewhere.example/?offset=9_9",
        "http:\\\\elsewhere.example\\?offset=9_9",
        "/../../elsewhere?offset=9_9",
    ] {
        let script = Scripted::new()
            .answer(200, page("records", &[2], &json!(link)))
            .answer(200, page("records", &[1], &json!("")));
        assert_eq!(all(&script).await.0, ["2", "1"], "{link}");
        // `asked` checks the host of every request.
        assert_eq!(asked(&script)[1], "GET /data/core/ups/export/jobs?limit=2&offset=9_9");
    }
}

#[tokio::test]
async fn a_list_ends_where_the_service_says_so() {
    for end in
        [json!({"next": ""}), json!({"next": "  "}), json!({"next": null}), json!({}), json!(null)]
    {
        let body = json!({"records": [{"id": 1}], "link": end}).to_string();
        let script = Scripted::new().answer(200, body);
        assert_eq!(all(&script).await, (vec!["1".into()], None), "{end}");
    }
    let script = Scripted::new().answer(200, r#"{"records": []}"#);
    assert_eq!(all(&script).await, (vec![], None), "no link at all");
}

#[tokio::test]
async fn a_list_that_breaks_off_says_so_after_its_last_good_job() {
    for link in ["string", "@/segmentJobs?sort=creationTime:DESC&start=1", "/export/jobs?offset="] {
        let script = Scripted::new().answer(200, page("records", &[100], &json!(link)));
        let expected = (vec!["100".to_owned()], Some(ErrorKind::Malformed));
        assert_eq!(all(&script).await, expected, "{link}");
    }
}

#[tokio::test]
async fn one_page_alone_does_not_mind_where_it_leads() {
    let script = Scripted::new().answer(200, page("records", &[100], &json!("string")));
    let page = scripted(&script).export_jobs().list(&by_two()).await.unwrap();
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.next, Next::Unusable("string".to_owned()));
}

#[tokio::test]
async fn a_cursor_that_comes_twice_ends_the_list_with_an_error() {
    let round = |id| page("records", &[id], &json!("/export/jobs?offset=1_1"));
    let script = Scripted::new().answer(200, round(2)).answer(200, round(1)).answer(200, round(0));
    assert_eq!(all(&script).await, (vec!["2".into(), "1".into()], Some(ErrorKind::Malformed)));
    assert_eq!(script.remaining(), 1, "the third page is not asked for");

    let script = Scripted::new().answer(200, round(1));
    let from_there = ListExportJobs { offset: Some("1_1".into()), ..by_two() };
    let jobs: Vec<_> = scripted(&script).export_jobs().stream(from_there).collect().await;
    assert_eq!(jobs.len(), 2, "a list that begins at a cursor knows it");
    assert_eq!(jobs[1].as_ref().unwrap_err().kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn pages_without_a_record_do_not_go_on_for_ever() {
    let mut script = Scripted::new();
    for n in 0..1000 {
        let link = format!("/export/jobs?offset={n}_1");
        script = script.answer(200, page("records", &[], &json!(link)));
    }
    assert_eq!(all(&script).await, (vec![], Some(ErrorKind::Malformed)));
    assert_eq!(script.remaining(), 900);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_one_error_and_the_list_goes_on() {
    let body = r#"{"records": [{"id": 2}, "no job", {"id": 1}], "link": {"next": ""}}"#;
    let script = Scripted::new().answer(200, body);
    let jobs: Vec<_> = scripted(&script).export_jobs().stream(by_two()).collect().await;
    let kinds: Vec<_> =
        jobs.iter().map(|job| job.as_ref().map(|job| job.id.clone().unwrap())).collect();
    assert_eq!(kinds[0].as_ref().unwrap().as_str(), "2");
    assert_eq!(kinds[1].as_ref().unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(kinds[2].as_ref().unwrap().as_str(), "1");
}

#[tokio::test]
async fn each_job_has_its_own_bytes_exactly_as_they_came() {
    let first = r#"{ "id":18446744073709551616 , "new":{"b":1,"a":2.50}, "id2":1e3}"#;
    let body = format!(r#"{{"records" : [ {first},{{"id":7}}], "link":{{}}}}"#);
    let script = Scripted::new().answer(200, body);
    let jobs: Vec<_> =
        scripted(&script).export_jobs().stream(by_two()).try_collect().await.unwrap();
    assert_eq!(jobs[0].raw, first);
    assert_eq!(jobs[1].raw, r#"{"id":7}"#);
}

#[tokio::test]
async fn an_answer_without_records_is_not_an_empty_list() {
    for body in [r#"{"message": "sorry"}"#, "", "<html>", r#"{"records": {}}"#, "7"] {
        let script = Scripted::new().answer(200, body);
        assert_eq!(all(&script).await, (vec![], Some(ErrorKind::Malformed)), "{body}");
    }
}

#[tokio::test]
async fn a_page_that_failed_is_asked_for_again_at_the_same_place() {
    let script = Scripted::new()
        .answer(200, page("records", &[2], &json!("/export/jobs?offset=1_1")))
        .answer(503, "")
        .answer(200, page("records", &[1], &json!("")));
    let mut pages = scripted(&script).export_jobs().pages(by_two());
    assert!(pages.next_page().await.unwrap().is_some());
    assert_eq!(pages.next_page().await.unwrap_err().kind(), ErrorKind::Service);
    let page = pages.next_page().await.unwrap().unwrap();
    assert_eq!(page.records[0].as_ref().unwrap().id.as_ref().unwrap().as_str(), "1");
    assert!(pages.next_page().await.unwrap().is_none());
    let asked = asked(&script);
    assert_eq!(asked[1], asked[2]);
}

#[tokio::test]
async fn no_page_is_fetched_for_jobs_that_nobody_takes() {
    let script = Scripted::new()
        .answer(200, page("records", &[4, 3], &json!("/export/jobs?offset=1_1")))
        .answer(200, page("records", &[2, 1], &json!("/export/jobs?offset=2_2")));
    let jobs = scripted(&script).export_jobs().stream(by_two()).take(2);
    assert_eq!(jobs.try_collect::<Vec<_>>().await.unwrap().len(), 2);
    assert_eq!(script.remaining(), 1);
}

#[tokio::test]
async fn datasets_page_until_a_page_is_not_full() {
    let full: serde_json::Map<String, Value> =
        (0..100).map(|n| (format!("{n:024x}"), json!({"name": n.to_string()}))).collect();
    let rest = r#"{"b": {"name": "B"}, "a": {"name": "A"}}"#;
    let script = Scripted::new().answer(200, json!(full).to_string()).answer(200, rest);
    let datasets: Vec<_> =
        scripted(&script).datasets().stream(Default::default()).try_collect().await.unwrap();
    assert_eq!(datasets.len(), 102);
    assert_eq!(datasets[101].id.as_str(), "a", "the order is the service's");
    assert_eq!(
        asked(&script)[1],
        "GET /data/foundation/catalog/dataSets?limit=100&start=100&orderBy=desc%3Acreated"
    );
}

#[tokio::test]
async fn audiences_page_by_the_count_of_pages_and_are_found_by_name() {
    let page = |name: &str| {
        json!({"segments": [{"id": name, "name": name}, {"id": format!("twin of {name}"), "name": "twin"}],
               "page": {"totalPages": 2, "pageSize": 2}, "link": {}})
        .to_string()
    };
    let script = Scripted::new().answer(200, page("one")).answer(200, page("two"));
    let twins = scripted(&script).audiences().named("twin").await.unwrap();
    assert_eq!(twins.len(), 2);
    assert_eq!(
        asked(&script),
        [
            "GET /data/core/ups/segment/definitions?limit=100&page=0",
            "GET /data/core/ups/segment/definitions?limit=100&page=1",
        ]
    );
}

/// When an audience is created while the list is read, the pages shift by one.
#[tokio::test]
async fn an_audience_that_two_pages_show_is_named_once() {
    let page = |names: &[(&str, &str)]| {
        let records: Vec<_> =
            names.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
        json!({"segments": records, "page": {"totalPages": 2}}).to_string()
    };
    let script = Scripted::new()
        .answer(200, page(&[("a", "x"), ("b", "gold")]))
        .answer(200, page(&[("b", "gold"), ("c", "gold")]));
    let gold = scripted(&script).audiences().named("gold").await.unwrap();
    let ids: Vec<_> = gold.iter().map(|audience| audience.id.clone().unwrap()).collect();
    assert_eq!(ids, ["b".into(), "c".into()]);
}

/// What cannot be read may be a second one of that name, unless it says that it has another.
#[tokio::test]
async fn an_audience_that_cannot_be_read_is_passed_over_only_where_it_has_another_name() {
    let page = |broken: &str| {
        format!(
            r#"{{"segments": [{broken}, {{"id": "a", "name": "gold"}}], "page": {{"totalPages": 1}}}}"#
        )
    };
    for (broken, another) in [
        (r#"{"name": "silver", "description": "\ud83d"}"#, true),
        (r#"{"description": "\ud83d", "name": "Gold"}"#, true),
        (r#"{"description": "\ud83d"}"#, true),
        (r#"{"description": "\ud83d", "name": null}"#, true),
        (r#"{"name": "gold", "description": "\ud83d"}"#, false),
        (r#"{"name": "g\u006fld", "description": "\ud83d"}"#, false),
        (r#"{"name": "gold\ud83d", "id": "x"}"#, false),
        (r#"{"name": "silver", "name": "gold", "description": "\ud83d"}"#, false),
        (r#""gold""#, false),
        ("null", false),
        // It can be read, but not its name.
        (r#"{"name": ["gold"], "id": "x"}"#, false),
        (r#"{"name": {"en": "gold"}, "id": "x"}"#, false),
        (r#"{"id": "x"}"#, true),
    ] {
        let script = Scripted::new().answer(200, page(broken));
        let found = scripted(&script).audiences().named("gold").await;
        match found {
            Ok(found) => {
                assert!(another, "{broken}");
                let ids: Vec<_> = found.iter().map(|found| found.id.clone()).collect();
                assert_eq!(ids, [Some("a".into())], "{broken}");
            }
            Err(error) => {
                assert!(!another, "{broken}: {error}");
                assert_eq!(error.kind(), ErrorKind::Malformed);
                assert!(error.message().contains("may be called \"gold\""), "{error}");
            }
        }
        // Who reads the list sees them all.
        let script = Scripted::new().answer(200, page(broken));
        let list = scripted(&script).audiences().stream(Default::default());
        assert_eq!(list.collect::<Vec<_>>().await.len(), 2, "{broken}");
    }
}

#[tokio::test]
async fn an_audience_list_that_breaks_off_says_so() {
    let empty = r#"{"segments": [], "page": {"totalPages": 5}, "link": {}}"#;
    let script = Scripted::new().answer(200, empty);
    let error = scripted(&script).audiences().named("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);

    let linked = r#"{"segments": [{"id": "a"}], "link": {"next": "/segment/definitions?page=1"}}"#;
    let last = r#"{"segments": [{"id": "b"}], "link": {}}"#;
    let script = Scripted::new().answer(200, linked).answer(200, last);
    let audiences = scripted(&script).audiences().stream(Default::default());
    assert_eq!(audiences.try_collect::<Vec<_>>().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_that_comes_again_at_the_next_position_ends_the_list_with_an_error() {
    // As a service does that does not look at the position, or counts pages from 1 where 0 was
    // asked for.
    let audiences = r#"{"segments": [{"id": "a"}, {"id": "b"}], "page": {"totalPages": 9}}"#;
    let script = (0..9).fold(Scripted::new(), |script, _| script.answer(200, audiences));
    let listed = scripted(&script).audiences().stream(Default::default()).collect::<Vec<_>>().await;
    let (error, records) = listed.split_last().unwrap();
    assert_eq!(records.iter().flatten().count(), 2, "no record comes twice");
    assert_eq!(error.as_ref().unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(script.remaining(), 7);

    let full = r#"{"b": {"name": "B"}, "a": {"name": "A"}}"#;
    let script = (0..9).fold(Scripted::new(), |script, _| script.answer(200, full));
    let by_two = ListDatasets { limit: Some(2), start: 0 };
    let listed = scripted(&script).datasets().stream(by_two).collect::<Vec<_>>().await;
    assert_eq!((listed.len(), script.remaining()), (3, 7));
    assert!(listed[2].as_ref().unwrap_err().to_string().contains("\"2\" once more"));
}

#[tokio::test]
async fn a_page_that_the_catalog_would_shorten_is_not_asked_for() {
    for limit in [0, 101] {
        let script = Scripted::new();
        let list = ListDatasets { limit: Some(limit), start: 0 };
        let error = scripted(&script).datasets().list(&list).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(script.requests().is_empty());
    }
}

#[tokio::test]
async fn a_file_list_goes_on_by_link_or_by_count() {
    let list = ListFiles::of_batch("B1".into());
    let linked = r#"{"data": [{"dataSetFileId": "a"}], "_page": {"limit": 1, "count": 6},
        "_links": {"next": {"href": "https://platform.adobe.io:443/data/foundation/export/batches/B1/files?start=1&limit=1"}}}"#;
    let counted = r#"{"data": [{"dataSetFileId": "a"}], "_page": {"limit": 1, "count": 6}}"#;
    let whole = r#"{"data": [{"dataSetFileId": "a"}], "_page": {"limit": 100, "count": 1}}"#;
    let bare = r#" [{"dataSetFileId": "a"}]"#;
    for (body, next) in [
        (linked, Next::At("1".into())),
        (counted, Next::At("1".into())),
        (whole, Next::End),
        (bare, Next::End),
    ] {
        let script = Scripted::new().answer(200, body);
        let page = scripted(&script).execute(&list).await.unwrap();
        assert_eq!(page.next, next, "{body}");
        assert_eq!(page.records.len(), 1, "{body}");
    }
}
