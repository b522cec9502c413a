//! Checking the certificates of TLS servers: each that a manifest names has to be in the manifest's own file, so that the
//! file stands alone, and has to be what its name says.

use vidimus_snapshot::{Digest, ExchangeFacts, Manifest};
use vidimus_warc::Record;

use super::{Place, Verifier, Vouched};
use crate::RunReport;

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

    /// Notes the certificates that a run report names: tries that brought no answer met them.
    pub(super) fn note_report(&mut self, block: &[u8]) {
        let Ok(report) = serde_json::from_slice::<RunReport>(block) else { return };
        for tried in &report.tries {
            self.vouch_for_certificates(&tried.exchanges);
        }
    }

    pub(super) fn vouch_for_certificates(&mut self, exchanges: &[ExchangeFacts]) {
        let named = exchanges.iter().flat_map(ExchangeFacts::certificates);
        self.vouched.extend(named.map(|name| Vouched::Certificate(*name)));
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
