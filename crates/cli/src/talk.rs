//! Talk: everything that is said on standard error.

use std::io::Write;
use std::sync::{Arc, Mutex};

use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::failure::{Failure, Kind};
use crate::output::table::cut;
use crate::output::text::{visible, visible_json};

/// Standard error, shared with the log.
pub(crate) type SharedWriter = Arc<Mutex<Box<dyn Write + Send>>>;

/// How to talk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Lines of JSON, for the program that reads the data as JSON.
    pub(crate) json: bool,
    /// Failures and warnings only.
    pub(crate) quiet: bool,
    /// With colour.
    pub(crate) colour: bool,
    /// A line that is written over and over shows progress.
    pub(crate) live: bool,
    /// Width of the terminal.
    pub(crate) width: Option<usize>,
    /// Its height: what has left the screen at the top cannot be drawn again.
    pub(crate) height: Option<usize>,
}

/// Says things on standard error.
pub(crate) struct Talk {
    out: SharedWriter,
    manner: Manner,
    /// So many live lines are on the screen, and must be wiped before anything else is said.
    drawn: usize,
}

impl Talk {
    pub(crate) fn new(out: SharedWriter, manner: Manner) -> Self {
        Self { out, manner, drawn: 0 }
    }

    pub(crate) fn manner(&self) -> Manner {
        self.manner
    }

    /// Standard error itself, for the log.
    pub(crate) fn writer(&self) -> SharedWriter {
        Arc::clone(&self.out)
    }

    /// Something good to know.
    pub(crate) fn note(&mut self, text: &str) {
        if self.manner.quiet {
            return;
        }
        if self.manner.json {
            self.document(&json!({ "event": "note", "message": text }).to_string());
        } else {
            self.line(&visible(text));
        }
    }

    /// Something that may not be meant.
    pub(crate) fn warn(&mut self, text: &str) {
        if self.manner.json {
            self.document(&json!({ "event": "warning", "message": text }).to_string());
        } else {
            let label = self.styled("warning:", AnsiColor::Yellow);
            self.line(&format!("{label} {}", visible(text)));
        }
    }

    /// Something that happened, as a value for programs and as a sentence for people.
    pub(crate) fn event(&mut self, value: &serde_json::Value, sentence: &str) {
        if self.manner.quiet {
            return;
        }
        if self.manner.json {
            self.document(&value.to_string());
        } else {
            self.line(&visible(sentence));
        }
    }

    /// Why the command failed.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        if failure.kind() == Kind::ClosedPipe {
            return;
        }
        if self.manner.json {
            self.document(&failure.json());
            return;
        }
        let label = self.styled("error:", AnsiColor::Red);
        let sentences = failure.sentences();
        let mut sentences = sentences.iter().map(|sentence| visible(sentence));
        self.line(&format!("{label} {}", sentences.next().unwrap_or_default()));
        for more in sentences {
            self.line(&more);
        }
        for trail in failure.trail() {
            self.line(&format!("  {}", visible(&trail)));
        }
        if let Some(hint) = failure.next_step() {
            let label = self.styled("hint:", AnsiColor::Cyan);
            self.line(&format!("{label} {}", visible(hint)));
        }
    }

    /// Shows how far things are on a line that the next one replaces. Only where somebody watches.
    pub(crate) fn live(&mut self, text: &str) {
        self.live_lines(&[text.to_owned()]);
    }

    /// The same on several lines. Of more than the screen has the last stays, and of the others as many
    /// as there is room for.
    pub(crate) fn live_lines(&mut self, lines: &[String]) {
        if !self.manner.live || lines.is_empty() {
            return;
        }
        let width = self.manner.width.unwrap_or(80).saturating_sub(1);
        let lines = fitting(lines, self.manner.height);
        let lines: Vec<String> = lines.iter().map(|line| cut(&visible(line), width)).collect();
        let wiped = self.wiping();
        self.write(&format!("{wiped}{}", lines.join("\n")));
        self.drawn = lines.len();
    }

    /// Takes the live lines off the screen.
    pub(crate) fn wipe(&mut self) {
        if self.drawn > 0 {
            let wiped = self.wiping();
            self.write(&wiped);
            self.drawn = 0;
        }
    }

    /// Leaves the live lines on the screen, as the last of their kind.
    pub(crate) fn leave(&mut self) {
        if self.drawn > 0 {
            self.write("\n");
            self.drawn = 0;
        }
    }

    /// What takes the live lines off the screen, from the last one up, and makes room for the next.
    fn wiping(&self) -> String {
        let above = self.drawn.saturating_sub(1);
        format!("\r\u{1b}[2K{}", "\u{1b}[1A\u{1b}[2K".repeat(above))
    }

    /// Asks for an answer on the same line.
    pub(crate) fn ask(&mut self, question: &str) {
        self.wipe();
        self.write(&format!("{} ", visible(question)));
    }

    fn styled(&self, label: &str, colour: AnsiColor) -> String {
        if !self.manner.colour {
            return label.to_owned();
        }
        let style = Style::new().bold().fg_color(Some(colour.into()));
        format!("{style}{label}{style:#}")
    }

    /// A line for programs, which people may read all the same.
    fn document(&mut self, json: &str) {
        self.line(&visible_json(json));
    }

    fn line(&mut self, text: &str) {
        self.wipe();
        self.write(&format!("{text}\n"));
    }

    /// When nobody can hear it there is nobody to tell.
    fn write(&mut self, text: &str) {
        if let Ok(mut out) = self.out.lock() {
            let _ = out.write_all(text.as_bytes());
            let _ = out.flush();
        }
    }
}

/// As many of the lines as a screen of `height` has room for.
fn fitting(lines: &[String], height: Option<usize>) -> Vec<String> {
    let room = height.unwrap_or(usize::MAX).max(3);
    match lines {
        [shown @ .., last] if lines.len() > room => {
            let (shown, more) = shown.split_at(room - 2);
            let left_out = format!("... {} more", more.len());
            shown.iter().cloned().chain([left_out, last.clone()]).collect()
        }
        all => all.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Shared;

    fn said(manner: Manner, say: impl FnOnce(&mut Talk)) -> String {
        let shared = Shared::default();
        let mut talk = Talk::new(Arc::new(Mutex::new(Box::new(shared.clone()))), manner);
        say(&mut talk);
        shared.text()
    }

    #[test]
    fn a_failure_is_a_sentence_and_a_hint_or_one_line_of_json() {
        let failure = Failure::usage("no such \u{1b}[2J flag").hint("try --help");
        assert_eq!(
            said(Manner::default(), |talk| talk.failure(&failure)),
            "error: no such \\u{1b}[2J flag\nhint: try --help\n"
        );
        let json = said(Manner { json: true, ..Manner::default() }, |talk| talk.failure(&failure));
        assert_eq!(json.lines().count(), 1);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["message"], "no such \u{1b}[2J flag");
    }

    #[test]
    fn quiet_leaves_out_notes_and_keeps_warnings() {
        let manner = Manner { quiet: true, ..Manner::default() };
        assert_eq!(said(manner, |talk| talk.note("created")), "");
        assert_eq!(said(manner, |talk| talk.warn("unknown key")), "warning: unknown key\n");
    }

    #[test]
    fn a_live_line_gives_way() {
        let manner = Manner { live: true, width: Some(10), ..Manner::default() };
        let text = said(manner, |talk| {
            talk.live("a long line of progress");
            talk.note("done");
        });
        assert_eq!(text, "\r\u{1b}[2Ka long l…\r\u{1b}[2Kdone\n");
        assert_eq!(said(Manner::default(), |talk| talk.live("unseen")), "");
        let lines = ["total".to_owned(), "one".to_owned(), "two".to_owned()];
        let text = said(manner, |talk| {
            talk.live_lines(&lines);
            talk.live_lines(&lines[..2]);
            talk.wipe();
            talk.wipe();
        });
        let three_up = "\r\u{1b}[2K\u{1b}[1A\u{1b}[2K\u{1b}[1A\u{1b}[2K";
        let two_up = "\r\u{1b}[2K\u{1b}[1A\u{1b}[2K";
        let expected = format!("\r\u{1b}[2Ktotal\none\ntwo{three_up}total\none{two_up}");
        assert_eq!(text, expected);
    }

    #[test]
    fn no_more_is_drawn_than_the_screen_can_take_back() {
        let lines: Vec<String> = ["head", "1", "2", "3", "4", "foot"].map(str::to_owned).into();
        assert_eq!(fitting(&lines, None), lines);
        assert_eq!(fitting(&lines, Some(6)), lines);
        assert_eq!(fitting(&lines, Some(5)), ["head", "1", "2", "... 2 more", "foot"]);
        assert_eq!(fitting(&lines, Some(1)), ["head", "... 4 more", "foot"]);
        let manner = Manner { live: true, height: Some(3), ..Manner::default() };
        let text = said(manner, |talk| {
            talk.live_lines(&lines);
            talk.leave();
            talk.note("said");
        });
        assert_eq!(text, "\r\u{1b}[2Khead\n... 4 more\nfoot\nsaid\n");
    }

    #[test]
    fn each_problem_has_a_line() {
        let failure = Failure::of_problems(vec!["a is \u{1b}".to_owned(), "b is".to_owned()]);
        let text = said(Manner::default(), |talk| talk.failure(&failure));
        assert_eq!(text, "error: 2 problems:\n  a is \\u{1b}\n  b is\n");
        let json = said(Manner { json: true, ..Manner::default() }, |talk| talk.failure(&failure));
        assert!(json.contains(r#""message":"2 problems: a is \u001b; b is","#), "{json}");
    }

    #[test]
    fn nothing_that_is_said_steers_the_terminal() {
        let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\r\n";
        let manner = Manner { live: true, ..Manner::default() };
        let ways: [fn(&mut Talk, &str); 6] = [
            |talk, text| talk.note(text),
            |talk, text| talk.warn(text),
            |talk, text| talk.event(&json!({}), text),
            |talk, text| talk.live(text),
            |talk, text| talk.ask(text),
            |talk, text| talk.failure(&Failure::usage(text).hint(text)),
        ];
        for (number, say) in ways.iter().enumerate() {
            let text = said(manner, |talk| say(talk, evil));
            // What draws a live line is our own.
            let text = text.replace("\r\u{1b}[2K", "").replace('\n', "");
            assert!(text.contains("\\u{1b}]0;x"), "number {number}: {text:?}");
            let steers = |char: char| char.is_control() || char == '\u{202e}';
            assert!(!text.contains(steers), "number {number}: {text:?}");
        }
    }

    #[test]
    fn a_closed_pipe_is_silent() {
        let failure = Failure::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!(said(Manner::default(), |talk| talk.failure(&failure)), "");
        assert_eq!(failure.exit().code(), 0);
    }
}
