//! The misbehaviours and what comes of them as a page of the documentation.

use std::fmt::Write;

use super::faults::FAULTS;
use super::{Came, played};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/bad-servers.md");

/// Set by `cargo xtask generate`: the page is to be written, not compared.
const WRITE: &str = "AEP_EXPORT_WRITE_PAGES";

const BEGINNING: &str = "\
# Bad servers

What comes of `download` when the server of the files misbehaves. The program runs over real sockets
against a server that is made for it, with a file of four mebibytes (one of twelve over one connection for
the answer that stalls). This page is made by the test that does it, `crates/cli/tests/it/bad_servers`, and
mended by `cargo xtask generate`.

*In one run* the first answer is good and the misbehaviour begins with the second; *in two runs* a first
run has got half of the file from a good server, and the misbehaviour begins with the second run.

Of each is asserted that the file under its name is right to the last byte whenever the program says that it
is done, and that otherwise nothing stands under its name.

| the server, or the machine | in one run | in two runs |
|---|---|---|
";

const END: &str = "\
| the program is killed (SIGKILL) at any moment | | right, and at most a tenth is fetched again |

The last one is `crates/cli/tests/it/killed.rs`, with the program as a process of its own.
";

fn page() -> String {
    let mut page = BEGINNING.to_owned();
    for (fault, (one, two)) in FAULTS.iter().zip(played()) {
        writeln!(page, "| {} | {} | {} |", fault.title, words(one), words(two)).unwrap();
    }
    page + END
}

fn words(came: &Came) -> String {
    match came {
        Came::Right => "right".to_owned(),
        Came::Error(code, kind) => format!("exit code {code}, `{kind}`"),
    }
}

#[expect(clippy::disallowed_methods, reason = "what the page's generator says to this test")]
fn is_to_be_written() -> bool {
    std::env::var_os(WRITE).is_some()
}

#[test]
fn the_page_is_what_was_seen() {
    let page = page();
    if is_to_be_written() {
        std::fs::write(FILE, &page).unwrap();
    }
    // A checkout may have changed the ends of lines.
    let found = std::fs::read_to_string(FILE).unwrap_or_default().replace("\r\n", "\n");
    let same = found.lines().zip(page.lines()).take_while(|(a, b)| a == b).count();
    assert!(
        found == page,
        "docs/reference/bad-servers.md: differs from what was seen from line {} on; \
         mend it with: cargo xtask generate",
        same + 1
    );
}
