//! What a person can do about an error of the service: a table of its codes, and a word for every
//! kind of error that has no code here.
//!
//! Hints live in this program alone. Which codes there are and what they say is documented by the
//! services and by the sources of Adobe's gateway; what to do about them is partly assumed.

use std::error::Error as _;

use aep_export_api::{Error, ErrorKind, Obstacle};
use aep_export_transport::{TokenError, TokenErrorKind};

use crate::duration;

/// A code that a service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// Who answers it.
    pub from: Service,
    /// The code. Of a code such as `UPAPI-113752-403`, all but the status at its end.
    pub code: &'static str,
    /// What the service says with it.
    pub says: &'static str,
    /// What to do.
    pub hint: &'static str,
}

/// Who answers a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The gateway in front of all services.
    Gateway,
    /// The services of profiles and segments, of which export jobs are a part.
    Profiles,
    /// IMS, which gives tokens.
    Tokens,
}

const fn gateway(code: &'static str, says: &'static str, hint: &'static str) -> ErrorCode {
    ErrorCode { from: Service::Gateway, code, says, hint }
}

const fn profiles(code: &'static str, says: &'static str, hint: &'static str) -> ErrorCode {
    ErrorCode { from: Service::Profiles, code, says, hint }
}

const fn tokens(code: &'static str, says: &'static str, hint: &'static str) -> ErrorCode {
    ErrorCode { from: Service::Tokens, code, says, hint }
}

const NEW_TOKEN: &str = "the token has run out or was withdrawn: with AEP_ACCESS_TOKEN get a new \
    one, else check AEP_CLIENT_SECRET";
const MORE_SCOPES: &str = "the token has too few scopes: leave AEP_SCOPES unset, or see which \
    scopes the credential has in the developer console";
const NO_SIGNATURES: &str = "AEP needs no signature: check AEP_BASE_URL, it may be another service";
const NO_DIGESTS: &str = "AEP needs no digest: check AEP_BASE_URL, it may be another service";
const NO_ACCOUNT: &str = "the credential's account has no valid profile in this organisation: ask \
    its administrator to add it to a product profile of Experience Platform";
const DOWN: &str = "a service behind the gateway is down, nothing is wrong with what was sent: try \
    again later";
/// Of no use to the doctor.
pub(crate) const ASK_THE_DOCTOR: &str =
    "try again later; `aep-export doctor` looks for what is in the way";
const NOT_HERE: &str = "check the id, and that --sandbox and --org are those that it was made in";
/// The same of a call that asks for nothing by its id.
const NOTHING_HERE: &str = "check --sandbox, --org and AEP_BASE_URL, and what the request names: see it with \
    --dry-run";

/// Every code with a hint of its own.
pub(crate) const CODES: &[ErrorCode] = &[
    gateway("400001", "Missing digest source", NO_DIGESTS),
    gateway("400002", "Missing digest secret", NO_DIGESTS),
    gateway(
        "400003",
        "Missing header",
        "the organisation did not arrive: check AEP_ORG_ID, and that nothing on the way takes \
         headers off",
    ),
    gateway("401013", "Oauth token is not valid", NEW_TOKEN),
    gateway(
        "401014",
        "Token not allowed in the current context",
        "the token is of another kind: it must come from an OAuth Server-to-Server credential",
    ),
    gateway("401015", "Scope mismatch", MORE_SCOPES),
    gateway(
        "403000",
        "Api Key is required",
        "the client id did not arrive: check AEP_CLIENT_ID, and that nothing on the way takes \
         headers off",
    ),
    gateway(
        "403003",
        "Api Key is invalid",
        "check AEP_CLIENT_ID: its project in the developer console must have the Experience \
         Platform API, and a token must be of the same client",
    ),
    gateway(
        "403010",
        "Oauth token is missing.",
        "the token did not arrive: check that nothing on the way takes headers off",
    ),
    gateway("403011", "Scope mismatch", MORE_SCOPES),
    gateway(
        "403012",
        "Your IP is blacklisted",
        "the organisation shuts out this machine's address: ask its administrator",
    ),
    gateway(
        "403013",
        "Your IP is not whitelisted",
        "the organisation lets in known addresses only: call from its network, or ask its \
         administrator",
    ),
    gateway("403020", "Oauth token missing or invalid", NEW_TOKEN),
    gateway("403023", "Profile is not valid", NO_ACCOUNT),
    gateway("403024", "Not allowed to read the profile", NO_ACCOUNT),
    gateway(
        "403025",
        "Profile is not valid",
        "the credential has no product profile for this organisation: add one in the developer \
         console, and check AEP_ORG_ID",
    ),
    gateway(
        "403027",
        "User region is missing",
        "check AEP_ORG_ID: it looks like 0123456789ABCDEF01234567@AdobeOrg; if it is right, the \
         credential has no product profile of Experience Platform",
    ),
    gateway("403030", "Signature is missing", NO_SIGNATURES),
    gateway("403033", "Signature is invalid", NO_SIGNATURES),
    gateway("403040", "Invalid link", "check AEP_BASE_URL: the gateway does not take this address"),
    gateway(
        "403201",
        "Client ID not allowed to call this service",
        "add the Experience Platform API to the project of AEP_CLIENT_ID in the developer console",
    ),
    gateway(
        "404040",
        "Link not found",
        "check AEP_BASE_URL: the gateway knows no service at this address",
    ),
    gateway(
        "429001",
        "Service usage limit reached",
        "the service's limit is used up: try again later, and ask less often",
    ),
    gateway(
        "429002",
        "Developer key usage limit reached",
        "the limit of this client id is used up: try again later, and see who else uses it",
    ),
    gateway(
        "429050",
        "Too many requests",
        "too many calls at once: try again in a moment, and run fewer at the same time",
    ),
    gateway("503000", "Could not validate Api Key", DOWN),
    gateway("503010", "Could not validate the oauth token", DOWN),
    gateway("503020", "Could not read the profile", DOWN),
    gateway("503030", "Could not validate Signature", DOWN),
    gateway(
        "503071",
        "delay client",
        "the gateway asks to be left alone: try again in five minutes",
    ),
    profiles("UPAPI-113000", "The entity .. is not found", NOT_HERE),
    profiles("UPAPI-113430", "The audience entity .. is not found", NOT_HERE),
    profiles(
        "UPAPI-113015",
        "The number of requested IDs is invalid. Cannot be 0 or exceed 100.",
        "ask for 1 to 100 ids at a time",
    ),
    profiles(
        "UPAPI-113434",
        "There is a problem in audience validation",
        "the request itself is refused: see it with --dry-run",
    ),
    profiles(
        "UPAPI-113631",
        "The audience cannot be deleted.",
        "something still uses the audience, or it is not yours to delete",
    ),
    profiles(
        "UPAPI-113740",
        "The IMS Org is not enabled for External Segment",
        "the organisation has no external segments: leave the namespace out, or ask Adobe's support",
    ),
    profiles(
        "UPAPI-113751",
        "There is a problem validating Field Level Access Control.",
        "what the credential may see could not be checked: it must have a role in this organisation \
         and sandbox; see permissions in AEP",
    ),
    profiles(
        "UPAPI-113752",
        "Permission denied on some resources.",
        "the credential's role lacks a permission on what the message names: an administrator of \
         AEP can add it, in this sandbox",
    ),
    profiles(
        "UPLIB-101206",
        "There is a problem extracting the user JSON",
        "the service cannot read the request: see it with --dry-run",
    ),
    profiles(
        "UPLIB-101554",
        "Dataset .. cannot be retrieved from Catalog",
        "check the dataset: it must be in this sandbox, and the credential must be allowed to see it",
    ),
    profiles(
        "PDP-4041",
        "The user is not entitled to the specified organization.",
        "the credential is not of this organisation: check AEP_ORG_ID and AEP_CLIENT_ID",
    ),
    profiles(
        "UPS-ACC-1000004",
        "IMS Org is not provisioned.",
        "the organisation has no Real-Time Customer Profile: check AEP_ORG_ID",
    ),
    tokens(
        "invalid_client",
        "Invalid client credentials",
        "AEP_CLIENT_ID and AEP_CLIENT_SECRET do not belong together, or the secret was deleted in \
         the developer console",
    ),
    tokens(
        "invalid_scope",
        "the scopes are not those of the credential",
        "leave AEP_SCOPES unset, or set it to scopes that the credential has in the developer console",
    ),
    tokens("invalid_token", "the token is not valid", NEW_TOKEN),
    tokens(
        "invalid_signature",
        "the signature is not valid",
        "use an OAuth Server-to-Server credential: those with a certificate have come to their end",
    ),
    tokens(
        "bad_request",
        "a field is missing or wrong",
        "check AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_SCOPES for stray characters, and AEP_IMS_URL",
    ),
    tokens(
        "unauthorized",
        "the client is not allowed",
        "the credential may not ask for a token: see its project in the developer console",
    ),
    tokens(
        "unauthorized_client",
        "the client is not allowed to use this grant",
        "the credential must be of the kind OAuth Server-to-Server: see the developer console",
    ),
    tokens(
        "server_error",
        "the token service has a fault",
        "the token service has a fault of its own: try again later",
    ),
];

/// What to do about `error`, if anything can be said.
pub(crate) fn hint(error: &Error) -> Option<String> {
    let code = error.code().and_then(find).map(|row| row.hint);
    // A code may come with another status than its own (observed); what is not missing is there.
    let code = code.filter(|hint| *hint != NOT_HERE || error.is_not_found());
    let hint = code
        .or_else(|| is_of_an_expired_token(error).then_some(NEW_TOKEN))
        .or_else(|| of_obstacle(error.obstacle()?))
        .or_else(|| of_kind(error))
        .map(|hint| if hint == NOT_HERE && !asks_by_id(error) { NOTHING_HERE } else { hint });
    let wish = error
        .retry_after()
        .map(|wait| format!("the service asks to try again in {}", duration::show(wait)));
    match (hint, wish) {
        (Some(hint), Some(wish)) => Some(format!("{hint}; {wish}")),
        (hint, wish) => hint.map(str::to_owned).or(wish),
    }
}

/// What to do about the failure of a job with this code. What the codes mean is not documented; this
/// one stands in a published sample beside "Error writing profiles to output path".
pub(crate) fn of_failed_job(code: &str) -> Option<&'static str> {
    (code == "0090000009").then_some(
        "the service could not write its files: create the job again, and if it fails again give its \
         id to Adobe's support",
    )
}

/// The row of a code as answered: with the status at its end, or without.
fn find(code: &str) -> Option<&'static ErrorCode> {
    let is = |row: &&ErrorCode| {
        let rest = code.strip_prefix(row.code);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    CODES.iter().find(is)
}

/// Whether the call's path has an id in it.
fn asks_by_id(error: &Error) -> bool {
    match error.operation().unwrap_or_default() {
        "files.list" => true,
        operation => !operation.ends_with(".create") && !operation.ends_with(".list"),
    }
}

/// Whether a token that was given has run out, which is seen before anything is sent.
fn is_of_an_expired_token(error: &Error) -> bool {
    let token = error.source().and_then(|source| source.downcast_ref::<TokenError>());
    token.is_some_and(|token| token.kind() == TokenErrorKind::Expired)
}

pub(crate) fn of_obstacle(obstacle: Obstacle) -> Option<&'static str> {
    Some(match obstacle {
        Obstacle::Name => {
            "check the host's name in the address, and that this machine can look up names; behind \
             a proxy set HTTPS_PROXY"
        }
        Obstacle::Refused => {
            "nothing listens at this address: check host and port, and HTTPS_PROXY"
        }
        Obstacle::Timeout => {
            "something swallows the connection, such as a firewall; behind a proxy set HTTPS_PROXY"
        }
        Obstacle::Proxy => {
            "the proxy lets nothing through: check HTTPS_PROXY and what it needs to know, and NO_PROXY"
        }
        Obstacle::Certificate => "if its authority is your own, name the PEM file in AEP_CA_FILE",
        Obstacle::Tls => "check the address: what listens there does not speak TLS as it should",
        _ => return None,
    })
}

fn of_kind(error: &Error) -> Option<&'static str> {
    let status = error.status().map(|status| status.as_u16());
    Some(match (error.kind(), status) {
        (ErrorKind::NotFound, Some(_)) => NOT_HERE,
        (ErrorKind::Authentication, _) => {
            "check AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_SCOPES, or AEP_ACCESS_TOKEN"
        }
        (ErrorKind::Permission, _) => {
            "the credential lacks a permission: an administrator of AEP can add it to its role, in \
             this sandbox"
        }
        (ErrorKind::Rejected, Some(409)) => "it is there already, or something else is under way",
        (ErrorKind::Rejected, Some(412)) => "it was changed meanwhile: look at it and try again",
        (ErrorKind::Rejected, _) => "the request itself is refused: see it with --dry-run",
        (ErrorKind::Throttled, _) => "try again later, and run fewer at the same time",
        (ErrorKind::Service, Some(501)) => "this is not there to be asked: check the address",
        (ErrorKind::Service, _) => "the service has a fault of its own: try again later",
        (ErrorKind::Network | ErrorKind::Timeout, _) => ASK_THE_DOCTOR,
        (ErrorKind::Malformed, _) => {
            "something on the way may have answered: check the address and the proxy"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_with_and_without_the_status_at_its_end() {
        for (code, found) in [
            ("403025", Some("403025")),
            ("UPAPI-113752-403", Some("UPAPI-113752")),
            ("UPAPI-113752", Some("UPAPI-113752")),
            ("PDP-4041-403", Some("PDP-4041")),
            ("UPS-ACC-1000004", Some("UPS-ACC-1000004")),
            ("invalid_client", Some("invalid_client")),
            ("UPAPI-1137521-403", None),
            ("4030251", None),
            ("40302", None),
            ("", None),
        ] {
            assert_eq!(find(code).map(|row| row.code), found, "{code}");
        }
    }

    #[test]
    fn every_code_stands_once_and_every_hint_is_something_to_do() {
        for (index, row) in CODES.iter().enumerate() {
            assert!(!CODES[..index].iter().any(|other| other.code == row.code), "{}", row.code);
            assert!(row.hint.len() > 20 && !row.hint.ends_with('.'), "{row:?}");
            assert!(!row.hint.contains("  "), "{row:?}");
        }
    }
}
