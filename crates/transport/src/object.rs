//! JSON objects from outside.

use serde::de::DeserializeOwned;

/// Reads an object; `None` for anything else. Without a look at how it begins, a list of the values
/// of its members would be read as well.
///
/// What serde says of it is left out: it may quote the document, and so a secret.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    let is_object = json.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(json).ok()).flatten()
}
