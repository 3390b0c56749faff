//! [`transport_tokens`](aep_export_fuzz::targets::transport_tokens) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(transport_tokens);
