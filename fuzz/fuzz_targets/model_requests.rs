//! [`model_requests`](aep_export_fuzz::targets::model_requests) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(model_requests);
