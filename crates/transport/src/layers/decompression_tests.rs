use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{FutureExt, stream};
use proptest::prelude::*;

use super::*;
use crate::Replay;
use crate::testing::Scripted;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn in_pieces(bytes: &[u8], size: usize) -> Body {
    let pieces: Vec<_> =
        bytes.chunks(size.max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Body::from_stream(stream::iter(pieces))
}

fn answer(encodings: &[&str], body: Body) -> http::Response<Body> {
    let mut response = http::Response::new(body);
    for encoding in encodings {
        response.headers_mut().append(CONTENT_ENCODING, encoding.parse().unwrap());
    }
    response
}

/// Sends a request that accepts `limit` bytes and `accept` encodings.
fn send(
    answer: http::Response<Body>,
    accept: Option<&'static str>,
    limit: BodyLimit,
) -> (http::Request<Bytes>, http::Response<Body>) {
    let script = Scripted::new().response(answer);
    let mut info = OperationInfo::new("test", Replay::Safe);
    info.body_limit = limit;
    let mut request = http::Request::new(Bytes::new());
    request.extensions_mut().insert(info);
    if let Some(accept) = accept {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
    }
    let layer = Decompression::new(script.clone());
    let response = layer.send(request).now_or_never().unwrap().unwrap();
    (script.requests().remove(0), response)
}

fn read(response: http::Response<Body>) -> Result<Bytes, TransportError> {
    response.into_body().collect(u64::MAX).now_or_never().unwrap()
}

const LARGE: BodyLimit = BodyLimit::Bytes(1 << 30);

#[test]
fn asks_for_gzip_and_decodes_it() {
    let mut coded = answer(&["gzip"], in_pieces(&gzip(b"plain text"), 3));
    coded.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("30"));
    coded.headers_mut().insert("x-request-id", HeaderValue::from_static("r3q"));
    let (request, response) = send(coded, None, LARGE);
    assert_eq!(request.headers()[ACCEPT_ENCODING], "gzip");
    assert!(!response.headers().contains_key(CONTENT_ENCODING));
    assert!(!response.headers().contains_key(CONTENT_LENGTH));
    assert_eq!(response.headers()["x-request-id"], "r3q");
    assert_eq!(read(response).unwrap(), "plain text");
}

#[test]
fn a_plain_answer_passes_with_its_headers() {
    for encodings in [&[][..], &["identity"]] {
        let mut plain = answer(encodings, Body::from("plain"));
        plain.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
        let (_, response) = send(plain, None, LARGE);
        assert_eq!(response.headers()[CONTENT_LENGTH], "5");
        assert_eq!(read(response).unwrap(), "plain");
    }
}

#[test]
fn who_asked_for_identity_gets_nothing_else() {
    let (request, response) =
        send(answer(&["gzip"], in_pieces(&gzip(b"x"), 9)), Some("identity"), LARGE);
    assert_eq!(request.headers()[ACCEPT_ENCODING], "identity");
    assert_eq!(response.status(), 200);
    assert_eq!(read(response).unwrap_err().kind(), TransportErrorKind::Encoding);
}

#[test]
fn unknown_and_repeated_encodings_are_errors() {
    for encodings in [&["br"][..], &["gzip, gzip"], &["gzip", "br"], &["zstd"]] {
        let (_, response) = send(answer(encodings, Body::from("x")), None, LARGE);
        let error = read(response).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Encoding, "{encodings:?}");
        assert!(error.to_string().contains(encodings[0]), "{error}");
    }
}

#[test]
fn an_encoding_that_has_no_name_is_not_quoted() {
    let (_, response) = send(answer(&["gzip, CANARY"], Body::from("x")), None, LARGE);
    let error = read(response).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Encoding);
    assert!(!error.to_string().to_lowercase().contains("canary"), "{error}");
}

#[test]
fn other_spellings_of_gzip_are_gzip() {
    for encodings in [&["x-gzip"][..], &["GZIP"], &["identity, gzip"], &["gzip", "identity"]] {
        let (_, response) = send(answer(encodings, in_pieces(&gzip(b"x"), 9)), None, LARGE);
        assert_eq!(read(response).unwrap(), "x", "{encodings:?}");
    }
}

#[test]
fn an_answer_without_a_body_may_say_gzip() {
    let mut empty = answer(&["gzip"], Body::empty());
    *empty.status_mut() = StatusCode::NO_CONTENT;
    assert_eq!(read(send(empty, None, LARGE).1).unwrap(), "");
    // With a 200 and no length, nothing at all is a truncated gzip.
    let (_, response) = send(answer(&["gzip"], Body::empty()), None, LARGE);
    assert_eq!(read(response).unwrap_err().kind(), TransportErrorKind::Body);
}

#[test]
fn garbage_is_an_error_wherever_it_stands() {
    let coded = gzip(b"plain text");
    let mut trailing = coded.clone();
    trailing.extend(b"garbage after the end");
    let mut flipped = coded.clone();
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 1;
    for broken in [trailing, flipped, b"no gzip at all".to_vec()] {
        for size in [1, 7, 1000] {
            let (_, response) = send(answer(&["gzip"], in_pieces(&broken, size)), None, LARGE);
            assert_eq!(read(response).unwrap_err().kind(), TransportErrorKind::Encoding);
        }
    }
}

#[test]
fn a_bomb_stops_at_the_limit_with_the_rest_unread() {
    // 256 MiB of zeros in about 256 KiB.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..256 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = Bytes::from(encoder.finish().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let pieces: Vec<Bytes> = bomb.chunks(1024).map(Bytes::copy_from_slice).collect();
    let wire = stream::iter(pieces).map(move |piece| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(piece)
    });
    let limit = BodyLimit::Bytes(1 << 20);
    let (_, response) = send(answer(&["gzip"], Body::from_stream(wire)), None, limit);
    let mut body = response.into_body();
    let (mut decoded, mut largest) = (0, 0);
    let error = loop {
        match body.chunk().now_or_never().unwrap().unwrap() {
            Ok(piece) => {
                decoded += piece.len();
                largest = largest.max(piece.len());
            }
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
    assert!(decoded <= 1 << 20 && largest <= 32 * 1024, "{decoded} {largest}");
    assert!(taken.load(Ordering::Relaxed) <= 8, "{taken:?} of more than 200");
    assert!(body.chunk().now_or_never().unwrap().is_none());
}

#[test]
fn without_a_limit_any_size_passes() {
    let plain = vec![7; 3 << 20];
    let (_, response) =
        send(answer(&["gzip"], in_pieces(&gzip(&plain), 4096)), None, BodyLimit::Unlimited);
    assert_eq!(read(response).unwrap(), plain);
}

fn any_plain() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..600),
        (any::<u8>(), 0_usize..100_000).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn members_in_any_pieces_decode_to_their_text(
        members in proptest::collection::vec(any_plain(), 1..4),
        size in 1_usize..2000,
    ) {
        let coded: Vec<u8> = members.iter().flat_map(|member| gzip(member)).collect();
        let (_, response) = send(answer(&["gzip"], in_pieces(&coded, size)), None, LARGE);
        prop_assert_eq!(read(response).unwrap(), members.concat());
    }

    #[test]
    fn a_cut_anywhere_is_an_error(plain in any_plain(), cut in any::<prop::sample::Index>(), size in 1_usize..50) {
        let coded = gzip(&plain);
        let kept = &coded[..cut.index(coded.len())];
        let (_, response) = send(answer(&["gzip"], in_pieces(kept, size)), None, LARGE);
        prop_assert_eq!(read(response).unwrap_err().kind(), TransportErrorKind::Body);
    }

    #[test]
    fn the_limit_holds_on_both_sides(plain in any_plain(), limit in 0_u64..100_000, coded in any::<bool>()) {
        let (encodings, wire) =
            if coded { (&["gzip"][..], gzip(&plain)) } else { (&[][..], plain.clone()) };
        let fits = wire.len() as u64 <= limit && plain.len() as u64 <= limit;
        let (_, response) =
            send(answer(encodings, in_pieces(&wire, 500)), None, BodyLimit::Bytes(limit));
        match read(response) {
            Ok(read) => {
                prop_assert!(fits);
                prop_assert_eq!(read, plain);
            }
            Err(error) => {
                prop_assert!(!fits, "{}", error);
                prop_assert_eq!(error.kind(), TransportErrorKind::TooLarge);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(wire in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = vec![0x1f, 0x8b, 8, wire.first().copied().unwrap_or(0)];
        framed.extend(&wire);
        for bytes in [wire, framed] {
            let _ = read(send(answer(&["gzip"], in_pieces(&bytes, 3)), None, LARGE).1);
        }
    }
}
