//! Where a request goes: scheme, host and port.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Scheme, host and port of a URL: what decides whether a credential may go there.
///
/// Read with the same URL parser as the wire uses, so that the check and the connection can never
/// disagree about the host.
///
/// ```
/// use aep_export_transport::Origin;
///
/// let origin: Origin = "https://platform.adobe.io/data/core/ups".parse()?;
/// assert_eq!(origin.to_string(), "https://platform.adobe.io");
/// assert_eq!(origin, "HTTPS://platform.adobe.io:443".parse()?);
/// # Ok::<(), aep_export_transport::InvalidUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    tls: bool,
    host: Host<String>,
    port: u16,
}

/// A text that is not a URL this crate can talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// No absolute URL at all, or a scheme other than `http` and `https`.
    #[error("not an absolute http or https URL")]
    NotHttp,
    /// A user name or password before the host.
    #[error("a user name or password in the URL is not allowed")]
    UserInfo,
}

impl Origin {
    /// The origin of `uri`.
    ///
    /// # Errors
    /// [`InvalidUrl`] when it is relative, not `http` or `https`, or holds a user name or password.
    pub fn of(uri: &http::Uri) -> Result<Self, InvalidUrl> {
        uri.to_string().parse()
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.tls
    }

    /// The host as it stands in a URL; an IPv6 address has its brackets.
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    pub(crate) fn of_url(url: &Url) -> Result<Self, InvalidUrl> {
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(InvalidUrl::NotHttp),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::UserInfo);
        }
        let host = url.host().ok_or(InvalidUrl::NotHttp)?.to_owned();
        let port = url.port_or_known_default().ok_or(InvalidUrl::NotHttp)?;
        Ok(Self { tls, host, port })
    }
}

impl FromStr for Origin {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        Self::of_url(&Url::parse(text).map_err(|_| InvalidUrl::NotHttp)?)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.tls { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<Origin, InvalidUrl> {
        text.parse()
    }

    #[test]
    fn scheme_host_and_port_make_the_difference_and_nothing_else_does() {
        let base = origin("https://platform.adobe.io").unwrap();
        for same in [
            "https://platform.adobe.io:443/a?b",
            "https://PLATFORM.adobe.io/",
            "HTTPS://platform.adobe.io",
        ] {
            assert_eq!(origin(same).unwrap(), base, "{same}");
        }
        for other in [
            "http://platform.adobe.io",
            "https://platform.adobe.io:8443",
            "https://platform.adobe.io.evil.test",
            "https://evil.test/platform.adobe.io",
            "https://platform.adobe.io.",
        ] {
            assert_ne!(origin(other).unwrap(), base, "{other}");
        }
    }

    #[test]
    fn a_user_name_before_the_host_is_refused() {
        for text in ["http://127.0.0.1@127.0.0.2/", "https://user:word@platform.adobe.io"] {
            assert_eq!(origin(text), Err(InvalidUrl::UserInfo), "{text}");
        }
        for text in ["/data", "//127.0.0.2/", "file:///etc/passwd", "ftp://platform.adobe.io", ""] {
            assert_eq!(origin(text), Err(InvalidUrl::NotHttp), "{text}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for text in ["http://localhost:1", "http://127.0.0.1", "http://127.9.8.7", "http://[::1]:1"]
        {
            assert!(origin(text).unwrap().is_loopback(), "{text}");
        }
        for text in
            ["http://0.0.0.0", "http://192.0.2.1", "http://localhost.evil.test", "http://[::2]"]
        {
            assert!(!origin(text).unwrap().is_loopback(), "{text}");
        }
    }
}
