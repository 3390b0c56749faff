//! What an error answer says, whichever envelope it came in.
//!
//! The gateway and the services behind it use ten JSON envelopes, and sometimes none at all
//! (documented and observed; the model lists nine, the tenth is the token service's). Which one an
//! answer is can only be told from its keys.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use aep_export_model::{
    CatalogError, ErrorMessage, GatewayError, PlatformError, ProfileError, StreamingError, UpsError,
};

use crate::Answer;
use crate::operation::PAGE;

/// How many documents may lie in each other's messages. One is documented.
const MAX_NESTING: usize = 3;
/// How many sentences of one answer are kept.
const MAX_SENTENCES: usize = 50;
/// How much of a text that is no document is worth repeating, in characters.
const MAX_TEXT: usize = 200;

/// What an error answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) details: Vec<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn read(answer: &Answer) -> Self {
        let text = answer.quotable();
        let text = text.trim();
        match Self::from_json(text, MAX_NESTING) {
            Some(problem) => problem.without_repetition(),
            None if text.is_empty() => Self::default(),
            None => Self { title: Some(of_plain_text(answer, text)), ..Self::default() },
        }
    }

    fn from_json(text: &str, nesting: usize) -> Option<Self> {
        let keys: Keys<'_> = serde_json::from_str(text).ok()?;
        Some(Self::in_envelope(text, &keys)?.or_in_plain_words(&keys).opened(nesting))
    }

    fn in_envelope(text: &str, keys: &Keys<'_>) -> Option<Self> {
        let has = |key: &str| keys.contains_key(key);
        Some(if has("error_code") {
            let error: GatewayError = read(text)?;
            Self::new(error.code(), error.message())
        } else if has("errors") {
            Self::of_ups(&read(text)?)
        } else if has("error-chain") || report_names_the_request(keys) {
            Self::of_platform(&read(text)?)
        } else if has("report") || has("_errors") {
            Self::of_streaming(&read(text)?)
        } else if has("statusCode") {
            Self::of_profile(&read(text)?)
        } else if has("errorMessage") {
            let error: ErrorMessage = read(text)?;
            Self::new(error.code(), error.message())
        } else if has("error") {
            // As the token service answers, of whom the transport knows the rest.
            let (code, description) = (word(keys, "error"), word(keys, "error_description"));
            Self::new(code.as_deref(), description.as_deref().or(code.as_deref()))
        } else if (has("title") || has("detail")) && !has("code") {
            // Where nothing else names a code, the title does.
            let error: CatalogError = read(text)?;
            Self::new(error.code(), error.message())
        } else {
            // The others have their code and their sentence where anybody would look.
            Self::default()
        })
    }

    /// What no envelope has where it belongs, under any of the names that it goes by.
    fn or_in_plain_words(mut self, keys: &Keys<'_>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| word(keys, name));
        self.code = self.code.or_else(|| first(&["code", "error-code", "errorCode"]));
        self.title = self.title.or_else(|| {
            first(&["title", "detail", "message", "error-message", "msg", "description"])
        });
        self
    }

    fn new(code: Option<&str>, title: Option<&str>) -> Self {
        Self { code: code.and_then(kept), title: title.and_then(kept), ..Self::default() }
    }

    fn with_details(self, details: impl IntoIterator<Item = String>) -> Self {
        let details = details.into_iter().filter_map(|detail| kept(&detail)).collect();
        Self { details, ..self }
    }

    fn of_ups(error: &UpsError) -> Self {
        let entries = error.entries().filter_map(|entry| entry.message.clone());
        let problem = Self::new(error.code(), error.message()).with_details(entries);
        Self { request_id: error.request_id.clone(), ..problem }
    }

    fn of_platform(error: &PlatformError) -> Self {
        let title = error.title.as_deref().or(error.detail.as_deref());
        let problem = Self::new(error.code(), title).with_details(error.detail.clone());
        Self { request_id: error.request_id().map(str::to_owned), ..problem }
    }

    fn of_streaming(error: &StreamingError) -> Self {
        let details = error.violations().flat_map(|violation| {
            let causes = violation.causes.iter().filter_map(|cause| {
                let (message, place) =
                    (cause.message.as_ref()?, cause.pointer_to_violation.as_deref());
                Some(match place {
                    None | Some("#") => message.clone(),
                    Some(place) => format!("{message} ({place})"),
                })
            });
            violation.message.clone().into_iter().chain(causes)
        });
        Self::new(error.code(), error.message()).with_details(details)
    }

    fn of_profile(error: &ProfileError) -> Self {
        let retry_after = error.retry_after_ms.map(Duration::from_millis);
        let problem = Self::new(error.code(), error.message()).with_details(error.cause.clone());
        Self { retry_after, ..problem }
    }

    /// Opens the documents that messages hold as text, alone or at their end: the innermost service
    /// knows best what is wrong.
    fn opened(mut self, nesting: usize) -> Self {
        let title = self.title.take();
        self.title = title.map(|text| self.open(text, nesting));
        for text in std::mem::take(&mut self.details) {
            let opened = self.open(text, nesting);
            self.details.push(opened);
        }
        self
    }

    /// `text` with the document in it in words; what else the document says is taken over.
    fn open(&mut self, text: String, nesting: usize) -> String {
        let Some((before, inner)) = document_in(&text, nesting) else { return text };
        let Some(title) = inner.title else { return text };
        self.details.extend(inner.details);
        // A bare status is the least that a code can say.
        let outer = self.code.take().filter(|code| inner.code.is_none() || !is_status(code));
        let numbered = |code: &String| code.bytes().any(|byte| byte.is_ascii_digit());
        let also = outer
            .as_ref()
            .and_then(|outer| inner.code.clone().filter(|code| code != outer && numbered(code)));
        self.code = outer.or(inner.code);
        self.request_id = self.request_id.take().or(inner.request_id);
        self.retry_after = self.retry_after.or(inner.retry_after);
        let before = before.trim();
        let space = if before.is_empty() { "" } else { " " };
        let code = also.map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{before}{space}{title}{code}")
    }

    /// Says nothing twice: envelopes repeat their message, with other points, spaces and escapes.
    fn without_repetition(mut self) -> Self {
        let mut told: Vec<String> = Vec::new();
        let said = self.title.take().into_iter().chain(std::mem::take(&mut self.details));
        for text in said.take(MAX_SENTENCES) {
            if told.iter().any(|said| says_no_more(&text, said)) {
                continue;
            }
            // The fuller sentence takes the place of the shorter one.
            match told.iter_mut().find(|said| says_no_more(said, &text)) {
                Some(shorter) => *shorter = text,
                None => told.push(text),
            }
        }
        let mut told = told.into_iter();
        Self { title: told.next(), details: told.collect(), ..self }
    }
}

/// The members of a document, not looked into yet.
type Keys<'a> = BTreeMap<String, &'a RawValue>;

/// The member `name`, if it is a text or a number.
fn word(keys: &Keys<'_>, name: &str) -> Option<String> {
    let raw = keys.get(name)?.get();
    kept(&read::<String>(raw).or_else(|| Some(read::<serde_json::Number>(raw)?.to_string()))?)
}

fn is_status(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn kept(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The error document that `text` is or ends with, and what stands before it.
fn document_in(text: &str, nesting: usize) -> Option<(&str, Problem)> {
    let nesting = nesting.checked_sub(1)?;
    let (before, document) = text.split_at_checked(text.find('{')?)?;
    let keys: Keys<'_> = serde_json::from_str(document).ok()?;
    // Other documents say more than could be kept of them here.
    let of_a_service = ["title", "errors", "error_code"].iter().any(|key| keys.contains_key(*key))
        || keys.keys().eq(["message"]);
    let inner = of_a_service.then(|| Problem::from_json(document, nesting))??;
    Some((before, inner))
}

/// Whether all that `text` says is said by `other`, but for points, spaces, quotes and capitals.
fn says_no_more(text: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    match plain(text) {
        nothing if nothing.is_empty() => other.contains(text),
        words => plain(other).contains(&words),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Tells a platform service's report from one of streaming ingestion.
fn report_names_the_request(keys: &Keys<'_>) -> bool {
    let report =
        keys.get("report").and_then(|report| serde_json::from_str::<Keys<'_>>(report.get()).ok());
    report.is_some_and(|report| {
        report.contains_key("tenantInfo") || report.contains_key("additionalContext")
    })
}

/// A page or a plain text: what gateways and proxies say when no service does.
fn of_plain_text(answer: &Answer, text: &str) -> String {
    if answer.is_page() {
        return PAGE.to_owned();
    }
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
