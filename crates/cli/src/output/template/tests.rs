use super::*;

const NOW: i64 = 1_538_620_000_000;

fn filled(text: &str, record: &str) -> String {
    match Template::parse(text, NOW).unwrap().fill(record.as_bytes()) {
        Ok(filled) => filled,
        Err(why) => format!("error {why}"),
    }
}

const JOB: &str = r#"{"id": 24115, "status": "FAILED", "creationTime": 1538615973895,
    "metrics": {"totalTime": {"totalTimeInMs": 259344}, "bytes": 2048},
    "destination": {"datasetId": "d"}, "errors": [{"code": "007", "msg": "<a> & b"}, {"msg": "c"}],
    "gone": null, "float": 24115.0, "big": 18446744073709551615, "text": "1538615973895"}"#;

#[test]
fn fields_loops_and_filters() {
    for (text, expected) in [
        ("{{ id }} {{ status }}", "24115 FAILED"),
        ("{{ destination.datasetId }}", "d"),
        ("{{ errors[0].code }}{{ errors.1.msg }}", "007c"),
        ("{% for e in errors %}{{ loop.index }}:{{ e.msg }};{% endfor %}", "1:<a> & b;2:c;"),
        ("{% if status == 'FAILED' %}bad{% else %}good{% endif %}", "bad"),
        (
            "{{ status|lower }} {{ errors|length }} {{ errors|map(attribute='msg')|join('+') }}",
            "failed 2 <a> & b+c",
        ),
        ("{{ it.id }} {{ it['status'] }} {{ it|length }}", "24115 FAILED 10"),
        ("{{ destination|tojson }}", r#"{"datasetId": "d"}"#),
        ("{{ float }} {{ big }}", "24115.0 18446744073709551615"),
        ("{{ creationTime|time }}", "2018-10-04T01:19:33.895Z"),
        ("{{ text|time('%Y-%m-%d %H:%M') }}", "2018-10-04 01:19"),
        ("{{ creationTime|ago }}", "1h ago"),
        (
            "{{ metrics.totalTime.totalTimeInMs|duration }} {{ metrics.bytes|bytes }}",
            "4m 19s 2.0 KiB",
        ),
        ("a\n{#- no -#}\nb\t\"c\"", "ab\t\"c\""),
        ("{{ '{{' }}", "{{"),
        (
            "{{ destination }} {{ errors[:1] }} {{ id == 24115 }} {{ 'x' == it.status }}",
            r#"{"datasetId":"d"} [{"code":"007","msg":"<a> & b"}] true false"#,
        ),
    ] {
        assert_eq!(filled(text, JOB), expected, "{text}");
    }
    let dataset = r#"{"d 1": {"name": "Gold"}}"#;
    assert_eq!(
        filled("{% for id, one in it|items %}{{ id }}={{ one.name }}{% endfor %}", dataset),
        "d 1=Gold"
    );
    assert_eq!(filled("{{ it[1] }}", "[1, 2]"), "2");
}

#[test]
fn what_is_not_there_is_empty() {
    for text in [
        "{{ no }}",
        "{{ no.such.field }}",
        "{{ errors[7].msg }}",
        "{{ no|time }}{{ no|ago }}{{ no|duration }}{{ no|bytes }}",
        "{{ gone|time }}{{ gone }}",
        "{% for e in no.such %}x{% endfor %}",
        "{% if no.such %}x{% endif %}",
        "{{ no.such|lower }}",
    ] {
        assert_eq!(filled(text, JOB), "", "{text}");
    }
    assert_eq!(filled("{{ no.such|default('-') }} {{ gone|default('+') }}", JOB), "- +");
}

#[test]
fn what_is_wrong_is_told_with_its_place_before_there_is_a_record() {
    for (text, why) in [
        (
            "{{ id",
            "at character 4: syntax error: unexpected end of input, expected end of variable block",
        ),
        ("{{ .id }}", "at character 4: syntax error: unexpected `.`"),
        ("a\n{% if %}", "in line 2 at character 7: syntax error: "),
        ("{{ id|no }}", "at character 7: unknown filter: filter no is unknown"),
        ("{{ no() }}", "at character 4: unknown function: no is unknown"),
        ("{% if id is no %}{% endif %}", "at character 13: unknown test: test no is unknown"),
        (
            "{% for e in errors %}{{ e.code|no }}{% endfor %}",
            "at character 32: unknown filter: filter no is unknown",
        ),
        ("{% if a %}{{ a|no }}{% endif %}", "at character 16: unknown filter"),
        ("{% if not a %}{{ a|no }}{% endif %}", "at character 20: unknown filter"),
        ("{% include 'x' %}", "at character 4: syntax error"),
    ] {
        let failure = Template::parse(text, NOW).err().unwrap();
        let expected = format!("--template: {why}");
        assert!(failure.message().starts_with(&expected), "{text}: {failure:?}");
        assert_eq!(failure.exit().code(), 2);
        let hint =
            text.contains("{{ .").then_some("a field is written without a dot: {{ status }}");
        assert_eq!(failure.next_step(), hint);
    }
}

#[test]
fn what_goes_wrong_with_a_record_is_told() {
    for (text, why) in [
        (
            "{{ status|time }}",
            "error at character 11: invalid operation: FAILED is not a time in whole numbers",
        ),
        ("{{ id|time('%') }}", "error at character 7: invalid operation: "),
        (
            "{{ metrics.bytes - 4096 }}{{ (metrics.bytes - 4096)|bytes }}",
            "error at character 53: invalid operation: bytes are never below 0",
        ),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "error this has no end",
        ),
    ] {
        let filled = filled(text, JOB);
        assert!(filled.starts_with(why), "{text}: {filled}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(filled("{{ it }}", &deep), "error this is nested too deeply");
}
