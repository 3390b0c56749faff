//! The proxy that the environment asks for.

use std::collections::BTreeMap;
use std::ffi::OsString;

use url::Url;

use crate::failure::Failure;

/// What `HTTPS_PROXY` and `NO_PROXY` say. Kept as it is until something is sent over https: a bad
/// value is no reason to refuse work that needs no proxy.
// Not `Debug`: the address may hold a password.
#[derive(Clone, Default)]
pub(crate) struct Proxy {
    https: Option<(&'static str, OsString)>,
    no_proxy: String,
}

impl Proxy {
    /// Reads the variables; the lower-case spelling comes first, as it does for curl.
    pub(crate) fn of(vars: &BTreeMap<String, OsString>) -> Self {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = vars.get(name).filter(|value| !value.is_empty())?;
                Some((name, value.clone()))
            })
        };
        let no_proxy = first(["no_proxy", "NO_PROXY"]);
        Self {
            https: first(["https_proxy", "HTTPS_PROXY"]),
            no_proxy: no_proxy
                .map(|(_, value)| value.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }

    /// The proxy for https and the hosts that need none.
    ///
    /// The address is never repeated in a message: it may hold a password.
    pub(crate) fn https(&self) -> Result<Option<(String, String)>, Failure> {
        let Some((name, value)) = &self.https else { return Ok(None) };
        let text = value.to_str().map(str::trim).unwrap_or_default();
        // `proxy.example:3128` is how people write it.
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        match Url::parse(&text) {
            Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => {
                Ok(Some((text, self.no_proxy.clone())))
            }
            _ => Err(Failure::usage(format!("{name} is not the address of an http proxy"))
                .hint(format!("write it as http://HOST:PORT, or take it away: unset {name}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(vars: &[(&str, &str)]) -> Proxy {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        Proxy::of(&vars)
    }

    #[test]
    fn the_variables_in_both_spellings() {
        let set = proxy(&[
            ("HTTPS_PROXY", "http://big:1"),
            ("https_proxy", "small:2"),
            ("NO_PROXY", "a,b"),
        ]);
        assert_eq!(set.https().unwrap(), Some(("http://small:2".into(), "a,b".into())));
        assert_eq!(proxy(&[("HTTPS_PROXY", "")]).https().unwrap(), None);
        assert_eq!(proxy(&[]).https().unwrap(), None);
    }

    #[test]
    fn a_bad_address_is_named_and_not_repeated() {
        for bad in ["socks5://me:canary@host:1", "http://", "http://me:canary@"] {
            let failure = proxy(&[("HTTPS_PROXY", bad)]).https().unwrap_err();
            assert_eq!(failure.message(), "HTTPS_PROXY is not the address of an http proxy");
        }
    }
}
