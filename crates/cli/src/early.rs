//! What must be known before the command line is read: how to say that it cannot be.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::cli::Color;
use crate::env::Env;

/// How to talk while the command line is not understood yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Early {
    /// Failures are read by a program.
    pub(crate) json: bool,
    color: Color,
}

impl Early {
    /// Looks for the two flags that matter, wherever they stand.
    pub(crate) fn of(args: &[OsString], env: &Env) -> Self {
        let words: Vec<&str> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
        let format = value_of(&words, "--output", Some("-o"))
            .or_else(|| env.vars.get("AEP_OUTPUT").and_then(|value| value.to_str()));
        let color = match value_of(&words, "--color", None) {
            Some("always") => Color::Always,
            Some("never") => Color::Never,
            _ => Color::Auto,
        };
        Self { json: matches!(format, Some("json" | "ndjson")), color }
    }

    /// Whether to use colour on a stream that `is_terminal` or not.
    pub(crate) fn colour(self, env: &Env, is_terminal: bool) -> bool {
        let set = |name: &str| env.vars.get(name).filter(|value| !value.is_empty());
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR").is_some() => false,
            Color::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Color::Auto => is_terminal && set("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

/// Whether a line on standard error can be drawn over and over for somebody who watches. The logs of
/// some CI systems pretend to be terminals.
pub(crate) fn can_redraw(env: &Env) -> bool {
    let set = |name: &str| env.vars.get(name).filter(|value| !value.is_empty());
    env.stderr_is_terminal && set("CI").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}

/// Whether characters beyond ASCII come out as they are meant, by the variables that say so in the
/// order that POSIX gives them. Where none is set, as under cron, they do not; Windows has no such
/// variables and needs none.
pub(crate) fn takes_unicode(vars: &BTreeMap<String, OsString>) -> bool {
    let set =
        |name: &str| vars.get(name).and_then(|value| value.to_str()).filter(|v| !v.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let is_utf8 = |locale: &str| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    locale.map_or(cfg!(windows), is_utf8)
}

/// The last value of a flag in any spelling: `--flag v`, `--flag=v`, `-f v`, `-fv`, `-f=v`.
pub(crate) fn value_of<'a>(words: &[&'a str], long: &str, short: Option<&str>) -> Option<&'a str> {
    let mut found = None;
    let mut words = words.iter().take_while(|word| **word != "--");
    while let Some(word) = words.next() {
        if *word == long || Some(*word) == short {
            found = words.next().copied();
        } else if let Some(value) = word.strip_prefix(long) {
            found = value.strip_prefix('=').or(found);
        } else if let Some(value) = short.and_then(|short| word.strip_prefix(short)) {
            found = Some(value.strip_prefix('=').unwrap_or(value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_says_what_can_be_shown() {
        let takes = |vars: &[(&str, &str)]| {
            let set = |(name, value): &(&str, &str)| ((*name).to_owned(), OsString::from(*value));
            takes_unicode(&vars.iter().map(set).collect())
        };
        assert!(takes(&[("LANG", "ja_JP.UTF-8")]));
        assert!(takes(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!takes(&[("LC_ALL", "POSIX"), ("LANG", "ja_JP.UTF-8")]));
        assert!(!takes(&[("LANG", "ja_JP.eucJP")]));
        assert_eq!(takes(&[]), cfg!(windows));
    }

    #[test]
    fn finds_the_format_in_every_spelling() {
        for line in
            ["x -o json", "x --output json list", "x list --output=json", "x -ojson", "x -o=json"]
        {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(value_of(&words, "--output", Some("-o")), Some("json"), "{line}");
        }
        for line in ["x", "x -o", "x -- -o json", "x --outputs=json", "x --org json"] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(value_of(&words, "--output", Some("-o")), None, "{line}");
        }
    }
}
