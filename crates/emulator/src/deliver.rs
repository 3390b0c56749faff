//! How an answer reaches the client: mostly whole, and spoiled where a fault says so.

use std::io;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Version};

use crate::answer::Sending;
use crate::faults::Framing;
use crate::line::Line;
use crate::service::Service;

/// Marks a response that a client of a socket would never see, because a fault broke the
/// connection before its first byte (`reset`, or `silence` when the emulator stops).
///
/// Without a socket there is no connection to break. The response then has this in its extensions,
/// and its body begins with an error; its status and headers mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLost;

/// Spoils a response on its way. `line` is the connection, when there is one.
pub(crate) async fn deliver(
    response: Response,
    length: u64,
    sending: Sending,
    line: Option<Line>,
    service: &Service,
) -> Response {
    match sending {
        Sending::Whole => response,
        Sending::Reset => lost(line),
        Sending::Silence => {
            service.gone().await;
            lost(line)
        }
        Sending::Cut { after, .. } if after >= length => response,
        Sending::Cut { after, framing } => {
            let (parts, body) = framed(response, framing, length).into_parts();
            let pieces = first(body, after);
            let body = match framing {
                Framing::Close => Body::from_stream(pieces),
                _ => Body::from_stream(pieces.chain(broken_off(line))),
            };
            Response::from_parts(parts, body)
        }
        Sending::WrongLength { by } => {
            let told = told_length(&response).unwrap_or(length).saturating_add_signed(by);
            let (parts, body) = framed(response, Framing::Length, told).into_parts();
            let pieces = first(body, told.min(length));
            let body = if told > length {
                Body::from_stream(pieces.chain(broken_off(line)))
            } else {
                Body::from_stream(pieces)
            };
            Response::from_parts(parts, body)
        }
        Sending::Drip { .. } if length == 0 => response,
        Sending::Drip { bytes, pause } => {
            let (parts, body) = framed(response, Framing::Length, length).into_parts();
            let body = dripping(body, length, bytes, pause, service.clone());
            Response::from_parts(parts, Body::from_stream(body))
        }
    }
}

/// No answer at all.
fn lost(line: Option<Line>) -> Response {
    if let Some(line) = line {
        line.reset();
    }
    let body = stream::once(async { Err::<Bytes, _>(reset()) });
    let mut response = Response::new(Body::from_stream(body));
    response.extensions_mut().insert(ConnectionLost);
    response
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "a fault reset the connection")
}

/// What the headers say of the body's length: of an answer to `HEAD` nothing else is known.
fn told_length(response: &Response) -> Option<u64> {
    response.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The response with headers that tell the body's end in that way.
fn framed(mut response: Response, framing: Framing, length: u64) -> Response {
    let told: &mut HeaderMap = response.headers_mut();
    told.remove(CONTENT_LENGTH);
    match framing {
        Framing::Length => {
            told.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        Framing::Chunked => {
            told.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        // To a client of HTTP/1.0 a body of unknown length ends with the connection.
        Framing::Close => *response.version_mut() = Version::HTTP_10,
    }
    response
}

/// The first so many bytes of a body.
fn first(body: Body, count: u64) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send {
    stream::try_unfold((body.into_data_stream(), count), |(mut pieces, left)| async move {
        Ok(match next(&mut pieces, left).await? {
            Some(piece) => {
                let left = left.saturating_sub(piece.len() as u64);
                Some((piece, (pieces, left)))
            }
            None => None,
        })
    })
}

/// The next piece that has anything in it, at most so long.
async fn next(pieces: &mut BodyDataStream, at_most: u64) -> Result<Option<Bytes>, axum::Error> {
    if at_most == 0 {
        return Ok(None);
    }
    while let Some(piece) = pieces.next().await {
        let mut piece = piece?;
        piece.truncate(usize::try_from(at_most).unwrap_or(usize::MAX));
        if !piece.is_empty() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}

/// The end of a body that has no proper end: what came before goes out, then the connection is
/// closed.
fn broken_off(line: Option<Line>) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send {
    stream::once(async move {
        if let Some(line) = line {
            line.flushed().await;
        }
        let kind = io::ErrorKind::UnexpectedEof;
        Err(axum::Error::new(io::Error::new(kind, "a fault cut the body")))
    })
}

/// The body in small pieces with pauses between them. It breaks off when the emulator stops.
fn dripping(
    body: Body,
    length: u64,
    size: u64,
    pause: Duration,
    service: Service,
) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let state = (body.into_data_stream(), Bytes::new(), length, true, service);
    stream::try_unfold(state, move |(mut pieces, mut piece, left, is_first, service)| async move {
        if piece.is_empty() {
            match next(&mut pieces, left).await? {
                Some(more) => piece = more,
                None => return Ok(None),
            }
        }
        if !is_first && !service.pause(pause).await {
            return Err(axum::Error::new(reset()));
        }
        let drop = piece.split_to(size.min(piece.len()));
        let left = left.saturating_sub(drop.len() as u64);
        Ok(Some((drop, (pieces, piece, left, false, service))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that comes in pieces, some of them empty.
    fn body() -> Body {
        let pieces = ["abc", "", "d", "", "efgh"].map(|piece| Ok::<_, io::Error>(piece.as_bytes()));
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn the_first_bytes_are_counted_over_all_pieces() {
        for count in 0..=10 {
            let pieces: Vec<_> = first(body(), count).map(Result::unwrap).collect().await;
            assert!(pieces.iter().all(|piece| !piece.is_empty()), "{count}");
            let wanted = &b"abcdefgh"[..usize::try_from(count.min(8)).unwrap()];
            assert_eq!(pieces.concat(), wanted, "{count}");
        }
    }

    #[tokio::test]
    async fn drops_are_never_larger_than_they_may_be() {
        let service = crate::Emulator::builder().profiles(1).open().await.unwrap();
        for size in 1..=10 {
            let drops = dripping(body(), 8, size, Duration::ZERO, service.clone());
            let drops: Vec<_> = drops.map(Result::unwrap).collect().await;
            assert!(drops.iter().all(|drop| (1..=size).contains(&(drop.len() as u64))), "{size}");
            assert_eq!(drops.concat(), b"abcdefgh", "{size}");
        }
    }
}
