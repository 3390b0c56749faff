//! A call as it was typed.

use std::time::Duration;

use aep_export_api::{Answer, BaseUrl, Error, Operation};
use aep_export_transport::{OperationInfo, Replay};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header};

/// The gateway gives up after 60 seconds (documented); whoever gives up before it learns nothing of
/// what became of the request.
const LONGER_THAN_THE_GATEWAY: Duration = Duration::from_secs(75);

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    /// With its query.
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

const METHODS: [(Method, &str); 6] = [
    (Method::Get, "GET"),
    (Method::Head, "HEAD"),
    (Method::Post, "POST"),
    (Method::Put, "PUT"),
    (Method::Patch, "PATCH"),
    (Method::Delete, "DELETE"),
];

impl Method {
    fn name(self) -> &'static str {
        METHODS.iter().find(|(method, _)| *method == self).map_or("GET", |(_, name)| *name)
    }

    /// Whether sending it twice has the effect of sending it once (RFC 9110, 9.2.2).
    pub(super) fn is_repeatable(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }
}

impl Call {
    /// What it is called in messages; a query may hold anything.
    pub(super) fn line(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method.name())
    }
}

impl Operation for Call {
    type Output = ();

    fn info(&self) -> OperationInfo {
        if self.method.is_repeatable() {
            return OperationInfo::new("api", Replay::Safe);
        }
        OperationInfo::new("api", Replay::Never)
            .response_timeout(LONGER_THAN_THE_GATEWAY)
            .fresh_connection()
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let url = format!("{}{}", base.as_str(), self.path);
        let unusable = |error: http::Error| Error::invalid(format!("{:?}: {error}", self.path));
        let mut request = Request::builder()
            .method(self.method.name())
            .uri(&url)
            .body(self.body.clone())
            .map_err(unusable)?;
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if !self.body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(request)
    }

    fn decode(&self, _: &Answer) -> Result<(), Error> {
        Ok(())
    }
}

/// A call whose answer may be of any size.
pub(super) struct Streamed(pub(super) Call);

impl Operation for Streamed {
    type Output = ();

    fn info(&self) -> OperationInfo {
        self.0.info().unlimited_body()
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        self.0.request(base)
    }

    fn decode(&self, answer: &Answer) -> Result<(), Error> {
        self.0.decode(answer)
    }
}

pub(super) fn method(text: &str) -> Result<Method, String> {
    let known = METHODS.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
    known.map(|(method, _)| *method).ok_or_else(|| {
        let names: Vec<&str> = METHODS.iter().map(|(_, name)| *name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// A path that stays on the configured host and below its base.
pub(super) fn path(text: &str) -> Result<String, String> {
    if text.contains("://") && !text.starts_with('/') {
        return Err(
            "expected the path alone, from the base URL on: the host is the configured one"
                .to_owned(),
        );
    }
    if !text.starts_with('/') || text.starts_with("//") {
        return Err("a path begins with one `/`".to_owned());
    }
    if text.contains('#') {
        return Err("`#` and what follows are never sent; write it as %23".to_owned());
    }
    let odd = |char: char| char.is_control() || char.is_whitespace() || char == '\\';
    if !text.is_ascii() || text.contains(odd) {
        return Err("it holds a character that must be percent-encoded".to_owned());
    }
    let path = text.split('?').next().unwrap_or_default();
    let is_step = |step: &str| matches!(step, "." | "..");
    if decoded(path).split(['/', '\\']).any(is_step) {
        return Err("a step such as `..` may lead out of the base URL".to_owned());
    }
    Ok(text.to_owned())
}

/// Each `%2e`, `%2f` and `%5c` as the character that some servers take it for.
fn decoded(path: &str) -> String {
    [("%2e", "."), ("%2f", "/"), ("%5c", "\\")]
        .iter()
        .fold(path.to_ascii_lowercase(), |path, (code, character)| path.replace(code, character))
}

/// Headers that are not for a caller to set: the first would go past the sign-in, the others belong
/// to the connection.
const NOT_YOURS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
];

pub(super) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected `NAME: VALUE`")?;
    let name: HeaderName =
        name.trim().parse().map_err(|_| format!("{name:?} is not the name of a header"))?;
    if NOT_YOURS.contains(&name) {
        return Err(format!("the program sets `{name}` itself"));
    }
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| format!("the value of `{name}` cannot stand in a header"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_on_the_host_and_below_the_base() {
        for good in ["/data/core/ups/export/jobs?limit=2", "/a/..b/c.", "/", "/a?x=../y", "/a%20b"]
        {
            assert_eq!(path(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "data/core",
            "https://elsewhere.example/x",
            "//elsewhere.example/x",
            "@elsewhere.example/x",
            "/a/../b",
            "/a/..",
            "/./a",
            "/a/%2e%2E/b",
            "/a/.%2e/b",
            "/a%2f..%2Fb",
            "/a%5c..%5cb",
            "/a\\..\\b",
            "/a b",
            "/a\r\nhost: x",
            "/ä",
            "/a#b",
        ] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_are_those_of_the_caller_alone() {
        let (name, value) = header("Accept:  application/vnd.adobe.x+json ").unwrap();
        assert_eq!(
            (name.as_str(), value.to_str().unwrap()),
            ("accept", "application/vnd.adobe.x+json")
        );
        for bad in ["accept", "a b: c", ": c", "x: a\r\ny: b", "Authorization: Bearer x", "HOST: x"]
        {
            assert!(header(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_post_is_never_repeated_blindly() {
        let replay = |name: &str| {
            let method = method(name).unwrap();
            let call = Call { method, path: "/".into(), headers: Vec::new(), body: Bytes::new() };
            call.info().replay
        };
        for name in ["GET", "head", "Put", "DELETE"] {
            assert_eq!(replay(name), Replay::Safe, "{name}");
        }
        for name in ["POST", "patch"] {
            assert_eq!(replay(name), Replay::Never, "{name}");
        }
        assert!(method("TRACE").is_err());
    }
}
