//! Reading rules: strict, and with a word on what is wrong where.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::action::Action;
use super::rule::{Fault, Match, Stage, When, Wrong};

/// A fault that cannot be used, with the place of the mistake:
/// ``fault 2, when: unknown field `tims`, expected one of `nth`, `skip`, `times`, `probability` ``.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct InvalidFault {
    place: String,
    message: String,
}

impl InvalidFault {
    /// What is wrong with the rule at an index.
    pub(super) fn of(index: usize, wrong: Wrong) -> Self {
        let place = match wrong.path.as_str() {
            "" => format!("fault {}", index + 1),
            path => format!("fault {}, {path}", index + 1),
        };
        Self { place, message: wrong.message }
    }

    /// Where the mistake is: the number of the rule, counted from 1, and the key in it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Fault {
    /// Reads one rule or a list of rules from JSON.
    ///
    /// # Errors
    /// The text is not JSON, a key is unknown, or a value is not what it should be.
    pub fn parse(text: &str) -> Result<Vec<Self>, InvalidFault> {
        let document = serde_json::from_str(text).map_err(|error| InvalidFault {
            place: "faults".to_owned(),
            message: format!("not JSON: {error}"),
        })?;
        let rules = match document {
            Value::Array(rules) => rules,
            one => vec![one],
        };
        let read = |(index, rule)| {
            Self::try_from_value(rule).map_err(|wrong| InvalidFault::of(index, wrong))
        };
        rules.into_iter().enumerate().map(read).collect()
    }

    fn try_from_value(value: Value) -> Result<Self, Wrong> {
        let Value::Object(mut members) = value else {
            return Err(Wrong::at("", "must be an object"));
        };
        let fault = Self {
            name: part(&mut members, "name")?,
            matching: part::<Match>(&mut members, "match")?.unwrap_or_default(),
            when: part::<When>(&mut members, "when")?.unwrap_or_default(),
            stage: part::<Stage>(&mut members, "stage")?,
            action: part::<Action>(&mut members, "action")?
                .ok_or_else(|| Wrong::at("action", "is missing"))?,
        };
        if let Some(unknown) = members.keys().next() {
            let message =
                format!("unknown key {unknown:?}; name, match, when, stage, action are known");
            return Err(Wrong::at("", message));
        }
        fault.check()?;
        Ok(fault)
    }
}

impl TryFrom<Value> for Fault {
    type Error = InvalidFault;

    fn try_from(value: Value) -> Result<Self, InvalidFault> {
        Self::try_from_value(value).map_err(|wrong| InvalidFault::of(0, wrong))
    }
}

/// Takes a part out of a rule. In an action the place is told down to its word.
fn part<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Wrong> {
    let Some(value) = members.remove(name) else { return Ok(None) };
    let word =
        value.as_object().filter(|_| name == "action").and_then(|action| action.keys().next());
    let place = word.map_or_else(|| name.to_owned(), |word| format!("{name}.{word}"));
    serde_json::from_value(value).map(Some).map_err(|error| Wrong::at(&place, error.to_string()))
}
