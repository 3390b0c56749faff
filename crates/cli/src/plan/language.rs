//! The languages of a job file. JSON goes to the service as it is written; the others are for
//! people, and become JSON here.

use std::path::Path;

use super::node::Node;
use super::{toml, yaml};
use crate::place::Place;

/// What a job file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Json,
    Yaml,
    Toml,
}

/// Why a text cannot be read, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) place: Option<Place>,
    pub(super) why: String,
}

impl Language {
    /// By the end of the file's name; whatever has another one, and standard input, is JSON.
    pub(super) fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("yaml" | "yml") => Self::Yaml,
            Some("toml") => Self::Toml,
            _ => Self::Json,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        }
    }

    /// What `text` says; nothing of JSON, which is only checked.
    pub(super) fn read(self, text: &str) -> Result<Option<Node>, Unreadable> {
        match self {
            Self::Json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                Ok(_) => Ok(None),
                Err(error) => Err(of_json(&error)),
            },
            Self::Yaml => yaml::read(text).map(Some),
            Self::Toml => toml::read(text).map(Some),
        }
    }
}

fn of_json(error: &serde_json::Error) -> Unreadable {
    let place = Place { line: error.line(), column: error.column() };
    let why = error.to_string();
    // Its own words for the place, which stands before the sentence here.
    let why = why.split(" at line ").next().unwrap_or_default().to_owned();
    Unreadable { place: (place.line > 0).then_some(place), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"version":2,"destination":{"datasetId":"61","segmentPerBatch":true},"filter":{"fromIngestTimestamp":"2026-01-01T00:00:00-07:00","segments":[{"segmentId":"no"},{"segmentId":"b","status":["realized"]}]}}"#;

    fn json(language: Language, text: &str) -> Result<String, String> {
        let node = language.read(text).map_err(|unreadable| {
            let place = unreadable.place.map(|place| place.to_string());
            format!("{}: {}", place.unwrap_or_default(), unreadable.why)
        })?;
        Ok(node.map(|node| node.written().0).unwrap_or_default())
    }

    #[test]
    fn the_same_request_in_every_language() {
        let yaml = "
# a comment
version: 2
destination: {datasetId: '61', segmentPerBatch: true}
filter:
  fromIngestTimestamp: 2026-01-01T00:00:00-07:00
  segments:
    - segmentId: no
    - segmentId: b
      status: [realized]
";
        assert_eq!(json(Language::Yaml, yaml).as_deref(), Ok(JSON));
        let toml = "
version = 2
destination = { datasetId = '61', segmentPerBatch = true }
[filter]
fromIngestTimestamp = 2026-01-01T00:00:00-07:00
[[filter.segments]]
segmentId = 'no'
[[filter.segments]]
segmentId = 'b'
status = ['realized']
";
        assert_eq!(json(Language::Toml, toml).as_deref(), Ok(JSON));
        assert_eq!(json(Language::Json, JSON).as_deref(), Ok(""));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        for (language, text, said) in [
            (Language::Json, "{\n\"a\": 1,}", "2:8: key must be a string"),
            (Language::Toml, "a = 1\nb =\n", "2:4: string values must be quoted"),
            (Language::Toml, "a = inf\n", "1:5: JSON has no such number"),
            (Language::Yaml, "a: 1\nb: [1\n", "2:4: unclosed bracket '['"),
            (Language::Yaml, "a: 1\na: 2\n", "2:1: duplicate mapping key: a"),
            (Language::Yaml, "a: 1\n---\nb: 2\n", "3:1: multiple YAML documents detected"),
            (Language::Yaml, "a: .inf\n", "1:4: non-finite float"),
        ] {
            let error = json(language, text).unwrap_err();
            assert!(error.starts_with(said) && !error.contains('\n'), "{text}: {error}");
        }
    }

    #[test]
    fn the_name_says_the_language() {
        for (name, language) in [
            ("a.YML", Language::Yaml),
            ("b.c.yaml", Language::Yaml),
            ("a.toml", Language::Toml),
            ("a.json", Language::Json),
            ("yaml", Language::Json),
            ("-", Language::Json),
        ] {
            assert_eq!(Language::of(Path::new(name)), language, "{name}");
        }
    }
}
