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
mod import;
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
pub use import::{Import, ImportError, Imported};
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

/// Profiles of the sample set, one JSON document each. The same seed gives the same ones, and a
/// larger set begins with the smaller one; the emulator's own is that of [`Builder::seed`] and
/// [`Builder::profiles`].
///
/// ```
/// let profiles: Vec<String> = aep_export_emulator::sample_profiles(1, 3).collect();
/// assert!(profiles[0].starts_with(r#"{"_id":"person-00000000","identityMap":"#));
/// ```
pub fn sample_profiles(seed: u64, count: u64) -> impl Iterator<Item = String> + Send {
    engine::sample::profiles(seed, count)
}
