//! Secrets, fetched from where they are once they are needed.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::Secret;
use aep_export_transport::{Clock, SecretSource, TokenError, TokenErrorKind};
use async_trait::async_trait;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::failure::{Failure, Kind};
use crate::private_file;
use crate::quote::quote;
use crate::settings::{Key, Origin, SecretKey, SecretSetting, Source};

/// How long a program may take to tell a secret: somebody may have to unlock something.
const TIME: Duration = Duration::from_secs(30);

/// No secret is longer, in bytes: a client secret has a few dozen, a token some thousands, and servers
/// take no longer header. It must not be cut instead, or something else would be sent and saved.
const LONGEST: usize = 16 * 1024;

/// What has to be read at most to tell a secret, with the line break that may end it, from something
/// longer, in bytes.
pub(crate) const ENOUGH: u64 = LONGEST as u64 + 3;

/// A client secret that a program tells once, when a token has to be asked for.
pub(crate) struct LateSecret {
    reader: SecretReader,
    setting: SecretSetting,
    told: OnceCell<Secret>,
}

impl LateSecret {
    pub(crate) fn new(reader: SecretReader, setting: SecretSetting) -> Self {
        Self { reader, setting, told: OnceCell::new() }
    }
}

impl fmt::Debug for LateSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateSecret").field("origin", &self.setting.origin).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretSource for LateSecret {
    async fn secret(&self) -> Result<Secret, TokenError> {
        let told = self.told.get_or_try_init(|| self.reader.read(&self.setting)).await;
        told.cloned().map_err(|failure| {
            TokenError::new(TokenErrorKind::NoSecret, failure.message().to_owned())
                .with_source(NotTold(failure))
        })
    }
}

/// Why a secret could not be had, on its way through the layers that want a token.
#[derive(Debug)]
pub(crate) struct NotTold(pub(crate) Failure);

impl fmt::Display for NotTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message())
    }
}

impl Error for NotTold {}

/// Fetches secrets.
#[derive(Clone)]
pub(crate) struct SecretReader {
    clock: Arc<dyn Clock>,
    /// What a program that tells a secret sees: everything but our own secrets.
    environment: BTreeMap<String, OsString>,
}

impl SecretReader {
    pub(crate) fn new(clock: Arc<dyn Clock>, variables: &BTreeMap<String, OsString>) -> Self {
        let mut environment = variables.clone();
        let secrets = SecretKey::ALL.iter().map(|key| key.variable());
        let hidden = Key::ALL.iter().filter(|key| key.is_hidden()).map(|key| key.variable());
        for name in secrets.chain(hidden) {
            environment.remove(name);
        }
        Self { clock, environment }
    }

    /// The secret of `setting`: one line, without the line break that ends it.
    pub(crate) async fn read(&self, setting: &SecretSetting) -> Result<Secret, Failure> {
        let origin = &setting.origin;
        match &setting.source {
            Source::Given(secret) => one_line(origin, secret.expose()),
            Source::File(path) => of_file(origin, path),
            Source::Command(words) => {
                let place = format!("{origin}: what the command printed");
                let printed = self.printed_by(origin, words).await?;
                text(&place, printed).and_then(|printed| one_line(&place, &printed))
            }
        }
    }

    /// What the program prints. There is no shell, nothing to read and nobody to talk to.
    async fn printed_by(&self, origin: &Origin, words: &[String]) -> Result<Vec<u8>, Failure> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Failure::usage(format!("{origin} names no program")))?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                Failure::io(format!("{origin}: cannot run {}", quote(program)), &error).of_input()
            })?;
        let stdout = child.stdout.take();
        let work = async {
            let mut printed = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(ENOUGH).read_to_end(&mut printed).await?;
            }
            if printed.len() as u64 == ENOUGH {
                return Ok(Err("printed more than 16 KiB".to_owned()));
            }
            let status = child.wait().await?;
            if !status.success() {
                return Ok(Err(match status.code() {
                    Some(code) => format!("ended with exit code {code}"),
                    None => "was killed".to_owned(),
                }));
            }
            Ok(Ok(printed))
        };
        let outcome: io::Result<Result<Vec<u8>, String>> = tokio::select! {
            biased;
            outcome = work => outcome,
            () = self.clock.sleep(TIME) => Ok(Err(format!("did not end within {} s", TIME.as_secs()))),
        };
        let why = match outcome {
            Ok(Ok(printed)) => return Ok(printed),
            Ok(Err(why)) => why,
            Err(error) => error.to_string(),
        };
        // It may go on, and what it has to say is of no use any more.
        let _ = child.kill().await;
        let command: Vec<_> = words.iter().map(|word| quote(word)).collect();
        Err(Failure::new(Kind::Auth, format!("{origin}: the command {why}"))
            .hint(format!("see what it says: {}", command.join(" "))))
    }
}

fn of_file(origin: &Origin, path: &Path) -> Result<Secret, Failure> {
    let place = format!("{origin}: {}", path.display());
    let bytes = private_file::read(path)?
        .ok_or_else(|| Failure::usage(format!("{origin}: there is no file {}", path.display())))?;
    one_line(&place, &text(&place, bytes)?)
}

fn text(place: &dyn Display, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| not_a_secret(place))
}

/// The secret in `text`, which was found in `place`: one line, without the line break that ends it.
pub(crate) fn one_line(place: &dyn Display, text: &str) -> Result<Secret, Failure> {
    let line = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
    let line = line.unwrap_or(text);
    if line.is_empty() {
        return Err(Failure::usage(format!("{place} is empty")));
    }
    if line.len() > LONGEST {
        let message = format!("{place} is longer than any secret (more than 16 KiB)");
        return Err(Failure::usage(message));
    }
    if line.chars().any(char::is_control) {
        return Err(not_a_secret(place));
    }
    Ok(Secret::new(line))
}

fn not_a_secret(place: &dyn Display) -> Failure {
    Failure::usage(format!("{place} is not one line of text"))
}

#[cfg(test)]
mod tests;
