//! [`emulator_imports`](aep_export_fuzz::targets::emulator_imports) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(emulator_imports);
