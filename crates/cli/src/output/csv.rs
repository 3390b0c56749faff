//! Comma-separated values after RFC 4180, harmless in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use super::cell::Cell;

/// Whether a spreadsheet is kept from taking a text for a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Formulas {
    /// Such a text gets an apostrophe in front.
    Disarmed,
    /// Every text is written as it is.
    AsTheyAre,
}

/// Writes the names of the columns.
pub(crate) fn header<'a>(
    out: &mut dyn Write,
    names: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    line(out, names.map(Cow::Borrowed))
}

/// Writes a record.
pub(crate) fn record(out: &mut dyn Write, cells: &[Cell], formulas: Formulas) -> io::Result<()> {
    let field = |cell: &Cell| match (cell, formulas) {
        (Cell::Text(text), Formulas::Disarmed) => disarmed(text).into_owned(),
        _ => cell.plain(),
    };
    line(out, cells.iter().map(|cell| Cow::Owned(field(cell))))
}

fn line<'a>(out: &mut dyn Write, fields: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    let fields: Vec<_> = fields.collect();
    // A line of nothing at all would be no record to many readers.
    let is_nothing = fields.iter().all(|field| field.is_empty()) && fields.len() == 1;
    if is_nothing {
        out.write_all(b"\"\"")?;
    }
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(quoted(field).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

fn quoted(field: &str) -> Cow<'_, str> {
    let must = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if field.as_bytes().iter().any(must) {
        Cow::Owned(format!("\"{}\"", field.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(field)
    }
}

/// A spreadsheet runs a text that begins with one of these as a formula (OWASP, "CSV Injection"):
/// the wide ones are taken for the narrow ones where Chinese or Japanese is written.
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text with an apostrophe before what a spreadsheet would run. A number is none of that, with
/// nothing around it.
fn disarmed(text: &str) -> Cow<'_, str> {
    let is_number = || {
        text.starts_with('-')
            && text.ends_with(|end: char| end.is_ascii_digit())
            && serde_json::from_str::<serde_json::Number>(text).is_ok()
    };
    if text.starts_with(STARTS) && !is_number() {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(cells: &[Cell], formulas: Formulas) -> String {
        let mut out = Vec::new();
        record(&mut out, cells, formulas).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not_touched() {
        for (text, field) in [
            ("=1+1", "'=1+1"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            (
                "=HYPERLINK(\"http://a.test\",\"x\")",
                "\"'=HYPERLINK(\"\"http://a.test\"\",\"\"x\"\")\"",
            ),
            ("+1+1", "'+1+1"),
            ("-1+1", "'-1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\t1", "'\t1"),
            ("\r=1", "\"'\r=1\""),
            ("\n=1", "\"'\n=1\""),
            ("＝1+1", "'＝1+1"),
            ("－1", "'－1"),
            ("-7", "-7"),
            ("-1.5e3", "-1.5e3"),
            ("-7 ", "'-7 "),
            ("-7\t", "'-7\t"),
            ("a=b", "a=b"),
            ("'=1", "'=1"),
            ("", "\"\""),
        ] {
            assert_eq!(written(&[Cell::from(text)], Formulas::Disarmed), format!("{field}\r\n"));
        }
        let number = Cell::Json("-18446744073709551616".to_owned());
        assert_eq!(written(&[number], Formulas::Disarmed), "-18446744073709551616\r\n");
        assert_eq!(written(&[Cell::from("=1+1")], Formulas::AsTheyAre), "=1+1\r\n");
    }

    proptest! {
        /// Another reader finds the same fields, but for an apostrophe before what would be run.
        #[test]
        fn any_text_is_read_back_and_none_begins_a_formula(
            texts in prop::collection::vec("[=+@\\-\t\r\n\",' a1＝]{0,5}|\\PC{0,8}", 1..5)
        ) {
            let cells: Vec<Cell> = texts.iter().map(|text| Cell::from(text.as_str())).collect();
            for formulas in [Formulas::Disarmed, Formulas::AsTheyAre] {
                let line = written(&cells, formulas);
                let mut reader =
                    csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
                let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
                prop_assert_eq!(read.len(), 1);
                prop_assert_eq!(read[0].len(), texts.len());
                for (field, text) in read[0].iter().zip(&texts) {
                    let number = text.parse::<f64>().is_ok();
                    let safe = number || !field.starts_with(STARTS);
                    prop_assert!(formulas == Formulas::AsTheyAre || safe, "{:?}", field);
                    let same = field == text || field == format!("'{text}");
                    prop_assert!(same && (formulas == Formulas::Disarmed || field == text));
                }
            }
        }
    }
}
