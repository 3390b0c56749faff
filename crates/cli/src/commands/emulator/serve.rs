//! `emulator serve`: the local service on a port.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aep_export_emulator::{Builder, CLIENT_ID, CLIENT_SECRET, Emulator, ORGANIZATION};
use aep_export_transport::Secret;
use serde_json::json;

use crate::context::Context;
use crate::emulation::parse_token_ttl;
use crate::failure::Failure;

/// Serve the emulator on a port of this machine until Ctrl-C
///
/// Prints its address once it is ready. Any client id and secret are accepted unless --credentials
/// names the only ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export emulator serve
  aep-export emulator serve --port 0 --dir data/
  aep-export emulator serve --token-ttl 60s --fault '{\"when\": {\"nth\": 2}, \"action\": \"reset\"}'
  aep-export emulator serve --fault @faults.json
  AEP_EMULATOR_CREDENTIALS=ci:secret aep-export emulator serve")]
pub(crate) struct Args {
    /// Port, 0 for any free one [env: AEP_EMULATOR_PORT] [default: 8377]
    #[arg(long, value_name = "N")]
    port: Option<u16>,

    /// Where it keeps its data [env: AEP_EMULATOR_DIR] [default: the user's data folder]
    #[arg(long, value_name = "DIR", conflicts_with = "emulator_dir")]
    dir: Option<PathBuf>,

    /// A fault to play: a rule as JSON or @FILE; repeatable [env: AEP_EMULATOR_FAULT]
    #[arg(long, value_name = "RULE")]
    fault: Vec<String>,

    /// The only client to let in; the variable keeps it out of the list of processes
    /// [env: AEP_EMULATOR_CREDENTIALS]
    #[arg(long, value_name = "ID:SECRET", value_parser = unseen)]
    credentials: Option<Secret>,

    /// How long tokens last [env: AEP_EMULATOR_TOKEN_TTL] [default: a day]
    #[arg(long, value_name = "DURATION", value_parser = parse_token_ttl)]
    token_ttl: Option<Duration>,
}

/// Any text. What is wrong with it is said without repeating it.
fn unseen(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

impl Args {
    pub(super) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.emulator {
            return Err(Failure::usage("`emulator serve` is the emulator: leave out --emulator"));
        }
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => context.emulator_dir()?,
        };
        let faults = context.emulator_faults(&self.fault)?;
        let credentials = context.emulator_credentials(self.credentials.as_ref())?;
        let mut builder = self.builder(context, &dir)?;
        builder = faults.iter().cloned().fold(builder, Builder::fault);
        if let Some(client) = &credentials {
            builder = builder.credentials(client.id.expose(), client.secret.expose());
        }
        let emulator = builder.start().await.map_err(|error| Failure::from(&error))?;
        let url = emulator.url();
        context.emulator = Some(emulator);
        ready(context, &url, credentials.is_none())?;
        context.tell_of_faults(&faults);
        context.talk.note(&format!("data in {}; Ctrl-C stops it", dir.display()));
        std::future::pending().await
    }

    fn builder(&self, context: &Context, dir: &Path) -> Result<Builder, Failure> {
        let port = context.emulator_port(self.port)?;
        let builder = Emulator::builder()
            .data_dir(dir)
            .address(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .holder(format!("aep-export emulator serve (process {})", context.process));
        Ok(match context.emulator_token_ttl(self.token_ttl)? {
            Some(ttl) => builder.token_lifetime(ttl),
            None => builder,
        })
    }
}

/// Says where it is, on standard output: whoever started it waits for that. Credentials that are
/// `anybody's` are said too; others are known to whom they were given.
fn ready(context: &mut Context, url: &str, anybodys: bool) -> Result<(), Failure> {
    let mut environment =
        vec![("AEP_BASE_URL", url), ("AEP_IMS_URL", url), ("AEP_ORG_ID", ORGANIZATION)];
    if anybodys {
        environment.extend([("AEP_CLIENT_ID", CLIENT_ID), ("AEP_CLIENT_SECRET", CLIENT_SECRET)]);
    }
    let by_name: BTreeMap<_, _> = environment.iter().copied().collect();
    let event = json!({ "event": "ready", "url": url, "environment": by_name });
    context.out.tell(&format!("listening on {url}"), url, &event)?;
    let variables: Vec<_> =
        environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let rest = if anybodys { "" } else { ", and the credentials that it was given" };
    context.talk.note(&format!("to use it: export {}{rest}", variables.join(" ")));
    Ok(())
}
