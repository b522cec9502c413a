//! The webhook: one POST, bounded in time, signed when a secret is given. It is what the operator configured, so it goes
//! through `reqwest`; what strangers send goes through the capture client.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use url::Url;
use vidimus_snapshot::hex;

use crate::exit::Failure;
use crate::outbound::{self, reasons};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long everything may take.
const TOTAL: Duration = Duration::from_secs(20);
/// The header with the signature, as `sha256=` and 64 hex digits.
const SIGNATURE: &str = "Vidimus-Signature";
/// The longest secret that is read.
const MAX_SECRET: u64 = 4096;

/// An address that gets a POST.
#[derive(Debug)]
pub struct Webhook {
    url: Url,
    client: reqwest::Client,
    secret: Option<Secret>,
}

/// The key of the signature; it is never shown.
struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Webhook {
    /// Makes the client and reads the secret.
    pub fn new(url: Url, secret: Option<&Path>, roots: &[Vec<u8>], agent: &str) -> Result<Self, Failure> {
        let client = outbound::client(roots, agent, CONNECT, TOTAL)
            .map_err(|e| Failure::config(format!("the webhook's client cannot be set up: {e}")))?;
        Ok(Self { url, client, secret: secret.map(read_secret).transpose()? })
    }

    /// Sends the body; any status but 2xx is a failure.
    pub async fn tell(&self, body: Vec<u8>) -> Result<(), String> {
        let mut request = self.client.post(self.url.clone()).header("Content-Type", "application/json");
        if let Some(Secret(key)) = &self.secret {
            request = request.header(SIGNATURE, signature(key, &body)?);
        }
        // The address may hold a token, so only its host is ever told.
        let host = self.url.host_str().unwrap_or_default();
        let answer = request.body(body).send().await;
        let answer = answer.map_err(|e| format!("the webhook at {host}: {}", reasons(&e.without_url())))?;
        let status = answer.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("the webhook at {host} answered with status {status}"))
        }
    }
}

/// HMAC-SHA256 (RFC 2104) of the body, as the header spells it.
fn signature(key: &[u8], body: &[u8]) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|e| format!("the webhook's secret: {e}"))?;
    mac.update(body);
    Ok(format!("sha256={}", hex(&mac.finalize().into_bytes())))
}

/// Reads the secret; a line end after it does not belong to it. Nobody else may be able to read the file.
fn read_secret(path: &Path) -> Result<Secret, Failure> {
    let wrong = |what: String| Failure::config(format!("webhook_secret_file {}: {what}", path.display()));
    let facts = std::fs::metadata(path).map_err(|e| wrong(format!("cannot be read: {e}")))?;
    let mode = facts.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(wrong(format!("others can read or change it (mode {mode:04o}): run `chmod 600` on it")));
    }
    if facts.len() > MAX_SECRET {
        return Err(wrong(format!("a secret of more than {MAX_SECRET} bytes is a mistake")));
    }
    let bytes = std::fs::read(path).map_err(|e| wrong(format!("cannot be read: {e}")))?;
    let secret = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
    if secret.is_empty() {
        return Err(wrong("it is empty: write a long random line into it".to_owned()));
    }
    Ok(Secret(secret.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        // Test case 2 of RFC 4231.
        let signed = signature(b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(signed, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
