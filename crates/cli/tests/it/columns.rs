//! Records as named values: `-o csv`, `--columns`, and what a spreadsheet makes of them.

use std::io::{BufRead, BufReader};

use crate::script::{Reply, Script};
use crate::world::{Ran, World};

const JOBS: &str = "/data/core/ups/export/jobs";

/// The column names of each kind, by a command that shows it.
const KINDS: [(&[&str], &str); 11] = [
    (&["list"], "job"),
    (&["get", "7"], "job"),
    (&["segment-job", "list"], "segment job"),
    (&["cancel", "7"], "cancellation"),
    (&["dataset", "list"], "dataset"),
    (&["audience", "list"], "audience"),
    (&["batch", "get", "b"], "batch"),
    (&["files", "7"], "file of a job"),
    (&["download", "7", "--to", "x"], "file that was fetched"),
    (&["download", "--verify", "x"], "difference"),
    (&["doctor"], "check"),
];

fn script(rules: &[(&str, &str)]) -> Script {
    let rules: Vec<(&str, Reply)> =
        rules.iter().map(|(start, body)| (*start, Reply::Json(200, (*body).to_owned()))).collect();
    Script::start(&rules)
}

const FULL_JOB: &str = r#"{"id":24115,"status":"FAILED","creationTime":1538615973895,
    "updateTime":1538616233239,"requestId":"r-1","fields":"a.b,c","mergePolicy":{"id":"m"},
    "destination":{"dataSetId":"d","batchId":"b"},
    "errors":[{"code":"0100000003","msg":"Error \"in\" job"}],
    "metrics":{"totalExportedProfileCounter":1207,"totalTime":{"totalTimeInMs":259344}}}"#;

#[test]
fn jobs_as_csv() {
    let script = script(&[
        (&format!("GET {JOBS}/7"), FULL_JOB),
        (&format!("GET {JOBS}"), &format!(r#"{{"records":[{FULL_JOB},{{"id":9}}]}}"#)),
    ]);
    let world = World::at(&script.url);
    let header =
        "id,status,created,duration,profiles,dataset,updated,batches,fields,merge_policy,error\r\n";
    let row = "24115,FAILED,2018-10-04T01:19:33.895Z,259.344,1207,d,2018-10-04T01:23:53.239Z,b,\"a.b,c\",m,\
               \"0100000003: Error \"\"in\"\" job\"\r\n";
    let list = world.run(&["list", "-o", "csv"]);
    assert_eq!(list.ok(), format!("{header}{row}9,,,,,,,,,,\r\n"));
    assert_eq!(world.run(&["get", "7", "-o", "csv"]).ok(), format!("{header}{row}"));
    assert_eq!(world.run(&["get", "7", "-o", "csv", "--no-headers"]).ok(), row);
}

#[test]
fn several_jobs_as_csv_and_in_chosen_columns() {
    let script = script(&[
        (&format!("GET {JOBS}/7"), FULL_JOB),
        (&format!("GET {JOBS}/8"), r#"{"id":8,"status":"SUCCEEDED"}"#),
        (&format!("DELETE {JOBS}/7"), r#"{"status":true,"message":"=ok"}"#),
        (&format!("DELETE {JOBS}/8"), ""),
    ]);
    let world = World::at(&script.url);
    let columns = ["--columns", "id,status,.requestId"];
    let csv = "id,status,.requestId\r\n24115,FAILED,r-1\r\n8,SUCCEEDED,\r\n";
    let got = world.run(&[&["get", "7", "8", "-o", "csv"], &columns[..]].concat());
    assert_eq!(got.ok(), csv);
    let table = world.run(&[&["get", "7", "8"], &columns[..]].concat());
    assert_eq!(
        table.ok(),
        "   ID  STATUS     .requestId\n24115  FAILED     r-1\n    8  SUCCEEDED  -\n"
    );
    let waited = world.run(&[&["wait", "7", "8", "-o", "csv"], &columns[..]].concat());
    assert_eq!((waited.code, waited.stdout.as_str()), (11, csv), "{waited:?}");
    let cancelled = world.run(&["cancel", "7", "8", "--yes", "-o", "csv"]);
    assert_eq!(cancelled.ok(), "id,service\r\n7,'=ok\r\n8,\r\n");
    let one = world.run(&["cancel", "7", "--yes", "-o", "csv", "--columns", "service"]);
    assert_eq!(one.ok(), "service\r\n'=ok\r\n");
}

#[test]
fn datasets_and_audiences_as_csv() {
    let script = script(&[
        (
            "GET /data/foundation/catalog/dataSets",
            r#"{"d1":{"name":"Gold, new","created":1538615973895,"schemaRef":
               {"id":"https://ns.adobe.com/xdm/context/profile__union"}},"d2":{}}"#,
        ),
        (
            "GET /data/core/ups/segment/definitions",
            r#"{"segments":[{"id":"a","name":"黄金","creationTime":1538615973895}]}"#,
        ),
    ]);
    let world = World::at(&script.url);
    let ran = world.run(&["dataset", "list", "-o", "csv"]);
    let lines: Vec<&str> = ran.ok().split("\r\n").collect();
    assert_eq!(
        lines[0],
        "id,name,for_exports,created,updated,description,state,schema,last_batch,last_batch_status"
    );
    assert!(lines[1].starts_with("d1,\"Gold, new\","), "{lines:?}");
    assert!(lines[2].starts_with("d2,,"), "{lines:?}");
    let paths = world.run(&["dataset", "list", "--columns", "id,schemaRef.id,.no", "-o", "csv"]);
    assert_eq!(
        paths.ok(),
        "id,schemaRef.id,.no\r\nd1,https://ns.adobe.com/xdm/context/profile__union,\r\nd2,,\r\n"
    );
    assert_eq!(
        world.run(&["audience", "list", "-o", "csv", "--columns", "name,created"]).ok(),
        "name,created\r\n黄金,2018-10-04T01:19:33.895Z\r\n"
    );
}

#[test]
fn chosen_columns_in_a_table() {
    let script = script(&[
        (&format!("GET {JOBS}/7"), FULL_JOB),
        (&format!("GET {JOBS}"), &format!(r#"{{"records":[{FULL_JOB}]}}"#)),
    ]);
    let world = World::at(&script.url);
    let columns = ["--columns", "status,.id,errors.0.code,merge_policy"];
    let expected = "STATUS  .id    errors.0.code  MERGE POLICY\nFAILED  24115  0100000003     m\n";
    assert_eq!(world.run(&[&["list"][..], &columns].concat()).ok(), expected);
    assert_eq!(world.run(&[&["get", "7"][..], &columns].concat()).ok(), expected);
    let bare = world.run(&["list", "--no-headers", "--columns", "id,created"]);
    assert_eq!(bare.ok(), "24115  2018-10-04T01:19:33Z\n");
}

#[test]
fn wrong_columns_are_told_before_anything_is_sent() {
    let script = Script::start(&[]);
    let world = World::at(&script.url);
    for (command, _) in KINDS {
        let ran = world.run(&[command, &["--columns", "id,nmae"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command:?}: {ran:?}");
        assert!(ran.stderr.contains("has no column"), "{ran:?}");
    }
    let ran = world.run(&["list", "--columns", "id,statsu"]);
    assert!(ran.stderr.contains("perhaps status is meant"), "{ran:?}");
    for (args, why) in [
        (&["list", "--columns", "id", "-o", "json"][..], "-o table, -o csv and -o env"),
        (&["list", "--columns", ""], "has no column"),
        (&["cancel", "7", "--wait", "--columns", "service"], "a job has no column"),
        (&["report", "-o", "csv"], "markdown, json or yaml"),
        (&["report", "--columns", "id"], "no columns"),
        (&["auth", "status", "-o", "csv"], "no columns"),
        (&["auth", "status", "-o", "env"], "no columns"),
        (&["list", "-o", "env"], "for one record"),
        (&["segment-job", "list", "-o", "env"], "for one record"),
        (&["get", "7", "8", "-o", "env"], "for one record"),
        (&["cancel", "-", "--yes", "-o", "env"], "for one record"),
        (&["report", "-o", "env"], "markdown, json or yaml"),
    ] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{args:?}: {ran:?}");
    }
    assert!(script.all().is_empty());
}

/// The names that the program tells are those that its documentation has, in this order.
#[test]
fn the_documentation_names_every_column() {
    let page = include_str!("../../../../docs/reference/output.md");
    let world = World::bare();
    for (command, kind) in KINDS {
        let told = world.run(&[command, &["--columns", "."]].concat()).stderr;
        let names = told.split("it has ").nth(1).unwrap().split(", and paths").next().unwrap();
        let row = format!("| {kind} | `{}` |", names.replace(", ", "`, `"));
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn a_record_as_variables_of_a_shell() {
    let evil = r#"{"id":7,"status":"NEW; $(touch owned)","fields":"it's\n\nPATH=/evil\n",
        "requestId":"r 1","destination":{"datasetId":"d"}}"#;
    let script = script(&[
        (&format!("GET {JOBS}/7"), evil),
        ("GET /data/foundation/catalog/batches/b", r#"{"b":{"status":"success"}}"#),
    ]);
    let world = World::at(&script.url);
    let ran = world.run(&["get", "7", "-o", "env"]);
    assert_eq!(
        ran.ok(),
        "job_id=7\njob_status='NEW; $(touch owned)'\njob_created=\njob_duration=\njob_profiles=\n\
         job_dataset=d\njob_updated=\njob_batches=\n\
         job_fields=\"$(printf '%b.' 'it\\0047s\\0012\\0012PATH=/evil\\0012')\"; job_fields=${job_fields%.}\n\
         job_merge_policy=\njob_error=\n"
    );
    let mut shell = std::process::Command::new("/bin/sh");
    world.prepare(&mut shell);
    let line = format!(
        "eval \"$({} get 7 -o env --columns id,status,.requestId,fields)\"; \
         echo \"$job_id|$job_status|$job_requestId|$job_fields|\"; ls",
        env!("CARGO_BIN_EXE_aep-export")
    );
    let ran = Ran::of(shell.args(["-c", &line]).spawn().unwrap());
    assert_eq!(ran.ok(), "7|NEW; $(touch owned)|r 1|it's\n\nPATH=/evil\n|\n");
    let batch = world.run(&["batch", "get", "b", "-o", "env", "--columns", "id,.status"]);
    assert_eq!(batch.ok(), "batch_id=b\nbatch_status=success\n");
}

#[test]
fn records_as_yaml() {
    let script = script(&[
        (&format!("GET {JOBS}/7"), FULL_JOB),
        (&format!("GET {JOBS}"), r#"{"records":[{"z":1.50,"id":7,"e":{ }},{"id":"a b"}]}"#),
    ]);
    let world = World::at(&script.url);
    assert_eq!(world.run(&["list", "-o", "yaml"]).ok(), "- z: 1.50\n  id: 7\n  e: {}\n- id: a b\n");
    let job = world.run(&["get", "7", "-o", "yaml"]);
    assert!(job.ok().starts_with("id: 24115\nstatus: FAILED\n"), "{job:?}");
    assert!(job.ok().contains("errors:\n  - code: \"0100000003\"\n    msg: "), "{job:?}");
    let several = world.run(&["get", "7", "7", "8", "-o", "yaml"]);
    assert!(several.stdout.starts_with("- id: 24115\n  status: FAILED\n"), "{several:?}");
    let report = world.run(&["report", "-o", "yaml"]);
    assert!(report.ok().contains("\njobs:\n"), "{report:?}");
    let dry = world.run(&["get", "7", "--dry-run", "-o", "yaml"]);
    assert!(dry.ok().starts_with("- ") && dry.ok().contains("  x-api-key: client\n"), "{dry:?}");
}

#[test]
fn a_spreadsheet_runs_nothing_that_the_service_wrote() {
    let evil = r#"{"id":"=1+1","status":"+cmd|' /C calc'!A0","creationTime":-5,
        "fields":"@SUM(A1),\r\n=2","mergePolicy":{"id":"-7"},"requestId":"\t=3","n":-1.50,
        "destination":{"dataSetId":"=HYPERLINK(\"http://a.test\")","batchId":"＝1"},
        "errors":[{"msg":"-1+1"}]}"#;
    let script = script(&[(&format!("GET {JOBS}"), &format!(r#"{{"records":[{evil}]}}"#))]);
    let world = World::at(&script.url);
    let args = ["list", "-o", "csv", "--no-headers", "--columns"];
    let columns = "id,status,fields,merge_policy,dataset,batches,error,.requestId,.n,created";
    let ran = world.run(&[&args[..], &[columns]].concat());
    assert_eq!(
        ran.ok(),
        "'=1+1,'+cmd|' /C calc'!A0,\"'@SUM(A1),\r\n=2\",-7,\"'=HYPERLINK(\"\"http://a.test\"\")\",\
         '＝1,'-1+1,'\t=3,-1.50,1969-12-31T23:59:59.995Z\r\n"
    );
    let exact = world.run(&[&args[..], &["id,error", "--csv-exact"]].concat());
    assert_eq!(exact.ok(), "=1+1,-1+1\r\n");
}

/// What is there is written while the next page is still awaited.
#[test]
fn a_page_is_written_before_the_next_one_is_there() {
    for (format, line) in [("csv", "id\r\n"), ("ndjson", "{\"id\":1}\n"), ("table", "ID\n")] {
        let script = Script::start(&[
            (&format!("GET {JOBS}?limit=100&offset=9_1"), Reply::Silence),
            (
                &format!("GET {JOBS}"),
                Reply::Json(
                    200,
                    r#"{"records":[{"id":1}],"link":{"next":"/export/jobs/?offset=9_1"}}"#.into(),
                ),
            ),
        ]);
        let mut args = vec!["list", "--all", "-o", format];
        if format != "ndjson" {
            args.extend(["--columns", "id"]);
        }
        let mut child = World::at(&script.url).spawn(&args);
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(first, line, "{format}");
    }
}
