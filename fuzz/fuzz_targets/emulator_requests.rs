//! [`emulator_requests`](aep_export_fuzz::targets::emulator_requests) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(emulator_requests);
