//! Rust source text as a flat list of tokens with their lines.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, LexError, TokenStream, TokenTree};

/// The tokens of one file that are neither comment, documentation nor test.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) tokens: Vec<Token>,
    /// Modules under `#[cfg(test)]` that stand in files of their own.
    pub(crate) test_modules: Vec<TestModule>,
}

/// Where the text of a test module is.
#[derive(Debug)]
pub(crate) enum TestModule {
    /// `mod NAME;`
    Named(String),
    /// `#[path = "FILE"] mod NAME;`: the file, seen from the folder of the one that says so.
    File(String),
}

#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// A word, a sign (`::` is one sign), or a literal as it is written.
    pub(crate) text: String,
    pub(crate) line: usize,
    /// Inside of a `use` declaration.
    pub(crate) in_use: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word,
    /// Punctuation, and brackets.
    Sign,
    /// A literal.
    Text,
}

type Trees = Peekable<proc_macro2::token_stream::IntoIter>;

impl Source {
    pub(crate) fn parse(text: &str) -> Result<Self, LexError> {
        let mut source = Self::default();
        source.read(text.parse()?, false);
        Ok(source)
    }

    fn read(&mut self, stream: TokenStream, mut in_use: bool) {
        let within_use = in_use;
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Punct(sign) if sign.as_char() == '#' => {
                    let inner = next_is(&mut trees, '!');
                    if inner {
                        trees.next();
                    }
                    let Some(TokenTree::Group(attribute)) = trees.peek() else { continue };
                    let attribute = attribute.clone();
                    trees.next();
                    match subject(&attribute) {
                        Subject::Documentation => {}
                        Subject::Test if inner => return,
                        Subject::Test => self.skip_item(&mut trees),
                        Subject::Other => self.read(attribute.stream(), false),
                    }
                }
                TokenTree::Punct(sign) => {
                    let line = sign.span().start().line;
                    let mut text = sign.as_char().to_string();
                    if sign.as_char() == ':' && next_is(&mut trees, ':') {
                        trees.next();
                        text.push(':');
                    }
                    in_use = within_use || (in_use && sign.as_char() != ';');
                    self.push(Kind::Sign, text, line, in_use);
                }
                TokenTree::Ident(word) => {
                    in_use |= word == "use";
                    self.push(Kind::Word, word.to_string(), word.span().start().line, in_use);
                }
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    self.push(Kind::Text, literal.to_string(), line, in_use);
                }
                TokenTree::Group(group) => {
                    // A bracket parts what stands around it: `name!` before it is still one sign.
                    let line = group.span_open().start().line;
                    self.push(Kind::Sign, "(".into(), line, in_use);
                    self.read(group.stream(), in_use);
                    self.push(Kind::Sign, ")".into(), line, in_use);
                }
            }
        }
    }

    fn push(&mut self, kind: Kind, text: String, line: usize, in_use: bool) {
        self.tokens.push(Token { kind, text, line, in_use });
    }

    /// Passes over the item that an attribute stands before: up to its body or its semicolon.
    fn skip_item(&mut self, trees: &mut Trees) {
        let mut last_word = String::new();
        let mut is_module = false;
        let mut file = None;
        for tree in trees.by_ref() {
            match tree {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
                TokenTree::Punct(sign) if sign.as_char() == ';' => {
                    if is_module {
                        let named = TestModule::Named(last_word);
                        self.test_modules.push(file.map_or(named, TestModule::File));
                    }
                    return;
                }
                TokenTree::Group(attribute) => file = file.or_else(|| path_of(&attribute)),
                TokenTree::Ident(word) => {
                    is_module |= word == "mod";
                    last_word = word.to_string();
                }
                _ => {}
            }
        }
    }
}

fn next_is(trees: &mut Trees, wanted: char) -> bool {
    matches!(trees.peek(), Some(TokenTree::Punct(sign)) if sign.as_char() == wanted)
}

/// The file that a `path` attribute names.
fn path_of(attribute: &Group) -> Option<String> {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    Some(text.strip_prefix("path=\"")?.strip_suffix('"')?.to_owned())
}

/// What an attribute is about.
enum Subject {
    Documentation,
    Test,
    Other,
}

fn subject(attribute: &Group) -> Subject {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    if text.starts_with("doc=") {
        Subject::Documentation
    } else if text == "cfg(test)" || text.starts_with("cfg(all(test,") {
        Subject::Test
    } else {
        Subject::Other
    }
}
