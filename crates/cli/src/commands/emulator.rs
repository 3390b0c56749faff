//! `emulator`: the local service on a port.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use aep_export_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, ORGANIZATION};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Format;

/// The port that people and documents know.
const PORT: u16 = 8377;

/// The local service that plays AEP
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export emulator serve")]
pub(crate) enum Command {
    Serve(ServeArgs),
}

/// Serve the emulator on a port of this machine until Ctrl-C
///
/// Prints its address once it is ready. Any client id and secret are accepted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export emulator serve
  aep-export emulator serve --port 0 --dir data/")]
pub(crate) struct ServeArgs {
    /// Port, 0 for any free one
    #[arg(long, value_name = "N", default_value_t = PORT)]
    port: u16,

    /// Where it keeps its data [env: AEP_EMULATOR_DIR] [default: the user's data folder]
    #[arg(long, value_name = "DIR", conflicts_with = "emulator_dir")]
    dir: Option<PathBuf>,
}

impl Command {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let Self::Serve(args) = self;
        if context.global.dry_run {
            return Err(Failure::usage(
                "`emulator serve` sends no request: --dry-run means nothing",
            ));
        }
        if context.global.emulator {
            return Err(Failure::usage("`emulator serve` is the emulator: leave out --emulator"));
        }
        let dir = match args.dir {
            Some(dir) => dir,
            None => context.emulator_dir()?,
        };
        let emulator = Emulator::builder()
            .data_dir(dir.clone())
            .address(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)))
            .holder(format!("aep-export emulator serve (process {})", context.process))
            .start()
            .await
            .map_err(|error| Failure::from(&error))?;
        let url = emulator.url();
        context.emulator = Some(emulator);
        ready(context, &url)?;
        context.talk.note(&format!("data in {}; Ctrl-C stops it", dir.display()));
        std::future::pending().await
    }
}

/// Says where it is, on standard output: whoever started it waits for that.
fn ready(context: &mut Context, url: &str) -> Result<(), Failure> {
    let event = json!({
        "event": "ready",
        "url": url,
        "environment": {
            "AEP_BASE_URL": url,
            "AEP_IMS_URL": url,
            "AEP_ORG_ID": ORGANIZATION,
            "AEP_CLIENT_ID": CLIENT_ID,
            "AEP_CLIENT_SECRET": CLIENT_SECRET,
        },
    });
    match context.out.format() {
        Format::Table | Format::Raw => context.out.plain(&format!("listening on {url}\n"))?,
        Format::Id => context.out.plain(&format!("{url}\n"))?,
        Format::Json | Format::Ndjson => {
            context.out.plain(&format!("{event}\n"))?;
        }
    }
    context.talk.note(&format!(
        "to use it: export AEP_BASE_URL={url} AEP_IMS_URL={url} AEP_ORG_ID={ORGANIZATION} \
         AEP_CLIENT_ID={CLIENT_ID} AEP_CLIENT_SECRET={CLIENT_SECRET}"
    ));
    Ok(())
}
