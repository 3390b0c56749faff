//! [`api_downloads`](aep_export_fuzz::targets::api_downloads) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_downloads);
