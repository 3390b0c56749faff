use super::*;

const NOW: i64 = 1_538_620_000_000;

fn found(expression: &str, record: &str) -> Vec<String> {
    let query = Query::parse(expression, NOW).unwrap();
    let results = query.find(record.as_bytes()).unwrap();
    let shown = |found: Result<Found, String>| match found {
        Ok(Found::Text(text)) => format!("text {}", String::from_utf8_lossy(&text)),
        Ok(Found::Json(json)) => json,
        Err(why) => format!("error {why}"),
    };
    results.map(shown).collect()
}

const JOB: &str = r#"{"id": 24115, "status": "FAILED", "creationTime": 1538615973895,
    "metrics": {"totalTime": {"totalTimeInMs": 259344}},
    "destination": {"datasetId": "d"}, "errors": [{"code": "007", "msg": "a\tb"}, {"msg": "c\"d"}]}"#;

#[test]
fn what_is_asked_of_a_job_is_found() {
    for (expression, expected) in [
        (".id", &["24115"][..]),
        (".status", &["text FAILED"]),
        (".no.such", &["null"]),
        (".errors[].code", &["text 007", "null"]),
        (".errors | length", &["2"]),
        (r#"select(.status == "FAILED") | .destination.datasetId"#, &["text d"]),
        (r#"select(.status == "NEW")"#, &[]),
        (r#"select(.status | test("^fail"; "i")) | .id"#, &["24115"]),
        (r#""\(.id): \(.status | ascii_downcase)""#, &["text 24115: failed"]),
        ("{id, to: .destination.datasetId}", &[r#"{"id":24115,"to":"d"}"#]),
        ("[.id, .status, .x] | @tsv", &["text 24115\tFAILED\t"]),
        ("[.errors[].msg] | @tsv", &["text a\\tb\tc\"d"]),
        ("[.id, .errors[1].msg, true, null] | @csv", &["text 24115,\"c\"\"d\",true,"]),
        (
            "[.errors] | @tsv",
            &[
                "error a array does not fit into one cell: [{\"code\":\"007\",\"msg\":\"a\\tb\"},{\"msg\":\"c\\\"d\"}]",
            ],
        ),
        (".creationTime / 1000 | todate", &["text 2018-10-04T01:19:33.895Z"]),
        (r#"(.creationTime / 1000 | floor) | strftime("%d.%m.%Y")"#, &["text 04.10.2018"]),
        ("now - .creationTime / 1000 | floor", &["4026"]),
        (".metrics.totalTime.totalTimeInMs / 60000 * 10 | round / 10", &["4.3"]),
        (".status | @base64", &["text RkFJTEVE"]),
        (r#".status | fromjson? // "no JSON""#, &["text no JSON"]),
        (r#""[1, 2]" | fromjson | add"#, &["3"]),
        ("to_entries[0].key", &["text id"]),
    ] {
        assert_eq!(found(expression, JOB), expected, "{expression}");
    }
}

#[test]
fn order_and_numbers_are_those_of_the_service() {
    let record = r#"{"z":18446744073709551616,"id":24115.0,"a":1.23456789E+11,"b":-0.0,"c":{"y":[1.50],"x":{}}}"#;
    assert_eq!(found(".", record), [record]);
    assert_eq!(found(".c.y[0], .z", record), ["1.50", "18446744073709551616"]);
}

#[test]
fn the_first_error_is_told_and_what_came_before_it_is_there() {
    assert_eq!(
        found(".errors[0].code, .status.x, .id", JOB)[..2],
        ["text 007", "error cannot index \"FAILED\" with \"x\""]
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (expression, why) in [
        ("", "at character 1: expected term, found the end"),
        (".[", "at character 3: expected closing bracket, found the end"),
        (".id | ", "at character 7: expected term, found the end"),
        (".id | &", "at character 7: expected token, found \"&\""),
        (".a ) b", "at character 4: "),
        ("\"黄\" | if .x", "at character 12: expected then, found the end"),
        (".a | nothing", "at character 6: there is no function nothing"),
        (".a | test(1; 2; 3)", "at character 6: there is no function test with 3 arguments"),
        (".a + $x", "at character 6: there is no variable $x"),
        (".a |\n  .b(", "in line 2 at character"),
        ("import \"x\" as x; .", "there are no modules to load"),
    ] {
        let failure = Query::parse(expression, NOW).err().unwrap();
        assert!(
            failure.message().starts_with(&format!("--jq: {why}")),
            "{expression}: {failure:?}"
        );
        assert_eq!(failure.exit().code(), 2);
    }
}

/// Nothing but the record, and the time that the program knows.
#[test]
fn an_expression_does_not_reach_out() {
    for expression in [
        "env",
        "env.HOME",
        "$ENV",
        "$__prog_args",
        "input",
        "inputs",
        "input_filename",
        "input_line_number",
        "debug",
        "debug(1)",
        "stderr",
        "halt",
        "halt(0)",
        "halt_error",
        "halt_error(1)",
        "localtime",
        "strflocaltime(\"%Z\")",
        "get_search_list",
        "include \"x\"; .",
        "import \"/etc/passwd\" as $x; .",
        "$__loc__.file",
        "debug_empty",
        "stderr_empty",
        "repl",
        "limit",
    ] {
        assert!(Query::parse(expression, NOW).is_err(), "{expression}");
    }
}

#[test]
fn brackets_without_end_are_an_error_and_no_crash() {
    let deep = "[".repeat(100_000);
    let query = Query::parse(".", NOW).unwrap();
    assert_eq!(query.find(deep.as_bytes()).err().unwrap(), "this is nested too deeply");
    let text = serde_json::to_string(&deep).unwrap();
    assert_eq!(found("fromjson", &text), ["error this is nested too deeply"]);
    assert_eq!(found("tonumber? // 1", &text), ["1"]);
}
