//! [`transport_bodies`](aep_export_fuzz::targets::transport_bodies) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(transport_bodies);
