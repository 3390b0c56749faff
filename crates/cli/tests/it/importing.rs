//! Profiles of one's own in the emulator, and what comes out of it then.

use std::fs;

use serde_json::{Value, json};

use crate::world::{ORGANIZATION, World};

fn member(id: &str, segment: &str) -> String {
    let membership = json!({
        "status": "realized", "lastQualificationTime": "2026-03-01T00:00:00Z",
    });
    json!({"_id": id, "segmentMembership": {"ups": {segment: membership}}}).to_string() + "\n"
}

/// How many rows an export of a segment has.
fn rows(world: &World, segment: &str, flags: &[&str]) -> u64 {
    let run = ["--emulator", "run", "--segment", segment, "--create-dataset", "x", "--to", "out"];
    let ran = world.run(&[&run[..], flags, &["-o", "ndjson"]].concat());
    let told: Vec<Value> =
        ran.ok().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    told.iter().filter_map(|told| told["metrics"]["totalExportedProfileCounter"].as_u64()).sum()
}

#[test]
fn imported_profiles_are_those_that_are_exported() {
    let world = World::bare();
    fs::write(world.path("some.ndjson"), member("1", "vip") + &member("2", "vip")).unwrap();
    let audiences = r#"[{"id": "vip", "name": "Very important", "more": 1}]"#;
    fs::write(world.path("audiences.json"), audiences).unwrap();
    let ran = world.run(&["emulator", "import", "some.ndjson", "--audiences", "audiences.json"]);
    let expected = format!("imported 2 profiles into sandbox prod of {ORGANIZATION}\n");
    assert_eq!(ran.ok(), expected);
    assert_eq!(ran.stderr, "");

    let listed = world.run(&["--emulator", "audience", "list", "-o", "json"]);
    let listed: Value = serde_json::from_str(listed.ok()).unwrap();
    assert_eq!(listed[0]["name"], "Very important");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let run = world.run(&[
        "--emulator",
        "run",
        "--audience",
        "Very important",
        "--create-dataset",
        "vip",
        "--to",
        "vip",
    ]);
    assert!(run.ok().contains("SUCCEEDED"), "{run:?}");

    let more = ["emulator", "import", "--append", "-", "-o", "json"];
    let ran = world.run_with(&more, &member("3", "vip"));
    let told: Value = serde_json::from_str(ran.ok()).unwrap();
    let expected = json!({
        "profiles": 1, "total": 3, "organization": ORGANIZATION, "sandbox": "prod",
    });
    assert_eq!(told, expected);
}

#[test]
fn each_sandbox_and_each_folder_has_its_own_profiles() {
    let world = World::bare();
    let one = member("1", "vip");
    let dev = world.run_with(&["--sandbox", "dev", "emulator", "import", "-"], &one);
    assert!(dev.ok().contains("imported 1 profile into sandbox dev"), "{dev:?}");
    let names = |flags: &[&str]| {
        let list = ["--emulator", "audience", "list", "-o", "id"];
        world.run(&[&list[..], flags].concat()).ok().to_owned()
    };
    assert_eq!(names(&["--sandbox", "dev"]), "vip\n");
    assert_eq!(names(&[]).lines().count(), 6);
    assert_eq!(names(&["--emulator-dir", "other", "--sandbox", "dev"]).lines().count(), 6);
    for flag in ["--dir", "--emulator-dir"] {
        world.run_with(&["emulator", "import", "-", flag, "other", "--sandbox", "dev"], &one).ok();
    }
    assert_eq!(names(&["--emulator-dir", "other", "--sandbox", "dev"]), "vip\n");
    // An organisation in the environment is not whom --emulator plays.
    let elsewhere = World::at("https://example.com");
    let ran = elsewhere.run_with(&["emulator", "import", "-"], &one);
    assert!(ran.ok().contains(ORGANIZATION), "{ran:?}");
    let org = ["--org", "AAAA@AdobeOrg", "emulator", "import", "-"];
    assert!(world.run_with(&org, &one).ok().contains("of AAAA@AdobeOrg"));
}

#[test]
fn what_is_wrong_is_named_and_changes_nothing() {
    let world = World::bare();
    fs::write(world.path("good"), member("1", "vip")).unwrap();
    world.run(&["emulator", "import", "good"]).ok();
    fs::write(world.path("bad"), member("1", "other") + "\n{\"_id\": 2\n").unwrap();
    fs::write(world.path("pretty.json"), "{\n  \"_id\": 1\n}\n").unwrap();
    fs::write(world.path("names"), "[{\"id\": 1}]").unwrap();
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2];
    fs::write(world.path("cut.gz"), gzip).unwrap();
    let cases: [(&[&str], &str); 11] = [
        (&["good", "bad"], "bad:3: EOF while parsing an object at column 9"),
        (&["pretty.json"], "pretty.json:1: EOF while parsing an object at column 1"),
        (&["missing"], "cannot read missing: no such file or directory"),
        (&["."], "cannot read .: is a directory"),
        (&["cut.gz"], "cannot read cut.gz: "),
        (&["-"], "there are no profiles in standard input"),
        (&["-", "good", "-"], "standard input can be read only once"),
        (&["good", "--audiences", "names"], "names: "),
        (&["good", "--org", "nobody"], "\"nobody\" is not the id of an organisation"),
        (&["good", "--sandbox", "No"], "\"No\" is not the name of a sandbox"),
        (&["good", "--dry-run"], "`emulator import` sends no request"),
    ];
    for (args, message) in cases {
        let ran = world.run(&[&["emulator", "import"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with(&format!("error: {message}")), "{args:?}: {ran:?}");
    }
    let ids = world.run(&["--emulator", "audience", "list", "-o", "id"]);
    assert_eq!(ids.ok(), "vip\n");
}

#[test]
fn the_sample_set_is_printed_as_it_is_exported() {
    let world = World::bare();
    let ten = world.run(&["emulator", "sample"]);
    let more = world.run(&["emulator", "sample", "--profiles", "1200"]);
    assert_eq!(ten.ok().lines().count(), 10);
    assert!(more.ok().starts_with(ten.ok()) && more.stdout.lines().count() == 1_200);
    let other = world.run(&["emulator", "sample", "--seed", "2"]);
    assert_ne!(other.ok(), ten.ok());
    let gold = "3f0c8a52-7d1e-4b96-a6c4-2e9b51d07a11";
    let sample = rows(&world, gold, &[]);
    world.run_with(&["emulator", "import", "-"], more.ok()).ok();
    let imported = rows(&world, gold, &[]);
    assert!(0 < imported && imported < sample, "{imported} of {sample}");
}

#[test]
fn a_folder_that_is_not_the_emulators_is_left_alone() {
    let world = World::bare();
    fs::create_dir(world.path("mine")).unwrap();
    fs::write(world.path("mine/thesis.txt"), "mine").unwrap();
    let ran = world.run_with(&["emulator", "import", "-", "--dir", "mine"], &member("1", "vip"));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("is not a folder of the emulator"), "{ran:?}");
}
