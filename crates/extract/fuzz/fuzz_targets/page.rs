//! Any bytes are a page that breaks no promise.
#![no_main]

#[path = "../../tests/soup/mod.rs"]
#[allow(dead_code, reason = "the fuzzer makes its own pages")]
mod soup;

libfuzzer_sys::fuzz_target!(|page: &[u8]| {
    if let Err(reason) = soup::check(page) {
        panic!("{reason}");
    }
});
