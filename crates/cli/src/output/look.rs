//! How data is to look: what the user asked for, fitted to what the command shows.

use super::Format;
use super::columns::{Chosen, Kind, Selection};
use super::csv::Formulas;
use crate::cli::Global;
use crate::failure::Failure;

/// What a command shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shows {
    /// Records of a kind, or a document of it.
    Records(&'static Kind),
    /// A document of its own.
    Document,
    /// What happened, which has forms of its own.
    Report,
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
}

impl Look {
    /// Refuses what makes no sense for what the command shows, before it does anything.
    pub(crate) fn of(global: &Global, format: Format, shows: Shows) -> Result<Self, Failure> {
        let in_columns = matches!(format, Format::Table | Format::Csv);
        let kind = match (shows, format) {
            (Shows::Records(_) | Shows::Document, Format::Markdown) => {
                let what = "only `report` has markdown";
                return Err(Failure::usage(what).hint("choose another form with -o"));
            }
            (Shows::Report, Format::Csv | Format::Raw | Format::Id) => {
                let forms = "`report` is a table, markdown or json";
                return Err(Failure::usage(forms).hint("choose one of them with -o"));
            }
            (Shows::Records(kind), _) => kind,
            (Shows::Document | Shows::Report, _)
                if format == Format::Csv || !global.columns.is_empty() =>
            {
                return Err(
                    Failure::usage("what this command shows has no columns").hint("choose -o json")
                );
            }
            (Shows::Document | Shows::Report, _) => &NOTHING,
        };
        let selection = match global.columns.as_slice() {
            [] => Selection::usual(kind, format == Format::Table),
            _ if !in_columns => {
                return Err(Failure::usage("--columns is for -o table and -o csv"));
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
        })
    }

    /// The same where somebody looks at it, or nobody.
    #[must_use]
    pub(crate) fn on(self, terminal: bool, colour: bool, width: Option<usize>) -> Self {
        // Where nobody looks, lines are as long as they are.
        Self { terminal, colour, width: width.filter(|_| terminal), ..self }
    }

    pub(super) fn columns(&self) -> &[Chosen] {
        self.selection.columns()
    }
}
