//! Typed access to a JSON body that can say where something is wrong.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::BadRequest;

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

    pub(super) fn list(&self, key: &str) -> Result<Vec<Item<'a>>, BadRequest> {
        let Some(item) = self.get(key) else { return Ok(Vec::new()) };
        let Value::Array(values) = item.value else { return Err(item.wrong("a list")) };
        let item_at = |(index, value)| Item { path: format!("{}[{index}]", item.path), value };
        Ok(values.iter().enumerate().map(item_at).collect())
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

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, BadRequest> {
        match self.get(key) {
            None => Ok(None),
            Some(item) => match item.value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(item.wrong("a number")),
            },
        }
    }

    pub(super) fn time(&self, key: &str) -> Result<Option<Timestamp>, BadRequest> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match text.parse() {
            Ok(time) => Ok(Some(time)),
            Err(_) => Err(self.problem(key, &format!("must be an RFC 3339 time, not {text:?}"))),
        }
    }

    /// A comma-separated list of dotted paths; blank is the same as left out (documented).
    pub(super) fn field_list(&self, key: &str) -> Result<Option<Vec<String>>, BadRequest> {
        let Some(text) = self.text(key)?.filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let paths: Vec<String> = text.split(',').map(|path| path.trim().to_owned()).collect();
        match paths.iter().position(|path| path.split('.').any(str::is_empty)) {
            Some(index) => {
                Err(self.problem(key, &format!("path {} of {text:?} has an empty name", index + 1)))
            }
            None => Ok(Some(paths)),
        }
    }

    fn problem(&self, key: &str, problem: &str) -> BadRequest {
        BadRequest { path: self.path_of(key), problem: problem.to_owned() }
    }
}

impl Item<'_> {
    pub(super) fn wrong(&self, expected: &str) -> BadRequest {
        let mut found = self.value.to_string();
        if found.chars().count() > 40 {
            found = found.chars().take(40).chain(std::iter::once('…')).collect();
        }
        BadRequest { path: self.path.clone(), problem: format!("must be {expected}, not {found}") }
    }
}
