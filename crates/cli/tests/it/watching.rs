//! `list --watch`: what changes is told, a passing fault is waited out, and it ends when told to.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::Command;

use serde_json::Value;

use crate::script::Script;
use crate::service::Service;
use crate::world::{Ran, World};

#[test]
fn each_change_is_told_once_and_a_passing_fault_ends_nothing() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "--wait", "-q"]).ok();
    let mut child = world.spawn(&["list", "--watch=20ms", "-o", "ndjson", "--timeout", "60s"]);
    let mut told = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        (line["id"].to_string(), line["status"].as_str().unwrap().to_owned())
    };
    told.push(next());
    service
        .fault(r#"{"match":{"operation":"export_jobs.list"},"action":{"answer":{"status":503}}}"#);
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.as_mut().unwrap());
    stderr.read_line(&mut said).unwrap();
    assert!(said.contains("503") && said.contains("still watching"), "{said}");
    world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    service.unspoil();
    while told.last().unwrap() != &("1002".to_owned(), "SUCCEEDED".to_owned()) {
        told.push(next());
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(!ran.stderr.contains("still watching"), "it is said once: {ran:?}");
    assert_eq!(told[0], ("1001".to_owned(), "SUCCEEDED".to_owned()));
    assert!(told[1..].iter().all(|(id, _)| id == "1002"), "{told:?}");
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let script = Script::start(&[]);
    let world = World::at(&script.url);
    for args in [&["-o", "json"][..], &["-o", "yaml"], &["-o", "raw"], &["--all"]] {
        let ran = world.run(&[&["list", "--watch"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
    }
    assert!(script.all().is_empty());
}
