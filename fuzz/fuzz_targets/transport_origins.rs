//! [`transport_origins`](aep_export_fuzz::targets::transport_origins) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(transport_origins);
