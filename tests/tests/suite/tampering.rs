//! Attacks on bundles. The attacker is able: after each change he makes the bag's lists anew, and the digests of records
//! and of the package as far as the change calls for it. What he has not is the log's key and a timestamp of the
//! authority. Each attack is caught by the program at the level that should, and by the script that comes with a bundle
//! where it is in its reach.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use vidimus_snapshot::{Digest, hex};
use vidimus_tests::pki::{CERTIFYING, Certificate, Pki, Token};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::bundles::{Scene, new_key, script};
use crate::common::text;

/// The files of a bundle by their names in its folder.
type Files = BTreeMap<String, Vec<u8>>;

const MANIFEST: &str = "data/proof/manifest.json";
const LEAF: &str = "data/proof/leaf.json";
const PROOF: &str = "data/proof/capture.tlog-proof";
const CHECKPOINT: &str = "data/proof/checkpoint";
const STAMP: &str = "data/proof/checkpoint.example-time.tsr";
const ANSWER: &str = "data/records/02.warc.gz";

/// A bundle in the attacker's hands.
#[derive(Clone)]
struct Bundle {
    top: String,
    files: Files,
}

/// What all attacks of one test begin with: bundles of two captures.
struct Good {
    scene: Scene,
    first: Bundle,
    other: Bundle,
}

impl Good {
    fn new() -> Self {
        let scene = Scene::new(true);
        let ids = scene.capture(&["/statement"]);
        // The first checkpoint has its timestamp before there is a second one.
        let more = scene.capture(&["/other"]);
        let bundle = |id: &str, name: &str| {
            let _ = scene.export(id, name).ok();
            Bundle::read(&fs::read(scene.home.path(name)).unwrap())
        };
        let (first, other) = (bundle(&ids[0], "first.zip"), bundle(&more[0], "other.zip"));
        Self { scene, first, other }
    }

    /// Whether the program and the script find what was done, and at which level the program does.
    fn judge(&self, attack: &Attack, number: usize) -> Option<String> {
        let mut bundle = self.first.clone();
        (attack.change)(&mut bundle, self);
        if attack.bags_anew {
            bundle.bag();
        }
        let name = format!("attack-{number}");
        let folder = self.scene.home.path(&name).join(&bundle.top);
        bundle.write(&folder);
        let zipped = format!("{name}.zip");
        fs::write(self.scene.home.path(&zipped), bundle.zipped()).unwrap();
        let ran = self.scene.verify(&zipped);
        let lines = ran.json();
        let levels: Vec<u64> = lines.iter().filter_map(|line| line["level"].as_u64()).collect();
        let mut wrong = Vec::new();
        // Nothing is proved on top of what is not so.
        let summary = lines.last().filter(|line| line["kind"] == "summary").cloned().unwrap_or_default();
        if summary["L2"] == false && (summary["L3"] == true || summary["L4"] == true)
            || summary["L3"] == false && summary["L4"] == true
        {
            wrong.push(format!("a level is proved above one that failed: {summary}"));
        }
        match attack.level {
            Some(level) if ran.code != Some(1) || !levels.contains(&level) => {
                wrong.push(format!("the program does not find it at L{level}: {}", ran.story()));
            }
            None if ran.code != Some(2) => {
                wrong.push(format!("the program does not miss it: {}", ran.story()))
            }
            _ => {}
        }
        let (key, root) = (self.scene.fingerprint(), self.scene.root());
        let its = self.scene.home.path("verify.sh");
        if !its.is_file() {
            fs::write(&its, &self.first.files["data/verify.sh"]).unwrap();
        }
        let place = folder.to_string_lossy().into_owned();
        for shell in ["dash", "bash"] {
            let ran =
                script(&self.scene.home, shell, &its, &["--fingerprint", &key, "--root", &root, &place]);
            let told = ran.text();
            let is_above = told.contains("L2 FAILED")
                && (told.contains("L3 proved") || told.contains("L4 proved"))
                || told.contains("L3 FAILED") && told.contains("L4 proved");
            if ran.code != Some(attack.script) || is_above {
                wrong.push(format!("the script under {shell}: {}", ran.story()));
            }
        }
        (!wrong.is_empty()).then(|| format!("--- {}\n{}", attack.name, wrong.join("\n")))
    }

    fn judge_all(&self, attacks: &[Attack]) {
        let missed: Vec<String> =
            attacks.iter().enumerate().filter_map(|(number, attack)| self.judge(attack, number)).collect();
        assert!(missed.is_empty(), "{} of {} attacks:\n{}", missed.len(), attacks.len(), missed.join("\n"));
    }
}

/// One attack.
struct Attack {
    name: &'static str,
    change: fn(&mut Bundle, &Good),
    /// Whether he makes the lists of the bag anew.
    bags_anew: bool,
    /// The level at which the program finds it; `None` where something is only missing.
    level: Option<u64>,
    /// What the script ends with.
    script: i32,
}

/// An able attack, which the script finds too.
const fn attack(name: &'static str, level: u64, change: fn(&mut Bundle, &Good)) -> Attack {
    Attack { name, change, bags_anew: true, level: Some(level), script: 1 }
}

/// A clumsy one: the lists of the bag stay as they were.
const fn clumsy(name: &'static str, change: fn(&mut Bundle, &Good)) -> Attack {
    Attack { name, change, bags_anew: false, level: Some(0), script: 1 }
}

impl Bundle {
    fn read(bytes: &[u8]) -> Self {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let (mut top, mut files) = (String::new(), Files::new());
        for number in 0..zip.len() {
            let mut file = zip.by_index(number).unwrap();
            let name = file.name().unwrap().into_owned();
            let (folder, name) = name.split_once('/').unwrap();
            let mut content = Vec::new();
            top = folder.to_owned();
            file.read_to_end(&mut content).unwrap();
            files.insert(name.to_owned(), content);
        }
        Self { top, files }
    }

    /// Makes the lists of the bag anew.
    fn bag(&mut self) {
        let list = |files: &Files, wanted: fn(&str) -> bool| -> Vec<u8> {
            let lines = files.iter().filter(|(name, _)| wanted(name));
            lines
                .map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes).hex()))
                .collect::<String>()
                .into()
        };
        let content = list(&self.files, |name| name.starts_with("data/"));
        self.files.insert("manifest-sha256.txt".to_owned(), content);
        let tags = list(&self.files, |name| !name.starts_with("data/") && name != "tagmanifest-sha256.txt");
        self.files.insert("tagmanifest-sha256.txt".to_owned(), tags);
    }

    fn write(&self, folder: &Path) {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    fn zipped(&self) -> Vec<u8> {
        let names = self.files.iter().map(|(name, bytes)| (format!("{}/{name}", self.top), bytes.as_slice()));
        zip_of(names)
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.files[name].clone()).unwrap()
    }

    fn put(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(name.to_owned(), bytes.into());
    }

    fn edit(&mut self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no {from}: {text}");
        self.put(name, text.replacen(from, to, 1));
    }

    /// A record, unpacked.
    fn record(&self, name: &str) -> Vec<u8> {
        let mut record = Vec::new();
        MultiGzDecoder::new(self.files[name].as_slice()).read_to_end(&mut record).unwrap();
        record
    }

    /// Changes a record, with all digests in its head as they should be, wherever it stands: as a file, in the package.
    fn edit_record(&mut self, name: &str, from: &str, to: &str) {
        let changed = edited(&self.record(name), from, to);
        self.put_record(name, &changed);
    }

    fn put_record(&mut self, name: &str, record: &[u8]) {
        let old = self.files[name].clone();
        let new = gzipped(record);
        self.put(name, new.clone());
        self.edit_package(|entry, bytes| {
            if entry.starts_with("archive/") {
                let at =
                    bytes.windows(old.len()).position(|window| window == old).expect("it is in the package");
                bytes.splice(at..at + old.len(), new.iter().copied());
            }
        });
    }

    /// Changes the package for replay tools, and makes its digests and its index anew as far as lengths go.
    fn edit_package(&mut self, mut change: impl FnMut(&str, &mut Vec<u8>)) {
        let mut zip = ZipArchive::new(Cursor::new(self.files["data/snapshot.wacz"].clone())).unwrap();
        let mut entries = Vec::new();
        for number in 0..zip.len() {
            let mut file = zip.by_index(number).unwrap();
            let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
            file.read_to_end(&mut bytes).unwrap();
            change(&name, &mut bytes);
            entries.push((name, bytes));
        }
        let mut list: Value = serde_json::from_slice(&found(&entries, "datapackage.json")).unwrap();
        for resource in list["resources"].as_array_mut().unwrap() {
            let bytes = found(&entries, resource["path"].as_str().unwrap());
            resource["bytes"] = bytes.len().into();
            resource["hash"] = Digest::of(&bytes).to_string().into();
        }
        let list = serde_json::to_vec(&list).unwrap();
        let digest = format!(r#"{{"path":"datapackage.json","hash":"{}"}}"#, Digest::of(&list));
        for (name, bytes) in &mut entries {
            match name.as_str() {
                "datapackage.json" => bytes.clone_from(&list),
                "datapackage-digest.json" => *bytes = digest.clone().into_bytes(),
                _ => {}
            }
        }
        self.put(
            "data/snapshot.wacz",
            zip_of(entries.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice()))),
        );
    }

    /// The number of the last record, which holds the manifest.
    fn last_record(&self) -> String {
        self.files.keys().rfind(|name| name.starts_with("data/records/")).unwrap().clone()
    }

    /// Changes the manifest wherever it stands, as its record with right digests too.
    fn forge_manifest(&mut self, from: &str, to: &str) {
        self.edit(MANIFEST, from, to);
        let last = self.last_record();
        self.edit_record(&last, from, to);
    }

    /// Makes the leaf fit the manifest.
    fn forge_leaf(&mut self) {
        let mut leaf: Value = serde_json::from_slice(&self.files[LEAF]).unwrap();
        leaf["manifest"] = Digest::of(&self.files[MANIFEST]).to_string().into();
        self.put(LEAF, leaf.to_string());
    }

    /// Puts another checkpoint in all places where it stands, with this signature.
    fn put_checkpoint(&mut self, body: &str, line: &str, signature: &[u8]) {
        let whole = format!("{body}\n{line}\n");
        let proof = self.text(PROOF);
        let head = proof.split_once("\n\n").unwrap().0.to_owned();
        self.put(PROOF, format!("{head}\n\n{whole}"));
        self.put(CHECKPOINT, whole);
        self.put("data/proof/checkpoint.body", body);
        self.put("data/proof/checkpoint.sig", signature);
    }

    /// Changes the checkpoint and leaves its signature.
    fn edit_checkpoint(&mut self, from: &str, to: &str) {
        let (body, line) = self.checkpoint();
        assert!(body.contains(from), "{body}");
        let signature = self.files["data/proof/checkpoint.sig"].clone();
        self.put_checkpoint(&body.replacen(from, to, 1), &line, &signature);
    }

    /// The signed text of the checkpoint, and the line of its signature.
    fn checkpoint(&self) -> (String, String) {
        let whole = self.text(CHECKPOINT);
        let (body, line) = whole.split_once("\n\n").unwrap();
        (format!("{body}\n"), line.trim_end().to_owned())
    }

    /// Makes a proof of its own: a log of one leaf, whose head fits, signed with another key, which takes the place of
    /// the log's.
    fn sign_with(&mut self, key: &Path) {
        let leaf = [&[0][..], &self.files[LEAF]].concat();
        let root = base64(Digest::of(&leaf).as_bytes());
        let origin = self.text(CHECKPOINT).lines().next().unwrap().to_owned();
        let body = format!("{origin}\n1\n{root}\n");
        let der = openssl(&["pkey", "-pubout", "-outform", "DER", "-in", key.to_str().unwrap()], b"");
        let public = [&[1][..], &der[der.len() - 32..]].concat();
        let hash = Digest::of(&[origin.as_bytes(), b"\n", &public].concat());
        let hash = &hash.as_bytes()[..4];
        let file = key.with_extension("body");
        fs::write(&file, &body).unwrap();
        let (key, file) = (key.to_str().unwrap(), file.to_str().unwrap());
        let signature = openssl(&["pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", file], b"");
        let line = format!("— {origin} {}", base64(&[hash, &signature].concat()));
        self.put(PROOF, "c2sp.org/tlog-proof@v1\nindex 0\n\n");
        self.put_checkpoint(&body, &line, &signature);
        self.put("data/trust/log.vkey", format!("{origin}+{}+{}\n", hex(hash), base64(&public)));
        self.put("data/trust/log-key.pem", openssl(&["pkey", "-pubout", "-in", key], b""));
    }

    /// Has another authority put its time on the checkpoint, and takes its root and chain into the bundle.
    fn stamp_with(&mut self, pki: &Pki, is_trusted: bool) {
        pki.write("data", &self.files[CHECKPOINT]);
        pki.stamp("data", &Token::default());
        self.files.remove("data/proof/checkpoint.example-time.tsq");
        self.put(STAMP, pki.read("token.tsr"));
        if is_trusted {
            self.put("data/trust/tsa-root.example-time.pem", pki.read("root.pem"));
            self.put("data/trust/tsa-chain.example-time.pem", pki.read("unit.pem"));
        }
    }
}

fn found(entries: &[(String, Vec<u8>)], name: &str) -> Vec<u8> {
    entries.iter().find(|(found, _)| found == name).unwrap().1.clone()
}

fn zip_of<'a>(files: impl Iterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::new(6));
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    String::from_utf8(openssl(&["base64", "-A"], bytes)).unwrap()
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{arguments:?}");
    done.stdout
}

/// A record with a change, and with the length and the digests in its head made to fit.
fn edited(record: &[u8], from: &str, to: &str) -> Vec<u8> {
    let place = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
    let at = place(record, from.as_bytes()).unwrap_or_else(|| panic!("the record has no {from}"));
    let mut record = record.to_vec();
    record.splice(at..at + from.len(), to.bytes());
    let head_end = place(&record, b"\r\n\r\n").unwrap() + 4;
    let block = record[head_end..record.len() - 4].to_vec();
    let head = String::from_utf8(record[..head_end].to_vec()).unwrap();
    let payload = place(&block, b"\r\n\r\n").map_or(&[][..], |at| &block[at + 4..]);
    let fits = |line: &str| match line.split_once(": ") {
        Some(("WARC-Block-Digest", _)) => format!("WARC-Block-Digest: {}", Digest::of(&block)),
        Some(("WARC-Payload-Digest", _)) => format!("WARC-Payload-Digest: {}", Digest::of(payload)),
        Some(("Content-Length", _)) => format!("Content-Length: {}", block.len()),
        _ => line.to_owned(),
    };
    let head: Vec<String> = head.split("\r\n").map(fits).collect();
    [head.join("\r\n").as_bytes(), &block, b"\r\n\r\n"].concat()
}

/// Another authority, with a root of its own.
fn other_authority() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(Pki::usual)
}

#[test]
fn changes_of_the_bag_are_caught() {
    let good = Good::new();
    good.judge_all(&[
        clumsy("a byte of the text", |b, _| b.edit("data/text/text.txt", "ferry", "fairy")),
        clumsy("a file was added", |b, _| b.put("data/more.txt", "more")),
        clumsy("a file was removed", |b, _| drop(b.files.remove("data/VERIFY.txt"))),
        clumsy("a file was renamed", |b, _| {
            let bytes = b.files.remove("data/report.html").unwrap();
            b.put("data/Report.html", bytes);
        }),
        clumsy("the list of the bag was emptied", |b, _| b.put("manifest-sha256.txt", "")),
        clumsy("a line of the list is none", |b, _| b.put("manifest-sha256.txt", "../../etc/passwd\n")),
        clumsy("there is a file to be fetched", |b, _| b.put("fetch.txt", "http://else.example/ 1 data/x\n")),
        attack("a file was added, and listed", 0, |b, _| b.put("data/opinion.pdf", "%PDF")),
        attack("a second report", 0, |b, _| b.put("data/proof/report.html", "<p>Other")),
        attack("a hidden file", 0, |b, _| b.put("data/.hidden", "x")),
        attack("a name with a space", 0, |b, _| b.put("data/text/a b", "x")),
        attack("a name with a line end", 0, |b, _| b.put("data/text/a\nb", "x")),
        attack("a name that is an option", 0, |b, _| b.put("data/text/-rf", "x")),
        attack("it is no bag of BagIt 1.0", 0, |b, _| b.edit("bagit.txt", "1.0", "0.9")),
    ]);
}

#[test]
fn changes_of_records_and_texts_are_caught() {
    let good = Good::new();
    let aids = |name, change| Attack { script: 0, ..attack(name, 2, change) };
    good.judge_all(&[
        attack("the body", 2, |b, _| b.edit_record(ANSWER, "fourteenth", "thirteenth")),
        attack("the body, with its old digests", 1, |b, _| {
            let record = String::from_utf8(b.record(ANSWER)).unwrap().replace("fourteenth", "fifteenth!");
            b.put_record(ANSWER, record.as_bytes());
        }),
        attack("a header of the answer", 2, |b, _| b.edit_record(ANSWER, "HTTP/1.1 200", "HTTP/1.1 201")),
        attack("the date of a record", 2, |b, _| b.edit_record(ANSWER, "WARC-Date: 20", "WARC-Date: 19")),
        attack("the address of a record", 2, |b, _| {
            b.edit_record(ANSWER, "WARC-Target-URI: http://", "WARC-Target-URI: http://not-");
        }),
        attack("the request", 2, |b, _| {
            b.edit_record("data/records/01.warc.gz", "GET /statement", "GET /other")
        }),
        attack("the text", 2, |b, _| b.edit("data/text/text.txt", "fourteenth", "thirteenth")),
        attack("the statement", 2, |b, _| b.edit("data/text/statement.json", "fourteenth", "thirteenth")),
        attack("the record of the text", 2, |b, _| {
            let record = edited(&b.record("data/text/01.warc.gz"), "fourteenth", "thirteenth");
            b.put("data/text/01.warc.gz", gzipped(&record));
        }),
        attack("two records have changed places", 2, |b, _| {
            let (one, two) = (b.files["data/records/01.warc.gz"].clone(), b.files[ANSWER].clone());
            b.put("data/records/01.warc.gz", two);
            b.put(ANSWER, one);
        }),
        attack("a record is gone", 2, |b, _| drop(b.files.remove(ANSWER))),
        attack("a record of another capture is there too", 2, |b, good| {
            b.put("data/records/09.warc.gz", good.other.files[ANSWER].clone());
        }),
        attack("the answer of another capture", 2, |b, good| {
            b.put(ANSWER, good.other.files[ANSWER].clone());
        }),
        attack("a second record behind the first", 1, |b, good| {
            let twice = [b.files[ANSWER].as_slice(), &good.other.files[ANSWER]].concat();
            b.put(ANSWER, twice);
        }),
        attack("a record that is cut short", 1, |b, _| {
            let length = b.files[ANSWER].len();
            b.files.get_mut(ANSWER).unwrap().truncate(length - 20);
        }),
        attack("the package of another capture", 2, |b, good| {
            for name in ["data/snapshot.wacz", "data/snapshot-info.warc.gz"] {
                b.put(name, good.other.files[name].clone());
            }
        }),
        attack("the package shows another body", 2, |b, _| {
            let kept = b.files[ANSWER].clone();
            b.edit_record(ANSWER, "fourteenth", "thirteenth");
            b.put(ANSWER, kept);
        }),
        attack("the package is gone", 0, |b, _| drop(b.files.remove("data/snapshot.wacz"))),
        attack("the package's list of records leaves one out", 2, |b, _| {
            b.edit("data/snapshot-records.txt", &format!("{ANSWER}\n"), "");
        }),
        aids("the text in the package's list of pages", |b, _| {
            b.edit_package(|name, bytes| {
                if name == "pages/pages.jsonl" {
                    *bytes =
                        String::from_utf8(bytes.clone()).unwrap().replace("fourteenth", "thirteenth").into();
                }
            });
        }),
        Attack {
            level: Some(1),
            ..aids("the package's index points elsewhere", |b, _| {
                b.edit_package(|name, bytes| {
                    if name == "indexes/index.cdx.gz" {
                        let mut lines = String::new();
                        MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut lines).unwrap();
                        *bytes = gzipped(lines.replace("/statement", "/elsewhere").as_bytes());
                    }
                });
            })
        },
        attack("a bundle of another capture under this name", 2, |b, good| {
            b.files = good.other.files.clone();
        }),
    ]);
}

#[test]
fn changes_of_manifest_leaf_and_log_are_caught() {
    let good = Good::new();
    good.judge_all(&[
        attack("a field of the manifest, there alone", 2, |b, _| {
            b.edit(MANIFEST, "\"captured_at\":\"20", "\"captured_at\":\"19");
        }),
        attack("a record of the manifest without its type", 1, |b, _| {
            b.edit(MANIFEST, "\"type\":\"response\",", "");
        }),
        attack("a record of the manifest at a place far behind the others", 1, |b, _| {
            b.put(MANIFEST, r#"{"records":{"3000000":{"type":"x"}},"v":1}"#);
        }),
        attack("a field of the manifest, wherever it stands", 3, |b, _| {
            b.forge_manifest("\"captured_at\":\"20", "\"captured_at\":\"19");
        }),
        attack("the manifest and its leaf", 3, |b, _| {
            b.forge_manifest("\"captured_at\":\"20", "\"captured_at\":\"19");
            b.forge_leaf();
        }),
        attack("body, manifest and leaf, all digests made to fit", 3, |b, _| {
            let old = (Digest::of(&b.record(ANSWER)), Digest::of(&b.files[ANSWER]));
            b.edit_record(ANSWER, "fourteenth", "thirteenth");
            let new = (Digest::of(&b.record(ANSWER)), Digest::of(&b.files[ANSWER]));
            b.forge_manifest(&old.0.to_string(), &new.0.to_string());
            b.forge_manifest(&old.1.to_string(), &new.1.to_string());
            b.forge_leaf();
        }),
        attack("when it was logged", 3, |b, _| b.edit(LEAF, "\"logged_at\":\"20", "\"logged_at\":\"19")),
        attack("the leaf of another capture", 3, |b, good| b.put(LEAF, good.other.files[LEAF].clone())),
        attack("a hash of the proof", 3, |b, _| {
            let proof = b.text(PROOF);
            let hash = proof.lines().nth(2).unwrap().to_owned();
            let other =
                if hash.starts_with('A') { hash.replacen('A', "B", 1) } else { format!("A{}", &hash[1..]) };
            b.edit(PROOF, &hash, &other);
        }),
        attack("a hash of the proof is gone", 3, |b, _| {
            let hash = b.text(PROOF).lines().nth(2).unwrap().to_owned();
            b.edit(PROOF, &format!("{hash}\n"), "");
        }),
        attack("the index", 3, |b, _| {
            let line = b.text(PROOF).lines().nth(1).unwrap().to_owned();
            b.edit(PROOF, &line, if line == "index 0" { "index 1" } else { "index 0" });
        }),
        attack("the proof of another capture", 3, |b, good| b.put(PROOF, good.other.files[PROOF].clone())),
        attack("the size of the checkpoint", 3, |b, _| {
            let size = b.checkpoint().0.lines().nth(1).unwrap().to_owned();
            b.edit_checkpoint(&format!("\n{size}\n"), "\n9\n");
        }),
        attack("the root of the checkpoint", 3, |b, _| {
            let root = b.checkpoint().0.lines().nth(2).unwrap().to_owned();
            b.edit_checkpoint(&root, &base64(&[7; 32]));
        }),
        attack("a whole log of his own, and the old signature", 3, |b, _| {
            b.forge_manifest("\"captured_at\":\"20", "\"captured_at\":\"19");
            b.forge_leaf();
            let root = base64(Digest::of(&[&[0][..], &b.files[LEAF]].concat()).as_bytes());
            let (body, line) = b.checkpoint();
            let origin = body.lines().next().unwrap();
            let signature = b.files["data/proof/checkpoint.sig"].clone();
            b.put(PROOF, "c2sp.org/tlog-proof@v1\nindex 0\n\n");
            b.put_checkpoint(&format!("{origin}\n1\n{root}\n"), &line, &signature);
        }),
        attack("the signature", 3, |b, _| {
            let mut signature = b.files["data/proof/checkpoint.sig"].clone();
            signature[10] ^= 1;
            let (body, line) = b.checkpoint();
            let value = line.rsplit(' ').next().unwrap();
            let mut whole = openssl(&["base64", "-d", "-A"], value.as_bytes());
            whole.splice(4.., signature.iter().copied());
            let line = line.replace(value, &base64(&whole));
            b.put_checkpoint(&body, &line, &signature);
        }),
        attack("the signed part in a file of its own", 3, |b, _| {
            b.put("data/proof/checkpoint.body", "else\n1\n")
        }),
        attack("the log's key", 3, |b, good| {
            let key = good.scene.home.path("his.pem");
            if !key.is_file() {
                new_key(&key);
            }
            b.put("data/trust/log-key.pem", openssl(&["pkey", "-pubout", "-in", key.to_str().unwrap()], b""));
        }),
        attack("a whole log of his own, signed with a key of his own", 3, |b, good| {
            let key = good.scene.home.path("his-own.pem");
            new_key(&key);
            b.forge_manifest("\"captured_at\":\"20", "\"captured_at\":\"19");
            b.forge_leaf();
            b.sign_with(&key);
            b.stamp_with(other_authority(), true);
        }),
        Attack {
            level: None,
            script: 2,
            ..attack("the proof is gone", 3, |b, _| drop(b.files.remove(PROOF)))
        },
        Attack { level: None, script: 2, ..attack("the leaf is gone", 3, |b, _| drop(b.files.remove(LEAF))) },
    ]);
}

#[test]
fn changes_of_timestamps_are_caught() {
    let good = Good::new();
    good.judge_all(&[
        attack("the timestamp of another checkpoint", 4, |b, good| {
            assert_ne!(b.files[CHECKPOINT], good.other.files[CHECKPOINT]);
            b.put(STAMP, good.other.files[STAMP].clone());
        }),
        attack("a timestamp over other data", 4, |b, _| {
            let whole = b.files[CHECKPOINT].clone();
            b.put(CHECKPOINT, "other data");
            b.stamp_with(other_authority(), true);
            b.put(CHECKPOINT, whole);
        }),
        attack("an authority of his own", 4, |b, _| b.stamp_with(other_authority(), true)),
        attack("an authority of his own under the old root", 4, |b, _| {
            b.stamp_with(other_authority(), false)
        }),
        attack("a byte of the timestamp", 4, |b, _| {
            let stamp = b.files.get_mut(STAMP).unwrap();
            let middle = stamp.len() - 20;
            stamp[middle] ^= 1;
        }),
        attack("no timestamp but a letter", 4, |b, _| b.put(STAMP, "Dear Sirs")),
        attack("an authority that had expired", 4, |b, _| {
            let pki = Pki::usual();
            let expired = Certificate {
                valid: ("20200101000000Z", "20210101000000Z"),
                serial: "2002",
                ..Certificate::default()
            };
            pki.certify(&expired);
            b.stamp_with(&pki, true);
        }),
        attack("an authority whose root is good today, and was not when it stamped", 4, |b, _| {
            let pki = Pki::usual();
            b.stamp_with(&pki, true);
            let valid = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
            let from = valid.strftime("%Y%m%d%H%M%SZ").to_string();
            let later = Certificate {
                name: "root",
                by: "root",
                key: &[],
                extensions: CERTIFYING,
                valid: (&from, "20990101000000Z"),
                serial: "03",
                ..Certificate::default()
            };
            pki.certify(&later);
            b.put("data/trust/tsa-root.example-time.pem", pki.read("root.pem"));
            while jiff::Timestamp::now() <= valid {
                std::thread::yield_now();
            }
        }),
        Attack {
            level: None,
            script: 2,
            ..attack("the timestamp is gone", 4, |b, _| drop(b.files.remove(STAMP)))
        },
    ]);
}

#[test]
fn a_key_and_an_authority_of_his_own_are_said_to_be_self_asserted() {
    let good = Good::new();
    let mut bundle = good.first.clone();
    let key = good.scene.home.path("his.pem");
    new_key(&key);
    bundle.forge_manifest("\"captured_at\":\"20", "\"captured_at\":\"19");
    bundle.forge_leaf();
    bundle.sign_with(&key);
    bundle.stamp_with(other_authority(), true);
    bundle.top = format!("vidimus-{}", &Digest::of(&bundle.files[MANIFEST]).hex()[..12]);
    bundle.bag();
    fs::write(good.scene.home.path("forged.zip"), bundle.zipped()).unwrap();
    // Whoever knows nothing from elsewhere cannot tell, and is told so.
    let ran = good.scene.home.vidimus(&["verify", "forged.zip"]).ok();
    assert!(ran.stderr.matches("self-asserted").count() == 2, "{}", ran.story());
    let folder = good.scene.home.path("forged").join(&bundle.top);
    bundle.write(&folder);
    let place = folder.to_string_lossy().into_owned();
    let its = folder.join("data/verify.sh");
    let ran = script(&good.scene.home, "dash", &its, &[&place]).ok();
    assert!(ran.text().matches("self-asserted").count() == 2, "{}", ran.story());
    // Either of the two things from elsewhere is enough.
    let (print, root) = (good.scene.fingerprint(), good.scene.root());
    for known in [["--key", &print], ["--tsa-root", &root]] {
        let _ = good.scene.home.vidimus(&["verify", "forged.zip", known[0], known[1]]).expect(1);
    }
    for known in [["--fingerprint", &print], ["--root", &root]] {
        let _ = script(&good.scene.home, "bash", &its, &[known[0], known[1], &place]).expect(1);
    }
}

#[test]
fn what_is_only_for_reading_is_said_not_to_be_proved() {
    let good = Good::new();
    let mut bundle = good.first.clone();
    bundle.edit("data/report.html", "fourteenth", "thirteenth");
    bundle.bag();
    fs::write(good.scene.home.path("told.zip"), bundle.zipped()).unwrap();
    let line = "data/report.html is for reading and is not proved";
    let ran = good.scene.home.vidimus(&["verify", "told.zip"]).ok();
    assert!(ran.text().contains(line), "{}", ran.story());
    assert!(ran.text().contains("whoever makes a bundle anew makes its lists anew"), "{}", ran.story());
    let folder = good.scene.home.path("told").join(&bundle.top);
    bundle.write(&folder);
    let place = folder.to_string_lossy().into_owned();
    for shell in ["dash", "bash"] {
        let ran = script(&good.scene.home, shell, &folder.join("data/verify.sh"), &[&place]).ok();
        assert!(ran.text().contains(line), "{}", ran.story());
        assert!(ran.text().contains("whoever makes a bundle anew makes its lists anew"), "{}", ran.story());
    }
    assert!(bundle.text("data/VERIFY.txt").contains(line));
}

#[test]
fn a_script_that_is_cut_short_proves_nothing() {
    let good = Good::new();
    let folder = good.scene.home.path("short").join(&good.first.top);
    good.first.write(&folder);
    let place = folder.to_string_lossy().into_owned();
    let whole = good.first.text("data/verify.sh");
    let its = good.scene.home.path("short.sh");
    for mark in ["# --- L1", "# --- L4", "# --- What it comes to", "case $wrong0$wrong1"] {
        fs::write(&its, whole.split_once(mark).unwrap().0).unwrap();
        for shell in ["dash", "bash"] {
            let _ = script(&good.scene.home, shell, &its, &[&place]).expect(1);
        }
    }
}

/// A zip file that no tool would write: each entry with the name and the mode that are asked for.
fn odd_zip(entries: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for (name, bytes, mode) in entries {
        let offset = u32::try_from(out.len()).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let (crc, length) = (crc.sum().to_le_bytes(), u32::try_from(bytes.len()).unwrap().to_le_bytes());
        let facts = [&[0, 0, 0, 0, 0, 0, 33, 0][..], &crc, &length, &length].concat();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        out.extend(
            [b"PK\x03\x04\x14\0".as_slice(), &facts, &name_length, &[0, 0], name.as_bytes(), bytes].concat(),
        );
        central.extend([b"PK\x01\x02\x14\x03\x14\0".as_slice(), &facts, &name_length, &[0; 8]].concat());
        central.extend([&(mode << 16).to_le_bytes()[..], &offset.to_le_bytes(), name.as_bytes()].concat());
    }
    let (count, at) =
        (u16::try_from(entries.len()).unwrap().to_le_bytes(), u32::try_from(out.len()).unwrap());
    let length = u32::try_from(central.len()).unwrap().to_le_bytes();
    out.extend(central);
    out.extend(
        [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &length, &at.to_le_bytes(), &[0, 0]].concat(),
    );
    out
}

#[test]
fn zip_files_that_play_tricks_are_refused() {
    const FILE: u32 = 0o100_644;
    let good = Good::new();
    let top = &good.first.top;
    let names: Vec<String> = good.first.files.keys().map(|name| format!("{top}/{name}")).collect();
    let whole: Vec<(&str, &[u8], u32)> = names
        .iter()
        .zip(good.first.files.values())
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice(), FILE))
        .collect();
    let with = |name: &str, bytes: &[u8], mode: u32| {
        let mut entries = whole.clone();
        entries.push((name, bytes, mode));
        odd_zip(&entries)
    };
    let report = format!("{top}/data/report.html");
    let zipped = good.first.zipped();
    let tricks: Vec<(&str, Vec<u8>)> = vec![
        ("a name that climbs", with(&format!("{top}/../../evil"), b"x", FILE)),
        ("a name from the root", with("/tmp/evil", b"x", FILE)),
        ("a name with a backslash", with(&format!("{top}\\data\\evil"), b"x", FILE)),
        ("a name with a line end", with(&format!("{top}/data/a\nb"), b"x", FILE)),
        ("a name that is an option", with(&format!("{top}/-d"), b"x", FILE)),
        ("a name twice", with(&report, b"<p>Other", FILE)),
        (
            "a name twice but for its case",
            with(&report.to_uppercase().replace(&top.to_uppercase(), top), b"x", FILE),
        ),
        ("a second folder", with("other/data/report.html", b"x", FILE)),
        ("a file outside of the folder", with("report.html", b"x", FILE)),
        ("a link", with(&format!("{top}/data/link"), b"/etc/passwd", 0o120_777)),
        ("it is cut short", zipped[..zipped.len() - 100].to_vec()),
        ("a byte in the middle", {
            let mut bytes = zipped.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        }),
        ("something in front", [b"#!/bin/sh\nexit 0\n".as_slice(), &zipped].concat()),
    ];
    let its = good.scene.home.path("verify.sh");
    fs::write(&its, &good.first.files["data/verify.sh"]).unwrap();
    fs::write(good.scene.home.path("plain.zip"), odd_zip(&whole)).unwrap();
    let _ = good.scene.verify("plain.zip").ok();
    let mut missed = Vec::new();
    for (number, (name, bytes)) in tricks.iter().enumerate() {
        let file = format!("trick-{number}.zip");
        fs::write(good.scene.home.path(&file), bytes).unwrap();
        let ran = good.scene.verify(&file);
        let is_level_0 = ran.json().iter().any(|line| line["level"] == 0);
        if ran.code != Some(1) || !is_level_0 {
            missed.push(format!("--- {name}: {}", ran.story()));
        }
        let place: PathBuf = good.scene.home.path(&file);
        let ran = script(&good.scene.home, "dash", &its, &[place.to_str().unwrap()]);
        if ran.code != Some(1) {
            missed.push(format!("--- {name}, the script: {}", ran.story()));
        }
        assert!(!good.scene.home.path("evil").exists() && !Path::new("/tmp/evil").exists());
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));

    // A link in a folder is as bad as one in a zip file.
    let folder = good.scene.home.path("linked").join(top);
    good.first.write(&folder);
    let path = folder.join("data/report.html");
    fs::remove_file(&path).unwrap();
    symlink("/etc/hostname", &path).unwrap();
    let place = folder.to_string_lossy().into_owned();
    let ran = good.scene.verify(&place).expect(1);
    assert!(text(&ran.json()[0], "what").contains("link"), "{}", ran.story());
    let _ = script(&good.scene.home, "bash", &its, &[&place]).expect(1);
}
