//! Data: everything that goes to standard output.

pub(crate) mod cell;
pub(crate) mod columns;
mod csv;
pub(crate) mod json;
mod json_text;
mod list;
pub(crate) mod look;
mod path;
mod place;
mod query;
pub(crate) mod table;
mod template;
pub(crate) mod text;
mod variables;
mod view;
pub(crate) mod when;
mod yaml;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use self::cell::Cell;
use self::json::Layout;
pub(crate) use self::list::List;
use self::look::Look;
use self::table::Table;
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
    /// A line of named values for each record.
    Csv,
    /// The service's records as YAML.
    Yaml,
    /// One record as variables for a shell.
    Env,
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
    look: Look,
    reader_is_gone: fn() -> bool,
    /// Bytes were written that did not end their line.
    line_open: bool,
}

/// Values with their labels, for people.
pub(crate) type Block = Vec<(&'static str, Cell)>;

/// A line of a block; it is left out if there is no value.
pub(crate) fn fact(label: &'static str, value: impl Into<Cell>) -> (&'static str, Cell) {
    (label, value.into())
}

/// What is known of a document.
pub(crate) struct Facts {
    /// The values of its kind, in the order of the columns.
    pub(crate) row: Vec<Cell>,
    pub(crate) block: Block,
}

/// A document that is of no kind.
impl From<Block> for Facts {
    fn from(block: Block) -> Self {
        Self { row: Vec::new(), block }
    }
}

impl Output {
    pub(crate) fn new(out: Box<dyn Write + Send>, look: Look) -> Self {
        Self { out: BufWriter::new(out), look, reader_is_gone: || false, line_open: false }
    }

    /// The same where it can be told that nobody reads it any more.
    #[must_use]
    pub(crate) fn watching(self, reader_is_gone: fn() -> bool) -> Self {
        Self { reader_is_gone, ..self }
    }

    /// Fails as writing would where nobody reads any more. Without it, who finds nothing to write goes on
    /// for nobody.
    pub(crate) fn check_reader(&self) -> io::Result<()> {
        if (self.reader_is_gone)() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }

    /// Whether glyphs and colours may stand beside words.
    pub(crate) fn decorated(&self) -> bool {
        self.look.colour
    }

    /// The width of the terminal in cells, where there is one.
    pub(crate) fn width(&self) -> Option<usize> {
        self.look.width
    }

    pub(crate) fn format(&self) -> Format {
        self.look.format
    }

    /// Whether somebody chose what is to be seen.
    pub(crate) fn has_chosen_columns(&self) -> bool {
        self.look.chosen
    }

    /// Whether something else is shown in the place of each record.
    pub(crate) fn has_view(&self) -> bool {
        self.look.view.is_some()
    }

    /// Set while something is worked out that may take for ever, where there is such a thing.
    pub(crate) fn busy(&self) -> Option<&Arc<AtomicBool>> {
        self.look.view.as_ref()?.busy()
    }

    /// Writes one document: `raw` is what the service sent.
    pub(crate) fn document<F: Into<Facts>>(
        &mut self,
        raw: &[u8],
        id: &str,
        facts: impl FnOnce() -> F,
    ) -> io::Result<()> {
        let (layout, person) = (self.layout(), self.look.terminal);
        if let Some(view) = &self.look.view {
            view.write(&mut self.out, raw, id, layout, person)?;
            return self.out.flush();
        }
        match self.look.format {
            Format::Table if !self.look.chosen => {
                table::block(&mut self.out, &facts().into().block, &self.look.when)?;
            }
            Format::Table | Format::Csv | Format::Env => {
                let mut list = self.list();
                list.record(raw, id, || facts().into().row)?;
                return list.end();
            }
            Format::Json | Format::Ndjson => self.json(raw, layout)?,
            Format::Yaml if raw.trim_ascii().is_empty() => {}
            Format::Yaml => yaml::document(&mut self.out, raw)?,
            Format::Raw => self.raw(raw)?,
            Format::Id => writeln!(self.out, "{}", visible(id))?,
            Format::Markdown => {}
        }
        self.out.flush()
    }

    /// Writes what this program itself has to tell: a sentence for people, `value` for programs.
    pub(crate) fn tell(&mut self, sentence: &str, id: &str, value: &Value) -> io::Result<()> {
        match self.look.format {
            Format::Table | Format::Raw => self.plain(&format!("{sentence}\n")),
            _ => self.document(value.to_string().as_bytes(), id, Block::new),
        }
    }

    /// Starts a list.
    pub(crate) fn list(&mut self) -> List<'_> {
        List::new(self)
    }

    /// The lines of a table for somebody who looks `now`, in milliseconds since 1970.
    pub(crate) fn drawn<'a>(
        &self,
        now: i64,
        records: impl Iterator<Item = (&'a [u8], Vec<Cell>)>,
    ) -> Vec<String> {
        let Look { selection, width, headers, .. } = &self.look;
        let when = self.look.when.clone().seen(now);
        let shown = |(raw, row): (&[u8], Vec<Cell>)| {
            selection.cells(raw, &row).iter().map(|cell| cell.shown(&when)).collect()
        };
        let rows: Vec<Vec<String>> = records.map(shown).collect();
        let mut text = Vec::new();
        // Memory takes everything.
        let _ = Table::new(self.look.columns(), *width, *headers).rows(&mut text, &rows);
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// Writes text as it is, for people only.
    pub(crate) fn plain(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Whether a person reads what is written, and chose no form of it.
    pub(crate) fn is_for_eyes(&self) -> bool {
        self.look.terminal && self.look.format == Format::Table
    }

    /// Writes what may be anything for a person: JSON over lines, and nothing that steers the
    /// terminal.
    pub(crate) fn for_eyes(&mut self, raw: &[u8]) -> io::Result<()> {
        let mut text = Vec::new();
        if serde_json::from_slice::<serde::de::IgnoredAny>(raw).is_ok() {
            json::write(&mut text, raw, Layout::Pretty, 0)?;
        } else {
            text.extend_from_slice(raw.trim_ascii_end());
        }
        for line in String::from_utf8_lossy(&text).lines() {
            writeln!(self.out, "{}", visible(line))?;
        }
        self.out.flush()
    }

    /// Writes bytes as they came, of which more may follow.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()?;
        self.line_open = bytes.last().map_or(self.line_open, |last| *last != b'\n');
        Ok(())
    }

    /// Ends bytes, so that what a terminal shows next begins on a line of its own.
    pub(crate) fn end_of_bytes(&mut self) -> io::Result<()> {
        if self.look.terminal && std::mem::take(&mut self.line_open) {
            writeln!(self.out)?;
        }
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
        if self.look.terminal && !raw.ends_with(b"\n") {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        let pretty = self.look.terminal && self.look.format != Format::Ndjson;
        if pretty { Layout::Pretty } else { Layout::Line }
    }
}

/// What was received cannot be shown in this form: not a failure to write.
fn unshowable(why: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}

#[cfg(test)]
mod tests {
    use super::columns::{Column, Kind};
    use super::look::{Look, Shows};
    use super::*;
    use crate::cli::Global;
    use crate::testing::Shared;

    static KIND: Kind = Kind { name: "thing", columns: &[Column::left("id")], keyed: false };

    fn output(format: Format, terminal: bool, shared: &Shared) -> Output {
        let look = Look::of(&Global::default(), format, Shows::List(&KIND), 0).unwrap();
        Output::new(Box::new(shared.clone()), look.on(terminal, false, Some(80)))
    }

    fn list(format: Format, terminal: bool, pages: &[&[&str]]) -> String {
        let shared = Shared::default();
        let mut output = output(format, terminal, &shared);
        let mut list = output.list();
        for page in pages {
            list.page(format!("{{\"records\": [{}]}}", page.join(", ")).as_bytes()).unwrap();
            for record in *page {
                list.record(record.as_bytes(), "7", || vec![Cell::from("7")]).unwrap();
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
        assert_eq!(list(Format::Yaml, false, &PAGES), "- id: 7\n- id: 8.0\n- id: 9\n");
        assert_eq!(list(Format::Table, false, &PAGES), "ID\n7\n7\n7\n");
        assert_eq!(list(Format::Csv, false, &PAGES), "id\r\n7\r\n7\r\n7\r\n");
    }

    #[test]
    fn only_a_file_gets_values_in_csv_that_would_steer_a_terminal() {
        let csv = |terminal| {
            let shared = Shared::default();
            let mut output = output(Format::Csv, terminal, &shared);
            let mut list = output.list();
            list.record(b"{}", "7", || vec![Cell::from("a\u{1b}[2J\u{9b}")]).unwrap();
            list.end().unwrap();
            shared.text()
        };
        assert_eq!(csv(false), "id\r\na\u{1b}[2J\u{9b}\r\n");
        assert_eq!(csv(true), "id\r\na\\u{1b}[2J\\u{9b}\r\n");
    }

    #[test]
    fn an_empty_list_is_still_a_list() {
        assert_eq!(list(Format::Json, false, &[]), "[]\n");
        assert_eq!(list(Format::Json, true, &[&[]]), "[]\n");
        assert_eq!(list(Format::Ndjson, false, &[]), "");
        assert_eq!(list(Format::Yaml, false, &[]), "[]\n");
        assert_eq!(list(Format::Table, false, &[]), "");
        assert_eq!(list(Format::Csv, false, &[&[]]), "id\r\n");
    }

    #[test]
    fn a_list_that_is_broken_off_can_be_read() {
        let broken_off = |write: &dyn Fn(&mut List<'_>)| {
            let shared = Shared::default();
            let mut output = output(Format::Json, false, &shared);
            write(&mut output.list());
            shared.text()
        };
        assert_eq!(broken_off(&|_| {}), "");
        assert_eq!(broken_off(&|list| list.page(b"{}").unwrap()), "[]\n");
        assert_eq!(broken_off(&|list| list.record(b"{}", "7", Vec::new).unwrap()), "[{}]\n");
    }

    #[test]
    fn raw_is_byte_for_byte() {
        let shared = Shared::default();
        let mut output = output(Format::Raw, false, &shared);
        output.document(b"{ \"a\" : 1 }\r\n", "7", Block::new).unwrap();
        assert_eq!(shared.text(), "{ \"a\" : 1 }\r\n");
    }
}
