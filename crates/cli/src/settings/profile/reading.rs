//! One profile being read: every value of the type it must have, and told by place where it is not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use toml_edit::{Item, TableLike};

use super::{Profile, Using, names, perhaps, span_of};
use crate::config_file::{ConfigFile, Text};
use crate::failure::Failure;
use crate::settings::{Key, Origin, Place, SecretKey, SecretSetting, Setting, Shape, Source};

/// How a secret is given in a profile.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Given,
    File,
    Command,
}

impl Form {
    pub(super) const ALL: [Self; 3] = [Self::Given, Self::File, Self::Command];

    pub(super) fn name(self, key: SecretKey) -> String {
        let name = key.name();
        match self {
            Self::Given => name,
            Self::File => format!("{name}_file"),
            Self::Command => format!("{name}_command"),
        }
    }
}

/// One profile being read.
pub(super) struct Reading<'a> {
    pub(super) file: &'a ConfigFile,
    pub(super) text: &'a Text,
    pub(super) using: Using,
    pub(super) warnings: &'a mut Vec<String>,
}

impl Reading<'_> {
    pub(super) fn of(mut self, table: &dyn TableLike) -> Result<Profile, Failure> {
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
