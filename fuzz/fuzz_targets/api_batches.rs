//! [`api_batches`](aep_export_fuzz::targets::api_batches) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_batches);
