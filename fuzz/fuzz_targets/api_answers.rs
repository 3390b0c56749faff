//! [`api_answers`](aep_export_fuzz::targets::api_answers) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_answers);
