//! What the environment says of object stores, in the words of the object_store crate.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables of these belong to the crate.
const PREFIXES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];
/// A variable with one of these in its name may hold a secret.
const SECRET: [&str; 7] =
    ["KEY", "SECRET", "TOKEN", "PASSWORD", "SAS", "CREDENTIAL", "SERVICE_ACCOUNT"];
/// Where the clouds give credentials to machines and containers of theirs. They speak plain http, over
/// a link that ends on the host.
const METADATA: [&str; 5] = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "[fd00:ec2::254]",
    "metadata.google.internal",
];

/// The variables.
// Not `Debug`: they hold secrets.
#[derive(Clone, Default)]
pub(crate) struct Clouds(BTreeMap<String, String>);

impl Clouds {
    pub(crate) fn of(vars: &BTreeMap<String, OsString>) -> Self {
        let ours =
            vars.iter().filter(|(name, _)| PREFIXES.iter().any(|ours| name.starts_with(ours)));
        let text =
            |value: &OsString| value.to_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Self(ours.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect())
    }

    /// Names as the crate spells them, and values.
    pub(super) fn options(&self) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
    }

    /// The hosts that may be spoken to without TLS where that is allowed at all.
    pub(super) fn plain_hosts(&self) -> impl Iterator<Item = String> {
        let named = self.0.values().filter_map(|value| url::Url::parse(value).ok());
        let named = named.filter_map(|url| Some(url.host_str()?.to_owned()));
        METADATA.iter().map(|host| (*host).to_owned()).chain(named)
    }

    /// Whether anything says who signs in. Without that the machine itself is asked.
    pub(super) fn sign_in(&self) -> bool {
        self.0.keys().any(|name| SECRET.iter().any(|word| name.contains(word)))
    }

    /// `text` of a store, which may repeat what it was sent.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let is_secret = |name: &str| SECRET.iter().any(|word| name.contains(word));
        let secrets = self.0.iter().filter(|(name, value)| is_secret(name) && value.len() >= 4);
        secrets.fold(text.to_owned(), |text, (name, value)| {
            text.replace(value.as_str(), &format!("${name}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clouds(vars: &[(&str, &str)]) -> Clouds {
        Clouds::of(&vars.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect())
    }

    #[test]
    fn only_what_belongs_to_the_crate_is_taken() {
        let clouds = clouds(&[
            ("AWS_REGION", "eu-central-1"),
            ("AWS_SESSION_TOKEN", ""),
            ("AEP_CLIENT_SECRET", "s"),
            ("PATH", "/bin"),
        ]);
        let options: Vec<_> = clouds.options().collect();
        assert_eq!(options, [("aws_region".to_owned(), "eu-central-1")]);
    }

    #[test]
    fn what_a_store_repeats_is_not_told() {
        let clouds = clouds(&[
            ("AWS_ACCESS_KEY_ID", "AKIA-canary"),
            ("AWS_SESSION_TOKEN", "token-canary"),
            ("AZURE_STORAGE_SAS_KEY", "sig=canary"),
            ("AWS_REGION", "there"),
        ]);
        let told = clouds.without_secrets("AKIA-canary of there: token-canary, sig=canary");
        assert_eq!(told, "$AWS_ACCESS_KEY_ID of there: $AWS_SESSION_TOKEN, $AZURE_STORAGE_SAS_KEY");
    }

    #[test]
    fn plain_http_is_for_metadata_and_named_endpoints() {
        let clouds = clouds(&[("AWS_ENDPOINT_URL", "http://minio.lan:9000"), ("AWS_REGION", "x")]);
        let hosts: Vec<_> = clouds.plain_hosts().collect();
        assert!(hosts.contains(&"169.254.169.254".to_owned()));
        assert!(hosts.contains(&"minio.lan".to_owned()));
        assert_eq!(hosts.len(), METADATA.len() + 1);
    }
}
