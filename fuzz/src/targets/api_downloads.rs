//! A file fetched from a service that may break off, send another part, or have another state, into a
//! folder where an earlier run left anything at all: what stands under the file's name is the file, or
//! what its record vouches for.
//!
//! The first line has the length that is listed, or `-`, and the name. The first block is the file, with
//! its headers. Blocks `part` and `record` are what is in the folder; each other one spoils an answer,
//! by the words in its first line.

use std::fs;
use std::path::Path;

use aep_export_api::ExportFile;
use crate::block::{Block, blocks, first_line};
use crate::client::{client, run};
use crate::service::Service;
use aep_export_transport::{Body, TransportError};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use tempfile::TempDir;

pub(super) fn target(data: &[u8]) {
    let (line, rest) = first_line(data);
    let (length, name) = line.split_once(' ').unwrap_or((&line, ""));
    let (length, name) = (length.parse().ok(), name.to_owned());
    let file = ExportFile { file_id: "f1".into(), name, length };
    let mut given = blocks(rest).into_iter();
    let whole = given.next().expect("there is always one");
    let (there, spoilt): (Vec<_>, Vec<_>) =
        given.partition(|block| block.says("part") || block.says("record"));

    let house = TempDir::new().expect("a temporary folder");
    let folder = house.path().join("in");
    fs::create_dir(&folder).expect("a folder");
    left_behind(&folder, &file.name, &there);
    let part = there.iter().rfind(|block| block.says("part")).map(|block| block.body.clone());
    fetch(&folder, &file, &Sides { whole, part: part.unwrap_or_default() }, spoilt);
    let beside = fs::read_dir(house.path()).expect("a folder").count();
    assert_eq!(beside, 1, "{:?} left its folder", file.name);
}

/// As a run leaves it that was killed.
fn left_behind(folder: &Path, name: &str, there: &[Block]) {
    if name.is_empty() || name.contains(['/', '\0']) || name.len() > 100 {
        return;
    }
    for block in there {
        let ending = if block.says("part") { ".part" } else { ".part.log" };
        fs::write(folder.join(format!("{name}{ending}")), &block.body).expect("a file");
    }
}

/// Where bytes can be from.
struct Sides {
    /// The service's file.
    whole: Block,
    /// What was there. A record that says all of it is of this very file cannot be doubted.
    part: Bytes,
}

impl Sides {
    fn have(&self, bytes: &[u8]) -> bool {
        let from = |(at, byte)| [&self.whole.body, &self.part].iter().any(|side| side.get(at) == byte);
        bytes.len() == self.whole.body.len() && (0..).zip(bytes.iter().map(Some)).all(from)
    }
}

fn fetch(folder: &Path, file: &ExportFile, sides: &Sides, spoilt: Vec<Block>) {
    let served = sides.whole.clone();
    let service = Service::new(move |request, number| {
        let spoilt = spoilt.get(number).map_or("", |block| &block.line);
        answer(&served, request, spoilt)
    });
    let client = client(&service);
    let download = client.files().downloader().files([file.clone()]).to(folder);
    let ended = run(async { download.await });
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names = entries.map(|entry| entry.file_name());
    match ended {
        Ok(downloaded) => {
            let [fetched] = downloaded.files.as_slice() else { panic!("one file") };
            assert_eq!(fetched.path, folder.join(&file.name));
            let bytes = fs::read(&fetched.path).expect("the file");
            // What is listed as empty is not asked for.
            let is_it = sides.have(&bytes) || file.length == Some(0);
            assert!(is_it, "other bytes than those of the file");
            assert_eq!(fetched.bytes, bytes.len() as u64);
            assert!(file.length.is_none_or(|length| length == fetched.bytes));
        }
        Err(error) => {
            assert!(!error.failures().is_empty() && error.done().is_empty());
            let under_its_name = names.any(|name| name.to_str() == Some(&file.name));
            assert!(!under_its_name, "{:?} is not whole: {error}", file.name);
        }
    }
}

/// What an honest service answers, unless it is told to be otherwise. It never says of bytes that they
/// stand where they do not.
fn answer(
    whole: &Block,
    request: &Request<Bytes>,
    spoilt: &str,
) -> Result<Response<Body>, TransportError> {
    let says = |word: &str| spoilt.split_whitespace().any(|found| found == word);
    let number = spoilt.split_whitespace().find_map(|word| word.parse::<u16>().ok());
    let count = usize::from(number.unwrap_or(1));
    if says("error") {
        return Block::read(b"502 interrupted").answer();
    }
    if says("status") {
        return Block::read(format!("{}\n\nsorry", number.unwrap_or(503)).as_bytes()).answer();
    }
    let all = &whole.body;
    let (mut first, mut end) = (0, all.len());
    let range = request.headers().get(header::RANGE).filter(|_| !says("ignore"));
    if let Some((start, last)) = range.map(range_of) {
        (first, end) = (start.min(all.len()), last.saturating_add(1).min(all.len()));
        if says("shift") {
            first = first.saturating_sub(count);
        }
        if says("short") {
            end = end.min(first + count);
        }
        if first >= end {
            return Block::read(b"416").answer();
        }
    }
    let mut body = all.slice(first..end);
    let mut line = "200";
    if says("cut") {
        line = "200 cut";
        body.truncate(count);
    }
    let block = Block { line: line.to_owned(), headers: whole.headers.clone(), body };
    let mut response = block.answer()?;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_RANGE);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - first));
    if says("changed") {
        headers.insert(header::ETAG, HeaderValue::from_static("\"another\""));
    }
    if range.is_some() {
        let range = format!("bytes {first}-{}/{}", end - 1, all.len());
        headers.insert(header::CONTENT_RANGE, range.parse().expect("a header"));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The first and the last byte of what is asked for.
fn range_of(header: &HeaderValue) -> (usize, usize) {
    let text = header.to_str().expect("the client's own");
    let range = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let (first, last) = range.expect("a range");
    (first.parse().expect("a place"), last.parse().expect("a place"))
}
