//! A record as variables: `job_id=42`, for a shell and for the files of a CI system.

use std::io::{self, Write};

use super::cell::Cell;
use super::columns::Chosen;
use super::text::steers;
use crate::quote::quote;

/// Writes a line for each value. What is missing is there, and empty.
///
/// A name begins with the kind of record, so that no line can set a variable that means something
/// to a shell; a value is on its line, so that none can set another variable.
pub(crate) fn record(
    out: &mut dyn Write,
    kind: &str,
    columns: &[Chosen],
    cells: &[Cell],
) -> io::Result<()> {
    for (column, cell) in columns.iter().zip(cells) {
        writeln!(out, "{}", assignment(&name(kind, &column.name), &cell.plain()))?;
    }
    Ok(())
}

fn name(kind: &str, column: &str) -> String {
    let words = format!("{kind}_{}", column.trim_start_matches('.'));
    words.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// What gives `name` this very value in a POSIX shell, in one line. No variable can hold a NUL: it
/// is left out.
fn assignment(name: &str, value: &str) -> String {
    match value.replace('\0', "") {
        nothing if nothing.is_empty() => format!("{name}="),
        value if value.contains(steers) => {
            // A substitution loses the line feeds at its end, so something else ends it.
            let escaped: String = value.chars().map(escaped).collect();
            format!("{name}=\"$(printf '%b.' '{escaped}')\"; {name}=${{{name}%.}}")
        }
        value => format!("{name}={}", quote(&value)),
    }
}

/// The character as `printf %b` reads it inside single quotes.
fn escaped(character: char) -> String {
    let mut bytes = [0; 4];
    let encoded = character.encode_utf8(&mut bytes);
    if steers(character) || matches!(character, '\\' | '\'') {
        encoded.bytes().map(|byte| format!("\\0{byte:03o}")).collect()
    } else {
        encoded.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value that a shell has after each assignment.
    #[cfg(unix)]
    fn in_shell(values: &[String]) -> Vec<String> {
        let mut script = String::from("set -eu\n");
        for value in values {
            script
                .push_str(&format!("{}\nprintf '%s\\0' \"$job_x\"\n", assignment("job_x", value)));
        }
        let mut shell = std::process::Command::new("/bin/sh")
            .env_clear()
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let said = shell.wait_with_output().unwrap();
        assert!(said.status.success());
        let said = String::from_utf8(said.stdout).unwrap();
        said.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn names_are_names_whatever_the_path() {
        for (kind, column, expected) in [
            ("job", "id", "job_id"),
            ("segment job", "id", "segment_job_id"),
            ("job", ".requestId", "job_requestId"),
            ("job", "errors.0.code", "job_errors_0_code"),
            ("job", ".a b;c=$(d)", "job_a_b_c___d_"),
        ] {
            assert_eq!(name(kind, column), expected);
        }
    }

    #[test]
    fn only_what_needs_it_is_more_than_a_word() {
        for (value, line) in [
            ("", "x="),
            ("\0", "x="),
            ("42", "x=42"),
            ("2018-10-04T01:19:33.895Z", "x=2018-10-04T01:19:33.895Z"),
            ("a b", "x='a b'"),
            ("it's\n", "x=\"$(printf '%b.' 'it\\0047s\\0012')\"; x=${x%.}"),
            ("\u{202e}", "x=\"$(printf '%b.' '\\0342\\0200\\0256')\"; x=${x%.}"),
        ] {
            assert_eq!(assignment("x", value), line, "{value:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_has_the_very_value() {
        let values = [
            "a\nb",
            "a\n\n",
            "\n",
            "\r\n",
            "'",
            "\\",
            "\\n",
            "\\0101\n",
            "\\c\n",
            "%s%d\n",
            "a\tb",
            "$(touch owned)\n",
            "`touch owned`",
            "$HOME\n",
            "${x%.}.",
            ".",
            ".\n",
            "\"\n\"",
            "黄金\n",
            "\u{9b}\u{7f}\u{1b}[2J",
            "\u{feff}x\u{2028}",
            " a ",
            "-n",
            "-e\n",
            "~",
            "*",
            "a\n#b",
            "!\n",
        ]
        .map(str::to_owned);
        assert_eq!(in_shell(&values), values);
    }

    #[cfg(unix)]
    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
        #[test]
        fn no_value_is_another_one_or_leaves_its_line(
            values in prop::collection::vec("[\\x01-\\x7f]{0,12}|[^\\x00]{0,6}|['\"\\\\\n$`]{0,6}", 1..200)
        ) {
            for value in &values {
                let leaves = assignment("x", value).contains(steers);
                prop_assert!(!leaves, "{:?}", value);
            }
            prop_assert_eq!(in_shell(&values), values);
        }
    }
}
