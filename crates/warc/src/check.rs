//! What a well-formed record must have, and whether its digests are right (level L1 of `verify`).

use crate::date::parse_date;
use crate::digest::DigestCheck;
use crate::head::shown;
use crate::{Damage, DamageKind, Record, RecordType};

/// What every record must have (WARC 1.1, section 4).
const MANDATORY: [&str; 4] = ["WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"];
/// What may stand once: all fields but `WARC-Concurrent-To` (section 5.7), as far as a second one would change what the
/// record says.
const ONCE: [&str; 8] = [
    "WARC-Target-URI",
    "WARC-Block-Digest",
    "WARC-Payload-Digest",
    "WARC-Refers-To",
    "WARC-Refers-To-Target-URI",
    "WARC-Refers-To-Date",
    "WARC-Profile",
    "Content-Type",
];
/// The profile of a revisit whose payload was the same, in the words of both versions of the standard.
const SAME_PAYLOAD: &str = "/revisit/identical-payload-digest";

/// Checks mandatory fields (WARC 1.1, section 4) and digests. What the reader found is in `record.damage`; this adds to
/// it.
///
/// The standard asks for no digest at all, and a file without any can be changed without a trace. So what is kept
/// content must have one that covers it, of the block or of the payload: every `response`, `resource` and `conversion`,
/// and a `revisit` for an identical payload must say which payload that is. Files of wget, warcio, pywb, browsertrix,
/// Heritrix (payload digests alone) and Common Crawl have these. A `request`, `metadata`, `warcinfo` or `continuation`
/// needs none, because some of these programs give them none; nor does a response that is no HTTP message (Heritrix's
/// answers of name servers), nor a revisit for an answer of 304. A digest that is there must be right, whatever the
/// record.
pub fn check_record(record: &Record) -> Vec<Damage> {
    let mut kinds = Vec::new();
    for field in MANDATORY {
        if record.headers.count(field) == 0 {
            kinds.push(DamageKind::Missing(field));
        }
    }
    for field in MANDATORY.into_iter().chain(ONCE) {
        if record.headers.count(field) > 1 {
            kinds.push(DamageKind::Repeated(field));
        }
    }
    check_date(record, &mut kinds);
    check_digest(record, "WARC-Block-Digest", &record.block_digest, &mut kinds);
    check_digest(record, "WARC-Payload-Digest", &record.payload_digest, &mut kinds);
    kinds.extend(missing_digest(record).map(DamageKind::NoDigest));
    let record_id = Some(record.id().to_owned()).filter(|id| !id.is_empty());
    kinds
        .into_iter()
        .map(|kind| Damage { offset: record.offset, record_id: record_id.clone(), kind })
        .collect()
}

fn check_date(record: &Record, kinds: &mut Vec<DamageKind>) {
    let Some(value) = record.headers.get("WARC-Date") else { return };
    if parse_date(value).is_none() {
        kinds.push(DamageKind::Value { field: "WARC-Date", value: shown(value) });
    }
}

fn check_digest(record: &Record, field: &'static str, check: &DigestCheck, kinds: &mut Vec<DamageKind>) {
    let stated = || record.headers.get(field).unwrap_or_default().chars().take(160).collect::<String>();
    match check {
        DigestCheck::Unknown => kinds.push(DamageKind::UnknownDigest { field, value: stated() }),
        DigestCheck::Wrong(found) => {
            kinds.push(DamageKind::WrongDigest { field, expected: stated(), found: found.clone() });
        }
        DigestCheck::Absent | DigestCheck::Right | DigestCheck::Elsewhere => {}
    }
}

/// The digest that this record should have and has not.
fn missing_digest(record: &Record) -> Option<&'static str> {
    let has_none = |check: &DigestCheck| *check == DigestCheck::Absent;
    let (no_block, no_payload) = (has_none(&record.block_digest), has_none(&record.payload_digest));
    let profile = || record.headers.get("WARC-Profile").unwrap_or_default();
    match record.record_type {
        RecordType::Response if !record.holds_http() => None,
        RecordType::Response | RecordType::Resource | RecordType::Conversion if no_block && no_payload => {
            Some("WARC-Block-Digest")
        }
        RecordType::Revisit if no_payload && profile().ends_with(SAME_PAYLOAD) => Some("WARC-Payload-Digest"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::{DamageKind, Headers, NewRecord, Reader, RecordType, check_record, encode};

    fn kinds(text: &str) -> Vec<DamageKind> {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
        let record = reader.next_item().unwrap().unwrap().into_record().unwrap();
        check_record(&record).into_iter().map(|d| d.kind).collect()
    }

    #[test]
    fn the_answer_of_a_name_server_needs_no_digest() {
        let head =
            "WARC/1.0\nWARC-Type: response\nWARC-Record-ID: <urn:x>\nWARC-Date: 2024-06-27T00:00:00Z\n";
        let dns = format!(
            "{head}WARC-Target-URI: dns:a.example\nContent-Type: text/dns\nContent-Length: 2\n\nhi\n\n"
        );
        assert_eq!(kinds(&dns), []);
        let http = dns.replace("text/dns", "application/http; msgtype=response");
        assert_eq!(kinds(&http), [DamageKind::NoDigest("WARC-Block-Digest")]);
    }

    #[test]
    fn our_own_records_pass() {
        let headers = Headers::new().with("WARC-Target-URI", "http://a.example/");
        let block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hi";
        let encoded = encode(&NewRecord::new(
            RecordType::Response,
            "<urn:uuid:1>",
            "2024-06-27T00:00:00Z",
            headers,
            block,
        ))
        .unwrap();
        let mut reader = Reader::new(Cursor::new(encoded.member)).unwrap();
        let record = reader.next_item().unwrap().unwrap().into_record().unwrap();
        assert_eq!(record.payload(), b"<p>hi");
        assert_eq!(check_record(&record), []);
    }

    #[test]
    fn each_defect_is_named() {
        let bare = kinds("WARC/1.1\nContent-Length: 0\n\n\n\n");
        for field in ["WARC-Type", "WARC-Record-ID", "WARC-Date"] {
            assert!(bare.contains(&DamageKind::Missing(field)), "{field}");
        }
        let undigested = kinds("WARC/1.1\nWARC-Type: response\nContent-Length: 0\n\n\n\n");
        assert!(undigested.contains(&DamageKind::NoDigest("WARC-Block-Digest")));

        let head = "WARC/1.1\nWARC-Type: resource\nWARC-Record-ID: <urn:x>\n";
        let date = kinds(&format!("{head}WARC-Date: yesterday\nContent-Length: 0\n\n\n\n"));
        assert!(date.iter().any(|k| matches!(k, DamageKind::Value { field: "WARC-Date", .. })));

        let wrong = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
        let text = format!(
            "{head}WARC-Date: 2024-06-27T00:00:00Z\nWARC-Block-Digest: {wrong}\nContent-Length: 2\n\nhi\n\n"
        );
        assert!(matches!(kinds(&text).as_slice(), [DamageKind::WrongDigest { .. }]));
        let spelt = text.replace("sha256:", "sha-256:");
        assert!(matches!(kinds(&spelt).as_slice(), [DamageKind::WrongDigest { .. }]));
        let unknown = text.replace("sha256:", "blake3:");
        assert!(matches!(kinds(&unknown).as_slice(), [DamageKind::UnknownDigest { .. }]));
    }
}
