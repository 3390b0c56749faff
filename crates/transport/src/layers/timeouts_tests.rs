use futures_util::StreamExt;
use futures_util::stream;

use super::*;
use crate::Replay;
use crate::testing::{ManualClock, Never, Scripted};

const SECOND: Duration = Duration::from_secs(1);

fn request(info: OperationInfo) -> http::Request<Bytes> {
    let url = "https://platform.adobe.io/data?sig=CANARY";
    http::Request::get(url).extension(info).body(Bytes::new()).unwrap()
}

const USUAL: OperationInfo = OperationInfo::new("export_jobs.list", Replay::Safe);

#[tokio::test]
async fn silence_ends_after_the_usual_time_or_the_operation_s_own() {
    for (info, expected) in [
        (USUAL, 30),
        (USUAL.response_timeout(SECOND * 75), 75),
        (USUAL.response_timeout(SECOND), 1),
    ] {
        let clock = ManualClock::new();
        let layer = Timeouts::new(Never, Arc::new(clock.clone()), TimeoutPolicy::default());
        let error = layer.send(request(info)).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Timeout);
        assert!(error.to_string().contains(&format!("{expected} s")), "{error}");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
        assert_eq!(clock.elapsed(), SECOND * expected);
    }
}

/// Sends a body whose pieces (`bytes`, after so much `delay`) come by the clock; gives how many
/// bytes arrived, how the body ended, and when.
async fn read(
    pieces: Vec<(Duration, usize)>,
    at_the_end: Duration,
) -> (usize, Option<TransportError>, Duration) {
    let clock = ManualClock::new();
    let end_clock = clock.clone();
    let body = {
        let clock = clock.clone();
        let pieces = stream::iter(pieces).then(move |(delay, bytes)| {
            let clock = clock.clone();
            async move {
                if !delay.is_zero() {
                    clock.sleep(delay).await;
                }
                Ok(Bytes::from(vec![b'.'; bytes]))
            }
        });
        let end_clock = end_clock.clone();
        let end = stream::once(async move {
            if !at_the_end.is_zero() {
                end_clock.sleep(at_the_end).await;
            }
            Ok(Bytes::new())
        });
        Body::from_stream(pieces.chain(end))
    };
    let wire = Scripted::new().response(http::Response::new(body));
    let layer = Timeouts::new(wire, Arc::new(clock.clone()), TimeoutPolicy::default());
    let mut body = layer.send(request(USUAL)).await.unwrap().into_body();
    let mut arrived = 0;
    loop {
        match body.chunk().await {
            Some(Ok(piece)) => arrived += piece.len(),
            Some(Err(error)) => {
                assert!(body.chunk().await.is_none(), "nothing follows an error");
                return (arrived, Some(error), clock.elapsed());
            }
            None => return (arrived, None, clock.elapsed()),
        }
    }
}

#[tokio::test]
async fn a_body_that_stops_is_given_up_after_the_idle_time() {
    let (arrived, error, at) = read(vec![(SECOND * 29, 100_000)], SECOND * 1000).await;
    assert_eq!((arrived, error.unwrap().kind()), (100_000, TransportErrorKind::Timeout));
    assert_eq!(at, SECOND * 59);
}

#[tokio::test]
async fn a_drip_is_given_up_although_it_never_stops() {
    // 20 bytes a second, as measured of a server that no read time-out catches.
    let (arrived, error, at) = read(vec![(SECOND, 20); 1000], Duration::ZERO).await;
    let error = error.unwrap();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
    assert!(error.to_string().contains("600 bytes in 30 s"), "{error}");
    assert_eq!((arrived, at), (29 * 20, SECOND * 30));
}

#[tokio::test]
async fn a_slow_body_that_keeps_the_least_rate_arrives_whole() {
    let (arrived, error, at) = read(vec![(SECOND * 10, 10_240); 100], Duration::ZERO).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((arrived, at), (1_024_000, SECOND * 1000));
}

#[tokio::test]
async fn a_burst_at_the_start_does_not_excuse_a_drip_for_ever() {
    let mut pieces = vec![(SECOND, 10_000_000)];
    pieces.extend([(SECOND, 20); 100]);
    let (_, error, at) = read(pieces, Duration::ZERO).await;
    assert_eq!(error.unwrap().kind(), TransportErrorKind::Timeout);
    assert_eq!(at, SECOND * 60);
}

#[tokio::test]
async fn the_time_that_the_reader_takes_does_not_count() {
    let clock = ManualClock::new();
    let pieces = stream::iter((0..100).map(|_| Ok(Bytes::from_static(b"."))));
    let wire = Scripted::new().response(http::Response::new(Body::from_stream(pieces)));
    let layer = Timeouts::new(wire, Arc::new(clock.clone()), TimeoutPolicy::default());
    let mut body = layer.send(request(USUAL)).await.unwrap().into_body();
    let mut arrived = 0;
    while let Some(piece) = body.chunk().await {
        arrived += piece.unwrap().len();
        clock.sleep(SECOND * 60).await;
    }
    assert_eq!(arrived, 100);
}
