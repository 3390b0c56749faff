//! Where `--to` may point.
#![cfg(unix)]

use std::fs;

use crate::file_server::{FileServer, content, good};
use crate::world::World;

fn server() -> FileServer {
    FileServer::start(vec![("part-0.csv".to_owned(), content(1000))], Box::new(good))
}

#[test]
fn a_file_address_is_a_folder() {
    let server = server();
    let world = World::at(&server.url);
    let folder = world.path("my gold");
    let to = format!("file://{}", folder.display().to_string().replace(' ', "%20"));
    let ran = world.run(&["download", "7", "--to", &to, "-o", "id"]);
    assert_eq!(ran.ok().trim(), folder.join("B1/part-0.csv").display().to_string());
    assert!(fs::read(folder.join("B1/part-0.csv")).unwrap() == content(1000));
    assert_eq!(world.run(&["download", "--verify", &to, "-o", "id"]).ok(), "");
}

#[test]
fn an_address_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let server = server();
    let world = World::at(&server.url);
    for (to, told) in [
        (
            "ftp://host/x",
            "--to ftp://: files are in a folder, or at file://, s3://, gs:// or az://",
        ),
        ("file://host/x", "names no folder of this machine"),
        ("s3://me:canary@bucket/x", "must not hold a name or a password"),
        ("s3://bucket/x?canary", "with ? or # in it"),
        ("s3://", "s3://"),
    ] {
        for args in [&["download", "7"][..], &["run", "--dataset", "d"]] {
            let ran = world.run(&[args, &["--to", to]].concat());
            assert_eq!(ran.code, 2, "{to}: {ran:?}");
            assert!(ran.stderr.contains(told), "{to}: {ran:?}");
            assert!(!ran.stderr.contains("canary"), "{to}: {ran:?}");
        }
    }
    let ran = world.run(&["download", "7", "--to", "out", "--staging", "x"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("--staging is for downloads into an object store"), "{ran:?}");
}

#[cfg(not(feature = "object-stores"))]
#[test]
fn without_the_feature_a_store_is_refused_by_its_name() {
    let server = server();
    let world = World::at(&server.url);
    for to in ["s3://bucket/x", "gs://bucket/x", "az://container/x"] {
        for args in [&["download", "7", "--to", to][..], &["download", "--verify", to]] {
            let ran = world.run(args);
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.stderr.contains("built without the feature object-stores"), "{ran:?}");
        }
    }
    assert_eq!(server.served(), 0);
}
