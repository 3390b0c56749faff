//! A list of records, written as they come.

use std::io::{self, Write};

use super::cell::Cell;
use super::json::{self, Layout};
use super::table::Table;
use super::text::visible;
use super::{Format, Output, csv, variables, yaml};

/// A list under way. Dropped before its [`end`](List::end), as when the command fails or is stopped,
/// it closes what was begun, so that what is there can be read; what was not begun is not begun.
pub(crate) struct List<'a> {
    output: &'a mut Output,
    table: Table,
    written: u64,
    pages: u64,
    rows: Vec<Vec<String>>,
    closed: bool,
}

impl<'a> List<'a> {
    pub(super) fn new(output: &'a mut Output) -> Self {
        let Output { look, .. } = &*output;
        let table = Table::new(look.columns(), look.width, look.headers);
        Self { output, table, written: 0, pages: 0, rows: Vec::new(), closed: false }
    }
}

impl List<'_> {
    /// A page as received. Only `raw` wants it.
    pub(crate) fn page(&mut self, raw: &[u8]) -> io::Result<()> {
        if self.output.look.format == Format::Raw {
            if self.pages > 0 {
                writeln!(self.output.out)?;
            }
            self.output.out.write_all(raw)?;
        }
        self.pages += 1;
        Ok(())
    }

    /// A record: its bytes as received, its id, its values.
    pub(crate) fn record(
        &mut self,
        raw: &[u8],
        id: &str,
        row: impl FnOnce() -> Vec<Cell>,
    ) -> io::Result<()> {
        let layout = self.output.layout();
        let Output { out, look, .. } = &mut *self.output;
        if let Some(view) = &look.view {
            view.write(out, raw, id, layout, look.terminal)?;
            self.written += 1;
            return Ok(());
        }
        match look.format {
            Format::Table => {
                let cells = look.selection.cells(raw, &row());
                self.rows.push(cells.iter().map(|cell| cell.shown(&look.when)).collect());
            }
            Format::Json => {
                out.write_all(if self.written == 0 { b"[" } else { b"," })?;
                if layout == Layout::Pretty {
                    out.write_all(b"\n  ")?;
                }
                json::write(out, raw, layout, 1)?;
            }
            Format::Ndjson => {
                json::write(out, raw, Layout::Line, 0)?;
                writeln!(out)?;
            }
            Format::Csv => {
                let mut cells = look.selection.cells(raw, &row());
                if look.terminal {
                    cells = cells.into_iter().map(Cell::harmless).collect();
                }
                self.csv_header()?;
                csv::record(&mut self.output.out, &cells, self.output.look.formulas)?;
            }
            Format::Yaml => yaml::item(out, raw)?,
            Format::Env => {
                let cells = look.selection.cells(raw, &row());
                variables::record(out, look.selection.kind(), look.columns(), &cells)?;
            }
            Format::Raw | Format::Markdown => {}
            Format::Id => writeln!(out, "{}", visible(id))?,
        }
        self.written += 1;
        Ok(())
    }

    /// Whether records are written from their JSON, and so must be JSON.
    pub(crate) fn needs_json(&self) -> bool {
        matches!(self.output.look.format, Format::Json | Format::Ndjson | Format::Yaml)
    }

    /// The names of the columns, before the first record or where there is none.
    fn csv_header(&mut self) -> io::Result<()> {
        let Output { out, look, .. } = &mut *self.output;
        if self.written > 0 || !look.headers {
            return Ok(());
        }
        csv::header(out, look.columns().iter().map(|column| column.name.as_str()))
    }

    /// Fails where nobody reads any more.
    pub(crate) fn check_reader(&self) -> io::Result<()> {
        self.output.check_reader()
    }

    /// How many records were written.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Hands over what there is: after each page, so that a reader need not wait for the next.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.output.look.format == Format::Table {
            let rows = std::mem::take(&mut self.rows);
            if !rows.is_empty() {
                self.table.rows(&mut self.output.out, &rows)?;
            }
        }
        self.output.out.flush()
    }

    /// Closes the list.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.close()
    }

    fn close(&mut self) -> io::Result<()> {
        self.closed = true;
        let layout = self.output.layout();
        let Output { out, look, .. } = &mut *self.output;
        if look.view.is_some() {
            return out.flush();
        }
        match (look.format, self.written, layout) {
            (Format::Json | Format::Yaml, 0, _) => writeln!(out, "[]")?,
            (Format::Json, _, Layout::Pretty) => writeln!(out, "\n]")?,
            (Format::Json, _, Layout::Line) => writeln!(out, "]")?,
            (Format::Raw, _, Layout::Pretty) if self.pages > 0 => writeln!(out)?,
            (Format::Csv, 0, _) => self.csv_header()?,
            _ => {}
        }
        self.flush()
    }
}

impl Drop for List<'_> {
    fn drop(&mut self) {
        if !self.closed && (self.pages > 0 || self.written > 0) {
            // There is a better reason for what went wrong than that this cannot be written.
            let _ = self.close();
        }
    }
}
