//! What is shown in the place of a record: what `--jq` finds in it, or `--template` makes of it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::json::{self, Layout};
use super::query::{Found, Query};
use super::template::Template;
use super::text::visible_lines;
use super::unshowable;
use crate::cli::Global;
use crate::failure::Failure;

/// What is made of each record.
pub(crate) enum View {
    Query(Box<Query>),
    Template(Box<Template>),
}

impl View {
    /// What was asked for. Times are as of `now`, in milliseconds since 1970.
    pub(super) fn of(global: &Global, now: i64) -> Result<Option<Self>, Failure> {
        let has_columns = !global.columns.is_empty();
        match (&global.jq, &global.template) {
            (None, None) => Ok(None),
            (Some(expression), None) if !has_columns => {
                Ok(Some(Self::Query(Box::new(Query::parse(expression, now)?))))
            }
            (None, Some(text)) if !has_columns => {
                Ok(Some(Self::Template(Box::new(Template::parse(text, now)?))))
            }
            _ => Err(Failure::usage("only one of --jq, --template and --columns can be given")),
        }
    }

    /// The flag that asks for it.
    pub(super) fn flag(&self) -> &'static str {
        match self {
            Self::Query(_) => "--jq",
            Self::Template(_) => "--template",
        }
    }

    /// Set while it works without looking up, however long that is.
    pub(super) fn busy(&self) -> Option<&Arc<AtomicBool>> {
        match self {
            Self::Query(query) => Some(query.busy()),
            // A template has a limit of its own.
            Self::Template(_) => None,
        }
    }

    /// Writes what becomes of the record with this id. `person`: somebody looks at it.
    pub(super) fn write(
        &self,
        out: &mut dyn Write,
        record: &[u8],
        id: &str,
        layout: Layout,
        person: bool,
    ) -> io::Result<()> {
        if record.trim_ascii().is_empty() {
            return Ok(());
        }
        let failed = |why: String| {
            let of = if id.is_empty() { String::new() } else { format!(" (of {id})") };
            unshowable(format!("{}: {}{of}", self.flag(), shortened(&why)))
        };
        match self {
            Self::Query(query) => {
                for found in query.find(record).map_err(failed)? {
                    match found.map_err(failed)? {
                        Found::Text(text) => line(out, &text, person)?,
                        Found::Json(json) => {
                            json::write(out, json.as_bytes(), layout, 0)?;
                            writeln!(out)?;
                        }
                    }
                }
                Ok(())
            }
            Self::Template(template) => {
                let text = template.fill(record).map_err(failed)?;
                // What is left out by an `if` leaves no empty line.
                if text.is_empty() { Ok(()) } else { line(out, text.as_bytes(), person) }
            }
        }
    }
}

fn line(out: &mut dyn Write, text: &[u8], person: bool) -> io::Result<()> {
    if person {
        writeln!(out, "{}", visible_lines(&String::from_utf8_lossy(text)))
    } else {
        out.write_all(text)?;
        writeln!(out)
    }
}

/// As much of a reason as people read: it may have a whole record in it.
fn shortened(why: &str) -> String {
    const READ: usize = 200;
    match why.char_indices().nth(READ) {
        Some((end, _)) => format!("{}...", why.get(..end).unwrap_or(why)),
        None => why.to_owned(),
    }
}
