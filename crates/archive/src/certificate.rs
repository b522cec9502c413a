//! The certificates that TLS servers presented: each one once in a WARC file, before the capture that first needs it, so
//! that a file stands alone. Who reads a certificate hashes it: its name is its SHA-256.

use jiff::Timestamp;
use vidimus_snapshot::Digest;
use vidimus_warc::{Headers, NewRecord, Record, RecordType, encode};

use crate::ArchiveError;
use crate::prepare::{Member, member, warc_date};

/// Content type of a certificate's resource record (RFC 2585).
pub const CERTIFICATE_TYPE: &str = "application/pkix-cert";

/// What the `WARC-Target-URI` of a certificate begins with; 64 hex digits follow.
const NAME: &str = "urn:x509:sha256:";

/// A certificate to be archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its bytes: DER.
    pub der: Vec<u8>,
}

impl Certificate {
    /// The record that holds it in `file`. Its id is made of the two names, so that each file has its own.
    pub(crate) fn record(&self, file: &str, at: Timestamp) -> Result<Member, ArchiveError> {
        let id = format!("<urn:uuid:{}>", uuid_of(&format!("{file} {}", self.sha256)));
        let headers = Headers::new()
            .with("WARC-Target-URI", format!("{NAME}{}", self.sha256.hex()))
            .with("Content-Type", CERTIFICATE_TYPE);
        let date = warc_date(at);
        let record = NewRecord::new(RecordType::Resource, &id, &date, headers, &self.der);
        Ok(member(&record, encode(&record)?))
    }
}

/// The certificate that a record says it holds, by its name; `None` for every other record.
pub(crate) fn named(record: &Record) -> Option<Digest> {
    if record.record_type != RecordType::Resource {
        return None;
    }
    Digest::from_hex(record.target_uri()?.strip_prefix(NAME)?)
}

/// A UUID of version 8 (RFC 9562, section 5.8) made of a name's SHA-256.
pub(crate) fn uuid_of(name: &str) -> String {
    let hex = Digest::of(name.as_bytes()).hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_certificate_has_another_id_in_another_file() {
        let certificate = Certificate { sha256: Digest::of(b"der"), der: b"der".to_vec() };
        let ids = ["a.warc.gz", "b.warc.gz"]
            .map(|file| certificate.record(file, Timestamp::UNIX_EPOCH).unwrap().id);
        assert_ne!(ids[0], ids[1]);
        assert!(ids.iter().all(|id| id.len() == "<urn:uuid:00000000-0000-8000-8000-000000000000>".len()));
    }
}
