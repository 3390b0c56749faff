//! `config import`: a profile from a file with credentials.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use http::HeaderValue;

use super::store::{self, NewProfile};
use crate::context::Context;
use crate::credential_file::{self, Credentials};
use crate::failure::Failure;
use crate::secret::one_line;
use crate::settings::{Key, SecretKey};

/// More than any file with credentials, in bytes.
const MOST: u64 = 1024 * 1024;

/// Write a profile from a file with credentials
///
/// Reads the JSON that Adobe's developer console lets you download, the config file of aepp and a
/// Postman environment. The profile is the one that --profile names, or `default`; --org and
/// --sandbox override the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export config import console.json --profile imported --sandbox dev
  aep-export config import - --profile console < console.json")]
pub(crate) struct Args {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Replace a profile that is there
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let name = store::name(context)?;
        store::refuse_existing(context, &name, self.force)?;
        let from_stdin = self.file == Path::new("-");
        let place =
            if from_stdin { "standard input".into() } else { self.file.display().to_string() };
        let bytes = read(context, self.file, place.clone()).await?;
        let found = credential_file::read(&bytes)
            .map_err(|why| Failure::usage(format!("{place} {why}")))?;
        let profile = profile(context, &place, &found)?;
        let next = store::store(context, &name, &profile, self.force)?;
        context.talk.note(&format!("{place} is {}", found.form));
        for note in &found.notes {
            context.talk.note(note);
        }
        if !profile.settings.iter().any(|(key, _)| *key == Key::Sandbox) {
            context.talk.note("it names no sandbox, so `prod` is used; --sandbox names another");
        }
        if !from_stdin {
            context
                .talk
                .note(&format!("{place} still has the secret: remove it if nothing else needs it"));
        }
        context.talk.note(&next);
        Ok(())
    }
}

async fn read(context: &mut Context, file: PathBuf, place: String) -> Result<Vec<u8>, Failure> {
    context
        .reading(move |stdin| {
            let mut bytes = Vec::new();
            let from_stdin = file == Path::new("-");
            let source = if from_stdin {
                Ok(stdin)
            } else {
                File::open(&file).map(|file| Box::new(file) as _)
            };
            source
                .and_then(|source: Box<dyn Read + Send>| {
                    source.take(MOST + 1).read_to_end(&mut bytes)
                })
                .map_err(|error| Failure::io(format!("cannot read {place}"), &error).of_input())?;
            if bytes.len() as u64 > MOST {
                return Err(Failure::usage(format!("{place} is larger than 1 MiB")));
            }
            Ok(bytes)
        })
        .await
}

/// The profile of what was `found` in `place`, with what flags say instead.
fn profile(context: &Context, place: &str, found: &Credentials) -> Result<NewProfile, Failure> {
    let organization =
        store::flag(context, Key::Organization)?.or_else(|| found.organization.clone());
    let organization = organization.ok_or_else(|| {
        Failure::usage(format!("{place} names no organisation")).hint("give it with --org")
    })?;
    let sandbox = store::flag(context, Key::Sandbox)?.or_else(|| found.sandbox.clone());
    let base_url = store::flag(context, Key::BaseUrl)?;
    let mut settings = Vec::new();
    for (key, value) in [
        (Key::Organization, Some(organization)),
        (Key::ClientId, Some(found.client_id.clone())),
        (Key::Sandbox, sandbox),
        (Key::Scopes, found.scopes.clone()),
        (Key::BaseUrl, base_url),
        (Key::ImsUrl, found.ims_url.clone()),
    ] {
        if let Some(value) = value {
            if HeaderValue::from_str(&value).is_err() {
                let name = key.name();
                return Err(Failure::usage(format!(
                    "{place}: {name} has characters that it cannot have"
                )));
            }
            settings.push((key, value));
        }
    }
    let secrets =
        [(SecretKey::ClientSecret, &found.secret), (SecretKey::AccessToken, &found.access_token)];
    let secret = secrets.into_iter().find_map(|(key, secret)| Some((key, secret.as_ref()?)));
    let secret = match secret {
        Some((key, secret)) => {
            let place = format!("{place}: `{}`", key.name());
            Some((key, one_line(&place, secret.expose())?))
        }
        None => None,
    };
    Ok(NewProfile { settings, secret })
}
