//! The file of a kept token: whatever stands there is a token of this client, or is not used; nothing of
//! it is told but how long it is good.
//!
//! The input is the file.

use std::fs;
use std::path::Path;

use crate::program::{CACHE, Ran, in_a_folder_of_its_own, write_for_the_owner_alone};
use serde_json::Value;

const IMS: &str = "https://ims.example";
const CLIENT: &str = "a-client";
const VARS: [(&str, &str); 6] = [
    ("AEP_BASE_URL", "https://platform.example"),
    ("AEP_IMS_URL", IMS),
    ("AEP_ORG_ID", "0123456789ABCDEF01234567@AdobeOrg"),
    ("AEP_CLIENT_ID", CLIENT),
    ("AEP_SCOPES", "openid"),
    ("AEP_CLIENT_SECRET", "p8e"),
];
/// Where this client's token is kept, in the folder for caches.
const FILE: &str = "aep-export/tokens/environment-cca98a3366fc7517.json";
/// What inputs call their secrets.
const CANARY: &str = "canary";

pub(super) fn target(data: &[u8]) {
    in_a_folder_of_its_own();
    let file = Path::new(CACHE).join(FILE);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    write_for_the_owner_alone(&file, data);
    let ran = Ran::of(&["auth", "status", "-o", "json"], &VARS, b"");
    let said = ran.said();
    assert!(ran.is_done(), "{:?}: {said}", ran.code);
    // A person is told why it is not used.
    let told = Ran::of(&["auth", "status"], &VARS, b"").said();
    assert!(!said.contains(CANARY) && !told.contains(CANARY), "{said}{told}");
    let status: Value = serde_json::from_str(&ran.stdout).expect("a document");
    let token = &status["token"];
    assert_eq!(token["file"].as_str(), file.to_str(), "another file was read: {said}");
    let state = token["state"].as_str().expect("a state");
    assert!(["kept", "ended", "unusable"].contains(&state), "{said}");
    if state == "unusable" {
        return;
    }
    assert_eq!(state == "kept", token["seconds_left"].as_i64() > Some(0), "{said}");
    // A value is read more strictly, also where nobody looks.
    if let Ok(kept) = serde_json::from_slice::<Value>(data) {
        assert_eq!((&kept["ims_url"], &kept["client_id"]), (&IMS.into(), &CLIENT.into()));
        assert_eq!(kept["scopes"], Value::from(["openid"].as_slice()));
        assert!(kept["access_token"].is_string(), "{said}");
    }
}
