//! What `cargo xtask ci` runs, in this order: cheap and telling first.

use crate::workspace::Workspace;
use crate::{Outcome, fuzz, generate, tidy};

/// One check.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) work: Work,
}

pub(super) enum Work {
    /// A task of this program.
    Here(fn(&Workspace) -> Outcome),
    /// A task of this program that builds something with a tool that may be missing.
    With { program: &'static str, task: fn(&Workspace) -> Outcome },
    /// `cargo` with these arguments.
    Cargo(&'static [&'static str]),
    /// A program that may be missing.
    Tool { program: &'static str, arguments: &'static [&'static str] },
}

macro_rules! clippy {
    ($($argument:literal)*) => {
        Work::Cargo(&["clippy", "--locked", $($argument,)* "--", "-D", "warnings"])
    };
}

/// The features of the workspace are united when it is built whole, which hides what a package
/// lacks when a user depends on it alone. So the libraries are also checked one by one.
pub(super) const STEPS: &[Step] = &[
    Step { name: "Cargo.lock is up to date", work: Work::Cargo(&["metadata", "--locked"]) },
    Step {
        name: "format",
        work: Work::Cargo(&["fmt", "--all", "--check", "--", "--color", "never"]),
    },
    Step { name: "tidy", work: Work::Here(tidy::run) },
    // The page of the fault matrix is compared by the tests.
    Step { name: "generated pages", work: Work::Here(generate::check_own) },
    Step {
        name: "dependencies",
        work: Work::Tool {
            program: "cargo-deny",
            arguments: &["--locked", "check", "bans", "licenses", "sources"],
        },
    },
    Step { name: "book", work: Work::Tool { program: "mdbook", arguments: &["build", "docs"] } },
    Step { name: "clippy", work: clippy!("--workspace" "--all-targets" "--all-features") },
    Step { name: "model alone", work: clippy!("--package" "aep-export-model") },
    Step { name: "transport alone", work: clippy!("--package" "aep-export-transport") },
    Step {
        name: "transport without default features",
        work: clippy!("--package" "aep-export-transport" "--no-default-features"),
    },
    Step {
        name: "transport with testing only",
        work: clippy!("--package" "aep-export-transport" "--no-default-features" "--features" "testing"),
    },
    Step { name: "api alone", work: clippy!("--package" "aep-export-api") },
    Step {
        name: "api without default features",
        work: clippy!("--package" "aep-export-api" "--no-default-features"),
    },
    Step {
        name: "api with downloads alone",
        work: clippy!(
            "--package" "aep-export-api" "--no-default-features" "--features" "download"
        ),
    },
    Step { name: "emulator alone", work: clippy!("--package" "aep-export-emulator") },
    Step { name: "program without object stores", work: clippy!("--package" "aep-export-cli") },
    Step { name: "tests", work: Work::Cargo(&["test", "--workspace"]) },
    // From what the tests were built from, so after them.
    Step {
        name: "fuzz targets under libFuzzer",
        work: Work::With { program: "c++", task: fuzz::briefly },
    },
    // Only those that are not there without it. All of the workspace, so that what it is made of is
    // built with the same features and not once more.
    Step {
        name: "object stores",
        work: Work::Cargo(&[
            "test",
            "--locked",
            "--workspace",
            "--tests",
            "--features",
            "aep-export-cli/object-stores",
            "--",
            "object",
            "undo",
        ]),
    },
    Step {
        name: "documentation",
        work: Work::Cargo(&[
            "doc",
            "--locked",
            "--workspace",
            "--no-deps",
            "--all-features",
            "--config",
            "build.rustdocflags=['-D', 'warnings']",
        ]),
    },
];
