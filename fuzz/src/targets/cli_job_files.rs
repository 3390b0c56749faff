//! A job file in any of its languages under `--dry-run`: it is refused and says why, or what would be sent
//! is an object in JSON, which is sent just so when it is given itself.
//!
//! The first line is the end of the file's name; the rest is the file.

use std::fs;

use crate::block::first_line;
use crate::program::{Ran, in_a_folder_of_its_own};
use serde_json::Value;

const SECRET: &str = "token-canary";
const VARS: [(&str, &str); 4] = [
    ("AEP_BASE_URL", "https://platform.example"),
    ("AEP_ORG_ID", "0123456789ABCDEF01234567@AdobeOrg"),
    ("AEP_CLIENT_ID", "a-client"),
    ("AEP_ACCESS_TOKEN", SECRET),
];

pub(super) fn target(data: &[u8]) {
    in_a_folder_of_its_own();
    let (language, file) = first_line(data);
    let name = match language.trim() {
        "yaml" => "job.yaml",
        "toml" => "job.toml",
        _ => "job.json",
    };
    fs::write(name, file).expect("a file");
    let ran = create(name, b"");
    let said = ran.said();
    assert!(ran.is_done() || ran.is_refused(), "{:?}: {said}", ran.code);
    let text = String::from_utf8_lossy(file);
    assert!(!said.contains(SECRET) || text.contains(SECRET), "{said}");
    if ran.is_refused() {
        let last = ran.stderr.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{said}"));
        assert!(error["message"].is_string(), "{error}");
        return;
    }
    let sent = body(&ran);
    let document: Value = serde_json::from_str(&sent).expect("JSON");
    assert!(document.is_object(), "{sent}");
    // A variable that is escaped in the file would be one here.
    if !text.contains("${") {
        let again = create("-", sent.as_bytes());
        assert!(again.is_done(), "{sent}: {}", again.said());
        assert_eq!(body(&again), sent);
    }
}

fn create(file: &str, stdin: &[u8]) -> Ran {
    Ran::of(&["create", "-f", file, "--dry-run", "-o", "json"], &VARS, stdin)
}

fn body(ran: &Ran) -> String {
    let requests: Value = serde_json::from_str(&ran.stdout).expect("a list of requests");
    requests[0]["body"].as_str().expect("a body").to_owned()
}
