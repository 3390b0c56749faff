//! What each fault does to a real connection.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aep_export_emulator::{
    Action, Clock, Emulator, Envelope, Fault, FaultAnswer, Framing, ManualClock, Pace, Sleep,
};
use serde_json::{Value, json};

use crate::socket::{End, Raw, read, read_to_end, send};
use crate::wire::{CATALOG, EXPORT, JOBS, Wire, request, small};

const LIST: &str = "GET /data/foundation/catalog/dataSets";

/// An emulator with one dataset, so that the list of datasets has a body; and its clock.
async fn emulator() -> (Emulator, Wire, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let emulator = small().clock(clock.clone()).pace(Pace::instant()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    wire.dataset().await;
    emulator.clear_requests();
    (emulator, wire, clock)
}

/// What the list of datasets is, and what comes of it under a fault.
/// The connection stays open if that is `left_open`.
async fn spoiled(action: Action, left_open: bool) -> (Vec<u8>, Raw) {
    let (emulator, wire, _) = emulator().await;
    let whole = wire.get(&format!("{CATALOG}/dataSets")).await.body;
    emulator.set_faults([Fault::new(action).on("datasets.list").times(1)]).unwrap();
    let mut stream = send(&emulator, &wire, LIST, "").await;
    let raw = read(&mut stream, |raw| left_open && raw.is_whole()).await;
    assert_eq!(emulator.faults().report()[0].fired, 1);
    assert_eq!(wire.get(&format!("{CATALOG}/dataSets")).await.body, whole, "later all is well");
    (whole, raw)
}

/// The number of jobs there are.
async fn jobs(wire: &Wire) -> usize {
    wire.get(JOBS).await.json()["records"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_body_is_cut_in_each_framing() {
    for (framing, word, ending) in [
        (Framing::Length, "content-length: ", ""),
        (Framing::Chunked, "transfer-encoding: chunked", "\r\n"),
        (Framing::Close, "http/1.0 200", ""),
    ] {
        let (whole, raw) = spoiled(Action::Cut { after: 10, framing }, false).await;
        assert_eq!(raw.end, End::Closed, "{framing:?}");
        assert!(raw.head().contains(word), "{}", raw.head());
        let body = match framing {
            Framing::Chunked => raw.body().strip_prefix(b"A\r\n").expect("a chunk of ten bytes"),
            _ => raw.body(),
        };
        assert_eq!(body, [&whole[..10], ending.as_bytes()].concat(), "{framing:?}");
        let says_length = raw.head().contains(&format!("content-length: {}", whole.len()));
        assert_eq!(says_length, framing == Framing::Length, "{}", raw.head());
    }
}

#[tokio::test]
async fn a_body_may_be_cut_before_its_first_byte_but_not_behind_its_end() {
    let (_, raw) = spoiled(Action::Cut { after: 0, framing: Framing::Length }, false).await;
    assert_eq!((raw.body(), raw.end), (&[][..], End::Closed));
    assert!(raw.head().starts_with("http/1.1 200"), "{}", raw.head());
    let (whole, raw) =
        spoiled(Action::Cut { after: 1_000_000, framing: Framing::Close }, true).await;
    assert_eq!((raw.body(), raw.end), (&whole[..], End::Open));
}

#[tokio::test]
async fn a_file_is_cut_at_its_very_byte() {
    let (emulator, wire, _) = emulator().await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let entry = wire.get(&format!("{EXPORT}/files/{batch}-1")).await.json();
    let href = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let whole = wire.get(&href).await.body;
    let target = href.split_once("/data/").unwrap().1;
    for after in [1, 8_192, whole.len() - 1] {
        let cut = Action::Cut { after: after as u64, framing: Framing::Length };
        emulator.set_faults([Fault::new(cut).on("files.open")]).unwrap();
        let mut stream = send(&emulator, &wire, &format!("GET /data/{target}"), "").await;
        let raw = read_to_end(&mut stream).await;
        assert_eq!((raw.body(), raw.end), (&whole[..after], End::Closed));
        assert!(raw.head().contains(&format!("content-length: {}", whole.len())));
    }
}

#[tokio::test]
async fn a_length_is_wrong_in_either_direction() {
    let (whole, raw) = spoiled(Action::WrongLength { by: 5 }, false).await;
    assert!(raw.head().contains(&format!("content-length: {}", whole.len() + 5)));
    assert_eq!((raw.body(), raw.end), (&whole[..], End::Closed));
    let (whole, raw) = spoiled(Action::WrongLength { by: -5 }, true).await;
    let short = whole.len() - 5;
    assert!(raw.head().contains(&format!("content-length: {short}")));
    assert_eq!((raw.body(), raw.end), (&whole[..short], End::Open));
    let (_, raw) = spoiled(Action::WrongLength { by: -1_000_000 }, true).await;
    assert!(raw.head().contains("content-length: 0") && raw.body().is_empty());
}

#[tokio::test]
async fn a_drip_takes_its_time_on_the_clock_and_is_whole() {
    let (emulator, wire, clock) = emulator().await;
    let whole = wire.get(&format!("{CATALOG}/dataSets")).await.body;
    let drip = Action::Drip { bytes: 7, every_ms: 1_000 };
    emulator.set_faults([Fault::new(drip).on("datasets.list")]).unwrap();
    let before = clock.now();
    let got = wire.get(&format!("{CATALOG}/dataSets")).await;
    assert_eq!(got.body, whole);
    assert_eq!(got.header("content-length"), whole.len().to_string());
    let pauses = whole.len().div_ceil(7) - 1;
    assert_eq!(clock.now(), before + Duration::from_secs(pauses as u64));
}

#[tokio::test]
async fn a_drip_comes_in_pieces_on_a_real_clock() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let drip = Action::Drip { bytes: 1, every_ms: 3_600_000 };
    emulator.set_faults([Fault::new(drip).on("export_jobs.list")]).unwrap();
    let mut stream = send(&emulator, &wire, &format!("GET {JOBS}"), "").await;
    let raw = read(&mut stream, |raw| !raw.body().is_empty()).await;
    assert_eq!((raw.body(), raw.end), (&b"{"[..], End::Open));
    emulator.shutdown().await;
    let raw = read_to_end(&mut stream).await;
    assert_ne!(raw.end, End::Open, "a stopped emulator drips no more");
}

#[tokio::test]
async fn a_reset_is_a_reset_before_or_after_acting() {
    let (emulator, wire, _) = emulator().await;
    let body = request(&wire.dataset().await).to_string();
    for (fault, expected) in
        [(Fault::new(Action::Reset).before(), 0), (Fault::new(Action::Reset).after(), 1)]
    {
        emulator.set_faults([fault.on("export_jobs.create")]).unwrap();
        let mut stream = send(&emulator, &wire, &format!("POST {JOBS}"), &body).await;
        let raw = read_to_end(&mut stream).await;
        assert_eq!((raw.bytes.as_slice(), raw.end), (&[][..], End::Reset));
        assert_eq!(jobs(&wire).await, expected);
    }
    emulator.settled().await;
    let list = wire.get(JOBS).await.json();
    assert_eq!(list["records"][0]["status"], "SUCCEEDED", "the job really runs");
}

/// A clock on which no sleep ever ends: whoever is patient on it is so for ever.
#[derive(Debug)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_stop_ends_every_wait_at_once() {
    for action in [Action::Silence, Action::Delay { ms: 1 }] {
        let emulator = small().clock(Arc::new(Frozen)).start().await.unwrap();
        let wire = Wire::to(&emulator).await;
        let faults =
            ["datasets.list", "export_jobs.list"].map(|name| Fault::new(action.clone()).on(name));
        let [before, after] = faults;
        emulator.set_faults([before, after.after()]).unwrap();
        let mut streams = [LIST.to_owned(), format!("GET {JOBS}")].map(|line| (line, None));
        for (line, stream) in &mut streams {
            *stream = Some(send(&emulator, &wire, line, "").await);
        }
        while emulator.faults().report().iter().any(|rule| rule.fired == 0) {
            tokio::task::yield_now().await;
        }
        let stopped = tokio::time::timeout(Duration::from_secs(10), emulator.shutdown()).await;
        stopped.expect("no waiting for those who are kept waiting");
        for (_, stream) in streams {
            let raw = read_to_end(&mut stream.unwrap()).await;
            assert_eq!((raw.bytes.as_slice(), raw.end), (&[][..], End::Reset));
        }
    }
}

#[tokio::test]
async fn silence_lasts_until_the_emulator_stops() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let body = request(&wire.dataset().await).to_string();
    let create = Fault::new(Action::Silence).on("export_jobs.create").after();
    emulator.set_faults([create, Fault::new(Action::Silence).on("datasets.list")]).unwrap();
    let mut created = send(&emulator, &wire, &format!("POST {JOBS}"), &body).await;
    let mut listed = send(&emulator, &wire, LIST, "").await;
    for stream in [&mut created, &mut listed] {
        let raw = read(stream, |_| true).await;
        assert_eq!((raw.bytes.as_slice(), raw.end), (&[][..], End::Open));
    }
    while jobs(&wire).await == 0 {}
    emulator.shutdown().await;
    for stream in [&mut created, &mut listed] {
        let raw = read_to_end(stream).await;
        assert_eq!((raw.bytes.as_slice(), raw.end), (&[][..], End::Reset));
    }
}

#[tokio::test]
async fn a_delay_passes_on_the_clock_before_or_after_acting() {
    let (emulator, wire, clock) = emulator().await;
    let dataset = wire.dataset().await;
    let start = clock.now();
    let delay = || Fault::new(Action::Delay { ms: 60_000 }).on("export_jobs.create");
    emulator.set_faults([delay()]).unwrap();
    let late = wire.create(&request(&dataset)).await;
    assert_eq!(clock.now(), start + Duration::from_secs(60));
    emulator.set_faults([delay().after()]).unwrap();
    let early = wire.create(&request(&dataset)).await;
    assert_eq!(clock.now(), start + Duration::from_secs(120));
    // The first was made when the delay was over, the second before it began.
    let (late, early) = (wire.job(late).await, wire.job(early).await);
    assert_eq!(late["creationTime"], early["creationTime"]);
}

#[tokio::test]
async fn created_and_then_502_in_every_envelope() {
    let (emulator, wire, _) = emulator().await;
    let body = request(&wire.dataset().await);
    for (number, envelope) in (1..).zip(Envelope::ALL) {
        let answer = FaultAnswer::new(502).envelope(envelope).message("Bad <Luck>");
        let fault = Fault::new(Action::Answer(answer)).on("export_jobs.create").after();
        emulator.set_faults([fault]).unwrap();
        let got = wire.post(JOBS, &body).await;
        assert_eq!(got.status, 502, "{envelope:?}");
        assert_eq!(got.header("x-request-id").len(), 32, "{envelope:?}");
        assert_eq!(jobs(&wire).await, number, "{envelope:?}");
        let (kind, pointer, value) = match envelope {
            Envelope::Gateway => ("application/json", "/error_code", json!("502000")),
            Envelope::Ups => ("application/json", "/errors/502/0/message", json!("Bad <Luck>")),
            Envelope::Platform => (
                "application/json",
                "/report/additionalContext/request-id",
                json!(got.header("x-request-id")),
            ),
            Envelope::Catalog => ("application/json", "/title", json!("BadGatewayError")),
            Envelope::Streaming => ("application/json", "/report/message", json!("Bad <Luck>")),
            Envelope::Profile => ("application/json", "/statusCode", json!("502")),
            Envelope::Message => ("application/json", "/message", json!("Bad <Luck>")),
            Envelope::ErrorMessage => ("application/json", "/errorMessage", json!("Bad <Luck>")),
            Envelope::Labels => ("application/json", "/status", json!("BAD_GATEWAY")),
            Envelope::Ims => ("application/json", "/error", json!("server_error")),
            Envelope::Empty => ("", "", Value::Null),
            Envelope::Html => ("text/html", "", Value::Null),
            _ => ("text/plain", "", Value::Null),
        };
        assert_eq!(got.header("content-type"), kind, "{envelope:?}");
        let text = String::from_utf8_lossy(&got.body).into_owned();
        match envelope {
            Envelope::Empty => assert_eq!(text, ""),
            Envelope::Html => assert!(text.contains("<h1>502 Bad &lt;Luck></h1>"), "{text}"),
            Envelope::Text => assert_eq!(text, "Bad <Luck>"),
            _ => assert_eq!(got.json().pointer(pointer), Some(&value), "{text}"),
        }
    }
    emulator.settled().await;
    let list = wire.get(JOBS).await.json();
    let all = list["records"].as_array().unwrap();
    assert!(all.iter().all(|job| job["status"] == "SUCCEEDED"), "the jobs really run");
}

#[tokio::test]
async fn an_answer_has_the_code_headers_and_body_that_are_wanted() {
    let (emulator, wire, _) = emulator().await;
    let answer = |answer: FaultAnswer| {
        emulator.set_faults([Fault::new(Action::Answer(answer))]).unwrap();
        wire.get(JOBS)
    };
    let got = answer(FaultAnswer::new(429).retry_after_seconds(7)).await;
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (429, "7"));
    assert_eq!(got.json()["error_code"], "429050");
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    let got = answer(FaultAnswer::new(403).code("503020").retry_after(date)).await;
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (403, date));
    assert_eq!(got.json()["error_code"], "503020");
    let page = r#"{"records": [], "link": {"next": "//evil.test/"}}"#;
    let got = answer(FaultAnswer::new(200).body("a,b").header("Content-Type", "text/csv")).await;
    assert_eq!(got.headers.get_all("content-type").iter().collect::<Vec<_>>(), ["text/csv"]);
    let got = answer(FaultAnswer::new(200).body(page)).await;
    assert_eq!(got.body, page.as_bytes());
    assert_eq!(got.header("content-type"), "application/json");
    let elsewhere = FaultAnswer::new(307).envelope(Envelope::Empty);
    let elsewhere = elsewhere.header("Location", "http://127.0.0.1:1/").header("X-Odd", "é");
    emulator.set_faults([Fault::new(Action::Answer(elsewhere))]).unwrap();
    let mut stream = send(&emulator, &wire, &format!("GET {JOBS}"), "").await;
    let raw = read(&mut stream, Raw::is_whole).await;
    assert!(raw.head().starts_with("http/1.1 307"), "{}", raw.head());
    assert!(raw.head().contains("\r\nlocation: http://127.0.0.1:1/"), "{}", raw.head());
    assert!(raw.body().is_empty());
}

#[tokio::test]
async fn malformed_json_is_no_document() {
    let (emulator, wire, _) = emulator().await;
    let dataset = wire.dataset().await;
    emulator.set_faults([Fault::new(Action::MalformedJson).after()]).unwrap();
    let got = wire.post(JOBS, &request(&dataset)).await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (200, "application/json"));
    let error = serde_json::from_slice::<Value>(&got.body).unwrap_err();
    assert!(error.is_eof(), "{error}");
    emulator.clear_faults();
    assert_eq!(jobs(&wire).await, 1);
}

#[tokio::test]
async fn an_expired_token_is_refused_until_there_is_another() {
    let (emulator, wire, _) = emulator().await;
    let expired = Fault::new(Action::ExpiredToken).on("export_jobs.list").nth(2);
    emulator.set_faults([expired]).unwrap();
    assert_eq!(wire.get(JOBS).await.status, 200);
    for _ in 0..2 {
        let got = wire.get(JOBS).await;
        assert_eq!((got.status.as_u16(), &got.json()["error_code"]), (401, &json!("401013")));
    }
    let other = Wire::to(&emulator).await;
    assert_eq!(other.get(JOBS).await.status, 200);
    assert_eq!(wire.get(&format!("{CATALOG}/dataSets")).await.status, 401);
    emulator.clear_faults();
    assert_eq!(wire.get(JOBS).await.status, 200);
    let report = emulator.faults().report();
    assert!(report.is_empty());
}
