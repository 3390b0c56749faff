//! What is wrong with an expression, and where.

use jaq_core::compile::{self, Undefined};
use jaq_core::load::{self, Error, span};

use super::super::place::place;
use crate::failure::Failure;

/// It cannot be read.
pub(super) fn unread(expression: &str, errors: &load::Errors<&str, ()>) -> Failure {
    let first = errors.iter().find_map(|(_, error)| match error {
        Error::Lex(errors) => errors.first().map(|(expected, at)| (expected.as_str(), *at)),
        Error::Parse(errors) => errors.first().map(|(expected, at)| (expected.as_str(), *at)),
        Error::Io(_) => None,
    });
    match first {
        Some((expected, at)) => {
            let found =
                if at.is_empty() { "the end".to_owned() } else { format!("{:?}", shortened(at)) };
            refused(expression, at, &format!("expected {expected}, found {found}"))
        }
        None => Failure::usage("--jq: there are no modules to load"),
    }
}

/// It calls what there is not.
pub(super) fn unknown(expression: &str, errors: &compile::Errors<&str, ()>) -> Failure {
    let first = errors.iter().flat_map(|(_, errors)| errors).next();
    let Some((name, kind)) = first else { return Failure::usage("--jq: this is no expression") };
    let what = match kind {
        Undefined::Filter(0) => format!("function {name}"),
        Undefined::Filter(1) => format!("function {name} with 1 argument"),
        Undefined::Filter(count) => format!("function {name} with {count} arguments"),
        kind => format!("{} {name}", kind.as_str()),
    };
    refused(expression, name, &format!("there is no {what}"))
}

/// `at` is the part of the expression where it goes wrong.
fn refused(expression: &str, at: &str, why: &str) -> Failure {
    let place = place(expression, span(expression, at).start);
    Failure::usage(format!("--jq: {place} {why}"))
}

/// As much of it as shows what is meant.
fn shortened(text: &str) -> &str {
    const SHOWN: usize = 20;
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(end, _)| end);
    let shown = text.get(..end).unwrap_or(text);
    shown.split('\n').next().unwrap_or(shown)
}
