//! The bodies of requests, read whole and with bounds.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::answer::{Answer, emulator};

/// The longest body that is read: create requests are a few kilobytes, and what is read is kept
/// and echoed with every listing. (The service's own limit is not documented.)
const LONGEST: usize = 256 * 1024;
/// How long a body may take, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole body, or what the caller is told instead.
pub(crate) async fn read(body: Body) -> Result<Bytes, Answer> {
    timeout(PATIENCE, whole(body)).await.unwrap_or_else(|_| {
        let seconds = PATIENCE.as_secs();
        let detail = format!("the request's body did not come within {seconds} seconds");
        // Not to be answered before the rest has come, which it may never.
        Err(emulator(408, "RequestTimeout", &detail).with("connection", "close"))
    })
}

async fn whole(body: Body) -> Result<Bytes, Answer> {
    let mut pieces = body.into_data_stream();
    let mut read = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            let detail = format!("the request's body cannot be read: {error}");
            emulator(400, "BadRequest", &detail)
        })?;
        if read.len().saturating_add(piece.len()) > LONGEST {
            let detail = format!("the request's body is longer than {} KiB", LONGEST / 1024);
            return Err(emulator(413, "PayloadTooLarge", &detail));
        }
        read.extend_from_slice(&piece);
    }
    Ok(read.freeze())
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn refused(body: Body) -> (u16, String) {
        let refusal = read(body).await.unwrap_err();
        let detail = refusal.document()["detail"].as_str().unwrap().to_owned();
        (refusal.status.as_u16(), detail)
    }

    #[tokio::test]
    async fn bodies_are_read_up_to_their_limit() {
        let longest = vec![b' '; LONGEST];
        assert_eq!(read(Body::from(longest.clone())).await.unwrap(), longest);
        let halves = [Ok::<_, std::io::Error>(longest.clone()), Ok(vec![b' '])];
        let (status, detail) = refused(Body::from_stream(stream::iter(halves))).await;
        assert_eq!(status, 413);
        assert!(detail.contains("256 KiB"), "{detail}");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_a_bad_request() {
        let broken = stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("gone"))]);
        let (status, detail) = refused(Body::from_stream(broken)).await;
        assert_eq!(status, 400);
        assert!(detail.contains("gone"), "{detail}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_not_waited_for_for_ever() {
        let begun = stream::iter([Ok::<_, std::io::Error>("{")]).chain(stream::pending());
        let (status, detail) = refused(Body::from_stream(begun)).await;
        assert_eq!(status, 408);
        assert!(detail.contains("30 seconds"), "{detail}");
    }
}
