//! Every line is taken or refused as `serde_json` does, and a refusal always has its reason.

use std::io::Cursor;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::engine::profiles::{BlockAt, ProfileFile, Profiles};
use crate::engine::sample;

/// What is said of a single line, if it is refused.
fn refusal(line: &[u8]) -> Option<String> {
    match block_of(line, &Pool::default()) {
        Ok(_) => None,
        Err(NotRead::Line(_, reason)) => Some(reason),
        Err(NotRead::Unreadable(error)) => Some(error.to_string()),
    }
}

/// A change to a text: where, how many bytes are taken out, and what is put there.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let pieces: Vec<&[u8]> = vec![
        b"",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b":",
        b",",
        b" ",
        b"\t",
        b"\\",
        b"\\u00e9",
        b"\\ud83d",
        b"\\ude00",
        b"\\x",
        b"0",
        b"-",
        b"-0",
        b"1.",
        b".5",
        b"e",
        b"E+1",
        b"1e400",
        b"true",
        b"null",
        b"nul",
        b"\x01",
        b"\x7f",
        b"\xff",
        b"\xe9",
        "\u{e9}".as_bytes(),
        b"12345678901234567890",
        b"\"a\":1,",
        b"\"status\":1",
        b"\"lastQualificationTime\":\"2026\"",
    ];
    let piece = prop::sample::select(pieces).prop_map(<[u8]>::to_vec);
    (any::<prop::sample::Index>(), 0..4_usize, piece)
}

fn profile() -> impl Strategy<Value = Vec<u8>> {
    let text = |index| sample::profiles(5, 40).nth(index).unwrap().into_bytes();
    (0..40_usize).prop_map(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_line_is_taken_only_if_it_is_json_and_refused_with_a_reason(
        mut line in profile(),
        edits in prop::collection::vec(edit(), 0..3),
    ) {
        for (place, removed, put) in edits {
            let start = place.index(line.len() + 1);
            let end = (start + removed).min(line.len());
            line.splice(start..end, put);
        }
        let parsed = serde_json::from_slice::<Value>(&line);
        match refusal(&line) {
            None => prop_assert!(parsed.is_ok_and(|value| value.is_object())),
            Some(reason) => prop_assert_ne!(&reason, "it cannot be read"),
        }
    }
}

#[test]
fn numbers_and_strings_are_taken_or_refused_as_serde_json_does() {
    let long = format!("1{}", "0".repeat(400));
    let values = [
        "0",
        "-0",
        "-0.0",
        "00",
        "01",
        "-01",
        "-",
        "+1",
        "1.",
        ".1",
        "1.0",
        "1e",
        "1e+",
        "1e5",
        "1E-5",
        "1e308",
        "1e309",
        "-1e400",
        "0e999",
        "1e-400",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890",
        &long,
        "1.5.2",
        "1x",
        "0x1",
        "NaN",
        "Infinity",
        "true",
        "tru",
        "truex",
        "False",
        "null",
        "nulls",
        r#""""#,
        r#""\"""#,
        r#""\/""#,
        r#""\b\f\n\r\t\\""#,
        r#""\a""#,
        r#""\u0000""#,
        r#""\u12""#,
        r#""\u123g""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83d\u0041""#,
        r#""\ud83dx""#,
        "\"\t\"",
        "\"\u{7f}\"",
        "\"1234567\u{1f}9\"",
        "\"open",
        r#""\"#,
        "'a'",
        "[",
        "[]",
        "[,]",
        "[1,]",
        "[1 2]",
        "[1,2]",
        "{}",
        "{,}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{a:1}"#,
        r#"{"a":1 "b":2}"#,
        "]",
        "",
    ];
    for value in values {
        for line in [format!(r#"{{"x":{value}}}"#), format!(r#" {{ "x" : [ {value} ] }} "#)] {
            let is_json = serde_json::from_str::<Value>(&line).is_ok();
            assert_eq!(refusal(line.as_bytes()).is_none(), is_json, "{line}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_of_the_very_place() {
    let cases = [
        ("[1]", "it is not a JSON object"),
        ("{\"a\":1} x", "trailing characters at column 9"),
        ("{\"a\":", "EOF while parsing a value at column 5"),
        (
            "{\"a\":\"\u{1}\"}",
            "control character (\\u0000-\\u001F) found while parsing a string at column 7",
        ),
        (r#"{"identityMap":[]}"#, "identityMap must be an object of lists by namespace, not []"),
        (
            r#"{"identityMap":{"Email":"a@example.com"}}"#,
            "identityMap.Email must be a list of identities, not \"a@example.com\"",
        ),
        (
            r#"{"segmentMembership":{"ups":["s"]}}"#,
            "segmentMembership.ups must be an object of memberships by segment, not [\"s\"]",
        ),
        (
            r#"{"segmentMembership":{"ups":{"s":"realized"}}}"#,
            "segmentMembership.ups.s must be an object with status and lastQualificationTime, not \
             \"realized\"",
        ),
        (
            r#"{"segmentMembership":{"ups":{"s":{"status":1}}}}"#,
            "segmentMembership.ups.s.status must be a text, not 1",
        ),
        (
            r#"{"segmentMembership":{"ups":{"s":{"lastQualificationTime":"2026-02-30T00:00:00Z"}}}}"#,
            "segmentMembership.ups.s.lastQualificationTime must be an RFC 3339 time, not \
             \"2026-02-30T00:00:00Z\"",
        ),
        (r#"{"eventList":{"a":1}}"#, "eventList must be a list, not {\"a\":1}"),
        (r#"{"eventList":[{},7]}"#, "eventList[1] must be an object, not 7"),
        (
            r#"{"eventList":[{"_emulator":{"ingestedAt":1}}]}"#,
            "eventList[0]._emulator.ingestedAt must be an RFC 3339 time, not 1",
        ),
        (r#"{"_emulator":1}"#, "_emulator must be an object, not 1"),
    ];
    for (line, reason) in cases {
        assert_eq!(refusal(line.as_bytes()).as_deref(), Some(reason), "{line}");
    }
    assert!(refusal(b"{\"a\":\"\xff\"}").unwrap().starts_with("invalid unicode code point"));
}

#[test]
fn null_is_the_same_as_nothing_also_where_something_else_is_expected() {
    let lines = [
        r#"{"identityMap":null,"segmentMembership":null,"eventList":null,"_emulator":null}"#,
        r#"{"identityMap":{"Email":null},"segmentMembership":{"ups":null,"AAM":{"s":null}}}"#,
        r#"{"segmentMembership":{"ups":{"s":{"status":null,"lastQualificationTime":null}}}}"#,
        r#"{"eventList":[null,{"_emulator":null},{"_emulator":{"ingestedAt":null}}]}"#,
    ];
    for line in lines {
        assert_eq!(refusal(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn names_that_are_data_where_they_should_be_fields_are_refused_before_they_fill_the_memory() {
    let names: Vec<String> = (0..5_001).map(|n| format!("\"k{n}\":1")).collect();
    let line = format!("{{{}}}", names.join(","));
    assert!(refusal(line.as_bytes()).unwrap().contains("their names seem to be data"));
    // Further down they are no harm.
    assert_eq!(refusal(format!("{{\"products\":{line}}}").as_bytes()), None);
}

/// Takes in texts, each a source; the error, if there is one.
fn taken(sources: Vec<Vec<u8>>, block: usize) -> Result<u64, String> {
    let folder = tempfile::tempdir().unwrap();
    let sources =
        sources.into_iter().map(|bytes| Source::Reader(Box::new(Cursor::new(bytes)))).collect();
    let options = TakeOptions { block, threads: 2, ..TakeOptions::default() };
    let file = folder.path().join("profiles");
    let taken = take(sources, &file, &options, &mut |_| ControlFlow::Continue(()));
    match taken {
        Ok(profiles) => {
            let file = ProfileFile::open(&file).unwrap();
            assert_eq!(
                Profiles::of(vec![file.into()]).blocks().map(BlockAt::rows).sum::<u64>(),
                profiles
            );
            Ok(profiles)
        }
        Err(TakeError::Line { from, line, reason }) => Err(format!("{from}:{line}: {reason}")),
        Err(other) => Err(other.to_string()),
    }
}

#[test]
fn a_wrong_line_is_found_where_it_is_whatever_the_blocks_are() {
    let bad = b"{\"_id\":\"1\"}\r\n\n  \n{\"_id\":\"2\"}\n{\"_id\":}\n{".to_vec();
    for block in [1, 7, 20, 1_000] {
        let good = b"{}\n{}".to_vec();
        let error = taken(vec![good.clone(), bad.clone()], block).unwrap_err();
        assert_eq!(error, "1:5: expected value at column 8", "{block}");
        assert_eq!(taken(vec![good, b"\n\n".to_vec(), Vec::new()], block), Ok(2));
    }
}

#[test]
fn a_line_that_is_too_long_is_refused() {
    let mut text = b"{}\n{\"a\":\"".to_vec();
    text.resize(16 * 1024 * 1024, b'x');
    text.extend(b"\"}\n{}");
    assert_eq!(taken(vec![text.clone()], 1024 * 1024), Ok(3));
    text.splice(10..10, b"xxxx".to_vec());
    for (block, end) in [(1024 * 1024, text.len()), (1, text.len()), (1, text.len() - 5)] {
        let error = taken(vec![text[..end].to_vec()], block).unwrap_err();
        assert!(error.starts_with("0:2: it is longer than 16 MiB"), "{error}");
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    io::Write::write_all(&mut encoder, text).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn compressed_sources_are_known_by_their_first_bytes() {
    let text: String = sample::profiles(1, 500).map(|line| line + "\n").collect();
    let text = text.as_bytes();
    let skipped = [b"\x5f\x2a\x4d\x18\x03\x00\x00\x00abc".to_vec(), zstandard(text)].concat();
    let marked = [b"\xef\xbb\xbf".as_slice(), text].concat();
    for (what, bytes) in [
        ("plain", text.to_vec()),
        ("marked", marked.clone()),
        ("gzip", gzip(text)),
        ("two gzip members", [gzip(text), gzip(text)].concat()),
        ("marked gzip", gzip(&marked)),
        ("zstd", zstandard(text)),
        ("two frames", [zstandard(text), zstandard(text)].concat()),
        ("a frame that is skipped", skipped),
    ] {
        let count = if what.starts_with("two") { 1_000 } else { 500 };
        assert_eq!(taken(vec![bytes], 10_000), Ok(count), "{what}");
    }
}

#[test]
fn compressed_sources_that_are_cut_off_or_damaged_are_not_taken() {
    let text: String = sample::profiles(1, 500).map(|line| line + "\n").collect();
    for whole in [gzip(text.as_bytes()), zstandard(text.as_bytes())] {
        for length in [5, whole.len() / 2, whole.len() - 1] {
            taken(vec![whole[..length].to_vec()], 10_000).unwrap_err();
        }
        // Checksums are at the end: of Zstandard the last four bytes, of gzip the four before those.
        for place in [whole.len() - 8, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            taken(vec![damaged], 10_000).unwrap_err();
        }
    }
}

#[test]
fn taking_in_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Reader(Box::new(sample::text(1, u64::MAX)));
    let options = TakeOptions { block: 10_000, threads: 2, ..TakeOptions::default() };
    let stop = &mut |profiles| {
        if profiles > 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stopped = take(vec![source], &folder.path().join("profiles"), &options, stop);
    assert!(matches!(stopped, Err(TakeError::Stopped)));
}
