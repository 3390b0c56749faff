//! [`emulator_faults`](aep_export_fuzz::targets::emulator_faults) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(emulator_faults);
