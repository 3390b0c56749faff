//! How data is to look: what the user asked for, fitted to what the command shows.

use jiff::tz::TimeZone;

use super::Format;
use super::columns::{Chosen, Kind, Selection};
use super::csv::Formulas;
use super::when::When;
use crate::cli::Global;
use crate::failure::Failure;

/// What a command shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shows {
    /// Any number of records.
    List(&'static Kind),
    /// One record.
    One(&'static Kind),
    /// A document of its own.
    Document,
    /// What happened, which has forms of its own.
    Report,
}

const NO_COLUMNS: &str = "what this command shows has no columns";

/// Refuses a form that what is shown does not have.
fn refuse(format: Format, shows: Shows) -> Result<(), Failure> {
    let (why, hint) = match (shows, format) {
        (Shows::Report, Format::Csv | Format::Env | Format::Raw | Format::Id) => {
            ("`report` is a table, markdown, json or yaml", "choose one of them with -o")
        }
        (Shows::Report, _) => return Ok(()),
        (_, Format::Markdown) => ("only `report` has markdown", "choose another form with -o"),
        (Shows::List(_), Format::Env) => {
            ("-o env is for one record, and this is a list", "choose -o csv or -o ndjson")
        }
        (Shows::Document, Format::Csv | Format::Env) => (NO_COLUMNS, "choose -o json"),
        _ => return Ok(()),
    };
    Err(Failure::usage(why).hint(hint))
}

/// The kind of what is of no kind.
pub(super) static NOTHING: Kind = Kind { name: "document", columns: &[], keyed: false };

/// How data is to look.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(super) format: Format,
    pub(super) selection: Selection,
    /// The columns are somebody's choice.
    pub(super) chosen: bool,
    pub(super) headers: bool,
    pub(super) formulas: Formulas,
    pub(super) terminal: bool,
    pub(super) colour: bool,
    pub(super) width: Option<usize>,
    pub(super) when: When,
}

impl Look {
    /// Refuses what makes no sense for what the command shows, before it does anything.
    pub(crate) fn of(global: &Global, format: Format, shows: Shows) -> Result<Self, Failure> {
        refuse(format, shows)?;
        let kind = match shows {
            Shows::List(kind) | Shows::One(kind) => kind,
            Shows::Document | Shows::Report => &NOTHING,
        };
        let selection = match global.columns.as_slice() {
            [] => Selection::usual(kind, format == Format::Table),
            _ if kind.columns.is_empty() => {
                return Err(Failure::usage(NO_COLUMNS).hint("choose -o json"));
            }
            _ if !matches!(format, Format::Table | Format::Csv | Format::Env) => {
                return Err(Failure::usage("--columns is for -o table, -o csv and -o env"));
            }
            asked => Selection::asked(kind, asked)?,
        };
        let formulas = if global.csv_exact { Formulas::AsTheyAre } else { Formulas::Disarmed };
        Ok(Self {
            format,
            selection,
            chosen: !global.columns.is_empty(),
            headers: !global.no_headers,
            formulas,
            terminal: false,
            colour: false,
            width: None,
            when: When::default(),
        })
    }

    /// The same where somebody looks at it, or nobody.
    #[must_use]
    pub(crate) fn on(self, terminal: bool, colour: bool, width: Option<usize>) -> Self {
        // Where nobody looks, lines are as long as they are.
        Self { terminal, colour, width: width.filter(|_| terminal), ..self }
    }

    /// The same with times of `zone`, and with their age if somebody looks, `now` in milliseconds
    /// since 1970.
    #[must_use]
    pub(crate) fn at(self, zone: TimeZone, now: i64) -> Self {
        let now = self.terminal.then_some(now);
        Self { when: When::new(zone, now), ..self }
    }

    pub(super) fn columns(&self) -> &[Chosen] {
        self.selection.columns()
    }
}
