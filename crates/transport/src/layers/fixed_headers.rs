//! The headers that every call has.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, USER_AGENT};

use crate::{Body, Transport, TransportError};

/// Adds headers to each request that does not have them already.
///
/// For AEP these are `x-api-key`, `x-gw-ims-org-id`, `x-sandbox-name`, `accept` and `user-agent`
/// (documented: the gateway answers 403 or 400 without the first two). Every value but `accept`,
/// `content-type` and `user-agent` is marked sensitive, so that no `Debug` shows it.
#[derive(Debug, Clone)]
pub struct FixedHeaders<T> {
    inner: T,
    headers: HeaderMap,
}

impl<T> FixedHeaders<T> {
    /// Adds `headers` to what goes to `inner`.
    pub fn new(inner: T, headers: HeaderMap) -> Self {
        Self { inner, headers: sensitive(headers) }
    }
}

/// Adds those of `fixed` to `headers` whose names are not there yet, values marked sensitive: what
/// [`FixedHeaders`] does, for showing a request without sending it.
pub fn add_missing_headers(fixed: &HeaderMap, headers: &mut HeaderMap) {
    let missing: Vec<&HeaderName> =
        fixed.keys().filter(|name| !headers.contains_key(*name)).collect();
    for name in missing {
        for value in fixed.get_all(name) {
            let mut value = value.clone();
            value.set_sensitive(!is_public(name));
            headers.append(name, value);
        }
    }
}

fn sensitive(mut headers: HeaderMap) -> HeaderMap {
    for (name, value) in &mut headers {
        value.set_sensitive(!is_public(name));
    }
    headers
}

fn is_public(name: &HeaderName) -> bool {
    [ACCEPT, CONTENT_TYPE, USER_AGENT].contains(name)
}

#[async_trait]
impl<T: Transport> Transport for FixedHeaders<T> {
    async fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        add_missing_headers(&self.headers, request.headers_mut());
        self.inner.send(request).await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http::HeaderValue;

    use super::*;
    use crate::testing::Scripted;

    fn fixed() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("canary-key"));
        headers.insert("x-gw-ims-org-id", HeaderValue::from_static("canary@AdobeOrg"));
        headers.insert("accept", HeaderValue::from_static("application/json"));
        headers
    }

    #[test]
    fn adds_what_is_missing_and_leaves_what_is_there() {
        let script = Scripted::new().answer(200, "");
        let layer = FixedHeaders::new(script.clone(), fixed());
        let request = http::Request::get("/").header("accept", "text/plain").body(Bytes::new());
        layer.send(request.unwrap()).now_or_never().unwrap().unwrap();

        let sent = script.requests().remove(0);
        assert_eq!(sent.headers().get_all("accept").iter().count(), 1);
        assert_eq!(sent.headers()["accept"], "text/plain");
        assert_eq!(sent.headers()["x-api-key"], "canary-key");
        assert_eq!(sent.headers()["x-gw-ims-org-id"], "canary@AdobeOrg");
        let shown = format!("{sent:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn debug_of_the_layer_shows_no_value() {
        let shown = format!("{:?}", FixedHeaders::new(Scripted::new(), fixed()));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("application/json"), "{shown}");
    }
}
