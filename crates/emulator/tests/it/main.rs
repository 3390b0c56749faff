//! The emulator over real sockets, asked by a bare HTTP client.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's own functions may fail the test"
)]

mod fault_control;
mod fault_page;
mod fault_table;
mod faults;
mod files;
mod gateway;
mod import;
mod in_process;
mod jobs;
mod killed;
mod road;
mod socket;
mod store;
mod wire;
