//! Servers that do not do what they should: every download ends right or in an honest error.
//!
//! In memory and in virtual time; `aep-export-cli` has the same over real sockets.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{DownloadEvent, ErrorKind};
use aep_export_transport::testing::ManualClock;
use aep_export_transport::{Body, Clock, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use http::{Request, Response, StatusCode, header};

use crate::clients::patient;
use crate::downloads::{assert_holds, batch, bytes_told, client, fetch, given_up, names, told};
use crate::shelf::{Shelf, content, parquet, part, set};

const MIB: usize = 1024 * 1024;
const NAME: &str = "a.csv";

type Answer = Result<Response<Body>, TransportError>;

/// One file of five mebibytes on a server that answers so.
fn shelf(
    spoil: impl Fn(usize, &Request<Bytes>, Response<Body>) -> Answer + Send + Sync + 'static,
) -> Shelf {
    Shelf::spoiled(&[(NAME, content(5 * MIB))], spoil)
}

#[track_caller]
fn is_right(dir: &tempfile::TempDir) {
    assert_holds(dir.path(), &[(NAME, content(5 * MIB))]);
}

/// So many pieces of a body (of 16 KiB), and then this error.
fn cut(response: Response<Body>, after: usize, kind: TransportErrorKind) -> Response<Body> {
    let error = stream::once(async move { Err(TransportError::new(kind, "cut")) });
    response.map(|body| Body::from_stream(body.take(after).chain(error)))
}

fn range_of(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get(header::RANGE)?.to_str().ok()
}

fn with(body: Response<Bytes>) -> Answer {
    Ok(body.map(Into::into))
}

#[tokio::test]
async fn answers_that_break_off_are_taken_up_where_they_did() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(|nth, _, response| match nth {
        0..40 => Ok(cut(response, 6, TransportErrorKind::Body)),
        _ => Ok(response),
    });
    fetch(&shelf, dir.path()).await.unwrap();
    is_right(&dir);
    assert_eq!(shelf.served(), 5 * MIB as u64, "nothing is fetched twice");
    assert!(shelf.opened().len() > 40);
}

#[tokio::test]
async fn a_server_that_brings_next_to_nothing_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(|_, _, response| Ok(cut(response, 1, TransportErrorKind::Body)));
    let clock = ManualClock::new();
    let client = patient(Arc::new(shelf.clone()), &clock);
    let mut download = batch(&client, 1).to(dir.path());
    let mut again = 0;
    while let Some(event) = download.next().await {
        again += usize::from(matches!(event, DownloadEvent::Retrying { .. }));
    }
    let error = download.await.unwrap_err();
    assert_eq!((error.kind(), again), (ErrorKind::Network, 4));
    assert_eq!(shelf.opened().len(), 5, "the attempts of the policy");
    assert_eq!(names(dir.path()), ["a.csv.part", "a.csv.part.log"], "what came is kept");
}

#[tokio::test]
async fn a_file_that_comes_in_one_piece_only_and_never_whole_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = content(5 * MIB);
    let shelf = shelf(move |nth, _, _| {
        let whole = with(part(&bytes, None))?;
        let fifth = bytes.slice(..MIB);
        // It could be had in the end, by whoever takes the same beginning for progress.
        Ok(match nth {
            0..20 => cut(whole.map(|_| fifth.into()), 1, TransportErrorKind::Body),
            _ => whole,
        })
    });
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(shelf.opened().len(), 5, "the attempts of the policy");
}

#[tokio::test]
async fn the_budget_of_the_client_is_shared_by_all_files() {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<String> = (0..60).map(|n| format!("{n}.csv")).collect();
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), content(1000))).collect();
    let shelf = Shelf::spoiled(&files, |_, _, response| {
        Ok(cut(response, 0, TransportErrorKind::Interrupted))
    });
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!(error.failures().len(), 60);
    let asked = shelf.opened().len();
    assert!(asked < 60 * 2, "500 tokens are some 35 retries, and not four for each: {asked}");
}

#[tokio::test]
async fn a_stall_and_a_drip_are_ended_by_the_clock_and_taken_up_again() {
    let clock = ManualClock::new();
    let time = clock.clone();
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(move |nth, _, response| match nth {
        0 => Ok(response.map(|body| {
            let some = body.take(8);
            Body::from_stream(some.chain(stream::pending()))
        })),
        1 => Ok(response.map(|body| {
            let time = time.clone();
            let drops = body.flat_map(|piece| {
                let piece = piece.unwrap();
                stream::iter((0..piece.len()).map(move |at| piece.slice(at..at + 1)))
            });
            Body::from_stream(drops.then(move |drop| {
                let time = time.clone();
                async move {
                    time.sleep(Duration::from_millis(50)).await;
                    Ok(drop)
                }
            }))
        })),
        _ => Ok(response),
    });
    let client = patient(Arc::new(shelf.clone()), &clock);
    batch(&client, 1).to(dir.path()).await.unwrap();
    is_right(&dir);
    assert!(clock.elapsed() >= Duration::from_secs(60), "{:?}", clock.elapsed());
    assert!(shelf.served() < 6 * MIB as u64);
}

#[tokio::test]
async fn a_file_that_changes_on_the_way_is_begun_again_and_never_mixed() {
    let marked = |response: &mut Response<Body>, tag: &str| set(response, header::ETAG, tag);
    let dir = tempfile::tempdir().unwrap();
    let old = content(5 * MIB);
    let new: Bytes = old.iter().map(|byte| byte ^ 1).collect();
    let states = (old, new.clone());
    let shelf = shelf(move |nth, request, _| {
        // A new state from the third answer on; like a good server it then ignores the range.
        let (tag, bytes) = if nth < 2 { ("\"1\"", &states.0) } else { ("\"2\"", &states.1) };
        let state = request.headers().get(header::IF_RANGE).map(|tag| tag.to_str().unwrap());
        let range = range_of(request).filter(|_| state.is_none_or(|state| state == tag));
        let mut response = part(bytes, range).map(Into::into);
        marked(&mut response, tag);
        Ok(response)
    });
    let mut download = batch(&client(&shelf), 4).to(dir.path());
    let mut again = Vec::new();
    while let Some(event) = download.next().await {
        if let DownloadEvent::StartedAgain { why, .. } = event {
            again.push(why);
        }
    }
    download.await.unwrap();
    assert_holds(dir.path(), &[(NAME, new)]);
    assert_eq!(again, ["it has changed"]);
    let sent = shelf.opened()[1].headers().get(header::IF_RANGE).cloned();
    assert_eq!(sent.unwrap(), "\"1\"", "the second request names the state of the first answer");
}

#[tokio::test]
async fn a_file_that_changed_between_two_runs_is_begun_again() {
    let dir = tempfile::tempdir().unwrap();
    let tagged = |tag: &'static str| {
        move |_: usize, request: &Request<Bytes>, mut response: Response<Body>| {
            let state = request.headers().get(header::IF_RANGE);
            if state.is_some_and(|state| state != tag) {
                let bytes: Bytes = content(5 * MIB).iter().map(|byte| byte ^ 1).collect();
                response = part(&bytes, None).map(Into::into);
            }
            set(&mut response, header::ETAG, tag);
            Ok(response)
        }
    };
    let first = shelf(tagged("\"1\""));
    let mut download = batch(&client(&first), 1).to(dir.path());
    while first.served() < 2 * MIB as u64 {
        download.next().await.unwrap();
    }
    given_up(download, dir.path());
    let second = shelf(tagged("\"2\""));
    let new: Bytes = content(5 * MIB).iter().map(|byte| byte ^ 1).collect();
    second.replace(new.clone());
    fetch(&second, dir.path()).await.unwrap();
    assert_holds(dir.path(), &[(NAME, new)]);
    assert_eq!(second.opened()[0].headers()[header::IF_RANGE], "\"1\"");
}

#[tokio::test]
async fn a_file_that_never_stands_still_is_fetched_in_one_piece() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(|nth, _, mut response| {
        set(&mut response, header::ETAG, &format!("\"{nth}\""));
        Ok(response)
    });
    fetch(&shelf, dir.path()).await.unwrap();
    is_right(&dir);
    assert_eq!(shelf.ranges().last().unwrap(), &None);
}

#[tokio::test]
async fn ranges_that_are_ignored_or_answered_with_others_cost_a_beginning_at_most() {
    type Misread = fn(&Bytes, usize, usize) -> Response<Bytes>;
    let misreadings: [(&str, Misread); 6] = [
        ("ignored", |bytes, _, _| part(bytes, None)),
        ("another start", |bytes, first, last| {
            part(bytes, Some(&format!("bytes={}-{last}", first / 2)))
        }),
        ("wider", |bytes, first, _| part(bytes, Some(&format!("bytes={first}-99999999")))),
        ("narrower", |bytes, first, last| {
            part(bytes, Some(&format!("bytes={first}-{}", last.min(first + 70_000))))
        }),
        ("no Content-Range", |bytes, first, last| {
            let mut response = part(bytes, Some(&format!("bytes={first}-{last}")));
            response.headers_mut().remove(header::CONTENT_RANGE);
            response
        }),
        ("refused", |_, _, _| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            response
        }),
    ];
    for (what, misread) in misreadings {
        // From the first answer on, and only after the first.
        for good in [0, 1] {
            let dir = tempfile::tempdir().unwrap();
            let bytes = content(5 * MIB);
            let shelf = shelf(move |nth, request, response| {
                let Some(range) = range_of(request).filter(|_| nth >= good) else {
                    return Ok(response);
                };
                let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
                with(misread(&bytes, first, last))
            });
            let (events, ended) = told(batch(&client(&shelf), 4).to(dir.path())).await;
            ended.unwrap_or_else(|error| panic!("{what}: {error}"));
            is_right(&dir);
            if what == "wider" {
                assert_eq!(bytes_told(&events), 5 * MIB as u64, "what was not asked for is left");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_the_file_that_was_listed_is_corrupt_and_leaves_nothing() {
    type Wrong = Box<dyn Fn(&Request<Bytes>) -> Answer + Send + Sync>;

    let long = content(5 * MIB + 1);
    let html = Bytes::from_static(b"<html>please sign in</html>");
    let wrong: [(&str, ErrorKind, Wrong); 5] = [
        (
            "longer",
            ErrorKind::Corrupt,
            Box::new(move |request| with(part(&long, range_of(request)))),
        ),
        ("a page", ErrorKind::Corrupt, Box::new(move |_| with(part(&html, None)))),
        (
            "encoded",
            ErrorKind::Corrupt,
            Box::new(|request| {
                let mut response = part(&content(5 * MIB), range_of(request));
                set(&mut response, header::CONTENT_ENCODING, "gzip");
                with(response)
            }),
        ),
        (
            "moved",
            ErrorKind::Malformed,
            Box::new(|_| {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::FOUND;
                set(&mut response, header::LOCATION, "https://elsewhere.example/file");
                with(response)
            }),
        ),
        (
            "a part of the whole",
            ErrorKind::Corrupt,
            Box::new(|_| with(part(&content(5 * MIB), Some("bytes=7-9")))),
        ),
    ];
    for (what, kind, answer) in wrong {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(move |_, request, _| answer(request));
        let error = fetch(&shelf, dir.path()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{what}: {error}");
        assert!(names(dir.path()).is_empty(), "{what}: {:?}", names(dir.path()));
        assert!(!dir.path().join("manifest.json").exists());
    }
}

#[tokio::test]
async fn a_body_without_end_is_stopped_at_the_listed_length() {
    let dir = tempfile::tempdir().unwrap();
    let endless = || stream::repeat_with(|| Ok(content(16 * 1024)));
    let shelf = shelf(move |_, _, _| Ok(Response::new(Body::from_stream(endless()))));
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("has more than the 5242880 bytes"), "{error}");
    assert!(!dir.path().join("B1").join(NAME).exists());
    // In a part it is only more than was asked for.
    let shelf = self::shelf(move |_, _, response| {
        Ok(response.map(|body| Body::from_stream(body.chain(endless()))))
    });
    fetch(&shelf, dir.path()).await.unwrap();
    is_right(&dir);
}

#[tokio::test]
async fn a_file_of_unknown_end_must_say_where_it_is() {
    use aep_export_api::ExportFile;

    for (name, framed, fine) in
        [("a.csv", true, true), ("a.csv", false, false), ("a.parquet", false, true)]
    {
        let bytes = parquet(7);
        let length = bytes.len() as u64;
        let shelf = Shelf::spoiled(&[(name, bytes)], move |_, _, mut response| {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            if framed {
                set(&mut response, header::TRANSFER_ENCODING, "chunked");
            }
            Ok(response)
        });
        let dir = tempfile::tempdir().unwrap();
        let file = ExportFile { file_id: "F0".into(), name: name.into(), length: None };
        let download = client(&shelf).files().downloader().files([file]).to(dir.path()).await;
        match download {
            Ok(done) => {
                assert!(fine, "{name} {framed}");
                assert_eq!(done.files[0].bytes, length);
            }
            Err(error) => {
                assert!(!fine, "{name} {framed}: {error}");
                assert_eq!(error.kind(), ErrorKind::Corrupt);
                assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
            }
        }
    }
}

#[tokio::test]
async fn rows_are_compared_with_what_the_batch_reports() {
    let bytes = parquet(7);
    let files = [("a.parquet", bytes.clone()), ("b.parquet", bytes)];
    let reporting = |metrics: &str| {
        let batch = format!(r#"{{"status": "success", "metrics": {{{metrics}}}}}"#);
        Shelf::new(&files).with_batch(&batch)
    };
    for metrics in [r#""outputRecordCount": 14"#, r#""recordsWritten": "14""#] {
        let dir = tempfile::tempdir().unwrap();
        let done = fetch(&reporting(metrics), dir.path()).await.unwrap();
        assert_eq!(done.files.iter().map(|file| file.rows).sum::<Option<u64>>(), Some(14));
        assert!(done.remarks.is_empty());
    }
    let dir = tempfile::tempdir().unwrap();
    let error = fetch(&reporting(r#""outputRecordCount": 15"#), dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let sentence = "batch B1 has 14 rows in its files where the service reports 15";
    assert_eq!(error.to_string(), sentence);
    assert!(!dir.path().join("manifest.json").exists());
    let done = fetch(&reporting(r#""inputRecordCount": 15"#), dir.path()).await.unwrap();
    assert_eq!(done.remarks, ["batch B1 does not report how many rows it has"]);
    assert!(done.manifest.is_some());
}

#[tokio::test]
async fn a_parquet_file_that_is_none_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(&[("a.parquet", content(1000)), ("b.csv", content(10))]);
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(names(dir.path()), ["b.csv"]);
}

#[tokio::test]
async fn a_refusal_that_concerns_all_files_ends_all() {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<String> = (0..20).map(|n| format!("{n}.csv")).collect();
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), content(1000))).collect();
    let shelf = Shelf::spoiled(&files, |_, _, mut response| {
        *response.status_mut() = StatusCode::FORBIDDEN;
        Ok(response)
    });
    let error = fetch(&shelf, dir.path()).await.unwrap_err();
    assert_eq!((error.kind(), error.planned()), (ErrorKind::Permission, 20));
    assert!(shelf.opened().len() <= 8, "{}", shelf.opened().len());
    assert!(error.to_string().contains("of 20 files were not fetched"), "{error}");
}
