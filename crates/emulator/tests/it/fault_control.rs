//! Faults and the request log over HTTP, in process, at start, and without a socket.

use std::io::ErrorKind;

use aep_export_emulator::{
    Action, ConnectionLost, Emulator, EmulatorError, Fault, FaultAnswer, Framing,
};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::wire::{CATALOG, Got, JOBS, Wire, http, request, small};

const FAULTS: &str = "/_emulator/faults";
const REQUESTS: &str = "/_emulator/requests";

/// Asks the emulator itself, without a token.
async fn control(emulator: &Emulator, method: Method, target: &str, body: &Value) -> Got {
    let request = http().request(method, format!("{}{target}", emulator.url()));
    Got::of(request.body(if body.is_null() { String::new() } else { body.to_string() })).await
}

#[tokio::test]
async fn rules_are_read_set_added_and_taken_away_over_http() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let rule = |name: &str| json!({"name": name, "match": {"operation": "export_jobs.list"}, "when": {"times": 1}, "action": {"answer": {"status": 503}}});
    let control = |method, body| {
        let emulator = &emulator;
        async move { control(emulator, method, FAULTS, &body).await }
    };
    let names = |got: &Got| -> Vec<String> {
        assert_eq!(got.status, 200, "{}", got.json());
        let faults = got.json()["faults"].as_array().unwrap().clone();
        faults.iter().map(|it| it["rule"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(control(Method::GET, Value::Null).await.json(), json!({"faults": []}));
    assert_eq!(names(&control(Method::PUT, rule("a")).await), ["a"]);
    assert_eq!(names(&control(Method::POST, json!([rule("b"), rule("c")])).await), ["a", "b", "c"]);
    assert_eq!(wire.get(JOBS).await.status, 503);
    let report = control(Method::GET, Value::Null).await.json();
    assert_eq!(report["faults"][0], json!({"rule": rule("a"), "seen": 1, "fired": 1}));
    assert_eq!(report["faults"][1], json!({"rule": rule("b"), "seen": 1, "fired": 0}));
    assert_eq!(names(&control(Method::PUT, json!([rule("d")])).await), ["d"]);

    let bad = control(Method::PUT, json!([rule("e"), {"action": "rest"}])).await;
    assert_eq!((bad.status.as_u16(), &bad.json()["title"]), (400, &json!("InvalidFault")));
    let detail = bad.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("fault 2, action: unknown variant `rest`"), "{detail}");
    assert_eq!(names(&control(Method::GET, Value::Null).await), ["d"]);
    assert_eq!(control(Method::DELETE, Value::Null).await.json(), json!({"faults": []}));
    assert_eq!(wire.get(JOBS).await.status, 200);
    let patch = control(Method::PATCH, Value::Null).await;
    assert_eq!(
        (patch.status.as_u16(), patch.header("allow")),
        (405, "GET, HEAD, PUT, POST, DELETE")
    );
}

#[tokio::test]
async fn rules_never_strike_the_emulators_own_routes_nor_strangers() {
    let emulator = small().fault(Fault::new(Action::Reset)).start().await.unwrap();
    assert_eq!(
        control(&emulator, Method::GET, "/_emulator/health", &Value::Null).await.status,
        200
    );
    let stranger = http().get(format!("{}{JOBS}", emulator.url())).header("host", "evil.test");
    assert_eq!(Got::of(stranger).await.status, 403);
    let stranger = http().delete(format!("{}{FAULTS}", emulator.url())).header("host", "evil.test");
    assert_eq!(Got::of(stranger).await.status, 403);
    assert_eq!(emulator.faults().report()[0].seen, 0);
}

#[tokio::test]
async fn a_fault_given_at_the_start_is_in_force_or_refused() {
    let fault = Fault::new(Action::Answer(FaultAnswer::new(500))).on("ims.token").nth(1);
    let emulator = small().fault(fault.clone()).start().await.unwrap();
    let token = http().post(format!("{}/ims/token/v3", emulator.url()));
    assert_eq!(Got::of(token).await.status, 500);
    Wire::to(&emulator).await;
    let refused = small().fault(fault).fault(Fault::new(Action::Reset).on("tokens")).open().await;
    let refused = refused.unwrap_err();
    assert!(matches!(&refused, EmulatorError::Fault(_)), "{refused}");
    assert!(
        refused.to_string().starts_with("fault 2, match.operation: \"tokens\" is no operation")
    );
}

#[tokio::test]
async fn requests_are_counted_with_nothing_secret_in_them() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    let fault = |action| Fault::new(action).on("export_jobs.create").after().times(1);
    let cut = Action::Cut { after: 1, framing: Framing::Length };
    emulator.set_faults([fault(Action::Reset).named("lost"), fault(cut)]).unwrap();
    emulator.clear_requests();
    for _ in 0..3 {
        let create = wire.request(Method::POST, &format!("{JOBS}?canary=canary-value"));
        let body = request(&dataset).to_string();
        let create = create.header("content-type", "application/json").body(body);
        let _ = create.header("x-request-id", "sent-by-the-client").send().await;
    }
    wire.get("/nowhere").await;
    let creates: Vec<_> = emulator
        .requests()
        .into_iter()
        .filter(|seen| seen.operation == Some("export_jobs.create"))
        .collect();
    assert_eq!(
        creates.iter().map(|it| it.status).collect::<Vec<_>>(),
        [None, Some(200), Some(200)]
    );
    assert_eq!(creates.iter().map(|it| it.faults.len()).collect::<Vec<_>>(), [1, 1, 0]);
    assert_eq!(creates[0].faults, ["lost"]);
    assert!(creates.iter().all(|it| it.request_id == "sent-by-the-client"));

    let log = control(&emulator, Method::GET, REQUESTS, &Value::Null).await.json();
    assert_eq!(log["total"], 4);
    assert_eq!(
        log["requests"][0],
        json!({
            "number": 1, "method": "POST", "path": JOBS, "operation": "export_jobs.create",
            "query": ["canary"], "status": null, "lost": true, "request_id": "sent-by-the-client",
            "faults": ["lost"],
        })
    );
    assert_eq!(log["requests"][3]["operation"], Value::Null);
    assert_eq!(log["requests"][3]["status"], 404);
    let text = log.to_string();
    let token = wire.authorization();
    let token = token.trim_start_matches("Bearer ");
    for secret in ["canary-value", token, &dataset] {
        assert!(!text.contains(secret), "{secret}");
    }
    let cleared = control(&emulator, Method::DELETE, REQUESTS, &Value::Null).await.json();
    assert_eq!(cleared, json!({"total": 0, "requests": []}));
    assert!(emulator.requests().is_empty());
    assert_eq!(control(&emulator, Method::PUT, REQUESTS, &Value::Null).await.status, 405);
}

#[tokio::test]
async fn refused_and_unreadable_requests_are_in_the_log_too() {
    let emulator = small().start().await.unwrap();
    let stranger = http().get(format!("{}{JOBS}", emulator.url())).header("host", "evil.test");
    Got::of(stranger).await;
    let long = http().post(format!("{}{JOBS}", emulator.url())).body(vec![b' '; 5 * 1024 * 1024]);
    let _ = long.send().await;
    let statuses: Vec<_> = emulator.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [Some(403), Some(413)]);
}

/// The kind of the input or output error at the bottom of an error.
fn kind(error: &axum::Error) -> Option<ErrorKind> {
    let mut error: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = error {
        if let Some(io) = one.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        error = one.source();
    }
    None
}

#[tokio::test]
async fn without_a_socket_faults_are_errors_of_the_body() {
    let service = small().open().await.unwrap();
    let ask = |target: &str| service.call(Request::get(target).body(Body::empty()).unwrap());
    let usual = ask("/nowhere").await;
    assert!(usual.extensions().get::<ConnectionLost>().is_none());
    let length = to_bytes(usual.into_body(), 1_000).await.unwrap().len();

    service.set_faults([Fault::new(Action::Reset)]).unwrap();
    let lost = ask("/nowhere").await;
    assert!(lost.extensions().get::<ConnectionLost>().is_some());
    let error = to_bytes(lost.into_body(), 1_000).await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::ConnectionReset));

    service.set_faults([Fault::new(Action::Cut { after: 5, framing: Framing::Length })]).unwrap();
    let cut = ask("/nowhere").await;
    assert_eq!(cut.status(), StatusCode::NOT_FOUND);
    assert_eq!(cut.headers()["content-length"], length.to_string());
    let error = to_bytes(cut.into_body(), 1_000).await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::UnexpectedEof));

    service.clear_faults();
    assert_eq!(service.requests().len(), 3);
    service.clear_requests();
    assert_eq!(ask("/nowhere").await.status(), StatusCode::NOT_FOUND);

    service.set_faults([Fault::new(Action::Silence)]).unwrap();
    let (silent, ()) = futures_util::future::join(ask("/nowhere"), async {
        while service.faults().report()[0].fired == 0 {
            tokio::task::yield_now().await;
        }
        service.close().await;
    })
    .await;
    assert!(silent.extensions().get::<ConnectionLost>().is_some());
}

#[tokio::test]
async fn a_head_is_spoiled_only_in_what_it_has() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    emulator.settled().await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let entry = wire.get(&format!("/data/foundation/export/files/{batch}-1")).await.json();
    let href = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let length: u64 = entry["data"][0]["length"].as_str().unwrap().parse().unwrap();
    for (action, expected) in [
        (Action::Drip { bytes: 1, every_ms: 3_600_000 }, length),
        (Action::Cut { after: 0, framing: Framing::Close }, length),
        (Action::WrongLength { by: 3 }, length + 3),
        (Action::WrongLength { by: -3 }, length - 3),
    ] {
        emulator.set_faults([Fault::new(action).on("files.open")]).unwrap();
        let head = Got::of(wire.request(Method::HEAD, &href)).await;
        assert_eq!(head.header("content-length"), expected.to_string());
    }
    let files = wire.get(&format!("{CATALOG}/batches/{batch}")).await;
    assert_eq!(files.status, 200);
}
