//! Which jobs of the list are shown: what the service cannot filter by is filtered here.

use crate::script::{Reply, Script};
use crate::world::World;

const JOBS: &str = "/data/core/ups/export/jobs";

fn page(records: &str, next: &str) -> Reply {
    Reply::Json(200, format!(r#"{{"records":[{records}],"link":{{"next":"{next}"}}}}"#))
}

/// Three pages, each with a job of two days before the last; the last page is never wanted here.
fn three_pages() -> Script {
    let job = |id: u8, status: &str, created: u64, dataset: &str, segment: &str| {
        format!(
            r#"{{"id":{id},"status":"{status}","creationTime":{created},
                "destination":{{"dataSetId":"{dataset}"}},
                "filter":{{"segments":[{{"segmentId":"{segment}"}}]}}}}"#
        )
    };
    let day = 86_400_000;
    let first = [job(1, "PROCESSING", 9 * day, "d", "s"), job(2, "FAILED", 7 * day, "e", "s")];
    // The order of a list is not exact: an old job does not end it.
    let second = [job(3, "CANCELLED", 5 * day, "d", "t"), job(4, "FAILED", 8 * day, "d", "s")];
    let third = [job(5, "FAILED", 4 * day, "d", "s"), job(6, "SUCCEEDED", 3 * day, "e", "t")];
    let next = "/export/jobs/?limit=100&offset=";
    Script::start(&[
        (
            &format!("GET {JOBS}?limit=100&offset=1_1"),
            page(&second.join(","), &format!("{next}2_2")),
        ),
        (
            &format!("GET {JOBS}?limit=100&offset=2_2"),
            page(&third.join(","), &format!("{next}3_3")),
        ),
        (&format!("GET {JOBS}?limit=100&offset=3_3"), page("", "")),
        (&format!("GET {JOBS}?limit=100"), page(&first.join(","), &format!("{next}1_1"))),
    ])
}

#[test]
fn jobs_are_filtered_here_and_an_old_page_ends_the_list() {
    for (args, ids, pages) in [
        (&["--status", "processing,cancelled"][..], "1\n3\n", 4),
        (&["--dataset", "d"], "1\n3\n4\n5\n", 4),
        (&["--segment", "t"], "3\n6\n", 4),
        (&["--dataset", "d", "--segment", "s", "--status", "FAILED,NEW"], "4\n5\n", 4),
        (&["--since", "1970-01-07T00:00:00Z"], "1\n2\n4\n", 3),
        (&["--since", "1970-01-07T00:00:00Z", "--status", "FAILED,NEW"], "2\n4\n", 3),
        (&["--since", "1970-01-07T00:00:00Z", "--limit", "1"], "1\n", 1),
        (&["--dataset", "d", "--limit", "2"], "1\n3\n", 2),
    ] {
        let script = three_pages();
        let world = World::at(&script.url);
        let ran = world.run(&[&["list", "-o", "id"], args].concat());
        assert_eq!(ran.ok(), ids, "{args:?}: {ran:?}");
        let asked: Vec<String> = script.all().into_iter().map(|came| came.line).collect();
        assert_eq!(asked.len(), pages, "{args:?}: {asked:?}");
        assert!(asked.iter().all(|line| !line.contains("status=")), "{asked:?}");
    }
}

#[test]
fn a_report_is_of_the_same_jobs() {
    let script = three_pages();
    let world = World::at(&script.url);
    let ran =
        world.run(&["report", "--dataset", "d", "--since", "1970-01-05", "--utc", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(ran.ok()).unwrap();
    assert_eq!(report["jobs"].as_array().unwrap().len(), 4, "{report}");
}

#[test]
fn what_the_service_filters_it_is_asked_to() {
    let script = Script::start(&[(&format!("GET {JOBS}?limit=20&status=FAILED"), page("", ""))]);
    let world = World::at(&script.url);
    assert_eq!(world.run(&["list", "--status", "failed", "-o", "id"]).ok(), "");
    for (value, why) in [("DONE", "possible values: NEW"), ("NEW,", "possible values: NEW")] {
        let ran = world.run(&["list", "--status", value]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(why), "{ran:?}");
    }
}
