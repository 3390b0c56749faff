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
    let file = flags.file.as_deref().map(|path| read(path, &mut stdin.as_bytes())).transpose()?;
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
    assert_eq!(plan.warnings, ["standard input: unknown key `x` is sent as it is"]);
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
            "standard input: unknown key `filter.segments[0].segmentid` is sent as it is",
            "standard input: unknown key `destintion` is sent as it is",
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
        ("{\"a\": 1,}", "standard input is not JSON: key must be a string at line 1 column 9"),
        ("[]", "standard input: the request must be an object"),
        ("{}", "destination.datasetId"),
        (r#"{"destination":{"datasetId":"61"},"fields":["a"]}"#, "fields should be text"),
        (r#"{"destination":{"datasetId":61}}"#, "destination.datasetId should be text"),
        (r#"{"fields":"a","fields":"b"}"#, "standard input: fields is there more than once"),
        (r#"{"filter":"gold"}"#, "filter is not an object, but text"),
        ("\u{feff}{}", "standard input is not JSON: it begins with a byte order mark"),
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
