//! The emulator over real sockets, asked by a bare HTTP client.

mod files;
mod gateway;
mod in_process;
mod jobs;
mod road;
mod store;
mod wire;
