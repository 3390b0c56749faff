//! The emulator, asked anything: it never breaks, and what it answers is well formed.
//!
//! Blocks are requests, `METHOD /path?query` in their first line; all of them go to one emulator.
//! Every request is signed in unless it says otherwise, and `$dataset`, `$job`, `$batch`, `$file` and
//! `$name` stand for what earlier answers named.

use std::collections::BTreeMap;

use aep_export_emulator::{ConnectionLost, Service};
use crate::block::{Block, blocks};
use crate::client::run;
use crate::signed_in;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;

pub(super) fn target(data: &[u8]) {
    // Nobody but a client that hangs up ends a silence.
    if data.windows(7).any(|bytes| bytes.eq_ignore_ascii_case(b"silence")) {
        return;
    }
    run(async {
        let mut caller = Caller::new(signed_in::emulator(3).await).await;
        for block in blocks(data).into_iter().take(12) {
            caller.ask(block).await;
        }
        caller.service.close().await;
    });
}

/// Somebody who asks the emulator.
struct Caller {
    service: Service,
    signed_in: HeaderMap,
    named: BTreeMap<&'static str, String>,
    /// Whether faults may spoil answers from here on.
    spoilt: bool,
}

/// An answer, read whole.
struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Caller {
    async fn new(service: Service) -> Self {
        let signed_in = signed_in::headers(&service).await;
        Self { service, signed_in, named: BTreeMap::new(), spoilt: false }
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
        headers.clone_from(&self.signed_in);
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
