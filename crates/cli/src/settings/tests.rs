use std::collections::BTreeSet;

use super::*;

fn settings(flag: Option<&str>, variable: Option<&str>) -> Settings {
    let flags = Flags::default().with(Key::Sandbox, "--sandbox", flag.map(str::to_owned));
    let variables = variable
        .map(|value| ("AEP_SANDBOX".to_owned(), OsString::from(value)))
        .into_iter()
        .collect();
    Settings::new(flags, variables, None)
}

#[test]
fn flag_then_environment_then_default() {
    let cases = [
        (Some("flag"), Some("variable"), "flag", "--sandbox"),
        (None, Some("variable"), "variable", "AEP_SANDBOX"),
        (None, Some(""), "prod", "the default"),
        (None, None, "prod", "the default"),
    ];
    for (flag, variable, value, origin) in cases {
        let setting = settings(flag, variable).get(Key::Sandbox).unwrap().unwrap();
        assert_eq!((setting.value.as_str(), setting.origin.to_string().as_str()), (value, origin));
    }
}

#[test]
fn a_setting_does_not_show_its_value() {
    let setting = settings(Some("canary"), None).get(Key::Sandbox).unwrap().unwrap();
    assert!(!format!("{setting:?}").contains("canary"));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt;

    let variables = [("AEP_ORG_ID".to_owned(), OsString::from_vec(vec![0xff]))].into();
    let failure =
        Settings::new(Flags::default(), variables, None).get(Key::Organization).unwrap_err();
    assert_eq!(failure.message(), "AEP_ORG_ID is not valid UTF-8");
}

/// The page is where people look for them; it is also how a setting that no profile may have is
/// noticed.
#[test]
fn the_page_of_settings_has_every_variable_and_no_other() {
    let page = include_str!("../../../../docs/reference/settings.md");
    let lines = page.lines().take_while(|line| !line.starts_with("## "));
    let documented: BTreeSet<&str> = lines
        .filter_map(|line| line.strip_prefix("| `AEP_"))
        .filter_map(|rest| rest.split_once('`').map(|(name, _)| name))
        .collect();
    let settings = Key::ALL.iter().map(|key| key.variable());
    let secrets = SecretKey::ALL.iter().flat_map(|key| [key.variable(), key.file_variable()]);
    let known: BTreeSet<&str> = settings
        .chain(secrets)
        .chain(["AEP_COMPLETION_TIMEOUT", "AEP_CONFIG", "AEP_PROFILE"])
        .filter_map(|name| name.strip_prefix("AEP_"))
        .collect();
    assert_eq!(documented, known);
}
