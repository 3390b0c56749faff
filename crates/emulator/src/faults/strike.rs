//! What the rules do to one request.

use std::time::Duration;

use http::StatusCode;

use super::action::Action;
use super::documents::document;
use super::rule::{Fault, Stage};
use crate::answer::{Answer, Sending, gateway};
use crate::call::Call;

/// What happens to one request. Nothing, mostly.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    /// The rules that struck, by their names or numbers.
    pub(crate) rules: Vec<String>,
    /// How long the request waits before it goes on to the service.
    pub(crate) delay_before: Duration,
    delay_after: Duration,
    action: Option<(Stage, Action)>,
}

impl Strike {
    /// Whether there is room for this fault: delays come together with any other.
    pub(super) fn takes(&self, fault: &Fault) -> bool {
        self.action.is_none() || matches!(fault.action, Action::Delay { .. })
    }

    pub(super) fn add(&mut self, place: usize, fault: &Fault) {
        self.rules.push(fault.name.clone().unwrap_or_else(|| format!("fault {place}")));
        match (&fault.action, fault.stage()) {
            (Action::Delay { ms }, Stage::Before) => add(&mut self.delay_before, *ms),
            (Action::Delay { ms }, Stage::After) => add(&mut self.delay_after, *ms),
            (action, stage) => self.action = Some((stage, action.clone())),
        }
    }

    pub(super) fn expires_token(&self) -> bool {
        matches!(self.action, Some((_, Action::ExpiredToken)))
    }

    /// Whether the service is not to see the request.
    pub(crate) fn is_instead(&self) -> bool {
        matches!(self.action, Some((Stage::Before, _)))
    }

    /// The end of a request that the service is not to see.
    pub(crate) fn instead(&self, call: &Call, now: i64) -> Option<Answer> {
        let (Stage::Before, action) = self.action.as_ref()? else { return None };
        let mut answer = match action {
            Action::ExpiredToken => gateway("401013", "Oauth token is not valid"),
            action => spoiled(action, Answer::empty(StatusCode::OK), call, now),
        };
        answer.manner.delay = self.delay_after;
        Some(answer)
    }

    /// What becomes of the service's answer. What it set off stays.
    pub(crate) fn afterwards(&self, answer: Answer, call: &Call, now: i64) -> Answer {
        let mut answer = match &self.action {
            Some((Stage::After, action)) => spoiled(action, answer, call, now),
            _ => answer,
        };
        answer.manner.delay = self.delay_after;
        answer
    }
}

fn add(delay: &mut Duration, ms: u64) {
    *delay = delay.saturating_add(Duration::from_millis(ms));
}

fn spoiled(action: &Action, answer: Answer, call: &Call, now: i64) -> Answer {
    let effects = answer.effects.clone();
    let spoiled = match action {
        Action::Answer(wanted) => document(wanted, call, now),
        Action::MalformedJson => malformed(),
        Action::Silence => answer.sent(Sending::Silence),
        Action::Reset => answer.sent(Sending::Reset),
        Action::Cut { after, framing } => {
            answer.sent(Sending::Cut { after: *after, framing: *framing })
        }
        Action::WrongLength { by } => answer.sent(Sending::WrongLength { by: *by }),
        Action::Drip { bytes, every_ms } => {
            let pause = Duration::from_millis(*every_ms);
            answer.sent(Sending::Drip { bytes: *bytes, pause })
        }
        Action::Delay { .. } | Action::ExpiredToken => answer,
    };
    Answer { effects, ..spoiled }
}

/// Half a document, as from a service that broke while it wrote.
fn malformed() -> Answer {
    let half = r#"{"id": 1, "records": [{"id": "1", "status": "#;
    Answer::text(StatusCode::OK, "application/json", half)
}
