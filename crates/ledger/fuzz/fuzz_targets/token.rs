//! Any bytes as a request, as a certificate, and as an authority's answer: no panic, and nothing that was not signed is
//! taken. A good seed is `tests/data/checkpoint.tsr`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vidimus_ledger::timestamp::{Certificate, TimestampRequest, Trust, examine, verify};

const DATA: &[u8] = include_bytes!("../../tests/data/checkpoint");
const ROOT: &[u8] = include_bytes!("../../tests/data/root.pem");

fuzz_target!(|data: &[u8]| {
    if let Ok(request) = TimestampRequest::read(data) {
        let again = request.to_der().expect("what was read can be written");
        assert_eq!(TimestampRequest::read(&again).expect("and read again"), request);
    }
    if let Ok(certificate) = Certificate::read(data) {
        let _ = certificate.subject_text();
    }
    let roots = Certificate::read_file(ROOT).expect("the root is whole");
    let _ = examine(data, DATA, &[], None);
    if let Ok(timestamp) = verify(data, DATA, &Trust { roots, ..Trust::default() }, None) {
        assert_eq!(timestamp.epoch(), 1_795_378_122);
    }
});
