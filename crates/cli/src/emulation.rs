//! How the emulator is set up: what is said of it by flags, or by variables where nobody can pass
//! flags, such as in the service containers of a CI system.

use std::time::Duration;

use aep_export_emulator::Fault;
use aep_export_transport::Secret;

use crate::context::Context;
use crate::duration;
use crate::failure::Failure;
use crate::settings::{Key, Setting};

/// The port that people and documents know.
const PORT: u16 = 8377;

/// The one client that the emulator lets in.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) id: Secret,
    pub(crate) secret: Secret,
}

impl Context {
    /// The rules of `--fault`, or else of its variable.
    pub(crate) fn emulator_faults(&self, flags: &[String]) -> Result<Vec<Fault>, Failure> {
        if flags.is_empty() {
            let setting = self.settings.get(Key::EmulatorFault)?;
            return match setting {
                Some(setting) => rules(&setting.value, &setting.origin.to_string()),
                None => Ok(Vec::new()),
            };
        }
        let several = flags.len() > 1;
        let mut all = Vec::new();
        for (number, text) in (1..).zip(flags) {
            let place = if several { format!("--fault no. {number}") } else { "--fault".into() };
            all.extend(rules(text, &place)?);
        }
        Ok(all)
    }

    /// The client of `--credentials`, or else of its variable.
    pub(crate) fn emulator_credentials(
        &self,
        flag: Option<&Secret>,
    ) -> Result<Option<Credentials>, Failure> {
        let setting = match flag {
            Some(text) => Some(("--credentials".to_owned(), text.clone())),
            None => self
                .settings
                .get(Key::EmulatorCredentials)?
                .map(|setting| (setting.origin.to_string(), Secret::new(setting.value))),
        };
        let Some((place, text)) = setting else { return Ok(None) };
        match text.expose().split_once(':') {
            Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
                Ok(Some(Credentials { id: Secret::new(id), secret: Secret::new(secret) }))
            }
            // What was given may be a secret, and is not repeated.
            _ => Err(Failure::usage(format!("{place}: expected ID:SECRET"))),
        }
    }

    /// How long the emulator's tokens last.
    pub(crate) fn emulator_token_ttl(
        &self,
        flag: Option<Duration>,
    ) -> Result<Option<Duration>, Failure> {
        match flag {
            Some(flag) => Ok(Some(flag)),
            None => self.variable(Key::EmulatorTokenTtl, parse_token_ttl),
        }
    }

    /// The port that the emulator is served on.
    pub(crate) fn emulator_port(&self, flag: Option<u16>) -> Result<u16, Failure> {
        let parse = |text: &str| text.parse().map_err(|_| "expected a port from 0 to 65535".into());
        match flag {
            Some(flag) => Ok(flag),
            None => Ok(self.variable(Key::EmulatorPort, parse)?.unwrap_or(PORT)),
        }
    }

    fn variable<T>(
        &self,
        key: Key,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Some(Setting { value, origin }) = self.settings.get(key)? else { return Ok(None) };
        let wrong = |why| Failure::usage(format!("{origin}: {value:?}: {why}"));
        parse(&value).map(Some).map_err(wrong)
    }

    /// Says that requests will be spoiled, so that nobody looks for the fault elsewhere.
    pub(crate) fn tell_of_faults(&mut self, faults: &[Fault]) {
        match faults.len() {
            0 => {}
            1 => self.talk.note("the emulator plays 1 fault"),
            several => self.talk.note(&format!("the emulator plays {several} faults")),
        }
    }
}

/// The rules of `text`: JSON, or `@` and the name of a file that holds it.
fn rules(text: &str, place: &str) -> Result<Vec<Fault>, Failure> {
    let Some(file) = text.strip_prefix('@') else {
        return Fault::parse(text).map_err(|invalid| Failure::usage(format!("{place}: {invalid}")));
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::io(format!("{place}: cannot read {file}"), &error).of_input())?;
    Fault::parse(&text).map_err(|invalid| Failure::usage(format!("{file}: {invalid}")))
}

/// Reads how long tokens last: the token service tells it in whole seconds.
pub(crate) fn parse_token_ttl(text: &str) -> Result<Duration, String> {
    let ttl = duration::parse(text)?;
    if ttl < Duration::from_secs(1) { Err("expected at least 1s".to_owned()) } else { Ok(ttl) }
}
