//! [`cli_settings`](aep_export_fuzz::targets::cli_settings) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(cli_settings);
