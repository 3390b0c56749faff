//! The emulator, asked anything: it never breaks, and what it answers is well formed.
//!
//! Blocks are requests, `METHOD /path?query` in their first line; all of them go to one emulator.
//! Every request is signed in unless it says otherwise, and `$dataset`, `$job`, `$batch`, `$file` and
//! `$name` stand for what earlier answers named.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use aep_export_emulator::{
    CLIENT_ID, ConnectionLost, Emulator, ManualClock, ORGANIZATION, Pace, Service,
};
use aep_export_fuzz::block::{Block, blocks};
use aep_export_fuzz::client::run;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    // Nobody but a client that hangs up ends a silence.
    if data.windows(7).any(|bytes| bytes.eq_ignore_ascii_case(b"silence")) {
        return;
    }
    run(async {
        let builder = Emulator::builder().profiles(3).pace(Pace::instant());
        let service = builder.clock(Arc::new(ManualClock::default())).open().await;
        let mut caller = Caller::new(service.expect("an emulator")).await;
        for block in blocks(data).into_iter().take(12) {
            caller.ask(block).await;
        }
        caller.service.close().await;
    });
});

/// Somebody who asks the emulator.
struct Caller {
    service: Service,
    token: HeaderValue,
    named: BTreeMap<&'static str, String>,
    /// Whether faults may spoil answers from here on.
    spoilt: bool,
}

/// An answer, read whole.
struct Told {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Bytes,
}

impl Caller {
    async fn new(service: Service) -> Self {
        let form = "grant_type=client_credentials&client_secret=x&scope=openid&client_id=";
        let request = Request::post("/ims/token/v3")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("{form}{CLIENT_ID}")));
        let response = service.call(request.expect("a request")).await;
        let body = to_bytes(response.into_body(), 10_000).await.expect("a token");
        let answer: Value = serde_json::from_slice(&body).expect("a token");
        let token = answer["access_token"].as_str().expect("a token");
        let token = HeaderValue::try_from(format!("Bearer {token}")).expect("a header");
        Self { service, token, named: BTreeMap::new(), spoilt: false }
    }

    async fn ask(&mut self, block: Block) {
        let Some(request) = self.request(&block) else { return };
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        self.spoilt |= path.contains("faults");
        let response = self.service.call(request.map(Body::from)).await;
        if response.extensions().get::<ConnectionLost>().is_some() {
            assert!(self.spoilt);
            return;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, 10_000_000).await else {
            assert!(self.spoilt, "a body broke off");
            return;
        };
        let told = Told { status: parts.status, headers: parts.headers, body };
        assert!(told.header("x-request-id").is_some(), "{method} {path}");
        if !self.spoilt {
            told.is_well_formed(&method, &path);
        }
        self.remember(&told);
    }

    fn request(&self, block: &Block) -> Option<Request<Bytes>> {
        let line = self.named.iter().fold(block.line.clone(), |line, (name, value)| {
            line.replace(&format!("${name}"), value)
        });
        let (method, address) = line.split_once(' ')?;
        let body = String::from_utf8_lossy(&block.body).into_owned();
        let body = match self.named.get("dataset") {
            Some(dataset) => Bytes::from(body.replace("$dataset", dataset)),
            None => block.body.clone(),
        };
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).ok()?)
            .uri(address.trim())
            .body(body)
            .ok()?;
        let headers = request.headers_mut();
        headers.insert("authorization", self.token.clone());
        headers.insert("x-api-key", HeaderValue::from_static(CLIENT_ID));
        headers.insert("x-gw-ims-org-id", HeaderValue::from_static(ORGANIZATION));
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        for (name, value) in &block.headers {
            headers.insert(name, value.clone());
        }
        Some(request)
    }

    fn remember(&mut self, told: &Told) {
        let Ok(said) = serde_json::from_slice::<Value>(&told.body) else { return };
        let places = [
            ("dataset", "/0"),
            ("batch", "/destination/batchId"),
            ("batch", "/destination/batches/0/batchId"),
            ("file", "/data/0/dataSetFileId"),
            ("name", "/data/0/name"),
        ];
        for (name, place) in places {
            if let Some(text) = said.pointer(place).and_then(Value::as_str) {
                let text = text.rsplit('/').next().unwrap_or(text);
                self.named.insert(name, text.to_owned());
            }
        }
        if let Some(id) = said.get("id").and_then(Value::as_u64) {
            self.named.insert("job", id.to_string());
        }
    }
}

impl Told {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn is_well_formed(&self, method: &Method, path: &str) {
        let what = format!("{method} {path}: {}", self.status);
        assert!(self.status != StatusCode::INTERNAL_SERVER_ERROR, "{what}");
        let said = match self.header("content-type") {
            Some("application/json") => {
                serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{what}: {error}"))
            }
            _ => Value::Null,
        };
        if !self.status.is_success() && *method != Method::HEAD {
            let says_what = ["error_code", "errors", "title", "error", "detail"];
            let told = says_what.iter().any(|key| said.get(key).is_some());
            assert!(told || self.status == StatusCode::RANGE_NOT_SATISFIABLE, "{what}: {said}");
        }
        if let Some(range) = self.header("content-range") {
            self.is_part(range, *method == Method::HEAD);
        }
        for record in said.get("records").and_then(Value::as_array).into_iter().flatten() {
            assert!(record["id"].is_u64() && record["status"].is_string(), "{record}");
        }
    }

    /// `bytes 0-9/100` with ten bytes, or `bytes */100` with none of them.
    fn is_part(&self, range: &str, head: bool) {
        let (part, length) =
            range.strip_prefix("bytes ").and_then(|range| range.split_once('/')).expect("a range");
        let length: u64 = length.parse().expect("a length");
        let Some((first, last)) = part.split_once('-') else {
            assert_eq!((part, self.status), ("*", StatusCode::RANGE_NOT_SATISFIABLE));
            return;
        };
        let [first, last]: [u64; 2] = [first, last].map(|place| place.parse().expect("a place"));
        assert_eq!(self.status, StatusCode::PARTIAL_CONTENT);
        assert!(first <= last && last < length, "{range}");
        assert!(head || self.body.len() as u64 == last - first + 1, "{range}");
    }
}
