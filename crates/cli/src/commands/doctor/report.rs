//! What was found, told check by check.

use std::io;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::hints::ASK_THE_DOCTOR;
use crate::output::Format;
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::output::text::visible;

/// What is checked, in the order in which one thing depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    ConfigFile,
    Settings,
    Addresses,
    Secret,
    TokenCache,
    Emulator,
    TokenService,
    Token,
    Service,
    Clock,
    ClientId,
    TokenAccepted,
    Organisation,
    Sandbox,
    Datasets,
    ExportJobs,
    Audiences,
    Files,
    Folder,
}

impl Check {
    /// All checks of the service, or of the emulator in its place.
    pub(super) fn all(emulator: bool) -> Vec<Self> {
        const BEFORE: [Check; 1] = [Check::ConfigFile];
        const OF_SETTINGS: [Check; 4] =
            [Check::Settings, Check::Addresses, Check::Secret, Check::TokenCache];
        const AFTER: [Check; 13] = [
            Check::TokenService,
            Check::Token,
            Check::Service,
            Check::Clock,
            Check::ClientId,
            Check::TokenAccepted,
            Check::Organisation,
            Check::Sandbox,
            Check::Datasets,
            Check::ExportJobs,
            Check::Audiences,
            Check::Files,
            Check::Folder,
        ];
        let between: &[Self] = if emulator { &[Self::Emulator] } else { &OF_SETTINGS };
        [&BEFORE[..], between, &AFTER].concat()
    }

    /// As it stands in JSON.
    fn name(self) -> &'static str {
        match self {
            Self::ConfigFile => "config_file",
            Self::Settings => "settings",
            Self::Addresses => "addresses",
            Self::Secret => "secret",
            Self::TokenCache => "token_cache",
            Self::Emulator => "emulator",
            Self::TokenService => "token_service",
            Self::Token => "token",
            Self::Service => "service",
            Self::Clock => "clock",
            Self::ClientId => "client_id",
            Self::TokenAccepted => "token_accepted",
            Self::Organisation => "organisation",
            Self::Sandbox => "sandbox",
            Self::Datasets => "datasets",
            Self::ExportJobs => "export_jobs",
            Self::Audiences => "audiences",
            Self::Files => "files",
            Self::Folder => "folder",
        }
    }

    /// As people read it.
    fn label(self) -> String {
        self.name().replace('_', " ")
    }
}

impl Check {
    /// What to do where what is wrong does not say it itself.
    fn mend(self) -> &'static str {
        match self {
            Self::ConfigFile => "mend the file, or name another one in AEP_CONFIG",
            Self::Settings | Self::Addresses => {
                "set it anew: aep-export config show has all settings"
            }
            Self::Secret => "put the secret where the setting says, or set another place for it",
            Self::TokenCache => "switch it off with AEP_TOKEN_CACHE=off, or mend the file",
            Self::Emulator => "choose another folder: --emulator-dir DIR",
            Self::Folder => "go to a folder that you may write to, or name one with --to",
            Self::TokenService | Self::Service => {
                "try again later; if it stays like this, see whether AEP_IMS_URL and AEP_BASE_URL \
                 are right and what stands between here and there: proxy, firewall"
            }
            _ => "try again later, and see what -vv shows of the call",
        }
    }
}

/// How a check came out.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All is well; in a few words, what was seen.
    Ok(String),
    /// Something is wrong.
    Wrong(Failure),
    /// Not looked at, or nothing to be seen; why.
    Skipped(String),
}

/// What later checks depend on is wrong: they are skipped.
#[derive(Debug)]
pub(super) struct Stop(Check);

/// Everything that was found so far.
pub(super) struct Report {
    planned: Vec<Check>,
    found: Vec<Found>,
    /// Why standard output took no more.
    broken: Option<io::Error>,
}

struct Found {
    check: Check,
    outcome: Outcome,
    /// How long was waited for an answer, if any was.
    took: Option<Duration>,
}

impl Report {
    pub(super) fn new(emulator: bool) -> Self {
        Self { planned: Check::all(emulator), found: Vec::new(), broken: None }
    }

    /// Tells how `check` came out, at once where a person reads; `took` is the time it waited.
    pub(super) fn tell(
        &mut self,
        context: &mut Context,
        check: Check,
        outcome: Outcome,
        took: Option<Duration>,
    ) {
        let outcome = match outcome {
            Outcome::Wrong(failure)
                if failure.next_step().is_none_or(|hint| hint == ASK_THE_DOCTOR) =>
            {
                Outcome::Wrong(failure.hint(check.mend()))
            }
            outcome => outcome,
        };
        if tells_at_once(context) {
            let width = self.planned.iter().map(|check| check.label().len()).max().unwrap_or(0);
            let decorated = context.out.decorated();
            let line = Line { check, outcome: &outcome, width, decorated };
            if let Err(error) = context.out.plain(&line.text()) {
                self.broken.get_or_insert(error);
            }
        }
        self.found.push(Found { check, outcome, took });
    }

    /// Tells how `check` came out where it decides whether the rest can be looked at: with what it
    /// gives and what was seen, or with what is wrong.
    pub(super) fn decide<T>(
        &mut self,
        context: &mut Context,
        check: Check,
        result: Result<(T, String), Failure>,
        took: Option<Duration>,
    ) -> Result<T, Stop> {
        let (outcome, next) = match result {
            Ok((value, seen)) => (Outcome::Ok(seen), Ok(value)),
            Err(failure) => (Outcome::Wrong(failure), Err(Stop(check))),
        };
        self.tell(context, check, outcome, took);
        next
    }

    /// Tells of all checks before `last` that were not come to because of `stop`.
    pub(super) fn skip_up_to(&mut self, context: &mut Context, last: Check, stop: &Stop) {
        let found: Vec<Check> = self.found.iter().map(|found| found.check).collect();
        let before = self.planned.clone().into_iter().take_while(|check| *check != last);
        for check in before.filter(|check| !found.contains(check)) {
            let why = format!("because of: {}", stop.0.label());
            self.tell(context, check, Outcome::Skipped(why), None);
        }
    }

    /// Writes what is left to write, and gives the first failure its exit code.
    pub(super) fn finish(self, context: &mut Context) -> Result<(), Failure> {
        if let Some(error) = self.broken {
            return Err(error.into());
        }
        if !tells_at_once(context) {
            let mut list = context.out.list();
            for found in &self.found {
                list.record(found.json().as_bytes(), found.check.name(), || found.row())?;
            }
            list.end()?;
        }
        let mut wrong = self.found.iter().filter_map(|found| Some((found.check, found.failure()?)));
        let Some((check, first)) = wrong.next() else { return Ok(()) };
        let label = check.label();
        let message = match wrong.count() {
            0 => format!("1 check found something wrong: {label}"),
            more => format!("{} checks found something wrong, first: {label}", more + 1),
        };
        Err(first.clone().told_as(message))
    }
}

/// What is told of a check.
pub(in crate::commands) static KIND: Kind = Kind {
    name: "check",
    columns: &[
        Column::left("check"),
        Column::left("state"),
        Column::text("message"),
        Column::text("hint").for_programs(),
    ],
    keyed: false,
};

/// A person who did not choose columns sees each check as it comes out.
fn tells_at_once(context: &Context) -> bool {
    context.out.format() == Format::Table && !context.out.has_chosen_columns()
}

impl Found {
    fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Wrong(failure) => Some(failure),
            Outcome::Ok(_) | Outcome::Skipped(_) => None,
        }
    }

    fn row(&self) -> Vec<Cell> {
        vec![
            self.check.name().into(),
            self.outcome.state().into(),
            self.outcome.message().into(),
            self.failure().and_then(Failure::next_step).into(),
        ]
    }

    fn json(&self) -> String {
        let failure = self.failure();
        json!({
            "check": self.check.name(),
            "state": self.outcome.state(),
            "message": self.outcome.message(),
            "hint": failure.and_then(Failure::next_step),
            "http_status": failure.and_then(Failure::http_status),
            "code": failure.and_then(Failure::code),
            "request_id": failure.and_then(Failure::request_id),
            "ms": self.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        })
        .to_string()
    }
}

impl Outcome {
    fn state(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Wrong(_) => "wrong",
            Self::Skipped(_) => "skipped",
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Ok(text) | Self::Skipped(text) => text,
            Self::Wrong(failure) => failure.message(),
        }
    }

    fn glyph_and_colour(&self) -> (&'static str, AnsiColor) {
        match self {
            Self::Ok(_) => ("✓", AnsiColor::Green),
            Self::Wrong(_) => ("✗", AnsiColor::Red),
            Self::Skipped(_) => ("·", AnsiColor::Yellow),
        }
    }
}

/// A check as a person reads it: a line, and what can be done below it.
struct Line<'a> {
    check: Check,
    outcome: &'a Outcome,
    width: usize,
    /// With a glyph and in colour, beside the words.
    decorated: bool,
}

impl Line<'_> {
    fn text(&self) -> String {
        let (outcome, width) = (self.outcome, self.width);
        let state = format!("{:<7}", outcome.state());
        let state = if self.decorated {
            let (glyph, colour) = outcome.glyph_and_colour();
            let style = Style::new().fg_color(Some(colour.into()));
            format!("{style}{glyph} {state}{style:#}")
        } else {
            state
        };
        let label = self.check.label();
        let mut text = format!("{state}  {label:<width$}  {}\n", visible(outcome.message()));
        if let Outcome::Wrong(failure) = outcome {
            let below = failure.trail().into_iter().map(|id| visible(&id).into_owned());
            let mend = failure.next_step().map(|hint| format!("to mend it: {}", visible(hint)));
            for line in below.chain(mend) {
                text.push_str(&format!("           {line}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    #[test]
    fn words_carry_the_meaning_and_glyphs_come_on_top() {
        let outcome =
            Outcome::Wrong(Failure::new(Kind::Auth, "no \u{1b}[2J token").hint("get one"));
        let line = |decorated| {
            Line { check: Check::TokenService, outcome: &outcome, width: 14, decorated }.text()
        };
        assert_eq!(
            line(false),
            "wrong    token service   no \\u{1b}[2J token\n           to mend it: get one\n"
        );
        let decorated = line(true);
        assert!(decorated.contains("✗ wrong") && decorated.contains('\u{1b}'), "{decorated:?}");
    }

    #[test]
    fn no_two_checks_have_one_name() {
        let mut all = Check::all(false);
        all.push(Check::Emulator);
        for (index, check) in all.iter().enumerate() {
            assert!(!all[..index].iter().any(|other| other.name() == check.name()), "{check:?}");
        }
    }
}
