use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::super::digest::Digest;
use super::*;
use crate::ErrorKind;

const NAME: &str = "a.csv";

fn target(dir: &Path, name: &str, length: Option<u64>) -> Target {
    let file = ExportFile { file_id: "F1".into(), name: name.to_owned(), length };
    let folder = Arc::new(Folder::at(dir).unwrap());
    let name = PlainName::of_file(name).unwrap();
    Target { folder, name, file, digest: true, noted: None, stop: Stop::default() }
}

/// What a file holds that is easy to tell from another.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.take_in(0, bytes);
    digest.finish()
}

fn open(target: &Target) -> (PartFile, Extents, Option<Option<Validator>>) {
    match PartFile::open(target.clone()).unwrap() {
        (part, Opened::Part { have, state }) => (part, have, state),
        (_, whole) => panic!("{whole:?}"),
    }
}

fn write(part: &mut PartFile, content: &[u8], start: usize, end: usize, last: bool) {
    let middle = start + (end - start) / 2;
    let pieces = [&content[start..middle], &content[middle..end]].map(Bytes::copy_from_slice);
    part.write(start as u64, &pieces, last).unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    Folder::there(dir).unwrap().names().unwrap()
}

#[test]
fn a_file_is_whole_before_it_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let content = content(1000);
    let target = target(dir.path(), NAME, Some(1000));
    let (mut part, have, state) = open(&target);
    assert_eq!((have.total(), state), (0, None));
    assert!(names(dir.path()).is_empty(), "merely looking makes nothing");
    part.begin(None).unwrap();
    write(&mut part, &content, 600, 1000, true);
    assert_eq!(names(dir.path()), ["a.csv.part", "a.csv.part.log"]);
    let early = part.finish().unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Corrupt);
    assert_eq!(early.message(), "a.csv has 0 bytes where the service lists 1000");
    assert!(names(dir.path()).is_empty(), "what failed a check is not taken up");

    part.begin(None).unwrap();
    write(&mut part, &content, 600, 1000, false);
    write(&mut part, &content, 0, 600, false);
    let finished = part.finish().unwrap();
    let expected = Finished { bytes: 1000, rows: None, sha256: Some(sha256(&content)) };
    assert_eq!(finished, expected);
    assert_eq!(names(dir.path()), [NAME]);
    assert_eq!(fs::read(dir.path().join(NAME)).unwrap(), content);

    // And now it is there; what a kill left at the last moment goes.
    fs::write(dir.path().join("a.csv.part.log"), "").unwrap();
    let (_, opened) = PartFile::open(target.clone()).unwrap();
    assert!(matches!(opened, Opened::Whole(found) if found == expected));
    assert_eq!(names(dir.path()), [NAME]);
    let noted = Finished { sha256: Some("as it was noted".to_owned()), ..expected };
    let trusting = Target { noted: Some(noted.clone()), ..target };
    assert!(matches!(PartFile::open(trusting).unwrap().1, Opened::Whole(found) if found == noted));
}

#[test]
fn a_file_that_is_begun_again_has_the_digest_of_what_came_then() {
    const LARGE: usize = 24 * 1024 * 1024;
    for length in [1000, LARGE] {
        let dir = tempfile::tempdir().unwrap();
        let (mut part, ..) = open(&target(dir.path(), NAME, Some(length as u64)));
        let content = content(length);
        let other: Vec<u8> = content.iter().map(|byte| !byte).collect();
        for bytes in [&other, &content] {
            part.begin(None).unwrap();
            // All of it is there at once: of a large file a thread of its own makes the digest.
            write(&mut part, bytes, 100, length, true);
            write(&mut part, bytes, 0, 100, true);
            part.digest_on().unwrap();
        }
        let finished = part.finish().unwrap();
        assert_eq!(finished.sha256, Some(sha256(&content)), "{length} bytes");
    }
}

#[test]
fn what_stands_in_the_way_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(NAME), "something else").unwrap();
    let error = PartFile::open(target(dir.path(), NAME, Some(1000))).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert!(error.message().ends_with("is there already and is not the file to be fetched"));
    assert!(PartFile::open(target(dir.path(), NAME, None)).is_err(), "of unknown length");

    let appearing = target(dir.path(), "b.csv", Some(4));
    let (mut part, ..) = open(&appearing);
    part.begin(None).unwrap();
    write(&mut part, b"four", 0, 4, true);
    fs::write(dir.path().join("b.csv"), "else").unwrap();
    let error = part.finish().unwrap_err();
    assert!(error.message().ends_with("has appeared meanwhile"), "{error}");
    assert_eq!(fs::read(dir.path().join("b.csv")).unwrap(), b"else");
    assert!(dir.path().join("b.csv.part").is_file());
}

#[cfg(unix)]
#[test]
fn links_in_any_place_are_an_error_and_never_followed() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    for name in ["a.csv", "a.csv.part", "a.csv.part.log"] {
        let inner = dir.path().join(format!("with {name}"));
        fs::create_dir(&inner).unwrap();
        std::os::unix::fs::symlink(&victim, inner.join(name)).unwrap();
        let opened = PartFile::open(target(&inner, NAME, Some(8)));
        let begun = opened.and_then(|(mut part, _)| part.begin(None));
        let error = begun.unwrap_err();
        assert!(error.message().ends_with("is a link, and links are not followed"), "{error}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }
}

#[test]
fn only_the_same_file_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let content = content(1000);
    let state = Some(Validator::Etag("\"x\"".to_owned()));
    let first = target(dir.path(), NAME, Some(1000));
    let (mut part, ..) = open(&first);
    part.begin(state.clone()).unwrap();
    write(&mut part, &content, 0, 400, true);
    drop(part);
    let (part, have, found) = open(&first);
    assert_eq!((have.total(), found), (400, Some(state)));
    drop(part);
    let mut other = first.clone();
    other.file.length = Some(1001);
    assert_eq!(open(&other).1.total(), 0, "another length");
    let mut other = first.clone();
    other.file.file_id = "F2".into();
    assert_eq!(open(&other).1.total(), 0, "another file");
    // Changed on the disk by somebody.
    let path = dir.path().join("a.csv.part");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(open(&first).1.total(), 0);
}

/// Somebody added to it, or the disk lost its end: what is there is taken up all the same.
#[test]
fn a_part_of_another_length_than_the_file_gets_its_length() {
    let content = content(1000);
    for odd in [1007, 500] {
        let dir = tempfile::tempdir().unwrap();
        let target = target(dir.path(), NAME, Some(1000));
        let (mut part, ..) = open(&target);
        part.begin(None).unwrap();
        write(&mut part, &content, 0, 400, true);
        part.leave();
        drop(part);
        let path = dir.path().join("a.csv.part");
        let mut there = fs::read(&path).unwrap();
        there.resize(odd, b'x');
        fs::write(&path, there).unwrap();

        let (mut part, have, _) = open(&target);
        assert_eq!(have.total(), 400);
        write(&mut part, &content, 400, 1000, true);
        part.finish().unwrap();
        assert!(fs::read(dir.path().join(NAME)).unwrap() == content, "{odd}");
    }
}

#[test]
fn leaving_records_everything_and_leaves_nothing_of_no_use() {
    let dir = tempfile::tempdir().unwrap();
    let content = content(1000);
    let known = target(dir.path(), NAME, Some(1000));
    let (mut part, ..) = open(&known);
    part.begin(None).unwrap();
    write(&mut part, &content, 10, 20, false);
    part.leave();
    assert_eq!(open(&known).1.total(), 10);
    let (mut part, ..) = open(&known);
    part.begin(None).unwrap();
    part.leave();
    assert!(names(dir.path()).is_empty());
    let (mut part, ..) = open(&target(dir.path(), NAME, None));
    part.begin(None).unwrap();
    write(&mut part, &content, 0, 20, false);
    part.leave();
    assert!(names(dir.path()).is_empty());
}

#[test]
fn nobody_waits_for_a_file_that_nobody_wants() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(NAME), content(1000)).unwrap();
    let unwanted = target(dir.path(), NAME, Some(1000));
    unwanted.stop.set();
    assert_eq!(PartFile::open(unwanted).err().unwrap().kind(), ErrorKind::Local);
}

/// How a process or a machine ends in the middle of the work.
#[derive(Debug, Clone)]
enum Crash {
    /// What was written is there.
    Process,
    /// The record lost its end.
    Torn(prop::sample::Index),
    /// These bytes of the part file never reached the disk.
    Lost(prop::sample::Index, usize),
}

fn crashes() -> impl Strategy<Value = Crash> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        Just(Crash::Process),
        index().prop_map(Crash::Torn),
        (index(), 1_usize..3000).prop_map(|(at, bytes)| Crash::Lost(at, bytes)),
    ]
}

const LENGTH: usize = 300_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever was written, and wherever it ended: what is taken up is right, and little is lost.
    #[test]
    fn any_beginning_of_the_work_is_taken_up(
        runs in proptest::collection::vec((any::<prop::sample::Index>(), 1_usize..60_000, any::<bool>()), 1..12),
        crash in crashes(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let content = content(LENGTH);
        let target = target(dir.path(), NAME, Some(LENGTH as u64));
        let (mut part, ..) = open(&target);
        part.begin(None).unwrap();
        let mut written = Extents::default();
        for (start, length, last) in &runs {
            // The next gap from there on, as the plan gives out: nothing is written twice.
            let wanted = start.index(LENGTH) as u64;
            let mut gaps = written.missing(LENGTH as u64);
            let gap = std::iter::from_fn(|| gaps.pop_first()).find(|gap| gap.end > wanted);
            let Some(gap) = gap else { continue };
            let start = gap.start.max(wanted);
            let end = gap.end.min(start + *length as u64);
            write(&mut part, &content, start as usize, end as usize, *last);
            written.insert(start, end);
        }
        drop(part);
        let [part_path, log_path] = ["part", "part.log"].map(|end| dir.path().join(format!("{NAME}.{end}")));
        match &crash {
            Crash::Process => {}
            Crash::Torn(at) => {
                let log = fs::read(&log_path).unwrap();
                fs::write(&log_path, &log[..at.index(log.len())]).unwrap();
            }
            Crash::Lost(at, bytes) => {
                let mut there = fs::read(&part_path).unwrap();
                let at = at.index(there.len());
                let end = there.len().min(at + bytes);
                there[at..end].fill(0);
                fs::write(&part_path, there).unwrap();
            }
        }

        let (mut part, have, _) = open(&target);
        let there = fs::read(&part_path).unwrap();
        let mut believed = have.clone();
        while let Some(extent) = believed.pop_first() {
            let (start, end) = (extent.start as usize, extent.end as usize);
            prop_assert_eq!(&there[start..end], &content[start..end]);
        }
        if matches!(crash, Crash::Process) {
            // Less than a checkpoint of each run.
            let lost = written.total() - have.total();
            prop_assert!(lost < runs.len() as u64 * checkpoint(Some(LENGTH as u64)), "{lost}");
            if runs.iter().all(|(.., last)| *last) {
                prop_assert_eq!(lost, 0);
            }
        }
        if have.total() == 0 {
            part.begin(None).unwrap();
        }
        let mut missing = have.missing(LENGTH as u64);
        while let Some(extent) = missing.pop_first() {
            write(&mut part, &content, extent.start as usize, extent.end as usize, true);
        }
        let finished = part.finish().unwrap();
        prop_assert_eq!(finished.sha256.unwrap(), sha256(&content));
        prop_assert_eq!(fs::read(dir.path().join(NAME)).unwrap(), content);
    }
}
