//! Sources that breach the law, and sources that only look so.

use super::*;

fn layer(folder: &str) -> &'static Layer {
    LAYERS.iter().find(|layer| layer.folder == folder).unwrap()
}

fn sentences(folder: &str, files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<(String, Source)> = files
        .iter()
        .map(|(file, text)| (format!("{folder}/src/{file}"), Source::parse(text).unwrap()))
        .collect();
    of_layer(layer(folder), &sources).iter().map(ToString::to_string).collect()
}

fn rule_of(folder: &str, text: &str) -> String {
    sentences(folder, &[("lib.rs", text)]).join("\n")
}

const BELOW_CLI: [&str; 4] = ["crates/model", "crates/transport", "crates/api", "crates/emulator"];

#[test]
fn printing_below_the_program_is_found_with_its_line() {
    assert_eq!(
        sentences("crates/api", &[("wait.rs", "fn f() {\n    println!(\"x\");\n}\n")]),
        ["crates/api/src/wait.rs:2: uses println! (rule \"only the program prints\": a library \
          that writes to the terminal spoils the output of the program around it)"]
    );
}

#[test]
fn every_way_to_print_is_found_in_every_layer_below_the_program() {
    let ways = [
        "fn f() { print!(\"x\") }",
        "fn f() { println!(\"x\") }",
        "fn f() { eprint!(\"x\") }",
        "fn f() { std::eprintln!(\"x\") }",
        "fn f() { dbg!(1); }",
        "fn f() { let out = std::io::stdout(); }",
        "use std::io::{Read, stderr};",
    ];
    for folder in BELOW_CLI {
        for way in ways {
            let found = rule_of(folder, way);
            assert!(found.contains("only the program prints"), "{folder}: {way}: {found:?}");
        }
    }
}

#[test]
fn every_way_to_read_the_environment_is_found_in_every_layer_below_the_program() {
    let ways = [
        "fn f() { std::env::var(\"X\"); }",
        "use std::env;",
        "use std::{env, fmt};",
        "use std::env::{self, var};",
        "use std::env as e;",
        "fn f() { env::temp_dir(); }",
        "fn f() { vec![std::env::args()]; }",
    ];
    for folder in BELOW_CLI {
        for way in ways {
            let found = rule_of(folder, way);
            assert!(found.contains("only the program reads the environment"), "{way}: {found:?}");
        }
        let found = rule_of(folder, "fn f() { std::env::home_dir(); }");
        assert!(found.contains("only the program knows the home directory"), "{found}");
    }
}

#[test]
fn what_only_looks_like_a_breach_passes() {
    let innocent = [
        "// println!(\"x\"); std::env::var(\"X\")\n",
        "/* nested /* println!() */ dbg!() */\n",
        "//! Says nothing: use `println!` yourself.\n",
        "/// ```\n/// println!(\"{}\", std::env::var(\"X\")?);\n/// ```\nfn f() {}\n",
        "const X: &str = \"println!(std::env::var)\";",
        "const X: &str = r#\"dbg!(\"x\")\"#;",
        "const V: &str = env!(\"CARGO_PKG_VERSION\");",
        "fn f(env: u8, stdout: u8) -> u8 { env + stdout }",
        "fn print(x: u8) -> u8 { x.print() + print(x) }",
        "fn f<'a>(x: &'a str) -> char { '\"' }",
        "#[cfg(test)]\nmod tests {\n    fn f() { println!(\"x\"); std::env::var(\"X\"); }\n}",
        "#[cfg(all(test, unix))]\nfn f() { dbg!(1); }",
        "#![cfg(test)]\nfn f() { dbg!(1); }",
        "#[cfg(test)]\nuse std::env;\nfn f() {}",
    ];
    for folder in BELOW_CLI {
        for text in innocent {
            assert_eq!(rule_of(folder, text), "", "{folder}: {text}");
        }
    }
}

#[test]
fn what_follows_a_test_module_is_still_checked() {
    let text = "#[cfg(test)]\nmod tests { }\nfn f() { dbg!(1); }";
    assert!(rule_of("crates/model", text).contains("lib.rs:3: uses dbg!"));
    let text = "#[cfg(not(test))]\nfn f() { dbg!(1); }";
    assert!(rule_of("crates/model", text).contains("lib.rs:2: uses dbg!"));
}

#[test]
fn a_test_module_in_a_file_of_its_own_is_left_out() {
    let files = [
        ("job.rs", "#[cfg(test)]\nmod tests;"),
        ("job/tests.rs", "fn f() { println!(\"x\"); }"),
        ("job/tests/deep.rs", "fn f() { println!(\"x\"); }"),
        ("wait.rs", "#[cfg(test)]\n#[path = \"wait_tests.rs\"]\nmod tests;"),
        ("wait_tests.rs", "fn f() { println!(\"x\"); }"),
        ("page.rs", "mod tests;"),
        ("page/tests.rs", "fn f() { println!(\"x\"); }"),
    ];
    let found = sentences("crates/model", &files);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found.concat().starts_with("crates/model/src/page/tests.rs:1:"), "{found:?}");
}

#[test]
fn the_word_reqwest_is_found_in_the_api_and_the_program() {
    let ways = [
        "use reqwest::Client;",
        "fn f(_: reqwest::Error) {}",
        "#[cfg(feature = \"reqwest\")]\nfn f() {}",
        "const X: &str = \"made by reqwest 0.13\";",
        "fn f(_: ReqwestTransport) {}",
    ];
    for folder in ["crates/api", "crates/cli"] {
        for way in ways {
            let found = rule_of(folder, way);
            assert!(found.contains("speaks of reqwest"), "{folder}: {way}: {found:?}");
        }
        assert_eq!(rule_of(folder, "/// Not reqwest.\nfn f() {} // reqwest"), "");
        assert_eq!(rule_of(folder, "use aep_export_transport::DefaultTransport;"), "");
    }
    assert_eq!(rule_of("crates/transport", "use reqwest::Client;"), "");
}

#[test]
fn the_model_has_no_async_and_no_clock() {
    let rows = [
        ("async fn f() {}", "no async in the model"),
        ("fn f() { std::time::SystemTime::now(); }", "no clocks in the model"),
        ("fn f() { jiff::Timestamp::now(); }", "no clocks in the model"),
    ];
    for (text, rule) in rows {
        let found = rule_of("crates/model", text);
        assert!(found.contains(rule), "{text}: {found:?}");
    }
    assert_eq!(rule_of("crates/model", "use std::time::Duration;"), "");
}

#[test]
fn the_transport_does_not_speak_of_export_jobs() {
    for text in ["struct ExportJobs;", "fn export_job() {}", "const P: &str = \"/export/jobs\";"] {
        let found = rule_of("crates/transport", text);
        assert!(found.contains("the transport does not know export jobs"), "{text}: {found:?}");
    }
}

#[test]
fn the_program_may_print_and_read() {
    assert_eq!(rule_of("crates/cli", "fn f() { println!(\"{:?}\", std::env::vars()); }"), "");
}

#[test]
fn the_api_does_not_look_for_a_terminal() {
    let found = rule_of("crates/api", "use std::io::IsTerminal;");
    assert!(found.contains("only the program knows the terminal"), "{found}");
}
