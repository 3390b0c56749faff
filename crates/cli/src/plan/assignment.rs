//! `--set path=value`.

use std::str::FromStr;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::edit::Step;
use super::json_path::ancestry;

/// A value for a path of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// As typed.
    path: String,
    /// As JSON.
    value: String,
}

impl Assignment {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it says what stands at `path`.
    pub(super) fn covers(&self, path: &str) -> bool {
        ancestry(path).any(|above| above == self.path)
    }

    /// Whether it says something in the same part of the request as `path`.
    pub(super) fn is_beside(&self, path: &str) -> bool {
        let part = |path: &'_ str| path.split(['.', '[']).next().map(str::to_owned);
        part(&self.path) == part(path)
    }

    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        steps(&self.path).unwrap_or_default()
    }

    pub(super) fn value(&self) -> &str {
        &self.value
    }
}

/// What is no JSON is text: `true` and `[1]` are what they look like, `gold` is `"gold"`.
impl FromStr for Assignment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, value) = text.split_once('=').ok_or("expected PATH=VALUE")?;
        let path = path.trim();
        if steps(path).is_none() {
            return Err("expected a path such as filter.segments[0].segmentId");
        }
        let is_json = serde_json::from_str::<IgnoredAny>(value).is_ok();
        let value = if is_json { value.to_owned() } else { Value::from(value).to_string() };
        Ok(Self { path: path.to_owned(), value })
    }
}

fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut pieces = part.split('[');
        let key = pieces.next().filter(|key| !key.is_empty() && !key.contains(']'))?;
        steps.push(Step::Key(key));
        for index in pieces {
            steps.push(Step::Index(index.strip_suffix(']')?.parse().ok()?));
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_json_is_json_and_all_else_is_text() {
        for (text, path, value) in [
            ("fields=a,b", "fields", "\"a,b\""),
            ("destination.segmentPerBatch=true", "destination.segmentPerBatch", "true"),
            ("a.b[0].c=\"5\"", "a.b[0].c", "\"5\""),
            ("a=[1, {}]", "a", "[1, {}]"),
            ("a=", "a", "\"\""),
            ("a=x=y", "a", "\"x=y\""),
            ("a=null", "a", "null"),
        ] {
            let assignment: Assignment = text.parse().unwrap();
            assert_eq!((assignment.path(), assignment.value()), (path, value));
        }
        let assignment: Assignment = "a.b[0][12]=1".parse().unwrap();
        assert_eq!(
            assignment.steps(),
            [Step::Key("a"), Step::Key("b"), Step::Index(0), Step::Index(12)]
        );
    }

    #[test]
    fn what_has_no_path_is_refused() {
        for text in ["", "a", "=1", "a..b=1", ".a=1", "a[=1", "a[x]=1", "a[0=1", "a]=1", "[0]=1"] {
            assert!(text.parse::<Assignment>().is_err(), "{text}");
        }
    }
}
