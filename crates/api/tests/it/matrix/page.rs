//! The matrix as a page of the documentation.

use std::fmt::Write;

use aep_export_emulator::Stage;

use super::calls::{self, Call};
use super::faults::{Class, Column, Times};
use super::{columns, played};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/fault-matrix.md");

/// Set by `cargo xtask generate`: the page is to be written, not compared.
const WRITE: &str = "AEP_EXPORT_WRITE_PAGES";

const BEGINNING: &str = "\
# The fault matrix

What comes of each call when something goes wrong on the way. Every call of the api is made against the
[emulator](../emulator.md) under every fault that it can play, once and for ever, before and after the
service has acted. This page is made by the test that does it, `crates/api/tests/it/matrix`, and mended by
`cargo xtask generate`.

Of each cell three things are asserted:

1. The result is right, or it is the error that the rules ask for, within the time that the call has. No
   call hangs, and none succeeds with a wrong result.
2. Nothing is made twice: the emulator's jobs, segment jobs and datasets are counted.
3. Nothing listed is lost or repeated. The fault strikes the second page of a list: what came before an
   error is the beginning of the list, and a list without an error is whole.

The rules are written down in `rules.rs` of that folder; they follow from what a fault means and what was
asked for, not from what the client does. Time is virtual, so that hours of waiting are part of it.

## How to read it

*right* is the right result, with the number of tries where there was more than one; any other word is the
kind of the error. *unknown* means that a create was sent and that its answer does not say what became of
it; behind the arrow stands what looking for it brings: it is *found*, or there is *none*. Where it
makes a difference whether the service had acted, both are told: before / after. A dash stands where there
is no such case: the token service has no gateway before it and takes no token. Faults that come to the
same in every call share a column, and calls that come to the same under all its faults a row. The tries of a
wait are not counted.
";

/// What the tables of a class are about.
fn heading(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Statuses => ("Statuses", "Another answer with this status, from the gateway."),
        Class::GatewayCodes => (
            "Codes of the gateway",
            "Another answer with this code; its first three digits are the status, but for 503020, \
             which comes with 403.",
        ),
        Class::RetryAfter => (
            "`Retry-After`",
            "A status with a wish to wait. One minute is waited at most; a longer wish ends the call \
             at once.",
        ),
        Class::Envelopes => (
            "Forms of errors",
            "A status in every form of an error document that the services are known to send.",
        ),
        Class::NoAnswer => ("Late or no answers", "Before the first byte of an answer."),
        Class::Bodies => ("Broken answers", "The service's own answer, which arrives badly."),
        Class::OddAnswers => (
            "Odd answers",
            "Redirects to another host, where nothing is sent; a page in the place of the service; \
             and a token that ends in the middle.",
        ),
    }
}

/// What a call comes to under a fault: one word, or two where the stages differ.
fn cell(call: &Call, column: &Column, times: Times) -> String {
    let of = |stage: Option<Stage>| {
        let is_it = |cell: &super::Cell<'_>| {
            cell.call.name == call.name
                && cell.column.name == column.name
                && cell.column.class == column.class
                && cell.times == times
                && cell.stage == stage
        };
        played().iter().find(|(cell, _)| is_it(cell)).map(|(cell, seen)| cell.word(seen))
    };
    match (of(None), of(Some(Stage::Before)), of(Some(Stage::After))) {
        (None, Some(before), Some(after)) if before != after => format!("{before} / {after}"),
        (one, before, after) => one.or(before).or(after).unwrap_or_else(|| "–".to_owned()),
    }
}

/// A table's columns: what the faults are called, and a cell for each call.
fn table(class: Class, times: Times) -> Vec<(Vec<&'static str>, Vec<String>)> {
    let mut table: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for column in columns().iter().filter(|column| column.class == class) {
        let cells: Vec<_> = calls::all().map(|call| cell(call, column, times)).collect();
        match table.iter_mut().find(|(_, known)| *known == cells) {
            Some((names, _)) => names.push(&column.name),
            None => table.push((vec![&column.name], cells)),
        }
    }
    table
}

fn page() -> String {
    let mut page = BEGINNING.to_owned();
    page.push_str("\n## The calls\n\n| call | the request that the fault strikes |\n|---|---|\n");
    for call in calls::all() {
        let which = if call.from > 1 { ", from the second on" } else { "" };
        writeln!(page, "| {} | `{}`{which} |", call.name, call.struck).unwrap();
    }
    for class in Class::ALL {
        let (title, about) = heading(class);
        writeln!(page, "\n## {title}\n\n{about}").unwrap();
        let [once, for_ever] = Times::ALL.map(|times| table(class, times));
        if once == for_ever {
            print(&mut page, "Once or for ever", &once);
        } else {
            print(&mut page, "Once", &once);
            print(&mut page, "For ever", &for_ever);
        }
    }
    page
}

fn print(page: &mut String, title: &str, table: &[(Vec<&str>, Vec<String>)]) {
    let names: Vec<_> = table.iter().map(|(names, _)| names.join(", ")).collect();
    writeln!(page, "\n### {title}\n\n| | {} |", names.join(" | ")).unwrap();
    writeln!(page, "|---|{}", "---|".repeat(table.len())).unwrap();
    for (calls, cells) in rows(table) {
        writeln!(page, "| {} | {} |", calls.join("<br>"), cells.join(" | ")).unwrap();
    }
}

/// A table's rows: what the calls are called that come to the same.
fn rows<'a>(table: &'a [(Vec<&str>, Vec<String>)]) -> Vec<(Vec<&'static str>, Vec<&'a str>)> {
    let mut rows: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for (row, call) in calls::all().enumerate() {
        let cells: Vec<_> = table.iter().map(|(_, cells)| cells[row].as_str()).collect();
        match rows.iter_mut().find(|(_, known)| *known == cells) {
            Some((names, _)) => names.push(call.name),
            None => rows.push((vec![call.name], cells)),
        }
    }
    rows
}

#[expect(clippy::disallowed_methods, reason = "what the page's generator says to this test")]
fn is_to_be_written() -> bool {
    std::env::var_os(WRITE).is_some()
}

#[test]
fn the_page_is_what_was_seen() {
    let page = page();
    if is_to_be_written() {
        std::fs::write(FILE, &page).unwrap();
    }
    // A checkout may have changed the ends of lines.
    let found = std::fs::read_to_string(FILE).unwrap_or_default().replace("\r\n", "\n");
    let same = found.lines().zip(page.lines()).take_while(|(a, b)| a == b).count();
    assert!(
        found == page,
        "docs/reference/fault-matrix.md: differs from what was seen from line {} on; \
         mend it with: cargo xtask generate",
        same + 1
    );
}
