//! Tokens that are kept for the next run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

use serde_json::{Value, json};

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::{Ran, World, private};

const LIST: [&str; 3] = ["list", "-o", "json"];

/// The service takes a while for a token, so that runs that start together meet.
fn slow_to_sign_in() -> Service {
    let service = Service::quick();
    service.fault(r#"{"match": {"operation": "ims.token"}, "action": {"delay": {"ms": 300}}}"#);
    service
}

fn folder(world: &World) -> PathBuf {
    world.path(".cache/aep-export/tokens")
}

/// The files with tokens, without those that are only locked.
pub(crate) fn kept(world: &World) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder(world)) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

pub(crate) fn only(world: &World) -> PathBuf {
    let kept = kept(world);
    assert_eq!(kept.len(), 1, "{kept:?}");
    kept[0].clone()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Makes the kept token one that has ended.
fn end(path: &Path) {
    let mut document = read(path);
    document["asked_at"] = json!("2026-01-01T00:00:00Z");
    document["expires_at"] = json!("2026-01-02T00:00:00Z");
    fs::write(path, document.to_string()).unwrap();
}

#[test]
fn twenty_runs_at_once_ask_for_one_token_and_for_one_more_when_it_has_ended() {
    let service = slow_to_sign_in();
    let world = World::signed_in(&service.url);
    for asked in [1, 2] {
        let running: Vec<Child> = (0..20).map(|_| world.spawn(&LIST)).collect();
        for child in running {
            let ran = Ran::of(child);
            assert_eq!((ran.ok(), ran.stderr.as_str()), ("[]\n", ""), "{ran:?}");
        }
        assert_eq!(service.asked_for("ims.token"), asked);
        let path = only(&world);
        assert!(read(&path)["access_token"].is_string());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;

            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
            assert_eq!((mode(&path), mode(&folder(&world))), (0o600, 0o700));
        }
        end(&path);
    }
}

/// A person may have to unlock it, and a kept token needs no secret.
#[cfg(unix)]
#[test]
fn a_program_that_tells_the_client_secret_runs_only_when_a_token_is_asked_for() {
    let service = Service::quick();
    let world = |command: &str, world: World| {
        let line = format!("client_secret_command = ['sh', '-c', '{command}']");
        world.with_config(&format!("[profiles.default]\n{line}\n")).with("PATH", "/usr/bin:/bin")
    };
    let signed_in = World::signed_in(&service.url).with("AEP_CLIENT_SECRET", "");
    let asked = signed_in.path("ran");
    let tell = format!("echo once >> {}; echo secret-canary", asked.display());
    let told = || fs::read_to_string(&asked).unwrap_or_default().lines().count();
    let works = world(&tell, signed_in);
    for _ in 0..3 {
        works.run(&LIST).ok();
        assert_eq!((told(), service.asked_for("ims.token")), (1, 1));
    }
    let fails = world("exit 7", works);
    fails.run(&LIST).ok();
    end(&only(&fails));
    let failed = fails.run(&LIST);
    assert_eq!((failed.code, failed.error()["kind"].as_str()), (4, Some("auth")), "{failed:?}");
    let error = failed.error();
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("`client_secret_command` of profile `default`"), "{error}");
    assert!(message.ends_with("the command ended with exit code 7"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("exit 7"), "{error}");
    assert_eq!((told(), service.asked_for("ims.token")), (1, 1));
    // One that was withdrawn is replaced on the way.
    let works = world(&tell, fails);
    works.run(&LIST).ok();
    service.fault(
        r#"{"match": {"operation": "export_jobs.list"}, "when": {"nth": 1},
            "action": "expired_token"}"#,
    );
    works.run(&LIST).ok();
    assert_eq!((told(), service.asked_for("ims.token")), (3, 3));
}

#[test]
fn each_client_and_each_profile_has_its_own() {
    let service = Service::quick();
    let settings = |client: &str| {
        let url = &service.url;
        format!(
            "base_url = '{url}'\nims_url = '{url}'\norg_id = '{}'\nclient_id = '{client}'\n\
             client_secret = 'secret-canary'\n",
            crate::world::ORGANIZATION
        )
    };
    let config = format!(
        "[profiles.default]\n{}\n[profiles.'my dev']\n{}",
        settings("one"),
        settings("two")
    );
    let world = World::bare().with_config(&config);
    for (args, asked) in [
        (&[][..], 1),
        (&["--profile", "my dev"], 2),
        (&[], 2),
        (&["--profile", "my dev"], 2),
        // Other organisations and sandboxes are not the token's matter.
        (&["--sandbox", "dev"], 2),
    ] {
        world.run(&[&LIST[..], args].concat()).ok();
        assert_eq!(service.asked_for("ims.token"), asked, "{args:?}");
    }
    let world = world.with("AEP_CLIENT_ID", "three");
    world.run(&LIST).ok();
    let world = world.with("AEP_SCOPES", "openid");
    world.run(&LIST).ok();
    assert_eq!(service.asked_for("ims.token"), 4);
    let names: Vec<String> = kept(&world)
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let of = |profile: &str| names.iter().filter(|name| name.starts_with(profile)).count();
    assert_eq!((of("default-"), of("my_dev-"), names.len()), (3, 1, 4), "{names:?}");
}

#[test]
fn a_damaged_file_costs_a_token_and_no_run() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&LIST).ok();
    let path = only(&world);
    let whole = fs::read_to_string(&path).unwrap();
    let mut other = read(&path);
    other["client_id"] = json!("another");
    for (asked, damaged) in
        ["", "{", "\u{0}", "[]", &whole[..whole.len() / 2], &other.to_string()].iter().enumerate()
    {
        fs::write(&path, damaged).unwrap();
        let ran = world.run(&LIST);
        assert_eq!((ran.ok(), ran.stderr.as_str()), ("[]\n", ""), "{damaged}");
        assert_eq!(service.asked_for("ims.token"), asked + 2, "{damaged}");
        // Mended.
        world.run(&LIST).ok();
        assert_eq!(service.asked_for("ims.token"), asked + 2, "{damaged}");
    }
    fs::write(&path, "{").unwrap();
    let told = world.run(&["list", "-v"]).stderr;
    assert!(told.contains("the token store could not be read and is passed over"), "{told}");
}

#[test]
fn a_token_that_is_refused_is_replaced() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&LIST).ok();
    let first = read(&only(&world));
    service.fault(
        r#"{"match": {"operation": "export_jobs.list"}, "when": {"nth": 1},
            "action": "expired_token"}"#,
    );
    world.run(&LIST).ok();
    assert_ne!(read(&only(&world))["access_token"], first["access_token"]);
    world.run(&LIST).ok();
    assert_eq!(service.asked_for("ims.token"), 2);
}

#[test]
fn nothing_is_kept_where_it_is_switched_off_or_of_no_use() {
    let service = Service::quick();
    let off = "[profiles.default]\ntoken_cache = false\n";
    let worlds = [
        World::signed_in(&service.url).with("AEP_TOKEN_CACHE", "off"),
        World::signed_in(&service.url).with("AEP_TOKEN_CACHE", "0"),
        World::signed_in(&service.url).with("AEP_TOKEN_CACHE", "FALSE"),
        World::signed_in(&service.url).with("AEP_TOKEN_CACHE", "no"),
        World::signed_in(&service.url).with_config(off),
        World::signed_in(&service.url).with("AEP_ACCESS_TOKEN", "opaque"),
        World::bare(),
    ];
    for world in worlds {
        world.run(&LIST);
        world.run(&["--emulator", "list"]).ok();
        assert!(!world.path(".cache").exists());
    }
    for on in ["on", "1", "true", "YES"] {
        let world = World::signed_in(&service.url).with_config(off).with("AEP_TOKEN_CACHE", on);
        world.run(&LIST).ok();
        only(&world);
    }
    let ran = World::signed_in(&service.url).with("AEP_TOKEN_CACHE", "maybe").run(&["list"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("AEP_TOKEN_CACHE: `maybe` is neither on nor off"), "{ran:?}");
    let ran = World::signed_in(&service.url)
        .with_config("[profiles.default]\ntoken_cache = 'off'\n")
        .run(&["list"]);
    assert!(ran.code == 2 && ran.stderr.contains("must be true or false"), "{ran:?}");
}

#[test]
fn a_folder_that_cannot_be_is_no_hindrance() {
    let service = Service::quick();
    let world = World::signed_in(&service.url).with("XDG_CACHE_HOME", "/dev/null/cache");
    let ran = world.run(&LIST);
    assert_eq!(ran.ok(), "[]\n");
    assert!(ran.stderr.contains("the kept token is not used: cannot read"), "{ran:?}");
    // Where there is no such folder at all, nothing is said.
    let vars = [
        ("AEP_BASE_URL", service.url.as_str()),
        ("AEP_IMS_URL", &service.url),
        ("AEP_ORG_ID", crate::world::ORGANIZATION),
        ("AEP_CLIENT_ID", "client"),
        ("AEP_CLIENT_SECRET", "secret-canary"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.into()));
    let nowhere = aep_export_cli::Env {
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(std::io::sink()),
        stderr: Box::new(std::io::sink()),
        reader_is_gone: || false,
        stdin_is_terminal: false,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        vars: vars.into(),
        data_dir: None,
        config_dir: None,
        cache_dir: None,
        home_dir: None,
        signals: false,
        ..aep_export_cli::Env::of_process()
    };
    let code = aep_export_cli::run(["aep-export", "list"].map(Into::into), nowhere);
    assert_eq!(code, std::process::ExitCode::SUCCESS);
}

#[test]
fn the_client_secret_is_nowhere_and_the_token_only_in_the_file() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let mut said = String::new();
    for args in [&["list", "-vv"][..], &["list", "-vv"], &["list", "-vv", "-o", "json"]] {
        let ran = world.run(args);
        said.push_str(ran.ok());
        said.push_str(&ran.stderr);
    }
    let path = only(&world);
    let document = fs::read_to_string(&path).unwrap();
    let token = read(&path)["access_token"].as_str().unwrap().to_owned();
    for text in [said.as_str(), &document, path.to_str().unwrap()] {
        assert!(!text.contains("canary"), "{text}");
    }
    assert!(!said.contains(&token), "{said}");
}

/// Whether somebody holds the lock of the one kept token.
fn is_locked(world: &World) -> bool {
    let lock = fs::read_dir(folder(world))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "lock"));
    fs::File::open(lock.unwrap()).unwrap().try_lock().is_err()
}

#[test]
fn a_run_that_is_killed_while_it_asks_keeps_nobody_waiting() {
    let token = r#"{"access_token":"second","token_type":"bearer","expires_in":86399}"#;
    let list = r#"{"records":[],"link":{"next":""}}"#;
    let script = Script::start(&[
        ("POST /ims/token/v3", Reply::Silence),
        ("POST /ims/token/v3", Reply::Json(200, token.to_owned())),
        ("GET ", Reply::Json(200, list.to_owned())),
    ]);
    let world = World::signed_in(&script.url);
    let mut holder = world.spawn(&LIST);
    script.next();
    assert!(is_locked(&world));
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(!is_locked(&world));
    assert_eq!(world.run(&LIST).ok(), "[]\n");
    assert_eq!(read(&only(&world))["access_token"], "second");
}

/// As `kill -9` leaves it between the first byte and the new name.
#[test]
fn what_a_killed_run_had_begun_to_keep_is_not_used_and_goes_with_the_rest() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&LIST).ok();
    let path = only(&world);
    let whole = fs::read_to_string(&path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let texts = [
        &whole[..whole.len() / 2],
        &whole.replace("access_token\": \"", "access_token\": \"canary"),
    ];
    let left: Vec<_> = ["Ab3xYz", "Cd4vWu"]
        .iter()
        .zip(texts)
        .map(|(random, text)| {
            let left = path.with_file_name(format!(".{name}.{random}.new"));
            fs::write(&left, text).unwrap();
            private(&left);
            left
        })
        .collect();
    for again in ["its own", "a new one"] {
        world.run(&LIST).ok();
        assert!(!fs::read_to_string(&path).unwrap().contains("canary"), "{again}");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(service.asked_for("ims.token"), 2);
    world.run(&["auth", "logout"]).ok();
    assert!(left.iter().all(|left| !left.exists()));
}

#[test]
fn a_clock_that_was_set_back_costs_a_token_and_no_run() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&LIST).ok();
    let path = only(&world);
    let mut document = read(&path);
    document["asked_at"] = json!("2999-01-01T00:00:00Z");
    document["expires_at"] = json!("2999-01-02T00:00:00Z");
    fs::write(&path, document.to_string()).unwrap();
    private(&path);
    world.run(&LIST).ok();
    assert_eq!(service.asked_for("ims.token"), 2);
    assert_ne!(read(&path)["asked_at"], document["asked_at"]);
}
