use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    flags: JobFlags,
}

fn flags(line: &[&str]) -> JobFlags {
    Line::try_parse_from(std::iter::once(&"test").chain(line)).unwrap().flags
}

fn plan(line: &[&str], stdin: &str) -> Result<Plan, Failure> {
    let flags = flags(line);
    let file = flags
        .file
        .as_deref()
        .map(|path| read(path, &mut stdin.as_bytes(), &Variables::default()))
        .transpose()?;
    Plan::new(flags, file)
}

fn document(line: &[&str], stdin: &str) -> String {
    let document = plan(line, stdin).unwrap().document(&Resolved::default()).unwrap();
    String::from_utf8(document.to_vec()).unwrap()
}

const DATASET: &str = "6123456789abcdef01234567";

#[test]
fn flags_make_a_request() {
    let line = [
        "--dataset",
        DATASET,
        "--segment",
        "s-1:AAM=realized,exited",
        "--fields",
        "a.b,c",
        "--merge-policy",
        "mp@2",
        "--ingested-after",
        "2026-01-01T00:00:00-07:00",
        "--qualified-after",
        "2026-01-01T00:00:00Z",
        "--qualified-before",
        "2026-02-01T00:00:00Z",
        "--empty-profiles",
        "--events=x.y",
        "--events-ingested-after",
        "2026-01-02T00:00:00Z",
        "--segment-per-batch",
        "--evaluate",
    ];
    assert_eq!(
        document(&line, ""),
        concat!(
            r#"{"destination":{"datasetId":"6123456789abcdef01234567","segmentPerBatch":true},"#,
            r#""schema":{"name":"_xdm.context.profile"},"fields":"a.b,c","#,
            r#""mergePolicy":{"id":"mp","version":2},"#,
            r#""filter":{"segments":[{"segmentId":"s-1","segmentNs":"AAM","status":["realized","exited"]}],"#,
            r#""segmentQualificationTime":{"startTime":"2026-01-01T00:00:00Z","endTime":"2026-02-01T00:00:00Z"},"#,
            r#""fromIngestTimestamp":"2026-01-01T00:00:00-07:00","emptyProfiles":true},"#,
            r#""additionalFields":{"eventList":{"fields":"x.y","filter":{"fromIngestTimestamp":"2026-01-02T00:00:00Z"}}},"#,
            r#""evaluationInfo":{"segmentation":true}}"#
        )
    );
}

#[test]
fn the_smallest_request() {
    assert_eq!(
        document(&["--dataset", DATASET], ""),
        r#"{"destination":{"datasetId":"6123456789abcdef01234567"},"schema":{"name":"_xdm.context.profile"}}"#
    );
    assert!(document(&["--dataset", DATASET, "--events"], "").contains(r#""eventList":{}"#));
}

const FILE: &str = "{\n  \"schema\": {\"name\": \"_xdm.context.profile\"},\r\n  \"x\": 18446744073709551616,\n  \"destination\": {\"datasetId\": \"6123456789abcdef01234567\"}\n}\n";

#[test]
fn a_file_goes_as_it_is() {
    assert_eq!(document(&["-f", "-"], FILE), FILE);
    let plan = plan(&["-f", "-"], FILE).unwrap();
    assert_eq!(plan.warnings, ["standard input:3:8: unknown key `x` is sent as it is"]);
}

#[test]
fn unknown_keys_are_told_by_their_path_and_the_rest_is_known() {
    let file = r#"{
        "fields": "identities.id,personalEmail.address",
        "mergePolicy": {"id": "abc", "version": 1},
        "filter": {
            "segments": [{"segmentid": "x", "segmentId": "s", "segmentNs": "ups", "status": ["realized"]}],
            "segmentQualificationTime": {"startTime": "2026-01-01T00:00:00Z", "endTime": null},
            "fromIngestTimestamp": "2026-01-01T00:00:00Z", "emptyProfiles": true
        },
        "additionalFields": {"eventList": {"fields": "x", "filter": {
            "fromIngestTimestamp": "2026-01-01T00:00:00Z",
            "toIngestTimestamp": "2026-01-02T00:00:00Z"}}},
        "destination": {"dataSetId": "61", "segmentPerBatch": false},
        "destintion": {},
        "schema": {"name": "_xdm.context.profile"},
        "evaluationInfo": {"segmentation": true}
    }"#;
    assert_eq!(
        plan(&["-f", "-"], file).unwrap().warnings,
        [
            "standard input:5:40: unknown key `filter.segments[0].segmentid` is sent as it is",
            "standard input:13:23: unknown key `destintion` is sent as it is",
        ]
    );
}

#[test]
fn flags_override_the_file_and_keep_the_rest() {
    let changed = document(&["-f", "-", "--fields", "a", "--segment-per-batch"], FILE);
    assert_eq!(
        changed,
        concat!(
            r#"{"schema":{"name": "_xdm.context.profile"},"x":18446744073709551616,"#,
            r#""destination":{"datasetId":"6123456789abcdef01234567","segmentPerBatch":true},"#,
            r#""fields":"a"}"#
        )
    );
}

#[test]
fn names_are_filled_in_once_they_are_known() {
    let plan = plan(&["--create-dataset", "gold", "--audience", "Gold", "--segment", "s-1"], "");
    let resolved = Resolved { dataset: Some("61".into()), audiences: vec!["a-1".into()] };
    let document = plan.unwrap().document(&resolved).unwrap();
    let value: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(value["destination"]["datasetId"], "61");
    assert_eq!(value["filter"]["segments"], json!([{"segmentId": "s-1"}, {"segmentId": "a-1"}]));
}

#[test]
fn every_problem_is_told_at_once() {
    let failure = plan(
        &["--ingested-after", "yesterday", "--fields", "a,,b", "--events-ingested-after", "x"],
        "",
    )
    .unwrap_err();
    assert_eq!(failure.exit().code(), 2);
    for part in ["no dataset", "--ingested-after", "--fields", "--events-ingested-after needs"] {
        assert!(failure.message().contains(part), "{part}: {}", failure.message());
    }
}

#[test]
fn problems_name_their_flag() {
    let cases = [
        (&["--qualified-after", "x"][..], "--qualified-after"),
        (&["--qualified-before", "x"], "--qualified-before"),
        (
            &[
                "--qualified-after",
                "2026-02-01T00:00:00Z",
                "--qualified-before",
                "2026-01-01T00:00:00Z",
            ],
            "--qualified-",
        ),
        (&["--events=a..b"], "--events"),
        (&["--audience", " "], "--audience is empty"),
    ];
    for (line, part) in cases {
        let line: Vec<&str> = ["--dataset", DATASET].iter().chain(line).copied().collect();
        let failure = plan(&line, "").unwrap_err();
        assert!(failure.message().contains(part), "{part}: {}", failure.message());
        assert!(!failure.message().contains("problems:"), "{}", failure.message());
    }
}

#[test]
fn files_that_cannot_be_sent_are_refused() {
    let cases = [
        ("", "standard input is empty"),
        ("{\"a\": 1,}", "standard input:1:9: not JSON: key must be a string"),
        ("[]", "standard input: the request must be an object"),
        ("{}", "destination.datasetId"),
        (r#"{"destination":{"datasetId":"61"},"fields":["a"]}"#, "fields should be text"),
        (r#"{"destination":{"datasetId":61}}"#, "destination.datasetId should be text"),
        (r#"{"fields":"a","fields":"b"}"#, "standard input:1:24: fields is there more than once"),
        (r#"{"filter":"gold"}"#, "filter is not an object, but text"),
        ("\u{feff}{}", "standard input:1:1: not JSON: it begins with a byte order mark"),
    ];
    for (file, part) in cases {
        let failure = plan(&["-f", "-"], file).unwrap_err();
        assert_eq!(failure.exit().code(), 2, "{file}");
        assert!(failure.message().contains(part), "{file}: {}", failure.message());
    }
    let failure = plan(&["-f", "no/such.json"], "").unwrap_err();
    assert_eq!(failure.exit().code(), 2);
    assert_eq!(failure.message(), "cannot read no/such.json: no such file or directory");
}

fn written(name: &str, text: &str, line: &[&str]) -> Result<Plan, Failure> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let variables = [("DATASET", DATASET), ("AEP_CLIENT_SECRET", "canary")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.into())).into();
    let file = read(&path, &mut std::io::empty(), &Variables::of(&variables));
    let folder = format!("{}/", folder.path().display());
    file.and_then(|file| Plan::new(flags(line), Some(file)))
        .map_err(|failure| Failure::usage(failure.message().replace(&folder, "")))
}

const YAML: &str = "\
# The nightly export
destination:
  datasetId: ${DATASET}
schema: {name: _xdm.context.profile}
filter:
  segments:
    - segmentId: ''
  fromIngestTimestamp: yesterday
x: 1
";

const TOML: &str = "\
x = 1
schema = {name = '_xdm.context.profile'}
[destination]
datasetId = '${DATASET}'
[filter]
fromIngestTimestamp = 'yesterday'
[[filter.segments]]
segmentId = ''
";

#[test]
fn problems_say_where_they_stand_in_every_language() {
    let json = "{\"destination\": {\"datasetId\": \"${DATASET}\"},\n \"schema\": {\"name\": \"_xdm.context.profile\"},\n \"filter\": {\n  \"segments\": [{\"segmentId\": \"\"}], \"fromIngestTimestamp\": \"yesterday\"}}";
    for (name, text, places) in [
        ("job.yaml", YAML, ["job.yaml:7:18: ", "job.yaml:8:24: "]),
        ("job.toml", TOML, ["job.toml:8:13: ", "job.toml:6:23: "]),
        ("job.json", json, ["job.json:4:30: ", "job.json:4:59: "]),
    ] {
        let failure = written(name, text, &[]).unwrap_err();
        let told = failure.message().split([' ', ';']).filter_map(|word| word.strip_prefix(name));
        let lines: Vec<&str> = told.filter_map(|place| place.split(':').nth(1)).collect();
        assert!(lines.len() == 2 && lines.is_sorted(), "{}", failure.message());
        for (place, path) in
            places.iter().zip(["filter.segments[0].segmentId", "filter.fromIngestTimestamp"])
        {
            let part = format!("{place}{path}");
            assert!(failure.message().contains(&part), "{part}: {}", failure.message());
        }
        // What a flag says stands in no line of the file.
        let mended = ["--segment", "s", "--ingested-after", "tomorrow"];
        let failure = written(name, text, &mended).unwrap_err();
        let part = format!("{name}: filter.fromIngestTimestamp");
        assert!(failure.message().starts_with(&part), "{}", failure.message());
    }
}

#[test]
fn a_job_in_another_language_is_sent_as_json() {
    for (name, text) in [("job.yaml", YAML), ("job.toml", TOML)] {
        let set = ["--set", "filter.segments[0].segmentId=s", "--set", "x={\"y\": [1.0]}"];
        let line = [&set[..], &["--ingested-after", "2026-01-01T00:00:00Z"]].concat();
        let plan = written(name, text, &line).unwrap();
        let document = plan.document(&Resolved::default()).unwrap();
        let document: Value = serde_json::from_slice(&document).unwrap();
        assert_eq!(
            document,
            json!({
                "destination": {"datasetId": DATASET},
                "schema": {"name": "_xdm.context.profile"},
                "filter": {
                    "segments": [{"segmentId": "s"}],
                    "fromIngestTimestamp": "2026-01-01T00:00:00Z",
                },
                "x": {"y": [1.0]},
            })
        );
    }
}

#[test]
fn a_number_where_an_id_belongs_is_told() {
    let yaml = "destination: {datasetId: 612345678901234567890123}\nschema: {name: a}\n";
    let failure = written("job.yaml", yaml, &[]).unwrap_err();
    let part = "job.yaml:1:26: destination.datasetId is not text, but a number";
    assert!(failure.message().contains(part), "{}", failure.message());
}

#[test]
fn variables_without_a_value_say_where_they_stand() {
    for (name, text, said) in [
        ("job.yaml", "a: 1\nb: [x, '${NONE}']\n", "job.yaml:2:8: the variable NONE is not set"),
        ("job.json", "{\n\"a\": \"${NONE}\"}", "job.json:2:7: the variable NONE is not set"),
        ("job.toml", "a = '${AEP_CLIENT_SECRET}'\n", "job.toml:1:5: AEP_CLIENT_SECRET is secret"),
    ] {
        let failure = written(name, text, &[]).unwrap_err();
        assert!(failure.message().starts_with(said), "{}", failure.message());
        assert_eq!(failure.exit().code(), 2);
    }
}

#[test]
fn what_is_set_comes_last_and_needs_no_file() {
    let line = ["--fields", "a", "--set", "fields=b,c", "--dataset", DATASET];
    assert!(document(&line, "").contains(r#""fields":"b,c""#));
    let line = ["--set", &format!("destination.datasetId={DATASET}")];
    assert!(document(&line, "").contains(DATASET));
    let failure = plan(&["--dataset", DATASET, "--set", "fields.x=1", "--fields", "a"], "");
    assert_eq!(failure.unwrap_err().message(), "--set fields.x: `fields` is not an object");
    let failure = plan(&["--dataset", DATASET, "--set", "mergePolicy.version=2"], "").unwrap_err();
    assert_eq!(failure.message(), "mergePolicy.id is missing (--merge-policy)");
    let failure = plan(&["--dataset", DATASET, "--set", "filter.segments=5"], "").unwrap_err();
    assert!(
        failure.message().contains("--set: filter.segments is not a list"),
        "{}",
        failure.message()
    );
}
