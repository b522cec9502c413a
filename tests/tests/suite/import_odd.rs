//! What strangers' files say that should not be believed, and what happens to the copies that are kept of them.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use vidimus_tests::Home;

use crate::common::{outcome, text};

/// A record as a stranger writes it, without any digest.
fn record(kind: &str, id: &str, uri: &str, fields: &str, block: &str) -> String {
    let length = block.len();
    format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Date: 2024-06-27T08:30:00Z\r\n\
         WARC-Target-URI: {uri}\r\n{fields}Content-Length: {length}\r\n\r\n{block}\r\n\r\n"
    )
}

fn page(words: &str) -> String {
    let body = format!("<!doctype html><title>{words}</title><main><p>{}</p></main>", words.repeat(20));
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}")
}

/// Writes a file and imports it.
fn import(home: &Home, name: &str, bytes: impl AsRef<[u8]>, code: i32) -> Value {
    home.write(name, bytes);
    let path = home.path(name);
    let ran = home.vidimus(&["import", "--json", path.to_str().unwrap()]).expect(code);
    eprintln!("{}", ran.story());
    ran.json().remove(0)
}

fn whole_gzip(bytes: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// Changes a read-only file.
fn damage(path: &PathBuf) {
    std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_was_lost_of_a_kept_file_comes_back_when_it_is_imported_again() {
    let home = Home::new();
    let both = [
        record("response", "1", "http://kept.example/a", "", &page("The first pier. ")),
        record("response", "2", "http://kept.example/b", "", &page("The second pier. ")),
    ];
    let file = whole_gzip(&both.concat());
    let first = import(&home, "pier.warc.gz", &file, 0);
    assert_eq!((&first["mended"], &first["captures"]), (&Value::from(false), &Value::from(2)));
    let original = home.path("archive").join(text(&first, "file"));
    let records =
        home.archive_files(".warc.gz").into_iter().find(|p| p.to_string_lossy().contains(".records-"));
    let records = records.unwrap();
    let before = std::fs::read(&records).unwrap();

    let lose: [&dyn Fn(); 4] =
        [&|| damage(&original), &|| std::fs::remove_file(&original).unwrap(), &|| damage(&records), &|| {
            std::fs::remove_file(&records).unwrap()
        }];
    for lost in lose {
        lost();
        let _ = home.vidimus(&["verify"]).expect(1);
        let told = import(&home, "pier.warc.gz", &file, 0);
        assert_eq!((&told["mended"], &told["held_before"]), (&Value::from(true), &Value::from(2)), "{told}");
        assert_eq!(
            (std::fs::read(&original).unwrap(), std::fs::read(&records).unwrap()),
            (file.clone(), before.clone())
        );
        let _ = home.vidimus(&["verify"]).ok();
    }
    let told = import(&home, "pier.warc.gz", &file, 0);
    assert_eq!(told["mended"], false);
}

#[test]
fn what_is_damaged_in_a_file_is_told_each_time_it_is_imported() {
    let home = Home::new();
    let good = record("response", "1", "http://kept.example/a", "", &page("The first pier. "));
    let file =
        whole_gzip(&format!("{good}no record at all\r\n\r\n{}", good.replace("urn:uuid:1", "urn:uuid:2")));
    let first = import(&home, "rubbish.warc.gz", &file, 1);
    let again = import(&home, "rubbish.warc.gz", &file, 1);
    assert!(first["left_out"]["damaged"].as_u64().is_some(), "{first}");
    assert_eq!((&again["left_out"], &again["defects"]), (&first["left_out"], &first["defects"]));
}

#[test]
fn a_revisit_that_states_no_digest_is_not_taken_at_its_word() {
    let home = Home::new();
    let names = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n\
        WARC-Refers-To: <urn:uuid:1>\r\nWARC-Refers-To-Target-URI: http://ngo.example/a\r\n\
        WARC-Refers-To-Date: 2024-06-27T08:30:00Z\r\n";
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    let both = [
        record("response", "1", "http://ngo.example/a", "", &page("The harbour. ")),
        record("revisit", "2", "http://ngo.example/a", names, head),
    ];
    let told = import(&home, "word.warc", both.concat(), 0);
    assert_eq!(told["unresolved"], 1, "{told}");
    let everything = home.everything();
    let revisit = everything.iter().find(|line| outcome(line) == "unchanged original-unproven").unwrap();
    let manifest = home.vidimus(&["show", text(revisit, "id"), "--manifest"]).ok();
    let manifest: Value = serde_json::from_slice(&manifest.stdout).unwrap();
    assert_eq!(manifest["records"][0]["payload_sha256"], Value::Null);
    assert_eq!(manifest["original_manifest"], Value::Null);
}

#[test]
fn a_record_whose_id_is_taken_is_refused_with_its_true_reason() {
    let home = Home::new();
    let first = record("response", "1", "http://ngo.example/a", "", &page("The harbour. "));
    let _ = import(&home, "first.warc", &first, 0);
    let holder = text(&home.everything()[0], "id").to_owned();
    let other = record("response", "1", "http://ngo.example/a", "", &page("Another harbour. "));
    let told = import(&home, "other.warc", &other, 1);
    assert_eq!(told["left_out"]["duplicate-id"], 1, "{told}");
    let what = text(&told["defects"][0], "what");
    assert!(what.contains(&holder) && what.contains("archive of its own"), "{what}");

    for path in home.archive_files(".warc.gz").iter().filter(|path| path.to_string_lossy().contains("/warc/"))
    {
        std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        std::fs::write(path, b"nothing").unwrap();
    }
    let told = import(&home, "first.warc", &first, 1);
    assert_eq!(told["left_out"]["unknown-id"], 1, "{told}");
    assert!(text(&told["defects"][0], "what").contains("cannot be said"), "{told}");
}

#[test]
fn what_somebody_put_beside_the_kept_files_is_in_nobodys_way() {
    let home = Home::new();
    let file = record("response", "1", "http://ngo.example/a", "", &page("The harbour. "));
    home.write("archive/imported/2024/06/strangers.warc.open", b"theirs");
    home.write("archive/imported/2024/06/vidimus-20240627083000-1a2b3c4d-00000.warc.open", b"ours");
    let odd = home.path("archive/imported/2024/06").join(OsStr::from_bytes(b"\xff.warc"));
    std::fs::write(&odd, b"theirs").unwrap();
    let told = import(&home, "one.warc", &file, 0);
    assert_eq!(told["captures"], 1);
    let open = home.archive_files(".open");
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(open[0].ends_with("strangers.warc.open") && odd.exists());
}

#[test]
fn exports_of_imports_list_their_pages_and_say_where_they_lie() {
    let home = Home::new();
    let both = [
        record("response", "1", "http://bare.example", "", &page("The bare host. ")),
        record("resource", "2", "http://bare.example/note", "Content-Type: text/plain\r\n", "a note"),
    ];
    let _ = import(&home, "bare.warc", both.concat(), 0);
    let _ = home.vidimus(&["export", "--all", "--format", "wacz", "-o", "all.wacz"]).ok();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(home.path("all.wacz")).unwrap()).unwrap();
    let mut pages = String::new();
    zip.by_name("pages/pages.jsonl").unwrap().read_to_string(&mut pages).unwrap();
    assert!(pages.contains("http://bare.example"), "{pages}");
    let _ = home.vidimus(&["export", "--all", "--format", "csv", "-o", "all.csv"]).ok();
    let table = std::fs::read_to_string(home.path("all.csv")).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.contains("imported/")), "{table}");
}
