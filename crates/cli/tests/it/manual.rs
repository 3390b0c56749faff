//! Pages of the manual, as man takes them.

use std::fs;

use crate::world::World;

#[test]
fn the_manual_is_a_page_or_a_folder_of_them() {
    let world = World::bare();
    let all = world.run(&["man"]);
    assert!(all.ok().contains(".TH aep-export 1"), "{all:?}");
    let one = world.run(&["man", "dataset", "create"]);
    assert!(one.ok().contains(".TH aep-export-dataset-create 1"), "{one:?}");
    let wrong = world.run(&["man", "dwnload"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("did you mean the page of aep-export-download?"), "{wrong:?}");
    world.run(&["man", "--dir", "in/man1"]).ok();
    let page = fs::read_to_string(world.path("in/man1/aep-export-dataset-create.1")).unwrap();
    assert_eq!(page, one.stdout);
}

#[test]
fn no_config_file_is_read_for_it() {
    let world = World::bare().with_config("this is no config file");
    for args in [&["completions", "fish"][..], &["man"]] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    }
}
