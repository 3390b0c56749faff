//! What the errors of object stores mean for the program.

use std::error::Error as _;

use aep_export_transport::{TransportError, TransportErrorKind};

use super::clouds::Clouds;
use crate::failure::{Answered, Failure, Kind};
use crate::hints::of_obstacle;

/// A longer text of a store is a page, and no sentence.
const LONGEST: usize = 300;
pub(super) const SIGN_IN: &str = "check the variables of the store, such as AWS_ACCESS_KEY_ID, \
    AWS_SECRET_ACCESS_KEY and AWS_REGION (GOOGLE_*, AZURE_*); profiles in ~/.aws are not read";
const NOT_PERMITTED: &str = "the credentials must be allowed to list, read and write objects there";
const ALLOW_HTTP: &str =
    "if that is meant: AWS_ALLOW_HTTP=true, or AZURE_ALLOW_HTTP=true, for the endpoint that is set";
const TRY_LATER: &str = "check the endpoint; try again later";
const NO_BUCKET: &str = "make the bucket or container first, and check the endpoint";
const REGION: &str = "set AWS_REGION to the region of the bucket";

/// `error` came up while the program was about to `doing`.
pub(super) fn failure(error: &object_store::Error, doing: &str, clouds: &Clouds) -> Failure {
    let causes = || std::iter::successors(Some(error as &dyn std::error::Error), |&e| e.source());
    let told = |why: &str| format!("cannot {doing}: {}", clouds.without_secrets(why));
    if let Some(broken) = causes().find_map(|cause| cause.downcast_ref::<TransportError>()) {
        let cause = broken.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let told = told(&format!("{broken}{cause}"));
        return match broken.kind() {
            TransportErrorKind::Refused => Failure::usage(told).hint(ALLOW_HTTP),
            // What was not reached is what should have given them.
            _ if !clouds.sign_in() => Failure::new(Kind::Network, told).hint(SIGN_IN),
            _ => {
                let hint = broken.obstacle().and_then(of_obstacle);
                Failure::new(Kind::Network, told).hint(hint.unwrap_or(TRY_LATER))
            }
        };
    }
    let text = causes().last().map(ToString::to_string).unwrap_or_default();
    let Some(Answer { status, code, message }) = answer(&text) else {
        let kind = match error {
            object_store::Error::NotFound { .. } => Kind::NotFound,
            object_store::Error::PermissionDenied { .. } => Kind::Permission,
            object_store::Error::Unauthenticated { .. } => Kind::Auth,
            object_store::Error::Precondition { .. }
            | object_store::Error::AlreadyExists { .. } => Kind::Rejected,
            _ => Kind::Other,
        };
        let failure = Failure::new(kind, told(&short(&text)));
        return if text.contains("region") { failure.hint(REGION) } else { failure };
    };
    let (kind, hint) = match (status, code.as_deref()) {
        (_, Some("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired")) | (401, _) => {
            (Kind::Auth, Some(SIGN_IN))
        }
        (403, Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthenticationFailed")) => {
            (Kind::Auth, Some(SIGN_IN))
        }
        (403, _) => (Kind::Permission, Some(NOT_PERMITTED)),
        (404, _) => (Kind::NotFound, Some(NO_BUCKET)),
        (429, _) | (503, Some("SlowDown")) => (Kind::RateLimited, None),
        (500.., _) => (Kind::Service, None),
        (301 | 307 | 308, _) => (Kind::Rejected, Some(REGION)),
        _ => (Kind::Rejected, None),
    };
    let hint = if kind == Kind::Permission && !clouds.sign_in() { Some(SIGN_IN) } else { hint };
    let said = message.or_else(|| code.clone());
    let said = said.unwrap_or_else(|| "the store gives no reason".to_owned());
    let known = match &code {
        Some(code) => format!("(HTTP {status}, code {code})"),
        None => format!("(HTTP {status})"),
    };
    let said = short(said.trim_end_matches('.'));
    let retryable = matches!(kind, Kind::RateLimited | Kind::Service);
    let http_status = Some(status);
    let failure = Failure::new(kind, told(&format!("{said} {known}")));
    let failure =
        failure.answered(Answered { http_status, code, retryable, ..Answered::default() });
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

struct Answer {
    status: u16,
    code: Option<String>,
    message: Option<String>,
}

/// What a store answered. The crate tells it as a text only: the status, then the body.
fn answer(text: &str) -> Option<Answer> {
    let (_, rest) = text.split_once("status code: ")?;
    let status = rest.get(..3)?.parse().ok()?;
    let tag = |name: &str| {
        let (_, rest) = rest.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(inner.trim().to_owned()).filter(|inner| !inner.is_empty())
    };
    Some(Answer { status, code: tag("Code").map(|code| short(&code)), message: tag("Message") })
}

/// At most a long sentence, on one line.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Failure {
        let error = object_store::Error::Generic { store: "S3", source: text.into() };
        failure(&error, "put b/x", &Clouds::default())
    }

    #[test]
    fn what_a_store_answers_decides_the_code() {
        let body =
            |code: &str| format!("<Error><Code>{code}</Code><Message>It is so.</Message></Error>");
        for (status, code, exit) in [
            ("403 Forbidden", "AccessDenied", 4),
            ("403 Forbidden", "SignatureDoesNotMatch", 4),
            ("400 Bad Request", "ExpiredToken", 4),
            ("404 Not Found", "NoSuchBucket", 3),
            ("503 Service Unavailable", "SlowDown", 10),
            ("500 Internal Server Error", "InternalError", 10),
            ("400 Bad Request", "EntityTooLarge", 5),
        ] {
            let text = format!("Server returned non-2xx status code: {status}: {}", body(code));
            let failure = of(&text);
            assert_eq!(failure.exit().code(), exit, "{text}");
            let told = format!("cannot put b/x: It is so (HTTP {}, code {code})", &status[..3]);
            assert_eq!(failure.message(), told);
        }
    }

    #[test]
    fn a_page_in_the_place_of_an_answer_is_cut_short() {
        let page = format!("status code: 502 Bad Gateway: <html>{}</html>", "x ".repeat(1000));
        assert_eq!(of(&page).message(), "cannot put b/x: the store gives no reason (HTTP 502)");
        assert!(of(&"x ".repeat(1000)).message().len() < 400);
    }
}
