//! [`cli_commands`](aep_export_fuzz::targets::cli_commands) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(cli_commands);
