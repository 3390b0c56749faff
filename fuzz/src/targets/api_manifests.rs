//! A folder with any `manifest.json`: what is read is written and read the same, what is none is an error
//! and stays, and no place outside of the folder is looked at.
//!
//! The first block's body is the manifest. Of each other one the first line is the name of a file in the
//! batch `B1`, and its body what is in there.

use std::collections::BTreeSet;
use std::fs;

use aep_export_api::{DifferenceKind, ErrorKind, Manifest};
use tempfile::TempDir;

use crate::block::blocks;

pub(super) fn target(data: &[u8]) {
    let mut given = blocks(data).into_iter();
    let text = given.next().expect("there is always one").body;
    let house = TempDir::new().expect("a temporary folder");
    let folder = house.path().join("in");
    let batch = folder.join("B1");
    fs::create_dir_all(&batch).expect("a folder");
    fs::write(folder.join("manifest.json"), &text).expect("a file");
    for block in given {
        let is_a_name = !block.line.contains(['/', '\\', '\0']) && block.line.len() < 100;
        if is_a_name && !["", ".", ".."].contains(&&*block.line) {
            fs::write(batch.join(&block.line), &block.body).expect("a file");
        }
    }
    let bytes = fs::read_dir(&batch).expect("a folder").flatten();
    let bytes: u64 = bytes.map(|entry| entry.metadata().expect("a file").len()).sum();

    let manifest = match Manifest::read(&folder) {
        Ok(manifest) => manifest.expect("there is one"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Local);
            assert_eq!(fs::read(folder.join("manifest.json")).expect("a file"), text);
            return;
        }
    };
    let written = serde_json::to_string(&manifest).expect("what was read can be written");
    assert_eq!(serde_json::from_str::<Manifest>(&written).expect("a manifest"), manifest);
    let mut seen = 0;
    let verified = manifest.verify(&folder, |bytes| {
        seen += bytes;
        Ok(())
    });
    let verified = verified.expect("a folder");
    // A batch that is listed twice is read twice.
    assert!(seen <= bytes * manifest.batches.len() as u64, "{seen} of {bytes} bytes were read");
    let listed = manifest.batches.iter().flat_map(|batch| &batch.files);
    let listed: BTreeSet<&str> = listed.map(|file| &*file.path).collect();
    let outside = |path: &str| !path.starts_with("B1/") || path.contains("..");
    for path in listed.iter().filter(|path| outside(path) && !folder.join(path).exists()) {
        let told = verified.differences.iter().any(|found| found.path == **path);
        assert!(told, "{path:?} is said to be there");
    }
    for found in &verified.differences {
        assert!(!found.to_string().is_empty());
        let unlisted = matches!(found.what, DifferenceKind::Unlisted);
        assert!(unlisted != listed.contains(&*found.path) || found.path.is_empty(), "{found}");
    }
}
