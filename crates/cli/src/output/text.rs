//! Text of the service made fit for a person's eyes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with everything that could steer a terminal made visible: control characters (C0, C1,
/// DEL) and the characters that turn the direction of writing come out as `\u{1b}`.
///
/// Tabs and line feeds are controls too: a message of the service stays on its line.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    shown(text, steers)
}

/// The same for a text that has lines and tabs by intention.
pub(crate) fn visible_lines(text: &str) -> Cow<'_, str> {
    shown(text, |character| steers(character) && !matches!(character, '\n' | '\t'))
}

fn shown(text: &str, steers: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            plain if !steers(plain) => shown.push(plain),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            steering => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(steering));
            }
        }
    }
    Cow::Owned(shown)
}

/// `json` with the same characters as JSON escapes them, so that it says the same. Our own words to
/// programs are read by people, too.
pub(crate) fn visible_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(steers) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        // Outside of its texts JSON has none of them, and all are in the first plane.
        if steers(character) {
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character could steer a terminal.
pub(crate) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_becomes_visible() {
        let cases = [
            ("plain", "plain"),
            ("北京 → Ærø", "北京 → Ærø"),
            ("\u{1b}]52;c;x\u{7}", "\\u{1b}]52;c;x\\u{7}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("abc\u{202e}txt.exe", "abc\\u{202e}txt.exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("two\nlines\r\tand", "two\\nlines\\r\\tand"),
        ];
        for (text, shown) in cases {
            assert_eq!(visible(text), shown);
        }
        assert_eq!(visible_lines("two\nlines\r\tand\u{1b}["), "two\nlines\\r\tand\\u{1b}[");
    }

    #[test]
    fn json_with_nothing_that_steers_says_the_same() {
        let text = "plain \u{1b}[2J \u{9b}31m\u{7f}\u{202e}\u{2066}\u{feff} 北京 😀 \"quoted\"\\";
        let json = serde_json::to_string(text).unwrap();
        let shown = visible_json(&json);
        assert!(!shown.chars().any(steers) && shown.contains("\\u009b31m\\u007f"), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
