//! emulator

pub mod engine;
