//! Whether a dataset can take an export, seen before anything is created.

use crate::script::{Reply, Script, fit_dataset, job};
use crate::service::Service;
use crate::world::World;

const DATASET: &str = "6123456789abcdef01234567";
const RUN: [&str; 5] = ["run", "--dataset", DATASET, "--interval", "1ms"];
const UNION: &str = r#""schemaRef":{"id":"https://ns.adobe.com/xdm/context/profile__union"}"#;

/// The dataset with these members.
fn dataset(members: &str) -> Reply {
    Reply::Json(200, format!(r#"{{"{DATASET}":{{"name":"gold",{members}}}}}"#))
}

fn script(dataset: Reply) -> Script {
    Script::start(&[
        ("GET /data/foundation/catalog/dataSets/", dataset),
        ("POST ", job("NEW")),
        ("GET ", job("SUCCEEDED")),
    ])
}

/// Whether anything was created.
fn created(script: &Script) -> bool {
    script.all().iter().any(|came| came.line.starts_with("POST"))
}

#[test]
fn a_dataset_that_no_export_can_write_to_is_refused() {
    let other = r#""schemaRef":{"id":"https://ns.adobe.com/acme/schemas/5"}"#;
    let script = script(dataset(other));
    let ran = World::at(&script.url).run(&RUN);
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = "dataset 6123456789abcdef01234567 cannot take an export: it is on the schema \
                https://ns.adobe.com/acme/schemas/5, and not on the union schema of profiles";
    assert!(ran.stderr.contains(said), "{ran:?}");
    assert!(ran.stderr.contains("--create-dataset"), "{ran:?}");
    assert!(!created(&script));
    // Looked at, it is shown, with the same words.
    let got = World::at(&script.url).run(&["dataset", "get", DATASET]);
    assert!(
        got.ok().lines().any(|line| line.split_whitespace().eq(["for", "exports", "no"])),
        "{got:?}"
    );
    assert!(got.stderr.contains(said), "{got:?}");
    // The dataset of a file is looked at too, and before segments are evaluated.
    let world = World::at(&script.url);
    let request = format!(
        r#"{{"destination":{{"datasetId":"{DATASET}"}},"schema":{{"name":"_xdm.context.profile"}},
            "filter":{{"segments":[{{"segmentId":"x"}}]}}}}"#
    );
    std::fs::write(world.path("job.json"), request).unwrap();
    assert_eq!(world.run(&["run", "-f", "job.json", "--evaluate-first"]).code, 2);
    assert!(!created(&script));
}

#[test]
fn what_is_not_certain_is_a_warning() {
    let parquet = r#""fileDescription":{"format":"parquet","containerFormat":"parquet"}"#;
    for (members, part) in [
        (format!(r#"{UNION},"state":"DRAFT",{parquet}"#), ""),
        (UNION.to_owned(), ""),
        (format!(r#"{UNION},"fileDescription":{{"format":""}},"tags":{{}}"#), ""),
        (r#""state":"DRAFT""#.to_owned(), "does not say which schema"),
        (format!(r#"{UNION},"fileDescription":{{"format":"csv"}}"#), "its files are csv"),
        (
            format!(r#"{UNION},"fileDescription":{{"containerFormat":"avro"}}"#),
            "its files are avro",
        ),
        (format!(r#"{UNION},"state":"DELETED""#), "its state is DELETED"),
        (
            format!(r#"{UNION},"tags":{{"unifiedProfile":["enabled:true","enabledAt:2026"]}}"#),
            "enabled for profiles",
        ),
        (format!(r#"{UNION},"tags":{{"unifiedProfile":["enabled:false"]}}"#), ""),
    ] {
        let script = script(dataset(&members));
        let ran = World::at(&script.url).run(&RUN);
        ran.ok();
        let got = World::at(&script.url).run(&["dataset", "get", DATASET]);
        got.ok();
        for said in [&ran.stderr, &got.stderr] {
            let warned = said.contains("warning: dataset 6123456789abcdef01234567 may not take");
            assert_eq!(
                (warned, said.contains(part)),
                (!part.is_empty(), true),
                "{members}: {said}"
            );
        }
    }
}

/// Which dataset the export of another schema needs is not documented.
#[test]
fn an_export_of_another_schema_is_not_refused() {
    let script = script(dataset(r#""schemaRef":{"id":"https://ns.adobe.com/x"}"#));
    let ran = World::at(&script.url).run(&[&RUN[..], &["--schema", "_xdm.other"]].concat());
    ran.ok();
    assert!(ran.stderr.contains("may not take an export"), "{ran:?}");
}

#[test]
fn what_cannot_be_looked_at_is_no_reason_to_refuse_but_what_is_not_there_is() {
    let denied = r#"{"error_code":"403025","message":"Profile is not valid"}"#;
    for (reply, code) in [
        (Reply::Json(403, denied.to_owned()), 0),
        (Reply::Html(502), 0),
        (Reply::Json(200, "[]".to_owned()), 0),
        (
            Reply::Json(
                404,
                r#"{"title":"NotFoundError","detail":"DataSet not found."}"#.to_owned(),
            ),
            3,
        ),
        (Reply::Json(200, "{}".to_owned()), 3),
        (Reply::Json(401, r#"{"error_code":"401013","message":"no"}"#.to_owned()), 4),
        (Reply::Close, 10),
    ] {
        let script = script(reply);
        let ran = World::at(&script.url).run(&RUN);
        assert_eq!((ran.code, created(&script)), (code, code == 0), "{ran:?}");
        assert!(ran.stderr.contains("cannot check dataset 6123456789abcdef01234567"), "{ran:?}");
        assert_eq!(ran.stderr.contains("going on without"), code == 0, "{ran:?}");
    }
}

#[test]
fn create_leaves_it_to_the_service() {
    let script = Script::start(&[fit_dataset(), ("POST ", job("NEW"))]);
    World::at(&script.url).run(&["create", "--dataset", DATASET]).ok();
    assert!(script.all().iter().all(|came| came.line.starts_with("POST")));
}

#[test]
fn a_dataset_that_was_made_here_is_fit() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let id = world.run(&["dataset", "create", "gold", "-o", "id"]);
    let id = id.ok().trim();
    let got = world.run(&["dataset", "get", id]);
    let line = |wanted: &[&str]| {
        got.ok().lines().any(|line| line.split_whitespace().eq(wanted.iter().copied()))
    };
    assert!(line(&["for", "exports", "yes"]) && line(&["format", "parquet"]), "{got:?}");
    assert_eq!(got.stderr, "");
    let ran = world.run(&["run", "--dataset", id, "--audience", "Gold members"]);
    ran.ok();
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
}
