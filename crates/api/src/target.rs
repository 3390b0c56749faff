//! Where a request goes: the configured base, a path, a query.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use aep_export_transport::{InvalidUrl, Origin};

use crate::Error;

/// Everything but the characters that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address that the service is reached at, such as `https://platform.adobe.io`.
///
/// ```
/// use aep_export_api::BaseUrl;
///
/// let base = BaseUrl::parse("https://platform.adobe.io")?;
/// assert_eq!(base.as_str(), "https://platform.adobe.io");
/// assert!(BaseUrl::parse("platform.adobe.io").is_err());
/// # Ok::<(), aep_export_api::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    origin: Origin,
}

impl BaseUrl {
    /// Reads an `http` or `https` address; a path in it is kept as a prefix.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for anything else: another scheme, no host, user
    /// information, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let origin: Origin = text.parse().map_err(|error: InvalidUrl| unusable(text, &error))?;
        if text.contains(['?', '#']) {
            return Err(unusable(text, &"it may not hold a query or a fragment"));
        }
        Ok(Self { text: text.trim_end_matches('/').to_owned(), origin })
    }

    /// The address without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port: whom credentials may go to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Starts a target at `path`, fixed text that begins with a slash.
    pub fn at(&self, path: &'static str) -> Target {
        Target { url: format!("{}{path}", self.text), has_query: false, refused: None }
    }
}

/// Of the address itself only what can hold no secret is repeated: neither a user with a password,
/// nor a query with a signature.
fn unusable(text: &str, why: &dyn fmt::Display) -> Error {
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    if text.contains('@') {
        return Error::invalid(format!("cannot use the address: {why}"));
    }
    Error::invalid(format!("cannot use the address {shown:?}: {why}"))
}

/// A request's address while it is put together.
///
/// ```
/// use aep_export_api::BaseUrl;
///
/// let base = BaseUrl::parse("https://platform.adobe.io")?;
/// let request = base
///     .at("/data/core/ups/export/jobs")
///     .segment("job id", "42")
///     .query("limit", Some(10))
///     .get()?;
/// assert_eq!(request.uri(), "https://platform.adobe.io/data/core/ups/export/jobs/42?limit=10");
/// # Ok::<(), aep_export_api::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Target {
    url: String,
    has_query: bool,
    refused: Option<String>,
}

impl Target {
    /// Adds an identifier as one path segment; `what` names it in the error.
    ///
    /// An identifier that a server could read as more than one segment, as a step up or as none at
    /// all makes the target an error: `DELETE /jobs/..` would reach another resource.
    #[must_use]
    pub fn segment(mut self, what: &str, id: &str) -> Self {
        let why = if id.trim().is_empty() {
            Some("is empty")
        } else if id.trim() != id {
            Some("has white space around it")
        } else if id == "." || id == ".." {
            Some("is a step in a path")
        } else if id.contains(['/', '\\', '%', '?', '#']) || id.chars().any(char::is_control) {
            Some("holds a character that no identifier has")
        } else {
            None
        };
        if let Some(why) = why {
            self.refused.get_or_insert(format!("the {what} {id:?} {why}"));
        }
        self.url.push('/');
        self.url.extend(utf8_percent_encode(id, RESERVED));
        self
    }

    /// Adds more fixed path text, which begins with a slash.
    #[must_use]
    pub fn then(mut self, path: &'static str) -> Self {
        self.url.push_str(path);
        self
    }

    /// Adds `name=value` to the query if there is a value.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.url.push(if self.has_query { '&' } else { '?' });
            self.has_query = true;
            self.url.push_str(name);
            self.url.push('=');
            self.url.extend(utf8_percent_encode(&value.to_string(), RESERVED).map(Cow::Borrowed));
        }
        self
    }

    /// A GET without a body.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when an identifier cannot stand in a path.
    pub fn get(self) -> Result<Request<Bytes>, Error> {
        self.request(Method::GET, None)
    }

    /// A DELETE without a body.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn delete(self) -> Result<Request<Bytes>, Error> {
        self.request(Method::DELETE, None)
    }

    /// A POST of a JSON document.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn post_json(self, document: Bytes) -> Result<Request<Bytes>, Error> {
        self.request(Method::POST, Some(document))
    }

    fn request(self, method: Method, json: Option<Bytes>) -> Result<Request<Bytes>, Error> {
        if let Some(refused) = self.refused {
            return Err(Error::invalid(refused));
        }
        let mut builder = Request::builder().method(method).uri(&self.url);
        if json.is_some() {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
        }
        builder.body(json.unwrap_or_default()).map_err(|error| {
            Error::invalid(format!("the address {:?} is unusable: {error}", self.url))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn base() -> BaseUrl {
        BaseUrl::parse("https://platform.example").unwrap()
    }

    #[test]
    fn addresses_that_are_no_base_are_refused() {
        for text in [
            "",
            "platform.adobe.io",
            "ftp://platform.adobe.io",
            "https://",
            "https://me:pw@platform.adobe.io",
            "me:pw@platform.adobe.io",
            "https://platform.adobe.io?sig=pw",
            "https://platform.adobe.io/#pw",
            "platform.adobe.io?sig=pw",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{text}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }

    #[test]
    fn a_prefix_in_the_base_is_kept() {
        let base = BaseUrl::parse("http://127.0.0.1:8377/proxy/").unwrap();
        assert_eq!(base.origin().to_string(), "http://127.0.0.1:8377");
        let request = base.at("/data").get().unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:8377/proxy/data");
    }

    #[test]
    fn identifiers_that_would_leave_their_segment_are_refused() {
        for id in ["", ".", "..", "%2e%2e", "a/b", "a\\b", "a?b", "a#b", "a\nb"] {
            let error = base().at("/jobs").segment("job id", id).delete().unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{id:?}");
            assert!(error.to_string().contains("job id"), "{error}");
        }
    }

    /// As it goes out: nothing in it can mean anything to a server.
    #[test]
    fn identifiers_are_encoded() {
        for (id, segment) in [
            ("a-b._~1", "a-b._~1"),
            ("a b", "a%20b"),
            ("@evil.test:1", "%40evil.test%3A1"),
            ("a+b&c=d;e*", "a%2Bb%26c%3Dd%3Be%2A"),
            ("\u{e9}", "%C3%A9"),
            ("...", "..."),
        ] {
            let request = base().at("/jobs").segment("job id", id).get().unwrap();
            assert_eq!(request.uri().path(), format!("/jobs/{segment}"));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_stays_one_segment(id in any::<String>()) {
            if let Ok(request) = base().at("/jobs").segment("job id", &id).get() {
                let url = Url::parse(&request.uri().to_string()).unwrap();
                let segments: Vec<_> = url.path_segments().unwrap().collect();
                prop_assert_eq!(segments.len(), 2);
                let decoded = percent_encoding::percent_decode_str(segments[1]).decode_utf8().unwrap();
                prop_assert_eq!(decoded, id);
            }
        }

        #[test]
        fn query_values_survive(value in any::<String>()) {
            let request = base().at("/x").query("a", Some(&value)).query("b", Some(1)).get().unwrap();
            let url = Url::parse(&request.uri().to_string()).unwrap();
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, vec![("a".to_owned(), value), ("b".to_owned(), "1".to_owned())]);
        }
    }
}
