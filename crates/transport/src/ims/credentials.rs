//! What a server signs in with.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Secret, TokenError};

/// The scopes that Adobe's own templates ask for to use AEP (documented).
pub const AEP_SCOPES: [&str; 5] = [
    "openid",
    "session",
    "AdobeID",
    "read_organizations",
    "additional_info.projectedProductContext",
];

/// Tells a client secret when a token is about to be asked for, and not before: a kept token needs
/// none. A [`Secret`] tells itself.
///
/// Implement it where the secret costs something to have: a vault, or a person who unlocks one.
#[async_trait]
pub trait SecretSource: fmt::Debug + Send + Sync {
    /// The secret.
    ///
    /// # Errors
    /// A [`TokenError`], which is then why there is no token:
    /// [`NoSecret`](crate::TokenErrorKind::NoSecret) where asking again would not help,
    /// [`Unavailable`](crate::TokenErrorKind::Unavailable) where it may.
    async fn secret(&self) -> Result<Secret, TokenError>;
}

#[async_trait]
impl SecretSource for Secret {
    async fn secret(&self) -> Result<Secret, TokenError> {
        Ok(self.clone())
    }
}

#[async_trait]
impl<T: SecretSource + ?Sized> SecretSource for Arc<T> {
    async fn secret(&self) -> Result<Secret, TokenError> {
        (**self).secret().await
    }
}

/// An OAuth server-to-server credential of the Adobe Developer Console.
///
/// ```
/// use aep_export_transport::{ImsCredentials, Secret};
///
/// let credentials =
///     ImsCredentials::new("client id", Secret::new("p8e-canary"), ["openid, session AdobeID"]);
/// assert_eq!(credentials.scopes, ["openid", "session", "AdobeID"]);
/// assert!(!format!("{credentials:?}").contains("canary"));
/// ```
#[derive(Debug, Clone)]
pub struct ImsCredentials {
    /// The client id; also what goes into `x-api-key`.
    pub client_id: String,
    /// The client secret, or who tells it.
    pub client_secret: Arc<dyn SecretSource>,
    /// What the token shall be good for; [`AEP_SCOPES`] where this is empty.
    pub scopes: Vec<String>,
}

impl ImsCredentials {
    /// Takes scopes in any spelling that [`normalise_scopes`] reads.
    pub fn new<S: AsRef<str>>(
        client_id: impl Into<String>,
        client_secret: impl SecretSource + 'static,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: Arc::new(client_secret),
            scopes: normalise_scopes(scopes),
        }
    }

    /// The scopes as the form field: joined by commas (documented).
    pub(super) fn scope_field(&self) -> String {
        let scopes = normalise_scopes(&self.scopes);
        if scopes.is_empty() { AEP_SCOPES.join(",") } else { scopes.join(",") }
    }
}

/// One list out of scopes that are separated by commas, white space, or both, or are a list
/// already: each once, in the order of first mention.
///
/// ```
/// use aep_export_transport::normalise_scopes;
///
/// assert_eq!(normalise_scopes(["openid,session", "openid AdobeID"]), ["openid", "session", "AdobeID"]);
/// ```
pub fn normalise_scopes<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for text in scopes {
        let separator = |c: char| c == ',' || c.is_whitespace();
        for scope in text.as_ref().split(separator).filter(|scope| !scope.is_empty()) {
            if !list.iter().any(|known| known == scope) {
                list.push(scope.to_owned());
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_scopes_means_those_of_aep() {
        let credentials = ImsCredentials::new("id", Secret::new("s"), [" , "]);
        assert_eq!(credentials.scope_field(), AEP_SCOPES.join(","));
    }

    #[test]
    fn a_list_filled_in_by_hand_is_normalised_when_sent() {
        let credentials = ImsCredentials {
            client_id: "id".into(),
            client_secret: Arc::new(Secret::new("s")),
            scopes: vec!["openid, session".into(), "AdobeID".into()],
        };
        assert_eq!(credentials.scope_field(), "openid,session,AdobeID");
    }

    proptest! {
        #[test]
        fn the_separator_makes_no_difference(
            scopes in proptest::collection::vec("[a-z_.]{1,8}", 0..6),
            separator in prop_oneof![Just(","), Just(" "), Just(", "), Just("\n"), Just(" ,\t")],
        ) {
            let list = normalise_scopes(&scopes);
            prop_assert_eq!(&normalise_scopes([scopes.join(separator)]), &list);
            prop_assert_eq!(&normalise_scopes(&list), &list);
            for scope in &scopes {
                prop_assert_eq!(list.iter().filter(|known| *known == scope).count(), 1);
            }
        }

        #[test]
        fn any_text_gives_clean_scopes(text in any::<String>()) {
            for scope in normalise_scopes([text]) {
                prop_assert!(!scope.is_empty());
                prop_assert!(!scope.contains(|c: char| c == ',' || c.is_whitespace()));
            }
        }
    }
}
