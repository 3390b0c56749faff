use super::*;

/// A core with jobs made one second apart; their ids, newest first.
fn with_jobs(count: i64) -> (Core, Vec<u64>) {
    let core = core();
    let dataset = core.dataset("exports", START);
    let mut ids: Vec<_> = (0..count).map(|n| core.job(&dataset, second(n))).collect();
    ids.reverse();
    (core, ids)
}

fn ids(page: &Value) -> Vec<u64> {
    page["records"].as_array().unwrap().iter().map(|job| job["id"].as_u64().unwrap()).collect()
}

#[test]
fn all_jobs_newest_first_without_a_limit() {
    let (core, known) = with_jobs(5);
    let page = core.get(JOBS, second(9)).document();
    assert_eq!(ids(&page), known);
    assert_eq!(page["link"]["next"], "");
    assert_eq!(page["page"]["sortField"], "createdTime");
    assert_eq!(page["page"]["sort"], "desc");
    assert_eq!(page["page"]["pageSize"], 5);
    assert_eq!(page["page"]["pageOffset"], format!("{START}_{}", known[4]));
}

#[test]
fn links_lead_through_all_pages() {
    for (count, limit) in [(5, 2), (6, 2), (1, 1), (3, 10), (250, 100)] {
        let (core, known) = with_jobs(count);
        let mut found = Vec::new();
        let mut next = format!("/export/jobs?limit={limit}&status=NEW");
        let mut pages = 0;
        while !next.is_empty() {
            let page = core.get(&format!("/data/core/ups{next}"), second(0)).document();
            found.extend(ids(&page));
            page["link"]["next"].as_str().unwrap().clone_into(&mut next);
            assert!(next.is_empty() || next.starts_with("/export/jobs/?limit="), "{next}");
            pages += 1;
        }
        assert_eq!(found, known, "{count} by {limit}");
        assert_eq!(pages, (count + limit - 1) / limit);
    }
}

#[test]
fn a_new_job_does_not_move_the_pages_of_who_is_reading() {
    let (core, known) = with_jobs(4);
    let first = core.get(&format!("{JOBS}?limit=2"), second(9)).document();
    let dataset = core.dataset("another", second(9));
    core.job(&dataset, second(9));
    let next = first["link"]["next"].as_str().unwrap();
    let second_page = core.get(&format!("/data/core/ups{next}"), second(9)).document();
    assert_eq!(ids(&second_page), known[2..]);
}

#[test]
fn status_filters_by_what_jobs_are_now() {
    let (core, known) = with_jobs(3);
    core.finish(known[1]);
    core.fail(known[2]);
    let with = |status: &str, at| {
        ids(&core.get(&format!("{JOBS}?status={status}"), second(at)).document())
    };
    assert_eq!(with("NEW", 5), known);
    assert!(with("SUCCEEDED", 5).is_empty());
    assert_eq!(with("SUCCEEDED", 99), [known[1]]);
    assert_eq!(with("FAILED", 99), [known[2]]);
    assert_eq!(with("PROCESSING", 99), [known[0]]);
}

#[test]
fn the_profile_guides_parameters_are_taken_too() {
    let (core, known) = with_jobs(5);
    let list = |query: &str| core.get(&format!("{JOBS}?{query}"), second(9)).document();
    assert_eq!(ids(&list("start=3")), known[3..]);
    assert_eq!(ids(&list("page=1&limit=2")), known[2..4]);
    assert_eq!(ids(&list("page=0")), known);
    let sorted = list("limit=2&sort=creationTime:asc");
    assert_eq!(ids(&sorted), [known[1], known[0]], "sorted within the page");
    assert_eq!(sorted["page"]["sort"], "asc");
    let next = sorted["link"]["next"].as_str().unwrap();
    let page = core.get(&format!("/data/core/ups{next}"), second(9)).document();
    assert_eq!(ids(&page), [known[3], known[2]]);
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let (core, _) = with_jobs(1);
    for query in
        ["limit=0", "limit=x", "limit=-1", "offset=2", "offset=a_b", "status=DONE", "sort=x:asc"]
    {
        let answer = core.get(&format!("{JOBS}?{query}"), START);
        assert_eq!(answer.status, 400, "{query}");
        let title = answer.document()["title"].as_str().unwrap().to_owned();
        assert!(title.contains(query.split('=').next().unwrap()), "{title}");
    }
}

#[test]
fn segment_definitions_in_pages() {
    let core = core();
    let target = "/data/core/ups/segment/definitions";
    let all = core.get(target, START).document();
    let total = all["segments"].as_array().unwrap().len();
    assert_eq!(all["page"]["totalCount"], total);
    assert_eq!(all["link"], json!({}));
    assert!(total >= 3);
    let mut names = Vec::new();
    for page in 0..total {
        let answer = core.get(&format!("{target}?limit=1&page={page}&sort=name:asc"), START);
        let document = answer.document();
        assert_eq!(document["page"]["totalPages"], total);
        assert_eq!(document["link"].get("next").is_some(), page + 1 < total);
        names.push(document["segments"][0]["name"].as_str().unwrap().to_owned());
    }
    assert!(names.is_sorted(), "{names:?}");
    assert!(names.contains(&"Gold members".to_owned()));

    let first = &all["segments"][0];
    let id = first["id"].as_str().unwrap();
    assert_eq!(&core.get(&format!("{target}/{id}"), START).document(), first);
    assert_eq!(core.get(&format!("{target}/none"), START).status, 404);
}

#[test]
fn links_lead_through_all_segment_definitions_in_any_order() {
    let core = core();
    let target = "/data/core/ups/segment/definitions";
    let ids = |document: &Value| -> Vec<String> {
        let segments = document["segments"].as_array().unwrap().iter();
        segments.map(|segment| segment["id"].as_str().unwrap().to_owned()).collect()
    };
    let sorts = ["", "name:asc", "name:desc", "id", "updateTime:desc", "name:asc,id:desc"];
    for sort in
        sorts.map(|sort| if sort.is_empty() { String::new() } else { format!("&sort={sort}") })
    {
        let whole = ids(&core.get(&format!("{target}?limit=100{sort}"), START).document());
        for (start, limit) in (0..4).flat_map(|start| (1..5).map(move |limit| (start, limit))) {
            let (mut found, mut pages) = (Vec::new(), 0);
            let mut next = format!("/segment/definitions?start={start}&limit={limit}{sort}");
            loop {
                let page = core.get(&format!("/data/core/ups{next}"), START).document();
                found.extend(ids(&page));
                pages += 1;
                match page["link"]["next"].as_str() {
                    Some(link) if pages <= whole.len() => link.clone_into(&mut next),
                    _ => break,
                }
            }
            assert_eq!(found, whole[start..], "start={start}&limit={limit}{sort}");
        }
        for limit in 1..5 {
            let pages = (0..=whole.len()).flat_map(|page| {
                ids(&core
                    .get(&format!("{target}?page={page}&limit={limit}{sort}"), START)
                    .document())
            });
            assert_eq!(pages.collect::<Vec<_>>(), whole, "pages of {limit}{sort}");
        }
    }
}

#[test]
fn merge_policies_have_a_default() {
    let core = core();
    let target = "/data/core/ups/config/mergePolicies";
    let all = core.get(target, START).document();
    let children = all["children"].as_array().unwrap();
    assert_eq!(children.iter().filter(|policy| policy["default"] == true).count(), 1);
    let id = children[0]["id"].as_str().unwrap();
    assert_eq!(core.get(&format!("{target}/{id}"), START).document(), children[0]);
    assert_eq!(core.get(&format!("{target}/none"), START).status, 404);
}
