//! What the first answer of the service says about token, client, organisation and sandbox.
//!
//! All calls pass one gateway, so one call is enough to know whether it lets the caller in. Which of
//! the three things it looks at first is assumed.

use aep_export_api::{Error, ErrorKind};

use super::report::Check;

/// What `error` finds fault with, if it is none of the service that was asked.
pub(super) fn fault(error: &Error) -> Option<Check> {
    let of_gateway = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    match error.code() {
        Some("403000" | "403003" | "403201") => Some(Check::ClientId),
        Some("401013" | "401014" | "401015" | "403010" | "403011" | "403020") => {
            Some(Check::TokenAccepted)
        }
        Some("400003" | "403023" | "403024" | "403025" | "403027" | "PDP-4041-403") => {
            Some(Check::Organisation)
        }
        Some(code) if of_gateway(code) => Some(Check::Service),
        _ => match error.kind() {
            ErrorKind::Authentication => Some(Check::TokenAccepted),
            ErrorKind::Network
            | ErrorKind::Timeout
            | ErrorKind::Service
            | ErrorKind::Throttled
            | ErrorKind::Malformed
            | ErrorKind::TooLarge => Some(Check::Service),
            _ if names_the_sandbox(error) => Some(Check::Sandbox),
            _ => None,
        },
    }
}

/// What a service says of a sandbox that is not there is not documented; that it names it is assumed.
fn names_the_sandbox(error: &Error) -> bool {
    let said = std::iter::once(error.message()).chain(error.details().iter().map(String::as_str));
    // A lack of permission names the sandbox too, and is no fault of its name.
    error.kind() != ErrorKind::Permission
        && said.into_iter().any(|text| text.to_lowercase().contains("sandbox"))
}
