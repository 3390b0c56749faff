//! The real binary against the emulator, and against services that misbehave.
//!
//! Nothing of the machine reaches the program: its environment is cleared, its home is a temporary
//! folder, and every service is on a port of its own in this process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's own functions fail like the test"
)]

mod api;
mod around;
mod auth;
mod bad_servers;
mod bombs;
mod certificates;
mod columns;
mod completing;
mod config;
mod curl;
mod destinations;
mod disk;
mod doctor;
mod documents;
mod downloading;
mod elsewhere;
mod emulated;
mod escapes;
mod evaluate_first;
mod every_command;
mod exits;
mod fidelity;
mod file_server;
mod filters;
mod fitness;
mod help;
mod hints;
mod importing;
mod input;
mod inside;
mod interrupts;
mod job_files;
mod killed;
mod lost;
mod manual;
mod objects;
mod once;
mod ordinary_user;
mod process;
mod profiles;
mod proxied;
mod recipes;
mod reporting;
mod script;
mod secrets;
mod segment_jobs;
mod service;
mod serving;
mod several;
mod streaming;
mod terminal;
mod times;
mod token_cache;
mod views;
mod watching;
mod world;
