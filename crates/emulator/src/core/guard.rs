//! Who may speak to the emulator at all: programs on this machine, not web pages.

use std::net::IpAddr;

use http::Uri;

use crate::answer::{Answer, emulator};
use crate::call::Call;

/// The names under which the emulator may be spoken to.
///
/// A page from elsewhere can make a browser send requests here: by a name of its own that it
/// resolves to the loopback address, or from its own origin. Both give themselves away, the first
/// in `Host`, the second in `Origin`.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    names: Vec<String>,
    /// Listening on every address: any address will do, as no name can be rebound to one.
    any_address: bool,
}

impl Guard {
    /// Lets in loopback names, the bound address and these names.
    pub(crate) fn new(bound: IpAddr, names: &[String]) -> Self {
        let mut known = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        known.push(shown(bound));
        known.extend(names.iter().map(|name| name.to_ascii_lowercase()));
        Self { names: known, any_address: bound.is_unspecified() }
    }

    /// The refusal of a request that comes from where none may come from.
    pub(crate) fn refusal(&self, call: &Call) -> Option<Answer> {
        let hosts = call.headers.get_all(http::header::HOST).iter().count();
        let host_is_ours = call.host.as_deref().is_none_or(|host| self.knows(host));
        if hosts > 1 || !host_is_ours {
            return Some(emulator(403, "HostRefused", "this Host is not one of the emulator's"));
        }
        let origin = call.headers.get(http::header::ORIGIN)?;
        let ours = origin.to_str().is_ok_and(|origin| self.knows_origin(origin));
        (!ours).then(|| emulator(403, "OriginRefused", "requests of web pages are refused"))
    }

    fn knows_origin(&self, origin: &str) -> bool {
        origin.parse::<Uri>().is_ok_and(|origin| {
            origin.authority().is_some_and(|authority| self.knows(authority.as_str()))
        })
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
        Guard::new(bound.parse().unwrap(), &["Emulator".to_owned()])
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
    fn origins_are_judged_by_their_host() {
        let guard = guard("127.0.0.1");
        assert!(guard.knows_origin("http://127.0.0.1:8377"));
        for origin in ["null", "http://evil.test", "https://127.0.0.1.evil.test", "file://"] {
            assert!(!guard.knows_origin(origin), "{origin}");
        }
    }
}
