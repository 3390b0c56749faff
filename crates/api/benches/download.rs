//! What `cargo xtask bench download` measures: a download in a process of its own that says what it
//! took.
//!
//! `download BASE_URL BATCH FOLDER CONNECTIONS (sha256|plain)` prints it as a line of JSON.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for developers, which may fail loudly"
)]

use std::fs;
use std::time::Instant;

use aep_export_api::Client;
use aep_export_transport::Secret;
use serde_json::json;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [base_url, batch, folder, connections, digest] => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let connections = connections.parse().expect("a number");
            runtime.unwrap().block_on(run(base_url, batch, folder, connections, digest));
        }
        // `cargo bench` runs it too.
        _ => println!("to measure: cargo xtask bench download"),
    }
}

async fn run(base_url: &str, batch: &str, folder: &str, connections: usize, digest: &str) {
    let begin = Instant::now();
    let client = Client::builder()
        .base_url(base_url)
        .organization("bench@AdobeOrg")
        .api_key("bench")
        .sandbox("prod")
        .access_token(Secret::new("bench"))
        .build()
        .unwrap();
    let downloader = client.files().downloader().batches([batch.into()]);
    let downloader = downloader.connections(connections.try_into().expect("some"));
    let downloaded = downloader.sha256(digest == "sha256").to(folder).await.unwrap();
    let wall = begin.elapsed().as_secs_f64();
    let bytes: u64 = downloaded.files.iter().map(|file| file.bytes).sum();
    let told = json!({"wall": wall, "cpu": cpu(), "peak_rss_kib": peak(), "bytes": bytes});
    println!("{told}");
}

/// Seconds of this process, in programs and in the system on their behalf. Linux tells; elsewhere it
/// is not known.
fn cpu() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program is in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let hundredths = fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?;
    Some(hundredths as f64 / 100.0)
}

fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
