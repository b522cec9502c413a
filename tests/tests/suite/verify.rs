//! `verify` passes what is whole and finds what is not, wherever it was touched, and touches nothing itself.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use vidimus_snapshot::Digest;
use vidimus_tests::{Home, Ran, python};

use crate::common::{crawled_twice, text};

/// A good archive, to be copied and spoilt.
struct Good {
    home: Home,
}

/// One gzip member of a file, and the record in it.
#[derive(Clone)]
struct Member {
    offset: usize,
    bytes: Vec<u8>,
    record: Vec<u8>,
}

impl Good {
    fn new() -> Self {
        Self { home: crawled_twice().home }
    }

    /// A copy of the archive, its WARC files and texts by name, oldest first.
    fn copy(&self) -> Spoilt {
        let home = Home::new();
        copy(&self.home.path("archive"), &home.path("archive"));
        let files = home.archive_files(".warc.gz");
        let (texts, warcs) =
            files.into_iter().partition(|path| path.to_string_lossy().ends_with(".wet.warc.gz"));
        Spoilt { home, warcs, texts }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

/// A copy of the good archive that one test spoils.
struct Spoilt {
    home: Home,
    warcs: Vec<PathBuf>,
    texts: Vec<PathBuf>,
}

impl Spoilt {
    fn verify(&self) -> Ran {
        self.home.vidimus(&["--archive", "archive", "--json", "verify"])
    }

    /// Fails unless verify finds something in this file, at one of these offsets if any are given.
    #[track_caller]
    fn assert_found(&self, what: &str, file: &Path, offsets: &[usize]) {
        let ran = self.verify();
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.story());
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let findings: Vec<Value> = ran.json().into_iter().filter(|line| line["kind"] == "finding").collect();
        let fits = |finding: &Value| {
            let offset = finding["offset"].as_u64().unwrap_or(u64::MAX);
            text(finding, "file").ends_with(&name)
                && (offsets.is_empty() || offsets.iter().any(|wanted| *wanted as u64 == offset))
        };
        assert!(
            findings.iter().any(fits),
            "{what}: nothing is found in {name} at {offsets:?}: {}",
            ran.story()
        );
        assert!(findings.iter().all(|finding| !text(finding, "what").is_empty()), "{}", ran.story());
        // What people read names the same places.
        let told = self.home.vidimus(&["--archive", "archive", "verify"]).expect(1).text();
        assert!(told.contains(&name) && told.contains("offset"), "{told}");
    }
}

impl Spoilt {
    /// Fails unless what is found names this record, or says that no record has changed; and unless the captures that are
    /// not whole any more are those that are blamed.
    #[track_caller]
    fn assert_located(&self, what: &str, file: &Path, member: &Member) {
        let lines = self.verify().json();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let here: Vec<&Value> = lines.iter().filter(|line| text(line, "file").ends_with(&name)).collect();
        let head = head(&member.record);
        let id = field(&head, "WARC-Record-ID");
        let is_located = |line: &&&Value| {
            line["offset"] == member.offset
                || text(line, "record_id") == id
                || text(line, "what").contains("how one is compressed")
        };
        assert!(
            here.iter().filter(|line| line["kind"] == "finding").any(|line| is_located(&line)),
            "{what}: {here:?}"
        );
        let of_file =
            here.iter().find(|line| line["kind"] == "file").unwrap_or_else(|| panic!("{what}: {here:?}"));
        let (captures, whole) = (of_file["captures"].as_u64().unwrap(), of_file["whole"].as_u64().unwrap());
        let broken = of_file["broken"].as_array().unwrap();
        assert_eq!(captures - whole, broken.len() as u64, "{of_file}");
        // One bit harms one capture, and those whose manifests name a certificate that it harmed.
        assert!(whole + 2 >= captures, "{what}: {here:?}");
    }
}

fn members(file: &Path) -> Vec<Member> {
    let data = fs::read(file).unwrap();
    let mut found = Vec::new();
    let mut offset = 0;
    while offset < data.len() {
        let mut decoder = flate2::bufread::GzDecoder::new(&data[offset..]);
        let mut record = Vec::new();
        decoder.read_to_end(&mut record).unwrap();
        let end = data.len() - decoder.into_inner().len();
        found.push(Member { offset, bytes: data[offset..end].to_vec(), record });
        offset = end;
    }
    found
}

fn write(file: &Path, members: &[Member]) {
    fs::write(file, members.iter().flat_map(|member| member.bytes.clone()).collect::<Vec<u8>>()).unwrap();
}

/// A record's place among the members, by its type and a part of its head.
fn find(members: &[Member], record_type: &str, part: &str) -> usize {
    let is_it = |member: &Member| {
        let head = head(&member.record);
        head.contains(&format!("WARC-Type: {record_type}\r\n")) && head.contains(part)
    };
    members.iter().position(is_it).unwrap_or_else(|| panic!("no {record_type} with {part}"))
}

fn head(record: &[u8]) -> String {
    let end = record.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    String::from_utf8(record[..end + 2].to_vec()).unwrap()
}

fn compressed(record: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(record).unwrap();
    encoder.finish().unwrap()
}

/// The record with this text in its head replaced, and compressed anew: every digest in it is still right.
fn with_head(record: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let old = head(record);
    let body = &record[old.len()..];
    compressed(&[change(old).as_bytes(), body].concat())
}

/// The record with another block, and with the length and the digest that this block needs.
fn with_block(record: &[u8], block: &[u8]) -> Vec<u8> {
    let old = head(record);
    let fields = old.lines().map(|line| match line.split_once(": ") {
        Some(("Content-Length", _)) => format!("Content-Length: {}\r\n", block.len()),
        Some(("WARC-Block-Digest", _)) => format!("WARC-Block-Digest: {}\r\n", Digest::of(block)),
        _ => format!("{line}\r\n"),
    });
    compressed(&[fields.collect::<String>().as_bytes(), b"\r\n", block, b"\r\n\r\n"].concat())
}

fn field<'h>(head: &'h str, name: &str) -> &'h str {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

#[test]
fn a_good_archive_passes_and_is_left_as_it_is() {
    let good = Good::new();
    // All but the catalog, in which it is noted when each file was checked.
    let state = |home: &Home| -> Vec<(PathBuf, Vec<u8>)> {
        let files = home.archive_files(".warc.gz");
        files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    };
    let before = state(&good.home);
    let ran = good.home.vidimus(&["verify", "--json"]).ok();
    let summary = ran.json().pop().unwrap();
    assert_eq!((&summary["L1"], &summary["L2"]), (&Value::Bool(true), &Value::Bool(true)), "{summary}");
    let told = good.home.vidimus(&["verify", "--all"]).ok().text();
    assert!(told.contains("L1 passed") && told.contains("L2 passed"), "{told}");

    // One capture, and one file, can be verified by themselves.
    let everything = good.home.everything();
    let id = everything.iter().map(|line| text(line, "id")).find(|id| !id.is_empty()).unwrap();
    let _ = good.home.vidimus(&["verify", &id[..12]]).ok();
    for (file, _) in before.iter().filter(|(path, _)| path.to_string_lossy().ends_with(".gz")) {
        // A file of texts has no manifests, so level 2 cannot be checked by it alone.
        let code = if file.to_string_lossy().ends_with(".wet.warc.gz") { 2 } else { 0 };
        let _ = good.home.vidimus(&["verify", file.to_str().unwrap()]).expect(code);
    }
    let _ = good.home.vidimus(&["verify", "ffffffffffff"]).expect(2);
    assert!(before == state(&good.home), "verify changed the archive");
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let good = Good::new();
    // A plain generator, so that a failure can be repeated.
    let mut state = 20_240_627_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let spoilt = good.copy();
    for file in [&spoilt.warcs[..], &spoilt.texts[..]].concat() {
        let whole = fs::read(&file).unwrap();
        let members = members(&file);
        for _ in 0..40 {
            let at = random(whole.len());
            let bit = 1_u8 << random(8);
            let mut bytes = whole.clone();
            bytes[at] ^= bit;
            fs::write(&file, &bytes).unwrap();
            let member = members.iter().rfind(|member| member.offset <= at).unwrap();
            let what =
                format!("bit {bit:#04x} of byte {} in the member at {}", at - member.offset, member.offset);
            spoilt.assert_found(&what, &file, &[]);
            spoilt.assert_located(&what, &file, member);
        }
        fs::write(&file, &whole).unwrap();
    }
    let _ = spoilt.verify().ok();
}

#[test]
fn every_byte_of_a_gzip_header_counts() {
    let good = Good::new();
    let spoilt = good.copy();
    for file in [&spoilt.warcs[0], &spoilt.texts[0]] {
        let whole = fs::read(file).unwrap();
        // The first member is the description of the file, the second the first of a capture.
        for member in &members(file)[..2] {
            for byte in 0..10 {
                let mut bytes = whole.clone();
                bytes[member.offset + byte] ^= 0x40;
                fs::write(file, &bytes).unwrap();
                spoilt.assert_found(&format!("byte {byte} of the member at {}", member.offset), file, &[]);
            }
        }
        fs::write(file, &whole).unwrap();
    }
}

#[test]
fn a_file_that_was_cut_short_is_found() {
    let good = Good::new();
    let first = good.copy();
    let (file, last) = (&first.warcs[0], members(&first.warcs[0]).pop().unwrap());
    let length = fs::metadata(file).unwrap().len() as usize;
    // In the middle of a record, just before its end, and between two records, where no gzip tool notices.
    for cut in [length / 2, length - 1, length - 8, last.offset] {
        let spoilt = good.copy();
        let whole = fs::read(&spoilt.warcs[0]).unwrap();
        fs::write(&spoilt.warcs[0], &whole[..cut]).unwrap();
        spoilt.assert_found(&format!("cut to {cut} of {length} bytes"), &spoilt.warcs[0], &[]);
    }
}

#[test]
fn a_deleted_record_is_found() {
    let good = Good::new();
    for (record_type, part) in [
        ("response", "/open-letter"),
        ("request", "article41"),
        ("metadata", "application/vnd.vidimus.manifest+json"),
        ("metadata", "application/vnd.vidimus.http-framing+json"),
        ("metadata", "application/vnd.vidimus.run-report+json"),
    ] {
        let spoilt = good.copy();
        let mut members = members(&spoilt.warcs[0]);
        let gone = find(&members, record_type, part);
        members.remove(gone);
        write(&spoilt.warcs[0], &members);
        spoilt.assert_found(&format!("the {record_type} of {part} was deleted"), &spoilt.warcs[0], &[]);
    }
}

#[test]
fn a_deleted_capture_is_found() {
    let good = Good::new();
    let spoilt = good.copy();
    let mut members = members(&spoilt.warcs[0]);
    let from = find(&members, "request", "/boat-returned-without-its-log/");
    // Request, response, manifest: all that there is of it.
    members.drain(from..from + 3);
    write(&spoilt.warcs[0], &members);
    spoilt.assert_found("a whole capture was deleted", &spoilt.warcs[0], &[]);
}

#[test]
fn an_added_record_is_found() {
    let good = Good::new();
    for (record_type, part) in [("response", "/boat-returned-without-its-log/"), ("request", "/open-letter")]
    {
        let spoilt = good.copy();
        let mut members = members(&spoilt.warcs[0]);
        let model = members[find(&members, record_type, part)].clone();
        let added = with_head(&model.record, |head| {
            let id = field(&head, "WARC-Record-ID").to_owned();
            head.replace(&id, "<urn:uuid:00000000-0000-4000-8000-000000000001>")
        });
        let end = members.last().map(|last| last.offset + last.bytes.len()).unwrap();
        members.push(Member { offset: end, bytes: added, record: Vec::new() });
        write(&spoilt.warcs[0], &members);
        spoilt.assert_found(&format!("a {record_type} that no manifest lists"), &spoilt.warcs[0], &[end]);
    }

    let spoilt = good.copy();
    let mut members = members(&spoilt.warcs[0]);
    let twice = members[1].clone();
    members.push(twice);
    write(&spoilt.warcs[0], &members);
    spoilt.assert_found("a record stands twice", &spoilt.warcs[0], &[]);
}

#[test]
fn a_forged_date_or_address_is_found_though_every_digest_is_right() {
    let good = Good::new();
    for (record_type, name) in
        [("response", "WARC-Date"), ("response", "WARC-Target-URI"), ("request", "WARC-Date")]
    {
        let spoilt = good.copy();
        let mut members = members(&spoilt.warcs[0]);
        let at = find(&members, record_type, "/what-we-measured/");
        let forge = |head: String| {
            let value = field(&head, name).to_owned();
            // Of the same length, so that no other record moves.
            let forged = if name == "WARC-Date" {
                value.replacen("20", "19", 1)
            } else {
                value.replace("what-we", "what-he")
            };
            head.replace(&value, &forged)
        };
        members[at].bytes = with_head(&members[at].record, forge);
        write(&spoilt.warcs[0], &members);
        let manifest = find(&members, "metadata", "/what-we-measured/");
        let offsets = [members[at].offset, self::members(&spoilt.warcs[0])[manifest].offset];
        spoilt.assert_found(&format!("{name} of a {record_type}"), &spoilt.warcs[0], &offsets);
        // warcio does not mind: that is why there are manifests.
        let mut check = std::process::Command::new(vidimus_tests::tool("warcio"));
        let _ = Ran::of(check.arg("check").arg(&spoilt.warcs[0])).ok();
    }
}

#[test]
fn a_forged_payload_is_found_even_without_a_catalog() {
    let good = Good::new();
    let spoilt = good.copy();
    let mut members = members(&spoilt.warcs[0]);
    let at = find(&members, "metadata", "application/vnd.vidimus.manifest+json");
    members[at].bytes = with_block(&members[at].record, b"{}");
    write(&spoilt.warcs[0], &members);
    for name in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = fs::remove_file(spoilt.home.path("archive").join(name));
    }
    spoilt.assert_found("a manifest that is none", &spoilt.warcs[0], &[]);
}

#[test]
fn a_swapped_text_is_found() {
    let good = Good::new();
    let spoilt = good.copy();
    let mut members = members(&spoilt.texts[0]);
    let at = find(&members, "conversion", "/what-we-measured/");
    members[at].bytes = with_block(&members[at].record, b"They measured nothing at all.");
    write(&spoilt.texts[0], &members);
    let ran = spoilt.verify().expect(1);
    // The manifest says what the text was, so the place named may be the manifest's.
    assert!(ran.json().iter().any(|line| text(line, "what").contains("text")), "{}", ran.story());
    // All digests of the record itself are right.
    let mut check = std::process::Command::new(vidimus_tests::tool("warcio"));
    let _ = Ran::of(check.arg("check").arg(&spoilt.texts[0])).ok();

    // So it is when two texts change places.
    let spoilt = good.copy();
    let mut members = self::members(&spoilt.texts[0]);
    let (one, other) = (find(&members, "conversion", "article41"), find(&members, "conversion", "article44"));
    let block =
        |member: &Member| member.record[head(&member.record).len() + 2..member.record.len() - 4].to_vec();
    let blocks = [block(&members[one]), block(&members[other])];
    members[one].bytes = with_block(&members[one].record, &blocks[1]);
    members[other].bytes = with_block(&members[other].record, &blocks[0]);
    write(&spoilt.texts[0], &members);
    let _ = spoilt.verify().expect(1);
}

#[test]
fn a_missing_file_is_found() {
    let good = Good::new();
    for kind in ["warc", "text"] {
        let spoilt = good.copy();
        let file = if kind == "warc" { &spoilt.warcs[0] } else { &spoilt.texts[0] };
        fs::remove_file(file).unwrap();
        spoilt.assert_found(&format!("a file of {kind} is gone"), file, &[]);
    }
}

#[test]
fn files_of_other_making_are_judged_by_the_same_rules() {
    let good = Good::new();
    let spoilt = good.copy();
    let records: Vec<u8> =
        members(&spoilt.warcs[0]).iter().flat_map(|member| member.record.clone()).collect();
    let response = {
        let members = members(&spoilt.warcs[0]);
        members[find(&members, "response", "article41")].record.clone()
    };
    let without = |part: &str| {
        let kept = |head: String| {
            head.split_inclusive("\r\n")
                .filter(|line| !line.split(':').next().unwrap().contains(part))
                .collect()
        };
        with_head(&response, kept)
    };
    let short = |head: String| {
        let length: usize = field(&head, "Content-Length").parse().unwrap();
        head.replace(&format!("Content-Length: {length}"), &format!("Content-Length: {}", length - 5))
    };
    let bad = [
        ("no-digests", without("-Digest")),
        ("no-date", without("WARC-Date")),
        ("short-length", with_head(&response, short)),
        ("whole-file", compressed(&records)),
        ("line-feeds", with_head(&response, |head| head.replace("\r\n", "\n"))),
        ("truncated", compressed(&response)[..200].to_vec()),
        ("not-a-warc", b"this is a letter, not a WARC file".to_vec()),
    ];
    for (name, bytes) in bad {
        let file = format!("{name}.warc.gz");
        spoilt.home.write(&file, bytes);
        let ran = spoilt.home.vidimus(&["verify", &file]).expect(1);
        assert!(ran.text().contains(&file) && ran.text().contains("offset"), "{}", ran.story());
    }
    // The rules pass a good file, so that they prove something.
    spoilt.home.write("good.warc.gz", compressed(&response));
    let told = spoilt.home.vidimus(&["verify", "good.warc.gz"]).ok().text();
    assert!(told.contains("L2 does not apply"), "{told}");
    let mut check = Vec::new();
    GzDecoder::new(&compressed(&response)[..]).read_to_end(&mut check).unwrap();
    assert_eq!(check, response);
}

#[test]
fn our_own_oracle_is_no_yes_man() {
    let good = Good::new();
    let spoilt = good.copy();
    let mut members = members(&spoilt.warcs[0]);
    let at = find(&members, "response", "article41");
    members[at].bytes = with_head(&members[at].record, |head| head.replace("WARC-Date: 20", "WARC-Date: 19"));
    write(&spoilt.warcs[0], &members);
    let ran = python("check_warcs.py", &[spoilt.home.path("archive").to_str().unwrap()]).expect(1);
    assert!(ran.text().contains("manifest"), "{}", ran.story());
}
