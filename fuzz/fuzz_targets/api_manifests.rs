//! [`api_manifests`](aep_export_fuzz::targets::api_manifests) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(api_manifests);
