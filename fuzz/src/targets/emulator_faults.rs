//! Rules for faults: what is read is written and read the same, what is wrong is one sentence, and
//! whatever a rule does to an answer, there is one.

use std::sync::{Arc, OnceLock};

use aep_export_emulator::{Action, ConnectionLost, Emulator, Fault, ManualClock, Service};
use crate::client::run;
use axum::body::{Body, to_bytes};
use http::Request;

pub(super) fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let faults = match Fault::parse(text) {
        Ok(faults) => faults,
        Err(invalid) => {
            assert!(!invalid.place().is_empty() && !invalid.message().is_empty());
            assert!(invalid.to_string().starts_with(invalid.place()));
            return;
        }
    };
    let written = serde_json::to_string(&faults).expect("what was read can be written");
    assert_eq!(Fault::parse(&written).as_ref(), Ok(&faults), "{written}");
    // Nobody but a client that hangs up ends a silence.
    if !faults.iter().any(|fault| fault.action() == &Action::Silence) {
        run(strike(faults));
    }
}

async fn strike(faults: Vec<Fault>) {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    let service = match SERVICE.get() {
        Some(service) => service,
        None => {
            let builder = Emulator::builder().profiles(1).clock(Arc::new(ManualClock::default()));
            let opened = builder.open().await.expect("an emulator");
            SERVICE.get_or_init(|| opened)
        }
    };
    service.set_faults(faults).expect("rules that were read are in order");
    for (method, path) in [
        ("GET", "/data/core/ups/export/jobs?limit=2"),
        ("POST", "/data/core/ups/export/jobs"),
        ("POST", "/ims/token/v3"),
        ("GET", "/data/foundation/catalog/dataSets"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty());
        let response = service.call(request.expect("a request")).await;
        if response.extensions().get::<ConnectionLost>().is_none() {
            assert!(response.headers().contains_key("x-request-id"));
            // Cut or not, it ends.
            let _ = to_bytes(response.into_body(), 10_000_000).await;
        }
    }
    service.clear_requests();
    service.clear_faults();
}
