//! A file with a request.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::json_path::{ancestry, at, place};
use super::language::{Language, Unreadable};
use super::variables::{Variables, replaced};
use crate::failure::Failure;
use crate::place::Place;

/// A request as it was written by somebody.
#[derive(Debug)]
pub(crate) struct RequestFile {
    /// What it is called in messages.
    name: String,
    /// The request: JSON as it was written, what was written otherwise as JSON.
    json: String,
    /// Where it stands in the file.
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// JSON, before variables were replaced.
    Json(String),
    /// Where each path stands.
    Other(BTreeMap<String, Place>),
}

impl RequestFile {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The request.
    pub(super) fn json(&self) -> &str {
        &self.json
    }

    /// `file:line:column` of what stands at `path`, or of what it is missing in. What `request` has
    /// there from elsewhere, as by a flag, stands nowhere in the file.
    pub(super) fn place(&self, path: &str, request: &str) -> String {
        match self.line_and_column(path, request) {
            Some(place) => format!("{}:{place}", self.name),
            None => self.name.clone(),
        }
    }

    /// The same as numbers.
    pub(super) fn line_and_column(&self, path: &str, request: &str) -> Option<Place> {
        let is_of_the_file = at(&self.json, path) == at(request, path);
        ancestry(path).find_map(|path| self.stands(path)).filter(|_| is_of_the_file)
    }

    fn stands(&self, path: &str) -> Option<Place> {
        match &self.source {
            Source::Json(text) => place(text, path),
            Source::Other(places) => places.get(path).copied(),
        }
    }
}

/// Reads a request and checks that it is an object. `variables` are those that it may name.
pub(crate) fn read(
    path: &Path,
    stdin: &mut dyn Read,
    variables: &Variables,
) -> Result<RequestFile, Failure> {
    let (name, read) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        ("standard input".to_owned(), stdin.read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    let bytes =
        read.map_err(|error| Failure::io(format!("cannot read {name}"), &error).of_input())?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Failure::usage(format!("{name} is not UTF-8 text")));
    };
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("{name} is empty")));
    }
    let language = Language::of(path);
    let (json, source) = in_json(language, text, &name)?;
    if !json.trim_start().starts_with('{') {
        return Err(Failure::usage(format!("{name}: the request must be an object")));
    }
    let file = RequestFile { name, json, source };
    with_values(file, variables)
}

fn in_json(language: Language, text: String, name: &str) -> Result<(String, Source), Failure> {
    // As Windows tools put before text; JSON that goes as it is would be refused with it.
    let text = match (language, text.strip_prefix('\u{feff}')) {
        (Language::Json, Some(_)) => {
            let message = format!("{name}:1:1: not JSON: it begins with a byte order mark");
            return Err(Failure::usage(message));
        }
        (_, Some(rest)) => rest.to_owned(),
        (_, None) => text,
    };
    match language.read(&text) {
        Ok(None) => Ok((text.clone(), Source::Json(text))),
        Ok(Some(node)) => {
            let (json, places) = node.written();
            Ok((json, Source::Other(places)))
        }
        Err(Unreadable { place, why }) => {
            let place = place.map(|place| format!(":{place}")).unwrap_or_default();
            Err(Failure::usage(format!("{name}{place}: not {}: {why}", language.name())))
        }
    }
}

/// `file` with the values of the variables that it names.
fn with_values(file: RequestFile, variables: &Variables) -> Result<RequestFile, Failure> {
    match replaced(&file.json, variables) {
        Ok(json) => Ok(RequestFile { json, ..file }),
        Err(no_value) => {
            let name = &file.name;
            let place = match &file.source {
                Source::Json(text) => text.find(&no_value.written).map(|at| Place::of(text, at)),
                Source::Other(places) => holding(&file.json, places, &no_value.written),
            };
            let place = place.map(|place| format!(":{place}")).unwrap_or_default();
            Err(Failure::usage(format!("{name}{place}: {}", no_value.why)))
        }
    }
}

/// Where the value stands that holds `part`: the innermost one.
fn holding(json: &str, places: &BTreeMap<String, Place>, part: &str) -> Option<Place> {
    let holds = |path: &&String| at(json, path).is_some_and(|value| value.contains(part));
    let innermost = places.keys().filter(holds).max_by_key(|path| path.len())?;
    places.get(innermost).copied()
}
