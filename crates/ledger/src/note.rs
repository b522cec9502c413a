//! Signed notes and the checkpoints in them: C2SP signed-note and tlog-checkpoint, with Ed25519 keys (type 0x01).

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, VerifyingKey};
use vidimus_snapshot::{Digest, Hasher, LogHead};

/// The type of Ed25519 keys and signatures in signed notes.
const ED25519: u8 = 1;
/// The longest note that is read.
pub const LONGEST_NOTE: usize = 1 << 20;
/// The most signatures that a note may bear (C2SP signed-note asks for a bound of 16 or more).
const MOST_SIGNATURES: usize = 100;
/// What stands in front of an Ed25519 public key in DER (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What is wrong with a note, a checkpoint or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It does not have the form of a signed note.
    #[error("this is not a signed note (C2SP signed-note): {0}")]
    Form(&'static str),
    /// Its text is not that of a checkpoint.
    #[error("this is not a checkpoint of a log (C2SP tlog-checkpoint): {0}")]
    Checkpoint(&'static str),
    /// A text that is not a verifier key.
    #[error("'{0}' is not a verifier key: expected NAME+HASH+KEY, as `vidimus key show` prints it")]
    Key(String),
    /// A name that a key cannot have.
    #[error("'{0}' cannot name a log: no spaces, no '+', not empty, at most 200 characters")]
    Name(String),
    /// No signature of the note is by the key.
    #[error("the note is not signed by {name} (key hash {hash})")]
    Unsigned {
        /// The key's name.
        name: String,
        /// Its hash, in hex.
        hash: String,
    },
    /// A signature says to be by the key, and is not.
    #[error(
        "the signature by {name} (key hash {hash}) is wrong: the note was changed, or signed by another key"
    )]
    Signature {
        /// The key's name.
        name: String,
        /// Its hash, in hex.
        hash: String,
    },
}

/// Whether a text can be the name of a log: what may stand in a signature line.
pub fn check_name(name: &str) -> Result<(), NoteError> {
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.chars().any(is_odd) || name.chars().count() > 200 {
        return Err(NoteError::Name(name.chars().take(200).collect()));
    }
    Ok(())
}

/// A public key with its name: what a verifier has to know of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

impl VerifierKey {
    pub(crate) fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key })
    }

    /// The name: of a log's key, the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key itself (RFC 8032).
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The four bytes by which signatures name their key.
    pub fn hash(&self) -> [u8; 4] {
        let mut hasher = Hasher::new();
        hasher.update(self.name.as_bytes());
        hasher.update(b"\n");
        hasher.update(&[ED25519]);
        hasher.update(self.key.as_bytes());
        hasher.finish().as_bytes().first_chunk::<4>().copied().unwrap_or_default()
    }

    /// The public key as DER (SubjectPublicKeyInfo, RFC 8410).
    pub fn to_der(&self) -> Vec<u8> {
        [&SPKI_PREFIX[..], self.key.as_bytes()].concat()
    }

    /// The public key as PEM, for openssl.
    pub fn to_pem(&self) -> String {
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&self.to_der()))
    }

    /// The fingerprint to publish: SHA-256 of [`VerifierKey::to_der`], as
    /// `openssl pkey -pubin -in log-key.pem -outform DER | sha256sum` gives it.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.to_der())
    }

    /// Whether a signature over a text is by this key.
    pub fn verify(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(text, &Signature::from_bytes(signature)).is_ok()
    }

    fn hash_hex(&self) -> String {
        HEXLOWER.encode(&self.hash())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.hash_hex(), BASE64.encode(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || NoteError::Key(text.chars().take(200).collect());
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(error());
        };
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| error())?;
        let (kind, key) = bytes.split_first().ok_or_else(error)?;
        let key: &[u8; 32] = key.try_into().map_err(|_| error())?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| error())?;
        let verifier = Self::new(name, key)?;
        if *kind == ED25519 && verifier.hash_hex() == hash { Ok(verifier) } else { Err(error()) }
    }
}

/// One signature of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's hash.
    pub hash: [u8; 4],
    /// The signature itself.
    pub bytes: Vec<u8>,
}

/// A text with signatures. It keeps the bytes it was read from: they are what a timestamp covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
    bytes: Vec<u8>,
}

impl SignedNote {
    /// Puts signatures under a text, which must end with a line end.
    pub(crate) fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        let mut bytes = format!("{text}\n").into_bytes();
        for signature in &signatures {
            let value = [&signature.hash[..], &signature.bytes].concat();
            bytes.extend(format!("— {} {}\n", signature.name, BASE64.encode(&value)).into_bytes());
        }
        Self { text, signatures, bytes }
    }

    /// Reads a note.
    pub fn read(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > LONGEST_NOTE {
            return Err(NoteError::Form("it is longer than 1 MiB"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Form("it is not UTF-8"))?;
        if whole.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(NoteError::Form("it has control characters"));
        }
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Form("it has no signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form("its last line does not end"))?;
        let signatures = lines.split('\n').map(read_signature).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::Form("it has more than 100 signatures"));
        }
        Ok(Self { text: format!("{text}\n"), signatures, bytes: bytes.to_vec() })
    }

    /// The text that is signed, with its last line end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, whoever's.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The note as it was read, or as it is to be stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this key signed the note. Signatures by other keys are passed over; one that says to be by this key and is
    /// not is an error, whatever else is there.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let by_key = |s: &&NoteSignature| s.name == key.name && s.hash == key.hash();
        let (name, hash) = (key.name.clone(), key.hash_hex());
        let mut count = 0;
        for signature in self.signatures.iter().filter(by_key) {
            count += 1;
            let bytes: Option<&[u8; 64]> = signature.bytes.as_slice().try_into().ok();
            if !bytes.is_some_and(|bytes| key.verify(self.text.as_bytes(), bytes)) {
                return Err(NoteError::Signature { name, hash });
            }
        }
        if count > 0 { Ok(()) } else { Err(NoteError::Unsigned { name, hash }) }
    }
}

fn read_signature(line: &str) -> Result<NoteSignature, NoteError> {
    let form = || NoteError::Form("a signature line has not the form '— NAME BASE64'");
    let rest = line.strip_prefix("— ").ok_or_else(form)?;
    let (name, value) = rest.split_once(' ').ok_or_else(form)?;
    check_name(name)?;
    let value = BASE64.decode(value.as_bytes()).map_err(|_| form())?;
    let (hash, bytes) = value.split_first_chunk::<4>().ok_or_else(form)?;
    Ok(NoteSignature { name: name.to_owned(), hash: *hash, bytes: bytes.to_vec() })
}

/// The text of a checkpoint: which log, how many leaves, which root.
pub(crate) fn checkpoint_text(head: &LogHead) -> String {
    format!("{}\n{}\n{}\n", head.origin, head.size, BASE64.encode(head.root.as_bytes()))
}

/// A signed head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    head: LogHead,
    note: SignedNote,
}

impl Checkpoint {
    /// Reads a signed checkpoint; who signed it is another question.
    pub fn read(bytes: &[u8]) -> Result<Self, NoteError> {
        Self::of(SignedNote::read(bytes)?)
    }

    pub(crate) fn of(note: SignedNote) -> Result<Self, NoteError> {
        let mut lines = note.text.split('\n');
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        let (Some(origin), Some(size), Some(root)) = (origin, size, root) else {
            return Err(NoteError::Checkpoint("it has fewer than three lines"));
        };
        if origin.is_empty() {
            return Err(NoteError::Checkpoint("its first line, the log's origin, is empty"));
        }
        let number: Option<u64> = size.parse().ok();
        let number = number.filter(|n| n.to_string() == size);
        let size = number.ok_or(NoteError::Checkpoint("its second line is not a number of leaves"))?;
        let root: Option<[u8; 32]> = BASE64.decode(root.as_bytes()).ok().and_then(|b| b.try_into().ok());
        let root = root.ok_or(NoteError::Checkpoint("its third line is not a hash in base64"))?;
        let head = LogHead { origin: origin.to_owned(), size, root: Digest::from_bytes(root) };
        Ok(Self { head, note })
    }

    /// The head that is signed.
    pub fn head(&self) -> &LogHead {
        &self.head
    }

    /// The note, with its signatures and its bytes.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// The bytes of the signed file.
    pub fn as_bytes(&self) -> &[u8] {
        self.note.as_bytes()
    }

    /// Whether the log's key signed it, under the log's own name.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        if key.name() != self.head.origin {
            return Err(NoteError::Unsigned { name: key.name.clone(), hash: key.hash_hex() });
        }
        self.note.verify(key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use signed_note::{Note, StandardVerifier, VerifierList};

    use super::*;
    use crate::SigningKey;

    fn signed(origin: &str) -> (SigningKey, Checkpoint) {
        let key = SigningKey::from_seed(origin, [7; 32]).unwrap();
        let head = LogHead { origin: origin.to_owned(), size: 12, root: Digest::of(b"root") };
        let checkpoint = key.sign_checkpoint(&head, &[]).unwrap();
        (key, checkpoint)
    }

    #[test]
    fn what_we_sign_is_taken_by_an_implementation_that_we_did_not_write() {
        let (key, checkpoint) = signed("archive.example/statements");
        let vkey = key.verifier().to_string();
        let note = Note::from_bytes(checkpoint.as_bytes()).unwrap();
        let theirs = VerifierList::new(vec![Box::new(StandardVerifier::new(&vkey).unwrap())]);
        let (verified, _) = note.verify(&theirs).unwrap();
        assert_eq!(verified.len(), 1);
        let read = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
        assert_eq!((read.origin(), read.size()), ("archive.example/statements", 12));
        assert_eq!(read.hash().0, *Digest::of(b"root").as_bytes());
    }

    #[test]
    fn a_checkpoint_and_a_key_read_back() {
        let (key, checkpoint) = signed("archive.example/statements");
        let read = Checkpoint::read(checkpoint.as_bytes()).unwrap();
        assert_eq!(read, checkpoint);
        let verifier: VerifierKey = key.verifier().to_string().parse().unwrap();
        read.verify(&verifier).unwrap();
        assert!(verifier.to_pem().contains("PUBLIC KEY"));
    }

    #[test]
    fn another_key_another_name_and_another_text_are_refused() {
        let (_, checkpoint) = signed("archive.example/statements");
        let other = SigningKey::from_seed("archive.example/statements", [8; 32]).unwrap();
        assert!(matches!(checkpoint.verify(other.verifier()), Err(NoteError::Unsigned { .. })));
        let named = SigningKey::from_seed("else.example", [7; 32]).unwrap();
        assert!(matches!(checkpoint.verify(named.verifier()), Err(NoteError::Unsigned { .. })));
        let (key, _) = signed("archive.example/statements");
        let changed =
            String::from_utf8(checkpoint.as_bytes().to_vec()).unwrap().replacen("\n12\n", "\n13\n", 1);
        let changed = Checkpoint::read(changed.as_bytes()).unwrap();
        assert!(matches!(changed.verify(key.verifier()), Err(NoteError::Signature { .. })));
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        let (key, _) = signed("a.example");
        let good = key.verifier().to_string();
        let last = good.len() - 4;
        let bad = [
            String::new(),
            "a".into(),
            "a+b+c".into(),
            good.replacen("a.example", "b.example", 1),
            good[..last].into(),
        ];
        for text in bad {
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
        }
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn texts_that_are_no_checkpoints_are_refused() {
        let sign = "\n\n— a AAAAAAAA\n";
        for text in ["", "\n", "a\n1\n", "a\n01\nAA==", "\n1\nAA==", "a\n-1\nAA==", "a\n1\nAA=="] {
            assert!(Checkpoint::read(format!("{text}{sign}").as_bytes()).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_note_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "(\\PC|\n|— ){0,80}") {
            let _ = Checkpoint::read(&bytes);
            let _ = Checkpoint::read(text.as_bytes());
            let _ = text.parse::<VerifierKey>();
        }

        #[test]
        fn a_changed_note_is_never_taken(at in 0_usize..1000, flip in 1_u8..=255) {
            let (key, checkpoint) = signed("archive.example/statements");
            let mut bytes = checkpoint.as_bytes().to_vec();
            let place = at % bytes.len();
            bytes[place] ^= flip;
            let verified = Checkpoint::read(&bytes).and_then(|read| read.verify(key.verifier()));
            prop_assert!(verified.is_err());
        }
    }
}
