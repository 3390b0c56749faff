//! The wire over real sockets, and the whole stack over the wire.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests are tests too"
)]

mod proxy;
mod retry;
mod secrets;
mod server;
mod stack;
mod tls;
mod token_crowd;
mod wire;

use std::error::Error;
use std::process::Command;

use aep_export_transport::{OperationInfo, Replay, TransportError};
use bytes::Bytes;

/// The error with all its causes, as a log would show them, and as `Debug` does.
fn whole(error: &TransportError) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text} {error} {error:?}");
        cause = error.source();
    }
    text
}

fn get(url: String) -> http::Request<Bytes> {
    http::Request::get(url).body(Bytes::new()).unwrap()
}

fn post(url: String, info: OperationInfo) -> http::Request<Bytes> {
    http::Request::post(url).extension(info).body(Bytes::from_static(b"{}")).unwrap()
}

const CREATE: OperationInfo = OperationInfo::new("export_jobs.create", Replay::Never);

/// Runs one test of this binary in a process with other environment variables.
fn passes_with(test: &str, environment: &[(&str, &str)]) -> bool {
    let itself = std::env::current_exe().unwrap();
    let output = Command::new(itself)
        .args([test, "--exact", "--include-ignored", "--test-threads=1"])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("running 1 test"), "{text}");
    if !output.status.success() {
        eprintln!("{text}");
    }
    output.status.success()
}
