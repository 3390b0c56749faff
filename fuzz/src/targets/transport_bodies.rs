//! The decompression layer: never more than the limit, never other bytes than those that were
//! packed, and a cut is never an end.
//!
//! The first line has two numbers: the limit, and how many bytes arrive at a time. With the word
//! `pack` the rest is packed before it is sent.

use std::io::{Read, Write};

use crate::block::first_line;
use crate::client::run;
use crate::service::Service;
use aep_export_transport::layers::Decompression;
use aep_export_transport::{Body, BodyLimit, OperationInfo, Replay, Transport, TransportErrorKind};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

pub(super) fn target(data: &[u8]) {
    let (line, rest) = first_line(data);
    let mut numbers = line.split_whitespace().filter_map(|word| word.parse::<u16>().ok());
    let limit = u64::from(numbers.next().unwrap_or(1000));
    let piece = usize::from(numbers.next().unwrap_or(100)).max(1);
    let pack = line.contains("pack");
    let wire = if pack { packed(rest) } else { rest.to_vec() };

    let (received, end) = run(receive(&wire, piece, limit));
    assert!(received.len() as u64 <= limit, "{} bytes over a limit of {limit}", received.len());
    let mut plain = Vec::new();
    // One byte more than may come, so that it shows.
    let whole = MultiGzDecoder::new(&*wire).take(limit + 1).read_to_end(&mut plain);
    // Of what comes before a fault, how much is seen depends on how much is read at a time.
    let plain = whole.is_ok().then_some(plain);
    match end {
        None => assert_eq!(plain.as_ref(), Some(&received), "{whole:?}"),
        Some(TransportErrorKind::TooLarge) => {
            let over = |bytes: &Vec<u8>| bytes.len() as u64 > limit;
            assert!(over(&wire) || plain.as_ref().is_none_or(over));
        }
        Some(TransportErrorKind::Body) => assert_eq!(plain, None, "a whole body was cut"),
        Some(kind) => {
            assert_eq!(kind, TransportErrorKind::Encoding);
            assert!(plain.is_none() && !pack);
        }
    }
    assert!(plain.is_none_or(|plain| plain.starts_with(&received)));
    if pack && rest.len() as u64 <= limit && wire.len() as u64 <= limit {
        assert_eq!((received.as_slice(), end), (rest, None));
    }
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

/// What comes out of the layer, and what ended it if not the end.
async fn receive(wire: &[u8], piece: usize, limit: u64) -> (Vec<u8>, Option<TransportErrorKind>) {
    let pieces: Vec<_> =
        wire.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let pieces = std::sync::Mutex::new(Some(pieces));
    let service = Service::new(move |_, _| {
        let pieces = pieces.lock().expect("one request").take().unwrap_or_default();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let mut response = http::Response::new(body);
        response.headers_mut().insert("content-encoding", http::HeaderValue::from_static("gzip"));
        Ok(response)
    });
    let mut info = OperationInfo::new("fuzz", Replay::Safe);
    info.body_limit = BodyLimit::Bytes(limit);
    let mut request = http::Request::new(Bytes::new());
    request.extensions_mut().insert(info);
    let response = Decompression::new(service).send(request).await.expect("headers");
    let mut body = response.into_body();
    let mut received = Vec::new();
    while let Some(chunk) = body.chunk().await {
        match chunk {
            Ok(chunk) => received.extend_from_slice(&chunk),
            Err(error) => {
                assert!(body.chunk().await.is_none(), "nothing follows an error");
                return (received, Some(error.kind()));
            }
        }
    }
    (received, None)
}
