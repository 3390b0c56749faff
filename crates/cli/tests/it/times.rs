//! Times: those of the reader's zone for people, UTC for programs.

use crate::script::{Reply, Script};
use crate::world::World;

const JOB: &str = r#"{"id":7,"status":"SUCCEEDED","creationTime":1538615973895}"#;

#[test]
fn people_read_their_own_time_and_programs_utc() {
    let list = format!("{{\"records\":[{JOB}]}}");
    let script = Script::start(&[
        ("GET /data/core/ups/export/jobs?", Reply::Json(200, list)),
        ("GET /data/core/ups/export/jobs/7", Reply::Json(200, JOB.to_owned())),
    ]);
    let world = World::at(&script.url).with("TZ", "JST-9");
    for (args, time) in [
        (&["get", "7"][..], "created  2018-10-04T10:19:33+09:00\n"),
        (&["get", "7", "--utc"], "created  2018-10-04T01:19:33Z\n"),
        (&["list"], "  2018-10-04T10:19:33+09:00  "),
        (&["list", "--utc"], "  2018-10-04T01:19:33Z  "),
        (&["list", "-o", "csv"], ",2018-10-04T01:19:33.895Z,"),
        (&["list", "-o", "json"], "1538615973895"),
    ] {
        let ran = world.run(args);
        assert!(ran.ok().contains(time), "{args:?}: {ran:?}");
    }
}
