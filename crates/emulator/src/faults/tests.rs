use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::action::RetryAfter;
use super::rule::{Match, When};
use super::*;
use crate::answer::Sending;

const JOBS: &str = "/data/core/ups/export/jobs";

fn call(method: &str, target: &str) -> Call {
    let request = http::Request::builder().method(method).uri(target);
    let request = request.header("authorization", "Bearer canary").body(()).unwrap();
    Call::new(request.into_parts().0, Bytes::new(), "requestid".to_owned())
}

fn faults(rules: impl IntoIterator<Item = Fault>) -> Faults {
    Faults::new(1, rules.into_iter().collect()).unwrap()
}

/// Which of so many equal requests are struck, by number.
fn struck(faults: &Faults, requests: usize) -> Vec<usize> {
    let call = call("GET", JOBS);
    (1..=requests).filter(|_| !faults.strike(&call).rules.is_empty()).collect()
}

#[test]
fn nth_skip_and_times_count_the_requests_that_are_meant() {
    let reset = || Fault::new(Action::Reset).on("export_jobs.list");
    for (fault, expected) in [
        (reset(), vec![1, 2, 3, 4, 5]),
        (reset().nth(1), vec![1]),
        (reset().nth(3), vec![3]),
        (reset().skip(3), vec![4, 5]),
        (reset().times(2), vec![1, 2]),
        (reset().skip(1).times(2), vec![2, 3]),
    ] {
        let faults = faults([fault]);
        faults.strike(&call("POST", JOBS));
        assert_eq!(struck(&faults, 5), expected, "{:?}", faults.report());
        let report = &faults.report()[0];
        assert_eq!((report.seen, report.fired), (5, expected.len() as u64));
    }
}

#[test]
fn chance_comes_from_the_seed_and_the_place_of_the_rule() {
    let rare = || Fault::new(Action::Reset).probability(0.25);
    let with_seed = |seed| struck(&Faults::new(seed, vec![rare()]).unwrap(), 400);
    let hits = with_seed(1);
    assert_eq!(hits, with_seed(1));
    assert_ne!(hits, with_seed(2));
    assert!((60..140).contains(&hits.len()), "{}", hits.len());
    assert_eq!(struck(&faults([rare().times(3)]), 400), hits[..3]);
    assert_eq!(struck(&faults([rare().probability(1.0)]), 3), [1, 2, 3]);
    // A rule that never strikes does not change another's chance, and no two throw alike.
    let both = faults([rare().named("one"), Fault::new(Action::Delay { ms: 1 }).probability(0.25)]);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for number in 1..=400 {
        let rules = both.strike(&call("GET", JOBS)).rules;
        one.extend(rules.contains(&"one".to_owned()).then_some(number));
        two.extend(rules.contains(&"fault 2".to_owned()).then_some(number));
    }
    assert_eq!(one, hits);
    assert_ne!(two, hits);
}

#[test]
fn requests_are_meant_by_operation_method_and_path() {
    let any = Fault::new(Action::Reset);
    for (fault, method, target, is_meant) in [
        (any.clone(), "GET", "/nowhere", true),
        (any.clone().on("export_jobs.create"), "POST", JOBS, true),
        (any.clone().on("export_jobs.create"), "GET", JOBS, false),
        (any.clone().on("export_jobs.*"), "GET", JOBS, true),
        (any.clone().on("files.*"), "GET", JOBS, false),
        (any.clone().on("files.*"), "GET", "/nowhere", false),
        (any.clone().method("GET"), "GET", JOBS, true),
        (any.clone().method("GET"), "HEAD", JOBS, false),
        (any.clone().path(JOBS), "GET", "/data/core/ups/export/jobs/?limit=1", true),
        (any.clone().path(JOBS), "GET", "/data/core/ups/export/jobs/1", false),
        (any.clone().path("/data/*/ups/export/jobs"), "GET", JOBS, true),
        (any.clone().path("/data/*"), "GET", JOBS, false),
        (any.clone().path("/data/**"), "GET", JOBS, true),
        (any.clone().path("/data/core/ups/export/jobs/**"), "GET", JOBS, true),
        (any.clone().path("/data/core/ups/export/jobs/*"), "GET", JOBS, false),
        (any.clone().path("/**").method("POST"), "GET", JOBS, false),
    ] {
        let fires = !faults([fault.clone()]).strike(&call(method, target)).rules.is_empty();
        assert_eq!(fires, is_meant, "{fault:?} {method} {target}");
    }
}

#[test]
fn the_first_rule_strikes_and_delays_come_on_top() {
    let delay = |ms| Fault::new(Action::Delay { ms });
    let faults = faults([
        delay(100),
        Fault::new(Action::Reset).named("first").times(1),
        Fault::new(Action::Silence).named("second").times(1),
        delay(20).after().named("last"),
        delay(3),
    ]);
    let sent = |rules: &[&str], sending| {
        let call = call("GET", JOBS);
        let strike = faults.strike(&call);
        assert_eq!(strike.rules, rules);
        assert_eq!(strike.delay_before.as_millis(), 103);
        let plain = || crate::answer::Answer::empty(http::StatusCode::OK);
        let answer = strike.instead(&call, 0);
        let answer = answer.unwrap_or_else(|| strike.afterwards(plain(), &call, 0));
        assert_eq!(answer.manner.delay.as_millis(), 20);
        assert_eq!(answer.manner.sending, sending);
    };
    sent(&["fault 1", "first", "last", "fault 5"], Sending::Reset);
    sent(&["fault 1", "second", "last", "fault 5"], Sending::Silence);
    sent(&["fault 1", "last", "fault 5"], Sending::Whole);
    assert_eq!(faults.report().iter().map(|it| it.fired).collect::<Vec<_>>(), [3, 1, 1, 3, 3]);
}

#[test]
fn an_expired_token_stays_so_until_the_rules_go() {
    let faults = faults([Fault::new(Action::ExpiredToken).nth(2)]);
    let call = call("GET", JOBS);
    faults.strike(&call);
    assert!(!faults.has_expired("Bearer canary"));
    let refusal = faults.strike(&call).instead(&call, 0).expect("a refusal");
    assert_eq!(refusal.document()["error_code"], "401013");
    assert!(faults.strike(&call).instead(&call, 0).is_none(), "now the gateway knows");
    assert!(faults.has_expired("Bearer canary") && faults.has_expired("bearer  canary"));
    assert!(!faults.has_expired("Bearer other"));
    assert!(!format!("{faults:?}").contains("canary"));
    faults.add([Fault::new(Action::Reset)]).unwrap();
    assert!(faults.has_expired("Bearer canary"));
    faults.clear();
    assert!(!faults.has_expired("Bearer canary"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let reset = |rest: Value| {
        let mut rule = json!({"action": "reset"});
        rule.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        rule
    };
    let action = |action: Value| json!([reset(json!({})), {"action": action}]);
    let answer = |answer: Value| action(json!({"answer": answer}));
    for (rules, place, word) in [
        (json!(7), "fault 1", "must be an object"),
        (json!([[]]), "fault 1", "must be an object"),
        (json!({}), "fault 1, action", "missing"),
        (reset(json!({"whn": {}})), "fault 1", "unknown key \"whn\""),
        (reset(json!({"name": 1})), "fault 1, name", "string"),
        (
            reset(json!({"when": {"tims": 1}})),
            "fault 1, when",
            "unknown field `tims`, expected one",
        ),
        (reset(json!({"when": {"nth": 0}})), "fault 1, when.nth", "from 1"),
        (reset(json!({"when": {"nth": 1, "times": 1}})), "fault 1, when.nth", "alone"),
        (reset(json!({"when": {"nth": -1}})), "fault 1, when", "-1"),
        (reset(json!({"when": {"times": 0}})), "fault 1, when.times", "not be 0"),
        (reset(json!({"when": {"probability": 0}})), "fault 1, when.probability", "above 0"),
        (reset(json!({"when": {"probability": 1.5}})), "fault 1, when.probability", "at most 1"),
        (reset(json!({"match": {"host": "a"}})), "fault 1, match", "unknown field `host`"),
        (reset(json!({"match": {"operation": "jobs"}})), "fault 1, match.operation", "files.open"),
        (
            reset(json!({"match": {"operation": "files.open", "method": "GET"}})),
            "fault 1, match.operation",
            "alone",
        ),
        (reset(json!({"match": {"method": "get"}})), "fault 1, match.method", "capital"),
        (reset(json!({"match": {"path": "data"}})), "fault 1, match.path", "slash"),
        (reset(json!({"match": {"path": "/**/a"}})), "fault 1, match.path", "end"),
        (reset(json!({"stage": "during"})), "fault 1, stage", "`before` or `after`"),
        (action(json!("explode")), "fault 2, action", "unknown variant `explode`"),
        (action(json!({"cut": {}})), "fault 2, action.cut", "missing field `after`"),
        (action(json!({"cut": {"after": 1, "x": 1}})), "fault 2, action.cut", "unknown field `x`"),
        (action(json!({"drip": {"bytes": 0, "every_ms": 1}})), "fault 2, action.drip.bytes", "0"),
        (action(json!({"wrong_length": {"by": 0}})), "fault 2, action.wrong_length.by", "0"),
        (answer(json!({})), "fault 2, action.answer", "missing field `status`"),
        (answer(json!({"status": 99})), "fault 2, action.answer.status", "200 to 599"),
        (answer(json!({"status": 500, "envelope": "x"})), "fault 2, action.answer", "`ups`"),
        (
            answer(json!({"status": 500, "body": "", "code": "1"})),
            "fault 2, action.answer.body",
            "alone",
        ),
        (
            answer(json!({"status": 500, "retry_after": "\n"})),
            "fault 2, action.answer.retry_after",
            "header",
        ),
        (answer(json!({"status": 500, "retry_after": []})), "fault 2, action.answer", "seconds"),
        (
            answer(json!({"status": 500, "headers": {"a b": ""}})),
            "fault 2, action.answer.headers.a b",
            "name",
        ),
        (
            answer(json!({"status": 500, "headers": {"a": "\u{7f}"}})),
            "fault 2, action.answer.headers.a",
            "value",
        ),
        (
            answer(json!({"status": 500, "headers": {"Content-Length": "1"}})),
            "fault 2, action.answer.headers.Content-Length",
            "wrong_length",
        ),
        (
            json!({"stage": "before", "action": {"cut": {"after": 1}}}),
            "fault 1, stage",
            "must be after",
        ),
        (json!({"stage": "after", "action": "expired_token"}), "fault 1, stage", "must be before"),
    ] {
        let error = Fault::parse(&rules.to_string()).expect_err(&rules.to_string());
        assert_eq!(error.place(), place, "{error}");
        assert!(error.message().contains(word), "{error}");
    }
    let error = Fault::parse("{\"action\": ").unwrap_err().to_string();
    assert!(error.contains("not JSON") && error.contains("line 1 column"), "{error}");
    assert_eq!(Fault::parse("[]").unwrap(), []);
}

#[test]
fn a_wrong_rule_changes_nothing() {
    let good = || Fault::new(Action::Reset);
    let faults = faults([good()]);
    let bad = good().nth(0);
    let error = faults.set([good(), bad.clone()]).unwrap_err();
    assert_eq!(error.place(), "fault 2, when.nth");
    assert!(faults.add([good(), bad.clone()]).is_err());
    assert_eq!(faults.report().len(), 1);
    assert!(Faults::new(1, vec![bad]).is_err());
    faults.add([good(), good()]).unwrap();
    assert_eq!(faults.report().len(), 3);
    faults.set([good()]).unwrap();
    assert_eq!(faults.report().len(), 1);
}

fn answers() -> impl Strategy<Value = FaultAnswer> {
    let text = || proptest::option::of("[ -~]{0,8}");
    let retry_after = proptest::option::of(prop_oneof![
        any::<u64>().prop_map(RetryAfter::Seconds),
        "[ -~]{0,8}".prop_map(RetryAfter::Text),
    ]);
    let headers = proptest::collection::btree_map("x-[a-z]{1,4}", "[ -~]{0,4}", 0..3);
    let envelope = proptest::option::of(proptest::sample::select(Envelope::ALL.to_vec()));
    let error = (envelope, text(), text()).prop_map(|error| (Some(error), None));
    let body = "\\PC{0,8}".prop_map(|body| (None, Some(body)));
    (200..600_u16, retry_after, headers, prop_oneof![error, body]).prop_map(
        |(status, retry_after, headers, (error, body))| {
            let (envelope, code, message) = error.unwrap_or_default();
            FaultAnswer { status, envelope, code, message, retry_after, headers, body }
        },
    )
}

fn actions() -> impl Strategy<Value = Action> {
    let framing = proptest::sample::select(vec![Framing::Length, Framing::Chunked, Framing::Close]);
    prop_oneof![
        answers().prop_map(Action::Answer),
        any::<u64>().prop_map(|ms| Action::Delay { ms }),
        Just(Action::Silence),
        Just(Action::Reset),
        (any::<u64>(), framing).prop_map(|(after, framing)| Action::Cut { after, framing }),
        any::<i64>().prop_map(|by| Action::WrongLength { by: by | 1 }),
        (1_u64.., any::<u64>()).prop_map(|(bytes, every_ms)| Action::Drip { bytes, every_ms }),
        Just(Action::MalformedJson),
        Just(Action::ExpiredToken),
    ]
}

fn rules() -> impl Strategy<Value = Fault> {
    let matching = prop_oneof![
        proptest::sample::select(operation::NAMES.to_vec())
            .prop_map(|name| Match { operation: Some(name.to_owned()), ..Match::default() }),
        (proptest::option::of("[A-Z]{1,6}"), proptest::option::of("(/[a-z*]{1,2}){1,3}")).prop_map(
            |(method, path)| {
                let path = path.map(|path| path.replace("**", "*"));
                Match { operation: None, method, path }
            }
        ),
    ];
    let number = || proptest::option::of(1..u64::MAX);
    let counts = prop_oneof![
        number().prop_map(|nth| (nth, None, None)),
        (number(), number()).prop_map(|(skip, times)| (None, skip, times)),
    ];
    let probability = proptest::option::of(0.000_001..=1.0);
    let when = (counts, probability).prop_map(|((nth, skip, times), probability)| When {
        nth,
        skip,
        times,
        probability,
    });
    let name = proptest::option::of("\\PC{0,8}");
    (name, matching, when, any::<bool>(), actions()).prop_map(
        |(name, matching, when, says_stage, action)| {
            let stage = says_stage.then(|| action.usual_stage());
            Fault { name, matching, when, stage, action }
        },
    )
}

proptest! {
    /// A rule that is written is the same rule when it is read, alone and in a list.
    #[test]
    fn a_rule_survives_its_json(rules in proptest::collection::vec(rules(), 1..3)) {
        let text = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(&Fault::parse(&text).unwrap(), &rules);
        let one = serde_json::to_string(&rules[0]).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Fault>(&one).unwrap(), &rules[0]);
    }
}
