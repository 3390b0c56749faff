//! `api`: any call, the raw way.

mod call;
mod pages;

use std::path::{Path, PathBuf};

use aep_export_api::{Client, Operation};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use self::call::{Call, Method};
use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::{Failure, Kind};
use crate::interruption::Stage;
use crate::output::Format;

/// Make any call to the service
///
/// The program signs in, adds its headers and repeats what may be repeated: GET, HEAD, PUT and
/// DELETE. POST and PATCH are sent again only when they certainly were not accepted; exit code 9
/// means that nobody knows what became of one. The answer goes to standard output as it came; with
/// -o json or ndjson only its white space changes. On a terminal it is laid out for reading.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export api GET '/data/core/ups/export/jobs?limit=2'
  aep-export api GET /data/core/ups/segment/definitions --paginate -o ndjson
  aep-export api POST /data/core/ups/segment/jobs -f segments.json
  aep-export api DELETE /data/core/ups/export/jobs/42 --dry-run")]
pub(crate) struct Args {
    /// GET, HEAD, POST, PUT, PATCH or DELETE
    #[arg(value_name = "METHOD", value_parser = call::method)]
    method: Method,

    /// Path and query, from the base URL on: /data/core/ups/...
    #[arg(value_name = "PATH", value_parser = call::path)]
    path: String,

    /// File with the body of the request, `-` for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Header of the request (repeatable); JSON is what a body is without one
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = call::header)]
    header: Vec<(HeaderName, HeaderValue)>,

    /// Make further calls with the cursor of `link.next` or `_links.next` until there is none
    #[arg(long)]
    paginate: bool,
}

impl Args {
    /// Whether it takes as long as there are pages.
    pub(crate) fn is_endless(&self) -> bool {
        self.paginate
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if self.paginate && self.method != Method::Get {
            return Err(Failure::usage("--paginate goes with GET only"));
        }
        if context.out.format() == Format::Id {
            return Err(Failure::usage("an answer that may be anything has no id")
                .hint("leave out -o, or choose -o json"));
        }
        let body = match self.input {
            Some(path) => context.reading(move |mut stdin| read(&path, &mut *stdin)).await?,
            None => Bytes::new(),
        };
        let call = Call { method: self.method, path: self.path, headers: self.header, body };
        if context.global.only_shows() {
            let more = self.paginate.then_some("the same again for each page that follows");
            return DryRun::new(context)?.then(&call)?.show(context, more);
        }
        let client = context.connect().await?;
        if self.paginate {
            return pages::all(context, &client, call).await;
        }
        if !call.method.is_repeatable() {
            // What is interrupted after this was sent.
            client.sign_in().await.map_err(|error| Failure::of(&error, "sign in"))?;
            context.stage = Stage::CallSent { line: call.line() };
        }
        let outcome = match context.out.format() {
            Format::Json | Format::Ndjson | Format::Yaml => laid_out(context, &client, &call).await,
            _ if context.out.is_for_eyes() => for_eyes(context, &client, &call).await,
            _ => as_it_comes(context, &client, &call).await,
        };
        context.stage = Stage::Plain;
        outcome
    }
}

/// The answer as JSON in the layout of the chosen format.
async fn laid_out(context: &mut Context, client: &Client, call: &Call) -> Result<(), Failure> {
    let reply = client.execute(call).await.map_err(|error| refused(&error, call))?;
    context.out.document(reply.raw(), "", Vec::new)?;
    Ok(())
}

/// The answer as a person reads it.
async fn for_eyes(context: &mut Context, client: &Client, call: &Call) -> Result<(), Failure> {
    let reply = client.execute(call).await.map_err(|error| refused(&error, call))?;
    Ok(context.out.for_eyes(reply.raw())?)
}

/// The answer's bytes as they arrive, however many there are.
async fn as_it_comes(context: &mut Context, client: &Client, call: &Call) -> Result<(), Failure> {
    let answer = client.open(&call.streamed()).await.map_err(|error| refused(&error, call))?;
    let mut body = answer.into_body();
    while let Some(chunk) = body.chunk().await {
        let chunk = chunk.map_err(|error| {
            let message = format!("the answer to {} broke off: {error}", call.line());
            Failure::new(Kind::Network, message)
        })?;
        context.out.bytes(&chunk)?;
    }
    Ok(context.out.end_of_bytes()?)
}

fn refused(error: &aep_export_api::Error, call: &Call) -> Failure {
    let failure = Failure::of(error, &call.line());
    match failure.kind() {
        Kind::UnknownOutcome => failure.hint("look what became of it before you send it again"),
        _ => failure,
    }
}

fn read(path: &Path, stdin: &mut dyn std::io::Read) -> Result<Bytes, Failure> {
    let (name, read) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        ("standard input".to_owned(), stdin.read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    read.map(Bytes::from)
        .map_err(|error| Failure::io(format!("cannot read {name}"), &error).of_input())
}

impl Call {
    /// The same call with its answer read as it comes, whatever its size.
    fn streamed(&self) -> impl Operation<Output = ()> {
        call::Streamed(self.clone())
    }
}
