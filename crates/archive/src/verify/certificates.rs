//! Checking the certificates of TLS servers: each that a manifest names has to be in the manifest's own file, so that the
//! file stands alone, and has to be what its name says.

use vidimus_snapshot::{Digest, ExchangeFacts, Manifest};
use vidimus_warc::Record;

use super::{Place, Verifier};

impl Verifier {
    /// Notes a certificate under the name that it has, if it has a right to it.
    pub(super) fn note_certificate(&mut self, file: usize, record: &Record, name: Digest) {
        if record.block_sha256 == name {
            self.certificates.insert((file, name));
            return;
        }
        let what = format!(
            "the certificate is not the one that its name says: expected {name}, found {}",
            record.block_sha256
        );
        self.find(2, file, record.offset, Some(record.id().to_owned()), what);
    }

    /// Finds certificates that a manifest names and that its file does not hold.
    pub(super) fn check_certificates(&mut self, place: Place, manifest: &Manifest) {
        for name in manifest.exchanges.iter().flat_map(ExchangeFacts::certificates) {
            if !self.certificates.contains(&(place.file, *name)) {
                let what = format!(
                    "the certificate {name} that the manifest names is missing in this file, or was changed"
                );
                self.blame(place, None, what);
            }
        }
    }
}
