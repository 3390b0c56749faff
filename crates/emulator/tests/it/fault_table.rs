//! Every operation under every fault: none is left out, none brings the emulator down, and what
//! was asked for is done or not done as the rule says.

use std::sync::Arc;

use aep_export_emulator::{
    Action, CLIENT_ID, Emulator, Fault, FaultAnswer, Framing, ManualClock, Pace, Stage,
};
use reqwest::Method;

use crate::wire::{CATALOG, EXPORT, JOBS, UPS, Wire, request, small};

const SEGMENT_JOBS: &str = "/data/core/ups/segment/jobs";

/// What a client gets to see.
#[derive(Debug, PartialEq)]
enum Seen {
    /// An answer with this status, and its body, read to the end.
    Answer(u16, Vec<u8>),
    /// A head with this status, and a body that broke off.
    Broken(u16),
    /// No answer.
    Nothing,
}

struct Operation {
    name: &'static str,
    method: Method,
    target: String,
    body: String,
}

async fn operations(emulator: &Emulator, wire: &Wire) -> Vec<Operation> {
    let dataset = wire.dataset().await;
    let job = wire.create(&request(&dataset)).await;
    emulator.settled().await;
    let batch = wire.job(job).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let file = format!("{EXPORT}/files/{batch}-1");
    let entry = wire.get(&file).await.json();
    let part = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let policies = wire.get(&format!("{UPS}/config/mergePolicies")).await.json();
    let policy = policies["children"][0]["id"].as_str().unwrap_or("none").to_owned();
    let evaluation = r#"[{"segmentId": "anybody"}]"#.to_owned();
    let body = serde_json::from_str(&evaluation).unwrap();
    let evaluated = wire.post(SEGMENT_JOBS, &body).await.json();
    let segment_job = format!("{SEGMENT_JOBS}/{}", evaluated["id"].as_str().unwrap());
    let get =
        |name, target: String| Operation { name, method: Method::GET, target, body: String::new() };
    let post =
        |name, target: String, body: String| Operation { name, method: Method::POST, target, body };
    vec![
        post(
            "ims.token",
            format!(
                "/ims/token/v3?grant_type=client_credentials&client_id={CLIENT_ID}&client_secret=s&scope=openid"
            ),
            String::new(),
        ),
        get("export_jobs.list", JOBS.to_owned()),
        post("export_jobs.create", JOBS.to_owned(), request(&dataset).to_string()),
        get("export_jobs.get", format!("{JOBS}/{job}")),
        Operation {
            name: "export_jobs.cancel",
            method: Method::DELETE,
            target: format!("{JOBS}/{job}"),
            body: String::new(),
        },
        get("audiences.list", format!("{UPS}/segment/definitions")),
        get(
            "audiences.get",
            format!("{UPS}/segment/definitions/{}", wire.audience("Gold members").await),
        ),
        get("segment_jobs.list", SEGMENT_JOBS.to_owned()),
        post("segment_jobs.create", SEGMENT_JOBS.to_owned(), evaluation),
        get("segment_jobs.get", segment_job.clone()),
        Operation {
            name: "segment_jobs.cancel",
            method: Method::DELETE,
            target: segment_job,
            body: String::new(),
        },
        get("merge_policies.list", format!("{UPS}/config/mergePolicies")),
        get("merge_policies.get", format!("{UPS}/config/mergePolicies/{policy}")),
        get("datasets.list", format!("{CATALOG}/dataSets")),
        post(
            "datasets.create",
            format!("{CATALOG}/dataSets"),
            r#"{"name": "another", "schemaRef": {"id": "invented"}}"#.to_owned(),
        ),
        get("datasets.get", format!("{CATALOG}/dataSets/{dataset}")),
        get("datasets.preview", format!("{EXPORT}/datasets/{dataset}/preview")),
        get("batches.list", format!("{CATALOG}/batches")),
        get("batches.get", format!("{CATALOG}/batches/{batch}")),
        get("files.list", format!("{EXPORT}/batches/{batch}/files")),
        get("files.entry", file),
        get("files.open", part),
        get("files.failed", format!("{EXPORT}/batches/{batch}/failed")),
        get("files.meta", format!("{EXPORT}/batches/{batch}/meta")),
    ]
}

async fn ask(wire: &Wire, operation: &Operation) -> Seen {
    let request = wire.request(operation.method.clone(), &operation.target);
    let request = match operation.body.as_str() {
        "" => request,
        body => request.header("content-type", "application/json").body(body.to_owned()),
    };
    let Ok(response) = request.send().await else { return Seen::Nothing };
    let status = response.status().as_u16();
    match response.bytes().await {
        Ok(body) => Seen::Answer(status, body.to_vec()),
        Err(_) => Seen::Broken(status),
    }
}

/// What requests can make: jobs, segment jobs and datasets.
const MADE: [&str; 3] = ["export_jobs.create", "segment_jobs.create", "datasets.create"];

/// How many there are of each.
async fn made(wire: &Wire) -> [usize; 3] {
    let jobs = wire.get(JOBS).await.json()["records"].as_array().unwrap().len();
    let segment_jobs = wire.get(SEGMENT_JOBS).await.json()["_page"]["totalCount"].as_u64().unwrap();
    let datasets = wire.get(&format!("{CATALOG}/dataSets?limit=100")).await.json();
    [jobs, usize::try_from(segment_jobs).unwrap(), datasets.as_object().unwrap().len()]
}

/// Whether what is seen is what the fault makes of a good answer.
fn is_right(action: &Action, seen: &Seen, good: &[u8]) -> bool {
    match (action, seen) {
        // Of a body that is not there nothing can be spoilt.
        (
            Action::Cut { .. } | Action::WrongLength { .. } | Action::Drip { .. },
            Seen::Answer(204, body),
        ) => good.is_empty() && body.is_empty(),
        (Action::Answer(_), Seen::Answer(503, body)) => {
            body.starts_with(br#"{"error_code":"503000""#)
        }
        (Action::Delay { .. }, Seen::Answer(200 | 201 | 204, _)) => true,
        (Action::Drip { .. }, Seen::Answer(200 | 201, body)) => body.len() == good.len(),
        (Action::Reset, Seen::Nothing) => true,
        // No client can notice this one by itself.
        (Action::Cut { framing: Framing::Close, .. }, Seen::Answer(200 | 201, body)) => {
            body.len() == 5 && body[0] == good[0]
        }
        (
            Action::Cut { framing: Framing::Length | Framing::Chunked, .. },
            Seen::Broken(200 | 201),
        ) => true,
        (Action::WrongLength { by: 1.. }, Seen::Broken(200 | 201)) => true,
        (Action::WrongLength { .. }, Seen::Answer(200 | 201, body)) => body.len() + 3 == good.len(),
        (Action::MalformedJson, Seen::Answer(200, body)) => {
            serde_json::from_slice::<serde_json::Value>(body).is_err()
        }
        (Action::ExpiredToken, Seen::Answer(401, body)) => {
            body.starts_with(br#"{"error_code":"401013""#)
        }
        _ => false,
    }
}

#[tokio::test]
async fn every_operation_under_every_fault() {
    let clock = Arc::new(ManualClock::default());
    // Equal ids would not be equal answers: only lengths are compared.
    let emulator = small().profiles(20).clock(clock).pace(Pace::instant()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let operations = operations(&emulator, &wire).await;
    let names: Vec<_> = operations.iter().map(|operation| operation.name).collect();
    assert_eq!(names, Fault::operations());
    let faults = [
        Fault::new(Action::Answer(FaultAnswer::new(503))).before(),
        Fault::new(Action::Answer(FaultAnswer::new(503))).after(),
        Fault::new(Action::Delay { ms: 10 }).before(),
        Fault::new(Action::Delay { ms: 10 }).after(),
        Fault::new(Action::Reset).before(),
        Fault::new(Action::Reset).after(),
        Fault::new(Action::Cut { after: 5, framing: Framing::Length }),
        Fault::new(Action::Cut { after: 5, framing: Framing::Chunked }),
        Fault::new(Action::Cut { after: 5, framing: Framing::Close }),
        Fault::new(Action::WrongLength { by: 3 }),
        Fault::new(Action::WrongLength { by: -3 }),
        Fault::new(Action::Drip { bytes: 64, every_ms: 10 }),
        Fault::new(Action::MalformedJson).before(),
        Fault::new(Action::MalformedJson).after(),
        Fault::new(Action::ExpiredToken),
    ];
    for operation in &operations {
        let name = operation.name;
        let creates = name.ends_with(".create");
        let Seen::Answer(_, good) = ask(&wire, operation).await else {
            panic!("{name} does not work")
        };
        for fault in &faults {
            let before = if creates { made(&wire).await } else { [0; 3] };
            emulator.clear_requests();
            emulator.set_faults([fault.clone().on(name)]).unwrap();
            let seen = ask(&wire, operation).await;
            assert!(is_right(fault.action(), &seen, &good), "{name}: {fault:?}: {seen:?}");
            let arrived = emulator.requests();
            assert_eq!(arrived.len(), 1, "{name}: {fault:?}");
            assert_eq!(arrived[0].operation, Some(name));
            assert_eq!(arrived[0].faults, ["fault 1"]);
            assert_eq!(arrived[0].lost, seen == Seen::Nothing);
            emulator.clear_faults();
            if creates {
                let is_delay = matches!(fault.action(), Action::Delay { .. });
                let acts = usize::from(is_delay || fault.stage() == Stage::After);
                let made_now = made(&wire).await;
                let mut expected = before;
                expected[MADE.iter().position(|made| *made == name).unwrap()] += acts;
                assert_eq!(made_now, expected, "{name}: {fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_operation_under_silence() {
    let emulator = small().profiles(20).pace(Pace::instant()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let operations = operations(&emulator, &wire).await;
    emulator.clear_requests();
    emulator.set_faults([Fault::new(Action::Silence)]).unwrap();
    let asked = futures_util::future::join_all(operations.iter().map(|it| ask(&wire, it)));
    let stopped = async {
        while emulator.requests().iter().filter(|seen| seen.lost).count() < operations.len() {
            tokio::task::yield_now().await;
        }
        let requests = emulator.requests();
        emulator.shutdown().await;
        requests
    };
    let (seen, requests) = futures_util::future::join(asked, stopped).await;
    assert!(seen.iter().all(|seen| *seen == Seen::Nothing), "{seen:?}");
    assert!(requests.iter().all(|seen| seen.status.is_none()), "{requests:?}");
}
