//! What reqwest's errors mean for the request's fate.

use std::error::Error;
use std::io;

use crate::{Obstacle, Origin, TransportError, TransportErrorKind};

/// Before the headers of an answer were there.
pub(super) fn of_request(error: ::reqwest::Error, origin: &Origin) -> TransportError {
    if let Some(why) = refused_certificate(&error) {
        let message = format!("the certificate of {origin} was not accepted");
        let error = TransportError::new(TransportErrorKind::Connect, message);
        return error.with_source(why.clone()).because_of(Obstacle::Certificate).permanent();
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
    let obstacle = error.is_connect().then(|| obstacle(&error, origin)).flatten();
    let error = TransportError::new(kind, message).with_source(error.without_url());
    match obstacle {
        Some(obstacle) => error.because_of(obstacle),
        None => error,
    }
}

/// Why the server's certificate was refused, if that is what went wrong: it will be again.
fn refused_certificate<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut tls = causes(error).filter_map(|cause| cause.downcast_ref());
    tls.find(|why| matches!(why, rustls::Error::InvalidCertificate(_)))
}

/// What stood in the way, by the first cause that tells.
fn obstacle(error: &::reqwest::Error, origin: &Origin) -> Option<Obstacle> {
    let told = causes(error)
        .filter_map(told_by)
        .find(|obstacle| origin.is_https() || *obstacle != Obstacle::Tls);
    told.or_else(|| error.is_timeout().then_some(Obstacle::Timeout))
}

fn told_by(error: &(dyn Error + 'static)) -> Option<Obstacle> {
    if error.is::<rustls::Error>() {
        return Some(Obstacle::Tls);
    }
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => return Some(Obstacle::Refused),
        // There was a connection, and the other side gave it up where TLS should begin.
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            return Some(Obstacle::Tls);
        }
        _ => {}
    }
    // Errors of the connector that have no type that could be named.
    let text = error.to_string();
    match text.as_str() {
        "dns error" => Some(Obstacle::Name),
        text if text.starts_with("tunnel error") => Some(Obstacle::Proxy),
        _ => None,
    }
}

/// An error and all that is behind it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // The cause of an I/O error is that of the error in it: that one itself is passed over.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| inner as _).or_else(|| error.source())
    })
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
