//! Timestamps (RFC 3161): what is accepted and what is refused agrees with `openssl ts -verify`, on good tokens and on
//! deliberately bad ones.

use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use vidimus_tests::pki::{CERTIFYING, Certificate, P256, POLICY, Pki, TIME_STAMPING, Token};
use vidimus_tests::{Ran, binary, wait_until};

/// What a token is checked against. File names are those of the folder.
#[derive(Debug, Clone, Copy)]
struct Check<'a> {
    token: &'a str,
    data: &'a str,
    root: &'a str,
    chain: Option<&'a str>,
    query: Option<&'a str>,
}

impl Default for Check<'_> {
    fn default() -> Self {
        Self { token: "token.tsr", data: "data", root: "root.pem", chain: None, query: None }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn ours(pki: &Pki, check: &Check<'_>, more: &[&str]) -> Ran {
    let mut command = Command::new(binary("vidimus"));
    command.current_dir(pki.folder()).args(["log", "timestamp", check.token, "--data", check.data]);
    command.args(["--root", check.root]);
    command.args(check.chain.iter().flat_map(|chain| ["--chain", chain]));
    command.args(check.query.iter().flat_map(|query| ["--query", query]));
    Ran::of(command.args(more))
}

fn theirs(pki: &Pki, check: &Check<'_>, at: Option<u64>) -> bool {
    let at = at.map(|at| at.to_string());
    let mut arguments = vec!["ts", "-verify", "-in", check.token, "-CAfile", check.root];
    match check.query {
        Some(query) => arguments.extend(["-queryfile", query]),
        None => arguments.extend(["-data", check.data]),
    }
    arguments.extend(check.chain.iter().flat_map(|chain| ["-untrusted", chain]));
    arguments.extend(at.iter().flat_map(|at| ["-attime", at.as_str()]));
    pki.openssl(&arguments).code == Some(0)
}

/// The verdicts so far, ours beside theirs.
#[derive(Default)]
struct Table {
    rows: Vec<String>,
    wrong: bool,
}

impl Table {
    /// Both must say the same, and what was expected.
    fn add(&mut self, case: &str, good: bool, pki: &Pki, check: &Check<'_>) {
        let said = ours(pki, check, &[]);
        let (mine, other) = (said.code == Some(0), theirs(pki, check, Some(now())));
        assert!(matches!(said.code, Some(0 | 1)), "{}", said.story());
        self.wrong |= mine != good || other != good;
        self.rows.push(format!(
            "{case:<50} expected {good:<5}  openssl {other:<5}  vidimus {mine:<5} {}",
            said.stderr.trim()
        ));
    }

    #[track_caller]
    fn agree(&self) {
        assert!(!self.wrong, "\n{}", self.rows.join("\n"));
    }
}

fn with_root(root_key: &[&str], unit_key: &[&str], more: &[&str]) -> Pki {
    let pki = Pki::new();
    pki.write("data", "the signed head of a log\n");
    let root = Certificate {
        name: "root",
        key: root_key,
        extensions: CERTIFYING,
        serial: "01",
        ..Certificate::default()
    };
    pki.certify(&root);
    pki.certify(&Certificate { key: unit_key, more, ..Certificate::default() });
    pki
}

fn usual() -> Pki {
    with_root(P256, P256, &[])
}

/// Arguments of `openssl`.
type Arguments = &'static [&'static str];

const RSA_2048: Arguments = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA_3072: Arguments = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"];
const RSA_4096: Arguments = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"];
const P384: Arguments = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const P521: Arguments = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];

#[test]
fn good_tokens_of_every_kind_of_key_are_accepted() {
    let mut table = Table::default();
    let pss: Arguments = &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    let cases: [(&str, Arguments, Arguments, Arguments); 6] = [
        ("RSA 2048", RSA_2048, RSA_2048, &[]),
        ("RSA 3072 certified by RSA 4096, with SHA-512", RSA_4096, RSA_3072, &["-md", "sha512"]),
        ("P-256 certified by RSA-PSS", RSA_2048, P256, pss),
        ("P-256, with SHA-512", P256, P256, &["-md", "sha512"]),
        ("P-384 certified by P-521", P521, P384, &["-md", "sha512"]),
        ("P-521 certified by P-384, with SHA-512", P384, P521, &["-md", "sha512"]),
    ];
    for (name, root, unit, more) in cases {
        let pki = with_root(root, unit, more);
        for digest in ["sha256", "sha384", "sha512"] {
            pki.stamp("data", &Token { digest, ..Token::default() });
            table.add(&format!("{name}, token over {digest}"), true, &pki, &Check::default());
        }
    }
    let pki = usual();
    for ess in ["sha1", "sha256", "sha384", "sha512"] {
        pki.stamp("data", &Token { ess, ..Token::default() });
        table.add(&format!("certificate bound by {ess}"), true, &pki, &Check::default());
    }
    for imprint in ["-sha384", "-sha512"] {
        pki.query("token", "data", &["-cert", imprint]);
        pki.answer("token", &Token::default());
        table.add(&format!("imprint by {imprint}"), true, &pki, &Check::default());
    }
    let more =
        "tsa_name=yes\nordering=yes\nclock_precision_digits=6\naccuracy=secs:1,millisecs:500,microsecs:100";
    pki.stamp("data", &Token { more, ..Token::default() });
    let query = Some("token.tsq");
    table.add("every optional field", true, &pki, &Check { query, ..Check::default() });
    let said = ours(&pki, &Check::default(), &["--json"]).ok().json();
    assert_eq!(said[0]["accuracy_ms"], 1500.1);
    assert_eq!(said[0]["policy"], POLICY);
    assert_eq!(said[0]["authority"], "CN=unit,O=Example Time Authority");
    assert_eq!((said[0]["ok"].as_bool(), said[0]["expired"].as_bool()), (Some(true), Some(false)));
    table.agree();
}

#[test]
fn chains_are_followed_and_each_link_is_checked() {
    let mut table = Table::default();
    let pki = Pki::new();
    pki.write("data", "the signed head of a log\n");
    let usual = Certificate::default();
    let root = Certificate { name: "root", extensions: CERTIFYING, serial: "01", ..usual };
    let middle = Certificate { name: "middle", extensions: CERTIFYING, serial: "02", ..usual };
    pki.certify(&root);
    pki.certify(&middle);
    pki.certify(&Certificate { by: "middle", ..usual });
    pki.certify(&Certificate { name: "stranger", by: "stranger", ..root });
    let chain = Some("middle.pem");
    pki.stamp("data", &Token { chain, ess: "sha1", more: "ess_cert_id_chain=yes", ..Token::default() });
    table.add("the chain comes with the token, bound by sha1", true, &pki, &Check::default());
    pki.stamp("data", &Token { chain, more: "ess_cert_id_chain=yes", ..Token::default() });
    table.add("the chain comes with the token, bound by sha256", true, &pki, &Check::default());
    table.add("another root", false, &pki, &Check { root: "stranger.pem", ..Check::default() });
    table.add("what is in between as root", false, &pki, &Check { root: "middle.pem", ..Check::default() });
    pki.stamp("data", &Token::default());
    table.add("a link is missing", false, &pki, &Check::default());
    table.add("the link is given", true, &pki, &Check { chain, ..Check::default() });
    let wrong = Some("stranger.pem");
    table.add("another link is given", false, &pki, &Check { chain: wrong, ..Check::default() });

    pki.query("token", "data", &[]);
    pki.answer("token", &Token::default());
    table.add("no certificate in the token", false, &pki, &Check { chain, ..Check::default() });
    pki.write("both.pem", [pki.read("unit.pem"), pki.read("middle.pem")].concat());
    table.add(
        "all certificates are given",
        true,
        &pki,
        &Check { chain: Some("both.pem"), ..Check::default() },
    );

    let cases = [
        ("what certifies is no authority", "basicConstraints=critical,CA:FALSE\n", false),
        (
            "its key is not for certificates",
            "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n",
            false,
        ),
        ("it says nothing of its use", "subjectKeyIdentifier=hash\n", false),
        (
            "nothing may stand below it, and only the unit does",
            "basicConstraints=critical,CA:TRUE,pathlen:0\n",
            true,
        ),
    ];
    for (name, extensions, good) in cases {
        pki.certify(&Certificate { extensions, ..middle });
        pki.certify(&Certificate { by: "middle", key: &[], ..usual });
        pki.stamp("data", &Token { chain, ..Token::default() });
        table.add(name, good, &pki, &Check::default());
    }
    pki.certify(&Certificate { extensions: "basicConstraints=critical,CA:TRUE,pathlen:0\n", ..root });
    pki.certify(&middle);
    pki.certify(&Certificate { by: "middle", key: &[], ..usual });
    pki.stamp("data", &Token { chain, ..Token::default() });
    table.add("nothing may stand below the root, and something does", false, &pki, &Check::default());
    let expired = ("20200101000000Z", "20210101000000Z");
    pki.certify(&Certificate { valid: expired, ..root });
    pki.certify(&Certificate { key: &[], ..usual });
    pki.stamp("data", &Token::default());
    table.add("the root has expired before", false, &pki, &Check::default());
    table.agree();
}

#[test]
fn only_certificates_for_timestamps_alone_are_accepted() {
    let mut table = Table::default();
    let pki = usual();
    let cases = [
        ("extended key usage is critical", "extendedKeyUsage=critical,timeStamping\n", true),
        (
            "both uses of signatures",
            "keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=critical,timeStamping\n",
            true,
        ),
        ("no extended key usage", "keyUsage=critical,digitalSignature\n", false),
        ("it is not critical", "extendedKeyUsage=timeStamping\n", false),
        ("another purpose too", "extendedKeyUsage=critical,timeStamping,codeSigning\n", false),
        ("another purpose", "extendedKeyUsage=critical,codeSigning\n", false),
        (
            "key usage of another kind",
            "keyUsage=critical,keyEncipherment\nextendedKeyUsage=critical,timeStamping\n",
            false,
        ),
        (
            "key usage of another kind too",
            "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=critical,timeStamping\n",
            false,
        ),
    ];
    // `openssl ts -reply` makes no token with a certificate that it would refuse: the token is made with a good one, and
    // bound to nothing but its key, issuer and number when the other takes its place.
    for (name, extensions, good) in cases {
        let extensions = format!("basicConstraints=CA:FALSE\n{extensions}");
        pki.certify(&Certificate { extensions: &extensions, ..Certificate::default() });
        pki.query("token", "data", &["-cert"]);
        made_by_cms(&pki, "unit", &["-cades"]);
        table.add(name, good, &pki, &Check::default());
    }
    table.agree();
}

/// A token by `openssl cms -sign`, which asks nothing of the signer's certificate, over the statement of a good one.
fn made_by_cms(pki: &Pki, signer: &str, more: &[&str]) {
    let good = Certificate { name: "good", key: P256, serial: "77", ..Certificate::default() };
    pki.certify(&good);
    pki.answer("token", &Token { signer: "good", ..Token::default() });
    let out = pki.openssl(&["ts", "-reply", "-in", "token.tsr", "-token_out", "-out", "good.tst"]);
    assert_eq!(out.code, Some(0), "{}", out.story());
    let read = ["cms", "-verify", "-noverify", "-inform", "DER", "-in", "good.tst", "-out", "statement.der"];
    let _ = pki.openssl(&read).ok();
    let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
    let mut sign = vec!["cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-outform", "DER"];
    sign.extend(["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "statement.der", "-out", "made.tst"]);
    sign.extend(["-signer", &certificate, "-inkey", &key]);
    sign.extend(more);
    let _ = pki.openssl(&sign).ok();
    pki.write("token.tsr", response(&pki.read("made.tst")));
}

/// A granted answer (`TimeStampResp`) around a token.
fn response(token: &[u8]) -> Vec<u8> {
    let granted = [0x30, 0x03, 0x02, 0x01, 0x00];
    let length = u16::try_from(granted.len() + token.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82][..], &length, &granted, token].concat()
}

#[test]
fn the_chain_is_checked_at_the_time_of_the_token() {
    let mut table = Table::default();
    let pki = usual();
    let windows = [
        ("valid then", ("20200101000000Z", "20990101000000Z"), true),
        ("expired before", ("20200101000000Z", "20210101000000Z"), false),
        ("not yet valid", ("20980101000000Z", "20990101000000Z"), false),
    ];
    for (name, valid, good) in windows {
        pki.certify(&Certificate { valid, ..Certificate::default() });
        pki.stamp("data", &Token::default());
        table.add(name, good, &pki, &Check::default());
    }
    table.agree();

    // A certificate that expires two seconds after it signed.
    let end = now() + 3;
    let text = jiff::Timestamp::from_second(i64::try_from(end).unwrap()).unwrap();
    let text = text.strftime("%Y%m%d%H%M%SZ").to_string();
    pki.certify(&Certificate { valid: ("20200101000000Z", &text), ..Certificate::default() });
    pki.stamp("data", &Token::default());
    wait_until("the certificate has expired", || now() > end);
    let said = ours(&pki, &Check::default(), &["--json"]).ok().json();
    assert_eq!(said[0]["expired"], true);
    assert!(!theirs(&pki, &Check::default(), None), "without the token's time, openssl refuses");
    assert!(theirs(&pki, &Check::default(), said[0]["epoch"].as_u64()), "with it, it accepts");
    let text = ours(&pki, &Check::default(), &[]).ok().text();
    assert!(text.contains(&format!("-attime {}", said[0]["epoch"])), "{text}");
}

#[test]
fn tokens_for_something_else_are_refused() {
    let mut table = Table::default();
    let pki = usual();
    pki.write("other", "another head\n");
    pki.stamp("data", &Token::default());
    table.add("other data", false, &pki, &Check { data: "other", ..Check::default() });
    table.add("its own request", true, &pki, &Check { query: Some("token.tsq"), ..Check::default() });
    pki.query("again", "data", &["-cert"]);
    table.add(
        "another request for the same",
        false,
        &pki,
        &Check { query: Some("again.tsq"), ..Check::default() },
    );
    pki.query("plain", "data", &["-cert", "-no_nonce"]);
    table.add(
        "a request without a nonce",
        true,
        &pki,
        &Check { query: Some("plain.tsq"), ..Check::default() },
    );
    pki.answer("plain", &Token::default());
    let unasked = Check { token: "plain.tsr", query: Some("token.tsq"), ..Check::default() };
    table.add("an answer without the nonce that was asked for", false, &pki, &unasked);

    // Two certificates of one key, with one issuer and one number: the signature is bound to the first.
    pki.query("token", "data", &[]);
    pki.answer("token", &Token::default());
    fs::copy(pki.path("unit.pem"), pki.path("first.pem")).unwrap();
    pki.certify(&Certificate {
        key: &[],
        valid: ("20200101000000Z", "20980101000000Z"),
        ..Certificate::default()
    });
    table.add(
        "the certificate that it is bound to",
        true,
        &pki,
        &Check { chain: Some("first.pem"), ..Check::default() },
    );
    table.add("another of the same key", false, &pki, &Check { chain: Some("unit.pem"), ..Check::default() });

    // A refusal in due form, and an answer with nothing in it.
    pki.query("token", "data", &["-cert"]);
    pki.answer("token", &Token { more: "digests=sha512", ..Token::default() });
    table.add("a refusal", false, &pki, &Check::default());
    pki.write("token.tsr", [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00]);
    table.add("a grant without a token", false, &pki, &Check::default());
    pki.write("token.tsr", "");
    table.add("nothing", false, &pki, &Check::default());
    table.agree();

    pki.stamp("data", &Token::default());
    let _ = ours(&pki, &Check::default(), &["--policy", POLICY]).ok();
    let _ = ours(&pki, &Check::default(), &["--policy", "1.2.3", "--policy", POLICY]).ok();
    let refused = ours(&pki, &Check::default(), &["--policy", "1.2.3"]).expect(1);
    assert!(refused.stderr.contains(POLICY), "{}", refused.stderr);
    let _ = ours(&pki, &Check::default(), &["--policy", "any"]).expect(64);
    let _ = ours(&pki, &Check { data: "absent", ..Check::default() }, &[]).expect(64);
    let _ = ours(&pki, &Check { root: "data", ..Check::default() }, &[]).expect(64);
}

#[test]
fn tokens_by_another_program_agree_too() {
    let mut table = Table::default();
    let pki = usual();
    pki.query("token", "data", &["-cert"]);
    made_by_cms(&pki, "unit", &["-cades"]);
    table.add("made by cms", true, &pki, &Check::default());
    made_by_cms(&pki, "unit", &[]);
    table.add("bound to no certificate", false, &pki, &Check::default());
    made_by_cms(&pki, "unit", &["-cades", "-nocerts"]);
    table.add("without certificates", false, &pki, &Check::default());
    pki.certify(&Certificate { name: "second", serial: "99", ..Certificate::default() });
    made_by_cms(&pki, "unit", &["-cades", "-signer", "second.pem", "-inkey", "second.key"]);
    table.add("two signatures", false, &pki, &Check::default());
    made_by_cms(&pki, "unit", &["-noattr"]);
    table.add("no signed attributes", false, &pki, &Check::default());
    table.agree();
}

#[test]
fn where_we_differ_from_openssl_is_known() {
    // What `openssl ts` cannot read, and `openssl cms` can.
    let pki = with_root(P256, RSA_2048, &[]);
    let extensions = format!("{TIME_STAMPING}subjectKeyIdentifier=hash\n");
    pki.certify(&Certificate { extensions: &extensions, key: &[], ..Certificate::default() });
    let pss: &[&str] = &["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"];
    for more in [&["-keyid"][..], pss] {
        pki.query("token", "data", &["-cert"]);
        made_by_cms(&pki, "unit", &[&["-cades"][..], more].concat());
        let _ = ours(&pki, &Check::default(), &[]).ok();
        assert!(!theirs(&pki, &Check::default(), None), "{more:?}");
        let mut verify = vec!["cms", "-verify", "-inform", "DER", "-in", "made.tst", "-out", "statement"];
        verify.extend(["-CAfile", "root.pem", "-purpose", "timestampsign"]);
        let _ = pki.openssl(&verify).ok();
    }

    // An authority that may certify for other purposes only.
    let pki = usual();
    let only_servers = format!("{CERTIFYING}extendedKeyUsage=serverAuth\n");
    pki.certify(&Certificate {
        name: "middle",
        extensions: &only_servers,
        serial: "02",
        ..Certificate::default()
    });
    pki.certify(&Certificate { by: "middle", ..Certificate::default() });
    pki.stamp("data", &Token { chain: Some("middle.pem"), ..Token::default() });
    let said = ours(&pki, &Check::default(), &[]).expect(1);
    assert!(said.stderr.contains("may not be used for timestamps"), "{}", said.stderr);
    assert!(theirs(&pki, &Check::default(), None));
}

#[test]
fn no_changed_token_is_accepted_that_openssl_refuses() {
    let pki = usual();
    pki.stamp("data", &Token { ess: "sha1", ..Token::default() });
    let good = pki.read("token.tsr");
    let (mut both, mut neither, mut stricter, mut weaker) = (0, 0, Vec::new(), Vec::new());
    for position in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[position] ^= 1 << (position % 8);
        pki.write("token.tsr", &bytes);
        let mine = ours(&pki, &Check::default(), &[]).code == Some(0);
        match (mine, theirs(&pki, &Check::default(), Some(now()))) {
            (true, true) => both += 1,
            (false, false) => neither += 1,
            (false, true) => stricter.push(position),
            (true, false) => weaker.push(position),
        }
    }
    let all = good.len().div_ceil(7);
    assert!(weaker.is_empty(), "accepted, though openssl refuses: {weaker:?}");
    // A few bytes are nobody's: versions, tags that repeat, lists of algorithms. All others are caught by both.
    assert!(neither * 10 >= all * 9, "{both} {neither} {stricter:?} of {all}");
}
