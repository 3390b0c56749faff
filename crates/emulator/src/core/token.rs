//! IMS: access tokens for client credentials.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::answer::{Answer, ims};
use crate::call::{Call, pairs};
use crate::core::{Core, wrong_method};

const HEADER: &str = r#"{"alg":"none","typ":"JWT"}"#;

impl Core {
    /// `POST /ims/token/v3` and `/v2` (same fields, documented).
    pub(super) fn ims(&self, call: &Call, rest: &[&str], now: i64) -> Answer {
        match rest {
            ["token", "v2" | "v3"] if call.method == http::Method::POST => self.issue(call, now),
            ["token", "v2" | "v3"] => wrong_method(call, "POST"),
            _ => crate::answer::not_emulated(&call.shown_path()),
        }
    }

    fn issue(&self, call: &Call, now: i64) -> Answer {
        // Query parameters are taken too (documented, and discouraged).
        let mut fields = call.query.clone();
        if !call.body.is_empty() {
            if !call.has_content_type("application/x-www-form-urlencoded") {
                return ims(400, "bad_request", "the body must be a form");
            }
            fields.extend(pairs(&String::from_utf8_lossy(&call.body)));
        }
        let field = |name: &str| {
            let found = fields.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        if field("grant_type") != Some("client_credentials") {
            return ims(400, "bad_request", "grant_type must be client_credentials");
        }
        let (Some(client), Some(secret)) = (field("client_id"), field("client_secret")) else {
            return ims(400, "invalid_client", "missing client_id or client_secret parameter");
        };
        let is_known = self
            .settings
            .credentials
            .as_ref()
            .is_none_or(|known| known.client_id == client && known.client_secret == secret);
        if !is_known {
            return ims(401, "invalid_client", "Invalid client credentials");
        }
        if field("scope").is_none() {
            return ims(400, "invalid_scope", "the scope parameter is missing");
        }
        let lifetime = self.settings.token_lifetime;
        let millis = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        let document = json!({
            "access_token": issue(client, now, millis, &self.ids.uuid()),
            "token_type": "bearer",
            "expires_in": lifetime.as_secs(),
        });
        Answer::ok(&document).with("cache-control", "no-store")
    }
}

/// A token in the form of IMS: a JWT whose payload says when it was made and how long it is
/// valid, in milliseconds, as texts (documented). It holds all that is needed to judge it, so
/// that a token outlives the process that made it, as the service's do.
fn issue(client: &str, now: i64, lifetime: i64, id: &str) -> String {
    let payload = json!({
        "id": format!("{now}_{id}"),
        "type": "access_token",
        "as": "ims-na1",
        "client_id": client,
        "created_at": now.to_string(),
        "expires_in": lifetime.to_string(),
    });
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(HEADER),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    );
    let mark = checksum(&signed);
    format!("{signed}.{mark}")
}

/// Whom a token was issued to, when it is one of ours and still valid.
pub(super) fn client_of(token: &str, now: i64) -> Option<String> {
    let (signed, mark) = token.rsplit_once('.')?;
    if mark != checksum(signed) {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    let number = |name: &str| payload.get(name)?.as_str()?.parse::<i64>().ok();
    let expires = number("created_at")?.saturating_add(number("expires_in")?);
    (now < expires).then(|| payload.get("client_id")?.as_str().map(ToOwned::to_owned)).flatten()
}

/// Tells a damaged token from a whole one (FNV-1a). Not a signature: the emulator has nothing to
/// protect.
fn checksum(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    URL_SAFE_NO_PAD.encode(hash.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_it_expires() {
        let token = issue("client", 1_000, 500, "id");
        assert_eq!(client_of(&token, 1_000).as_deref(), Some("client"));
        assert_eq!(client_of(&token, 1_499).as_deref(), Some("client"));
        assert_eq!(client_of(&token, 1_500), None);
    }

    #[test]
    fn a_damaged_or_foreign_token_is_refused() {
        let token = issue("client", 1_000, 500, "id");
        for bad in [
            "",
            "token",
            "a.b.c",
            &token[1..],
            &token[..token.len() - 1],
            &format!("{token}x"),
            &token.replacen('.', "", 1),
        ] {
            assert_eq!(client_of(bad, 1_000), None, "{bad}");
        }
    }
}
