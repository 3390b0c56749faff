//! `${NAME}` in a job file: the value of an environment variable.

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde_json::Value;

use crate::settings::SecretKey;

/// The environment variables that a job file may name: none of those that hold secrets.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, OsString>);

impl Variables {
    pub(crate) fn of(all: &BTreeMap<String, OsString>) -> Self {
        let plain = all.iter().filter(|(name, _)| !is_secret(name));
        Self(plain.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    fn get(&self, name: &str) -> Result<&str, String> {
        if is_secret(name) {
            return Err(format!("{name} is secret, and a request is not"));
        }
        let value = self.0.get(name).ok_or_else(|| format!("the variable {name} is not set"))?;
        value.to_str().ok_or_else(|| format!("the variable {name} is not UTF-8 text"))
    }
}

fn is_secret(name: &str) -> bool {
    SecretKey::ALL.iter().any(|key| key.variable() == name)
}

/// What stands for a variable cannot be replaced; the sentence goes on behind the name of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoValue {
    /// What to look for in the file.
    pub(super) written: String,
    pub(super) why: String,
}

/// `json` with the values in place of `${NAME}`, each as a part of the text that it stands in. `$${`
/// is `${` itself. What is not asked for stays byte for byte.
pub(super) fn replaced(json: &str, variables: &Variables) -> Result<String, NoValue> {
    let mut done = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, behind)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            done.push_str(before);
            done.push_str("${");
            rest = behind;
            continue;
        }
        let (name, behind) =
            behind.split_once('}').filter(|(name, _)| is_name(name)).ok_or_else(|| NoValue {
                written: "${".to_owned(),
                why: "`${` begins a variable such as ${DATASET}; write $${ for ${".to_owned(),
            })?;
        let value =
            variables.get(name).map_err(|why| NoValue { written: format!("${{{name}}}"), why })?;
        let quoted = Value::from(value).to_string();
        let inside = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
        done.push_str(before);
        done.push_str(inside.unwrap_or_default());
        rest = behind;
    }
    done.push_str(rest);
    Ok(done)
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(json: &str) -> Result<String, String> {
        let variables = [
            ("A", "one"),
            ("B_2", "q\"\n\\ü"),
            ("EMPTY", ""),
            ("R", "${A}"),
            ("AEP_CLIENT_SECRET", "canary"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.into())).into();
        replaced(json, &Variables::of(&variables)).map_err(|no_value| no_value.why)
    }

    #[test]
    fn a_value_is_text_and_nothing_more() {
        for (json, done) in [
            (r#"{"a": "${A}", "b": "x${A}${EMPTY}y"}"#, r#"{"a": "one", "b": "xoney"}"#),
            (r#"{"a":"${B_2}"}"#, r#"{"a":"q\"\n\\ü"}"#),
            // Values are not looked at again.
            (r#"{"a":"${R}"}"#, r#"{"a":"${A}"}"#),
            (r#"{"a":"$${A} $ {A} $A 5$"}"#, r#"{"a":"${A} $ {A} $A 5$"}"#),
        ] {
            assert_eq!(replace(json).as_deref(), Ok(done));
        }
    }

    #[test]
    fn what_has_no_value_is_told() {
        for (json, part) in [
            (r#"{"a":"${NONE}"}"#, "the variable NONE is not set"),
            (r#"{"a":"${AEP_CLIENT_SECRET}"}"#, "AEP_CLIENT_SECRET is secret"),
            (r#"{"a":"${}"}"#, "begins a variable"),
            (r#"{"a":"${A-x}"}"#, "begins a variable"),
            (r#"{"a":"${A"}"#, "begins a variable"),
        ] {
            let why = replace(json).unwrap_err();
            assert!(why.contains(part), "{json}: {why}");
        }
    }
}
