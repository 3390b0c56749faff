//! Changing the config file: what is not meant stays as it is, comments too.

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::{ConfigFile, Text};
use crate::failure::{Failure, Kind};
use crate::private_file;
use crate::settings::DEFAULT_PROFILE;

impl ConfigFile {
    /// Changes the file, or makes it. Other processes that change it wait meanwhile, so that nobody's
    /// change is lost; when `change` fails nothing is written.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Edit) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _lock = private_file::lock(self.path())?;
        let mut edit = Edit::of(self.read()?)?;
        let outcome = change(&mut edit)?;
        let text = edit.document.to_string();
        // What a person wrote in an unusual way is not to be spoilt.
        let readable = Text::parse(self.path(), text.clone().into_bytes());
        if readable.and_then(|text| text.profiles().map(drop)).is_err() {
            let path = self.path().display();
            return Err(Failure::new(
                Kind::Other,
                format!("{path} is written in a way that this program cannot change"),
            )
            .hint("write each profile as a table of its own: [profiles.NAME]"));
        }
        private_file::write(self.path(), text.as_bytes())?;
        Ok(outcome)
    }
}

/// The file while it is changed.
pub(crate) struct Edit {
    document: DocumentMut,
}

impl Edit {
    fn of(text: Option<Text>) -> Result<Self, Failure> {
        let document = match text {
            Some(text) => {
                // From here on `profiles` is a table of tables, if it is there.
                text.profiles()?;
                text.document.into_mut()
            }
            None => DocumentMut::new(),
        };
        Ok(Self { document })
    }

    /// Whether there is a profile of this name.
    pub(crate) fn has(&self, profile: &str) -> bool {
        self.document.get("profiles").is_some_and(|profiles| profiles.get(profile).is_some())
    }

    /// The profile that the file says is used where nobody asks for one.
    pub(crate) fn default_profile(&self) -> Option<&str> {
        self.document.get(DEFAULT_PROFILE)?.as_str()
    }

    /// Says which profile is used where nobody asks for one.
    pub(crate) fn set_default_profile(&mut self, profile: &str) {
        let comments = self.comments_of_nothing();
        let root = self.document.as_table_mut();
        set(root, DEFAULT_PROFILE, profile.into());
        if let Some(mut key) = root.key_mut(DEFAULT_PROFILE).filter(|_| !comments.is_empty()) {
            key.leaf_decor_mut().set_prefix(comments);
        }
    }

    /// Sets `key` of `profile`, both of which are made if they are not there.
    pub(crate) fn set(&mut self, profile: &str, key: &str, value: impl Into<Value>) {
        if let Some(table) = self.table(profile) {
            set(table, key, value.into());
        }
    }

    /// Removes `key` of `profile`; says whether it was there.
    pub(crate) fn remove(&mut self, profile: &str, key: &str) -> bool {
        self.has(profile) && self.table(profile).is_some_and(|table| table.remove(key).is_some())
    }

    /// The table of `profile`, made if it is not there. There is always one, as was seen before.
    fn table(&mut self, profile: &str) -> Option<&mut dyn TableLike> {
        let empty_line = if self.document.is_empty() { "" } else { "\n" };
        let comments = self.comments_of_nothing();
        let mut nothing_but_tables = Table::new();
        nothing_but_tables.set_implicit(true);
        let profiles = self.document.entry("profiles").or_insert(Item::Table(nothing_but_tables));
        let profiles = profiles.as_table_like_mut()?;
        if !profiles.contains_key(profile) {
            let mut table = Table::new();
            table.decor_mut().set_prefix(comments + empty_line);
            profiles.insert(profile, Item::Table(table));
        }
        profiles.get_mut(profile)?.as_table_like_mut()
    }

    /// Takes out the comments of a file that has nothing else, for they would end up at its end.
    fn comments_of_nothing(&mut self) -> String {
        if !self.document.is_empty() {
            return String::new();
        }
        let comments = self.document.trailing().as_str().unwrap_or_default().to_owned();
        self.document.set_trailing("");
        comments
    }
}

/// Sets `key` in place of what it was, with the comment that stands behind it.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests;
