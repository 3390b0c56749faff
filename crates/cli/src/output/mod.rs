//! Data: everything that goes to standard output.

pub(crate) mod json;
pub(crate) mod table;
pub(crate) mod text;

use std::io::{self, BufWriter, Write};

use self::json::Layout;
use self::table::{Column, Table};
use self::text::visible;

/// What data looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people; free to change.
    Table,
    /// The service's own records; pretty on a terminal, one line elsewhere.
    Json,
    /// One record a line.
    Ndjson,
    /// The bytes as the service sent them.
    Raw,
    /// Ids only, one a line.
    Id,
    /// Tables and a chart for a page of text; of `report` only.
    Markdown,
}

impl Format {
    /// Whether a program reads it, which then wants to hear of failures as JSON too.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// Standard output in the chosen format.
pub(crate) struct Output {
    out: BufWriter<Box<dyn Write + Send>>,
    format: Format,
    terminal: bool,
    colour: bool,
    width: Option<usize>,
}

/// Values with their labels, for people.
pub(crate) type Block = Vec<(&'static str, Option<String>)>;

impl Output {
    pub(crate) fn new(
        out: Box<dyn Write + Send>,
        format: Format,
        terminal: bool,
        width: Option<usize>,
    ) -> Self {
        // Where nobody looks, lines are as long as they are.
        let width = width.filter(|_| terminal);
        Self { out: BufWriter::new(out), format, terminal, colour: false, width }
    }

    /// The same output with colour, or without.
    #[must_use]
    pub(crate) fn with_colour(self, colour: bool) -> Self {
        Self { colour, ..self }
    }

    /// Whether glyphs and colours may stand beside words.
    pub(crate) fn decorated(&self) -> bool {
        self.colour
    }

    /// The width of the terminal in cells, where there is one.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Writes one document: `raw` is what the service sent.
    pub(crate) fn document(
        &mut self,
        raw: &[u8],
        id: &str,
        block: impl FnOnce() -> Block,
    ) -> io::Result<()> {
        match self.format {
            Format::Table => table::block(&mut self.out, &block())?,
            Format::Json => self.json(raw, self.layout())?,
            Format::Ndjson => self.json(raw, Layout::Line)?,
            Format::Raw => self.raw(raw)?,
            Format::Id => writeln!(self.out, "{}", visible(id))?,
            Format::Markdown => {}
        }
        self.out.flush()
    }

    /// Starts a list with these columns for people.
    pub(crate) fn list(&mut self, columns: &'static [Column]) -> List<'_> {
        let table = Table::new(columns, self.width);
        List { output: self, table, written: 0, pages: 0, rows: Vec::new(), closed: false }
    }

    /// Writes text as it is, for people only.
    pub(crate) fn plain(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    fn json(&mut self, raw: &[u8], layout: Layout) -> io::Result<()> {
        if raw.trim_ascii().is_empty() {
            return Ok(());
        }
        json::write(&mut self.out, raw, layout, 0)?;
        writeln!(self.out)
    }

    fn raw(&mut self, raw: &[u8]) -> io::Result<()> {
        self.out.write_all(raw)?;
        if self.terminal && !raw.ends_with(b"\n") {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        if self.terminal { Layout::Pretty } else { Layout::Line }
    }
}

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

impl List<'_> {
    /// A page as received. Only `raw` wants it.
    pub(crate) fn page(&mut self, raw: &[u8]) -> io::Result<()> {
        if self.output.format == Format::Raw {
            if self.pages > 0 {
                writeln!(self.output.out)?;
            }
            self.output.out.write_all(raw)?;
        }
        self.pages += 1;
        Ok(())
    }

    /// A record: its bytes as received, its id, its row in the table.
    pub(crate) fn record(
        &mut self,
        raw: &[u8],
        id: &str,
        row: impl FnOnce() -> Vec<String>,
    ) -> io::Result<()> {
        let layout = self.output.layout();
        let out = &mut self.output.out;
        match self.output.format {
            Format::Table => self.rows.push(row()),
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
            Format::Raw | Format::Markdown => {}
            Format::Id => writeln!(out, "{}", visible(id))?,
        }
        self.written += 1;
        Ok(())
    }

    /// Whether records are written as JSON, and so must be JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.output.format.is_json()
    }

    /// How many records were written.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Hands over what there is: after each page, so that a reader need not wait for the next.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.output.format == Format::Table {
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
        let out = &mut self.output.out;
        match (self.output.format, self.written, layout) {
            (Format::Json, 0, _) => writeln!(out, "[]")?,
            (Format::Json, _, Layout::Pretty) => writeln!(out, "\n]")?,
            (Format::Json, _, Layout::Line) => writeln!(out, "]")?,
            (Format::Raw, _, Layout::Pretty) if self.pages > 0 => writeln!(out)?,
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

#[cfg(test)]
mod tests {
    use super::table::Column;
    use super::*;
    use crate::testing::Shared;

    const COLUMNS: [Column; 1] = [Column::left("ID")];

    fn list(format: Format, terminal: bool, pages: &[&[&str]]) -> String {
        let shared = Shared::default();
        let mut output = Output::new(Box::new(shared.clone()), format, terminal, Some(80));
        let mut list = output.list(&COLUMNS);
        for page in pages {
            list.page(format!("{{\"records\": [{}]}}", page.join(", ")).as_bytes()).unwrap();
            for record in *page {
                list.record(record.as_bytes(), "7", || vec!["7".to_owned()]).unwrap();
            }
            list.flush().unwrap();
        }
        list.end().unwrap();
        shared.text()
    }

    const PAGES: [&[&str]; 2] = [&["{\"id\": 7}", "{\"id\":8.0}"], &["{\"id\":9}"]];

    #[test]
    fn a_list_in_every_format() {
        assert_eq!(list(Format::Json, false, &PAGES), "[{\"id\":7},{\"id\":8.0},{\"id\":9}]\n");
        assert_eq!(
            list(Format::Json, true, &PAGES),
            "[\n  {\n    \"id\": 7\n  },\n  {\n    \"id\": 8.0\n  },\n  {\n    \"id\": 9\n  }\n]\n"
        );
        assert_eq!(list(Format::Ndjson, false, &PAGES), "{\"id\":7}\n{\"id\":8.0}\n{\"id\":9}\n");
        assert_eq!(
            list(Format::Raw, false, &PAGES),
            "{\"records\": [{\"id\": 7}, {\"id\":8.0}]}\n{\"records\": [{\"id\":9}]}"
        );
        assert_eq!(list(Format::Id, false, &PAGES), "7\n7\n7\n");
        assert_eq!(list(Format::Table, false, &PAGES), "ID\n7\n7\n7\n");
    }

    #[test]
    fn an_empty_list_is_still_a_list() {
        assert_eq!(list(Format::Json, false, &[]), "[]\n");
        assert_eq!(list(Format::Json, true, &[&[]]), "[]\n");
        assert_eq!(list(Format::Ndjson, false, &[]), "");
        assert_eq!(list(Format::Table, false, &[]), "");
    }

    #[test]
    fn a_list_that_is_broken_off_can_be_read() {
        let broken_off = |write: &dyn Fn(&mut List<'_>)| {
            let shared = Shared::default();
            let mut output = Output::new(Box::new(shared.clone()), Format::Json, false, None);
            write(&mut output.list(&COLUMNS));
            shared.text()
        };
        assert_eq!(broken_off(&|_| {}), "");
        assert_eq!(broken_off(&|list| list.page(b"{}").unwrap()), "[]\n");
        assert_eq!(broken_off(&|list| list.record(b"{}", "7", Vec::new).unwrap()), "[{}]\n");
    }

    #[test]
    fn raw_is_byte_for_byte() {
        let shared = Shared::default();
        let mut output = Output::new(Box::new(shared.clone()), Format::Raw, false, None);
        output.document(b"{ \"a\" : 1 }\r\n", "7", Vec::new).unwrap();
        assert_eq!(shared.text(), "{ \"a\" : 1 }\r\n");
    }
}
