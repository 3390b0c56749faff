//! The report for people at a terminal.

use anstyle::{AnsiColor, Color, Style};
use unicode_width::UnicodeWidthStr;

use super::{Line, Outcome, Part, Report, longest, span, span_or_dash};
use crate::output::table::cut;
use crate::output::text::visible;

/// As wide where nobody looks.
const USUAL_WIDTH: usize = 100;
/// So many jobs have a bar of their own.
const BARS: usize = 20;
/// A bar that is narrower shows nothing.
const NARROWEST_BAR: usize = 6;

/// What a terminal can show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: Option<usize>,
    pub(crate) colour: bool,
    /// Characters beyond ASCII come out as they are meant.
    pub(crate) unicode: bool,
}

/// The whole report.
pub(crate) fn text(report: &Report, screen: Screen) -> String {
    let width = screen.width.unwrap_or(USUAL_WIDTH);
    let mut page = Page { text: String::new(), width, screen };
    page.paragraph(&report.headline());
    page.paragraph(&report.states());
    if !report.lines.is_empty() {
        page.bars(report);
        page.durations(report);
        page.failures(report);
        page.days(report);
    }
    page.text
}

struct Page {
    text: String,
    width: usize,
    screen: Screen,
}

impl Page {
    /// A line of plain text, cut where it does not fit.
    fn line(&mut self, text: &str) {
        let text = self.fitting(&visible(text), self.width);
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// Lines of whole words, as many as it takes; nothing where there is no text.
    fn paragraph(&mut self, text: &str) {
        let mut line = String::new();
        for word in visible(text).split(' ') {
            if !line.is_empty() && line.width() + 1 + word.width() > self.width {
                self.line(&std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.line(&line);
        }
    }

    fn heading(&mut self, text: &str) {
        self.text.push('\n');
        self.line(text);
    }

    fn fitting(&self, text: &str, width: usize) -> String {
        let cut = cut(text, width);
        if self.screen.unicode { cut } else { cut.replace('…', "~") }
    }

    /// Columns, the first to the left and all others but the last to the right. The last is cut
    /// where it does not fit.
    fn columns(&mut self, rows: &[Vec<String>]) {
        let columns = rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width.saturating_sub(cell.width()));
                match column {
                    0 => line.extend([cell.as_str(), &padding]),
                    _ if column + 1 == columns => line.extend(["  ", cell.as_str()]),
                    _ => line.extend(["  ", &padding, cell]),
                }
            }
            self.line(&line);
        }
    }

    fn bars(&mut self, report: &Report) {
        let lines = report.lines.get(..BARS).unwrap_or(&report.lines);
        self.heading("FROM THE CREATION ON");
        let legend = Part::ALL.map(|part| {
            let look = Look::of(part, self.screen.unicode);
            (format!("{} {}", look.glyph, part.name()), look.style)
        });
        let longest = longest(lines);
        let before = Before::of(lines, report, self.width);
        // Two spaces, and the length behind the bar.
        let behind = 2 + lines.iter().map(|line| duration(line).width()).max().unwrap_or(0);
        let room = self.width.saturating_sub(before.width() + 2 + behind);
        for line in lines {
            let text = before.text(line, report, self);
            self.text.push_str(&text);
            if room >= NARROWEST_BAR {
                self.text.push_str("  ");
                self.bar(line, longest, room);
            }
            let duration = duration(line);
            self.text.extend(["  ", duration.as_str()]);
            self.end_line();
        }
        let indent = before.width() + 2;
        if room >= NARROWEST_BAR && longest > 0 {
            let end = span(longest);
            let axis = format!("{:indent$}0{end:>width$}", "", width = room.saturating_sub(1));
            self.line(&axis);
        }
        self.legend(&legend);
        if report.lines.len() > lines.len() {
            let (shown, all) = (lines.len(), report.lines.len());
            self.line(&format!("the newest {shown} of {all} jobs have a bar"));
        }
        if lines.iter().any(|line| line.odd) {
            self.line("! the times of this job contradict each other");
        }
    }

    fn bar(&mut self, line: &Line, longest: u64, room: usize) {
        if line.odd {
            self.text.push_str(&format!("{:<room$}", "!"));
            return;
        }
        let mut drawn = 0;
        for piece in &line.pieces {
            let end = cells(piece.to, longest, room).max(usize::from(drawn == 0));
            let look = Look::of(piece.part, self.screen.unicode);
            let glyphs = look.glyph.repeat(end.saturating_sub(drawn));
            self.styled(&glyphs, look.style);
            drawn = end;
        }
        self.text.push_str(&" ".repeat(room.saturating_sub(drawn)));
    }

    fn legend(&mut self, entries: &[(String, Style)]) {
        let width = entries.iter().map(|(text, _)| text.width() + 2).sum::<usize>();
        let per_line = if width > self.width { 2 } else { entries.len() };
        for entries in entries.chunks(per_line) {
            for (text, style) in entries {
                self.styled(text, *style);
                self.text.push_str("  ");
            }
            self.end_line();
        }
    }

    fn durations(&mut self, report: &Report) {
        let jobs = report.succeeded();
        if jobs == 0 {
            return;
        }
        let jobs = if jobs == 1 { "1 JOB".to_owned() } else { format!("{jobs} JOBS") };
        self.heading(&format!("DURATIONS OF {jobs} THAT SUCCEEDED"));
        let mut rows = vec![["", "p50", "p95", "max", ""].map(str::to_owned).to_vec()];
        for (name, spread) in report.spreads() {
            let spread = |of: fn(super::Spread) -> u64| span_or_dash(spread.map(of));
            rows.push(vec![
                name.to_owned(),
                spread(|spread| spread.p50),
                spread(|spread| spread.p95),
                spread(|spread| spread.max),
                String::new(),
            ]);
        }
        self.columns(&rows);
    }

    fn failures(&mut self, report: &Report) {
        if report.failings.is_empty() {
            return;
        }
        self.heading("FAILURES");
        let mut rows = vec![["CODE", "JOBS", "LAST", "MESSAGE"].map(str::to_owned).to_vec()];
        for failing in &report.failings {
            let said = failing.message.as_deref().unwrap_or("-");
            rows.push(vec![
                visible(failing.code()).into_owned(),
                failing.jobs.to_string(),
                failing.last.map_or_else(|| "-".to_owned(), |at| report.moment(at)),
                visible(&format!("{said} (job {})", failing.example)).into_owned(),
            ]);
        }
        self.columns(&rows);
    }

    fn days(&mut self, report: &Report) {
        let (Some(first), Some(last)) = (report.days.first(), report.days.last()) else { return };
        let longest = report.days.iter().filter_map(|day| day.longest).max();
        self.heading(&format!("DAYS FROM {} TO {}", first.date, last.date));
        let height = |day: &super::Day| level(day.longest, longest, self.screen.unicode);
        let heights: String = report.days.iter().map(height).collect();
        let failed = |day: &super::Day| match day.failed {
            0 if day.jobs == 0 => ' ',
            0 => '-',
            few @ 1..=9 => char::from_digit(u32::try_from(few).unwrap_or(9), 10).unwrap_or('9'),
            _ => '+',
        };
        let failures: String = report.days.iter().map(failed).collect();
        let longest =
            longest.map_or_else(String::new, |most| format!(" (highest: {})", span(most)));
        self.line(&format!("{heights}  longest job of the day{longest}"));
        self.line(&format!("{failures}  failed jobs"));
    }

    fn styled(&mut self, text: &str, style: Style) {
        if self.screen.colour {
            self.text.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.text.push_str(text);
        }
    }

    fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}

/// What stands before a bar; in a narrow window the time of creation is left out.
struct Before {
    id: usize,
    status: usize,
    created: bool,
}

impl Before {
    const LONGEST_ID: usize = 12;
    const CREATED: usize = "01-02 03:04".len();

    fn of(lines: &[Line], report: &Report, width: usize) -> Self {
        let widest = |of: &dyn Fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or(0);
        let id = widest(&|line| visible(&line.id).width()).min(Self::LONGEST_ID);
        let status = widest(&|line| visible(&line.status).width()).min(Self::LONGEST_ID);
        let created = width >= 72 && report.period().is_some();
        Self { id, status, created }
    }

    fn width(&self) -> usize {
        self.id + 2 + 2 + self.status + if self.created { 2 + Self::CREATED } else { 0 }
    }

    fn text(&self, line: &Line, report: &Report, page: &Page) -> String {
        let cell = |text: &str, width: usize| {
            let text = page.fitting(&visible(text), width);
            let padding = " ".repeat(width.saturating_sub(text.width()));
            format!("{text}{padding}")
        };
        let (glyph, style) = mark(line.outcome, page.screen.unicode);
        let status = cell(&line.status, self.status);
        let status = if page.screen.colour {
            format!("{style}{glyph} {status}{style:#}")
        } else {
            format!("{glyph} {status}")
        };
        let mut text = format!("{}  {status}", cell(&line.id, self.id));
        if self.created {
            let at = line.created.map(|at| report.clock(at, "%m-%d %H:%M"));
            text.extend(["  ", &cell(at.as_deref().unwrap_or("-"), Self::CREATED)]);
        }
        text
    }
}

/// How long it took, or has taken so far.
fn duration(line: &Line) -> String {
    match (line.total, line.end()) {
        (Some(total), _) => span(total),
        (None, Some(end)) if line.outcome == Outcome::Open => format!("{} so far", span(end)),
        (None, end) => span_or_dash(end),
    }
}

/// How a part of a bar looks. The glyphs differ where there is no colour.
struct Look {
    glyph: &'static str,
    style: Style,
}

impl Look {
    fn of(part: Part, unicode: bool) -> Self {
        let (glyph, ascii, colour) = match part {
            Part::Waiting => ("░", ".", AnsiColor::BrightBlack),
            Part::Reading => ("█", "#", AnsiColor::Blue),
            Part::Writing => ("▒", "=", AnsiColor::Green),
            Part::Untold => ("?", "?", AnsiColor::Yellow),
        };
        Self { glyph: if unicode { glyph } else { ascii }, style: coloured(colour) }
    }
}

fn mark(outcome: Outcome, unicode: bool) -> (&'static str, Style) {
    let (ascii, colour) = match outcome {
        Outcome::Succeeded => ("+", AnsiColor::Green),
        Outcome::Failed => ("x", AnsiColor::Red),
        Outcome::Cancelled => ("-", AnsiColor::Yellow),
        Outcome::Open => ("~", AnsiColor::Cyan),
    };
    (if unicode { outcome.mark() } else { ascii }, coloured(colour))
}

fn coloured(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// How many of `room` cells `to` takes, where `longest` takes all.
fn cells(to: u64, longest: u64, room: usize) -> usize {
    let scaled = u128::from(to) * room as u128 * 2 / u128::from(longest.max(1));
    usize::try_from(scaled.div_ceil(2)).unwrap_or(room).min(room)
}

/// One of eight heights; a day without a job that ended is low down.
fn level(value: Option<u64>, most: Option<u64>, unicode: bool) -> char {
    let heights = if unicode { "▁▂▃▄▅▆▇█" } else { "12345678" };
    let (Some(value), Some(most)) = (value, most) else { return if unicode { '·' } else { '.' } };
    heights.chars().nth(cells(value, most, 8).saturating_sub(1)).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::*;

    fn shown(width: usize, colour: bool, unicode: bool) -> String {
        text(&testing::report(), Screen { width: Some(width), colour, unicode })
    }

    #[test]
    fn at_a_usual_width() {
        testing::assert_kept("terminal.txt", &shown(100, false, true));
    }

    #[test]
    fn in_ascii_and_in_a_narrow_window() {
        let narrow = shown(48, false, false);
        testing::assert_kept("terminal-narrow.txt", &narrow);
        assert!(narrow.is_ascii(), "{narrow}");
    }

    #[test]
    fn every_width_is_kept() {
        for width in 20..140 {
            let shown = shown(width, false, true);
            let longest = shown.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(longest <= width.max(45), "{width}: {longest}\n{shown}");
        }
    }

    #[test]
    fn colour_adds_nothing_but_colour_and_the_service_adds_none() {
        let coloured = shown(100, true, true);
        assert!(coloured.contains("\u{1b}[34m█"), "{coloured}");
        let mut plain = String::new();
        for (index, text) in coloured.split('\u{1b}').enumerate() {
            plain.push_str(if index == 0 { text } else { text.split_once('m').unwrap().1 });
        }
        let same = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(same(&plain), same(&shown(100, false, true)));
        assert!(!shown(100, false, true).contains('\u{1b}'));
    }

    #[test]
    fn nothing_is_told_of_no_jobs() {
        let none = Report::of(Vec::new(), 0, jiff::tz::TimeZone::UTC);
        let screen = Screen { width: None, colour: false, unicode: true };
        assert_eq!(text(&none, screen), "no jobs\n");
    }

    proptest! {
        #[test]
        fn a_longer_time_never_has_the_shorter_bar(
            a in any::<u64>(), b in any::<u64>(), longest in 1_u64.., room in 1_usize..200,
        ) {
            let (a, b) = (a.min(b).min(longest), a.max(b).min(longest));
            prop_assert!(cells(a, longest, room) <= cells(b, longest, room));
            prop_assert_eq!(cells(longest, longest, room), room);
        }
    }
}
