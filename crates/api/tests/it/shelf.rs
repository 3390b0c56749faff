//! A file server in memory that can be told to misbehave.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aep_export_transport::{Body, Transport, TransportError};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};

/// What becomes of an answer with a file's bytes. Counted from 0 over all such answers.
type Spoil = dyn Fn(usize, &Request<Bytes>, Response<Body>) -> Result<Response<Body>, TransportError>
    + Send
    + Sync;

/// One batch, `B1`, with these files.
#[derive(Clone)]
pub(crate) struct Shelf {
    inner: Arc<Inner>,
}

struct Inner {
    files: Mutex<Vec<(String, Bytes)>>,
    /// Its entry in the catalog.
    batch: Mutex<String>,
    spoil: Box<Spoil>,
    asked: Mutex<Vec<Request<Bytes>>>,
    opened: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    served: AtomicU64,
}

/// Bytes that are easy to tell from others.
pub(crate) fn content(length: usize) -> Bytes {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// A Parquet file with so many rows.
pub(crate) fn parquet(rows: usize) -> Bytes {
    use parquet::data_type::Int64Type;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    let schema = Arc::new(parse_message_type("message m { required int64 n; }").unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<i64> = (0..).take(rows).collect();
    column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes.into()
}

impl Shelf {
    pub(crate) fn new(files: &[(&str, Bytes)]) -> Self {
        Self::spoiled(files, |_, _, response| Ok(response))
    }

    pub(crate) fn spoiled(
        files: &[(&str, Bytes)],
        spoil: impl Fn(usize, &Request<Bytes>, Response<Body>) -> Result<Response<Body>, TransportError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone()));
        let inner = Inner {
            files: Mutex::new(files.collect()),
            batch: Mutex::new(r#"{"status": "success", "metrics": {}}"#.to_owned()),
            spoil: Box::new(spoil),
            asked: Mutex::default(),
            opened: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            served: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The same, with this entry in the catalog.
    pub(crate) fn with_batch(self, batch: &str) -> Self {
        *self.inner.batch.lock().unwrap() = batch.to_owned();
        self
    }

    /// Puts other bytes in the place of the first file's.
    pub(crate) fn replace(&self, bytes: Bytes) {
        self.inner.files.lock().unwrap()[0].1 = bytes;
    }

    /// The ranges that were asked for, oldest first; `None` for a whole file.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        self.opened().iter().map(|request| text(request, header::RANGE)).collect()
    }

    /// Every request for a file's bytes.
    pub(crate) fn opened(&self) -> Vec<Request<Bytes>> {
        let asked = self.inner.asked.lock().unwrap();
        let opens = |request: &&Request<Bytes>| {
            request.uri().query().is_some_and(|query| query.contains("path="))
        };
        asked.iter().filter(opens).cloned().collect()
    }

    /// How many bytes of files were given out.
    pub(crate) fn served(&self) -> u64 {
        self.inner.served.load(Ordering::SeqCst)
    }

    /// How many answers were under way at once.
    pub(crate) fn most_under_way(&self) -> usize {
        self.inner.most_under_way.load(Ordering::SeqCst)
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let path = request.uri().path();
        let files = self.inner.files.lock().unwrap().clone();
        if path == "/data/foundation/export/batches/B1/files" {
            let entries = (0..files.len()).map(|n| format!(r#"{{"dataSetFileId": "F{n}"}}"#));
            return Ok(json(format!(r#"{{"data": [{}]}}"#, entries.collect::<Vec<_>>().join(","))));
        }
        if path == "/data/foundation/catalog/batches/B1" {
            let batch = self.inner.batch.lock().unwrap();
            return Ok(json(format!(r#"{{"B1": {batch}}}"#)));
        }
        let number = path.strip_prefix("/data/foundation/export/files/F");
        let number: usize = number.expect("nothing else is asked for").parse().unwrap();
        let (name, bytes) = &files[number];
        if request.uri().query().is_none() {
            let length = bytes.len();
            let entry = format!(r#"{{"data": [{{"name": "{name}", "length": "{length}"}}]}}"#);
            return Ok(json(entry));
        }
        let nth = self.inner.opened.fetch_add(1, Ordering::SeqCst);
        let response = part(bytes, text(request, header::RANGE).as_deref());
        (self.inner.spoil)(nth, request, response.map(|body| self.counted(body)))
    }

    /// Counts what is taken of the body, and how many are being taken.
    fn counted(&self, body: Bytes) -> Body {
        let inner = Arc::clone(&self.inner);
        let now = inner.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        inner.most_under_way.fetch_max(now, Ordering::SeqCst);
        let under_way = UnderWay(inner);
        let state = (body, under_way);
        Body::from_stream(futures_util::stream::unfold(state, |(mut body, under_way)| async {
            if body.is_empty() {
                return None;
            }
            let piece = body.split_to(body.len().min(16 * 1024));
            under_way.0.served.fetch_add(piece.len() as u64, Ordering::SeqCst);
            Some((Ok(piece), (body, under_way)))
        }))
    }
}

struct UnderWay(Arc<Inner>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

fn json(text: String) -> Response<Body> {
    Response::new(Bytes::from(text).into())
}

fn text(request: &Request<Bytes>, name: header::HeaderName) -> Option<String> {
    Some(request.headers().get(name)?.to_str().unwrap().to_owned())
}

/// Answers as a good server would.
pub(crate) fn part(bytes: &Bytes, range: Option<&str>) -> Response<Bytes> {
    let Some(range) = range else {
        return response(200, bytes.clone());
    };
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    if first >= bytes.len() {
        return response(416, Bytes::new());
    }
    let last = last.min(bytes.len() - 1);
    let mut response = response(206, bytes.slice(first..=last));
    set(&mut response, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{}", bytes.len()));
    response
}

fn response(status: u16, body: Bytes) -> Response<Bytes> {
    let length = body.len().to_string();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    set(&mut response, header::CONTENT_LENGTH, &length);
    response
}

pub(crate) fn set<B>(response: &mut Response<B>, name: header::HeaderName, value: &str) {
    response.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
}

#[async_trait::async_trait]
impl Transport for Shelf {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        self.inner.asked.lock().unwrap().push(request.clone());
        self.answer(&request)
    }
}
