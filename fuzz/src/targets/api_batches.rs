//! Whole batches fetched from a service that answers anything: nothing is written outside of the folder,
//! what is said to be there is there, and what the manifest says of it is so.
//!
//! The first line names the batches. Blocks are answers, and say what they are asked for: `files` for the
//! list of a batch, `parts` for that of a file, `batch`, or `bytes`. Several of one kind take turns.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use aep_export_api::{DownloadedFile, Manifest};
use aep_export_transport::{Body, TransportError};
use http::{Response, Uri};
use tempfile::TempDir;

use crate::block::{Block, blocks, first_line};
use crate::client::{client, run};
use crate::service::Service;

pub(super) fn target(data: &[u8]) {
    let (batches, rest) = first_line(data);
    let answers = blocks(rest);
    let service = Service::new(move |request, number| answer(&answers, request.uri(), number));
    let client = client(&service);
    let house = TempDir::new().expect("a temporary folder");
    let folder = house.path().join("in");
    let downloader = client.files().downloader().connections(NonZeroUsize::MIN);
    let download = downloader.batches(batches.split(' ').map(Into::into)).to(&folder);
    match run(async { download.await }) {
        Ok(downloaded) => {
            downloaded.files.iter().for_each(|file| is_there(&folder, file));
            let manifest = Manifest::read(&folder).expect("a manifest");
            let verified = manifest.expect("a manifest").verify(&folder, |_| Ok(()));
            let verified = verified.expect("a folder");
            assert!(verified.differences.is_empty(), "{:?}", verified.differences);
            assert_eq!(verified.files, downloaded.files.len());
        }
        Err(error) => {
            assert!(!error.failures().is_empty() && !error.to_string().is_empty());
            error.done().iter().for_each(|file| is_there(&folder, file));
        }
    }
    let beside = fs::read_dir(house.path()).expect("a folder").flatten();
    assert!(beside.map(|entry| entry.path()).all(|path| path == folder), "it left its folder");
}

fn answer(
    answers: &[Block],
    uri: &Uri,
    number: usize,
) -> Result<Response<Body>, TransportError> {
    let kind = match uri.path() {
        path if path.ends_with("/files") => "files",
        path if path.contains("/catalog/") => "batch",
        _ if uri.query().is_some_and(|query| query.contains("path=")) => "bytes",
        _ => "parts",
    };
    let answers: Vec<_> = answers.iter().filter(|block| block.says(kind)).collect();
    match answers.is_empty() {
        true => Block::read(b"503").answer(),
        false => answers[number % answers.len()].answer(),
    }
}

fn is_there(folder: &Path, file: &DownloadedFile) {
    assert!(file.path.starts_with(folder), "{:?}", file.path);
    let found = fs::symlink_metadata(&file.path).expect("a file");
    assert!(found.is_file() && found.len() == file.bytes, "{:?}", file.path);
}
