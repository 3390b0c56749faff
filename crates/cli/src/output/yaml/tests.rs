use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn written(json: &str) -> String {
    let mut out = Vec::new();
    document(&mut out, json.as_bytes()).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn order_numbers_and_texts_come_through() {
    let json = r#"{"z": 18446744073709551616, "id": 24115.0, "a": 1, "a": 1.23456789E+11,
        "deep": {"list": [{"code": "0100000003", "msg": "Error: \"x\""}, [1, [2]], [], {}],
        "none": null}, "s": "two\nlines", "empty": ""}"#;
    assert_eq!(
        written(json),
        "z: 18446744073709551616\nid: 24115.0\na: 1.23456789E+11\ndeep:\n  list:\n    \
         - code: \"0100000003\"\n      msg: \"Error: \\\"x\\\"\"\n    - - 1\n      - - 2\n    \
         - []\n    - {}\n  none: null\ns: \"two\\nlines\"\nempty: \"\"\n"
    );
    assert_eq!(written("7"), "7\n");
    assert_eq!(written(" [ ] "), "[]\n");
}

#[test]
fn a_text_is_plain_only_where_nobody_takes_it_for_something_else() {
    for (text, shown) in [
        ("SUCCEEDED", "SUCCEEDED"),
        ("Gold members", "Gold members"),
        ("黄金会员", "黄金会员"),
        ("yes", "\"yes\""),
        ("NULL", "\"NULL\""),
        ("7", "\"7\""),
        ("1e3", "\"1e3\""),
        ("a: b", "\"a: b\""),
        ("a #b", "\"a #b\""),
        ("-a", "\"-a\""),
        ("a ", "\"a \""),
        ("@x", "\"@x\""),
        ("2018-10-04", "\"2018-10-04\""),
        ("\u{1b}[2J\u{9b}\u{202e}\u{feff}", "\"\\u001b[2J\\u009b\\u202e\\ufeff\""),
    ] {
        assert_eq!(scalar(text), shown, "{text:?}");
    }
}

#[test]
fn a_list_grows_item_by_item() {
    let mut out = Vec::new();
    for json in [r#"{"id": 7, "x": {"y": [1]}}"#, "{}", r#"[1]"#, r#""a""#] {
        item(&mut out, json.as_bytes()).unwrap();
    }
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "- id: 7\n  x:\n    \"y\":\n      - 1\n- {}\n- - 1\n- a\n"
    );
}

#[test]
fn brackets_without_end_are_an_error_and_no_crash() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let mut out = Vec::new();
    assert!(document(&mut out, deep.as_bytes()).is_err());
}

/// What another reader finds in a document of YAML 1.2.
fn read(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}:\n{yaml}"))
}

/// Texts that some reader of some version takes for something else, or that YAML has a use for.
const ODD_TEXTS: &[&str] = &[
    "",
    " ",
    " a",
    "a ",
    "a\n",
    "\n",
    "\na\n\nb\n",
    "two\nlines",
    "\t",
    "a\tb",
    "a\r\nb",
    "~",
    "null",
    "Null",
    "NULL",
    "true",
    "True",
    "TRUE",
    "false",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "7",
    "-7",
    "+7",
    "007",
    "0o17",
    "0x1F",
    "1_000",
    "1.0",
    ".5",
    "1.",
    "1e3",
    "1E+3",
    ".inf",
    "-.INF",
    ".NaN",
    "nan",
    "inf",
    "12:30:45",
    "2018-10-04",
    "2018-10-04T01:19:33.895Z",
    "2018-10-04 01:19:33",
    "=",
    "<<",
    "-",
    "- a",
    "---",
    "...",
    "?",
    "? a",
    ":",
    "a:",
    "a: b",
    ":a",
    "#a",
    "a #b",
    "a#b",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "[a]",
    "{a: b}",
    "'a'",
    "\"a\"",
];

const MORE_TEXTS: &[&str] = &[
    "a, b",
    "a\\nb",
    "\\",
    "\0",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}",
    "\u{9b}",
    "\u{a0}",
    "\u{2028}x\u{2029}",
    "\u{202e}txt",
    "\u{feff}",
    "\u{fffe}\u{ffff}",
    "黄金会员 🥇",
    "é\u{301}",
    "\u{10ffff}",
];

#[test]
fn another_reader_finds_every_text_as_key_item_and_value() {
    for text in ODD_TEXTS.iter().chain(MORE_TEXTS) {
        let mut member = Map::new();
        member.insert((*text).to_owned(), json!([text, [text], {"a": text}]));
        for value in [json!(text), json!([text]), Value::Object(member)] {
            assert_eq!(
                read(&written(&value.to_string())),
                value,
                "{}",
                written(&value.to_string())
            );
        }
    }
}

#[test]
fn another_reader_finds_every_shape() {
    for value in [
        json!({}),
        json!([]),
        json!([[], {}, [[]], [{}], {"a": {}}, {"a": []}]),
        json!([[["a", "b"], ["c"]], {"a": [["b"], {"c": "d", "e": ["f"]}], "g": {"h": {"i": 1}}}]),
        json!({"a": {"b": {"c": [{"d": 1, "e": [1, 2]}, 3]}, "f": null}, "": {"": ""}}),
        json!([null, true, false, 0, -1, 9_007_199_254_740_993_i64, 1.5, -2.5e-7, 1e300]),
        json!({("k".repeat(5_000)): {("x: ".repeat(600)): [1, {"y".repeat(2_000): "v".repeat(9_000)}]}}),
    ] {
        let yaml = written(&value.to_string());
        assert_eq!(read(&yaml), value, "{yaml}");
    }
}

#[test]
fn a_list_is_one_document() {
    let items =
        [json!({"id": 7, "x": {"y": [1]}}), json!({}), json!([1]), json!("- a"), json!(null)];
    let mut out = Vec::new();
    for record in &items {
        item(&mut out, record.to_string().as_bytes()).unwrap();
    }
    assert_eq!(read(std::str::from_utf8(&out).unwrap()), json!(items));
}

#[test]
fn half_a_character_does_not_lose_the_record() {
    assert_eq!(
        written(r#"{"a":"x\ud800","\udc00":1}"#),
        "a: \"x\u{fffd}\u{fffd}\u{fffd}\"\n\"\u{fffd}\u{fffd}\u{fffd}\": 1\n"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[-:#?&*!|>%@`'\"\\[\\]{},. \n\t0-9a-f]{0,8}",
        prop::sample::select(ODD_TEXTS).prop_map(str::to_owned),
    ]
    .boxed();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn another_reader_finds_what_was_in_the_json(value in any_json()) {
        let yaml = written(&value.to_string());
        prop_assert_eq!(read(&yaml), value, "{}", yaml);
    }
}
