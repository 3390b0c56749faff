//! [`api_pages`](aep_export_fuzz::targets::api_pages) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_pages);
