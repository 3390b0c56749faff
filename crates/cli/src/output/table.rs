//! Tables and blocks of labelled values for people.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::Cell;
use super::columns::{Chosen, Form};
use super::text::visible;
use super::when::When;

const GAP: usize = 2;
const NARROWEST: usize = 8;

/// A table written page by page: the columns are as wide as what has been seen so far.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Form)>,
    widths: Vec<usize>,
    limit: Option<usize>,
    /// The header is written, or not wanted.
    begun: bool,
}

impl Table {
    /// A table of `columns`, at most `limit` cells wide where a terminal sets a limit.
    pub(crate) fn new(columns: &[Chosen], limit: Option<usize>, headers: bool) -> Self {
        let columns: Vec<(String, Form)> =
            columns.iter().map(|column| (column.title(), column.form)).collect();
        let width = |title: &str| if headers { title.width() } else { 0 };
        let widths = columns.iter().map(|(title, _)| width(title)).collect();
        Self { columns, widths, limit, begun: !headers }
    }

    /// Writes a page of rows, the header before the first.
    pub(crate) fn rows(&mut self, out: &mut dyn Write, rows: &[Vec<String>]) -> io::Result<()> {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect())
            .collect();
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let widths = self.fitted();
        if !self.begun {
            self.begun = true;
            let titles: Vec<&str> = self.columns.iter().map(|(title, _)| title.as_str()).collect();
            self.line(out, &titles, &widths)?;
        }
        for row in &rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            self.line(out, &cells, &widths)?;
        }
        Ok(())
    }

    /// The widths with the shrinking columns cut to fit the limit, the widest first.
    fn fitted(&self) -> Vec<usize> {
        let mut widths = self.widths.clone();
        let Some(limit) = self.limit else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        while excess > 0 {
            let widest = widths
                .iter_mut()
                .zip(&self.columns)
                .filter(|(width, (_, form))| *form == Form::Text && **width > NARROWEST)
                .max_by_key(|(width, _)| **width);
            let Some((width, _)) = widest else { break };
            *width -= 1;
            excess -= 1;
        }
        widths
    }

    fn line(&self, out: &mut dyn Write, cells: &[&str], widths: &[usize]) -> io::Result<()> {
        let mut line = String::new();
        for (index, ((cell, (_, form)), &width)) in
            cells.iter().zip(&self.columns).zip(widths).enumerate()
        {
            if index > 0 {
                line.push_str("  ");
            }
            let cell = if *form == Form::Text { cut(cell, width) } else { (*cell).to_owned() };
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            match form {
                Form::Left | Form::Text => line.extend([cell.as_str(), &padding]),
                Form::Right => line.extend([padding.as_str(), &cell]),
            }
        }
        writeln!(out, "{}", line.trim_end())
    }
}

/// `text` in at most `width` cells, an ellipsis at the end of what was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// Writes labelled values, one a line; values that are not there are left out.
pub(crate) fn block(out: &mut dyn Write, lines: &[(&str, Cell)], when: &When) -> io::Result<()> {
    let there = || lines.iter().filter(|(_, value)| *value != Cell::Missing);
    let width = there().map(|(label, _)| label.width()).max().unwrap_or(0);
    for (label, value) in there() {
        let padding = " ".repeat(width.saturating_sub(label.width()));
        writeln!(out, "{label}{padding}  {}", visible(&value.told(when)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::columns::{Column, Kind, Selection};

    static KIND: Kind = Kind {
        name: "thing",
        columns: &[Column::right("id"), Column::text("name"), Column::left("state")],
        keyed: false,
    };

    fn table(limit: Option<usize>, pages: &[&[[&str; 3]]]) -> String {
        let mut table = Table::new(Selection::usual(&KIND, true).columns(), limit, true);
        let mut out = Vec::new();
        for page in pages {
            let rows: Vec<Vec<String>> =
                page.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
            table.rows(&mut out, &rows).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_line_up_also_with_wide_characters() {
        let shown = table(None, &[&[["7", "黄金会员", "NEW"], ["123", "Gold", "FAILED"]]]);
        assert_eq!(shown, " ID  NAME      STATE\n  7  黄金会员  NEW\n123  Gold      FAILED\n");
    }

    #[test]
    fn the_header_comes_once_and_wider_pages_widen() {
        let shown = table(None, &[&[["1", "a", "x"]], &[["22222", "b", "y"]]]);
        assert_eq!(shown, "ID  NAME  STATE\n 1  a     x\n22222  b     y\n");
    }

    #[test]
    fn a_narrow_terminal_cuts_names_only() {
        let row = ["123456", "a name that is far too long", "PROCESSING"];
        let shown = table(Some(32), &[&[row]]);
        assert!(shown.lines().all(|line| line.width() <= 32), "{shown}");
        assert!(shown.contains("123456  a name that…  PROCESSING"), "{shown}");
        assert_eq!(cut("黄金会员", 5), "黄金…");
    }

    #[test]
    fn cells_and_values_cannot_steer_the_terminal() {
        let shown = table(None, &[&[["1", "\u{1b}[2J", "x"]]]);
        assert!(shown.contains("\\u{1b}[2J"), "{shown}");
        let mut out = Vec::new();
        let lines = [("name", "a\u{9b}".into()), ("long label", Cell::Missing)];
        block(&mut out, &lines, &When::default()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "name  a\\u{9b}\n");
    }
}
