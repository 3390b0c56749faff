//! The layer law as data. This is the table of docs/ARCHITECTURE.md in a form that is checked;
//! to change the architecture is to change this file and that page together.

use crate::workspace::Features;

/// One layer of the workspace: what it may know, and what it must not.
pub(crate) struct Layer {
    pub(crate) package: &'static str,
    pub(crate) folder: &'static str,
    /// Packages of this workspace among its normal dependencies, near or far, whatever the features.
    pub(crate) may_know: &'static [&'static str],
    /// Packages of this workspace that its tests may use besides.
    pub(crate) tests_may_know: &'static [&'static str],
    /// The largest number of crates in its default tree, itself included.
    pub(crate) at_most: Option<usize>,
    /// Crates that must not be anywhere in its tree.
    pub(crate) far: &'static [(Features, &'static [&'static Crates])],
    /// Crates that must not stand in its own manifest as a normal dependency.
    pub(crate) near: &'static [&'static Crates],
    /// Words that must not stand in its sources.
    pub(crate) words: &'static [&'static Words],
}

/// A subject, the crates that belong to it, and why a layer is kept from it. A name that ends
/// with `*` stands for all that begin so.
pub(crate) struct Crates {
    pub(crate) rule: &'static str,
    pub(crate) names: &'static [&'static str],
    pub(crate) why: &'static str,
}

/// A subject and how it shows in source text.
pub(crate) struct Words {
    pub(crate) rule: &'static str,
    pub(crate) signs: &'static [Sign],
    pub(crate) why: &'static str,
}

/// How a forbidden thing looks in source text. Comments, documentation and everything under
/// `#[cfg(test)]` are not source text here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sign {
    /// `name!`
    Macro(&'static str),
    /// A segment of a path or of a `use`: `name::x`, `x::name`.
    Segment(&'static str),
    /// The word on its own, as an identifier or inside a string.
    Word(&'static str),
    /// A subject inside longer names and strings; upper case, `_`, `-` and `/` do not count.
    Inside(&'static str),
}

/// Every package of the workspace beside the automation.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        package: "aep-export-model",
        folder: "crates/model",
        may_know: &[],
        tests_may_know: &[],
        at_most: Some(12),
        far: &[
            (Features::Default, &[&HTTP, &URLS, &ASYNC, &RUNTIME, &JSON, &CLOCKS]),
            (Features::All, &[&HTTP, &URLS, &ASYNC, &RUNTIME, &CLOCKS]),
        ],
        near: &[],
        words: &[&PRINTING, &ENVIRONMENT, &HOME_WORDS, &ASYNC_WORDS, &CLOCK_WORDS],
    },
    Layer {
        package: "aep-export-transport",
        folder: "crates/transport",
        may_know: &[],
        tests_may_know: &[],
        at_most: None,
        far: &[
            (Features::None, &[&REQWEST, &HYPER, &TLS, &RUNTIME]),
            (Features::All, &[&TERMINAL, &HOME]),
        ],
        near: &[],
        words: &[&PRINTING, &ENVIRONMENT, &HOME_WORDS, &EXPORT_JOBS],
    },
    Layer {
        package: "aep-export-api",
        folder: "crates/api",
        may_know: &["aep-export-model", "aep-export-transport"],
        tests_may_know: &["aep-export-emulator"],
        at_most: None,
        far: &[(Features::None, &[&REQWEST, &RUNTIME]), (Features::All, &[&TERMINAL, &HOME])],
        near: &[&REQWEST, &RUNTIME],
        words: &[&PRINTING, &ENVIRONMENT, &HOME_WORDS, &TERMINAL_WORDS, &REQWEST_WORD],
    },
    Layer {
        package: "aep-export-emulator",
        folder: "crates/emulator",
        may_know: &[],
        tests_may_know: &["aep-export-model"],
        at_most: None,
        far: &[(Features::All, &[&TERMINAL, &HOME])],
        near: &[],
        words: &[&PRINTING, &ENVIRONMENT, &HOME_WORDS],
    },
    Layer {
        package: "aep-export-cli",
        folder: "crates/cli",
        may_know: &[
            "aep-export-model",
            "aep-export-transport",
            "aep-export-api",
            "aep-export-emulator",
        ],
        tests_may_know: &[],
        at_most: None,
        far: &[],
        near: &[&REQWEST],
        words: &[&REQWEST_WORD],
    },
];

/// The automation and the fuzz targets: no layers, and bound by nothing but the rules on manifests and
/// layout.
pub(crate) const AUTOMATION: &[&str] = &["xtask", "aep-export-fuzz"];

static HTTP: Crates = Crates {
    rule: "no HTTP",
    names: &["http", "http-*", "httparse", "h2", "hyper*", "reqwest", "ureq", "axum*", "tower*"],
    why: "documents are read and written by programs that never send one",
};

static URLS: Crates = Crates {
    rule: "no URLs",
    names: &["url", "idna", "iri-string", "percent-encoding"],
    why: "where a document is sent is decided by the api",
};

static ASYNC: Crates = Crates {
    rule: "no async",
    names: &["async-*", "futures", "futures-*", "pin-project*"],
    why: "the words are of use to programs without a runtime",
};

static RUNTIME: Crates = Crates {
    rule: "no async runtime",
    names: &["tokio*", "async-std", "async-io", "smol", "mio"],
    why: "whoever brings another HTTP stack brings the runtime too",
};

static JSON: Crates = Crates {
    rule: "no JSON reader at run time",
    names: &["serde_json", "simd-json", "sonic-rs"],
    why: "the types are serde's, and the user chooses what reads the bytes",
};

static CLOCKS: Crates = Crates {
    rule: "no clocks",
    names: &["chrono", "time", "quanta", "coarsetime", "instant", "web-time"],
    why: "time is a value there; what the time is now comes from outside",
};

static REQWEST: Crates = Crates {
    rule: "no reqwest",
    names: &["reqwest"],
    why: "the HTTP library is an implementation detail of the transport, and can be exchanged",
};

static HYPER: Crates = Crates {
    rule: "no hyper",
    names: &["hyper*", "h2"],
    why: "without default features the transport is a trait and layers, not an implementation",
};

static TLS: Crates = Crates {
    rule: "no TLS",
    names: &["rustls*", "ring", "aws-lc-*", "native-tls", "openssl*", "tokio-rustls"],
    why: "without default features the transport is a trait and layers, not an implementation",
};

static TERMINAL: Crates = Crates {
    rule: "no terminal",
    names: &["clap*", "anstyle*", "anstream", "indicatif", "comfy-table", "console", "crossterm"],
    why: "only the program talks to people",
};

static HOME: Crates = Crates {
    rule: "no home directory",
    names: &["etcetera", "directories*", "dirs*", "home"],
    why: "settings and places come in as values; only the program looks for them",
};

static PRINTING: Words = Words {
    rule: "only the program prints",
    signs: &[
        Sign::Macro("print"),
        Sign::Macro("println"),
        Sign::Macro("eprint"),
        Sign::Macro("eprintln"),
        Sign::Macro("dbg"),
        Sign::Segment("stdout"),
        Sign::Segment("stderr"),
    ],
    why: "a library that writes to the terminal spoils the output of the program around it",
};

static ENVIRONMENT: Words = Words {
    rule: "only the program reads the environment",
    signs: &[Sign::Segment("env")],
    why: "a library that reads variables cannot be used twice in one process, nor be tested",
};

static HOME_WORDS: Words = Words {
    rule: "only the program knows the home directory",
    signs: &[Sign::Word("home_dir"), Sign::Segment("etcetera")],
    why: "places come in as values",
};

static TERMINAL_WORDS: Words = Words {
    rule: "only the program knows the terminal",
    signs: &[Sign::Word("IsTerminal"), Sign::Segment("stdin")],
    why: "a library works the same with and without a person in front of it",
};

static ASYNC_WORDS: Words = Words {
    rule: "no async in the model",
    signs: &[Sign::Word("async"), Sign::Word("await"), Sign::Segment("future")],
    why: "the words are of use to programs without a runtime",
};

static CLOCK_WORDS: Words = Words {
    rule: "no clocks in the model",
    signs: &[Sign::Segment("now"), Sign::Segment("SystemTime"), Sign::Segment("Instant")],
    why: "time is a value there; what the time is now comes from outside",
};

static EXPORT_JOBS: Words = Words {
    rule: "the transport does not know export jobs",
    signs: &[Sign::Inside("exportjob")],
    why: "it carries any request, also a user's own",
};

/// Also inside of longer names: the transport offers its implementation as `DefaultTransport`.
static REQWEST_WORD: Words = Words {
    rule: "the word reqwest stays in the transport",
    signs: &[Sign::Inside("reqwest")],
    why: "the HTTP library is an implementation detail of the transport, and can be exchanged",
};
