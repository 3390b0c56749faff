//! Wrong input: one clear sentence, exit code 2, nothing sent.

use crate::script::Script;
use crate::service::Service;
use crate::world::World;

const DATASET: &str = "6123456789abcdef01234567";

/// Command line, and what the sentence must say.
const WRONG: &[(&[&str], &str)] = &[
    (&["lst"], "'list'"),
    (&["list", "--limt", "3"], "--limit"),
    (&["list", "--status", "DONE"], "possible values: NEW"),
    (&["list", "--status", "suceeded"], "similar value exists: 'SUCCEEDED'"),
    (&["list", "-o", "jsn"], "similar value exists: 'json'"),
    (&["create", "--dataset", DATASET, "--segment", "a=realised"], "did you mean `realized`?"),
    (&["wiat", "7"], "similar subcommand exists: 'wait'"),
    (&["wait", "7", "--intervall", "3s"], "similar argument exists: '--interval'"),
    (&["list", "--limit", "0"], "0 is not in"),
    (&["list", "--limit", "3", "--all"], "cannot be used with"),
    (&["list", "--sort", "updateTime"], "updateTime:asc"),
    (&["list", "-o", "xml"], "possible values: table, json, ndjson, csv, yaml, env, raw, id"),
    (&["list", "--timeout", "soon"], "expected a duration such as 100ms"),
    (&["list", "--timeout", "0"], "only `wait`"),
    (&["get"], "<ID>..."),
    (&["get", ""], "error: the job id \"\" is empty"),
    (&["get", "../segments"], "the job id"),
    (&["get", ".."], "the job id"),
    (&["get", "%2e%2e"], "the job id"),
    (&["cancel", "7"], "add --yes"),
    (&["cancel", "..", "--yes"], "the job id"),
    (&["delete", "7"], "add --yes"),
    (&["wait", "7", "--interval", "0"], "expected more than 0"),
    (&["create"], "no dataset: give --dataset ID or --create-dataset NAME"),
    (&["create", "--dataset", DATASET, "--create-dataset", "x"], "cannot be used with"),
    (&["create", "--dataset", DATASET, "--segment", "a=realised"], "not a membership status"),
    (&["create", "--dataset", DATASET, "--merge-policy", "a@b"], "is not a number"),
    (&["create", "--dataset", DATASET, "--ingested-after", "yesterday"], "--ingested-after"),
    (&["create", "--dataset", DATASET, "--fields", "a,,b"], "--fields"),
    (&["create", "--dataset", DATASET, "--fields="], "--fields"),
    (&["create", "--create-dataset", "x", "--once"], "cannot be used with"),
    (&["create", "--dataset", DATASET, "--once=0"], "expected more than 0"),
    (&["create", "--dataset", DATASET, "--once=soon"], "expected a duration"),
    (&["create", "--create-dataset", " "], "--create-dataset is empty"),
    (&["create", "-f", "missing.json"], "cannot read missing.json: no such file or directory"),
    (&["create", "-f", "."], "cannot read ."),
    (&["create", "-f", "broken.json"], "broken.json:1:6: not JSON"),
    (&["create", "-f", "list.json"], "list.json: the request must be an object"),
    (&["create", "-f", "binary.json"], "binary.json is not UTF-8 text"),
    (
        &["run", "--dataset", DATASET, "--to", "broken.json"],
        "broken.json is there and is not a folder",
    ),
    (&["download", "7", "--to", "broken.json/in/it"], "broken.json is there and is not a folder"),
    (&["download", "7"], "--to"),
    (&["download", "7", "--to", "x", "--output=raw"], "there is no raw one"),
    (&["files", "7", "--output=raw"], "there is no raw one"),
    (&["dataset", "create", ""], "the name of the dataset is empty"),
    (&["emulator", "serve", "--port", "99999"], "99999"),
    (&["emulator", "serve", "--dry-run"], "--dry-run"),
    (&["list", "--base-url", "platform.adobe.io"], "--base-url"),
    (&["list", "--base-url", "ftp://x"], "--base-url"),
    (&["list", "--base-url", "https://me:pw@x"], "user name or password"),
    (&["list", "--base-url", "http://192.0.2.1"], "--base-url: http://192.0.2.1 is not on"),
    (&["list", "--org", "a\nb"], "--org: \"a\\nb\" cannot stand in a header"),
    (&["list", "--org", " "], "--org: \" \" cannot stand in a header"),
    (&["list", "--sandbox", "", "--dry-run"], "--sandbox: \"\" cannot stand in a header"),
    (&["list", "--emulator-dir", "d"], "--emulator-dir without --emulator"),
    (&["auth", "login", "--dry-run"], "`auth` shows no requests"),
    (&["auth", "status", "--curl"], "`auth` shows no requests"),
    (&["auth", "status", "--emulator"], "leave out --emulator"),
    (&["auth", "login", "--emulator"], "leave out --emulator"),
    (&["auth", "logout", "--output=raw"], "there is no raw one"),
    (&["auth", "login"], "AEP_ACCESS_TOKEN gives a token that is used as it is"),
    (&["list", "-q", "-v"], "cannot be used with"),
];

#[test]
fn every_wrong_input_gets_one_sentence() {
    let script = Script::start(&[]);
    let world = World::at(&script.url);
    std::fs::write(world.path("broken.json"), "{\"a\": ").unwrap();
    std::fs::write(world.path("list.json"), "[1]").unwrap();
    std::fs::write(world.path("binary.json"), [0xff, 0xfe, 0x00]).unwrap();
    for (args, part) in WRONG {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {ran:?}");
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{args:?}: {ran:?}");
        assert!(!ran.stderr.contains("pw@"), "{args:?}: {ran:?}");

        let ran = world.run(&[*args, &["-o", "json"][..]].concat());
        if !args.contains(&"-o") {
            assert_eq!((ran.code, ran.stderr.lines().count()), (2, 1), "{args:?}: {ran:?}");
            assert_eq!(ran.error()["kind"], "usage", "{args:?}");
        }
    }
    assert!(script.all().is_empty(), "something was sent");
}

#[test]
fn a_tip_is_the_hint_of_the_json_error() {
    let ran = World::bare().run(&["list", "--limt", "3", "-o", "json"]);
    let error = ran.error();
    assert_eq!(error["message"], "unexpected argument '--limt' found");
    assert_eq!(error["hint"], "a similar argument exists: '--limit'");
    let ran = World::bare().run(&["get", "-ojson"]);
    assert_eq!(ran.error()["hint"], "aep-export --help");
    // However the format is spelled.
    for args in [&["list", "-qo", "json"][..], &["list", "-qojson"]] {
        assert_eq!(World::bare().run(args).error()["kind"], "auth", "{args:?}");
    }
    let ran = World::bare().with("AEP_OUTPUT", " json ").run(&["list"]);
    assert_eq!(ran.error()["kind"], "auth");
}

#[test]
fn every_wrong_variable_is_named() {
    let cases = [
        ("AEP_BASE_URL", "nonsense", "AEP_BASE_URL"),
        ("AEP_IMS_URL", "https://x?y=1", "AEP_IMS_URL"),
        ("AEP_OUTPUT", "xml", "AEP_OUTPUT"),
        (
            "AEP_BASE_URL",
            "http://192.0.2.1",
            "hint: if that is meant, set AEP_ALLOW_HTTP=192.0.2.1",
        ),
        ("AEP_IMS_URL", "http://192.0.2.1", "AEP_IMS_URL: http://192.0.2.1 is not on this machine"),
        ("AEP_SANDBOX", "a\nb", "AEP_SANDBOX: \"a\\nb\" cannot stand in a header"),
        ("AEP_ORG_ID", "a\u{7f}b", "AEP_ORG_ID: "),
        ("AEP_CLIENT_ID", "a\u{1}b", "AEP_CLIENT_ID: "),
    ];
    for (name, value, part) in cases {
        let script = Script::start(&[]);
        let ran = World::at(&script.url).with(name, value).run(&["list"]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains(part), "{name}: {ran:?}");
        assert!(script.all().is_empty());
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let script = Script::start(&[]);
    let ran = World::at(&script.url).run(&[
        "create",
        "--ingested-after",
        "x",
        "--qualified-after",
        "y",
        "--fields",
        "a..b",
    ]);
    assert_eq!(ran.code, 2);
    for part in ["4 problems", "no dataset", "--ingested-after", "--qualified-after", "--fields"] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn a_sorted_list_of_several_pages_is_refused() {
    use crate::script::Reply;

    let more = r#"{"records":[{"id":1}],"link":{"next":"/export/jobs/?offset=9_1"}}"#;
    let script = Script::start(&[("GET ", Reply::Json(200, more.to_owned()))]);
    let world = World::at(&script.url);
    let ran = world.run(&["list", "--sort", "updateTime:asc", "-o", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(script.next().line.contains("sort=updateTime%3Aasc"));

    let one = r#"{"records":[{"id":1}],"link":{"next":""}}"#;
    let script = Script::start(&[("GET ", Reply::Json(200, one.to_owned()))]);
    let ran = World::at(&script.url).run(&["list", "--sort", "updateTime:asc", "-o", "id"]);
    assert_eq!(ran.ok(), "1\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_told_before_anything_is_created() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    std::fs::write(world.path("in-the-way"), "").unwrap();
    for folder in ["in-the-way", "in-the-way/gold", "/proc/gold"] {
        let run = ["run", "--audience", "Gold members", "--create-dataset", "gold", "--to", folder];
        let ran = world.run(&run);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(folder), "{ran:?}");
    }
    assert_eq!(world.run(&["dataset", "list", "-o", "id"]).ok(), "");
}
