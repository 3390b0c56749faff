//! The crate as its users see it: over scripted answers, over the emulator's router in virtual
//! time, and over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cancel;
mod clients;
mod downloads;
mod elsewhere;
mod emulated;
mod errors;
mod examples;
mod files;
mod lists;
mod lost_creates;
mod matrix;
mod misbehaviour;
mod paths;
mod reconciling;
mod requests;
mod retries;
mod road;
mod running;
mod segment_jobs;
mod shelf;
mod swaps;
mod threads;
mod tokens;
mod waits;
