//! Whether the rows are all that the api can be asked for, as its sources say, and the columns all that
//! the emulator can play.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aep_export_emulator::Fault;
use serde_json::Value;

use super::{calls, faults};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The types whose functions are what can be done, each of them.
const NOUNS: [&str; 6] = ["Audiences", "Batches", "Datasets", "ExportJobs", "Files", "SegmentJobs"];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => sources(&entry, into),
            false => into.push(entry),
        }
    }
}

/// The operations that a source defines, and the public functions of its types that do something:
/// those of the nouns, and any other that is `async`.
fn offered(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    let mut of = String::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let words: Vec<_> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        if line.starts_with("impl") {
            of = subject(line).unwrap_or_default().to_owned();
            found.extend(line.contains(" Operation for ").then(|| of.clone()));
        }
        let function = match words.as_slice() {
            ["pub", "async", "fn", name, ..] => Some(name),
            ["pub", "fn", name, ..] if NOUNS.contains(&of.as_str()) => Some(name),
            _ => None,
        };
        found.extend(function.map(|name| format!("{of}::{name}")));
    }
    found
}

/// `Pages` of `impl<O: PagedOperation> Pages<O> {` and `Files` of `impl Files<'_> {`.
fn subject(line: &str) -> Option<&str> {
    let rest = line.strip_suffix('{')?.trim_end();
    let last = rest.rsplit(' ').next()?;
    last.split('<').next()
}

#[test]
fn nothing_that_the_api_offers_is_missing() {
    let mut files = Vec::new();
    sources(Path::new(SOURCES), &mut files);
    let text = |file: &PathBuf| std::fs::read_to_string(file).unwrap();
    let offered: BTreeSet<_> = files.iter().flat_map(|file| offered(&text(file))).collect();
    let covered: BTreeSet<_> =
        calls::all().flat_map(|call| call.covers).map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = offered.difference(&covered).collect();
    assert!(missing.is_empty(), "no row of the fault matrix runs through {missing:?}");
    let gone: Vec<_> = covered.difference(&offered).collect();
    assert!(gone.is_empty(), "the api does not offer {gone:?} any more");
}

/// The words that may stand in the place of `?` in a rule, as the emulator's own message tells them.
fn known(rule: &str) -> BTreeSet<String> {
    let refused = Fault::parse(rule).unwrap_err().to_string();
    let (_, words) = refused.split_once("expected one of ").expect(&refused);
    words.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn nothing_that_the_emulator_can_play_is_missing() {
    let [mut actions, mut framings, mut envelopes] = [const { BTreeSet::new() }; 3];
    for column in faults::all() {
        let action = serde_json::to_value(&column.action).unwrap();
        let with = |object: &serde_json::Map<String, Value>| {
            object.iter().next().map(|(kind, with)| (kind.clone(), with.clone()))
        };
        let (kind, with) = match &action {
            Value::Object(object) => with(object).unwrap(),
            kind => (kind.as_str().unwrap().to_owned(), Value::Null),
        };
        if kind == "cut" {
            framings.insert(with["framing"].as_str().unwrap_or("length").to_owned());
        }
        envelopes.extend(with["envelope"].as_str().map(str::to_owned));
        actions.insert(kind);
    }
    assert_eq!(actions, known(r#"{"action": "?"}"#));
    assert_eq!(framings, known(r#"{"action": {"cut": {"after": 1, "framing": "?"}}}"#));
    let envelope = r#"{"action": {"answer": {"status": 500, "envelope": "?"}}}"#;
    assert_eq!(envelopes, known(envelope));
}

#[test]
fn what_a_source_offers_is_seen() {
    let source = "
        /// impl Operation for NotThis {
impl Operation for GetJob {
    fn info(&self) -> OperationInfo {
}
impl<'a> ExportJobs<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
    pub fn pages(&self) -> Pages {
}
impl<O: PagedOperation> Pages<O> {
    pub async fn next_page(&mut self) -> Result<()> {
    pub fn into_stream(self) -> impl Stream {
}
#[cfg(test)]
impl Operation for Tested {";
    let expected = ["ExportJobs::pages", "GetJob", "Pages::next_page"].map(str::to_owned);
    assert_eq!(offered(source), expected.into());
}
