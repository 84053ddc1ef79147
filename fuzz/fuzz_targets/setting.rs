#![no_main]

#[path = "../../tests/it/corpus/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::read("setting", bytes));
