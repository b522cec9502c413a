//! What a well-formed record of ours must have, and whether its digests are right (level L1 of `verify`).

use vidimus_snapshot::Digest;

use crate::{Damage, DamageKind, Record, RecordType};

/// Checks mandatory fields (WARC 1.1, section 5) and digests. What the reader found is in `record.damage`; this adds
/// to it. Digests are required: block digests on every record, payload digests where the block is an HTTP message.
pub fn check_record(record: &Record) -> Vec<Damage> {
    let mut kinds = Vec::new();
    for field in ["WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"] {
        match record.headers.count(field) {
            0 => kinds.push(DamageKind::Missing(field)),
            1 => {}
            _ => kinds.push(DamageKind::Repeated(field)),
        }
    }
    check_date(record, &mut kinds);
    check_digest(record, "WARC-Block-Digest", Some(record.block_sha256), true, &mut kinds);
    let is_message = record.holds_http();
    // A revisit's payload is held by another record, so its digest cannot be checked against this block.
    let checkable = record.record_type != RecordType::Revisit && !record.block_cut;
    let payload = checkable.then(|| Digest::of(record.payload()));
    check_digest(record, "WARC-Payload-Digest", payload, is_message, &mut kinds);
    let record_id = Some(record.id().to_owned()).filter(|id| !id.is_empty());
    kinds
        .into_iter()
        .map(|kind| Damage { offset: record.offset, record_id: record_id.clone(), kind })
        .collect()
}

fn check_date(record: &Record, kinds: &mut Vec<DamageKind>) {
    let Some(value) = record.headers.get("WARC-Date") else { return };
    if value.parse::<jiff::Timestamp>().is_err() {
        kinds.push(DamageKind::Value { field: "WARC-Date", value: value.chars().take(80).collect() });
    }
}

fn check_digest(
    record: &Record,
    field: &'static str,
    found: Option<Digest>,
    required: bool,
    kinds: &mut Vec<DamageKind>,
) {
    let Some(value) = record.headers.get(field) else {
        if required {
            kinds.push(DamageKind::NoDigest(field));
        }
        return;
    };
    match (value.parse::<Digest>(), found) {
        (Err(_), _) => {
            kinds.push(DamageKind::UnknownDigest { field, value: value.chars().take(120).collect() });
        }
        (Ok(expected), Some(found)) if expected != found => {
            let (expected, found) = (expected.to_string(), found.to_string());
            kinds.push(DamageKind::WrongDigest { field, expected, found });
        }
        _ => {}
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
        assert!(bare.contains(&DamageKind::NoDigest("WARC-Block-Digest")));

        let head = "WARC/1.1\nWARC-Type: resource\nWARC-Record-ID: <urn:x>\n";
        let date = kinds(&format!("{head}WARC-Date: yesterday\nContent-Length: 0\n\n\n\n"));
        assert!(date.iter().any(|k| matches!(k, DamageKind::Value { field: "WARC-Date", .. })));

        let wrong = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
        let text = format!(
            "{head}WARC-Date: 2024-06-27T00:00:00Z\nWARC-Block-Digest: {wrong}\nContent-Length: 2\n\nhi\n\n"
        );
        assert!(matches!(kinds(&text).as_slice(), [DamageKind::WrongDigest { .. }]));
        let unknown = text.replace("sha256:", "sha-256:");
        assert!(matches!(kinds(&unknown).as_slice(), [DamageKind::UnknownDigest { .. }]));
    }
}
