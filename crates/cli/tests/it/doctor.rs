//! `doctor`: each thing that can be set up wrongly is named, with how to mend it; what depends on it
//! is not guessed at.

use serde_json::{Value, json};

use crate::certificates;
use crate::script::Script;
use crate::service::Service;
use crate::world::{Ran, World, private};

const ALL: [&str; 18] = [
    "config_file",
    "settings",
    "addresses",
    "secret",
    "token_cache",
    "token_service",
    "token",
    "service",
    "clock",
    "client_id",
    "token_accepted",
    "organisation",
    "sandbox",
    "datasets",
    "export_jobs",
    "audiences",
    "files",
    "folder",
];

/// What doctor finds on this machine, and its exit code.
fn examine(world: &World, args: &[&str]) -> (Vec<Value>, Ran) {
    let ran = world.run(&[&["doctor", "-o", "json"], args].concat());
    let found: Vec<Value> =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    for check in &found {
        let mut keys: Vec<&str> = check.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let mut expected =
            ["check", "state", "message", "hint", "http_status", "code", "request_id", "ms"];
        expected.sort_unstable();
        assert_eq!(keys, expected, "{check}");
        assert_eq!(check["state"] == "wrong", check["hint"].is_string(), "{check}");
    }
    assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{ran:?}");
    (found, ran)
}

fn named<'a>(found: &'a [Value], check: &str) -> &'a Value {
    found.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("{check}: {found:?}"))
}

fn in_state<'a>(found: &'a [Value], state: &str) -> Vec<&'a str> {
    let found = found.iter().filter(|one| one["state"] == state);
    found.map(|one| one["check"].as_str().unwrap()).collect()
}

/// Everything before `check` is well or has nothing to be seen, it is wrong, and what comes after it
/// is skipped, but for the folder, which depends on nothing.
#[track_caller]
fn stops_at(world: &World, check: &str, code: i32, hint: &str) -> Value {
    let (found, ran) = examine(world, &[]);
    assert_eq!(ran.code, code, "{check}: {ran:?}");
    assert_eq!(in_state(&found, "wrong"), [check], "{ran:?}");
    let wrong = named(&found, check).clone();
    assert!(wrong["hint"].as_str().unwrap().contains(hint), "{wrong}");
    let at = ALL.iter().position(|one| *one == check).unwrap();
    for later in &ALL[at + 1..ALL.len() - 1] {
        if check != "clock" {
            assert_eq!(named(&found, later)["state"], "skipped", "{later}: {ran:?}");
        }
    }
    assert_eq!(named(&found, "folder")["state"], "ok", "{ran:?}");
    let told = ran.error();
    assert!(told["message"].as_str().unwrap().contains(&check.replace('_', " ")), "{told}");
    assert_eq!(told["code"], wrong["code"], "{told}");
    wrong
}

/// Puts a file that is for its owner alone into the working folder.
fn write(world: &World, name: &str, text: &str) {
    std::fs::write(world.path(name), text).unwrap();
    private(&world.path(name));
}

fn answer(operation: &str, answer: &Value) -> String {
    json!({"match": {"operation": operation}, "action": {"answer": answer}}).to_string()
}

#[test]
fn all_is_well() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let (found, ran) = examine(&world, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let checks: Vec<&str> = found.iter().map(|one| one["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ALL);
    // There is nothing yet by which these could be seen.
    assert_eq!(in_state(&found, "skipped"), ["sandbox", "files"], "{ran:?}");
    assert_eq!(in_state(&found, "wrong"), [""; 0]);
    assert_eq!(ran.stderr, "");
    assert!(named(&found, "service")["ms"].is_u64());

    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "--wait", "-q"]).ok();
    let (found, _) = examine(&world, &[]);
    assert_eq!(in_state(&found, "ok"), ALL);

    // For a person: a line for each, in words.
    let told = world.run(&["doctor"]);
    assert_eq!(told.ok().lines().count(), ALL.len(), "{told:?}");
    assert!(told.stdout.lines().all(|line| line.starts_with("ok       ")), "{told:?}");
    assert_eq!(world.run(&["doctor", "-o", "id"]).ok().lines().count(), ALL.len());
}

#[test]
fn the_emulator_is_examined_like_the_service() {
    let world = World::bare();
    let (found, ran) = examine(&world, &["--emulator"]);
    assert_eq!((ran.code, in_state(&found, "wrong")), (0, vec![]), "{ran:?}");
    assert_eq!(named(&found, "emulator")["state"], "ok");
    assert!(!found.iter().any(|one| one["check"] == "settings"), "{found:?}");
    world.run(&["--emulator", "dataset", "create", "gold"]).ok();
    let (found, _) = examine(&world, &["--emulator"]);
    assert_eq!(named(&found, "sandbox")["message"], "prod");
    let (found, ran) = examine(&world, &["--emulator", "--emulator-dir", "/dev/null/x"]);
    assert_eq!((ran.code, in_state(&found, "wrong")), (1, vec!["emulator"]), "{ran:?}");
}

#[test]
fn settings_that_are_not_there_are_named() {
    let wrong = stops_at(&World::bare(), "settings", 4, "in a profile");
    for name in ["AEP_ORG_ID", "AEP_CLIENT_ID", "AEP_CLIENT_SECRET (or AEP_ACCESS_TOKEN)"] {
        assert!(wrong["message"].as_str().unwrap().contains(name), "{wrong}");
    }
    let told = World::bare().run(&["doctor"]);
    assert_eq!(told.code, 4, "{told:?}");
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert!(lines[1].starts_with("wrong    settings "), "{told:?}");
    assert!(lines[2].starts_with("           to mend it: "), "{told:?}");
    assert!(lines[3].starts_with("skipped  addresses "), "{told:?}");
    assert_eq!(told.stderr, "error: 1 check found something wrong: settings\n");
}

#[test]
fn a_config_file_that_cannot_be_used_is_the_first_thing() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let file = world.path("config.toml");
    let world = world.with("AEP_CONFIG", file.to_str().unwrap());
    for (text, part) in
        [("[profiles.default", "config.toml:1:"), ("[profiles]\ndefault = 1", "table")]
    {
        write(&world, "config.toml", text);
        let (found, ran) = examine(&world, &[]);
        assert_eq!((ran.code, in_state(&found, "wrong")), (2, vec!["config_file"]), "{ran:?}");
        let wrong = named(&found, "config_file");
        assert!(wrong["message"].as_str().unwrap().contains(part), "{wrong}");
        assert_eq!(named(&found, "settings")["state"], "skipped");
    }
    write(&world, "config.toml", "[profiles.default]\nsandbox = \"dev\"\n");
    world.run(&["dataset", "create", "gold"]).ok();
    let (found, _) = examine(&world, &[]);
    let seen = named(&found, "config_file")["message"].as_str().unwrap();
    assert!(seen.starts_with("profile `default` of "), "{seen}");
    assert_eq!(named(&found, "sandbox")["message"], "dev");
    // Others refuse such a file outright.
    write(&world, "config.toml", "[profiles.default");
    assert_eq!(world.run(&["list"]).code, 2);
}

/// They go into headers: what is wrong with them is seen where they are, not at the service.
#[test]
fn settings_that_no_header_can_carry_are_named() {
    let script = Script::start(&[]);
    for (name, value) in [
        ("AEP_ORG_ID", "0123\u{e4}@AdobeOrg"),
        ("AEP_ORG_ID", " "),
        ("AEP_CLIENT_ID", "client\u{7f}"),
        ("AEP_CLIENT_ID", "\u{5317}"),
        ("AEP_SANDBOX", "two\nlines"),
    ] {
        let world = World::signed_in(&script.url).with(name, value);
        let wrong = stops_at(&world, "settings", 2, "aep-export config show");
        assert!(wrong["message"].as_str().unwrap().starts_with(name), "{wrong}");
        assert_eq!(world.run(&["list"]).code, 2, "{name}");
    }
    assert!(script.all().is_empty());
}

#[test]
fn wrong_addresses_and_secrets_are_told_before_anything_is_sent() {
    let script = Script::start(&[]);
    let world = || World::signed_in(&script.url);
    let wrong = world().with("AEP_BASE_URL", "http://192.0.2.1");
    stops_at(&wrong, "addresses", 2, "AEP_ALLOW_HTTP=192.0.2.1");
    let wrong = world().with("AEP_BASE_URL", "https://x.invalid").with("HTTPS_PROXY", "socks5://x");
    stops_at(&wrong, "addresses", 2, "unset HTTPS_PROXY");
    // Where it is not needed it is in nobody's way.
    let unused = world().with("HTTPS_PROXY", "socks5://x");
    assert_eq!(named(&examine(&unused, &[]).0, "addresses")["state"], "ok");
    // The secret's own check comes before anything is asked for.
    script.all();
    let wrong = world().with("AEP_CLIENT_SECRET", "").with("AEP_CLIENT_SECRET_FILE", "missing.txt");
    let (found, ran) = examine(&wrong, &[]);
    assert_eq!((ran.code, in_state(&found, "wrong")), (2, vec!["secret"]), "{ran:?}");
    assert!(script.all().is_empty());
}

#[test]
fn what_is_in_the_way_of_each_service_is_told() {
    let service = Service::quick();
    let plain = service.url.replace("http:", "https:");
    for (url, hint) in [
        ("http://127.0.0.1:1", "nothing listens"),
        ("https://nowhere.invalid", "host's name"),
        (plain.as_str(), "does not speak TLS"),
    ] {
        let world = World::signed_in(&service.url).with("AEP_IMS_URL", url);
        let wrong = stops_at(&world, "token_service", 10, hint);
        assert!(wrong["message"].as_str().unwrap().contains("reach the token service"), "{wrong}");
        let world = World::signed_in(&service.url).with("AEP_BASE_URL", url);
        let wrong = stops_at(&world, "service", 10, hint);
        assert!(wrong["message"].as_str().unwrap().contains("reach the service"), "{wrong}");
    }
    let world = certificates::world(&certificates::self_signed());
    let world = world.with("AEP_ACCESS_TOKEN", "").with("AEP_CLIENT_SECRET", "secret-canary");
    stops_at(&world.with("AEP_IMS_URL", &service.url), "service", 10, "AEP_CA_FILE");
}

#[test]
fn what_the_token_service_refuses_is_told() {
    let service = Service::quick();
    for (code, hint) in
        [("invalid_client", "do not belong together"), ("invalid_scope", "AEP_SCOPES")]
    {
        let refusal = json!({"status": 400, "envelope": "ims", "code": code});
        service.fault(&answer("ims.token", &refusal));
        let wrong = stops_at(&World::signed_in(&service.url), "token", 4, hint);
        assert_eq!((&wrong["code"], &wrong["http_status"]), (&json!(code), &json!(400)));
        assert_eq!(wrong["request_id"].as_str().unwrap().len(), 32, "{wrong}");
    }
    service.fault(&answer("ims.token", &json!({"status": 503, "envelope": "html"})));
    let wrong = stops_at(&World::signed_in(&service.url), "token_service", 10, "try again later");
    // Who asks the doctor is not sent to the doctor.
    assert!(!wrong["hint"].as_str().unwrap().contains("doctor"), "{wrong}");
}

#[test]
fn a_given_token_is_not_asked_for_and_judged_by_the_service() {
    let service = Service::quick();
    let wrong = stops_at(&World::at(&service.url), "token_accepted", 4, "run out");
    assert_eq!(wrong["code"], "401013");
    let (found, _) = examine(&World::at(&service.url), &[]);
    assert_eq!(named(&found, "token_service")["state"], "skipped");
    assert_eq!(service.asked_for("ims.token"), 0);
}

#[cfg(unix)]
#[test]
fn a_kept_token_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let (found, _) = examine(&world, &[]);
    let kept = named(&found, "token_cache")["message"].as_str().unwrap();
    let kept = std::path::PathBuf::from(kept.strip_prefix("kept in ").unwrap());
    // The sign-in of doctor itself leaves nothing.
    assert!(!kept.exists());
    world.run(&["list"]).ok();
    std::fs::set_permissions(&kept, PermissionsExt::from_mode(0o644)).unwrap();
    let (found, ran) = examine(&world, &[]);
    assert_eq!(in_state(&found, "wrong"), ["token_cache"], "{ran:?}");
    let hint = named(&found, "token_cache")["hint"].as_str().unwrap();
    assert!(hint.starts_with("chmod 600 "), "{hint}");
    let (found, _) = examine(&world.with("AEP_TOKEN_CACHE", "off"), &[]);
    assert_eq!(named(&found, "token_cache")["message"], "tokens are not kept");
}

#[test]
fn what_the_gateway_refuses_names_the_setting() {
    let service = Service::quick();
    for (status, code, check, hint) in [
        (403, "403000", "client_id", "AEP_CLIENT_ID"),
        (403, "403003", "client_id", "Experience Platform API"),
        (403, "403201", "client_id", "Experience Platform API"),
        (401, "401013", "token_accepted", "run out"),
        (403, "403011", "token_accepted", "AEP_SCOPES"),
        (400, "400003", "organisation", "AEP_ORG_ID"),
        (403, "403025", "organisation", "product profile"),
        (403, "403023", "organisation", "product profile"),
    ] {
        service.fault(&answer("datasets.list", &json!({"status": status, "code": code})));
        let wrong =
            stops_at(&World::signed_in(&service.url), check, 4 + i32::from(status == 400), hint);
        assert_eq!(wrong["code"], code);
        assert_eq!(wrong["request_id"].as_str().unwrap().len(), 32, "{wrong}");
    }
    for (status, code, exit) in
        [(429, "429050", 10), (503, "503010", 10), (403, "503020", 10), (404, "404040", 3)]
    {
        service.fault(&answer("datasets.list", &json!({"status": status, "code": code})));
        stops_at(&World::signed_in(&service.url), "service", exit, "");
    }
    // The emulator's own word on an organisation that is none.
    service.unspoil();
    let world = World::signed_in(&service.url).with("AEP_ORG_ID", "adobe");
    assert_eq!(stops_at(&world, "organisation", 4, "@AdobeOrg")["code"], "403027");
}

#[test]
fn another_sandbox_than_the_one_that_was_asked_for_is_told() {
    let service = Service::quick();
    let other = json!({"status": 200, "body": "{}", "headers": {"x-sandbox-name": "dev"}});
    service.fault(&answer("datasets.list", &other));
    let wrong = stops_at(&World::signed_in(&service.url), "sandbox", 2, "AEP_SANDBOX");
    let message = "the service answers for the sandbox `dev`, and the default says `prod`";
    assert_eq!(wrong["message"], message);
    // One that cannot be, in the emulator's words.
    service.unspoil();
    let world = World::signed_in(&service.url).with("AEP_SANDBOX", "No Such");
    stops_at(&world, "sandbox", 5, "--dry-run");
    // A service that does not say.
    let silent = json!({"status": 200, "body": "{}"});
    service.fault(&answer("datasets.list", &silent));
    let (found, ran) = examine(&World::signed_in(&service.url), &[]);
    assert_eq!((ran.code, &named(&found, "sandbox")["state"]), (0, &json!("skipped")), "{ran:?}");
    assert_eq!(named(&found, "export_jobs")["state"], "ok");
}

#[test]
fn permissions_are_judged_one_by_one() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "--wait", "-q"]).ok();
    for (operation, check) in [
        ("datasets.list", "datasets"),
        ("export_jobs.list", "export_jobs"),
        ("audiences.list", "audiences"),
        ("files.list", "files"),
    ] {
        let denied = json!({"status": 403, "envelope": "ups", "code": "UPAPI-113752-403",
            "message": "Permission denied on /orgs/X/sandboxes/prod"});
        service.fault(&answer(operation, &denied));
        let (found, ran) = examine(&world, &[]);
        assert_eq!((ran.code, in_state(&found, "wrong")), (4, vec![check]), "{ran:?}");
        let wrong = named(&found, check);
        assert_eq!(wrong["code"], "UPAPI-113752-403");
        assert!(wrong["hint"].as_str().unwrap().contains("lacks a permission"), "{wrong}");
        // Only the files need a job to be known.
        let skipped: &[&str] = match check {
            "datasets" => &["sandbox"],
            "export_jobs" => &["files"],
            _ => &[],
        };
        assert_eq!(in_state(&found, "skipped"), skipped, "{ran:?}");
    }
    service.fault(&answer("files.list", &json!({"status": 404, "envelope": "catalog"})));
    let (found, ran) = examine(&world, &[]);
    assert_eq!((ran.code, &named(&found, "files")["state"]), (0, &json!("skipped")), "{ran:?}");

    // Two of them: the first one gives its exit code.
    let both = format!(
        "[{},{}]",
        answer("audiences.list", &json!({"status": 500})),
        answer("export_jobs.list", &json!({"status": 403, "code": "403999"}))
    );
    service.fault(&both);
    let ran = world.run(&["doctor"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!(ran.stderr, "error: 2 checks found something wrong, first: export jobs\n");
}

#[test]
fn a_clock_that_is_wrong_is_told_and_nothing_depends_on_it() {
    let service = Service::quick();
    for (date, part) in [
        ("Sat, 01 Jan 2000 00:00:00 GMT", "ahead of the service's"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "behind the service's"),
    ] {
        let dated = json!({"status": 200, "body": "{}",
            "headers": {"date": date, "x-sandbox-name": "prod"}});
        service.fault(&answer("datasets.list", &dated));
        let wrong = stops_at(&World::signed_in(&service.url), "clock", 1, "NTP");
        assert!(wrong["message"].as_str().unwrap().contains(part), "{wrong}");
        let (found, _) = examine(&World::signed_in(&service.url), &[]);
        assert_eq!(named(&found, "audiences")["state"], "ok");
    }
    // Also of a refusal.
    let dated = json!({"status": 403, "code": "403025",
        "headers": {"date": "Sat, 01 Jan 2000 00:00:00 GMT"}});
    service.fault(&answer("datasets.list", &dated));
    let (found, ran) = examine(&World::signed_in(&service.url), &[]);
    assert_eq!(in_state(&found, "wrong"), ["clock", "organisation"], "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_told() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let ran = Ran::of(
        world.command().args(["doctor", "-o", "json"]).current_dir("/proc").spawn().unwrap(),
    );
    let found: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, in_state(&found, "wrong")), (2, vec!["folder"]), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn where_nothing_can_be_written_that_is_the_failure() {
    let service = Service::quick();
    for args in [&["doctor"][..], &["doctor", "-o", "json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let world = World::signed_in(&service.url);
        let mut command = world.command();
        let ran = Ran::of(command.args(args).stdout(full).spawn().unwrap());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("cannot write to standard output"), "{ran:?}");
    }
}

/// It asks for one thing of each, and makes nothing.
#[test]
fn little_is_asked_and_nothing_is_changed() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&["doctor"]).ok();
    for operation in ["ims.token", "datasets.list", "export_jobs.list", "audiences.list"] {
        assert_eq!(service.asked_for(operation), 1, "{operation}");
    }
    assert_eq!(service.asked_for("export_jobs.create") + service.asked_for("datasets.create"), 0);
    for flag in ["--dry-run", "--curl"] {
        let ran = world.run(&["doctor", flag]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    assert_eq!(service.asked_for("ims.token"), 1);
}
