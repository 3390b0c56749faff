//! The recipes for schedulers: what each of them starts, with the script of the guide.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::service::Service;
use crate::world::{Ran, World};

const GUIDE: &str = include_str!("../../../../docs/guides/run-it-every-night.md");

/// The blocks of the guide in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let blocks = GUIDE.split(begin.as_str()).skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// What stands behind `key` in the lines of the blocks in this language.
fn values(language: &str, key: &str) -> Vec<String> {
    let lines = blocks(language).into_iter().flat_map(str::lines);
    let values = lines.filter_map(|line| Some(line.split_once(key)?.1.trim().to_owned()));
    values.collect()
}

/// What cron, systemd, GitHub and Airflow start.
fn started() -> Vec<String> {
    let mut all = values("crontab", "15 2 * * * ");
    all.extend(values("ini", "ExecStart="));
    all.extend(values("yaml", "run: "));
    let bash = values("python", "bash_command=");
    all.extend(bash.iter().map(|text| text.trim_matches(['"', ',']).to_owned()));
    assert_eq!(all.len(), 5, "{all:?}");
    all
}

#[test]
fn what_a_scheduler_starts_exports_and_can_be_started_again() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    let bin = world.path("bin");
    fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_aep-export"), bin.join("aep-export")).unwrap();
    let [script] = blocks("sh")[..] else { panic!("one script") };
    fs::write(world.path("nightly.sh"), script).unwrap();
    fs::set_permissions(world.path("nightly.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let here = world.path("").display().to_string();
    for command in started() {
        let mut shell = Command::new("/bin/sh");
        world.prepare(&mut shell);
        shell
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("DATASET", &dataset)
            .env("GITHUB_STEP_SUMMARY", world.path("summary.md"))
            .args(["-c", &command.replace("/srv/exports/", &here)]);
        let ran = Ran::of(shell.spawn().unwrap());
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
    }
    let log = fs::read_to_string(world.path("nightly.log")).unwrap();
    assert!(log.contains("SUCCEEDED") && log.contains("{\"id\":1001,"), "{log}");
    assert!(fs::read_to_string(world.path("summary.md")).unwrap().contains("1001"));
    let day = fs::read_dir(world.path("gold")).unwrap().next().unwrap().unwrap().path();
    assert!(day.join("manifest.json").is_file());
}
