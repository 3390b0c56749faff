//! The targets under libFuzzer: the one that the variable `FUZZ_TARGET` names.
//!
//! One program for all of them is linked once. libFuzzer reads the arguments.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
mod fuzzer {
    use std::sync::LazyLock;

    use aep_export_fuzz::targets;

    static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
        let name = std::env::var("FUZZ_TARGET").expect("a target in FUZZ_TARGET");
        let target = targets::ALL.iter().find(|(known, _)| *known == name);
        target.unwrap_or_else(|| panic!("{name} is no target")).1
    });

    libfuzzer_sys::fuzz_target!(init: LazyLock::force(&TARGET), |data: &[u8]| TARGET(data));
}

#[cfg(not(fuzzing))]
fn main() {}
