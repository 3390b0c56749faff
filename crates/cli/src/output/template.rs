//! `--template`: a text with the values of each record in it.

mod filters;

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Serde, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
    escape_formatter,
};
use serde_json::Value as Json;

use super::json;
use super::place::place;
use crate::failure::Failure;

/// A template, ready to be filled in.
pub(crate) struct Template {
    environment: Environment<'static>,
    text: String,
}

const NAME: &str = "template";

/// So many steps are far more than any record has values, and over in a moment.
const STEPS: u64 = 1_000_000;

impl Template {
    /// Reads `text`; ages are as of `now`, in milliseconds since 1970. What is wrong with it is told with its
    /// place.
    pub(crate) fn parse(text: &str, now: i64) -> Result<Self, Failure> {
        let mut environment = Environment::new();
        // A record may lack any field: what is not there is empty.
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(write);
        environment.set_fuel(Some(STEPS));
        filters::add(&mut environment, now);
        let refuse = |error: Error| refused(text, &error);
        environment.add_template_owned(NAME, text.to_owned()).map_err(refuse)?;
        let template = Self { environment, text: text.to_owned() };
        for nothing in [Nothing { depth: 0 }, Nothing { depth: 8 }] {
            match template.filled(&Value::from_object(nothing)) {
                Err(error) if is_unknown(&error) => return Err(refused(text, &error)),
                _ => {}
            }
        }
        Ok(template)
    }

    /// The template with the values of `record`, which is JSON. Its fields have their names; all of
    /// it is `it`.
    ///
    /// # Errors
    /// Why it cannot be filled in.
    pub(crate) fn fill(&self, record: &[u8]) -> Result<String, String> {
        if json::depth(record) > json::DEEPEST {
            return Err("this is nested too deeply".to_owned());
        }
        let it: Json = serde_json::from_slice(record).map_err(|error| error.to_string())?;
        let mut fields = vec![("it".to_owned(), value(it.clone()))];
        if let Json::Object(members) = it {
            fields.extend(members.into_iter().map(|(name, member)| (name, value(member))));
        }
        self.filled(&Value::from_pairs(fields)).map_err(|error| told(&self.text, &error))
    }

    fn filled(&self, fields: &Value) -> Result<String, Error> {
        self.environment.get_template(NAME)?.render(fields)
    }
}

/// JSON as a template sees it: null is the same as not there.
fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::UNDEFINED,
        Json::Array(items) => items.into_iter().map(value).collect(),
        Json::Object(members) => {
            Value::from_pairs(members.into_iter().map(|(name, member)| (name, value(member))))
        }
        plain @ (Json::Bool(_) | Json::Number(_) | Json::String(_)) => Value::from(Serde(plain)),
    }
}

/// Writes a value as JSON has it, a text without quotes, and nothing for what is not there.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(()),
        ValueKind::Bool | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            let json = serde_json::to_string(value);
            let wrong = |error: serde_json::Error| {
                Error::new(ErrorKind::BadSerialization, error.to_string())
            };
            Ok(out.write_str(&json.map_err(wrong)?)?)
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Whether something has a name that nothing has.
fn is_unknown(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction
    )
}

fn refused(text: &str, error: &Error) -> Failure {
    let failure = Failure::usage(format!("--template: {}", told(text, error)));
    // As templates of Go are written.
    if text.replace("{{-", "{{").replace(' ', "").contains("{{.") {
        failure.hint("a field is written without a dot: {{ status }}")
    } else {
        failure
    }
}

/// What is wrong, and where.
fn told(text: &str, error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return "this has no end".to_owned();
    }
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    match error.range() {
        Some(range) => format!("{} {what}", place(text, range.start)),
        None => what,
    }
}

/// A record that is not there yet: it has every field that there could be, down to a depth.
#[derive(Debug, Clone, Copy)]
struct Nothing {
    depth: u8,
}

impl Nothing {
    fn inside(self) -> Option<Value> {
        Some(Value::from_object(Self { depth: self.depth.checked_sub(1)? }))
    }
}

impl Object for Nothing {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        self.inside()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.inside().map(|_| Value::from("")).into_iter().collect())
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(self.inside().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
