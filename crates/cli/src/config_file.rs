//! The config file: where it is and what stands in it.
//!
//! It may hold secrets, so no message ever repeats a value of it: messages name the place.

mod edit;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{Document, Item, TableLike};

use crate::failure::Failure;
use crate::place::Place;
use crate::private_file;
use crate::settings::Origin;

pub(crate) use edit::Edit;

/// The variable that says where it is.
pub(crate) const VARIABLE: &str = "AEP_CONFIG";

/// Where the config file is. It need not be there.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    path: Arc<Path>,
    /// By the user, who then means a file that is there.
    named: bool,
    home: Option<PathBuf>,
}

impl ConfigFile {
    /// The file that `AEP_CONFIG` names, else the one in the folder for settings, if there is such
    /// a folder.
    pub(crate) fn of(
        variables: &BTreeMap<String, OsString>,
        config_dir: Option<&Path>,
        home: Option<PathBuf>,
    ) -> Option<Self> {
        let named = variables.get(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let usual = || Some(config_dir?.join("aep-export").join("config.toml"));
        let (path, named) = match named {
            Some(path) => (path, true),
            None => (usual()?, false),
        };
        Some(Self { path: path.into(), named, home })
    }

    pub(crate) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// What says that it is this one.
    pub(crate) fn origin(&self) -> Origin {
        if self.named { Origin::Variable(VARIABLE) } else { Origin::Default }
    }

    /// What stands in it, or `None` if there is no such file.
    pub(crate) fn read(&self) -> Result<Option<Text>, Failure> {
        match private_file::read(&self.path)? {
            Some(bytes) => Ok(Some(Text::parse(&self.path, bytes)?)),
            None => Ok(None),
        }
    }

    /// The same, where only a file that the user named must be there.
    pub(crate) fn read_if_there(&self) -> Result<Option<Text>, Failure> {
        match self.read()? {
            None if self.named => {
                Err(Failure::usage(format!("{VARIABLE}: there is no file {}", self.path.display())))
            }
            text => Ok(text),
        }
    }

    /// The path that `text` in the file means: `~/` is the home directory, and what is relative
    /// counts from the folder of the file.
    pub(crate) fn resolve(&self, text: &str) -> Result<PathBuf, &'static str> {
        let Some(in_home) = text.strip_prefix('~').filter(|rest| rest.starts_with(['/', '\\']))
        else {
            return Ok(self.path.parent().unwrap_or(Path::new("")).join(text));
        };
        let home = self.home.as_ref().ok_or("begins with `~`, and there is no home directory")?;
        Ok(home.join(in_home.trim_start_matches(['/', '\\'])))
    }
}

/// The text of the file as TOML that knows where everything stands.
pub(crate) struct Text {
    file: Arc<Path>,
    document: Document<String>,
}

impl Text {
    pub(crate) fn parse(file: &Arc<Path>, bytes: Vec<u8>) -> Result<Self, Failure> {
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(format!("{} is not UTF-8 text", file.display())))?;
        // Some editors put a mark before UTF-8.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        match Document::parse(text.clone()) {
            Ok(document) => Ok(Self { file: Arc::clone(file), document }),
            Err(error) => {
                let at = place(file, &text, error.span());
                // Its `Display` would repeat the line; the message alone names no part of it.
                Err(Failure::usage(format!("{at}: {}", error.message())))
            }
        }
    }

    pub(crate) fn file(&self) -> &Arc<Path> {
        &self.file
    }

    pub(crate) fn root(&self) -> &dyn TableLike {
        self.document.as_table()
    }

    /// The line of `span`, counted from 1.
    pub(crate) fn line(&self, span: Option<Range<usize>>) -> usize {
        position(self.document.raw(), span).line
    }

    /// `file:line:column` of `span`.
    pub(crate) fn place(&self, span: Option<Range<usize>>) -> String {
        place(&self.file, self.document.raw(), span)
    }

    /// The tables of all profiles by name, in their order.
    pub(crate) fn profiles(&self) -> Result<Vec<(&str, &dyn TableLike)>, Failure> {
        let Some(profiles) = self.root().get("profiles") else { return Ok(Vec::new()) };
        let tables = self.table(profiles, "`profiles`")?;
        let of = |(name, item)| Ok((name, self.table(item, &format!("profile `{name}`"))?));
        tables.iter().map(of).collect()
    }

    fn table<'a>(&self, item: &'a Item, what: &str) -> Result<&'a dyn TableLike, Failure> {
        item.as_table_like().ok_or_else(|| self.wrong_type(item, what, "a table"))
    }

    /// `what` is not of the type it must have.
    pub(crate) fn wrong_type(&self, item: &Item, what: &str, must_be: &str) -> Failure {
        let place = self.place(item.span());
        Failure::usage(format!("{place}: {what} must be {must_be}, and is {}", kind(item)))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may hold secrets.
        f.debug_struct("Text").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What `item` is, in the words of messages.
fn kind(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "text",
        "integer" | "float" => "a number",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" | "array of tables" => "an array",
        "table" | "inline table" => "a table",
        _ => "nothing",
    }
}

fn place(file: &Path, text: &str, span: Option<Range<usize>>) -> String {
    format!("{}:{}", file.display(), position(text, span))
}

fn position(text: &str, span: Option<Range<usize>>) -> Place {
    Place::of(text, span.map_or(0, |span| span.start))
}

#[cfg(test)]
mod tests;
