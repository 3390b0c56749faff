//! The examples of `docs/emulator.md`, carried out as they are printed there.

use std::sync::Arc;
use std::time::Duration;

use aep_export_emulator::{Clock as _, Emulator, Fault, ManualClock, Pace};
use reqwest::Method;

use crate::wire::{CATALOG, EXPORT, Got, JOBS, UPS, Wire, http, request, small};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md");

/// The blocks of JSON on the page.
fn examples() -> Vec<String> {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let blocks = page.split("\n```json\n").skip(1);
    blocks.map(|rest| rest.split_once("\n```").expect("an end").0.to_owned()).collect()
}

/// An emulator in which that example is in force, set as the page says.
async fn under(example: usize) -> (Emulator, Wire, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let builder = small().clock(clock.clone()).pace(Pace::instant());
    let emulator = builder.start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let put = http().put(format!("{}/_emulator/faults", emulator.url()));
    let put = Got::of(put.body(examples()[example].clone())).await;
    assert_eq!(put.status, 200, "{}", put.json());
    (emulator, wire, clock)
}

#[test]
fn there_are_three_examples() {
    let examples = examples();
    assert_eq!(examples.len(), 3);
    for example in examples {
        Fault::parse(&example).unwrap();
    }
}

#[test]
fn the_page_names_every_operation() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    for operation in Fault::operations() {
        assert!(page.contains(&format!("`{operation}`")), "{operation}");
    }
}

#[tokio::test]
async fn first_a_job_behind_a_page_of_html() {
    let (emulator, wire, _) = under(0).await;
    let body = request(&wire.dataset().await);
    let got = wire.post(JOBS, &body).await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (502, "text/html"));
    assert_eq!(wire.get(JOBS).await.json()["records"].as_array().unwrap().len(), 1);
    wire.create(&body).await;
    assert_eq!(emulator.faults().report()[0].fired, 1);
}

#[tokio::test]
async fn second_two_lists_throttled_and_the_rest_slow() {
    let (emulator, wire, clock) = under(1).await;
    let start = clock.now();
    for _ in 0..2 {
        let got = wire.get(JOBS).await;
        assert_eq!((got.status.as_u16(), got.header("retry-after")), (429, "2"));
        assert_eq!(got.json()["error_code"], "429050");
    }
    assert_eq!(clock.now(), start);
    for (number, target) in [(1, JOBS), (2, &*format!("{UPS}/segment/definitions"))] {
        assert_eq!(wire.get(target).await.status, 200);
        assert_eq!(clock.now(), start + Duration::from_secs(60 * number));
    }
    assert_eq!(wire.get(&format!("{CATALOG}/dataSets")).await.status, 200);
    assert_eq!(clock.now(), start + Duration::from_secs(120));
    let fired: Vec<_> = emulator.faults().report().iter().map(|rule| rule.fired).collect();
    assert_eq!(fired, [2, 2]);
}

#[tokio::test]
async fn third_a_token_that_expires_and_files_that_break_off() {
    let (emulator, wire, _) = under(2).await;
    let list = format!("{CATALOG}/dataSets?limit=1");
    assert_eq!(wire.get(&list).await.status, 200);
    assert_eq!(wire.get(&list).await.json()["error_code"], "401013");
    let wire = Wire::to(&emulator).await;
    assert_eq!(wire.get(&list).await.status, 200);

    let id = wire.create(&request(&wire.dataset().await)).await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let entry = wire.get(&format!("{EXPORT}/files/{batch}-1")).await.json();
    let href = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let mut broken = 0;
    for _ in 0..40 {
        let response = wire.request(Method::GET, &href).send().await.unwrap();
        assert_eq!(response.status(), 200);
        broken += u64::from(response.bytes().await.is_err());
    }
    assert!((1..40).contains(&broken), "{broken} of 40");
    assert_eq!(emulator.faults().report()[1].fired, broken);
}
