//! The bundle of evidence: whole, the same every time, proved by the program, by the script that comes with it under two
//! shells with nothing but its tools, and accepted by tools that others wrote.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vidimus_tests::pki::{Pki, Token};
use vidimus_tests::{Home, Identity, Ran, Server, TimeAuthority, config_for, html, tool};

use crate::common::text;

const STATEMENT: &str = "<!doctype html><html lang=en><head><title>The ferry & its <log></title></head><body><main>\
    <h1>The ferry &amp; its &lt;log&gt;</h1><p>We ask the harbour office to publish the log of the ferry, and to say who \
    ordered it back in the night of the fourteenth.</p><p>Three of its crew have told us that no such order was \
    entered, \u{202e}and nobody has contradicted them since.</p></main></body></html>";

/// A site, an archive with a key, and a time authority.
pub struct Scene {
    pub site: Server,
    pub authority: TimeAuthority,
    pub home: Home,
}

impl Scene {
    /// With an authority that is configured, or without.
    pub fn new(is_stamped: bool) -> Self {
        let other = STATEMENT.replace("ferry", "barge");
        let pages =
            vec![("/statement", html(STATEMENT)), ("/copied", html(STATEMENT)), ("/other", html(&other))];
        Self::of(Server::of_table(pages), is_stamped, "")
    }

    fn of(site: Server, is_stamped: bool, more: &str) -> Self {
        let (authority, home) = (TimeAuthority::start(), Home::new());
        fs::create_dir(home.path("archive")).unwrap();
        new_key(&home.path("log-key.pem"));
        let evidence = "\n[evidence]\nkey = \"../log-key.pem\"\norigin = \"archive.example/log\"\n";
        let stamps = if is_stamped { authority.config("example-time") } else { String::new() };
        home.write("config/vidimus.toml", config_for(site.port()) + evidence + &stamps + more);
        home.write("config/sources.toml", "");
        Self { site, authority, home }
    }

    /// Captures pages; gives their names.
    pub fn capture(&self, paths: &[&str]) -> Vec<String> {
        let urls: Vec<String> = paths.iter().map(|path| self.site.url(path)).collect();
        let words = ["capture", "--json"].into_iter().chain(urls.iter().map(String::as_str));
        let lines = self.home.vidimus(&words.collect::<Vec<_>>()).ok().json();
        let of = |url: &String| lines.iter().rfind(|line| text(line, "url") == url).unwrap();
        urls.iter().map(|url| text(of(url), "id").to_owned()).collect()
    }

    pub fn export(&self, id: &str, file: &str) -> Ran {
        self.home.vidimus(&["export", id, "--format", "bundle", "-o", file])
    }

    /// The fingerprint of the log's key, as openssl and sha256sum give it.
    pub fn fingerprint(&self) -> String {
        let key = self.home.path("log-key.pem");
        let der =
            Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(key).output();
        vidimus_snapshot::Digest::of(&der.unwrap().stdout).hex()
    }

    pub fn root(&self) -> String {
        self.authority.root().to_string_lossy().into_owned()
    }

    /// What the program says of a bundle, given what is known from elsewhere.
    pub fn verify(&self, file: &str) -> Ran {
        let (key, root) = (self.fingerprint(), self.root());
        self.home.vidimus(&["verify", file, "--json", "--key", &key, "--tsa-root", &root])
    }
}

/// A new key for a log.
pub fn new_key(path: &Path) {
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ED25519", "-out"]).arg(path).output();
    assert!(made.unwrap().status.success());
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A folder with the tools that the script may use, and no others.
pub fn tools(home: &Home) -> PathBuf {
    let folder = home.path("tools");
    if folder.is_dir() {
        return folder;
    }
    fs::create_dir(&folder).unwrap();
    let path = std::env::var("PATH").unwrap();
    for name in ["sha256sum", "openssl", "gzip", "unzip", "awk", "sed"] {
        let found = path.split(':').map(|folder| Path::new(folder).join(name)).find(|path| path.is_file());
        symlink(found.unwrap_or_else(|| panic!("{name} is not here")), folder.join(name)).unwrap();
    }
    folder
}

/// Runs a bundle's script under a shell, with its tools alone and nothing of our environment.
pub fn script(home: &Home, shell: &str, script: &Path, arguments: &[&str]) -> Ran {
    script_in(home, "", shell, script, arguments)
}

/// The same in another folder.
fn script_in(home: &Home, folder: &str, shell: &str, script: &Path, arguments: &[&str]) -> Ran {
    let shells = ["/bin", "/usr/bin"].into_iter().map(|folder| Path::new(folder).join(shell));
    let shell = shells.into_iter().find(|path| path.is_file()).expect("the shell is here");
    let mut command = Command::new(shell);
    command.arg(script).args(arguments).current_dir(home.path(folder)).env_clear().env("PATH", tools(home));
    Ran::of(&mut command)
}

/// Unpacks a bundle; gives its folder.
pub fn unpacked(home: &Home, file: &str, into: &str) -> PathBuf {
    let place = home.path(into);
    let _ = Ran::of(Command::new("unzip").arg("-q").arg(home.path(file)).arg("-d").arg(&place)).ok();
    fs::read_dir(place).unwrap().next().unwrap().unwrap().path()
}

fn last(ran: &Ran) -> Value {
    ran.json().pop().unwrap()
}

#[test]
fn a_bundle_is_proved_by_the_program_and_by_its_script() {
    let scene = Scene::new(true);
    let id = scene.capture(&["/statement"]).remove(0);
    let _ = scene.export(&id, "case.zip").ok();
    let summary = last(&scene.verify("case.zip").ok());
    for level in ["L0", "L1", "L2", "L3", "L4"] {
        assert_eq!(summary[level], true, "{summary}");
    }
    assert_eq!(summary["snapshot"], id.as_str());
    assert_eq!(summary["times"][0]["authority"], "example-time");

    let folder = unpacked(&scene.home, "case.zip", "out");
    let place = folder.to_string_lossy().into_owned();
    let (key, root) = (scene.fingerprint(), scene.root());
    let _ = scene.home.vidimus(&["verify", &place, "--key", &key, "--tsa-root", &root]).ok();
    for shell in ["dash", "bash"] {
        let its = folder.join("data/verify.sh");
        let plain = script(&scene.home, shell, &its, &[&place]).ok();
        assert!(plain.text().contains("self-asserted"), "{}", plain.story());
        let known = ["--fingerprint", &key, "--root", &root, "--name", &id, &place];
        let ran = script(&scene.home, shell, &its, &known).ok();
        assert!(!ran.text().contains("self-asserted") && ran.text().contains("L4 proved"), "{}", ran.story());
        assert_eq!(ran.stderr, "", "{}", ran.story());
        let other = ["--name", "0123456789abcdef", &place];
        let _ = script(&scene.home, shell, &its, &other).expect(1);
        let _ = script(&scene.home, shell, &its, &["--else"]).expect(64);
        // The zip file itself, unpacked by the script.
        fs::create_dir_all(scene.home.path(shell)).unwrap();
        let case = scene.home.path("case.zip").to_string_lossy().into_owned();
        let _ = script_in(&scene.home, shell, shell, &its, &[&case]).ok();
    }
    // What a person sees says what is proved, and what is not.
    let told = scene.home.vidimus(&["verify", "case.zip"]).ok();
    assert!(
        told.text().contains("L4 proved") && told.text().contains("TLS leaves no proof"),
        "{}",
        told.story()
    );
    assert!(told.stderr.contains("self-asserted"), "{}", told.story());
}

#[test]
fn tools_that_others_wrote_accept_it() {
    let scene = Scene::new(true);
    let id = scene.capture(&["/statement"]).remove(0);
    let _ = scene.export(&id, "case.zip").ok();
    let folder = unpacked(&scene.home, "case.zip", "out");
    let _ = Ran::of(Command::new(tool("python")).arg(tool("bagit.py")).arg("--validate").arg(&folder)).ok();
    let wacz = folder.join("data/snapshot.wacz");
    let _ = Ran::of(Command::new(tool("wacz")).args(["validate", "-f"]).arg(&wacz)).ok();
    let records = folder.join("data/records");
    for entry in fs::read_dir(records).unwrap() {
        let _ = Ran::of(Command::new(tool("warcio")).arg("check").arg(entry.unwrap().path())).ok();
    }
    let report = fs::read_to_string(folder.join("data/report.html")).unwrap();
    for part in [
        "The ferry &amp; its &lt;log&gt;",
        "and nobody has contradicted them",
        &id,
        "Not proved:",
        "No picture was taken",
    ] {
        assert!(report.contains(part), "the report does not say {part}");
    }
    for part in ["<script", "src=", "href="] {
        assert!(!report.contains(part), "the report has a {part}");
    }
    let form = fs::read_to_string(folder.join("data/certificate-902.md")).unwrap();
    assert!(form.contains(&id) && form.contains("Signature: ____"), "{form}");
}

#[test]
fn the_same_archive_gives_the_same_bytes_wherever_it_lies() {
    let scene = Scene::new(true);
    let id = scene.capture(&["/statement"]).remove(0);
    let _ = scene.export(&id, "one.zip").ok();
    let copy = scene.home.path("elsewhere/moved");
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    let _ = Ran::of(Command::new("cp").arg("-a").arg(scene.home.path("archive")).arg(&copy)).ok();
    let copy = copy.to_string_lossy().into_owned();
    let _ =
        scene.home.vidimus(&["--archive", &copy, "export", &id, "--format", "bundle", "-o", "two.zip"]).ok();
    let bytes = |name: &str| fs::read(scene.home.path(name)).unwrap();
    assert!(bytes("one.zip") == bytes("two.zip"));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let folder = unpacked(&scene.home, "one.zip", "out");
    let home = scene.home.path("").to_string_lossy().into_owned();
    for name in ["data/report.html", "data/VERIFY.txt", "data/certificate-902.md", "bag-info.txt"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(!text.contains(&home) && !text.contains(host.trim()), "{name} tells of this machine");
    }
    let _ = scene.export(&id, "one.zip").expect(64);
}

#[test]
fn a_capture_that_repeats_another_comes_with_what_it_repeats() {
    let scene = Scene::new(true);
    let ids = scene.capture(&["/statement", "/copied"]);
    let _ = scene.export(&ids[1], "case.zip").ok();
    let folder = unpacked(&scene.home, "case.zip", "out");
    assert!(folder.join("data/original/1/manifest.json").is_file());
    let _ = scene.verify("case.zip").ok();
    let place = folder.to_string_lossy().into_owned();
    let _ = script(&scene.home, "dash", &folder.join("data/verify.sh"), &[&place]).ok();
    // Without it, the payload is not there to be proved.
    fs::remove_dir_all(folder.join("data/original")).unwrap();
    let _ = scene.home.vidimus(&["verify", &place]).expect(1);
    let _ = script(&scene.home, "bash", &folder.join("data/verify.sh"), &[&place]).expect(1);
}

#[test]
fn certificates_come_along() {
    let identity = Identity::of("localhost");
    let site = Server::of_table_over_tls(&identity, vec![("/statement", html(STATEMENT))]);
    let scene = {
        let more = "\n[tls]\nextra_roots = [\"authority.pem\"]\n";
        let scene = Scene::of(site, true, more);
        scene.home.write("config/authority.pem", identity.authority_pem());
        scene
    };
    let url = format!("https://localhost:{}/statement", scene.site.port());
    let line = scene.home.vidimus(&["capture", "--json", &url]).ok().json().pop().unwrap();
    let _ = scene.export(text(&line, "id"), "case.zip").ok();
    let folder = unpacked(&scene.home, "case.zip", "out");
    assert_eq!(fs::read_dir(folder.join("data/certificates")).unwrap().count(), 2);
    let _ = scene.verify("case.zip").ok();
    let place = folder.to_string_lossy().into_owned();
    let _ = script(&scene.home, "dash", &folder.join("data/verify.sh"), &[&place]).ok();
}

#[test]
fn without_an_answer_of_an_authority_it_is_incomplete_and_says_so() {
    let scene = Scene::new(false);
    let id = scene.capture(&["/statement"]).remove(0);
    let told = scene.export(&id, "case.zip").expect(2);
    assert!(told.stderr.contains("no timestamp authority has answered yet"), "{}", told.story());
    let ran = scene.home.vidimus(&["verify", "case.zip"]).expect(2);
    assert!(ran.text().contains("L3 proved") && ran.text().contains("L4 not proved"), "{}", ran.story());
    let folder = unpacked(&scene.home, "case.zip", "out");
    let place = folder.to_string_lossy().into_owned();
    let ran = script(&scene.home, "dash", &folder.join("data/verify.sh"), &[&place]).expect(2);
    assert!(ran.text().contains("not yet anchored"), "{}", ran.story());
    let _ = scene.home.vidimus(&["export", &id, &id, "--format", "bundle", "-o", "two.zip"]).expect(64);
    let _ = scene.home.vidimus(&["export", &id, "--format", "bundle", "-o", "-"]).expect(64);
}

#[test]
fn only_an_answer_that_was_verified_is_told_as_proof() {
    let scene = Scene::new(true);
    let id = scene.capture(&["/statement"]).remove(0);
    let anchor = only_folder(&scene.home.path("archive/log/anchors"));
    // An answer for this very head, of somebody who is not the authority; and no answer at all.
    let pki = Pki::usual();
    pki.write("data", fs::read(anchor.join("checkpoint")).unwrap());
    pki.stamp("data", &Token::default());
    fs::write(anchor.join("example-time.tsr"), pki.read("token.tsr")).unwrap();
    fs::write(anchor.join("letter.tsr"), "Dear Sirs").unwrap();
    let told = scene.export(&id, "refused.zip").expect(2);
    assert!(told.stderr.matches("left out of the bundle").count() == 2, "{}", told.story());
    let folder = unpacked(&scene.home, "refused.zip", "refused");
    let names = fs::read_dir(folder.join("data/proof")).unwrap();
    assert!(
        !names.map(|entry| entry.unwrap().file_name()).any(|name| name.to_string_lossy().ends_with(".tsr"))
    );
    let report = fs::read_to_string(folder.join("data/report.html")).unwrap();
    assert!(!report.contains("that all of it existed by"));

    // They hide no later answer that is good.
    let _ = scene.capture(&["/other"]);
    let _ = scene.export(&id, "later.zip").ok();
    let _ = scene.verify("later.zip").ok();

    // One of an authority without a configured root comes along, and is said not to be verified.
    let unknown = unpacked(&scene.home, "later.zip", "later");
    let head = fs::read(unknown.join("data/proof/checkpoint")).unwrap();
    pki.write("data", &head);
    pki.stamp("data", &Token::default());
    let folders = fs::read_dir(scene.home.path("archive/log/anchors")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let anchor = folders.filter(|folder| folder.join("checkpoint").is_file());
    let anchor =
        anchor.into_iter().find(|folder| fs::read(folder.join("checkpoint")).unwrap() == head).unwrap();
    fs::write(anchor.join("unknown.tsr"), pki.read("token.tsr")).unwrap();
    let told = scene.export(&id, "both.zip").ok();
    assert!(
        told.stderr.contains("the answer of unknown is in the bundle, and was not verified"),
        "{}",
        told.story()
    );
    let folder = unpacked(&scene.home, "both.zip", "both");
    assert!(folder.join("data/proof/checkpoint.unknown.tsr").is_file());
    let report = fs::read_to_string(folder.join("data/report.html")).unwrap();
    assert!(report.matches("that all of it existed by").count() == 1);
    assert!(report.contains("was not verified, because the archive has no root certificate"));
    let summary = last(&scene.verify("both.zip").ok());
    assert!(summary["notes"].to_string().contains("unknown: not verified"), "{summary}");
    let place = folder.to_string_lossy().into_owned();
    let ran = script(&scene.home, "dash", &folder.join("data/verify.sh"), &[&place]).ok();
    assert!(ran.text().contains("unknown: not verified"), "{}", ran.story());
}

/// The one folder in a folder.
fn only_folder(folder: &Path) -> PathBuf {
    let mut found =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let only = found.next().unwrap();
    assert!(found.next().is_none());
    only
}

#[test]
fn a_bare_file_is_proved_by_its_leaf_and_its_proof() {
    let scene = Scene::new(true);
    let id = scene.capture(&["/statement"]).remove(0);
    let _ = scene.export(&id, "case.zip").ok();
    let _ = scene.home.vidimus(&["export", &id, "--format", "warc", "-o", "bare.warc.gz"]).ok();
    let folder = unpacked(&scene.home, "case.zip", "out");
    let file = |name: &str| folder.join("data/proof").join(name).to_string_lossy().into_owned();
    let (proof, leaf, key) = (file("capture.tlog-proof"), file("leaf.json"), scene.fingerprint());
    let vkey = fs::read_to_string(folder.join("data/trust/log.vkey")).unwrap();
    let of = |warc: &str, key: &str| {
        let words = ["verify", warc, "--proof", &proof, "--leaf", &leaf, "--key", key, "--json"];
        scene.home.vidimus(&words)
    };
    let summary = last(&of("bare.warc.gz", vkey.trim()).expect(2));
    assert_eq!((&summary["L0"], &summary["bundle"]), (&Value::Null, &false.into()));
    assert_eq!((&summary["L2"], &summary["L3"], &summary["L4"]), (&true.into(), &true.into(), &Value::Null));
    let words = ["verify", "bare.warc.gz", "--proof", &proof, "--leaf", &leaf, "--key", vkey.trim()];
    let ran = scene.home.vidimus(&words).expect(2);
    assert!(
        ran.text().contains("L0 does not apply") && !ran.text().contains("bag's own lists"),
        "{}",
        ran.story()
    );
    let root = scene.root();
    let _ = scene.home.vidimus(&[&words[..], &["--tsa-root", &root]].concat()).expect(64);
    // A fingerprint is no key: nothing can be verified with it alone.
    assert_eq!(last(&of("bare.warc.gz", &key).expect(2))["L3"], Value::Null);
    let other = scene.capture(&["/other"]).remove(0);
    let _ = scene.home.vidimus(&["export", &other, "--format", "warc", "-o", "other.warc.gz"]).ok();
    let _ = of("other.warc.gz", vkey.trim()).expect(1);
}

#[test]
fn an_imported_capture_is_said_to_be_so() {
    let scene = Scene::new(true);
    let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{STATEMENT}");
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n\
         WARC-Date: 2019-03-02T01:00:00Z\r\nWARC-Target-URI: http://ngo.example/statement\r\n\
         Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
        block.len()
    );
    scene.home.write("foreign.warc", format!("{head}{block}\r\n\r\n"));
    let _ = scene.home.vidimus(&["import", "foreign.warc"]).ok();
    let everything = scene.home.everything();
    let id = everything.iter().find(|line| line["witnessed"] == false).map(|line| text(line, "id")).unwrap();
    let _ = scene.export(id, "case.zip").ok();
    let summary = last(&scene.verify("case.zip").ok());
    assert!(summary["notes"].to_string().contains("did not witness it"), "{summary}");
    let folder = unpacked(&scene.home, "case.zip", "out");
    let report = fs::read_to_string(folder.join("data/report.html")).unwrap();
    assert!(report.contains("This archive did not witness the capture."));
    let place = folder.to_string_lossy().into_owned();
    let ran = script(&scene.home, "dash", &folder.join("data/verify.sh"), &[&place]).ok();
    assert!(ran.text().contains("did not witness it"), "{}", ran.story());
}
