//! YAML, read as what JSON has.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::language::Unreadable;
use super::node::{Is, Node};
use crate::place::Place;

pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    serde_saphyr::from_str_with_options(text, options())
        .map(of_yaml)
        .map_err(|error| unreadable(&error))
}

/// In YAML 1.1 `no` was a truth value, and the country of Norway.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

fn unreadable(error: &serde_saphyr::Error) -> Unreadable {
    let place = error.location().and_then(|at| {
        let (line, column) = (usize::try_from(at.line()).ok()?, usize::try_from(at.column()).ok()?);
        Some(Place { line, column })
    });
    let why = error.without_snippet().to_string();
    let why = why.split(" at line ").next().unwrap_or_default();
    // What it says to those who program with it.
    let why = why.split(", set ").next().unwrap_or_default().split("; use ").next();
    Unreadable { place, why: why.unwrap_or_default().to_owned() }
}

fn of_yaml(spanned: Spanned<Yaml>) -> Node {
    let at = spanned.referenced;
    let place = Place {
        line: usize::try_from(at.line()).unwrap_or_default(),
        column: usize::try_from(at.column()).unwrap_or_default(),
    };
    let is = match spanned.value {
        Yaml::Scalar(value) => Is::Scalar(value),
        Yaml::List(elements) => Is::List(elements.into_iter().map(of_yaml).collect()),
        Yaml::Object(members) => {
            Is::Object(members.into_iter().map(|(key, value)| (key, of_yaml(value))).collect())
        }
    };
    Node { place, is }
}

/// A value of YAML whose parts know where they stand.
enum Yaml {
    Scalar(Value),
    List(Vec<Spanned<Yaml>>),
    Object(Vec<(String, Spanned<Yaml>)>),
}

impl<'de> serde::Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Yaml;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value that JSON has")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Yaml, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Yaml::Object(members))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Yaml, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(Yaml::List(elements))
            }

            fn visit_str<E>(self, text: &str) -> Result<Yaml, E> {
                Ok(Yaml::Scalar(text.into()))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Yaml, E> {
                Ok(Yaml::Scalar(truth.into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Yaml, E> {
                Ok(Yaml::Scalar(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Yaml, E> {
                Ok(Yaml::Scalar(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Yaml, E> {
                Ok(Yaml::Scalar(number.into()))
            }

            fn visit_unit<E>(self) -> Result<Yaml, E> {
                Ok(Yaml::Scalar(Value::Null))
            }
        }

        from.deserialize_any(Any)
    }
}
