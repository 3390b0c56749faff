//! What an access token says of itself.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::Secret;
use crate::number::Number;
use crate::object;

/// The claims about time. IMS writes the first two, in milliseconds and often as text (observed);
/// `exp`, in seconds, is the standard's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Claims {
    created_at: Option<Number>,
    expires_in: Option<Number>,
    exp: Option<Number>,
}

/// When `token` ends, if it is a JWT that says so. The signature is not verified: this is for
/// telling people the time, and only the service decides what a token is good for.
pub(crate) fn expiry(token: &Secret) -> Option<SystemTime> {
    let claims = claims(token.expose())?;
    let value = |number: &Option<Number>| number.as_ref().and_then(Number::value);
    let of_ims = value(&claims.created_at)
        .zip(value(&claims.expires_in))
        .and_then(|(created, life)| after_epoch((created + life) / 1000.0));
    of_ims.or_else(|| after_epoch(value(&claims.exp)?))
}

fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.trim().split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    object::read(&json)
}

fn after_epoch(seconds: f64) -> Option<SystemTime> {
    // A time of nothing is no time.
    let since = Duration::try_from_secs_f64(seconds).ok().filter(|since| !since.is_zero())?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(payload: &str) -> Secret {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Secret::new(format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(payload)))
    }

    fn ends(payload: &str) -> Option<u64> {
        let end = expiry(&token(payload))?;
        Some(end.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn the_end_is_read_in_every_spelling() {
        let ims = r#"{"created_at":"1767225600000","expires_in":"86400000"}"#;
        assert_eq!(ends(ims), Some(1_767_312_000));
        let numbers = r#"{"as":"ims-na1","created_at":1767225600000,"expires_in":86400000}"#;
        assert_eq!(ends(numbers), Some(1_767_312_000));
        assert_eq!(ends(r#"{"exp":1767312000}"#), Some(1_767_312_000));
        assert_eq!(
            ends(r#"{"exp":1767312000,"created_at":"?","expires_in":1}"#),
            ends(r#"{"exp":1767312000}"#)
        );
        assert_eq!(ends(r#"{"exp":1,"created_at":1000,"expires_in":1000}"#), Some(2));
    }

    #[test]
    fn a_token_that_does_not_say_has_no_end() {
        for payload in [
            "{}",
            "[]",
            "[1767225600000,86400000,1767312000]",
            "",
            r#"{"created_at":"1"}"#,
            r#"{"exp":-1}"#,
            r#"{"exp":0}"#,
            r#"{"exp":1e300}"#,
            r#"{"exp":"NaN"}"#,
            r#"{"exp":"inf"}"#,
            r#"{"exp":[]}"#,
        ] {
            assert_eq!(ends(payload), None, "{payload}");
        }
        let jwt = token(r#"{"exp":1767312000}"#);
        for text in ["", "opaque", "a.b", "a.b.c", "...", "a.%%%.c", &format!("{}.d", jwt.expose())]
        {
            assert_eq!(expiry(&Secret::new(text)), None, "{text}");
        }
        let padded = jwt.expose().replacen(".c2ln", "==.c2ln", 1);
        assert!(expiry(&Secret::new(padded)).is_some());
    }

    proptest! {
        #[test]
        fn no_text_does_harm(text in any::<String>(), payload in any::<String>(), number in any::<f64>()) {
            expiry(&Secret::new(text));
            expiry(&token(&payload));
            expiry(&token(&format!(r#"{{"created_at":{number},"expires_in":"{number}"}}"#)));
        }
    }
}
