//! A request as the core reads it.

use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::{HeaderMap, Method, Version};
use percent_encoding::percent_decode_str;

use crate::line::Line;

/// A request, read whole. Sockets, frames and time are somebody else's.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path's segments between slashes, percent-decoded; a trailing slash makes no difference.
    pub(crate) path: Vec<String>,
    /// Query parameters in order, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What the caller calls this service: the `Host` header, or the address in the request line.
    pub(crate) host: Option<String>,
    /// The address in the request line, where there is one.
    pub(crate) authority: Option<String>,
    /// Whether it came over a connection without `Host`, which HTTP/1.1 demands.
    pub(crate) lacks_host: bool,
    /// What `x-request-id` of the answer will be.
    pub(crate) request_id: String,
}

impl Call {
    pub(crate) fn new(parts: http::request::Parts, body: Bytes, request_id: String) -> Self {
        let path =
            parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let query = pairs(parts.uri.query().unwrap_or_default());
        let named = parts.headers.get(http::header::HOST);
        let authority = parts.uri.authority().map(ToString::to_string);
        // A name that is no text is still a name, and none of ours.
        let host = named.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
        let by_connection = parts.extensions.get::<ConnectInfo<Line>>().is_some();
        Self {
            lacks_host: named.is_none() && by_connection && parts.version == Version::HTTP_11,
            method: parts.method,
            path,
            query,
            headers: parts.headers,
            body,
            host: host.or_else(|| authority.clone()),
            authority,
            request_id,
        }
    }

    /// The path for people: decoded, without a trailing slash.
    pub(crate) fn shown_path(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    /// The path's segments, for matching.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The first query parameter of that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header's text; one that is not text, or is empty, counts as absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let text = self.headers.get(name)?.to_str().ok()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// Whether `Content-Type` names this media type, whatever its parameters.
    pub(crate) fn has_content_type(&self, wanted: &str) -> bool {
        let named = self.header("content-type").unwrap_or_default();
        let media_type = named.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case(wanted)
    }
}

/// Decoded pairs of a query or a form body.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(request: http::Request<()>) -> Call {
        Call::new(request.into_parts().0, Bytes::new(), String::new())
    }

    #[test]
    fn slashes_encoding_and_query_are_read() {
        let request = http::Request::get("/a%20b//c/?x=1&y=a+b%26&x=2&z").body(()).unwrap();
        let call = call(request);
        assert_eq!(call.path, ["a b", "c"]);
        assert_eq!(call.parameter("x"), Some("1"));
        assert_eq!(call.parameter("y"), Some("a b&"));
        assert_eq!(call.parameter("z"), Some(""));
        assert_eq!(call.parameter("w"), None);
        assert_eq!(call.host, None);
    }

    #[test]
    fn host_header_wins_over_the_request_line() {
        let line = http::Request::get("http://one:1/").body(()).unwrap();
        assert_eq!(call(line).host.as_deref(), Some("one:1"));
        let both = http::Request::get("http://one:1/").header("host", "two:2").body(()).unwrap();
        assert_eq!(call(both).host.as_deref(), Some("two:2"));
    }

    #[test]
    fn content_type_is_compared_without_parameters() {
        let request = http::Request::get("/").header("content-type", "Application/JSON; charset=x");
        assert!(call(request.body(()).unwrap()).has_content_type("application/json"));
        let request = http::Request::get("/").header("content-type", "application/jsonp");
        assert!(!call(request.body(()).unwrap()).has_content_type("application/json"));
    }
}
