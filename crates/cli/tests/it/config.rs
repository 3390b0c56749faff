//! `config`: the config file shown and written.

use std::fs;

use serde_json::{Value, json};

use crate::script::{Reply, Script};
use crate::world::{ORGANIZATION, Ran, World, private};

const INIT: &[&str] = &["config", "init", "--org", ORGANIZATION, "--client-id", "client"];

fn init(world: &World, more: &[&str]) -> Ran {
    world.run(&[INIT, more].concat())
}

fn text(world: &World) -> String {
    fs::read_to_string(world.config()).unwrap()
}

/// The rows of `config show` by name.
fn shown(world: &World, args: &[&str]) -> serde_json::Map<String, Value> {
    let ran = world.run(&[&["config", "show", "-o", "json"], args].concat());
    let rows: Vec<Value> = serde_json::from_str(ran.ok()).unwrap();
    rows.into_iter().map(|row| (row["name"].as_str().unwrap().to_owned(), row)).collect()
}

#[test]
fn the_path_is_told_whatever_is_in_the_file() {
    let world = World::bare().with_config("this is no TOML");
    let path = world.config().display().to_string();
    assert_eq!(world.run(&["config", "path"]).ok(), format!("{path}\n"));
    assert_eq!(world.run(&["config", "path", "-o", "id"]).ok(), format!("{path}\n"));
    let ran = world.run(&["config", "path", "-o", "json", "--profile", "none"]);
    assert_eq!(serde_json::from_str::<Value>(ran.ok()).unwrap(), json!({ "path": path }));
    let named = World::bare().with("AEP_CONFIG", "mine.toml");
    assert_eq!(named.run(&["config", "path"]).ok(), "mine.toml\n");
}

#[test]
fn every_setting_is_shown_with_where_it_is_from() {
    let world = World::bare()
        .with_config(
            "default_profile = 'dev'\n[profiles.dev]\norg_id = 'of-dev'\n\
             client_secret_command = ['touch', 'was-run']\n",
        )
        .with("AEP_CLIENT_ID", "of-env");
    let file = world.config().display().to_string();
    let rows = shown(&world, &["--sandbox", "of-flag"]);
    let row = |name: &str| {
        let row = &rows[name];
        (row["value"].clone(), row["origin"].clone(), row["from"].clone(), row["line"].clone())
    };
    let none = Value::Null;
    assert_eq!(row("sandbox"), (json!("of-flag"), json!("flag"), json!("--sandbox"), none.clone()));
    let of_env = (json!("of-env"), json!("variable"), json!("AEP_CLIENT_ID"), none.clone());
    assert_eq!(row("client_id"), of_env);
    let at = |line: usize| json!(format!("{file}:{line}"));
    assert_eq!(row("org_id"), (json!("of-dev"), json!("file"), at(3), json!(3)));
    assert_eq!(rows["org_id"]["profile"], "dev");
    assert_eq!(row("profile"), (json!("dev"), json!("file"), at(1), json!(1)));
    let default = json!("https://platform.adobe.io");
    assert_eq!(row("base_url"), (default, json!("default"), json!("default"), none.clone()));
    assert_eq!(row("ca_file"), (none.clone(), none.clone(), none.clone(), none));
    // Only told.
    assert_eq!(rows["client_secret"]["value"], "(the command `touch was-run`)");
    assert!(!world.path("was-run").exists());

    let table = world.run(&["config", "show"]);
    let line = table.ok().lines().find(|line| line.starts_with("org_id")).unwrap().to_owned();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["org_id", "of-dev", &format!("{file}:3")]
    );
    let names = world.run(&["config", "show", "-o", "id"]);
    assert_eq!(names.ok().lines().count(), rows.len());
}

#[test]
fn no_secret_is_shown_and_the_one_that_counts_is_marked() {
    let world = World::bare()
        .with_config("[profiles.default]\nclient_secret = 'file-canary'\n")
        .with("AEP_ACCESS_TOKEN", "env-canary")
        .with("AEP_EMULATOR_CREDENTIALS", "id:emulator-canary");
    for args in [&["-o", "json"][..], &[], &["-vv"]] {
        let ran = world.run(&[&["config", "show"], args].concat());
        assert!(ran.ok().contains("(hidden)"), "{ran:?}");
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    }
    let rows = shown(&world, &[]);
    assert_eq!(rows["access_token"]["used"], true);
    assert_eq!(
        (&rows["client_secret"]["used"], &rows["client_secret"]["hidden"]),
        (&json!(false), &json!(true))
    );
    assert!(world.run(&["config", "show"]).ok().contains("config.toml:2 (not used)"));
}

#[test]
fn what_init_writes_is_what_calls_use() {
    let token = r#"{"access_token":"t","token_type":"bearer","expires_in":86399}"#;
    let script = Script::start(&[
        ("POST /ims/token/v3", Reply::Json(200, token.to_owned())),
        ("GET /data/core/ups/export/jobs", Reply::Json(200, r#"{"records":[]}"#.to_owned())),
    ]);
    let world = World::bare().with("AEP_IMS_URL", &script.url);
    let more = ["--sandbox", "dev", "--base-url", &script.url, "--client-secret-stdin"];
    let ran = world.run_with(&[INIT, &more].concat(), "it's \"a\" secret\n");
    assert_eq!(
        ran.ok(),
        format!(
            "profile  default\nfile     {}\nhas      org_id, client_id, sandbox, base_url, client_secret\n",
            world.config().display()
        )
    );
    assert_eq!(ran.stderr, "try it: aep-export list --limit 1\n");
    world.run(&["list", "--limit", "1"]).ok();
    assert!(script.next().body.contains("client_secret=it%27s+%22a%22+secret"));
    let call = script.next();
    for header in ["x-api-key: client", "x-sandbox-name: dev", "x-gw-ims-org-id: "] {
        assert!(call.headers.contains(header), "{call:?}");
    }
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    for (args, missing) in [
        (&["config", "init"][..], "give --org and --client-id"),
        (&["config", "init", "--client-id", "c"], "give --org"),
        (&["config", "init", "--org", ORGANIZATION], "give --client-id"),
    ] {
        // Not even where somebody seems to type.
        let ran = World::bare().run_with(args, "an\nanswer\n");
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(missing), "{ran:?}");
    }
    // Variables mean what the flags mean.
    let world = World::bare().with("AEP_ORG_ID", ORGANIZATION).with("AEP_CLIENT_ID", "c");
    let ran = world.run(&["config", "init", "-o", "json"]);
    let value: Value = serde_json::from_str(ran.ok()).unwrap();
    assert_eq!(value["keys"], json!(["org_id", "client_id", "sandbox"]));
    assert!(ran.stderr.contains("it has no secret: set AEP_CLIENT_SECRET"), "{ran:?}");
}

#[test]
fn wrong_input_writes_nothing() {
    let world = World::bare();
    fs::write(world.path("broken.json"), "{\"client_secret\": \"p8e-canary").unwrap();
    fs::write(world.path("jwt.json"), r#"{"client_id":"c","private_key":"p8e-canary"}"#).unwrap();
    fs::write(world.path("no-org.json"), r#"{"client_id":"c","secret":"p8e-canary"}"#).unwrap();
    fs::write(world.path("line.json"), r#"{"org_id":"o","client_id":"p8e-canary\nx"}"#).unwrap();
    fs::write(world.path("lines.json"), r#"{"org_id":"o","client_id":"c","secret":"a\nb"}"#)
        .unwrap();
    fs::write(world.path("big.json"), vec![b' '; 1024 * 1024 + 1]).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["config"], "Usage: aep-export config"),
        (&["config", "show", "--dry-run"], "`config` sends no request"),
        (&["config", "path", "--curl"], "`config` sends no request"),
        (&["config", "show", "--emulator"], "leave out --emulator"),
        (&["config", "show", "-o", "raw"], "there is no raw one"),
        (&["config", "path", "-o", "raw"], "there is no raw one"),
        (&["config", "init", "--org", "a\nb", "--client-id", "c"], "--org: \"a\\nb\" cannot stand"),
        (&["config", "init", "--org", "o", "--client-id", " "], "--client-id: \" \" cannot stand"),
        (
            &["config", "init", "--profile", "a/b", "--org", "o", "--client-id", "c"],
            "--profile: the name",
        ),
        (
            &["config", "init", "--profile", "", "--org", "o", "--client-id", "c"],
            "--profile: the name",
        ),
        (&["config", "import"], "<FILE>"),
        (&["config", "import", "none.json"], "cannot read none.json: no such file"),
        (&["config", "import", "."], "cannot read ."),
        (&["config", "import", "-"], "standard input is not JSON"),
        (&["config", "import", "broken.json"], "broken.json is not JSON (line 1, column 29)"),
        (&["config", "import", "jwt.json"], "Service Account (JWT) credential only"),
        (&["config", "import", "no-org.json"], "no-org.json names no organisation"),
        (&["config", "import", "line.json"], "line.json: client_id has characters"),
        (&["config", "import", "lines.json"], "lines.json: `client_secret` is not one line"),
        (&["config", "import", "big.json"], "larger than 1 MiB"),
    ];
    for (args, part) in cases {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {ran:?}");
        assert!(!ran.stderr.contains("canary"), "{args:?}: {ran:?}");
        assert!(!world.config().exists(), "{args:?}");
    }
}

#[test]
fn a_profile_is_replaced_only_by_force_and_the_rest_stays() {
    let before = "# Ours.\n[profiles.default]\nclient_secret_file = 'x' # secret\naccess_token = 'old'\n\
        client_id = 'old' # the robot\nretries = 7\n\n[profiles.other]\nsandbox = 'other'\n";
    let world = World::bare().with_config(before);
    let refused = world.run_with(&[INIT, &["--client-secret-stdin"]].concat(), "new-canary");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("there is a profile `default` in "), "{refused:?}");
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    assert_eq!(text(&world), before);

    let forced = [INIT, &["--client-secret-stdin", "--force"]].concat();
    world.run_with(&forced, "new-canary").ok();
    assert_eq!(
        text(&world),
        format!(
            "# Ours.\n[profiles.default]\nclient_id = \"client\" # the robot\nretries = 7\n\
             org_id = \"{ORGANIZATION}\"\nsandbox = \"prod\"\nclient_secret = \"new-canary\"\n\n\
             [profiles.other]\nsandbox = 'other'\n"
        )
    );
    init(&world, &["--profile", "third"]).ok();
    let after = text(&world);
    assert!(after.starts_with("# Ours.\n") && after.contains("\n\n[profiles.third]\n"), "{after}");
}

#[test]
fn the_first_profile_is_the_one_that_is_used() {
    let world = World::bare();
    assert_eq!(
        init(&world, &["--profile", "prod"]).stderr.lines().last(),
        Some("try it: aep-export list --limit 1")
    );
    assert_eq!(shown(&world, &[])["profile"]["value"], "prod");
    let second = init(&world, &["--profile", "dev"]);
    assert!(second.stderr.contains("aep-export --profile dev list"), "{second:?}");
    assert_eq!(shown(&world, &[])["profile"]["value"], "prod");
    // By the environment as by the flag.
    let third = world.with("AEP_PROFILE", "third");
    init(&third, &[]).ok();
    assert_eq!(shown(&third, &[])["profile"]["value"], "third");
}

#[test]
fn what_the_console_gives_is_imported() {
    let file = json!({ "project": {
        "org": { "ims_org_id": ORGANIZATION },
        "workspace": { "details": { "credentials": [{ "oauth_server_to_server": {
            "client_id": "c", "client_secrets": ["first-canary", "second"], "scopes": ["openid", "AdobeID"],
        }}]}},
    }});
    let world = World::bare();
    fs::write(world.path("console.json"), file.to_string()).unwrap();
    let ran = world.run(&["config", "import", "console.json"]);
    assert!(ran.ok().contains("has      org_id, client_id, scopes, client_secret\n"), "{ran:?}");
    assert_eq!(
        ran.stderr,
        "console.json is a project file of the developer console\n\
         it has several client secrets: the first is taken\n\
         it names no sandbox, so `prod` is used; --sandbox names another\n\
         console.json still has the secret: remove it if nothing else needs it\n\
         try it: aep-export list --limit 1\n"
    );
    let expected = format!(
        "[profiles.default]\norg_id = \"{ORGANIZATION}\"\nclient_id = \"c\"\n\
         scopes = \"openid,AdobeID\"\nclient_secret = \"first-canary\"\n"
    );
    assert_eq!(text(&world), expected);
    // Flags say it better, and other settings of a profile are not touched.
    let again = ["config", "import", "-", "--force", "--sandbox", "dev", "--org", "o"];
    world.run_with(&again, r#"{"CLIENT_ID":"d","ACCESS_TOKEN":"t"}"#).ok();
    let rows = shown(&world, &[]);
    let values = ["org_id", "client_id", "sandbox", "access_token", "client_secret"]
        .map(|name| rows[name]["value"].clone());
    assert_eq!(values, [json!("o"), json!("d"), json!("dev"), json!("(hidden)"), Value::Null]);
}

#[test]
fn processes_that_write_at_once_lose_nothing() {
    let world = World::bare();
    let names: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    let running: Vec<_> =
        names.iter().map(|name| world.spawn(&[INIT, &["--profile", name]].concat())).collect();
    for child in running {
        Ran::of(child).ok();
    }
    let text = text(&world);
    for name in &names {
        assert!(text.contains(&format!("[profiles.{name}]\n")), "{name} is not in {text}");
    }
    // Nothing but the file and its lock is left.
    assert_eq!(fs::read_dir(world.config().parent().unwrap()).unwrap().count(), 2);
}

#[test]
fn of_processes_that_make_the_same_profile_one_does() {
    let world = World::bare();
    let running: Vec<_> = (0..8).map(|_| world.spawn(INIT)).collect();
    let mut codes: Vec<i32> = running.into_iter().map(|child| Ran::of(child).code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 2, 2, 2, 2, 2, 2, 2]);
}

#[test]
fn a_file_that_cannot_be_read_is_not_written_over() {
    for broken in ["this is p8e-canary", "profiles = 'p8e-canary'", "[profiles]\nx = 'p8e-canary'"]
    {
        let world = World::bare().with_config(broken);
        let ran = init(&world, &["--force"]);
        assert!(ran.code == 2 && !ran.stderr.contains("canary"), "{ran:?}");
        assert_eq!(text(&world), broken);
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_is_for_the_owner_alone_whatever_the_umask() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let world = World::bare();
    let mut shell = std::process::Command::new("/bin/sh");
    world.prepare(&mut shell);
    let line = format!("umask 0; exec {} \"$@\"", env!("CARGO_BIN_EXE_aep-export"));
    Ran::of(shell.args(["-c", &line, "sh"]).args(INIT).spawn().unwrap()).ok();
    assert_eq!(mode(&world.config()), 0o600);
    assert_eq!(mode(world.config().parent().unwrap()), 0o700);

    // A link leads to where the file really is.
    let linked = World::bare().with("AEP_CONFIG", "link.toml");
    fs::create_dir(linked.path("dotfiles")).unwrap();
    fs::write(linked.path("dotfiles/aep.toml"), "# Kept.\n").unwrap();
    private(&linked.path("dotfiles/aep.toml"));
    symlink("dotfiles/aep.toml", linked.path("link.toml")).unwrap();
    init(&linked, &[]).ok();
    assert!(fs::symlink_metadata(linked.path("link.toml")).unwrap().is_symlink());
    let written = fs::read_to_string(linked.path("dotfiles/aep.toml")).unwrap();
    assert!(written.starts_with("# Kept.\n[profiles.default]\n"), "{written}");
    assert_eq!(mode(&linked.path("dotfiles/aep.toml")), 0o600);
}
