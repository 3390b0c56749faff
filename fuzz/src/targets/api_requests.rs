//! From any id, name and address to a request: it stays under the base address, an id is exactly one
//! segment of the path, and every value comes out as it went in.
//!
//! Three lines: the operation, the id or value, and a base address.

use aep_export_api::{
    BaseUrl, CancelExportJob, CancelSegmentJob, Error, ErrorKind, ExportFile, GetAudience, GetBatch, GetDataset,
    GetExportJob, GetSegmentJob, ListExportJobs, ListFiles, OpenFile, Operation,
};
use crate::block::first_line;
use crate::service::BASE;
use bytes::Bytes;
use url::Url;

pub(super) fn target(data: &[u8]) {
    let (operation, rest) = first_line(data);
    let (id, rest) = first_line(rest);
    let (base, _) = first_line(rest);
    let home = BaseUrl::parse(BASE).expect("an address");
    at(&home, operation.trim(), &id);
    if let Ok(base) = BaseUrl::parse(&base) {
        let same = BaseUrl::parse(base.as_str()).expect("an address is its own text");
        assert_eq!(same, base);
        at(&base, operation.trim(), &id);
    }
}

fn at(base: &BaseUrl, operation: &str, id: &str) {
    let ups = &["data", "core", "ups"][..];
    let catalog = &["data", "foundation", "catalog"][..];
    let export = &["data", "foundation", "export"][..];
    let name = |name: &str| name.to_owned();
    let file = ExportFile { file_id: "f1".into(), name: name(id), length: None };
    let (request, expected) = match operation {
        "jobs.cancel" => {
            (CancelExportJob { id: id.into() }.request(base), path(ups, &["export", "jobs", id]))
        }
        "segment_jobs.get" => {
            (GetSegmentJob { id: id.into() }.request(base), path(ups, &["segment", "jobs", id]))
        }
        "segment_jobs.cancel" => {
            (CancelSegmentJob { id: id.into() }.request(base), path(ups, &["segment", "jobs", id]))
        }
        "datasets.get" => {
            (GetDataset { id: id.into() }.request(base), path(catalog, &["dataSets", id]))
        }
        "batches.get" => {
            (GetBatch { id: id.into() }.request(base), path(catalog, &["batches", id]))
        }
        "audiences.get" => (
            GetAudience { id: id.into() }.request(base),
            path(ups, &["segment", "definitions", id]),
        ),
        "files.list" => {
            (ListFiles::of_batch(id.into()).request(base), path(export, &["batches", id, "files"]))
        }
        "files.inside" => {
            (ListFiles::of_file(id.into()).request(base), path(export, &["files", id]))
        }
        "files.open" => {
            let request = OpenFile::whole(file).request(base);
            query(&request, &[("path", id)]);
            (request, path(export, &["files", "f1"]))
        }
        "jobs.list" => {
            let value = Some(name(id));
            let (offset, start, sort) = (value.clone(), value.clone(), value);
            let list = ListExportJobs { offset, start, sort, ..ListExportJobs::default() };
            let request = list.request(base);
            query(&request, &[("offset", id), ("start", id), ("sort", id)]);
            (request, path(ups, &["export", "jobs"]))
        }
        _ => (GetExportJob { id: id.into() }.request(base), path(ups, &["export", "jobs", id])),
    };
    match request {
        Ok(request) => stays(base, &request, &expected),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let odd_id = id.is_empty()
                || id.trim() != id
                || id.chars().all(|char| char == '.')
                || id.contains(['/', '\\', '%', '?', '#'])
                || id.contains(char::is_control);
            assert!(odd_id || base.as_str() != BASE || id.len() > 10_000, "{id:?} was refused");
        }
    }
}

fn path(service: &[&str], rest: &[&str]) -> Vec<String> {
    service.iter().chain(rest).map(|part| (*part).to_owned()).collect()
}

fn stays(base: &BaseUrl, request: &http::Request<Bytes>, expected: &[String]) {
    let url = Url::parse(&request.uri().to_string()).expect("what the wire parses");
    assert_eq!(url.origin().ascii_serialization(), base.origin().to_string());
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    let base = Url::parse(base.as_str()).expect("an address");
    let prefix: Vec<_> = segments(&base).into_iter().filter(|part| !part.is_empty()).collect();
    let found = segments(&url);
    let own: Vec<_> = found.iter().filter(|part| !part.is_empty()).skip(prefix.len()).collect();
    assert_eq!(own, expected.iter().collect::<Vec<_>>(), "{url}");
}

fn segments(url: &Url) -> Vec<String> {
    let decoded =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    url.path_segments().expect("a path").map(decoded).collect()
}

/// Nothing but these parameters, with these values.
fn query(request: &Result<http::Request<Bytes>, Error>, expected: &[(&str, &str)]) {
    let Ok(request) = request else { return };
    let url = Url::parse(&request.uri().to_string()).expect("what the wire parses");
    let found: Vec<_> = url.query_pairs().into_owned().collect();
    let expected: Vec<_> =
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(found, expected);
}
