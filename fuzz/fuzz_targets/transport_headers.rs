//! [`transport_headers`](aep_export_fuzz::targets::transport_headers) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(transport_headers);
