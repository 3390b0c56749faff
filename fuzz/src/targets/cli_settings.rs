//! What the program reads of the user's settings: a config file, and files with credentials that are
//! imported into one. Wrong ones are refused without repeating them; what was imported can be used.
//!
//! The first line is `file PROFILE` and the rest the config file, or it is `import` and the rest the file
//! that is imported.

use std::fs;
use std::path::Path;

use crate::block::first_line;
use crate::program::{Ran, in_a_folder_of_its_own, write_for_the_owner_alone};
use serde_json::Value;

const CONFIG: &str = "config.toml";
const VARS: [(&str, &str); 1] = [("AEP_CONFIG", CONFIG)];
/// What inputs call their secrets.
const CANARY: &str = "canary";

pub(super) fn target(data: &[u8]) {
    in_a_folder_of_its_own();
    let (line, rest) = first_line(data);
    match line.strip_prefix("file ") {
        Some(profile) => config_file(profile.trim(), rest),
        None => import(rest),
    }
}

fn config_file(profile: &str, config: &[u8]) {
    let text = String::from_utf8_lossy(config);
    // Nothing outside of this process and its folder.
    if ["command", "file", "dir"].iter().any(|word| text.contains(word)) || profile.contains('\0') {
        return;
    }
    write_for_the_owner_alone(Path::new(CONFIG), config);
    // A key may be repeated; a value may not.
    let in_keys = |line: &str| line.split('=').next().is_some_and(|key| key.contains(CANARY));
    let only_in_values =
        !text.lines().any(in_keys) && !text.contains('{') && !profile.contains(CANARY);
    for words in
        [&["list", "--dry-run"][..], &["config", "show", "-o", "json"], &["config", "path"]]
    {
        let words: Vec<&str> = [words, &["--profile", profile]].concat();
        let ran = Ran::of(&words, &VARS, b"");
        let said = ran.said();
        assert!(ran.is_done() || ran.is_refused(), "{:?}: {said}", ran.code);
        if ran.is_refused() && only_in_values {
            assert!(!said.contains(CANARY), "{said}");
        }
        if ran.is_done() && words[1] == "show" {
            let settings: Value = serde_json::from_str(&ran.stdout).expect("a list");
            assert!(settings.as_array().is_some_and(|settings| settings.len() > 3));
        }
    }
    fs::remove_file(CONFIG).expect("it was written");
}

fn import(file: &[u8]) {
    if Path::new(CONFIG).exists() {
        fs::remove_file(CONFIG).expect("left by an input that broke something");
    }
    let ran = Ran::of(&["config", "import", "-", "--profile", "p"], &VARS, file);
    let said = ran.said();
    assert!(ran.is_done() || ran.is_refused(), "{:?}: {said}", ran.code);
    if ran.is_refused() {
        assert!(!said.contains(CANARY), "{said}");
        assert!(!Path::new(CONFIG).exists(), "something was written: {said}");
        return;
    }
    is_private();
    let shown = Ran::of(&["config", "show", "--profile", "p", "-o", "json"], &VARS, b"");
    assert!(shown.is_done(), "{}", shown.said());
    let again = Ran::of(&["list", "--dry-run", "--profile", "p", "-o", "json"], &VARS, b"");
    // An address that cannot be used is said when it is to be used.
    assert!(again.is_done() || again.stderr.contains("_url"), "{}", again.said());
    fs::remove_file(CONFIG).expect("it was written");
}

fn is_private() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let found = fs::metadata(CONFIG).expect("it was written");
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
    }
}
