//! A damaged store: reading it ends in the rows that were stored, or in an error.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{ExportOptions, ProfileFile, Profiles, export, request, try_stored};
use crate::engine::sample;

/// The file of a small store.
fn file() -> Vec<u8> {
    let text: String = sample::profiles(1, 30).map(|line| line + "\n").collect();
    let stored = try_stored(text.as_bytes(), 8_000, None).unwrap();
    fs::read(stored.folder.path().join("profiles")).unwrap()
}

/// Exports from a file with these bytes.
fn exported(bytes: &[u8]) -> Result<u64, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profiles");
    fs::write(&path, bytes).unwrap();
    let file = ProfileFile::open(&path).map_err(|error| error.to_string())?;
    let profiles = Profiles::of(vec![Arc::new(file)]);
    let members = json!({
        "filter": {"segmentQualificationTime": {"startTime": "2026-01-01T00:00:00Z"}},
        "additionalFields": {"eventList": {}},
    });
    let options = ExportOptions { threads: 2, ..ExportOptions::default() };
    let out = folder.path().join("out");
    let go_on = &mut |_| ControlFlow::Continue(());
    let exported = export(&request(&members), &profiles, &out, &options, go_on);
    exported.map(|exported| exported.profiles).map_err(|error| error.message())
}

#[test]
fn a_whole_file_is_read() {
    assert!(exported(&file()).unwrap() > 10);
}

#[test]
fn a_file_that_was_cut_off_is_known_as_damaged() {
    let whole = file();
    for length in [0, 5, 12, whole.len() / 2, whole.len() - 1] {
        assert_eq!(exported(&whole[..length]), Err("the stored profiles are damaged".to_owned()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_bytes_are_different_no_other_rows_come_out(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let whole = file();
        let mut bytes = whole.clone();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        match exported(&bytes) {
            // What differs is in a field that is not read.
            Ok(profiles) => prop_assert_eq!(Ok(profiles), exported(&whole)),
            Err(why) => prop_assert!(why.ends_with("the stored profiles are damaged"), "{why}"),
        }
    }
}
