//! Reading tokens that were damaged: whatever the bytes, an answer or an error, soon. `tests/suite/timestamps.rs` compares
//! what is accepted with `openssl ts -verify`; the token here was made with `openssl ts -reply` by an authority that does
//! not exist.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says so")]

use proptest::prelude::*;
use vidimus_ledger::timestamp::{Certificate, TimestampError, TimestampRequest, Trust, examine, verify};

const DATA: &[u8] = include_bytes!("data/checkpoint");
const QUERY: &[u8] = include_bytes!("data/checkpoint.tsq");
const ANSWER: &[u8] = include_bytes!("data/checkpoint.tsr");
const ROOT: &[u8] = include_bytes!("data/root.pem");

fn trust() -> Trust {
    Trust { roots: Certificate::read_file(ROOT).unwrap(), ..Trust::default() }
}

#[test]
fn a_good_token_says_what_it_proves() {
    let request = TimestampRequest::read(QUERY).unwrap();
    let timestamp = verify(ANSWER, DATA, &trust(), request.nonce()).unwrap();
    assert_eq!(timestamp.time.to_string(), "2026-11-22T20:08:42.045Z");
    assert_eq!(timestamp.epoch(), 1_795_378_122);
    assert_eq!(timestamp.accuracy, Some(std::time::Duration::from_millis(1500)));
    assert_eq!((timestamp.policy.as_str(), timestamp.serial.as_str()), ("1.3.6.1.4.1.99999.1", "02"));
    assert_eq!(timestamp.authority, "CN=Unit 1,O=Example Time Authority");
    assert_eq!(timestamp.chain.len(), 1);
    assert_eq!(timestamp.root.as_ref(), trust().roots.first());
    let pem = timestamp.chain_pem().unwrap();
    assert_eq!(Certificate::read_file(pem.as_bytes()).unwrap(), timestamp.chain);
    let year =
        |year: i16| jiff::civil::date(year, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    assert!(!timestamp.has_expired(year(2027)) && timestamp.has_expired(year(2050)));
}

#[test]
fn what_does_not_hold_is_told_apart() {
    let all = trust();
    let wrong =
        |data: &[u8], trust: &Trust, nonce: Option<&[u8]>| verify(ANSWER, data, trust, nonce).unwrap_err();
    assert!(matches!(wrong(b"other", &all, None), TimestampError::OtherData));
    assert!(matches!(wrong(DATA, &all, Some(&[1])), TimestampError::Nonce));
    assert!(matches!(wrong(DATA, &Trust::default(), None), TimestampError::NoRoot));
    let policies = Some(vec!["1.2.3".to_owned()]);
    assert!(matches!(wrong(DATA, &Trust { policies, ..all.clone() }, None), TimestampError::Policy(_)));
    // The signer's own certificate is no root: another authority issued it.
    let signer = verify(ANSWER, DATA, &all, None).unwrap().chain;
    let error = wrong(DATA, &Trust { roots: signer, ..Trust::default() }, None);
    assert!(matches!(error, TimestampError::Chain { .. }), "{error}");
    assert!(examine(ANSWER, DATA, &[], None).unwrap().root.is_none());
}

#[test]
fn no_byte_of_what_is_signed_can_be_changed() {
    let trust = trust();
    let mut accepted = Vec::new();
    for position in 0..ANSWER.len() {
        let mut bytes = ANSWER.to_vec();
        bytes[position] ^= 0x01;
        if verify(&bytes, DATA, &trust, None).is_ok() {
            accepted.push(position);
        }
    }
    // What nobody signs: the status (granted, or granted with modifications), two version numbers, and the list of hash
    // functions that repeats what is said elsewhere.
    assert!(accepted.len() <= 24, "{accepted:?}");
    assert!(accepted.iter().all(|position| *position < 60 || *position > 400), "{accepted:?}");
}

#[test]
fn hostile_bytes_take_no_time() {
    // As many certificates, attributes and parts of a name as fit: each would be sorted, or looked up among the others.
    let tiny = [0x30_u8, 0x00].repeat(500_000);
    assert!(verify(&tiny, DATA, &trust(), None).is_err());
    let length = u32::try_from(tiny.len()).unwrap().to_be_bytes();
    let set = [&[0x31, 0x83][..], &length[1..], &tiny].concat();
    assert!(verify(&set, DATA, &trust(), None).is_err());
    assert!(Certificate::read(&set).is_err());
    assert!(matches!(verify(&vec![0x30; 2 << 20], DATA, &trust(), None), Err(TimestampError::Long(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damage_is_an_error_and_no_panic(
        edits in prop::collection::vec((0..ANSWER.len(), any::<u8>()), 1..6),
        cut in prop::option::of(0..ANSWER.len()),
        insert in prop::option::of((0..ANSWER.len(), prop::collection::vec(any::<u8>(), 1..9))),
    ) {
        let mut bytes = ANSWER.to_vec();
        for (position, byte) in edits {
            bytes[position] = byte;
        }
        if let Some((position, more)) = insert {
            bytes.splice(position..position, more);
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        // Whatever comes of it, it is for these bytes only.
        if let Ok(timestamp) = verify(&bytes, DATA, &trust(), None) {
            prop_assert_eq!(timestamp.epoch(), 1_795_378_122);
        }
        prop_assert!(verify(&bytes, b"other", &trust(), None).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(verify(&bytes, DATA, &trust(), None).is_err());
        let _ = Certificate::read(&bytes);
        let _ = Certificate::read_file(&bytes);
        let _ = TimestampRequest::read(&bytes);
    }

    #[test]
    fn damaged_certificates_are_read_without_a_panic(position in 0_usize..400, byte in any::<u8>()) {
        let mut der = trust().roots[0].der().to_vec();
        if let Some(place) = der.get_mut(position) {
            *place = byte;
        }
        if let Ok(certificate) = Certificate::read(&der) {
            let _ = certificate.subject_text();
            let roots = vec![certificate];
            let _ = verify(ANSWER, DATA, &Trust { roots, ..Trust::default() }, None);
        }
    }
}
