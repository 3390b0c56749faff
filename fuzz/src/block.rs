//! Inputs as blocks: a line, headers, a body.

use aep_export_transport::{Body, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// One message of an input.
///
/// ```text
/// 503 cut
/// retry-after: 5
///
/// {"title": "Not now"}
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The first line.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    /// What follows the empty line.
    pub(crate) body: Bytes,
}

/// The blocks of an input, in their order. There is always one.
pub(crate) fn blocks(data: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(SEPARATOR.len()).position(|bytes| bytes == SEPARATOR) {
        blocks.push(Block::read(&rest[..at]));
        rest = &rest[at + SEPARATOR.len()..];
    }
    blocks.push(Block::read(rest));
    blocks
}

const SEPARATOR: &[u8] = b"\n---\n";

/// The first line of an input, and what follows it.
pub(crate) fn first_line(data: &[u8]) -> (String, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let line = String::from_utf8_lossy(&data[..end]).into_owned();
    (line, data.get(end + 1..).unwrap_or_default())
}

impl Block {
    /// A block without its separators.
    pub(crate) fn read(data: &[u8]) -> Self {
        let (line, mut rest) = first_line(data);
        let mut headers = HeaderMap::new();
        loop {
            let (text, after) = first_line(rest);
            match header(&text) {
                Some((name, value)) => {
                    headers.append(name, value);
                    rest = after;
                }
                None if text.is_empty() => {
                    rest = after;
                    break;
                }
                None => break,
            }
        }
        Self { line, headers, body: Bytes::copy_from_slice(rest) }
    }

    /// The status that the line begins with; 200 where there is none.
    pub(crate) fn status(&self) -> StatusCode {
        let number = self.line.get(..3).and_then(|digits| digits.parse().ok());
        number.and_then(|number| StatusCode::from_u16(number).ok()).unwrap_or(StatusCode::OK)
    }

    /// Whether the line has the word.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.line.split_whitespace().any(|found| found == word)
    }

    /// The block as an answer, or as the lack of one.
    pub(crate) fn answer(&self) -> Result<http::Response<Body>, TransportError> {
        use TransportErrorKind as Kind;
        let failures = [
            ("connect", Kind::Connect),
            ("interrupted", Kind::Interrupted),
            ("timeout", Kind::Timeout),
        ];
        if let Some((_, kind)) = failures.iter().find(|(word, _)| self.says(word)) {
            return Err(TransportError::new(*kind, "no answer"));
        }
        let body = Body::from(self.body.clone());
        let body = match self.says("cut") {
            true => {
                let cut = TransportError::new(Kind::Body, "the body ended early");
                Body::from_stream(body.chain(futures_util::stream::iter([Err(cut)])))
            }
            false => body,
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = self.status();
        *response.headers_mut() = self.headers.clone();
        Ok(response)
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let value = HeaderValue::from_bytes(value.trim().as_bytes()).ok()?;
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
}
