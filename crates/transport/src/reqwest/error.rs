//! What reqwest's errors mean for the request's fate.

use crate::{Origin, TransportError, TransportErrorKind};

/// Before the headers of an answer were there.
pub(super) fn of_request(error: ::reqwest::Error, origin: &Origin) -> TransportError {
    let (kind, message) = if error.is_connect() {
        (TransportErrorKind::Connect, format!("no connection to {origin} could be made"))
    } else if error.is_builder() {
        (TransportErrorKind::Refused, format!("the request to {origin} is not valid"))
    } else if error.is_timeout() {
        (TransportErrorKind::Timeout, format!("{origin} did not answer in time"))
    } else {
        let message = format!("the connection to {origin} broke before an answer was there");
        (TransportErrorKind::Interrupted, message)
    };
    TransportError::new(kind, message).with_source(error.without_url())
}

/// While the body was read.
pub(super) fn of_body(error: ::reqwest::Error, origin: &Origin) -> TransportError {
    let (kind, message) = if error.is_timeout() {
        (TransportErrorKind::Timeout, format!("{origin} stopped sending its answer"))
    } else {
        (TransportErrorKind::Body, format!("the answer of {origin} ended early or broke"))
    };
    TransportError::new(kind, message).with_source(error.without_url())
}
