//! [`transport_certificates`](aep_export_fuzz::targets::transport_certificates) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(transport_certificates);
