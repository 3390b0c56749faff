//! [`api_requests`](aep_export_fuzz::targets::api_requests) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_requests);
