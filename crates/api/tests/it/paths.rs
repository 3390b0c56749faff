//! Where requests go: whatever an operation is made of, it asks for its own path below the base.

use aep_export_api::{
    BaseUrl, CancelExportJob, CancelSegmentJob, CreateDataset, CreateExportJob, CreateSegmentJob,
    Error, ErrorKind, ExportFile, GetAudience, GetBatch, GetDataset, GetExportJob, GetSegmentJob,
    ListAudiences, ListDatasets, ListExportJobs, ListFiles, ListSegmentJobs, OpenFile, Operation,
};
use aep_export_model::{NewDataset, SegmentJobRequest};
use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use url::Url;

type Built = Result<Request<Bytes>, Error>;

const JOBS: &str = "data/core/ups/export/jobs";
const CATALOG: &str = "data/foundation/catalog";
const FILES: &str = "data/foundation/export";
const SEGMENTS: &str = "data/core/ups/segment/definitions";
const SEGMENT_JOBS: &str = "data/core/ups/segment/jobs";

/// Every operation with `text` in each of its parts: the path that it must have, `*` for the text,
/// and the request.
fn every_operation(base: &BaseUrl, text: &str) -> Vec<(String, Built)> {
    let file = ExportFile { file_id: text.into(), name: text.to_owned(), length: None };
    let list = ListExportJobs {
        offset: Some(text.to_owned()),
        start: Some(text.to_owned()),
        sort: Some(text.to_owned()),
        status: Some(text.into()),
        ..ListExportJobs::default()
    };
    let dataset = NewDataset::for_exports(text);
    let segment_jobs = ListSegmentJobs {
        start: Some(text.to_owned()),
        status: Some(text.into()),
        sort: Some(text.to_owned()),
        ..ListSegmentJobs::default()
    };
    // Never an empty id, nor one with white space around it: they are refused.
    let request = SegmentJobRequest::of([format!("a{text}z")]);
    vec![
        (JOBS.to_owned(), list.request(base)),
        (JOBS.to_owned(), CreateExportJob::from_document(text.to_owned()).request(base)),
        (format!("{JOBS}/*"), GetExportJob { id: text.into() }.request(base)),
        (format!("{JOBS}/*"), CancelExportJob { id: text.into() }.request(base)),
        (format!("{CATALOG}/dataSets"), CreateDataset { dataset }.request(base)),
        (format!("{CATALOG}/dataSets"), ListDatasets::default().request(base)),
        (format!("{CATALOG}/dataSets/*"), GetDataset { id: text.into() }.request(base)),
        (format!("{CATALOG}/batches/*"), GetBatch { id: text.into() }.request(base)),
        (SEGMENTS.to_owned(), ListAudiences::default().request(base)),
        (format!("{SEGMENTS}/*"), GetAudience { id: text.into() }.request(base)),
        (SEGMENT_JOBS.to_owned(), segment_jobs.request(base)),
        (SEGMENT_JOBS.to_owned(), CreateSegmentJob { request }.request(base)),
        (format!("{SEGMENT_JOBS}/*"), GetSegmentJob { id: text.into() }.request(base)),
        (format!("{SEGMENT_JOBS}/*"), CancelSegmentJob { id: text.into() }.request(base)),
        (format!("{FILES}/batches/*/files"), ListFiles::of_batch(text.into()).request(base)),
        (format!("{FILES}/files/*"), ListFiles::of_file(text.into()).request(base)),
        (format!("{FILES}/files/*"), OpenFile::whole(file).request(base)),
    ]
}

/// The request as the wire reads it goes to that path below the base, and to nowhere else.
fn goes_to(built: &Built, base: &str, path: &str, text: &str) -> Result<(), TestCaseError> {
    let request = match built {
        Ok(request) => request,
        Err(error) => {
            prop_assert!(path.contains('*'), "{path} holds nothing of the text: {error}");
            prop_assert_eq!(error.kind(), ErrorKind::Invalid);
            return Ok(());
        }
    };
    let url = Url::parse(&request.uri().to_string()).unwrap();
    let base = Url::parse(base).unwrap();
    let prefix = base.path().trim_matches('/');
    let wanted: Vec<&str> = [prefix, path]
        .iter()
        .flat_map(|part| part.split('/').filter(|part| !part.is_empty()))
        .map(|part| if part == "*" { text } else { part })
        .collect();
    let found: Vec<String> = url
        .path_segments()
        .unwrap()
        .map(|segment| percent_decode_str(segment).decode_utf8().unwrap().into_owned())
        .collect();
    prop_assert_eq!(&found, &wanted);
    prop_assert_eq!(url.origin(), base.origin());
    prop_assert_eq!(url.fragment(), None);
    Ok(())
}

fn all_go_where_they_must(text: &str) -> Result<(), TestCaseError> {
    for base in ["https://platform.example", "http://127.0.0.1:8377/behind/a/proxy"] {
        for (path, built) in every_operation(&BaseUrl::parse(base).unwrap(), text) {
            goes_to(&built, base, &path, text)?;
        }
    }
    Ok(())
}

#[test]
fn what_could_lead_elsewhere_does_not() {
    for text in [
        "",
        ".",
        "..",
        "...",
        "%2e%2e",
        "%2E.",
        "%252e",
        "a/b",
        "/",
        "//evil.test/",
        "\\",
        "a\\b",
        "a?b",
        "a#b",
        "a;b",
        "a:b",
        "@evil.test",
        "https://evil.test",
        " ",
        "\n",
        "\0",
        "\u{7f}",
        "é",
        "\u{202e}",
        "42",
        "5afe34ae-8c98-4513-8a1d-67ccaa54bc05",
        "%",
        "&x=y",
        "+",
        "*",
    ] {
        all_go_where_they_must(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
    let base = BaseUrl::parse("https://platform.example").unwrap();
    for text in ["", "..", "%2e%2e", "a/b", " ", " 7", "7\u{a0}"] {
        for (path, built) in every_operation(&base, text) {
            assert_eq!(built.is_err(), path.contains('*'), "{path} {text:?}");
        }
    }
}

#[test]
fn no_operation_is_left_out() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known: usize = std::fs::read_dir(source)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default())
        .map(|text| text.lines().filter(|line| line.starts_with("impl Operation for ")).count())
        .sum();
    let base = BaseUrl::parse("https://platform.example").unwrap();
    // Files are listed in two ways, and the search for a name is a list of audiences.
    assert_eq!(every_operation(&base, "x").len(), known);
}

proptest! {
    #[test]
    fn whatever_an_operation_is_made_of_it_goes_to_its_own_path(
        text in prop_oneof![any::<String>(), "[./%a-z0-9 ?#\\\\@:&;]{0,8}"],
    ) {
        all_go_where_they_must(&text)?;
    }
}
