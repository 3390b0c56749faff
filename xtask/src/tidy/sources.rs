//! Words that a layer's sources must not hold.
//!
//! The text is read as Rust tokens, so that comments and documentation never count, and what is
//! under `#[cfg(test)]` is left out: tests may print and read what they like.

mod tokens;

use std::collections::BTreeSet;

use super::Violation;
use super::law::{LAYERS, Layer, Sign, Words};
use crate::Outcome;
use crate::workspace::Workspace;
use tokens::{Kind, Source, TestModule, Token};

pub(super) fn of_workspace(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let mut found = Vec::new();
    for layer in LAYERS {
        let mut sources = Vec::new();
        for file in workspace.files(&format!("{}/src", layer.folder), "rs") {
            let text = workspace.read(&file)?;
            let source = Source::parse(&text).map_err(|error| format!("{file}: {error}"))?;
            sources.push((file, source));
        }
        found.extend(of_layer(layer, &sources));
    }
    Ok(found)
}

fn of_layer(layer: &Layer, sources: &[(String, Source)]) -> Vec<Violation> {
    let tests = test_modules(sources);
    sources
        .iter()
        .filter(|(file, _)| !tests.iter().any(|module| is_in(file, module)))
        .flat_map(|(file, source)| of_file(layer, file, source))
        .collect()
}

fn of_file(layer: &Layer, file: &str, source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for words in layer.words {
        for sign in words.signs {
            let lines: BTreeSet<usize> = sign.lines(source).collect();
            found.extend(lines.into_iter().map(|line| violation(file, line, *sign, words)));
        }
    }
    found
}

fn violation(file: &str, line: usize, sign: Sign, words: &Words) -> Violation {
    let what = match sign {
        Sign::Macro(name) => format!("uses {name}!"),
        Sign::Segment(name) => format!("uses {name} in a path"),
        Sign::Word(name) => format!("has the word {name}"),
        Sign::Inside(name) => format!("speaks of {name}"),
    };
    let place = format!("{file}:{line}");
    Violation { place, what, rule: words.rule.into(), why: words.why.into() }
}

impl Sign {
    /// The lines on which the sign stands.
    fn lines<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = usize> + 'a {
        let at = |index: usize| source.tokens.get(index);
        let shows = move |(index, token): &(usize, &Token)| {
            let before = index.checked_sub(1).and_then(at);
            self.is_at(before, token, at(index + 1))
        };
        source.tokens.iter().enumerate().filter(shows).map(|(_, token)| token.line)
    }

    fn is_at(&self, before: Option<&Token>, token: &Token, after: Option<&Token>) -> bool {
        let next_is = |text: &str| after.is_some_and(|token| token.text == text);
        let is_ident = |name: &str| token.kind == Kind::Word && token.text == name;
        match self {
            Self::Macro(name) => is_ident(name) && next_is("!"),
            Self::Segment(name) => {
                let in_path =
                    token.in_use || next_is("::") || before.is_some_and(|token| token.text == "::");
                is_ident(name) && in_path && !next_is("!")
            }
            Self::Word(name) => match token.kind {
                Kind::Word => token.text == *name,
                Kind::Text => has_word(&token.text, name),
                Kind::Sign => false,
            },
            Self::Inside(name) => token.kind != Kind::Sign && plain(&token.text).contains(name),
        }
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !"_-/".contains(*c)).flat_map(char::to_lowercase).collect()
}

/// The paths, without ending, of modules that are declared under `#[cfg(test)]` in another file.
fn test_modules(sources: &[(String, Source)]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, source) in sources {
        let stem = file.strip_suffix(".rs").unwrap_or(file);
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let own = if ["lib", "main", "mod"].contains(&name) { folder } else { stem };
        found.extend(source.test_modules.iter().map(|module| match module {
            TestModule::Named(name) => format!("{own}/{name}"),
            TestModule::File(path) => {
                format!("{folder}/{}", path.strip_suffix(".rs").unwrap_or(path))
            }
        }));
    }
    found
}

fn is_in(file: &str, module: &str) -> bool {
    file.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
