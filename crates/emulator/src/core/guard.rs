//! Who may speak to the emulator at all: programs on this machine, not web pages.

use std::net::{IpAddr, SocketAddr};

use http::uri::Scheme;
use http::{Uri, header};

use crate::answer::{Answer, emulator};
use crate::call::Call;

/// The names under which the emulator may be spoken to.
///
/// A page from elsewhere can make a browser send requests here: by a name of its own that it
/// resolves to the loopback address, or from its own origin, be that another port of this machine.
/// Both give themselves away, the first in `Host`, the second in `Origin`.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    names: Vec<String>,
    /// The port that is listened on; 0 without a socket of the emulator's own.
    port: u16,
    /// Listening on every address: any address will do, as no name can be rebound to one.
    any_address: bool,
}

impl Guard {
    /// Lets in loopback names, the bound address and these names.
    pub(crate) fn new(bound: SocketAddr, names: &[String]) -> Self {
        let mut known = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        known.push(shown(bound.ip()));
        known.extend(names.iter().map(|name| name.to_ascii_lowercase()));
        Self { names: known, port: bound.port(), any_address: bound.ip().is_unspecified() }
    }

    /// The refusal of a request that comes from where none may come from.
    pub(crate) fn refusal(&self, call: &Call) -> Option<Answer> {
        if call.lacks_host {
            return Some(emulator(400, "HostMissing", "a request of HTTP/1.1 must have a Host"));
        }
        let hosts = call.headers.get_all(header::HOST).iter().count();
        let host = call.host.as_deref();
        let is_ours = host.is_none_or(|host| self.knows(host));
        // The address in the request line is a name for this service as well.
        let agrees = call
            .authority
            .as_deref()
            .is_none_or(|address| host.is_some_and(|host| host.eq_ignore_ascii_case(address)));
        if hosts > 1 || !is_ours || !agrees {
            return Some(emulator(403, "HostRefused", "this Host is not one of the emulator's"));
        }
        let mut origins = call.headers.get_all(header::ORIGIN).iter();
        let is_own = origins
            .all(|origin| origin.to_str().is_ok_and(|origin| self.is_own_origin(origin, host)));
        (!is_own).then(|| emulator(403, "OriginRefused", "requests of web pages are refused"))
    }

    /// Whether pages of this origin come from the emulator itself, whose caller calls it `host`.
    fn is_own_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let Ok(origin) = origin.parse::<Uri>() else { return false };
        let Some(authority) = origin.authority() else { return false };
        origin.scheme() == Some(&Scheme::HTTP)
            && self.knows(authority.as_str())
            && self.port != 0
            && authority.port_u16().unwrap_or(80) == self.port
            // Any address is also that of another machine.
            && (!self.any_address || host == Some(authority.as_str()))
    }

    /// `name` or `name:port`, letter by letter.
    fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => {
                if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
                    return false;
                }
                name
            }
            _ => &host,
        };
        self.names.iter().any(|known| known == name)
            || (self.any_address && name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok())
    }
}

fn shown(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(bound: &str) -> Guard {
        Guard::new(SocketAddr::new(bound.parse().unwrap(), 8377), &["Emulator".to_owned()])
    }

    #[test]
    fn own_names_are_known_with_and_without_port() {
        let guard = guard("10.0.0.7");
        for host in [
            "localhost",
            "LOCALHOST:8377",
            "127.0.0.1:1",
            "[::1]:8377",
            "[::1]",
            "10.0.0.7:80",
            "emulator:8377",
        ] {
            assert!(guard.knows(host), "{host}");
        }
    }

    #[test]
    fn names_that_only_look_like_ours_are_not_known() {
        let guard = guard("127.0.0.1");
        for host in [
            "evil.test",
            "127.0.0.1.evil.test",
            "localhost.evil.test:80",
            "evil.test:127.0.0.1",
            "127.0.0.1:80x",
            "127.0.0.1:",
            "user@127.0.0.1",
            "10.0.0.7",
            "",
        ] {
            assert!(!guard.knows(host), "{host}");
        }
    }

    #[test]
    fn on_every_address_any_address_will_do_but_no_name() {
        let guard = guard("0.0.0.0");
        assert!(guard.knows("192.168.1.5:8377"));
        assert!(guard.knows("[2001:db8::1]:8377"));
        assert!(!guard.knows("evil.test"));
    }

    #[test]
    fn an_origin_is_ours_by_host_and_port() {
        let ours = guard("127.0.0.1");
        assert!(ours.is_own_origin("http://127.0.0.1:8377", None));
        assert!(ours.is_own_origin("http://localhost:8377", None));
        for origin in [
            "null",
            "",
            "http://evil.test",
            "http://evil.test:8377",
            "https://127.0.0.1.evil.test:8377",
            "https://127.0.0.1:8377",
            "http://127.0.0.1:3000",
            "http://localhost",
            "http://user@127.0.0.1:8377",
            "file://",
        ] {
            assert!(!ours.is_own_origin(origin, None), "{origin}");
        }
        let everywhere = guard("0.0.0.0");
        let host = Some("10.0.0.7:8377");
        assert!(everywhere.is_own_origin("http://10.0.0.7:8377", host));
        assert!(!everywhere.is_own_origin("http://10.0.0.8:8377", host));
        let mut without_socket = guard("127.0.0.1");
        without_socket.port = 0;
        assert!(!without_socket.is_own_origin("http://127.0.0.1:0", None));
    }
}
