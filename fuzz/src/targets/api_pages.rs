//! The pager over arbitrary answers: it ends, it asks nobody else and nothing else, a position that
//! comes twice is an error, and a service that behaves has each record given once, as it came.
//!
//! The first line says which list. `well N` is a service that behaves: every further line is a record,
//! `N` of them are a page, and one more word says what its links look like. Otherwise blocks follow.

use crate::block::{blocks, first_line};
use crate::client::{client, run};
use crate::service::Service;
use aep_export_api::{
    ErrorKind, ListAudiences, ListDatasets, ListExportJobs, ListFiles, ListSegmentJobs,
    PagedOperation,
};
use aep_export_transport::Body;
use futures_util::StreamExt;
use serde_json::Value;
use serde_json::value::RawValue;

pub(super) fn target(data: &[u8]) {
    let (line, rest) = first_line(data);
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["well", size, links @ ..] => {
            let size = size.parse().unwrap_or(2_usize).clamp(1, 50);
            well_behaved(rest, size, links.first().copied().unwrap_or_default());
        }
        ["datasets", ..] => once(rest, || ListDatasets { limit: Some(2), start: 0 }),
        ["audiences", ..] => once(rest, || ListAudiences { limit: Some(2), page: 0 }),
        ["segment_jobs", ..] => once(rest, ListSegmentJobs::default),
        ["batch", ..] => once(rest, || ListFiles::of_batch("b1".into())),
        ["file", ..] => once(rest, || ListFiles::of_file("f1".into())),
        _ => {
            once(rest, jobs);
            round(rest);
        }
    }
}

fn jobs() -> ListExportJobs {
    ListExportJobs { limit: Some(2), ..ListExportJobs::default() }
}

/// A list over answers that come to an end.
fn once<O>(data: &[u8], list: impl Fn() -> O)
where
    O: PagedOperation + Send + 'static,
    O::Record: 'static,
{
    #[cfg(test)]
    crate::coverage::goes_through::<O>();
    let answers = blocks(data);
    let service = Service::once(answers.clone());
    let by_page = run(pages(&service, list()));
    let asked = service.requests();
    // One that there is no answer to, twice.
    assert!(asked.len() <= answers.len() + 2);
    for request in &asked {
        assert_eq!(request.uri().path(), asked[0].uri().path(), "another path was asked");
        assert_eq!(request.method(), http::Method::GET);
    }

    // The stream gives the same records, and ends with the first page that is none.
    let service = Service::once(answers);
    let items = run(client(&service).pages(list()).into_stream().collect::<Vec<_>>());
    let stream: Vec<_> = items.iter().flatten().map(|record| record.raw.clone()).collect();
    assert_eq!(stream, by_page);
}

/// The records of all pages. A page that could not be read is asked for again, at the same place.
async fn pages<O: PagedOperation>(service: &Service, list: O) -> Vec<bytes::Bytes> {
    let mut pages = client(service).pages(list);
    let mut records = Vec::new();
    loop {
        match pages.next_page().await {
            Ok(Some(page)) => {
                records.extend(page.records.iter().flatten().map(|record| record.raw.clone()));
            }
            Ok(None) => {
                assert!(matches!(pages.next_page().await, Ok(None)), "an end is an end");
                break;
            }
            Err(error) => {
                let before = service.requests();
                let again = pages.next_page().await;
                let after = service.requests();
                if after.len() > before.len() {
                    assert_eq!(
                        after.last().map(http::Request::uri),
                        before.last().map(http::Request::uri)
                    );
                } else {
                    assert_eq!(error.kind(), ErrorKind::Malformed, "a list that breaks off");
                    assert!(matches!(again, Ok(None)));
                }
                break;
            }
        }
    }
    records
}

/// A service without end: it gives the same answers again and again, and so the same positions.
fn round(data: &[u8]) {
    let answers = blocks(data);
    let most = answers.len() + 1;
    let service = Service::round(answers);
    let mut items = std::pin::pin!(client(&service).pages(jobs()).into_stream());
    run(async { while items.next().await.is_some() {} });
    assert!(service.requests().len() <= most, "the list goes round and round");
}

fn well_behaved(data: &[u8], size: usize, links: &str) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut records: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        // No list has a record twice.
        let is_new = !records.iter().any(|record| record == line);
        if is_new && serde_json::from_str::<&RawValue>(line).is_ok() {
            records.push(line.to_owned());
        }
    }
    let (all, links) = (records.clone(), links.to_owned());
    let service = Service::new(move |request, _| {
        let from = position(request.uri().query().unwrap_or_default());
        let page = &all[from.min(all.len())..(from + size).min(all.len())];
        let end = from + page.len();
        let next = if end < all.len() { link(&links, end) } else { "{}".to_owned() };
        let body = format!("{{\"records\": [{}], \"link\": {next}}}", page.join(" , "));
        Ok(http::Response::new(Body::from(bytes::Bytes::from(body))))
    });
    let items = run(client(&service).pages(jobs()).into_stream().collect::<Vec<_>>());
    assert_eq!(items.len(), records.len(), "a record was lost or came twice");
    for (item, sent) in items.iter().zip(&records) {
        match item {
            Ok(record) => assert_eq!(record.raw, sent.as_bytes()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Malformed);
                assert!(!sent.starts_with('{'), "{sent} could not be read: {error}");
            }
        }
    }
}

/// Where the service is asked to go on, as [`link`] said it.
fn position(query: &str) -> usize {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let offset = pairs.into_iter().find(|(name, _)| name == "offset");
    offset.map_or(0, |(_, value)| {
        value
            .strip_suffix("_a&b=c")
            .expect("the position as it was given")
            .parse()
            .expect("a number")
    })
}

/// The link to the next page, in one of the forms that are known.
fn link(form: &str, position: usize) -> String {
    let offset: String =
        url::form_urlencoded::byte_serialize(format!("{position}_a&b=c").as_bytes()).collect();
    let text = |link: String| Value::from(link).to_string();
    match form {
        "absolute" => format!(
            "{{\"next\": {}}}",
            text(format!("https://elsewhere.example/?offset={offset}#x"))
        ),
        "object" => format!(
            "{{\"next\": {{\"href\": {}}}}}",
            text(format!("/jobs?limit=9&offset={offset}"))
        ),
        "bare" => text(format!("?offset={offset}&offset=other")),
        _ => format!("{{\"next\": {}}}", text(format!("/export/jobs/?limit=2&offset={offset}"))),
    }
}
