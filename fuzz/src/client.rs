//! A client of a [`Service`], and how to run what it does.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;

use aep_export_api::{Client, RetryPolicy, Secret};
use aep_export_transport::testing::ManualClock;
use tokio::runtime::{Builder, Runtime};

use crate::service::{BASE, Service};

/// The token of [`client`], to be looked for where it must not be.
pub(crate) const TOKEN: &str = "token-canary";

/// Asks `service`, each thing once. Its time passes only while it sleeps.
pub(crate) fn client(service: &Service) -> Client {
    Client::builder()
        .base_url(BASE)
        .organization("0123456789ABCDEF01234567@AdobeOrg")
        .sandbox("prod")
        .api_key("a-client")
        .access_token(Secret::new(TOKEN))
        .retries(RetryPolicy::never())
        .transport(Arc::new(service.clone()))
        .clock(Arc::new(ManualClock::new()))
        .build()
        .expect("settings that are complete")
}

/// Runs to its end what waits for nothing outside of this process.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: RefCell<Runtime> =
            RefCell::new(Builder::new_current_thread().enable_time().build().expect("a runtime"));
    }
    RUNTIME.with_borrow_mut(|runtime| runtime.block_on(work))
}
