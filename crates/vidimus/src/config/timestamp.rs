//! Who puts times on the log's checkpoints: the checked form of `[[timestamp]]`.

use std::path::Path;
use std::time::Duration;

use url::Url;
use vidimus_ledger::anchors::is_authority_name;
use vidimus_ledger::timestamp::{Certificate, Trust};

use super::raw;

/// A time authority (RFC 3161).
#[derive(Debug, Clone)]
pub struct Authority {
    /// By which its answers are called.
    pub name: String,
    /// Where it is asked.
    pub url: Url,
    /// What its answers are checked against; `None` when no root is configured.
    pub trust: Option<Trust>,
    /// How long it may take.
    pub timeout: Duration,
}

/// A mistake: its key, and what it is.
type Mistake = (&'static str, String);

/// Checks what the file says; a mistake comes with its key.
pub fn authorities(raw: &[raw::Timestamp], base: &Path) -> Result<Vec<Authority>, Mistake> {
    let mut all: Vec<Authority> = Vec::new();
    for entry in raw {
        let authority = authority(entry, base)
            .map_err(|(key, what)| (key, format!("[[timestamp]] '{}': {what}", entry.name)))?;
        if all.iter().any(|other| other.name == authority.name) {
            let what = format!("'{}' is the name of two [[timestamp]]s: give each its own", entry.name);
            return Err(("name", what));
        }
        all.push(authority);
    }
    Ok(all)
}

fn authority(raw: &raw::Timestamp, base: &Path) -> Result<Authority, Mistake> {
    if !is_authority_name(&raw.name) {
        let what = "the name becomes part of file names: write 1 to 40 of a to z, 0 to 9 and -".to_owned();
        return Err(("name", what));
    }
    let url = Url::parse(&raw.url).map_err(|e| ("url", format!("this is no URL: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(("url", "only http:// and https:// can be asked".to_owned()));
    }
    let read = |key: &'static str, name: &String| {
        let path = base.join(name);
        let bytes =
            std::fs::read(&path).map_err(|e| (key, format!("cannot read {}: {e}", path.display())))?;
        Certificate::read_file(&bytes).map_err(|e| (key, format!("{}: {e}", path.display())))
    };
    let roots = raw.root.as_ref().map(|name| read("root", name)).transpose()?;
    let others = raw.chain.as_ref().map(|name| read("chain", name)).transpose()?.unwrap_or_default();
    if roots.is_none() && (raw.chain.is_some() || !raw.policy.is_empty()) {
        let key = if raw.chain.is_some() { "chain" } else { "policy" };
        return Err((key, "without a `root` nothing is checked against it".to_owned()));
    }
    if let Some(wrong) = raw.policy.iter().find(|policy| !is_object_identifier(policy)) {
        return Err(("policy", format!("'{wrong}' is no object identifier: write one such as 1.2.3.4.1")));
    }
    let policies = Some(raw.policy.clone()).filter(|policies| !policies.is_empty());
    Ok(Authority {
        name: raw.name.clone(),
        url,
        trust: roots.map(|roots| Trust { roots, others, policies }),
        timeout: raw.timeout.unsigned_abs(),
    })
}

/// Numbers with dots between them.
pub fn is_object_identifier(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.contains('.') && text.split('.').all(is_number)
}
