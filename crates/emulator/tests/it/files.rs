//! Bytes of files: whole, in ranges, and what they are.

use aep_export_emulator::Emulator;
use reqwest::Method;

use crate::wire::{EXPORT, Got, Wire, request, small};

#[tokio::test]
async fn ranges_head_and_what_is_outside() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    emulator.settled().await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let entry = wire.get(&format!("{EXPORT}/files/{batch}-1")).await.json();
    let href = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let whole = wire.get(&href).await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let length = whole.body.len();
    assert_eq!(whole.header("content-length"), length.to_string());
    assert!(length > 1_000);

    let range = |range: &'static str| {
        let request = wire.request(Method::GET, &href).header("range", range);
        async { Got::of(request).await }
    };
    let first = range("bytes=0-99").await;
    assert_eq!((first.status.as_u16(), first.body.as_slice()), (206, &whole.body[..100]));
    assert_eq!(first.header("content-range"), format!("bytes 0-99/{length}"));
    assert_eq!(first.header("content-length"), "100");
    let rest = range("bytes=100-").await;
    assert_eq!((rest.status.as_u16(), rest.body.as_slice()), (206, &whole.body[100..]));
    let last = range("bytes=-4").await;
    assert_eq!(last.body, b"PAR1");

    let outside = range("bytes=99999999-").await;
    assert_eq!(outside.status, 416);
    assert_eq!(outside.header("content-range"), format!("bytes */{length}"));

    let head = Got::of(wire.request(Method::HEAD, &href)).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), length.to_string());
    assert_eq!(head.header("content-type"), "application/parquet");
    assert_eq!(head.header("accept-ranges"), "bytes");
    assert!(head.body.is_empty());
    let nothing = Got::of(wire.request(Method::HEAD, &format!("{href}x"))).await;
    assert_eq!(nothing.status, 404);
}

#[tokio::test]
async fn an_export_that_is_gone_is_said_to_be_gone() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder().profiles(10).data_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    emulator.settled().await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let entry = wire.get(&format!("{EXPORT}/files/{batch}-1")).await.json();
    let href = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    std::fs::remove_dir_all(dir.path().join("exports").join(id.to_string())).unwrap();

    let gone = wire.get(&href).await;
    assert_eq!(gone.status, 500);
    assert_eq!(gone.header("x-request-id").len(), 32);
    assert_eq!(gone.header("content-type"), "application/json");
    assert!(gone.headers.get("accept-ranges").is_none());
    let document = gone.json();
    assert_eq!(document["title"], "ExportMissing");
    let folder = dir.path().join("exports").join(id.to_string()).join("0");
    let detail = document["detail"].as_str().unwrap();
    assert!(detail.contains(&folder.display().to_string()), "{detail}");
    let dataset = wire.job(id).await["destination"]["datasetId"].as_str().unwrap().to_owned();
    let preview = wire.get(&format!("{EXPORT}/datasets/{dataset}/preview")).await;
    assert_eq!((preview.status.as_u16(), preview.header("x-request-id").len()), (503, 32));
}
