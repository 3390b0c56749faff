//! [`api_files`](aep_export_fuzz::targets::api_files) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_files);
