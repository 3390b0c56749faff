//! The layer of the profile: one table of the config file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{Item, TableLike};

use super::{Key, Layer, Origin, Place, SecretKey, SecretSetting, Setting, Shape, Source, text_of};
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

/// How a secret is given in a profile.
#[derive(Debug, Clone, Copy)]
enum Form {
    Given,
    File,
    Command,
}

impl Form {
    const ALL: [Self; 3] = [Self::Given, Self::File, Self::Command];

    fn name(self, key: SecretKey) -> String {
        let name = key.name();
        match self {
            Self::Given => name,
            Self::File => format!("{name}_file"),
            Self::Command => format!("{name}_command"),
        }
    }
}

/// One profile being read.
struct Reading<'a> {
    file: &'a ConfigFile,
    text: &'a Text,
    using: Using,
    warnings: &'a mut Vec<String>,
}

impl Reading<'_> {
    fn of(mut self, table: &dyn TableLike) -> Result<Profile, Failure> {
        self.warn_of_strangers(table);
        let mut settings = BTreeMap::new();
        for key in Key::ALL {
            if let Some(item) = table.get(&key.name()) {
                let value = self.value(key, item)?;
                let origin = self.origin(table, &key.name());
                settings.insert(key, Setting { value, origin });
            }
        }
        let mut secrets = BTreeMap::new();
        for key in SecretKey::ALL {
            if let Some(setting) = self.secret(key, table)? {
                secrets.insert(key, setting);
            }
        }
        Ok(Profile { using: self.using, settings, secrets })
    }

    fn warn_of_strangers(&mut self, table: &dyn TableLike) {
        let known = names();
        for (name, _) in table.iter().filter(|(name, _)| !known.iter().any(|known| known == name)) {
            let place = self.text.place(span_of(table, name));
            let meant = perhaps(name, known.iter().map(String::as_str));
            let what = self.called(name);
            self.warnings.push(format!("{place}: unknown key {what}{meant}"));
        }
    }

    fn called(&self, name: &str) -> String {
        format!("`{name}` of profile `{}`", self.using.name)
    }

    fn origin(&self, table: &dyn TableLike, name: &str) -> Origin {
        Origin::File(Place {
            key: name.to_owned(),
            profile: Some(Arc::clone(&self.using.name)),
            file: Arc::clone(&self.using.file),
            line: self.text.line(span_of(table, name)),
        })
    }

    fn value(&self, key: Key, item: &Item) -> Result<String, Failure> {
        let name = key.name();
        match key.shape() {
            Shape::Text => Ok(self.plain(&name, item)?.trim().to_owned()),
            Shape::List => match item.as_array() {
                Some(_) => Ok(self.texts(&name, item, "text or an array of texts")?.join(",")),
                None => Ok(self.plain(&name, item)?.trim().to_owned()),
            },
            Shape::Number => match item.as_integer() {
                Some(number) => Ok(number.to_string()),
                None => Err(self.wrong_type(&name, item, "a whole number")),
            },
            Shape::Switch => match item.as_bool() {
                Some(on) => Ok(on.to_string()),
                None => Err(self.wrong_type(&name, item, "true or false")),
            },
            Shape::Path => {
                let path = self.path(&name, item)?.into_os_string().into_string();
                path.map_err(|_| self.wrong(&name, item, "is not a path in UTF-8"))
            }
        }
    }

    fn secret(
        &self,
        key: SecretKey,
        table: &dyn TableLike,
    ) -> Result<Option<SecretSetting>, Failure> {
        let mut found: Option<(Form, SecretSetting)> = None;
        for form in Form::ALL {
            let name = form.name(key);
            let Some(item) = table.get(&name) else { continue };
            if let Some((other, _)) = found {
                let why = format!("stands beside `{}`: one of them is enough", other.name(key));
                return Err(self.wrong(&name, item, &why));
            }
            let source = match form {
                Form::Given => Source::given(self.not_empty(&name, item)?.trim()),
                Form::File => Source::File(self.path(&name, item)?),
                Form::Command => Source::Command(self.command(&name, item)?),
            };
            found = Some((form, SecretSetting { source, origin: self.origin(table, &name) }));
        }
        Ok(found.map(|(_, setting)| setting))
    }

    /// A program and its arguments. The program is looked for as a shell does it, but that a relative
    /// path counts from the folder of the file.
    fn command(&self, name: &str, item: &Item) -> Result<Vec<String>, Failure> {
        let mut words =
            self.texts(name, item, "an array, such as [\"pass\", \"show\", \"aep\"]")?;
        let program = words.first_mut().filter(|program| !program.is_empty());
        let Some(program) = program else {
            return Err(self.wrong(name, item, "names no program"));
        };
        if program.contains('/') {
            let path = self.file.resolve(program).map_err(|why| self.wrong(name, item, why))?;
            *program = path
                .into_os_string()
                .into_string()
                .map_err(|_| self.wrong(name, item, "is not a path in UTF-8"))?;
        }
        Ok(words)
    }

    fn path(&self, name: &str, item: &Item) -> Result<PathBuf, Failure> {
        let text = self.not_empty(name, item)?;
        self.file.resolve(text).map_err(|why| self.wrong(name, item, why))
    }

    fn texts(&self, name: &str, item: &Item, must_be: &str) -> Result<Vec<String>, Failure> {
        let array = item.as_array().ok_or_else(|| self.wrong_type(name, item, must_be))?;
        let texts = array.iter().map(|value| value.as_str().map(str::to_owned));
        let texts: Option<Vec<String>> = texts.collect();
        texts.ok_or_else(|| self.wrong(name, item, "may hold nothing but texts"))
    }

    fn plain<'i>(&self, name: &str, item: &'i Item) -> Result<&'i str, Failure> {
        item.as_str().ok_or_else(|| self.wrong_type(name, item, "text"))
    }

    fn not_empty<'i>(&self, name: &str, item: &'i Item) -> Result<&'i str, Failure> {
        let text = self.plain(name, item)?;
        if text.trim().is_empty() {
            return Err(self.wrong(name, item, "is empty"));
        }
        Ok(text)
    }

    fn wrong_type(&self, name: &str, item: &Item, must_be: &str) -> Failure {
        self.text.wrong_type(item, &self.called(name), must_be)
    }

    fn wrong(&self, name: &str, item: &Item, why: &str) -> Failure {
        let place = self.text.place(item.span());
        Failure::usage(format!("{place}: {} {why}", self.called(name)))
    }
}

#[cfg(test)]
mod tests;
