//! Fuzz targets for what is read from outside.
//!
//! An input is a text that a person can read and write: blocks like messages of HTTP, with a line
//! `---` between two. Whatever changes it does so byte by byte, so reading it never fails; what has
//! another form is simply taken for a body.
//!
//! The tests run each target on its inputs in `seeds` and on variations of them, the same each time.
//! `cargo xtask fuzz` hands the targets to libFuzzer, which looks for inputs that reach new code; only
//! then is `cfg(fuzzing)` set, and only then does this package's program do anything.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a target says by a panic what is wrong"
)]

mod block;
mod client;
#[cfg(test)]
mod coverage;
mod program;
mod service;
mod signed_in;
pub mod targets;
#[cfg(test)]
mod variations;
