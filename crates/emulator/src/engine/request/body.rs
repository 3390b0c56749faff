//! Typed access to a JSON body that can say where something is wrong.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::BadRequest;
use crate::engine::shorten::shortened;
use crate::engine::time;

/// Names in one dotted path. Every name is a level of nesting, and what builds columns out of
/// them goes down level by level. The emulator's own limit; AEP's is not documented.
pub(super) const MOST_NAMES: usize = 32;

/// An object of the body and where it is; one that is left out reads as empty.
pub(super) struct Node<'a> {
    path: String,
    entries: Option<&'a Map<String, Value>>,
}

/// A value that is there, and where it is.
pub(super) struct Item<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
}

/// A list of the body and where it is.
pub(super) struct List<'a> {
    path: String,
    values: &'a [Value],
}

impl<'a> Node<'a> {
    pub(super) fn root(document: &'a Value) -> Result<Self, BadRequest> {
        Self::of(String::new(), document)
    }

    pub(super) fn of(path: String, value: &'a Value) -> Result<Self, BadRequest> {
        match value {
            Value::Object(entries) => Ok(Self { path, entries: Some(entries) }),
            other => Err(Item { path, value: other }.wrong("an object")),
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&self, key: &str) -> Option<Item<'a>> {
        let value = self.entries?.get(key).filter(|value| !value.is_null())?;
        Some(Item { path: self.path_of(key), value })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn object(&self, key: &str) -> Result<Self, BadRequest> {
        match self.get(key) {
            Some(item) => Self::of(item.path, item.value),
            None => Ok(Self { path: self.path_of(key), entries: None }),
        }
    }

    /// One that is left out reads as empty.
    pub(super) fn list(&self, key: &str) -> Result<List<'a>, BadRequest> {
        let Some(item) = self.get(key) else {
            return Ok(List { path: self.path_of(key), values: &[] });
        };
        let Value::Array(values) = item.value else { return Err(item.wrong("a list")) };
        Ok(List { path: item.path, values })
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, BadRequest> {
        match self.get(key) {
            None => Ok(None),
            Some(Item { value: Value::String(text), .. }) => Ok(Some(text.clone())),
            Some(item) => Err(item.wrong("a text")),
        }
    }

    pub(super) fn required_text(&self, key: &str) -> Result<String, BadRequest> {
        match self.text(key)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(self.problem(key, "must not be empty")),
            None => Err(self.problem(key, "is required")),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, BadRequest> {
        match self.get(key) {
            None => Ok(false),
            Some(Item { value: Value::Bool(flag), .. }) => Ok(*flag),
            Some(item) => Err(item.wrong("true or false")),
        }
    }

    /// A number without a sign and a fraction; some clients spell one as `1.0`.
    pub(super) fn whole(&self, key: &str) -> Result<Option<u64>, BadRequest> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let spelled = item.value.to_string();
        let whole = spelled.strip_suffix(".0").unwrap_or(&spelled).parse();
        whole.map(Some).map_err(|_| item.wrong("a whole number"))
    }

    pub(super) fn time(&self, key: &str) -> Result<Option<Timestamp>, BadRequest> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match time::rfc3339(&text) {
            Some(time) => Ok(Some(time)),
            None => {
                let found = shortened(&text);
                Err(self.problem(key, &format!("must be an RFC 3339 time, not {found:?}")))
            }
        }
    }

    /// Two times, of which the first must not be after the second (assumed; AEP may as well answer
    /// with an export of nothing).
    pub(super) fn window(
        &self,
        start: &str,
        end: &str,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), BadRequest> {
        let window = (self.time(start)?, self.time(end)?);
        match window {
            (Some(from), Some(until)) if from > until => {
                Err(self.problem(start, &format!("must not be after {end}")))
            }
            _ => Ok(window),
        }
    }

    /// A comma-separated list of dotted paths; blank is the same as left out (documented).
    pub(super) fn field_list(&self, key: &str) -> Result<Option<Vec<String>>, BadRequest> {
        let Some(text) = self.text(key)?.filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let paths: Vec<String> = text.split(',').map(|path| path.trim().to_owned()).collect();
        for (path, number) in paths.iter().zip(1..) {
            if path.split('.').any(str::is_empty) {
                let found = shortened(&text);
                return Err(
                    self.problem(key, &format!("path {number} of {found:?} has an empty name"))
                );
            }
            let names = path.split('.').count();
            if names > MOST_NAMES {
                let problem = format!(
                    "path {number} has {names} names, more than {MOST_NAMES} (a limit of this \
                     emulator)"
                );
                return Err(self.problem(key, &problem));
            }
        }
        Ok(Some(paths))
    }

    fn problem(&self, key: &str, problem: &str) -> BadRequest {
        BadRequest { path: self.path_of(key), problem: problem.to_owned() }
    }
}

impl<'a> List<'a> {
    /// Itself, unless it has more than `most` elements.
    pub(super) fn of_at_most(self, most: usize) -> Result<Self, BadRequest> {
        let found = self.values.len();
        if found <= most {
            return Ok(self);
        }
        let problem = format!("has {found} elements, more than {most} (a limit of this emulator)");
        Err(BadRequest { path: self.path, problem })
    }

    pub(super) fn items(&self) -> impl Iterator<Item = Item<'a>> {
        let numbered = self.values.iter().enumerate();
        numbered.map(|(index, value)| Item { path: format!("{}[{index}]", self.path), value })
    }
}

impl Item<'_> {
    pub(super) fn wrong(&self, expected: &str) -> BadRequest {
        let found = shortened(&self.value.to_string());
        BadRequest { path: self.path.clone(), problem: format!("must be {expected}, not {found}") }
    }
}
