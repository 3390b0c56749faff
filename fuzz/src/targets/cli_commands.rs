//! The program with any words and any document under `--dry-run`: it ends with a code that fits, says
//! no secret, and sends a document as it was given.
//!
//! The first line has the words; the rest is standard input. No word may name a place on the disk, and
//! nothing that keeps or serves something is run.

use crate::block::first_line;
use crate::program::Ran;
use serde_json::Value;

const SECRETS: [&str; 2] = ["token-canary", "secret-canary"];
const VARS: [(&str, &str); 5] = [
    ("AEP_BASE_URL", "https://platform.example"),
    ("AEP_ORG_ID", "0123456789ABCDEF01234567@AdobeOrg"),
    ("AEP_CLIENT_ID", "a-client"),
    ("AEP_CLIENT_SECRET", SECRETS[1]),
    ("AEP_ACCESS_TOKEN", SECRETS[0]),
];
const FORBIDDEN: [&str; 6] = ["emulator", "auth", "config", "doctor", "api", "report"];
const ASKED: &str = "create -f - -o json";

pub(super) fn target(data: &[u8]) {
    let (line, stdin) = first_line(data);
    let touches_the_world = line.contains(['/', '\\', '\0'])
        || FORBIDDEN.iter().any(|word| line.contains(word))
        || SECRETS.iter().any(|secret| line.contains(secret));
    if touches_the_world {
        return;
    }
    let given: Vec<&str> = line.split_whitespace().collect();
    let words: Vec<&str> = ["--dry-run"].into_iter().chain(given.iter().copied()).collect();
    let ran = Ran::of(&words, &VARS, stdin);
    let said = ran.said();
    let document = String::from_utf8_lossy(stdin);
    for secret in SECRETS {
        assert!(!said.contains(secret) || document.contains(secret), "{said}");
    }
    assert!(ran.is_done() || ran.is_refused(), "{:?}: {said}", ran.code);
    let formats = given.iter().filter(|word| word.starts_with("-o")).count();
    let json = formats == 1 && given.windows(2).any(|pair| pair == ["-o", "json"]);
    if json && ran.is_refused() && !given.contains(&"--") && !line.contains("--output") {
        let last = ran.stderr.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{said}"));
        assert!(error["message"].is_string(), "{error}");
    }
    if line.trim() == ASKED && ran.is_done() {
        let requests: Value = serde_json::from_str(&ran.stdout).expect("a list of requests");
        assert_eq!(requests[0]["body"].as_str(), Some(&*document), "not as it was given");
    }
}
