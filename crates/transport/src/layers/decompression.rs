//! Content encodings, with limits before and after.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use super::gzip::Gunzip;
use crate::{Body, BodyLimit, OperationInfo, Transport, TransportError, TransportErrorKind};

/// Asks for gzip, decodes it while it streams, and stops at the operation's
/// [`body_limit`](OperationInfo::body_limit), on the wire as well as decoded.
///
/// - A request that names its own `accept-encoding` keeps it. If that is `identity` (as for files),
///   an encoded answer is not accepted.
/// - An encoding that cannot be read, or was not asked for, is [`TransportErrorKind::Encoding`]; a
///   truncated gzip is [`TransportErrorKind::Body`]; too much is [`TransportErrorKind::TooLarge`].
///   All three come from reading the body: status and headers of the answer are always given,
///   because they tell what became of the request.
/// - A decoded answer has no `content-encoding` and no `content-length` any more.
///
/// Gzip is the only encoding that AEP documents (Catalog; seen on live ups answers too).
#[derive(Debug, Clone)]
pub struct Decompression<T> {
    inner: T,
}

impl<T> Decompression<T> {
    /// Decodes the answers of `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<T: Transport> Transport for Decompression<T> {
    async fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let limit = OperationInfo::of(&request).body_limit;
        let head = request.method() == Method::HEAD;
        let asked = request
            .headers_mut()
            .entry(ACCEPT_ENCODING)
            .or_insert(HeaderValue::from_static("gzip"));
        let identity_only = asked.as_bytes().eq_ignore_ascii_case(b"identity");

        let (mut parts, wire) = self.inner.send(request).await?.into_parts();
        let wire = limited(wire, limit);
        let body = match encoding(&parts.headers) {
            Encoding::Identity => wire,
            _ if head || has_no_body(parts.status, &parts.headers) => wire,
            Encoding::Gzip if !identity_only => {
                parts.headers.remove(CONTENT_ENCODING);
                parts.headers.remove(CONTENT_LENGTH);
                limited(gunzipped(wire), limit)
            }
            Encoding::Gzip => not_accepted("gzip"),
            Encoding::Other(name) => not_accepted(&name),
        };
        Ok(http::Response::from_parts(parts, body))
    }
}

enum Encoding {
    Identity,
    Gzip,
    Other(String),
}

fn encoding(headers: &HeaderMap) -> Encoding {
    let named: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    match named.as_slice() {
        [] => Encoding::Identity,
        [one] if one == "gzip" || one == "x-gzip" => Encoding::Gzip,
        _ => Encoding::Other(named.join(", ")),
    }
}

/// Servers keep the encoding's header on answers that have nothing to encode.
fn has_no_body(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0")
}

/// The encodings that have a name (IANA's registry). Of any other the name is not repeated: a service
/// may write there what it likes.
const REGISTERED: [&str; 11] = [
    "aes128gcm",
    "br",
    "compress",
    "dcb",
    "dcz",
    "deflate",
    "exi",
    "gzip",
    "pack200-gzip",
    "x-gzip",
    "zstd",
];

fn not_accepted(name: &str) -> Body {
    let is_registered = name.split(", ").all(|name| REGISTERED.contains(&name));
    let named = if is_registered {
        format!("the content encoding {name:?}")
    } else {
        "an unknown content encoding".to_owned()
    };
    let error = TransportError::new(
        TransportErrorKind::Encoding,
        format!("the answer has {named}, which was not asked for"),
    );
    Body::broken(error)
}

fn gunzipped(wire: Body) -> Body {
    Body::from_stream(futures_util::stream::unfold(Some(Gunzip::new(wire)), |gunzip| async {
        let mut gunzip = gunzip?;
        let piece = gunzip.next().await?;
        let rest = piece.is_ok().then_some(gunzip);
        Some((piece, rest))
    }))
}

/// Ends `body` with an error as soon as it is over `limit`.
fn limited(body: Body, limit: BodyLimit) -> Body {
    let BodyLimit::Bytes(limit) = limit else { return body };
    Body::from_stream(body.scan(Some(0_u64), move |seen, piece| {
        std::future::ready((*seen).map(|before| {
            let piece = piece.and_then(|bytes| within(before, bytes, limit));
            *seen = piece.as_ref().ok().map(|bytes| before.saturating_add(bytes.len() as u64));
            piece
        }))
    }))
}

fn within(before: u64, bytes: Bytes, limit: u64) -> Result<Bytes, TransportError> {
    if before.saturating_add(bytes.len() as u64) <= limit {
        return Ok(bytes);
    }
    Err(TransportError::new(
        TransportErrorKind::TooLarge,
        format!("the answer is larger than the limit of {limit} bytes"),
    ))
}

#[cfg(test)]
#[path = "decompression_tests.rs"]
mod tests;
