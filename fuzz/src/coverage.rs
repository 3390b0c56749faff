//! Whether the seeds lead through every operation that the api offers, as its sources say. What no seed
//! leads to, no variation of one finds.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{targets, variations};

const API: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/api/src");

thread_local! {
    /// The names of the operations that went through a target.
    static GONE_THROUGH: RefCell<BTreeSet<String>> = RefCell::default();
}

/// Takes down that a target goes through `O`.
pub(crate) fn goes_through<O>() {
    let name = std::any::type_name::<O>().rsplit("::").next().unwrap_or_default();
    GONE_THROUGH.with_borrow_mut(|names| names.insert(name.to_owned()));
}

/// All sources below `folder`, without their tests.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("sources").map(|entry| entry.expect("a file").path());
    let texts = entries.map(|path| match path.is_dir() {
        true => sources(&path),
        false => {
            let text = fs::read_to_string(&path).expect("a source");
            text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
        }
    });
    texts.collect()
}

/// The public types of `sources` that are a `kind` of operation.
fn offered(sources: &str, kind: &str) -> BTreeSet<String> {
    let start = format!("impl {kind} for ");
    let names = sources.lines().filter_map(|line| line.strip_prefix(&start)?.strip_suffix(" {"));
    let is_public = |name: &&str| sources.contains(&format!("\npub struct {name} {{"));
    names.filter(is_public).map(str::to_owned).collect()
}

#[test]
fn no_operation_of_the_api_is_left_out() {
    let sources = sources(Path::new(API));
    for (target, run, kind) in [
        ("api_answers", targets::api_answers as fn(&[u8]), "Operation"),
        ("api_pages", targets::api_pages, "PagedOperation"),
    ] {
        variations::seeds(target).iter().for_each(|seed| run(seed));
        let offered = offered(&sources, kind);
        assert!(offered.len() > 4, "{offered:?}");
        assert_eq!(
            GONE_THROUGH.take(),
            offered,
            "where the seeds of {target} lead, and what there is"
        );
    }
}
