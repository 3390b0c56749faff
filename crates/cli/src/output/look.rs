//! How data is to look: what the user asked for, fitted to what the command shows.

use jiff::tz::TimeZone;

use super::Format;
use super::columns::{Chosen, Kind, Selection};
use super::csv::Formulas;
use super::view::View;
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
    /// A text that is not made of records.
    Text,
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
        (Shows::Document | Shows::Text, Format::Csv | Format::Env) => {
            (NO_COLUMNS, "choose -o json")
        }
        _ => return Ok(()),
    };
    Err(Failure::usage(why).hint(hint))
}

/// The kind of what is of no kind.
pub(super) static NOTHING: Kind = Kind { name: "document", columns: &[], keyed: false };

/// How data is to look.
pub(crate) struct Look {
    pub(super) format: Format,
    /// What is shown in the place of each record.
    pub(super) view: Option<View>,
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
    /// Times are as of `now`, in milliseconds since 1970.
    pub(crate) fn of(
        global: &Global,
        format: Format,
        shows: Shows,
        now: i64,
    ) -> Result<Self, Failure> {
        let view = View::of(global, now)?;
        if let (Some(view), Shows::Text) = (&view, shows) {
            let why = format!("what this command shows has no records for {}", view.flag());
            return Err(Failure::usage(why));
        }
        // What is found or filled in is JSON, whatever the usual form.
        let format = match (&view, global.output) {
            (None, _) | (Some(_), Some(Format::Json | Format::Ndjson)) => format,
            (Some(_), None) => Format::Json,
            (Some(view), Some(_)) => {
                let why = format!("{} works on JSON", view.flag());
                return Err(Failure::usage(why).hint("leave out -o"));
            }
        };
        refuse(format, shows)?;
        let kind = match shows {
            Shows::List(kind) | Shows::One(kind) => kind,
            Shows::Document | Shows::Report | Shows::Text => &NOTHING,
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
            view,
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
