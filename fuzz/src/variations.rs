//! A target on what is in `seeds`, and on variations of it that are the same each time.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngSeed, TestRunner};

/// Runs `target` on its seeds, then on as many variations as take about a second.
pub(crate) fn run(name: &str, target: fn(&[u8])) {
    let seeds = seeds(name);
    for seed in seeds.iter() {
        target(seed);
    }
    let config = ProptestConfig {
        cases: cases(name),
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        max_shrink_iters: 1000,
        ..ProptestConfig::default()
    };
    let tested = TestRunner::new(config).run(&input(seeds), |input| {
        target(&input.0);
        Ok(())
    });
    if let Err(error) = tested {
        panic!("{error}");
    }
}

fn cases(name: &str) -> u32 {
    match name {
        // An emulator, or several runs of the program, for each.
        "emulator_imports" | "emulator_requests" => 20,
        "cli_settings" => 100,
        _ => 300,
    }
}

/// What a target is run on.
struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One change to an input.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, Vec<u8>),
    Set(Index, u8),
    Remove(Index, usize),
    /// Bytes of another place come to stand here too.
    Copy(Index, usize, Index),
    /// From here on it is the other seed, from there on.
    GoOn(Index, Index, Index),
}

/// A seed with a few edits. It shrinks to fewer ones.
fn input(seeds: Arc<[Vec<u8>]>) -> impl Strategy<Value = Input> {
    let edits = proptest::collection::vec(edit(), 0..6);
    (any::<Index>(), edits).prop_map(move |(first, edits)| {
        let mut input = first.get(&seeds).clone();
        for edit in edits {
            edit.apply(&mut input, &seeds);
        }
        Input(input)
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    prop_oneof![
        (place(), word()).prop_map(|(at, word)| Edit::Insert(at, word)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (place(), 1_usize..40).prop_map(|(at, length)| Edit::Remove(at, length)),
        (place(), 1_usize..40, place()).prop_map(|(from, length, to)| Edit::Copy(from, length, to)),
        (place(), place(), place()).prop_map(|(at, other, from)| Edit::GoOn(at, other, from)),
    ]
}

fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => proptest::sample::select(words()),
        1 => proptest::collection::vec(any::<u8>(), 1..4),
    ]
}

impl Edit {
    fn apply(self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let end = |at: usize, length: usize, of: &[u8]| (at + length).min(of.len());
        match self {
            Self::Insert(at, word) => {
                let at = at.index(input.len() + 1);
                input.splice(at..at, word);
            }
            Self::Set(at, byte) => {
                if !input.is_empty() {
                    let at = at.index(input.len());
                    input[at] = byte;
                }
            }
            Self::Remove(at, length) => {
                let at = at.index(input.len() + 1);
                input.drain(at..end(at, length, input));
            }
            Self::Copy(from, length, to) => {
                let (from, to) = (from.index(input.len() + 1), to.index(input.len() + 1));
                let copy = input[from..end(from, length, input)].to_vec();
                input.splice(to..to, copy);
            }
            Self::GoOn(at, other, from) => {
                let other = other.get(seeds);
                input.truncate(at.index(input.len() + 1));
                input.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
    }
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// In the order of their names.
pub(crate) fn seeds(target: &str) -> Arc<[Vec<u8>]> {
    let entries = fs::read_dir(folder().join("seeds").join(target)).expect("seeds");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

/// The words that libFuzzer is given too.
fn words() -> Vec<Vec<u8>> {
    static WORDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let read = || {
        let text = fs::read_to_string(folder().join("words.dict")).expect("words");
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(word_of).collect()
    };
    WORDS.get_or_init(read).clone()
}

/// `"a\x0ab"`
fn word_of(line: &str) -> Vec<u8> {
    let quoted = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
    let mut rest = quoted.expect("a word in quotes").as_bytes();
    let mut word = Vec::new();
    while let Some((byte, after)) = rest.split_first() {
        (word, rest) = match (byte, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).expect("a digit") as u8;
                ([word, vec![digit(high) * 16 + digit(low)]].concat(), after)
            }
            (b'\\', [escaped, after @ ..]) => ([word, vec![*escaped]].concat(), after),
            (byte, after) => ([word, vec![*byte]].concat(), after),
        };
    }
    word
}

#[test]
fn words_are_written_as_libfuzzer_reads_them() {
    assert_eq!(word_of(r#""\"id\":""#), b"\"id\":");
    assert_eq!(word_of(r#""\x0a-\\""#), b"\n-\\");
    assert!(words().len() > 100);
}

#[test]
fn what_breaks_is_told_as_its_smallest_input() {
    let seeds: Arc<[Vec<u8>]> = Arc::from([b"abc".to_vec()]);
    let config = ProptestConfig {
        cases: 1000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let found = TestRunner::new(config).run(&input(seeds), |input| {
        assert!(!input.0.contains(&0), "a zero");
        Ok(())
    });
    let told = found.unwrap_err().to_string();
    assert!(told.contains("a zero") && told.contains("minimal failing input: b\""), "{told}");
}
