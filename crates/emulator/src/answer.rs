//! An answer as the core gives it, and the error documents of the services.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::faults::Framing;

/// An answer, and what the service has to do because of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) payload: Payload,
    pub(crate) effects: Vec<Effect>,
    pub(crate) manner: Box<Manner>,
}

/// How an answer is sent. By default at once and whole.
#[derive(Debug, Default)]
pub(crate) struct Manner {
    /// The wait before it.
    pub(crate) delay: Duration,
    pub(crate) sending: Sending,
}

/// What happens to an answer on its way to the client.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Sending {
    #[default]
    Whole,
    Silence,
    Reset,
    Cut {
        after: u64,
        framing: Framing,
    },
    WrongLength {
        by: i64,
    },
    Drip {
        bytes: u64,
        pause: Duration,
    },
}

impl Sending {
    /// Whether the client gets to see the answer's status.
    pub(crate) fn has_status(&self) -> bool {
        !matches!(self, Self::Silence | Self::Reset)
    }
}

/// What goes into an answer's body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Empty,
    Bytes(Bytes),
    /// Part of a file on disk, to be streamed.
    File {
        path: PathBuf,
        from: u64,
        length: u64,
    },
}

/// What an answer sets off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// This job's export has to be done.
    Start(u64),
    /// This job's export has to be given up.
    Stop(u64),
}

impl Payload {
    /// Its length in bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            payload: Payload::Empty,
            effects: Vec::new(),
            manner: Box::default(),
        }
    }

    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Self {
        let text = serde_json::to_vec(document).unwrap_or_default();
        Self { payload: Payload::Bytes(text.into()), ..Self::empty(status) }
            .with("content-type", "application/json")
    }

    pub(crate) fn ok(document: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, document)
    }

    /// One more header; a value that cannot be one is left out.
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// The same answer, sent otherwise.
    pub(crate) fn sent(mut self, sending: Sending) -> Self {
        self.manner.sending = sending;
        self
    }

    #[cfg(test)]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.as_str() == name)?;
        value.to_str().ok()
    }

    #[cfg(test)]
    pub(crate) fn document(&self) -> Value {
        match &self.payload {
            Payload::Bytes(bytes) => serde_json::from_slice(bytes).expect("a JSON answer"),
            other => panic!("no document: {other:?}"),
        }
    }
}

/// The gateway's refusal (shape A). Its HTTP status is the code's first three digits.
pub(crate) fn gateway(code: &str, message: &str) -> Answer {
    let status = code.get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(500);
    Answer::json(status_of(status), &json!({"error_code": code, "message": message}))
}

/// An error of export jobs and segment definitions (shape B).
pub(crate) fn ups(status: u16, code: &str, title: &str, request_id: &str) -> Answer {
    let document = json!({
        "requestId": request_id,
        "errors": {status.to_string(): [{"code": code, "message": title}]},
        "type": format!("https://ns.adobe.com/aep/errors/{code}"),
        "title": title,
        "status": status,
    });
    Answer::json(status_of(status), &document)
}

/// An error of Catalog, and here also of Data Access (shape D).
pub(crate) fn problem(status: u16, title: &str, detail: &str) -> Answer {
    let document = json!({"type": "/placeholder/type/uri", "status": status, "title": title, "detail": detail});
    Answer::json(status_of(status), &document)
}

/// An error of IMS (shape J).
pub(crate) fn ims(status: u16, error: &str, description: &str) -> Answer {
    let document = json!({"error": error, "error_description": description});
    Answer::json(status_of(status), &document)
}

/// The emulator's own word: not the service's.
pub(crate) fn emulator(status: u16, title: &str, detail: &str) -> Answer {
    let document = json!({
        "type": "aep-export-emulator", "status": status, "title": title, "detail": detail,
    });
    Answer::json(status_of(status), &document)
}

/// The service has this call, the emulator has not: said loudly, so that nobody mistakes it for
/// an answer of AEP.
pub(crate) fn not_emulated(what: &str) -> Answer {
    let detail = format!("{what} is not emulated; docs/emulator.md lists what is");
    tracing::warn!(what, "asked for something that is not emulated");
    emulator(501, "NotEmulated", &detail)
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A header that says how long the body is.
pub(crate) fn content_length(length: u64) -> (HeaderName, HeaderValue) {
    (header::CONTENT_LENGTH, HeaderValue::from(length))
}

/// `value` without the members that are `null`, all the way down: the services leave out what
/// they do not know.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        other => other,
    }
}
