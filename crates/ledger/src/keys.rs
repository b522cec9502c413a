//! The key that signs, and the file that holds it: PKCS #8 (RFC 5958) in PEM, as openssl reads it, with a passphrase
//! (PBES2, RFC 8018, with scrypt and AES-256) where one is given.
//!
//! A key file is made with mode 0600, is never written over, and is not read when others may read it. The key is nowhere
//! else, is wiped from memory, and is never shown.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::Signer as _;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::{LineEnding, PemLabel as _};
use pkcs8::der::{Decode as _, SecretDocument};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef};
use vidimus_snapshot::LogHead;
use zeroize::Zeroizing;

use crate::leaf::KeyChange;
use crate::note::{Checkpoint, NoteError, NoteSignature, SignedNote, VerifierKey, checkpoint_text};

/// Ed25519 (RFC 8410).
const ALGORITHM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// The longest key file that is read.
const LONGEST_FILE: u64 = 64 << 10;
/// scrypt's cost, as a power of two: 16 MiB of memory, which openssl takes without being told to.
const SCRYPT_LOG_N: u8 = 14;

/// Why a key cannot be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system refused.
    #[error("{doing} the key file {}: {source}", path.display())]
    Io {
        /// What was done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A key file is there already.
    #[error("there is a key at {} already; it is not written over: choose another place, or `vidimus key rotate`", .0.display())]
    Exists(PathBuf),
    /// There is none.
    #[error("there is no key at {}; `vidimus key new` makes one", .0.display())]
    Missing(PathBuf),
    /// The log is signed, and the key is not where it would be looked for.
    #[error("the log is signed by a key that is not at {}: name its file with --signing-key, or use the configuration that names it", .0.display())]
    Elsewhere(PathBuf),
    /// Others may read it.
    #[error("the key file {} may be read by others (mode {mode:04o}); `chmod 600` it, and think about `vidimus key rotate`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It has a passphrase, and none was given.
    #[error("the key file {} has a passphrase: give it in VIDIMUS_KEY_PASSPHRASE or with `passphrase_file` under [evidence]", .0.display())]
    NeedsPassphrase(PathBuf),
    /// Not the right passphrase.
    #[error("the passphrase does not open the key file {}", .0.display())]
    Passphrase(PathBuf),
    /// Not a key of ours.
    #[error("{} is not an Ed25519 key as `vidimus key new` writes it: {reason}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The log's name cannot stand in a signature.
    #[error(transparent)]
    Name(#[from] NoteError),
}

/// What goes into the encryption of a key file; randomness enters from the top.
#[derive(Debug, Clone, Copy)]
pub struct Salt {
    /// For scrypt.
    pub salt: [u8; 16],
    /// For AES in CBC mode.
    pub iv: [u8; 16],
}

/// The key that signs for one log.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

impl SigningKey {
    /// The key of this seed, for the log of this name.
    pub fn from_seed(origin: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let verifier = VerifierKey::new(origin, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// The same key, for the log of another name.
    pub fn named(&self, origin: &str) -> Result<Self, NoteError> {
        let verifier = VerifierKey::new(origin, self.key.verifying_key())?;
        Ok(Self { key: self.key.clone(), verifier })
    }

    /// What others verify with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a head; `others` sign it as well, as both keys do when one takes the place of the other.
    pub fn sign_checkpoint(&self, head: &LogHead, others: &[&Self]) -> Result<Checkpoint, NoteError> {
        let text = checkpoint_text(head);
        let signatures = std::iter::once(self).chain(others.iter().copied());
        let signatures = signatures.map(|key| key.signature(text.as_bytes())).collect();
        Checkpoint::of(SignedNote::new(text, signatures))
    }

    fn signature(&self, text: &[u8]) -> NoteSignature {
        NoteSignature {
            name: self.verifier.name().to_owned(),
            hash: self.verifier.hash(),
            bytes: self.key.sign(text).to_bytes().to_vec(),
        }
    }

    /// The statement that this key signs from now on; `old` signs it too, unless there was none or it is lost.
    pub fn succeed(&self, origin: &str, old: Option<&Self>, lost: Option<&VerifierKey>) -> KeyChange {
        let before = old.map(|old| &old.verifier).or(lost).map(ToString::to_string);
        let new = self.verifier.to_string();
        let statement = KeyChange::statement(origin, before.as_deref(), &new);
        let sign = |key: &Self| data_encoding::BASE64.encode(&key.key.sign(&statement).to_bytes());
        let event = match (old, lost) {
            (Some(_), _) => "rotate",
            (None, Some(_)) => "lost",
            (None, None) => "first",
        };
        KeyChange {
            event: event.to_owned(),
            old: before,
            old_signature: old.map(sign),
            new_signature: sign(self),
            new,
        }
    }

    /// Writes the key to a new file with mode 0600, durably.
    #[expect(clippy::disallowed_methods, reason = "keys are this crate's, and lie outside the archive")]
    pub fn save(&self, path: &Path, passphrase: Option<(&str, Salt)>) -> Result<(), KeyError> {
        let pem = self.pem(passphrase).map_err(|reason| KeyError::Form { path: path.to_owned(), reason })?;
        let io = |doing| move |source| KeyError::Io { doing, path: path.to_owned(), source };
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let mut file = made.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
            _ => io("making")(source),
        })?;
        file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(io("writing"))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("writing"))
    }

    fn pem(&self, passphrase: Option<(&str, Salt)>) -> Result<Zeroizing<String>, String> {
        let secret = Zeroizing::new(self.key.to_bytes());
        // The seed as an OCTET STRING (RFC 8410, section 7), without the public key behind it, which older openssl refuses.
        let inner = Zeroizing::new([&[0x04, 0x20][..], &secret[..]].concat());
        let algorithm = pkcs8::spki::AlgorithmIdentifierRef { oid: ALGORITHM, parameters: None };
        let key = OctetStringRef::new(&inner).map_err(|e| e.to_string())?;
        let info = PrivateKeyInfoRef::new(algorithm, key);
        let (document, label) = match passphrase {
            None => {
                (SecretDocument::encode_msg(&info).map_err(|e| e.to_string())?, PrivateKeyInfoRef::PEM_LABEL)
            }
            Some((passphrase, salt)) => {
                let parameters = parameters(salt)?;
                let document = info.encrypt_with_params(parameters, passphrase).map_err(|e| e.to_string())?;
                (document, EncryptedPrivateKeyInfoRef::PEM_LABEL)
            }
        };
        document.to_pem(label, LineEnding::LF).map_err(|e| e.to_string())
    }

    /// Reads the key of the log of this name from its file.
    pub fn load(path: &Path, origin: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let pem = read_private(path)?;
        let form = |reason: String| KeyError::Form { path: path.to_owned(), reason };
        let (label, document) = SecretDocument::from_pem(&pem).map_err(|e| form(e.to_string()))?;
        let document = if label == EncryptedPrivateKeyInfoRef::PEM_LABEL {
            let passphrase = passphrase.ok_or_else(|| KeyError::NeedsPassphrase(path.to_owned()))?;
            let locked = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes());
            let locked = locked.map_err(|e| form(e.to_string()))?;
            locked.decrypt(passphrase).map_err(|_| KeyError::Passphrase(path.to_owned()))?
        } else {
            document
        };
        let info = PrivateKeyInfoRef::from_der(document.as_bytes()).map_err(|e| form(e.to_string()))?;
        if info.algorithm.oid != ALGORITHM {
            return Err(form("it is a key of another kind".to_owned()));
        }
        let seed = match info.private_key.as_bytes() {
            [0x04, 0x20, seed @ ..] => <[u8; 32]>::try_from(seed).ok(),
            _ => None,
        };
        let seed = Zeroizing::new(seed.ok_or_else(|| form("its key is not 32 bytes long".to_owned()))?);
        Ok(Self::from_seed(origin, *seed)?)
    }
}

fn parameters(Salt { salt, iv }: Salt) -> Result<pbes2::Parameters, String> {
    let cost = pkcs8::pkcs5::scrypt::Params::new(SCRYPT_LOG_N, 8, 1).map_err(|e| e.to_string())?;
    let kdf = pbes2::ScryptParams::from_params_and_salt(cost, &salt).map_err(|e| e.to_string())?;
    Ok(pbes2::Parameters { kdf: kdf.into(), encryption: pbes2::EncryptionScheme::Aes256Cbc { iv } })
}

/// Reads a file that nobody else may read.
fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => KeyError::Io { doing: "reading", path: path.to_owned(), source },
    };
    let file = std::fs::File::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST_FILE).read_to_string(&mut text).map_err(io)?;
    Ok(text)
}

impl KeyChange {
    /// Whether the signatures under the statement are those of the keys that it names.
    pub fn verify(&self, origin: &str) -> Result<(), NoteError> {
        let statement = Self::statement(origin, self.old.as_deref(), &self.new);
        let check = |key: &str, signature: &str| {
            let key: VerifierKey = key.parse()?;
            let bytes = data_encoding::BASE64.decode(signature.as_bytes()).ok();
            let bytes: Option<[u8; 64]> = bytes.and_then(|bytes| bytes.try_into().ok());
            if bytes.is_some_and(|bytes| key.verify(&statement, &bytes)) {
                return Ok(());
            }
            let hash = data_encoding::HEXLOWER.encode(&key.hash());
            Err(NoteError::Signature { name: key.name().to_owned(), hash })
        };
        check(&self.new, &self.new_signature)?;
        match (&self.old, &self.old_signature, self.event.as_str()) {
            (Some(old), Some(signature), "rotate") => check(old, signature),
            (Some(_), None, "lost") | (None, None, "first") => Ok(()),
            _ => Err(NoteError::Form("a change of the key lacks a signature, or has one too many")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    const SALT: Salt = Salt { salt: [1; 16], iv: [2; 16] };

    fn openssl_public(path: &Path, passphrase: &str) -> Option<Vec<u8>> {
        let run = Command::new("openssl")
            .args(["pkey", "-pubout", "-outform", "DER", "-passin", &format!("pass:{passphrase}"), "-in"])
            .arg(path)
            .output();
        let run = run.expect("openssl is installed by tests/run");
        run.status.success().then_some(run.stdout)
    }

    #[test]
    fn openssl_reads_our_keys_and_only_their_owner_does() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::from_seed("a.example", [9; 32]).unwrap();
        for (name, passphrase) in [("plain.pem", None), ("locked.pem", Some(("word", SALT)))] {
            let path = folder.path().join(name);
            key.save(&path, passphrase).unwrap();
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(openssl_public(&path, "word").unwrap(), key.verifier().to_der(), "{name}");
            let again = SigningKey::load(&path, "a.example", passphrase.map(|(word, _)| word)).unwrap();
            assert_eq!(again.verifier(), key.verifier());
            assert!(matches!(key.save(&path, None), Err(KeyError::Exists(_))));
        }
        let locked = folder.path().join("locked.pem");
        assert!(openssl_public(&locked, "else").is_none());
        let load = |passphrase| SigningKey::load(&locked, "a.example", passphrase);
        assert!(matches!(load(None), Err(KeyError::NeedsPassphrase(_))));
        assert!(matches!(load(Some("else")), Err(KeyError::Passphrase(_))));
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        SigningKey::from_seed("a.example", [9; 32]).unwrap().save(&path, None).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            SigningKey::load(&path, "a.example", None),
            Err(KeyError::Open { mode: 0o640, .. })
        ));
        let missing = folder.path().join("none.pem");
        assert!(matches!(SigningKey::load(&missing, "a.example", None), Err(KeyError::Missing(_))));
    }

    #[test]
    fn files_that_are_no_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        for text in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            let _ = std::fs::remove_file(&path);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            assert!(
                matches!(SigningKey::load(&path, "a.example", None), Err(KeyError::Form { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn both_keys_sign_when_one_takes_the_place_of_the_other() {
        let old = SigningKey::from_seed("a.example", [1; 32]).unwrap();
        let new = SigningKey::from_seed("a.example", [2; 32]).unwrap();
        let change = new.succeed("a.example", Some(&old), None);
        assert_eq!(change.event, "rotate");
        change.verify("a.example").unwrap();
        change.verify("b.example").unwrap_err();
        let forged = KeyChange { old_signature: Some(change.new_signature.clone()), ..change.clone() };
        forged.verify("a.example").unwrap_err();
        let unsigned = KeyChange { old_signature: None, ..change.clone() };
        unsigned.verify("a.example").unwrap_err();
        let head = LogHead { origin: "a.example".into(), size: 0, root: vidimus_snapshot::Digest::of(b"") };
        let checkpoint = new.sign_checkpoint(&head, &[&old]).unwrap();
        checkpoint.verify(old.verifier()).unwrap();
        checkpoint.verify(new.verifier()).unwrap();
        assert_eq!(new.succeed("a.example", None, Some(old.verifier())).event, "lost");
    }
}
