//! The documents, read and written as a program would.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's own functions fail like the test"
)]

mod catalog;
mod damage;
mod errors;
mod files;
mod generated;
mod guide;
mod jobs;
mod listings;
mod metrics;
mod pages;
mod properties;
mod requests;
mod segment_jobs;
mod segments;
mod values;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a document through text and through a value: both ways must agree.
fn read<T: DeserializeOwned + PartialEq + std::fmt::Debug>(document: &Value) -> T {
    let from_text = serde_json::from_str(&document.to_string()).expect("readable text");
    let from_value = serde_json::from_value(document.clone()).expect("readable value");
    assert_eq!(from_text, from_value);
    from_text
}

fn written<T: Serialize>(document: &T) -> Value {
    serde_json::to_value(document).expect("writable")
}
