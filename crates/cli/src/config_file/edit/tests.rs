use std::path::Path;
use std::sync::Arc;

use super::*;

/// `text` after `change`.
fn changed(text: &str, change: impl FnOnce(&mut Edit)) -> String {
    let text = Text::parse(&Arc::from(Path::new("c.toml")), text.as_bytes().to_vec()).unwrap();
    let mut edit = Edit::of(Some(text)).unwrap();
    change(&mut edit);
    edit.document.to_string()
}

#[test]
fn what_is_not_meant_stays_byte_for_byte() {
    let before = "# Mine.\ndefault_profile = 'dev' # for now\n\n# The one to play with.\n\
        [profiles.dev]\norg_id   =   'a'   # ours\nsandbox = \"dev\"\n\n\
        [ profiles.prod ]\nscopes = [\n  'x', # one\n]\n# The end.\n";
    let after = changed(before, |edit| {
        edit.set("dev", "org_id", "b");
        edit.set("dev", "client_id", "c");
        edit.set_default_profile("prod");
        assert!(edit.remove("dev", "sandbox"));
        assert!(!edit.remove("dev", "sandbox"));
        assert!(!edit.remove("none", "sandbox"));
    });
    assert_eq!(
        after,
        "# Mine.\ndefault_profile = \"prod\" # for now\n\n# The one to play with.\n\
        [profiles.dev]\norg_id   =   \"b\"   # ours\nclient_id = \"c\"\n\n\
        [ profiles.prod ]\nscopes = [\n  'x', # one\n]\n# The end.\n"
    );
}

#[test]
fn a_profile_is_added_to_a_file_of_any_style() {
    for (before, after) in [
        ("", "[profiles.\"my one\"]\nsandbox = \"s\"\n"),
        ("# Mine.\n", "# Mine.\n[profiles.\"my one\"]\nsandbox = \"s\"\n"),
        (
            "[profiles.dev]\nsandbox = 'dev'\n",
            "[profiles.dev]\nsandbox = 'dev'\n\n[profiles.\"my one\"]\nsandbox = \"s\"\n",
        ),
        (
            "profiles = { dev = { sandbox = 'dev' } }\n",
            "profiles = { dev = { sandbox = 'dev' } , \"my one\" = { sandbox = \"s\" } }\n",
        ),
        (
            "profiles.dev.sandbox = 'dev'\n",
            "profiles.dev.sandbox = 'dev'\n\n[profiles.\"my one\"]\nsandbox = \"s\"\n",
        ),
    ] {
        let text = changed(before, |edit| edit.set("my one", "sandbox", "s"));
        assert_eq!(text, after, "{before}");
    }
}

#[test]
fn a_new_file_reads_well() {
    for (before, after) in [
        ("", "default_profile = \"dev\"\n\n[profiles.dev]\nsandbox = \"s\"\n"),
        ("# Mine.\n", "# Mine.\ndefault_profile = \"dev\"\n\n[profiles.dev]\nsandbox = \"s\"\n"),
    ] {
        let text = changed(before, |edit| {
            edit.set_default_profile("dev");
            edit.set("dev", "sandbox", "s");
        });
        assert_eq!(text, after);
    }
}
