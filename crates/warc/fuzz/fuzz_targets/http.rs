//! Any bytes as the tape of an exchange: what can be taken apart can be put together again, bit for bit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vidimus_warc::http::{DecodeLimits, Framing, Head, decode_content, split};

fuzz_target!(|data: &[u8]| {
    let (method, tape) = match data.split_first() {
        Some((first, rest)) => (if first % 8 == 0 { "HEAD" } else { "GET" }, rest),
        None => return,
    };
    let _ = Head::parse(tape);
    if let Ok(framing) = Framing::from_json(tape) {
        let _ = framing.rebuild(tape);
    }
    let Ok(split) = split(tape, method) else { return };
    assert_eq!(split.wire().expect("the recipe fits the block it was made with"), tape);
    if let Some(framing) = &split.framing {
        let json = framing.to_json().expect("a recipe has a text");
        let again = Framing::from_json(json.as_bytes()).expect("its text can be read");
        assert_eq!(again.rebuild(&split.stored).expect("it fits as before"), tape);
    }
    let limits = DecodeLimits { max_bytes: 1 << 20, ..DecodeLimits::default() };
    let _ = decode_content(&split.head.content_codings(), split.body(), &limits);
});
