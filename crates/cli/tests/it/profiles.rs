//! The config file and its profiles, as the service and the user see them.

use crate::script::{Reply, Script};
use crate::world::{ORGANIZATION, World, private};

const LIST: &str = "GET /data/core/ups/export/jobs?";
const TOKEN: &str = "POST /ims/token/v3";

fn service() -> Script {
    let token = r#"{"access_token":"token-canary","token_type":"bearer","expires_in":86399}"#;
    let list = r#"{"records":[],"link":{"next":""}}"#;
    Script::start(&[
        (TOKEN, Reply::Json(200, token.to_owned())),
        (LIST, Reply::Json(200, list.to_owned())),
    ])
}

/// A config file with two profiles for the service at `url`.
fn config(url: &str) -> String {
    let addresses = format!("base_url = '{url}'\nims_url = '{url}'\norg_id = '{ORGANIZATION}'\n");
    format!(
        "default_profile = 'dev'\n\n\
         [profiles.dev]\nclient_id = 'of-dev'\naccess_token = 'dev-canary'\nsandbox = 'dev'\n\
         output = 'json'\n{addresses}\n\
         [profiles.prod]\nclient_id = 'of-prod'\nclient_secret = 'prod-canary'\n\
         scopes = ['openid', 'session']\n{addresses}"
    )
}

#[test]
fn flag_then_environment_then_profile_then_default() {
    let script = service();
    for (variable, flags, client, sandbox) in [
        ("", "", "of-dev", "dev"),
        ("AEP_SANDBOX=env", "", "of-dev", "env"),
        ("AEP_SANDBOX=env", "--sandbox flag", "of-dev", "flag"),
        ("AEP_PROFILE=prod", "", "of-prod", "prod"),
        ("AEP_PROFILE=prod", "--profile dev", "of-dev", "dev"),
        ("", "--profile prod --sandbox flag", "of-prod", "flag"),
    ] {
        let mut world = World::bare().with_config(&config(&script.url));
        if let Some((name, value)) = variable.split_once('=') {
            world = world.with(name, value);
        }
        let args: Vec<&str> = ["list"].into_iter().chain(flags.split_whitespace()).collect();
        world.run(&args).ok();
        let came = script.all().pop().unwrap();
        assert!(came.headers.contains(&format!("x-api-key: {client}\r\n")), "{came:?}");
        assert!(came.headers.contains(&format!("x-sandbox-name: {sandbox}\r\n")), "{came:?}");
    }
}

#[test]
fn the_output_of_a_profile_is_used_and_its_token_is_sent() {
    let script = service();
    let world = World::bare().with_config(&config(&script.url));
    assert_eq!(world.run(&["list"]).ok(), "[]\n");
    assert!(script.next().headers.contains("authorization: bearer dev-canary\r\n"));
    let failed = world.run(&["get", "7"]);
    assert_eq!(failed.error()["kind"], "not_found", "{failed:?}");
}

#[test]
fn a_secret_comes_from_where_the_profile_says() {
    let script = service();
    for (line, secret) in [
        ("client_secret = 'as-it-is'", "as-it-is"),
        ("client_secret_file = 'secret.txt'", "in-a-file"),
        ("client_secret_file = '~/home-secret.txt'", "at-home"),
        ("client_secret_command = ['echo', 'of-a-command']", "of-a-command"),
    ] {
        let text = config(&script.url).replace("client_secret = 'prod-canary'", line);
        let world = World::bare().with_config(&text);
        let beside = world.path(".config/aep-export/secret.txt");
        for (path, text) in [(beside, "in-a-file\n"), (world.path("home-secret.txt"), "at-home")] {
            std::fs::write(&path, text).unwrap();
            private(&path);
        }
        let world = world.with("PATH", "/usr/bin:/bin");
        world.run(&["list", "--profile", "prod"]).ok();
        let body = script.next().body;
        script.next();
        assert!(body.contains(&format!("client_secret={secret}&")), "{body}");
        assert!(body.contains("scope=openid%2Csession"), "{body}");
    }
}

/// The strongest place that has a secret or a token counts; in one place a token comes first.
#[test]
fn the_credential_of_the_strongest_place_counts() {
    let script = service();
    let world = || World::bare().with_config(&config(&script.url));
    // A secret in the environment against the profile's token.
    world().with("AEP_CLIENT_SECRET", "of-the-environment").run(&["list"]).ok();
    assert!(script.next().body.contains("client_secret=of-the-environment"));
    script.next();
    // The file of a variable is as strong as a variable.
    let world = world().with("AEP_CLIENT_SECRET_FILE", "s.txt");
    std::fs::write(world.path("s.txt"), "in-the-file\n").unwrap();
    private(&world.path("s.txt"));
    world.run(&["list"]).ok();
    assert!(script.next().body.contains("client_secret=in-the-file"));
    script.next();
    let both = world.with("AEP_CLIENT_SECRET", "canary");
    let ran = both.run(&["list"]);
    let said = "AEP_CLIENT_SECRET and AEP_CLIENT_SECRET_FILE are both set";
    assert!(ran.code == 2 && ran.stderr.contains(said), "{ran:?}");
    both.with("AEP_ACCESS_TOKEN", "token-of-mine").run(&["list"]).ok();
    assert!(script.next().headers.contains("bearer token-of-mine"));
}

#[test]
fn a_broken_file_is_told_by_line_and_column_whatever_the_command() {
    let world = World::bare().with_config("[profiles.default]\nclient_secret = p8e-canary\n");
    let place = format!("{}:2:17: ", world.config().display());
    for args in [&["list"][..], &["--emulator", "list"], &["get", "7", "--dry-run"]] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.starts_with(&format!("error: {place}")), "{ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
        let ran = world.run(&[args, &["-o", "json"]].concat());
        assert_eq!((ran.code, ran.error()["kind"].as_str()), (2, Some("usage")), "{ran:?}");
    }
    for args in [&["--version"][..], &["--help"], &["list", "--help"]] {
        world.run(args).ok();
    }
    // Another file is another matter.
    let world = World::bare().with("AEP_CONFIG", "fine.toml");
    let missing = world.run(&["--emulator", "list"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.starts_with("error: AEP_CONFIG: there is no file fine.toml\n"));
    std::fs::write(world.path("fine.toml"), "[profiles.default]\noutput = 'json'").unwrap();
    private(&world.path("fine.toml"));
    assert_eq!(world.run(&["--emulator", "list"]).ok(), "[]\n");
}

#[test]
fn warnings_come_once_and_before_the_work() {
    let text = "[profiles.default]\nsandbx = 'canary'\n";
    let world = World::bare().with_config(text);
    let ran = world.run(&["--emulator", "list", "-o", "json"]);
    let said = "unknown key `sandbx` of profile `default` (did you mean `sandbox`?)";
    assert!(ran.ok() == "[]\n" && ran.stderr.lines().count() == 1, "{ran:?}");
    assert_eq!(ran.error()["event"], "warning");
    assert!(ran.stderr.contains(said) && !ran.stderr.contains("canary"), "{ran:?}");
}

#[test]
fn a_message_says_where_a_wrong_value_came_from() {
    let profile = |line: &str| World::bare().with_config(&format!("[profiles.default]\n{line}\n"));
    for (line, args, what) in [
        ("base_url = 'ftp://x'", &["list", "--dry-run"][..], "base_url"),
        ("sandbox = ''", &["--emulator", "list"], "sandbox"),
        ("retries = -1", &["list", "--dry-run"], "retries"),
        ("output = 'xml'", &["list"], "output"),
    ] {
        // The setting of every other test would win.
        let world = profile(line).with("AEP_RETRIES", "");
        let ran = world.run(args);
        let place =
            format!("error: `{what}` of profile `default` in {}:2: ", world.config().display());
        assert!(ran.code == 2 && ran.stderr.starts_with(&place), "{ran:?}");
    }
}

/// At its most talkative, with every kind of secret, also when it fails.
#[test]
fn no_secret_of_a_profile_is_said() {
    let script = service();
    let text = config(&script.url).replace(
        "client_secret = 'prod-canary'",
        "client_secret_command = ['printf', 'a%s', '-canary']",
    );
    let world = World::bare().with_config(&text).with("PATH", "/usr/bin:/bin");
    for args in [
        &["list", "-vv"][..],
        &["list", "-vv", "--profile", "prod"],
        &["get", "7", "-vv", "--profile", "prod"],
        &["list", "--profile", "prod", "--dry-run"],
    ] {
        let ran = world.run(args);
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    }
}

/// Where a secret is in the environment no program is asked for that one; it may be for another.
#[cfg(unix)]
#[test]
fn a_program_that_tells_a_secret_sees_no_other() {
    let script = service();
    let line = "client_secret_command = ['sh', '-c', 'env | grep -c canary; true']";
    let text = config(&script.url).replace("client_secret = 'prod-canary'", line);
    let world = World::bare()
        .with_config(&text)
        .with("PATH", "/usr/bin:/bin")
        .with("AEP_EMULATOR_CREDENTIALS", "id:canary");
    world.run(&["list", "--profile", "prod"]).ok();
    let body = script.next().body;
    assert!(body.contains("client_secret=0&"), "{body}");
}
