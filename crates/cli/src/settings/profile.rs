//! The layer of the profile: which table of the config file it is, and what it says.

mod reading;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml_edit::{Item, TableLike};

use self::reading::{Form, Reading};
use super::{Key, Layer, Origin, Place, SecretKey, SecretSetting, Setting, text_of};
use crate::config_file::{ConfigFile, Text};
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::quote::quote;

/// The variable that asks for a profile.
const VARIABLE: &str = "AEP_PROFILE";

/// The key that says which profile is used where nobody asks for one.
pub(crate) const DEFAULT_PROFILE: &str = "default_profile";

/// A profile that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) origin: Origin,
}

impl Asked {
    /// The profile of `--profile` or of `AEP_PROFILE`.
    pub(crate) fn of(
        flag: Option<String>,
        variables: &BTreeMap<String, OsString>,
    ) -> Result<Option<Self>, Failure> {
        if let Some(name) = flag {
            return Ok(Some(Self { name, origin: Origin::Flag("--profile") }));
        }
        let name = text_of(variables, VARIABLE)?;
        Ok(name.map(|name| Self { name, origin: Origin::Variable(VARIABLE) }))
    }
}

/// A profile that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Using {
    pub(crate) name: Arc<str>,
    pub(crate) file: Arc<Path>,
    /// What chose it.
    pub(crate) chosen_by: Origin,
}

/// What one profile says.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) using: Using,
    settings: BTreeMap<Key, Setting>,
    secrets: BTreeMap<SecretKey, SecretSetting>,
}

impl Profile {
    /// The profile that is used where it is there and nothing says which.
    pub(crate) const USUAL: &str = "default";

    /// The keys of all secrets in all forms.
    pub(crate) fn secret_names() -> impl Iterator<Item = String> {
        SecretKey::ALL.into_iter().flat_map(|key| Form::ALL.map(|form| form.name(key)))
    }

    /// Reads `file` and takes the profile that was `asked` for, else the one that the file says,
    /// else the one called `default`. With it comes what in the file may not be meant.
    pub(crate) fn load(
        file: Option<&ConfigFile>,
        asked: Option<Asked>,
    ) -> Result<(Option<Self>, Vec<String>), Failure> {
        let text = match file {
            Some(file) => file.read_if_there()?,
            None => None,
        };
        match (file, text, asked) {
            (Some(file), Some(text), asked) => {
                let mut warnings = of_strangers(&text);
                let profile = match choose(&text, asked)? {
                    Some((using, table)) => Some(
                        Reading { file, text: &text, using, warnings: &mut warnings }.of(table)?,
                    ),
                    None => None,
                };
                Ok((profile, warnings))
            }
            (_, _, None) => Ok((None, Vec::new())),
            (file, _, Some(Asked { name, origin })) => {
                let where_to = match file {
                    Some(file) => format!("there is no file {}", file.path().display()),
                    None => "there is no home directory for a config file".to_owned(),
                };
                Err(Failure::usage(format!("{origin}: there is no profile `{name}`: {where_to}"))
                    .hint(make(&name)))
            }
        }
    }
}

impl Layer for Profile {
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        Ok(self.settings.get(&key).cloned())
    }

    fn secret(&self, key: SecretKey) -> Result<Option<SecretSetting>, Failure> {
        Ok(self.secrets.get(&key).cloned())
    }
}

/// Warns of what stands outside of all profiles and means nothing there.
fn of_strangers(text: &Text) -> Vec<String> {
    let known = [DEFAULT_PROFILE, "profiles"];
    let strangers = text.root().iter().filter(|(name, _)| !known.contains(name));
    let warn = |(name, _): (&str, &Item)| {
        let meant = if names().iter().any(|known| known == name) {
            " (it belongs into a profile, such as [profiles.default])".to_owned()
        } else {
            perhaps(name, known.into_iter())
        };
        let place = text.place(span_of(text.root(), name));
        format!("{place}: unknown key `{name}`{meant}")
    };
    strangers.map(warn).collect()
}

fn choose(text: &Text, asked: Option<Asked>) -> Result<Option<(Using, &dyn TableLike)>, Failure> {
    let profiles = text.profiles()?;
    let asked = match asked {
        Some(asked) => Some(asked),
        None => default_profile(text)?,
    };
    let (name, chosen_by) = match asked {
        Some(Asked { name, origin }) => (name, origin),
        None if profiles.iter().any(|(name, _)| *name == Profile::USUAL) => {
            (Profile::USUAL.to_owned(), Origin::Default)
        }
        None => return Ok(None),
    };
    match profiles.iter().find(|(known, _)| *known == name) {
        Some((_, table)) => {
            let file = Arc::clone(text.file());
            Ok(Some((Using { name: name.into(), file, chosen_by }, *table)))
        }
        None => {
            let known: Vec<&str> = profiles.iter().map(|(name, _)| *name).collect();
            Err(no_such_profile(text, &name, &chosen_by, &known))
        }
    }
}

fn default_profile(text: &Text) -> Result<Option<Asked>, Failure> {
    let Some(item) = text.root().get(DEFAULT_PROFILE) else { return Ok(None) };
    let what = format!("`{DEFAULT_PROFILE}`");
    let name = item.as_str().ok_or_else(|| text.wrong_type(item, &what, "text"))?.to_owned();
    let origin = Origin::File(Place {
        key: DEFAULT_PROFILE.to_owned(),
        profile: None,
        file: Arc::clone(text.file()),
        line: text.line(item.span()),
    });
    Ok(Some(Asked { name, origin }))
}

fn no_such_profile(text: &Text, name: &str, chosen_by: &Origin, known: &[&str]) -> Failure {
    let list = match known {
        [] => "which has none".to_owned(),
        known => format!("which has {}", known.join(", ")),
    };
    let file = text.file().display();
    let failure =
        Failure::usage(format!("{chosen_by}: there is no profile `{name}` in {file}, {list}"));
    match nearest(name, known.iter().copied()) {
        Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
        None => failure.hint(make(name)),
    }
}

/// The command that makes the profile `name`.
fn make(name: &str) -> String {
    format!("make it with: aep-export config init --profile {}", quote(name))
}

/// Every key that a profile may have.
fn names() -> Vec<String> {
    Key::ALL.iter().map(|key| key.name()).chain(Profile::secret_names()).collect()
}

fn perhaps<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default()
}

/// Where the key `name` of `table` stands.
fn span_of(table: &dyn TableLike, name: &str) -> Option<Range<usize>> {
    table.get_key_value(name).and_then(|(key, _)| key.span())
}

#[cfg(test)]
mod tests;
