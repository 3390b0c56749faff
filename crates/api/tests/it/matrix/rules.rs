//! What must come of a call under a fault. The rules follow from what a fault means and from what
//! is asked for; they know nothing of how the client does it.
//!
//! - What comes in time is right.
//! - What only reads, or does no more when it is done twice, is asked again after trouble that may
//!   pass, five times in all, for a token three times. Refusals and answers that make no sense are
//!   not asked again; a refused token is changed, once.
//! - A create is asked again only when it certainly was not seen: after a refused token and after
//!   the gateway's own 429. What was refused was not done. All else is an unknown outcome.
//! - Of a cancel the good status says it all, whatever comes after it; of a file no byte is
//!   believed that the listed length does not cover, and what is missing is asked for again.
//! - A wait outlives all that may pass, for a quarter of an hour, and ends with a refusal.

use std::time::Duration;

use aep_export_api::ErrorKind;
use aep_export_emulator::Stage;

use super::calls::{Call, Nature};
use super::faults::{Class, Column, Meaning, Times};

/// What must come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) end: Result<(), ErrorKind>,
    /// How often the request that the fault strikes is sent; `None` where that is not counted.
    pub(super) tries: Option<u32>,
    /// Whether a create has made something.
    pub(super) made: bool,
    /// The least that the call takes: a wish of the service to wait is heard.
    pub(super) at_least: Duration,
}

/// How a call takes a fault.
enum Fate {
    Right,
    /// Asked again until it may not be asked more often, and then this error.
    Again(ErrorKind),
    /// Asked once more with another token.
    OtherToken,
    /// This error at once.
    Over(ErrorKind),
    /// Asked again, but right in the end, as the answer is not needed.
    AgainThenRight,
}

/// The longest wait that is made at the service's wish.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether there is such a cell. The token service has no gateway before it, and takes no token.
pub(super) fn exists(call: &Call, column: &Column) -> bool {
    let token = call.nature == Nature::Token;
    !(token && (column.class == Class::GatewayCodes || column.name == "expired token"))
}

pub(super) fn expected(call: &Call, column: &Column, times: Times, stage: Stage) -> Expected {
    let nature = call.nature;
    let once = times == Times::Once;
    let limit = if nature == Nature::Token { 3 } else { 5 };
    let (end, tries) = match fate(call, column.meaning) {
        Fate::Right => (Ok(()), 1),
        Fate::Over(kind) => (Err(kind), 1),
        Fate::OtherToken if once => (Ok(()), 2),
        Fate::OtherToken => (Err(ErrorKind::Authentication), 2),
        Fate::Again(_) | Fate::AgainThenRight if once => (Ok(()), 2),
        Fate::Again(kind) => (Err(kind), limit),
        Fate::AgainThenRight => (Ok(()), limit),
    };
    let acted = end.is_ok() || (end == Err(ErrorKind::UnknownOutcome) && stage == Stage::After);
    let wish = asked(column.meaning).filter(|_| tries > 1 || nature == Nature::Wait);
    Expected {
        end,
        tries: (nature != Nature::Wait).then_some(tries),
        made: call.makes.is_some() && acted,
        at_least: wish.unwrap_or_default(),
    }
}

fn fate(call: &Call, meaning: Meaning) -> Fate {
    if call.without_body && matches!(meaning, Meaning::BrokenBody(_)) {
        return Fate::Right;
    }
    match call.nature {
        Nature::Create => of_a_create(meaning),
        Nature::Token => of_a_token(meaning),
        Nature::Cancel => of_a_cancel(meaning),
        Nature::Bytes => of_bytes(meaning),
        Nature::Wait => of_a_wait(meaning),
        Nature::Read => of_a_read(meaning),
    }
}

fn of_a_read(meaning: Meaning) -> Fate {
    match meaning {
        Meaning::Late(delay) if delay < Duration::from_secs(30) => Fate::Right,
        Meaning::InPieces => Fate::Right,
        Meaning::Late(_) => Fate::Again(ErrorKind::Timeout),
        Meaning::Refusal(kind) => Fate::Over(kind),
        Meaning::TokenRefused => Fate::OtherToken,
        Meaning::TurnedAway(Some(wish)) if wish > PATIENCE => Fate::Over(ErrorKind::Throttled),
        Meaning::TurnedAway(_) | Meaning::Throttled => Fate::Again(ErrorKind::Throttled),
        Meaning::Trouble(kind, Some(wish)) if wish > PATIENCE => Fate::Over(kind),
        Meaning::Trouble(kind, _) | Meaning::NoAnswer(kind) => Fate::Again(kind),
        Meaning::BrokenBody(kind) | Meaning::Overstated(kind) => Fate::Again(kind),
        Meaning::Truncated | Meaning::Unreadable | Meaning::Redirect | Meaning::Page => {
            Fate::Over(ErrorKind::Malformed)
        }
    }
}

/// The gateway gives up after a minute, so an answer within 75 s is waited for.
fn of_a_create(meaning: Meaning) -> Fate {
    match meaning {
        Meaning::Late(delay) if delay < Duration::from_secs(75) => Fate::Right,
        Meaning::InPieces => Fate::Right,
        Meaning::Refusal(_) | Meaning::TokenRefused | Meaning::TurnedAway(_) => of_a_read(meaning),
        Meaning::Throttled => Fate::Over(ErrorKind::Throttled),
        _ => Fate::Over(ErrorKind::UnknownOutcome),
    }
}

/// Who waits for a token also waits for something else: 20 s, and nothing of what is wrong with
/// the answer matters beside that there is no token.
fn of_a_token(meaning: Meaning) -> Fate {
    match (meaning, of_a_read(meaning)) {
        // Longer than all tries together.
        (Meaning::BrokenBody(ErrorKind::Timeout), _) => Fate::Over(ErrorKind::Network),
        (Meaning::TokenRefused, _) => Fate::Over(ErrorKind::Authentication),
        (Meaning::TurnedAway(_) | Meaning::Trouble(..), Fate::Over(_)) => {
            Fate::Over(ErrorKind::Network)
        }
        (_, Fate::Over(_)) => Fate::Over(ErrorKind::Authentication),
        (_, Fate::Again(_)) => Fate::Again(ErrorKind::Network),
        (_, other) => other,
    }
}

fn of_a_cancel(meaning: Meaning) -> Fate {
    match meaning {
        Meaning::BrokenBody(_) | Meaning::Overstated(_) => Fate::AgainThenRight,
        Meaning::Truncated | Meaning::Unreadable => Fate::Right,
        _ => of_a_read(meaning),
    }
}

fn of_bytes(meaning: Meaning) -> Fate {
    match meaning {
        // Every byte that is listed has come.
        Meaning::Overstated(_) => Fate::Right,
        // What is missing is asked for again.
        Meaning::Truncated | Meaning::Page => Fate::Again(ErrorKind::Corrupt),
        Meaning::Unreadable => Fate::Over(ErrorKind::Corrupt),
        _ => of_a_read(meaning),
    }
}

fn of_a_wait(meaning: Meaning) -> Fate {
    match (meaning, of_a_read(meaning)) {
        (Meaning::Refusal(_), fate) => fate,
        (_, Fate::Over(kind)) => Fate::Again(kind),
        (_, fate) => fate,
    }
}

fn asked(meaning: Meaning) -> Option<Duration> {
    match meaning {
        Meaning::TurnedAway(wish) | Meaning::Trouble(_, wish) => wish,
        _ => None,
    }
}

/// The longest that a call may take.
pub(super) fn deadline(nature: Nature) -> Duration {
    Duration::from_secs(match nature {
        Nature::Token => 20,
        // Three minutes in all, and a token before it.
        Nature::Read | Nature::Cancel | Nature::Bytes | Nature::Create => 180 + 20,
        // A quarter of an hour, and the looks before and after it.
        Nature::Wait => 25 * 60,
    })
}
