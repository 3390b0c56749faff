//! What is shown in the place of records: `--jq` and `--template`.

use crate::script::{Reply, Script};
use crate::world::World;

const JOBS: &str = "/data/core/ups/export/jobs";

const FAILED: &str = r#"{"id":24115,"status":"FAILED","creationTime":1538615973895,
    "errors":[{"code":"007","msg":"two\nlines\u001b[2J"}]}"#;

fn service() -> Script {
    let json = |body: &str| Reply::Json(200, body.to_owned());
    let list =
        format!(r#"{{"records":[{FAILED},{{"id":8.0,"status":"NEW"}}],"link":{{"next":""}}}}"#);
    Script::start(&[
        (&format!("GET {JOBS}/7"), json(FAILED)),
        (&format!("GET {JOBS}/8"), json(r#"{"id":8.0,"status":"NEW"}"#)),
        (&format!("GET {JOBS}"), json(&list)),
        (&format!("DELETE {JOBS}/7"), json("")),
        (
            "GET /data/foundation/catalog/dataSets",
            json(r#"{"d1":{"name":"Gold"},"d2":{"name":"Silver"}}"#),
        ),
        ("GET /data/foundation/catalog/batches/b", json(r#"{"b":{"status":"success"}}"#)),
        (
            "GET /data/core/ups/segment/definitions",
            json(r#"{"segments":[{"id":"a","name":"黄金"}]}"#),
        ),
        ("GET /data/core/ups/segment/jobs", json(r#"{"children":[{"id":"s","status":"NEW"}]}"#)),
    ])
}

#[test]
fn an_expression_sees_each_record() {
    let service = service();
    let world = World::at(&service.url);
    for (args, jq, shown) in [
        (&["list"][..], ".id", "24115\n8.0\n"),
        (&["list"], r#"select(.status == "FAILED") | .errors[0].code"#, "007\n"),
        (&["list"], r#"[.id, .status] | @tsv"#, "24115\tFAILED\n8.0\tNEW\n"),
        (&["list"], ".no", "null\nnull\n"),
        (&["list"], "empty", ""),
        (
            &["list"],
            "{status, id}",
            "{\"status\":\"FAILED\",\"id\":24115}\n{\"status\":\"NEW\",\"id\":8.0}\n",
        ),
        (&["list", "-o", "ndjson", "--limit", "1"], ".status", "FAILED\n"),
        (&["get", "7"], ".errors[].msg", "two\nlines\u{1b}[2J\n"),
        (
            &["get", "7", "-o", "json"],
            ".creationTime / 1000 | floor | todate",
            "2018-10-04T01:19:33Z\n",
        ),
        (&["get", "7", "8"], ".status", "FAILED\nNEW\n"),
        (&["cancel", "7", "--yes"], ".", ""),
        (
            &["dataset", "list"],
            "to_entries[] | \"\\(.key) \\(.value.name)\"",
            "d1 Gold\nd2 Silver\n",
        ),
        (&["audience", "list"], ".name", "黄金\n"),
        (&["batch", "get", "b"], ".[].status", "success\n"),
        (&["segment-job", "list"], ".id", "s\n"),
        (&["report"], ".jobs | length", "2\n"),
        (&["config", "path"], ".path | endswith(\"config.toml\")", "true\n"),
        (&["config", "show"], "select(.name == \"sandbox\") | .value", "prod\n"),
        (&["auth", "status"], "type", "object\n"),
        (&["get", "7", "--dry-run"], ".[].method", "GET\n"),
        (&["api", "GET", "/data/core/ups/export/jobs"], ".records[1].id", "8.0\n"),
    ] {
        let ran = world.run(&[args, &["--jq", jq]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (0, shown), "{args:?} {jq}: {ran:?}");
    }
}

#[test]
fn a_template_is_filled_for_each_record() {
    let service = service();
    let world = World::at(&service.url);
    for (args, template, shown) in [
        (&["list"][..], "{{ id }} {{ status|lower }}", "24115 failed\n8.0 new\n"),
        (
            &["list"],
            "{% if status == 'FAILED' %}{{ creationTime|time('%Y') }}{% endif %}",
            "2018\n",
        ),
        (&["list"], "{% for e in errors %}{{ e.code }}{% else %}-{% endfor %}", "007\n-\n"),
        (&["list"], "{{ metrics.totalTime.totalTimeInMs|duration }}", ""),
        (
            &["get", "7"],
            "{{ it }}",
            "{\"id\":24115,\"status\":\"FAILED\",\"creationTime\":1538615973895,\
          \"errors\":[{\"code\":\"007\",\"msg\":\"two\\nlines\\u001b[2J\"}]}\n",
        ),
        (&["get", "7", "8"], "{{ status }}", "FAILED\nNEW\n"),
        (
            &["dataset", "list"],
            "{% for id, one in it|items %}{{ id }} {{ one.name }}{% endfor %}",
            "d1 Gold\nd2 Silver\n",
        ),
        (&["cancel", "7", "--yes"], "x", ""),
        (&["report"], "{{ jobs|length }}", "2\n"),
        (&["config", "show"], "{% if name == 'sandbox' %}{{ value }}{% endif %}", "prod\n"),
    ] {
        let ran = world.run(&[args, &["--template", template]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (0, shown), "{args:?} {template}: {ran:?}");
    }
}

#[test]
fn what_is_wrong_is_told_before_anything_is_sent() {
    let service = Script::start(&[]);
    let world = World::at(&service.url);
    for (args, why) in [
        (
            &["list", "--jq", ".["][..],
            "--jq: at character 3: expected closing bracket, found the end",
        ),
        (&["list", "--jq", "env.AEP_ACCESS_TOKEN"], "there is no function env"),
        (
            &["cancel", "7", "--yes", "--jq", ".a | nope"],
            "--jq: at character 6: there is no function nope",
        ),
        (
            &["create", "--dataset", "d", "--template", "{{ id"],
            "--template: at character 4: syntax error",
        ),
        (&["list", "--template", "{{.id}}"], "a field is written without a dot: {{ status }}"),
        (&["list", "--jq", ".", "-o", "csv"], "--jq works on JSON"),
        (&["list", "--template", "x", "-o", "raw"], "--template works on JSON"),
        (&["man", "--jq", "."], "no records for --jq"),
        (&["emulator", "sample", "--template", "x"], "no records for --template"),
        (&["list", "--jq", ".", "--template", "x"], "only one of --jq, --template and --columns"),
        (&["list", "--jq", ".", "--columns", "id"], "only one of --jq, --template and --columns"),
        (
            &["--template", "x", "list", "--columns", "id"],
            "only one of --jq, --template and --columns",
        ),
    ] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{args:?}: {ran:?}");
    }
    assert!(service.all().is_empty());
    // Which form is the usual one does not matter.
    let world = world.with("AEP_OUTPUT", "csv");
    assert_eq!(world.run(&["config", "path", "--jq", "keys[]"]).ok(), "path\n");
}

#[test]
fn what_goes_wrong_with_a_record_is_told_with_its_id() {
    let service = service();
    let world = World::at(&service.url);
    let ran = world.run(&["list", "--jq", ".id, (.errors | length), .errors[0].code.x"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "24115\n1\n"), "{ran:?}");
    assert_eq!(ran.stderr, "error: --jq: cannot index \"007\" with \"x\" (of 24115)\n");
    let ran = world.run(&["list", "-o", "json", "--template", "{{ id }}{{ status|time }}"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    let why = "--template: at character 19: invalid operation: FAILED is not a time in whole numbers (of 24115)";
    assert_eq!(ran.error()["message"], why);
}
