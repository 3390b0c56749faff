//! A create whose answer is lost, in every way that it can be: the job is found, or the code is 9, and
//! never are there two.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::inside::{Hurry, Left, run};
use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::World;

/// A run that does not wait for what never comes.
fn hurried(silences: Arc<dyn Fn() -> usize + Send + Sync>) -> Hurry {
    Hurry {
        // Before the second and the third look for what a create has made.
        pauses: [2, 5].map(Duration::from_secs).into(),
        // For the answer to a create.
        limit: Duration::from_secs(75),
        silences,
    }
}

/// The same where the service never falls silent.
fn unsilenced() -> Hurry {
    hurried(Arc::new(|| 0))
}

/// What goes wrong with a create, as the emulator's faults: once after the job was made, once before.
const LOST: &[(&str, &str)] = &[
    ("a gateway's 502", r#"{"answer": {"status": 502, "envelope": "html"}}"#),
    ("a page with 503", r#"{"answer": {"status": 503, "envelope": "html"}}"#),
    ("a 500 of the service", r#"{"answer": {"status": 500, "envelope": "ups"}}"#),
    (
        "a redirect",
        r#"{"answer": {"status": 307, "headers": {"location": "http://127.0.0.1:1/"}}}"#,
    ),
    ("a cut connection", r#""reset""#),
    ("no answer at all", r#""silence""#),
    ("half a document", r#""malformed_json""#),
];

/// What can only happen to an answer of the service itself.
const CUT: &[(&str, &str)] = &[
    ("a body that is cut", r#"{"cut": {"after": 5}}"#),
    ("a body that is cut without a sign", r#"{"cut": {"after": 5, "framing": "close"}}"#),
    ("a body that is shorter than it says", r#"{"wrong_length": {"by": 7}}"#),
];

struct Place {
    service: Service,
    world: World,
    dataset: String,
}

impl Place {
    fn new() -> Self {
        Self::repeating("0")
    }

    fn repeating(retries: &str) -> Self {
        let service = Service::quick();
        let world = World::signed_in(&service.url).with("AEP_RETRIES", retries);
        let made = run(&world, &["dataset", "create", "lost", "-o", "id"], &Hurry::none());
        let dataset = made.stdout.trim().to_owned();
        Self { service, world, dataset }
    }

    fn spoil(&self, stage: &str, action: &str) {
        self.service.fault(&format!(
            r#"{{"match": {{"operation": "export_jobs.create"}}, "stage": "{stage}",
                "action": {action}}}"#
        ));
    }

    fn run(&self, args: &[&str]) -> Left {
        let dataset = ["--dataset", &self.dataset];
        run(&self.world, &[args, &dataset].concat(), &hurried(self.service.silences()))
    }

    fn jobs(&self) -> usize {
        let listed = run(&self.world, &["list", "--all", "-o", "id"], &Hurry::none());
        listed.stdout.lines().count()
    }
}

#[test]
fn a_job_that_was_made_is_found_and_taken_for_the_created_one() {
    for (what, action) in LOST.iter().chain(CUT) {
        let place = Place::new();
        place.spoil("after", action);
        let left = place.run(&["create", "-o", "id"]);
        assert_eq!(left.code, ExitCode::SUCCESS, "{what}: {left:?}");
        assert_eq!(left.stdout, "1001\n", "{what}: {left:?}");
        assert!(left.stderr.contains("looking whether it made a job"), "{what}: {left:?}");
        assert!(left.stderr.ends_with("job 1001 found, which the create has made\n"), "{left:?}");
        assert!(!left.stderr.contains("created"), "{what}: {left:?}");
        assert_eq!((place.jobs(), place.service.asked_for("export_jobs.create")), (1, 1), "{what}");
    }
}

#[test]
fn where_none_was_made_nobody_can_know_and_it_is_nine() {
    for (what, action) in LOST {
        let place = Place::new();
        place.spoil("before", action);
        let left = place.run(&["create", "-o", "json"]);
        assert_eq!(left.code, ExitCode::from(9), "{what}: {left:?}");
        let error = left.stderr.lines().last().unwrap();
        let error: serde_json::Value = serde_json::from_str(error).unwrap();
        assert_eq!(error["kind"], "unknown_outcome", "{what}");
        let message = error["message"].as_str().unwrap();
        assert!(message.ends_with("no such job is listed yet"), "{what}: {message}");
        assert!(error["hint"].as_str().unwrap().contains("aep-export list"), "{what}: {error}");
        assert_eq!(error["sent_request_id"].as_str().unwrap().len(), 32, "{what}: {error}");
        assert_eq!((place.jobs(), place.service.asked_for("export_jobs.create")), (0, 1), "{what}");
        assert_eq!(left.stdout, "", "{what}");
    }
}

#[test]
fn a_run_goes_on_with_the_job_that_it_found() {
    let place = Place::new();
    place.spoil("after", r#""reset""#);
    let to = place.world.path("gold").display().to_string();
    let left = place.run(&["run", "--to", &to, "--interval", "10ms", "-o", "json"]);
    assert_eq!(left.code, ExitCode::SUCCESS, "{left:?}");
    assert!(left.stderr.contains(r#"{"event":"found","job_id":"1001"}"#), "{left:?}");
    assert!(left.stdout.contains("SUCCEEDED") && left.stdout.contains("1001"), "{left:?}");
    assert_eq!((place.jobs(), place.service.asked_for("export_jobs.create")), (1, 1));

    let place = Place::new();
    place.spoil("before", r#""reset""#);
    let left = place.run(&["run", "--to", &to]);
    assert_eq!(left.code, ExitCode::from(9), "{left:?}");
    assert_eq!((place.jobs(), place.service.asked_for("export_jobs.create")), (0, 1));
}

#[test]
fn a_create_that_certainly_was_not_accepted_is_no_unknown_one() {
    // No connection was ever made.
    let nobody = World::at("http://127.0.0.1:1");
    let create = ["create", "--dataset", "6123456789abcdef01234567", "-o", "json"];
    let left = run(&nobody, &create, &unsilenced());
    assert_eq!(left.code, ExitCode::from(10), "{left:?}");
    // The gateway said so itself, and the second one is taken.
    let place = Place::repeating("1");
    place.service.fault(
        r#"{"match": {"operation": "export_jobs.create"}, "when": {"nth": 1},
            "action": {"answer": {"status": 429, "code": "429050"}}}"#,
    );
    let left = place.run(&["create", "-o", "id"]);
    assert_eq!((left.code, left.stdout.as_str()), (ExitCode::SUCCESS, "1001\n"), "{left:?}");
    assert_eq!((place.jobs(), place.service.asked_for("export_jobs.create")), (1, 2));
}

#[test]
fn a_search_that_fails_leaves_it_unknown() {
    let script = Script::start(&[("POST ", Reply::Close), ("GET ", Reply::Html(503))]);
    let create = ["create", "--dataset", "6123456789abcdef01234567"];
    let left = run(&World::at(&script.url), &create, &unsilenced());
    assert_eq!(left.code, ExitCode::from(9), "{left:?}");
    assert!(left.stderr.contains("nor can it be looked for"), "{left:?}");
}

/// What else can be created: the command, the emulator's name for it, how it is listed, and its name.
const OTHERS: &[(&[&str], &str, &[&str], &str)] = &[
    (
        &["segment-job", "create", "--audience", "Gold members"],
        "segment_jobs.create",
        &["segment-job", "list"],
        "segment job",
    ),
    (&["dataset", "create", "new"], "datasets.create", &["dataset", "list"], "dataset"),
];

#[test]
fn a_segment_job_and_a_dataset_that_were_made_are_found_too() {
    for (command, operation, list, name) in OTHERS {
        for (number, (what, action)) in LOST.iter().enumerate() {
            // Where nothing was made, everything is as lost as everything else.
            let stages = &[("after", 0, 1), ("before", 9, 0)][..if number < 2 { 2 } else { 1 }];
            for &(stage, code, made) in stages {
                let service = Service::quick();
                let world = World::signed_in(&service.url).with("AEP_RETRIES", "0");
                service.fault(&format!(
                    r#"{{"match": {{"operation": "{operation}"}}, "stage": "{stage}",
                        "action": {action}}}"#
                ));
                let hurry = hurried(service.silences());
                let left = run(&world, &[command, &["-o", "id"][..]].concat(), &hurry);
                assert_eq!(left.code, ExitCode::from(code), "{what}, {stage}: {left:?}");
                let listed =
                    run(&world, &[list, &["-o", "id"][..]].concat(), &Hurry::none()).stdout;
                assert_eq!(listed.lines().count(), made, "{what}, {stage}: {left:?}");
                assert_eq!(service.asked_for(operation), 1, "{what}, {stage}");
                // The id that it tells is that of what was made.
                assert_eq!(left.stdout, listed, "{what}, {stage}: {left:?}");
                let looking = format!("looking whether it made a {name}");
                assert!(left.stderr.contains(&looking), "{left:?}");
                let ends = match made {
                    1 => format!("{name} {} found, which the create has made\n", listed.trim()),
                    _ => format!(
                        "look before you create another one: aep-export {}\n",
                        list.join(" ")
                    ),
                };
                assert!(left.stderr.ends_with(&ends), "{what}, {stage}: {left:?}");
            }
        }
    }
}

#[test]
fn a_found_dataset_is_told_in_the_words_of_the_service() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let plain = run(&world, &["dataset", "create", "new", "-o", "json"], &Hurry::none()).stdout;
    service.fault(
        r#"{"match": {"operation": "datasets.create"}, "stage": "after", "action": "reset"}"#,
    );
    let left =
        run(&world, &["dataset", "create", "other", "-o", "json"], &hurried(service.silences()));
    let ids = [plain, left.stdout].map(|said| {
        let said: Vec<String> = serde_json::from_str(&said).unwrap();
        said[0].strip_prefix("@/dataSets/").unwrap().to_owned()
    });
    assert_ne!(ids[0], ids[1]);
    assert!(left.stderr.contains(r#"{"event":"found","dataset_id":""#), "{}", left.stderr);
    assert!(run(&world, &["dataset", "get", &ids[1]], &Hurry::none()).stdout.contains("other"));
}

/// Nothing is lost by it: the export goes where it was meant to go.
#[test]
fn a_run_goes_on_with_the_dataset_and_the_segment_job_that_it_found() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let creates = ["datasets.create", "segment_jobs.create", "export_jobs.create"];
    let fault = |operation| {
        format!(
            r#"{{"match": {{"operation": "{operation}"}}, "stage": "after",
                "action": {{"answer": {{"status": 502, "envelope": "html"}}}}}}"#
        )
    };
    service.fault(&format!("[{}]", creates.map(fault).join(",")));
    let to = world.path("gold").display().to_string();
    let args = ["run", "--audience", "Gold members", "--evaluate-first", "--create-dataset", "x"];
    let args = [&args[..], &["--to", &to, "--interval", "10ms"]].concat();
    let left = run(&world, &args, &unsilenced());
    assert_eq!(left.code, ExitCode::SUCCESS, "{left:?}");
    assert_eq!(left.stderr.matches("found, which the create has made").count(), 3, "{left:?}");
    for operation in creates {
        assert_eq!(service.asked_for(operation), 1, "{operation}");
    }
}
