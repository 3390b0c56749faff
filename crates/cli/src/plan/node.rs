//! A document in a language for people, on its way to JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::place::Place;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) is: Is,
}

/// The values that JSON has. Members of objects keep their order.
#[derive(Debug)]
pub(super) enum Is {
    Scalar(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// As JSON, and where in the document each path of that stands.
    pub(super) fn written(&self) -> (String, BTreeMap<String, Place>) {
        let (mut json, mut places) = (String::new(), BTreeMap::new());
        self.write("", &mut json, &mut places);
        (json, places)
    }

    fn write(&self, path: &str, json: &mut String, places: &mut BTreeMap<String, Place>) {
        places.insert(path.to_owned(), self.place);
        match &self.is {
            Is::Scalar(value) => json.push_str(&value.to_string()),
            Is::List(elements) => {
                json.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    element.write(&format!("{path}[{index}]"), json, places);
                }
                json.push(']');
            }
            Is::Object(members) => {
                json.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    json.push_str(&Value::from(key.as_str()).to_string());
                    json.push(':');
                    let dot = if path.is_empty() { "" } else { "." };
                    member.write(&format!("{path}{dot}{key}"), json, places);
                }
                json.push('}');
            }
        }
    }
}
