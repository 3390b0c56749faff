use std::io::Write as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::settings::Shape;

/// Not with `private_file`, which waits for the disk.
fn write(path: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Loads `text` as the config file; `FILE` in what comes back stands for its path.
fn load(text: &str, asked: Option<&str>) -> Result<(Option<Profile>, Vec<String>), String> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("config.toml");
    write(&path, text);
    let variables = [("AEP_CONFIG".to_owned(), path.clone().into())].into();
    let file = ConfigFile::of(&variables, None, Some("/home/me".into()));
    let asked =
        asked.map(|name| Asked { name: name.to_owned(), origin: Origin::Flag("--profile") });
    let unnamed = |text: &str| text.replace(&path.display().to_string(), "FILE");
    match Profile::load(file.as_ref(), asked) {
        Ok((profile, warnings)) => {
            Ok((profile, warnings.iter().map(|warning| unnamed(warning)).collect()))
        }
        Err(failure) => {
            assert_eq!(failure.exit().code(), 2, "{failure:?}");
            let hint = failure.next_step().map(|hint| format!(" | {hint}")).unwrap_or_default();
            Err(unnamed(&format!("{}{hint}", failure.message())))
        }
    }
}

fn name_used(text: &str, asked: Option<&str>) -> Option<String> {
    load(text, asked).unwrap().0.map(|profile| profile.using.name.to_string())
}

#[test]
fn the_profile_is_asked_for_or_the_files_own_or_called_default() {
    let two = "[profiles.default]\n[profiles.dev]\n";
    let chosen = format!("default_profile = \"dev\"\n{two}");
    assert_eq!(name_used(two, None).as_deref(), Some("default"));
    assert_eq!(name_used(two, Some("dev")).as_deref(), Some("dev"));
    assert_eq!(name_used(&chosen, None).as_deref(), Some("dev"));
    assert_eq!(name_used(&chosen, Some("default")).as_deref(), Some("default"));
    assert_eq!(name_used("[profiles.dev]", None), None);
    assert_eq!(name_used("", None), None);
    // However the table is written.
    assert_eq!(name_used("profiles.dev.sandbox = 'x'", Some("dev")).as_deref(), Some("dev"));
    assert_eq!(name_used("profiles = {dev = {}}", Some("dev")).as_deref(), Some("dev"));
}

#[test]
fn a_profile_that_is_not_there_is_told_with_those_that_are() {
    let two = "[profiles.prod]\n[profiles.dev]\n";
    for (text, asked, expected) in [
        (
            two,
            Some("prdo"),
            "--profile: there is no profile `prdo` in FILE, which has prod, dev | did you mean `prod`?",
        ),
        (
            two,
            Some("x"),
            "--profile: there is no profile `x` in FILE, which has prod, dev | make it with: aep-export \
             config init --profile x",
        ),
        (
            "",
            Some("x"),
            "--profile: there is no profile `x` in FILE, which has none | make it with: aep-export \
             config init --profile x",
        ),
        (
            "\ndefault_profile = 'x'",
            None,
            "`default_profile` in FILE:2: there is no profile `x` in FILE, which has none | make it \
             with: aep-export config init --profile x",
        ),
    ] {
        assert_eq!(load(text, asked).unwrap_err(), expected);
    }
    let without_a_file = |file: Option<&ConfigFile>| {
        let asked = Asked { name: "x".to_owned(), origin: Origin::Variable("AEP_PROFILE") };
        Profile::load(file, Some(asked)).unwrap_err().message().to_owned()
    };
    assert_eq!(
        without_a_file(None),
        "AEP_PROFILE: there is no profile `x`: there is no home directory for a config file"
    );
    let usual = ConfigFile::of(&BTreeMap::new(), Some(Path::new("/none")), None);
    assert_eq!(
        without_a_file(usual.as_ref()),
        "AEP_PROFILE: there is no profile `x`: there is no file /none/aep-export/config.toml"
    );
    assert!(Profile::load(usual.as_ref(), None).unwrap().0.is_none());
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let variables = [("AEP_CONFIG".to_owned(), OsString::from("/none/c.toml"))].into();
    let file = ConfigFile::of(&variables, None, None);
    let failure = Profile::load(file.as_ref(), None).unwrap_err();
    assert_eq!(failure.message(), "AEP_CONFIG: there is no file /none/c.toml");
}

#[test]
fn every_setting_can_stand_in_a_profile() {
    let lines = [
        ("base_url = ' https://a '", "https://a"),
        ("scopes = 'openid, session'", "openid, session"),
        ("scopes = ['openid', 'session']", "openid,session"),
        ("retries = 7", "7"),
        ("token_cache = false", "false"),
        ("emulator_dir = '~/data'", "/home/me/data"),
    ];
    for (line, expected) in lines {
        let name = line.split(' ').next().unwrap();
        let key = Key::ALL.into_iter().find(|key| key.name() == name).unwrap();
        let profile = load(&format!("[profiles.default]\n\n{line}"), None).unwrap().0.unwrap();
        let Setting { value, origin } = profile.get(key).unwrap().unwrap();
        assert_eq!(value, expected);
        let origin = origin.to_string();
        assert!(origin.starts_with(&format!("`{name}` of profile `default` in /")), "{origin}");
        assert!(origin.ends_with("config.toml:3"), "{origin}");
        assert!(
            !format!("{profile:?}").contains(expected) || ["7", "false"].contains(&expected),
            "{profile:?}"
        );
    }
    let mut text = String::from("[profiles.default]\n");
    for key in Key::ALL {
        let value = match key.shape() {
            Shape::Number => "7",
            Shape::Switch => "true",
            _ => "'7'",
        };
        text.push_str(&format!("{} = {value}\n", key.name()));
    }
    let profile = load(&text, None).unwrap().0.unwrap();
    for key in Key::ALL {
        assert!(profile.get(key).unwrap().is_some(), "{key:?}");
    }
}

#[test]
fn the_example_of_the_page_of_settings_is_understood() {
    let page = include_str!("../../../../../docs/reference/settings.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    for name in ["prod", "dev"] {
        let (profile, warnings) = load(example, Some(name)).unwrap();
        let profile = profile.unwrap();
        assert!(profile.secret(SecretKey::ClientSecret).unwrap().is_some(), "{name}");
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}

#[test]
fn secrets_in_every_form() {
    for (line, expected) in [
        ("client_secret = ' canary '", "(hidden)"),
        ("client_secret_file = '~/secret'", "(the file /home/me/secret)"),
        (
            "client_secret_command = ['pass', 'show', 'my aep']",
            "(the command `pass show 'my aep'`)",
        ),
        ("client_secret_command = ['~/bin/tell']", "(the command `/home/me/bin/tell`)"),
    ] {
        let profile = load(&format!("[profiles.default]\n{line}"), None).unwrap().0.unwrap();
        let setting = profile.secret(SecretKey::ClientSecret).unwrap().unwrap();
        assert_eq!(setting.source.to_string(), expected);
        assert!(!format!("{profile:?}").contains("canary"));
        assert_eq!(profile.secret(SecretKey::AccessToken).unwrap(), None);
    }
}

#[test]
fn what_is_wrong_is_told_by_place_and_never_by_value() {
    let cases = [
        ("org_id = 7", "FILE:2:10: `org_id` of profile `default` must be text, and is a number"),
        (
            "scopes = true",
            "FILE:2:10: `scopes` of profile `default` must be text, and is true or false",
        ),
        (
            "scopes = ['a', 7]",
            "FILE:2:10: `scopes` of profile `default` may hold nothing but texts",
        ),
        (
            "retries = 'canary'",
            "FILE:2:11: `retries` of profile `default` must be a whole number, and is text",
        ),
        (
            "client_secret = ['canary']",
            "FILE:2:17: `client_secret` of profile `default` must be text, and is an array",
        ),
        ("client_secret = ' '", "FILE:2:17: `client_secret` of profile `default` is empty"),
        (
            "access_token_command = 'show canary'",
            "FILE:2:24: `access_token_command` of profile `default` must be an array, such as \
             [\"pass\", \"show\", \"aep\"], and is text",
        ),
        (
            "access_token_command = []",
            "FILE:2:24: `access_token_command` of profile `default` names no program",
        ),
        (
            "client_secret = 'canary'\nclient_secret_file = 'canary'",
            "FILE:3:22: `client_secret_file` of profile `default` stands beside `client_secret`: \
             one of them is enough",
        ),
        (
            "client_secret_command = ['canary']\nclient_secret_file = 'canary'",
            "FILE:2:25: `client_secret_command` of profile `default` stands beside \
             `client_secret_file`: one of them is enough",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(load(&format!("[profiles.default]\n{line}"), None).unwrap_err(), expected);
    }
    for (text, expected) in [
        ("profiles = 'canary'", "FILE:1:12: `profiles` must be a table, and is text"),
        ("[profiles]\nx = 'canary'", "FILE:2:5: profile `x` must be a table, and is text"),
        ("[[profiles]]", "FILE:1:1: `profiles` must be a table, and is an array"),
        ("default_profile = 3", "FILE:1:19: `default_profile` must be text, and is a number"),
    ] {
        assert_eq!(load(text, None).unwrap_err(), expected);
    }
    // What is wrong with a profile that is not used is no one's trouble now.
    assert!(load("[profiles.default]\n[profiles.other]\norg_id = 7", None).is_ok());
}

#[test]
fn what_means_nothing_is_warned_of_with_what_may_be_meant() {
    let text = "org_id = 'canary'\ndefault-profile = 'x'\n[profiles.default]\nclientid = 'canary'\n\
        colour = 'canary'\nAEP_SANDBOX = 'canary'\n[other]\n";
    let (_, warnings) = load(text, None).unwrap();
    assert_eq!(
        warnings,
        [
            "FILE:1:1: unknown key `org_id` (it belongs into a profile, such as [profiles.default])",
            "FILE:2:1: unknown key `default-profile` (did you mean `default_profile`?)",
            "FILE:7:2: unknown key `other`",
            "FILE:4:1: unknown key `clientid` of profile `default` (did you mean `client_id`?)",
            "FILE:5:1: unknown key `colour` of profile `default`",
            "FILE:6:1: unknown key `AEP_SANDBOX` of profile `default` (did you mean `sandbox`?)",
        ]
    );
}

/// A value of any type that holds the canary.
fn value() -> impl Strategy<Value = String> {
    let texts = prop_oneof![
        Just("'canary'".to_owned()),
        Just("\"canary\"".to_owned()),
        Just("'~/canary'".to_owned()),
        Just("'''\ncanary\ncanary'''".to_owned()),
        Just("''".to_owned()),
        Just("17".to_owned()),
        Just("true".to_owned()),
        Just("2026-01-01".to_owned()),
    ];
    texts.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[{}]", all.join(", "))),
            inner.prop_map(|value| format!("{{a = {value}}}")),
        ]
    })
}

proptest! {
    /// Whatever the values are: a profile or a sentence, and no value in any sentence.
    #[test]
    fn no_value_panics_or_is_repeated(lines in prop::collection::vec((0usize..40, value()), 0..6)) {
        let mut known = names();
        known.extend(["default_profile".to_owned(), "else".to_owned()]);
        let mut seen = std::collections::BTreeSet::new();
        let mut text = String::from("[profiles.default]\n");
        for (index, value) in lines {
            let name = &known[index % known.len()];
            if seen.insert(name.clone()) {
                text.push_str(&format!("{name} = {value}\n"));
            }
        }
        match load(&text, None) {
            Ok((_, warnings)) => prop_assert!(!warnings.concat().contains("canary"), "{warnings:?}"),
            Err(failure) => prop_assert!(!failure.contains("canary"), "{failure}"),
        }
    }
}
