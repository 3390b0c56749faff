//! Whether the emulator in process breaks as it does over sockets: what the matrix sees is worth
//! as much.

use std::sync::Arc;

use aep_export_api::{Client, ErrorKind, ListExportJobs, RetryPolicy};
use aep_export_emulator::{Action, Emulator, Fault, Faults};
use aep_export_transport::testing::ManualClock;

use super::columns;
use super::faults::{Class, Column, Meaning};
use crate::emulated::{self, InProcess};

/// Only virtual time can be waited for here.
fn takes_time(column: &Column) -> bool {
    let too_slow = Meaning::BrokenBody(ErrorKind::Timeout);
    matches!(column.action, Action::Delay { .. } | Action::Silence) || column.meaning == too_slow
}

/// What a list comes to under every fault: its kind of error and status, or nothing wrong.
async fn list(client: &Client, faults: &Faults) -> Vec<(String, Option<(ErrorKind, Option<u16>)>)> {
    let mut seen = Vec::new();
    for column in columns().iter().filter(|column| !takes_time(column)) {
        client.sign_in().await.unwrap();
        let fault = Fault::new(column.action.clone()).on("export_jobs.list");
        faults.set([fault]).unwrap();
        let listed = client.export_jobs().list(&ListExportJobs::default()).await;
        let error = listed.err().map(|error| (error.kind(), error.status().map(|it| it.as_u16())));
        seen.push((column.name.clone(), error));
        faults.clear();
    }
    seen
}

#[tokio::test]
async fn without_sockets_everything_breaks_as_it_does_over_them() {
    let emulator = Emulator::builder().profiles(1).start().await.unwrap();
    let over_sockets = emulated::configured(&emulator.url()).retries(RetryPolicy::never());
    let over_sockets = list(&over_sockets.build().unwrap(), &emulator.faults()).await;

    let clock = ManualClock::new();
    let wire = Arc::new(InProcess::open(Emulator::builder().profiles(1), &clock));
    let in_process = emulated::configured("http://localhost")
        .transport(wire.clone())
        .clock(Arc::new(clock))
        .retries(RetryPolicy::never());
    let in_process = list(&in_process.build().unwrap(), &wire.service().faults()).await;

    assert_eq!(over_sockets, in_process);
    let bodies = columns().iter().filter(|it| it.class == Class::Bodies && !takes_time(it));
    assert!(bodies.count() > 5 && over_sockets.len() > 70, "{}", over_sockets.len());
}
