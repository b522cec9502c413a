//! Authorities made with `openssl`, an implementation that we did not write: certificates of every sort, and timestamps
//! (RFC 3161) signed with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Ran;

/// A key on the curve P-256, as arguments of `openssl genpkey`.
pub const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// What a certificate of a unit that signs timestamps says of its use.
pub const TIME_STAMPING: &str =
    "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n";
/// What a certificate of an authority that certifies others says of its use.
pub const CERTIFYING: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";

/// The object identifier of the policy that all tokens here are given under.
pub const POLICY: &str = "1.3.6.1.4.1.99999.1";

/// A folder with keys (`NAME.key`), certificates (`NAME.pem`) and tokens.
#[derive(Debug)]
pub struct Pki {
    folder: TempDir,
}

/// What a certificate is to say.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// Its file, and the common name in it.
    pub name: &'a str,
    /// Who signs it; itself where that is its own name.
    pub by: &'a str,
    /// The arguments of `openssl genpkey`; the key that is there already, where they are empty.
    pub key: &'a [&'a str],
    /// Its extensions, as `openssl` has them in configuration files.
    pub extensions: &'a str,
    /// Its time, as `YYYYMMDDHHMMSSZ`.
    pub valid: (&'a str, &'a str),
    /// Its serial number, in hexadecimal.
    pub serial: &'a str,
    /// Further arguments of `openssl ca`.
    pub more: &'a [&'a str],
}

impl Default for Certificate<'_> {
    fn default() -> Self {
        Self {
            name: "unit",
            by: "root",
            key: P256,
            extensions: TIME_STAMPING,
            valid: ("20200101000000Z", "20990101000000Z"),
            serial: "1001",
            more: &[],
        }
    }
}

/// How a token is made.
#[derive(Debug, Clone, Copy)]
pub struct Token<'a> {
    /// Whose key signs.
    pub signer: &'a str,
    /// The hash under the signature.
    pub digest: &'a str,
    /// The hash of the certificate that the signature is bound to; `sha1` makes an ESSCertID of the first version.
    pub ess: &'a str,
    /// A file of certificates that go into the token beside the signer's.
    pub chain: Option<&'a str>,
    /// Further lines of the section of the authority.
    pub more: &'a str,
}

impl Default for Token<'_> {
    fn default() -> Self {
        Self { signer: "unit", digest: "sha256", ess: "sha256", chain: None, more: "" }
    }
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}

impl Pki {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        let pki = Self { folder: TempDir::new().unwrap() };
        pki.write(
            "ca.cnf",
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=next\ndefault_md=sha256\npolicy=p\n\
             unique_subject=no\nemail_in_dn=no\n[p]\norganizationName=supplied\ncommonName=supplied\n",
        );
        pki
    }

    /// A root `root` and a unit `unit` that signs timestamps, both on P-256.
    #[must_use]
    pub fn usual() -> Self {
        let pki = Self::new();
        pki.certify(&Certificate {
            name: "root",
            extensions: CERTIFYING,
            serial: "01",
            ..Certificate::default()
        });
        pki.certify(&Certificate::default());
        pki
    }

    /// A file of the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Reads one.
    #[must_use]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` in the folder, whatever comes of it.
    #[must_use]
    pub fn openssl(&self, arguments: &[&str]) -> Ran {
        Ran::of(Command::new("openssl").args(arguments).current_dir(self.folder.path()))
    }

    /// Makes a key and a certificate for it.
    pub fn certify(&self, wanted: &Certificate<'_>) {
        let Certificate { name, by, key, extensions, valid, serial, more } = *wanted;
        let (key_file, request) = (format!("{name}.key"), format!("{name}.csr"));
        if !key.is_empty() {
            let _ = self.openssl(&[&["genpkey", "-out", &key_file], key].concat()).ok();
        }
        let subject = format!("/O=Example Time Authority/CN={name}");
        let _ = self.openssl(&["req", "-new", "-key", &key_file, "-subj", &subject, "-out", &request]).ok();
        self.write("index.txt", "");
        self.write("next", format!("{serial}\n"));
        self.write("extensions", extensions);
        let (signer, signer_key, out) = (format!("{by}.pem"), format!("{by}.key"), format!("{name}.pem"));
        let mut arguments =
            vec!["ca", "-batch", "-notext", "-config", "ca.cnf", "-in", &request, "-out", &out];
        arguments.extend(["-startdate", valid.0, "-enddate", valid.1, "-extfile", "extensions"]);
        match name == by {
            true => arguments.extend(["-selfsign", "-keyfile", &key_file]),
            false => arguments.extend(["-cert", &signer, "-keyfile", &signer_key]),
        }
        arguments.extend(more);
        let _ = self.openssl(&arguments).ok();
    }

    /// Makes `NAME.tsq` over a file of the folder, with further arguments of `openssl ts -query`.
    pub fn query(&self, name: &str, data: &str, more: &[&str]) {
        let query = format!("{name}.tsq");
        let _ =
            self.openssl(&[&["ts", "-query", "-data", data, "-sha256", "-out", &query], more].concat()).ok();
    }

    /// Makes `NAME.tsr`, the answer to `NAME.tsq`.
    pub fn answer(&self, name: &str, how: &Token<'_>) {
        let Token { signer, digest, ess, chain, more } = *how;
        let config = format!(
            "[tsa]\ndefault_tsa=t\n[t]\nserial=token-serial\ndefault_policy={POLICY}\nother_policies={POLICY}.2\n\
             digests=sha256,sha384,sha512\nsigner_digest={digest}\ness_cert_id_alg={ess}\naccuracy=secs:1\n{more}\n"
        );
        self.write("tsa.cnf", config);
        if !self.path("token-serial").exists() {
            self.write("token-serial", "2A\n");
        }
        let (query, answer) = (format!("{name}.tsq"), format!("{name}.tsr"));
        let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        let mut arguments = vec!["ts", "-reply", "-config", "tsa.cnf", "-section", "t", "-queryfile", &query];
        arguments.extend(["-signer", &certificate, "-inkey", &key, "-out", &answer]);
        arguments.extend(chain.iter().flat_map(|chain| ["-chain", chain]));
        let _ = self.openssl(&arguments).ok();
    }

    /// The query and the answer for a file of the folder, as `token.tsq` and `token.tsr`.
    pub fn stamp(&self, data: &str, how: &Token<'_>) {
        self.query("token", data, &["-cert"]);
        self.answer("token", how);
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
