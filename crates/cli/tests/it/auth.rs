//! `auth`: signing in, looking at it, and signing out.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::token_cache::{kept, only};
use crate::world::{ORGANIZATION, Ran, World};

const LOGIN: [&str; 5] = ["auth", "login", "--client-id", "client", "--client-secret-stdin"];

/// A machine on which only the addresses are known.
fn at(url: &str) -> World {
    World::bare().with("AEP_BASE_URL", url).with("AEP_IMS_URL", url)
}

fn refusing(code: &str) -> Script {
    let answer = json!({"error": code, "error_description": "so it is"}).to_string();
    Script::start(&[("POST /ims/token/v3", Reply::Json(401, answer))])
}

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn status(world: &World, args: &[&str]) -> (i32, Value) {
    let ran = world.run(&[&["auth", "status", "-o", "json"], args].concat());
    (ran.code, document(&ran))
}

fn config(world: &World) -> String {
    fs::read_to_string(world.config()).unwrap_or_default()
}

#[test]
fn what_proved_good_is_saved_and_the_next_run_uses_it() {
    let service = Service::quick();
    let world = at(&service.url);
    let args = [&LOGIN[..], &["--org", ORGANIZATION, "-o", "json"]].concat();
    let ran = world.run_with(&args, "secret-canary\n");
    ran.ok();
    let shown = document(&ran);
    assert_eq!(shown["org_id"], ORGANIZATION);
    assert_eq!(shown["client_id"], "client");
    assert_eq!(shown["profile"], "default");
    assert_eq!(shown["saved"], json!(["org_id", "client_id", "client_secret"]));
    assert_eq!(shown["kept"], true);
    let seconds = shown["seconds_left"].as_u64().unwrap();
    assert!((86_000..86_400).contains(&seconds), "{shown}");
    assert!(!(ran.stdout + &ran.stderr).contains("canary"));
    assert_eq!(
        config(&world),
        format!(
            "[profiles.default]\norg_id = \"{ORGANIZATION}\"\nclient_id = \"client\"\n\
             client_secret = \"secret-canary\"\n"
        )
    );
    only(&world);
    world.run(&["list"]).ok();
    assert_eq!(service.asked_for("ims.token"), 1);
}

#[test]
fn the_token_service_is_asked_anew_and_nothing_is_saved_that_is_there() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&["list"]).ok();
    let before = fs::read(only(&world)).unwrap();
    let ran = world.run(&["auth", "login"]);
    assert_eq!(service.asked_for("ims.token"), 2);
    let after = fs::read(only(&world)).unwrap();
    assert_ne!(after, before);
    let text = ran.ok();
    assert!(text.contains(ORGANIZATION) && text.contains("good until 2"), "{text}");
    assert!(!world.config().exists());
    let off = world.with("AEP_TOKEN_CACHE", "off");
    assert!(off.run(&["auth", "login"]).ok().contains("\nkept          no\n"));
    assert_eq!(fs::read(only(&off)).unwrap(), after);
}

#[test]
fn where_the_token_service_refuses_nothing_is_written() {
    let profile = "[profiles.default]\nclient_secret_file = 'old.txt'\n";
    for (code, hint) in [("invalid_client", "AEP_CLIENT_SECRET"), ("invalid_scope", "AEP_SCOPES")] {
        let script = refusing(code);
        let world = at(&script.url).with_config(profile);
        let args = [&LOGIN[..], &["--org", ORGANIZATION, "-o", "json"]].concat();
        let ran = world.run_with(&args, "secret-canary");
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
        assert_eq!(ran.error()["code"], code);
        assert!(ran.error()["hint"].as_str().unwrap().contains(hint), "{ran:?}");
        assert!(ran.stderr.contains("so it is") && !ran.stderr.contains("canary"), "{ran:?}");
        assert_eq!(config(&world), profile);
        assert!(kept(&world).is_empty());
        assert!(script.next().body.contains("client_secret=secret-canary"));
    }
    // As where it cannot be reached.
    let world = at("http://127.0.0.1:1");
    let ran = world.run_with(&[&LOGIN[..], &["--org", ORGANIZATION]].concat(), "secret-canary");
    assert_eq!((ran.code, world.config().exists()), (10, false), "{ran:?}");
}

#[test]
fn what_is_missing_is_named_and_nothing_is_sent() {
    let script = Script::start(&[]);
    let world = at(&script.url);
    let ran = world.run(&["auth", "login"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    for name in ["AEP_ORG_ID", "--org", "AEP_CLIENT_ID", "AEP_CLIENT_SECRET"] {
        assert!(ran.stderr.contains(name), "{name}: {ran:?}");
    }
    let ran = world.run_with(&LOGIN, "secret-canary");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("cannot sign in: AEP_ORG_ID (or --org) is missing\n"), "{ran:?}");
    // A secret belongs to its client: another client needs another one.
    let ran = World::signed_in(&script.url).run(&["auth", "login", "--client-id", "other"]);
    assert!(ran.code == 4 && ran.stderr.contains("--client-secret-stdin"), "{ran:?}");
    let endless = "x".repeat(3_000_000);
    for (typed, what) in [
        ("", "is empty"),
        ("\n", "is empty"),
        ("a\nb", "is not one line"),
        (&endless, "standard input is longer than any secret (more than 16 KiB)"),
    ] {
        let ran = world.run_with(&[&LOGIN[..], &["--org", ORGANIZATION]].concat(), typed);
        assert!(ran.code == 2 && ran.stderr.contains(what), "{}", ran.stderr);
    }
    assert!(script.all().is_empty() && !world.config().exists());
}

#[test]
fn a_new_secret_takes_the_place_of_every_other_in_the_profile() {
    let service = Service::quick();
    for old in
        ["client_secret_file = 'old.txt'", "access_token = 'canary'", "client_secret = 'old'"]
    {
        let (head, tail) = ("# mine\n[profiles.dev]\n", "sandbox = 'dev' # of the team\n");
        let profile =
            format!("{head}org_id = '{ORGANIZATION}'\nclient_id = 'client'\n{tail}{old}\n");
        let world = at(&service.url).with_config(&profile);
        let login = ["auth", "login", "--profile", "dev", "--client-secret-stdin"];
        let ran = world.run_with(&login, "new");
        assert!(ran.ok().contains("client_secret in profile `dev`"), "{ran:?}");
        let expected = profile.replace(old, "client_secret = \"new\"");
        assert_eq!(config(&world), expected);
        world.run(&["list", "--profile", "dev"]).ok();
    }
    // The environment is stronger, and that is said.
    let world = World::signed_in(&service.url);
    let ran = world.run_with(&["auth", "login", "--client-secret-stdin"], "new");
    ran.ok();
    assert!(
        ran.stderr.contains("AEP_CLIENT_SECRET wins over the secret in the profile"),
        "{ran:?}"
    );
}

#[test]
fn a_file_that_others_may_read_is_replaced_by_signing_in() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&["auth", "login"]).ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let path = only(&world);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let (code, shown) = status(&world, &[]);
        assert_eq!((code, &shown["token"]["state"]), (0, &json!("unusable")));
        assert!(world.run(&["auth", "status"]).ok().contains("mend it with: chmod 600 "));
        world.run(&["auth", "login"]).ok();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(status(&world, &[]).1["token"]["state"], "kept");
}

#[test]
fn status_says_everything_with_its_origin_and_sends_nothing() {
    let script = Script::start(&[]);
    let world = at(&script.url)
        .with_config("[profiles.dev]\nclient_id = 'client'\nclient_secret = 'secret-canary'\n")
        .with("AEP_ORG_ID", ORGANIZATION);
    let (code, shown) = status(&world, &["--profile", "dev", "--sandbox", "flagged"]);
    let file = world.config().display().to_string();
    let of = |name: &str| (shown[name]["value"].clone(), shown[name]["from"].clone());
    assert_eq!(code, 0);
    assert_eq!(shown["signed_in"], true);
    assert_eq!(of("profile"), (json!("dev"), json!("--profile")));
    assert_eq!(of("org_id"), (json!(ORGANIZATION), json!("AEP_ORG_ID")));
    assert_eq!(of("client_id"), (json!("client"), json!(format!("{file}:2"))));
    assert_eq!(of("sandbox"), (json!("flagged"), json!("--sandbox")));
    assert_eq!(shown["scopes"]["origin"], "default");
    assert_eq!(of("ims_url"), (json!(script.url), json!("AEP_IMS_URL")));
    assert_eq!(shown["credential"]["kind"], "client_secret");
    assert_eq!(of("credential"), (json!("(hidden)"), json!(format!("{file}:3"))));
    assert_eq!(
        shown["token"],
        json!({"state": "none", "valid_until": null, "seconds_left": null, "file": null})
    );
    assert_eq!(shown["check"], Value::Null);

    let ran = world.run(&["auth", "status"]);
    assert_eq!(ran.code, 4, "no profile is called default: {ran:?}");
    assert!(ran.stdout.contains("client id      -\n"), "{ran:?}");
    assert!(ran.stderr.contains("not signed in: AEP_CLIENT_ID and AEP_CLIENT_SECRET"), "{ran:?}");
    assert_eq!(status(&world, &[]).1["signed_in"], false);
    assert!(script.all().is_empty());
}

fn jwt(payload: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.canary", part(r#"{"alg":"RS256"}"#), part(&payload.to_string()))
}

#[test]
fn a_token_that_was_given_tells_its_own_end() {
    let script = Script::start(&[]);
    let with = |token: &str| World::at(&script.url).with("AEP_ACCESS_TOKEN", token);
    let ims = json!({"created_at": "4102444800000", "expires_in": "86400000"});
    let (code, shown) = status(&with(&jwt(&ims)), &[]);
    assert_eq!((code, &shown["token"]["state"]), (0, &json!("given")));
    assert_eq!(shown["token"]["valid_until"], "2100-01-02T00:00:00Z");
    assert_eq!(shown["credential"]["kind"], "access_token");

    let world = with("opaque-canary");
    let (code, shown) = status(&world, &[]);
    assert_eq!((code, &shown["token"]["valid_until"]), (0, &Value::Null));
    assert!(world.run(&["auth", "status"]).ok().contains("does not say when it ends"));

    let world = with(&jwt(&json!({"exp": 1_767_000_000})));
    let (code, shown) = status(&world, &[]);
    assert_eq!((code, &shown["token"]["state"]), (4, &json!("expired")));
    let ran = world.run(&["auth", "status"]);
    let why = "the access token has expired: it was good until 2025-12-29T09:20:00Z";
    assert!(ran.stderr.contains(why), "{ran:?}");
    // No command sends it: a 401 would not say why.
    for command in [&["list"][..], &["create", "--dataset", "d"], &["doctor"]] {
        let ran = world.run(command);
        assert_eq!(ran.code, 4, "{ran:?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("the access token has expired: it was good until"), "{ran:?}");
    }
    let ran = world.run(&["auth", "login"]);
    assert!(ran.code == 2 && ran.stderr.contains("AEP_ACCESS_TOKEN gives a token"), "{ran:?}");

    // A program is not run only to look.
    let profile = "[profiles.default]\naccess_token_command = ['touch', 'was-run']\n";
    let world = with("").with_config(profile);
    assert_eq!(status(&world, &[]).1["token"]["state"], "not_read");
    assert!(!world.path("was-run").exists());
    assert!(script.all().is_empty());
}

#[test]
fn status_knows_what_is_kept() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let state = |world: &World| {
        let (code, shown) = status(world, &[]);
        assert_eq!(code, 0);
        shown["token"]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&world), "none");
    world.run(&["list"]).ok();
    assert_eq!(state(&world), "kept");
    let path = only(&world);
    let whole = fs::read_to_string(&path).unwrap();
    let mut document: Value = serde_json::from_str(&whole).unwrap();
    for (asked_at, expires_at, expected) in [
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "ended"),
        ("2999-01-01T00:00:00Z", "2999-01-02T00:00:00Z", "unusable"),
    ] {
        document["asked_at"] = asked_at.into();
        document["expires_at"] = expires_at.into();
        fs::write(&path, document.to_string()).unwrap();
        assert_eq!(state(&world), expected);
    }
    fs::write(&path, "{").unwrap();
    assert_eq!(state(&world), "unusable");
    fs::write(&path, whole).unwrap();
    let world = world.with("AEP_CLIENT_ID", "another");
    assert_eq!(state(&world), "none");
    assert_eq!(state(&world.with("AEP_TOKEN_CACHE", "off")), "off");
    assert_eq!(service.asked_for("ims.token"), 1);
}

#[test]
fn the_check_asks_the_service() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let (code, shown) = status(&world, &["--check"]);
    assert_eq!((code, &shown["check"]), (0, &json!("passed")));
    // What the check brought is seen.
    assert_eq!(shown["token"]["state"], "kept");
    assert_eq!((service.asked_for("ims.token"), service.asked_for("export_jobs.list")), (1, 1));

    let denied = r#"{"error_code":"403025","message":"Profile is not valid"}"#;
    let token = r#"{"access_token":"canary","expires_in":86399}"#;
    let script = Script::start(&[
        ("POST ", Reply::Json(200, token.to_owned())),
        ("GET ", Reply::Json(403, denied.to_owned())),
    ]);
    let ran = World::signed_in(&script.url).run(&["auth", "status", "--check", "-o", "json"]);
    assert_eq!((ran.code, &document(&ran)["check"]), (4, &json!("failed")));
    assert_eq!(document(&ran)["signed_in"], false);
    assert_eq!(ran.error()["code"], "403025");
    assert!(!(ran.stdout + &ran.stderr).contains("canary"));

    let ran = World::signed_in("http://127.0.0.1:1").run(&["auth", "status", "--check"]);
    assert!(ran.code == 10 && ran.stdout.contains("check          failed\n"), "{ran:?}");
}

#[test]
fn logout_removes_what_the_profile_has_and_nothing_else() {
    let service = Service::quick();
    let head = format!("[profiles.default]\norg_id = '{ORGANIZATION}'\nclient_id = 'client'\n");
    let other = "\n[profiles.other]\nclient_secret = 'stays'\n";
    let secret = "client_secret = 'secret-canary' # mine\n";
    let world = at(&service.url).with_config(&format!("{head}{secret}{other}"));
    world.run(&["list"]).ok();
    // Other scopes, and another profile.
    let world = world.with("AEP_SCOPES", "openid");
    world.run(&["list"]).ok();
    let stranger = only_folder(&world).join("other-0123456789abcdef.json");
    fs::write(&stranger, "").unwrap();
    let mine = kept(&world).len() - 1;
    assert_eq!(mine, 2);

    let ran = world.run(&["auth", "logout", "-o", "json"]);
    ran.ok();
    let shown = document(&ran);
    assert_eq!(shown["profile"], "default");
    assert_eq!(shown["removed"].as_array().unwrap().len(), 3, "{shown}");
    assert_eq!(shown["still_signed_in_by"], Value::Null);
    assert_eq!(kept(&world), [stranger]);
    assert_eq!(config(&world), format!("{head}{other}"));
    assert!(!(ran.stdout + &ran.stderr).contains("canary"));
    assert_eq!(status(&world, &[]).0, 4);

    let ran = world.run(&["auth", "logout"]);
    assert!(ran.ok().contains("nothing to remove") && ran.stderr.is_empty(), "{ran:?}");
    assert_eq!(config(&world), format!("{head}{other}"));
}

fn only_folder(world: &World) -> std::path::PathBuf {
    kept(world)[0].parent().unwrap().to_owned()
}

#[test]
fn logout_says_what_still_signs_in() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    world.run(&["list"]).ok();
    let ran = world.run(&["auth", "logout", "-q"]);
    assert_eq!((ran.code, kept(&world).len()), (0, 0));
    assert_eq!(ran.stderr, "warning: AEP_CLIENT_SECRET still signs in\n");
    assert_eq!(
        document(&world.run(&["auth", "logout", "-o", "json"]))["still_signed_in_by"],
        "AEP_CLIENT_SECRET"
    );

    // What is only named in a profile stays.
    let profile = "[profiles.default]\naccess_token = 'canary'\nclient_secret_file = 's.txt'\n";
    let world = at(&service.url).with_config(profile);
    let ran = world.run(&["auth", "logout"]);
    assert!(ran.ok().contains("`access_token` of profile `default`"), "{ran:?}");
    assert!(ran.stderr.contains("`client_secret_file` of profile `default`"), "{ran:?}");
    assert_eq!(config(&world), "[profiles.default]\nclient_secret_file = 's.txt'\n");
}

#[test]
fn no_part_of_a_secret_is_shown() {
    let service = Service::quick();
    let secret = "Xq7ZkV9wTe5Lm3Rb";
    let world = World::signed_in(&service.url).with("AEP_CLIENT_SECRET", secret);
    let mut said = String::new();
    for args in [
        &["auth", "login", "-vv"][..],
        &["auth", "login", "-vv", "-o", "json"],
        &["auth", "status", "-vv"],
        &["auth", "status", "-vv", "-o", "json", "--check"],
        &["auth", "logout", "-vv"],
    ] {
        let ran = world.run(args);
        said.push_str(ran.ok());
        said.push_str(&ran.stderr);
    }
    let given = World::at(&service.url).with("AEP_ACCESS_TOKEN", secret);
    let ran = given.run(&["auth", "status", "-vv"]);
    said.push_str(ran.ok());
    for end in 4..=secret.len() {
        let part = &secret[end - 4..end];
        assert!(!said.contains(part), "{part}: {said}");
    }
}
