//! `report` as a script calls it.

use crate::service::Service;
use crate::world::World;

/// A machine set up for a service that has run two jobs.
fn world(service: &Service) -> World {
    let world = World::signed_in(&service.url).with("TZ", "UTC");
    for name in ["one", "two"] {
        let create = ["create", "--create-dataset", name, "--audience", "Gold members", "--wait"];
        world.run(&create).ok();
    }
    world
}

#[test]
fn every_form_tells_of_the_same_jobs() {
    let service = Service::quick();
    let world = world(&service);
    let json: serde_json::Value =
        serde_json::from_str(world.run(&["report", "-o", "json"]).ok()).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["statuses"][0]["jobs"], 2);
    assert_eq!(json["jobs"][0]["id"], "1002");
    let table = world.run(&["report"]);
    assert!(table.ok().contains("1002  + SUCCEEDED") && table.stdout.is_ascii(), "{table:?}");
    let unicode = World::signed_in(&service.url).with("LANG", "en_US.UTF-8");
    assert!(unicode.run(&["report"]).ok().contains("1002  ✓ SUCCEEDED"));
    let markdown = world.run(&["report", "-o", "markdown", "--utc"]);
    assert!(markdown.ok().contains("| 1002 | ✓ SUCCEEDED |"), "{markdown:?}");
}

#[test]
fn only_what_is_asked_for_is_looked_at() {
    let service = Service::quick();
    let world = world(&service);
    let jobs = |args: &[&str]| {
        let ran = world.run(&[&["report", "-o", "json"], args].concat());
        let json: serde_json::Value = serde_json::from_str(ran.ok()).unwrap();
        json["jobs"].as_array().unwrap().len()
    };
    for (args, expected) in [
        (&["--limit", "1"][..], 1),
        (&["--since", "1h"], 2),
        (&["--since", "2100-01-01"], 0),
        (&["--status", "failed"], 0),
        (&["--status", "succeeded", "--since", "1h", "--limit", "1"], 1),
    ] {
        assert_eq!(jobs(args), expected, "{args:?}");
    }
    assert_eq!(world.run(&["report", "--status", "FAILED"]).ok(), "no jobs\n");
}

#[test]
fn days_are_those_of_the_users_time_zone() {
    let service = Service::quick();
    let world = world(&service).with("TZ", "Asia/Tokyo");
    let zone = |args: &[&str]| {
        let ran = world.run(&[&["report", "-o", "json"], args].concat());
        let json: serde_json::Value = serde_json::from_str(ran.ok()).unwrap();
        json["time_zone"].clone()
    };
    assert_eq!(zone(&["--utc"]), "UTC");
    assert_ne!(zone(&[]), "UTC");
}

#[test]
fn forms_that_make_no_sense_are_refused_before_anything_is_asked() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    for args in [
        &["report", "-o", "id"][..],
        &["report", "-o", "raw"],
        &["list", "-o", "markdown"],
        &["report", "--since", "yesterday"],
    ] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?} {ran:?}");
    }
    assert_eq!(service.asked_for("export_jobs.list"), 0);
    let shown = world.run(&["report", "--limit", "7", "--dry-run"]);
    assert!(shown.ok().contains("limit=7"), "{shown:?}");
}

#[test]
fn files_are_written_where_they_are_named_and_nowhere_else() {
    let service = Service::quick();
    let world = world(&service);
    std::fs::write(world.path("report.html"), "old").unwrap();
    let ran = world.run(&["report", "--html", "report.html", "--svg", "report.svg"]);
    assert!(ran.ok().contains("1002") && ran.stderr.contains("report.html written"), "{ran:?}");
    let read = |name: &str| std::fs::read_to_string(world.path(name)).unwrap();
    assert!(
        read("report.html").starts_with("<!doctype html>") && read("report.html").contains("1002")
    );
    assert!(read("report.svg").starts_with("<svg "));

    let before = service.asked_for("export_jobs.list");
    for args in [
        &["--html", "."][..],
        &["--html", "-"],
        &["--html", "no/report.html"],
        &["--html", "/dev/null"],
        &["--html", "same", "--svg", "same"],
    ] {
        let ran = world.run(&[&["report"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?} {ran:?}");
    }
    assert_eq!(service.asked_for("export_jobs.list"), before);
}
