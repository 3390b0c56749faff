//! A local service that plays the export-job side of Adobe Experience Platform: tokens, export
//! jobs, segment definitions, datasets, batches and files, over HTTP on the loopback interface.
//!
//! It keeps what it is told, moves jobs through their states on a clock that tests can move, and
//! really exports: an export job filters and projects profiles and writes Parquet files that can
//! be downloaded. Every organisation and sandbox starts with the same sample profiles and
//! audiences. `docs/emulator.md` says for each behaviour whether it is documented, was observed,
//! or is assumed, and what is not emulated at all.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), aep_export_emulator::EmulatorError> {
//! use aep_export_emulator::Emulator;
//!
//! let emulator = Emulator::builder().profiles(100).start().await?;
//! assert!(emulator.url().starts_with("http://127.0.0.1:"));
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The crate knows nothing of the client crates: its paths, headers, error codes and documents are
//! written down here a second time on purpose, so that it is an independent witness.

mod answer;
mod body;
mod builder;
mod call;
mod clock;
mod core;
mod deliver;
mod engine;
mod error;
mod faults;
mod hold;
mod home;
mod ids;
mod journal;
mod line;
mod pace;
mod records;
mod server;
mod service;
mod shell;
mod work;

pub use builder::Builder;
pub use clock::{Clock, ManualClock, Sleep, SystemClock};
pub use deliver::ConnectionLost;
pub use error::EmulatorError;
pub use faults::{
    Action, Envelope, Fault, FaultAnswer, FaultReport, Faults, Framing, InvalidFault, Stage,
};
pub use journal::SeenRequest;
pub use pace::Pace;
pub use server::Emulator;
pub use service::Service;

/// The organisation that `--emulator` uses. Any other well-formed one works as well.
pub const ORGANIZATION: &str = "0123456789ABCDEF01234567@AdobeOrg";
/// The sandbox that `--emulator` uses.
pub const SANDBOX: &str = "prod";
/// The client id that `--emulator` uses.
pub const CLIENT_ID: &str = "aep-export-emulator";
/// The client secret that `--emulator` uses; no secret at all.
pub const CLIENT_SECRET: &str = "not-a-secret";
