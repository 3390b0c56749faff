//! What reqwest's errors mean for the request's fate.

use std::error::Error;
use std::io;

use crate::{Origin, TransportError, TransportErrorKind};

/// Before the headers of an answer were there.
pub(super) fn of_request(error: ::reqwest::Error, origin: &Origin) -> TransportError {
    if let Some(why) = refused_certificate(&error) {
        let message = format!("the certificate of {origin} was not accepted");
        let error = TransportError::new(TransportErrorKind::Connect, message);
        return error.with_source(why.clone()).permanent();
    }
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

/// Why the server's certificate was refused, if that is what went wrong: it will be again.
fn refused_certificate<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(why @ rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return Some(why);
        }
        // The cause of an I/O error is that of the error in it: that one itself is passed over.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = inner.map(|inner| inner as _).or_else(|| error.source());
    }
    None
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
