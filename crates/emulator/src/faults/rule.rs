//! A fault as data: which requests, which of them, when, and what happens.

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::operation;
use crate::call::Call;

/// A rule that spoils requests. `docs/emulator.md` describes its JSON, which [`Fault::parse`]
/// reads; in Rust:
///
/// ```
/// use aep_export_emulator::{Action, Envelope, Fault, FaultAnswer};
///
/// // The job is created, but the client sees a gateway's HTML page.
/// let page = FaultAnswer::new(502).envelope(Envelope::Html);
/// let fault = Fault::new(Action::Answer(page)).on("export_jobs.create").nth(1).after();
/// let text = r#"{
///     "match": {"operation": "export_jobs.create"},
///     "when": {"nth": 1},
///     "stage": "after",
///     "action": {"answer": {"status": 502, "envelope": "html"}}
/// }"#;
/// assert_eq!(Fault::parse(text).unwrap(), [fault]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Fault {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(rename = "match", skip_serializing_if = "Match::is_everything")]
    pub(super) matching: Match,
    #[serde(skip_serializing_if = "When::is_always")]
    pub(super) when: When,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<Stage>,
    pub(super) action: Action,
}

/// Which requests are meant. Nothing said: all but those to the emulator's own `/_emulator`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Match {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
}

/// Which of the requests that are meant. Nothing said: each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nth: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) skip: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) probability: Option<f64>,
}

/// Whether the fault comes before or after the service has acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// `before`: the service never sees the request.
    Before,
    /// `after`: what the request asks for is done, and then the fault happens.
    After,
}

/// What is wrong with a rule, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) path: String,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn at(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }
}

impl Fault {
    /// This happens to every request, before the service acts - or, when it spoils the service's
    /// own answer, after.
    #[must_use]
    pub fn new(action: Action) -> Self {
        let (matching, when) = (Match::default(), When::default());
        Self { name: None, matching, when, stage: None, action }
    }

    /// A name for reports.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only requests for this operation, one of [`Fault::operations`], or a group of them:
    /// `files.*`.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.matching.operation = Some(operation.into());
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.matching.method = Some(method.into());
        self
    }

    /// Only requests to such a path: `*` stands for one segment, `**` at the end for any number
    /// of them.
    #[must_use]
    pub fn path(mut self, pattern: impl Into<String>) -> Self {
        self.matching.path = Some(pattern.into());
        self
    }

    /// Only the nth of these requests, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.when.nth = Some(nth);
        self
    }

    /// Not the first so many of these requests.
    #[must_use]
    pub fn skip(mut self, count: u64) -> Self {
        self.when.skip = Some(count);
        self
    }

    /// At most so many times.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.when.times = Some(count);
        self
    }

    /// Each time only with this probability, above 0 and at most 1. The dice are thrown from the
    /// emulator's seed, so that the same requests in the same order meet the same fate.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.when.probability = Some(probability);
        self
    }

    /// Before the service acts.
    #[must_use]
    pub fn before(mut self) -> Self {
        self.stage = Some(Stage::Before);
        self
    }

    /// After the service has acted.
    #[must_use]
    pub fn after(mut self) -> Self {
        self.stage = Some(Stage::After);
        self
    }

    /// Its name, when it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// When it does it.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage.unwrap_or_else(|| self.action.usual_stage())
    }

    /// The names of all operations.
    #[must_use]
    pub fn operations() -> &'static [&'static str] {
        &operation::NAMES
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        self.matching.check()?;
        self.when.check()?;
        self.action.check(self.stage)
    }
}

impl Match {
    fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    fn check(&self) -> Result<(), Wrong> {
        if let Some(name) = &self.operation {
            if !operation::is_known(name) {
                let known = operation::NAMES.join(", ");
                let message = format!("{name:?} is no operation; there are {known}, and GROUP.*");
                return Err(Wrong::at("match.operation", message));
            }
            if self.method.is_some() || self.path.is_some() {
                return Err(Wrong::at("match.operation", "stands alone, without method and path"));
            }
        }
        let method = self.method.as_deref().unwrap_or("GET");
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Wrong::at("match.method", "must be capital letters"));
        }
        let path = self.path.as_deref().unwrap_or("/");
        let segments = path.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>());
        let Some((_, init)) = segments.as_deref().and_then(<[_]>::split_last) else {
            return Err(Wrong::at("match.path", "must begin with a slash"));
        };
        if init.contains(&"**") {
            return Err(Wrong::at("match.path", "has ** only at its end"));
        }
        Ok(())
    }

    pub(super) fn takes(&self, call: &Call) -> bool {
        let named = |pattern: &String| {
            operation::operation(call).is_some_and(|name| operation::matches(pattern, name))
        };
        self.operation.as_ref().is_none_or(named)
            && self.method.as_deref().is_none_or(|method| method == call.method.as_str())
            && self.path.as_deref().is_none_or(|path| fits(path, &call.path))
    }
}

/// Whether a path is meant by a pattern; slashes at the end make no difference.
fn fits(pattern: &str, path: &[String]) -> bool {
    let mut path = path.iter();
    for wanted in pattern.split('/').filter(|segment| !segment.is_empty()) {
        if wanted == "**" {
            return true;
        }
        match path.next() {
            Some(segment) if wanted == "*" || wanted == segment => {}
            _ => return false,
        }
    }
    path.next().is_none()
}

impl When {
    fn is_always(&self) -> bool {
        *self == Self::default()
    }

    fn check(&self) -> Result<(), Wrong> {
        if self.nth == Some(0) {
            return Err(Wrong::at("when.nth", "is counted from 1"));
        }
        if self.nth.is_some() && (self.skip.is_some() || self.times.is_some()) {
            return Err(Wrong::at("when.nth", "stands alone, without skip and times"));
        }
        if self.times == Some(0) {
            return Err(Wrong::at("when.times", "must not be 0"));
        }
        if self.probability.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            return Err(Wrong::at("when.probability", "must be above 0 and at most 1"));
        }
        Ok(())
    }

    /// How many of the matching requests are let through first.
    pub(super) fn skipped(&self) -> u64 {
        self.nth.map_or(self.skip.unwrap_or(0), |nth| nth.saturating_sub(1))
    }

    /// Whether the rule has done its work. The nth request is that request or none.
    pub(super) fn is_used_up(&self, seen_before: u64, fired: u64) -> bool {
        match (self.nth, self.times) {
            (Some(nth), _) => seen_before >= nth,
            (None, Some(times)) => fired >= times,
            (None, None) => false,
        }
    }
}
