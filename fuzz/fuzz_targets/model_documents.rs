//! [`model_documents`](aep_export_fuzz::targets::model_documents) under libFuzzer.
#![cfg_attr(fuzzing, no_main)]

aep_export_fuzz::fuzzer!(model_documents);
