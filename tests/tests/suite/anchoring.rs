//! Time authorities and the archive: every signed checkpoint gets a timestamp of each, whoever was down meanwhile; nobody
//! waits for an authority, and nothing but a good answer is kept as one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use vidimus_tests::{Answers, Home, Ran, Server, TimeAuthority, config_for, html};

const PAGE: &str = "<!doctype html><html lang=en><title>Notice</title><main><h1>Notice</h1><p>The harbour office gives \
    notice that the eastern basin is closed for dredging until the end of the month.</p></main></html>";

/// A site, an archive with a key, and two authorities, `first` and `second`.
struct Scene {
    site: Server,
    first: TimeAuthority,
    second: TimeAuthority,
    home: Home,
}

impl Scene {
    fn new() -> Self {
        let site = Server::of_table(vec![("/a", html(PAGE)), ("/b", html(PAGE))]);
        let (first, second) = (TimeAuthority::start(), TimeAuthority::start());
        let home = Home::new();
        fs::create_dir(home.path("archive")).unwrap();
        let key = home.path("log-key.pem");
        let made =
            Command::new("openssl").args(["genpkey", "-algorithm", "ED25519", "-out"]).arg(&key).output();
        assert!(made.unwrap().status.success());
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let evidence = "\n[evidence]\nkey = \"../log-key.pem\"\norigin = \"archive.example/log\"\n";
        let authorities = first.config("first") + &second.config("second");
        home.write("config/vidimus.toml", config_for(site.port()) + evidence + &authorities);
        home.write(
            "config/sources.toml",
            format!("[[source]]\nname = \"harbour\"\npages = [\"{}\"]\n", site.url("/a")),
        );
        Self { site, first, second, home }
    }

    fn capture(&self, path: &str) -> Ran {
        self.home.vidimus(&["capture", "--quiet", &self.site.url(path)]).ok()
    }

    fn anchor(&self) -> Ran {
        self.home.vidimus(&["log", "anchor", "--json"])
    }

    /// The folders of the checkpoints that were queued, by name.
    fn anchors(&self) -> Vec<PathBuf> {
        let folder = self.home.path("archive/log/anchors");
        let entries = fs::read_dir(folder).map(|all| all.map(|e| e.unwrap().path()).collect::<Vec<_>>());
        let mut found: Vec<PathBuf> = entries.unwrap_or_default();
        found.retain(|path| path.is_dir());
        found.sort();
        found
    }

    /// As if the authorities that failed had been left alone for long enough.
    fn time_passes(&self) {
        let path = self.home.path("archive/log/anchors/attempts.json");
        let mut attempts: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for attempt in attempts.as_object_mut().unwrap().values_mut() {
            attempt["next_try"] = "2020-01-01T00:00:00Z".into();
        }
        fs::write(&path, attempts.to_string()).unwrap();
    }
}

/// Whether others accept the timestamp of an authority over a queued checkpoint, and as the answer to the request beside it.
fn openssl_accepts(anchor: &Path, name: &str, authority: &TimeAuthority) -> bool {
    let verify = |of: &[&str]| {
        let mut command = Command::new("openssl");
        command.current_dir(anchor).args(["ts", "-verify", "-in", &format!("{name}.tsr")]).args(of);
        Ran::of(command.arg("-CAfile").arg(authority.root())).code == Some(0)
    };
    verify(&["-data", "checkpoint"]) && verify(&["-queryfile", &format!("{name}.tsq")])
}

#[test]
fn each_signed_checkpoint_is_stamped_by_each_authority() {
    let scene = Scene::new();
    let said = scene.capture("/a");
    assert_eq!((said.text().as_str(), said.stderr.as_str()), ("", ""), "quiet when all is well");
    let anchors = scene.anchors();
    let [anchor] = anchors.as_slice() else { panic!("{anchors:?}") };
    let checkpoint = fs::read(anchor.join("checkpoint")).unwrap();
    assert_eq!(checkpoint, fs::read(scene.home.path("archive/log/checkpoint")).unwrap());
    assert!(openssl_accepts(anchor, "first", &scene.first));
    assert!(openssl_accepts(anchor, "second", &scene.second));
    let receipt: Value = serde_json::from_slice(&fs::read(anchor.join("first.json")).unwrap()).unwrap();
    assert_eq!(receipt["verified"], true);
    let head = scene.first.last_request().head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/timestamp-query\r\n"), "{head}");
    let lines = scene.anchor().ok().json();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["waiting"] == 0 && line["kept"] == 0 && line["error"].is_null()));
    assert_eq!(scene.first.asked(), 1, "what is stamped is not asked for again");

    let _ = scene.home.vidimus(&["crawl", "--quiet"]).ok();
    assert_eq!(scene.anchors().len(), 2, "a crawl is stamped too");
    assert!(scene.anchors().iter().all(|anchor| openssl_accepts(anchor, "second", &scene.second)));
}

#[test]
fn an_authority_that_is_down_delays_its_own_timestamps_and_nothing_else() {
    let scene = Scene::new();
    scene.second.answers(Answers::Down);
    let said = scene.capture("/a");
    assert_eq!(said.stderr, "", "nobody is bothered by a first failure");
    let anchor = scene.anchors().pop().unwrap();
    assert!(anchor.join("first.tsr").is_file() && !anchor.join("second.tsr").exists());
    assert!(anchor.join("second.tsq").is_file(), "the request was written down");

    // It is left alone by the next command, and asked at once when a person wants it to be.
    scene.second.answers(Answers::Well);
    let asked = scene.second.asked();
    let _ = scene.capture("/b");
    assert_eq!(scene.second.asked(), asked);
    let lines = scene.anchor().ok().json();
    let second = lines.iter().find(|line| line["authority"] == "second").unwrap();
    assert_eq!((second["kept"].as_u64(), second["waiting"].as_u64()), (Some(2), Some(0)));
    assert!(scene.anchors().iter().all(|anchor| openssl_accepts(anchor, "second", &scene.second)));

    // Once its time is over the next command asks by itself.
    scene.second.answers(Answers::Busy);
    let _ = scene.home.vidimus(&["crawl", "--quiet"]).ok();
    assert_eq!(
        scene.anchor().expect(2).json()[1]["error"],
        "it answered with status 503 Service Unavailable"
    );
    scene.second.answers(Answers::Well);
    scene.time_passes();
    let _ = scene.home.vidimus(&["crawl", "--quiet", "--due"]).ok();
    assert_eq!(scene.anchor().ok().json()[1]["waiting"], 0);
}

#[test]
fn nothing_but_a_good_answer_is_kept() {
    let scene = Scene::new();
    scene.second.answers(Answers::Down);
    let _ = scene.capture("/a");
    let anchor = scene.anchors().pop().unwrap();
    let cases = [
        (Answers::Garbage, "cannot be read"),
        (Answers::OtherData, "is for other data"),
        (Answers::Refusal, "the authority refused (status 2)"),
        (Answers::Endless, "longer than"),
        (Answers::Silent, "did not answer within 2 seconds"),
        (Answers::Down, "connection"),
    ];
    for (how, why) in cases {
        scene.second.answers(how);
        let said = scene.home.vidimus(&["log", "anchor"]).expect(2);
        assert!(said.stderr.contains(why), "{how:?}: {}", said.story());
        assert!(!anchor.join("second.tsr").exists(), "{how:?}");
    }
    let kept = fs::read(anchor.join("second.refused")).unwrap();
    assert!(kept.starts_with(b"0"), "what it sent in due form is kept for a person to look at");
    assert!(anchor.join("first.tsr").is_file());
    scene.second.answers(Answers::Well);
    let _ = scene.anchor().ok();
    assert!(openssl_accepts(&anchor, "second", &scene.second));
}

#[test]
fn who_looks_is_told_what_has_been_waiting_for_a_day() {
    let scene = Scene::new();
    scene.second.answers(Answers::Down);
    let _ = scene.home.vidimus(&["crawl", "--quiet"]).ok();
    let state = scene.home.vidimus(&["status", "--json"]).ok().json();
    assert_eq!(
        (state[0]["timestamps"]["waiting"].as_u64(), state[0]["timestamps"]["well"].as_bool()),
        (Some(1), Some(true))
    );
    let anchor = scene.anchors().pop().unwrap();
    let checkpoint = fs::File::options().append(true).open(anchor.join("checkpoint")).unwrap();
    checkpoint.set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).unwrap();

    let said = scene.home.vidimus(&["status", "--quiet"]).expect(1);
    assert!(said.stderr.contains("1 checkpoint waits for a timestamp"), "{}", said.stderr);
    let said = scene.home.vidimus(&["crawl", "--due", "--quiet"]).ok();
    assert!(said.stderr.contains("the time authority second"), "{}", said.stderr);
    let metrics = scene.home.vidimus(&["status", "--metrics", "-"]).expect(1).text();
    assert!(metrics.contains("vidimus_unstamped_checkpoints 1\n"), "{metrics}");
    assert!(metrics.contains("vidimus_oldest_unstamped_checkpoint_timestamp_seconds 1"), "{metrics}");

    scene.second.answers(Answers::Well);
    let _ = scene.anchor().ok();
    let metrics = scene.home.vidimus(&["status", "--metrics", "-"]).ok().text();
    assert!(metrics.contains("vidimus_unstamped_checkpoints 0\n"), "{metrics}");
}

#[test]
fn whoever_is_to_be_told_hears_of_what_waits_and_that_it_waits_no_longer() {
    let scene = Scene::new();
    let told = scene.home.path("told.jsonl");
    let script = scene.home.path("tell");
    scene.home.write("tell", format!("#!/bin/sh\ncat >> {0}\necho >> {0}\n", told.display()));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    let notify = format!("\n[notify]\ncommand = [\"{}\"]\n", script.display());
    scene.home.write("config/vidimus.toml", config + &notify);
    scene.second.answers(Answers::Down);
    let _ = scene.home.vidimus(&["crawl", "--quiet"]).ok();
    let anchor = scene.anchors().pop().unwrap();
    let checkpoint = fs::File::options().append(true).open(anchor.join("checkpoint")).unwrap();
    checkpoint.set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).unwrap();

    let changes = || -> Vec<(String, String)> {
        let text = fs::read_to_string(&told).unwrap_or_default();
        let messages = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        messages
            .flat_map(|m| m["findings"].as_array().unwrap().clone())
            .map(|f| (text(&f["code"]), text(&f["change"])))
            .collect()
    };
    let _ = scene.home.vidimus(&["crawl", "--quiet", "--due"]).ok();
    let _ = scene.home.vidimus(&["crawl", "--quiet", "--due"]).ok();
    assert_eq!(changes(), [("timestamps".to_owned(), "began".to_owned())], "once");
    scene.second.answers(Answers::Well);
    let _ = scene.anchor().ok();
    let _ = scene.home.vidimus(&["crawl", "--quiet", "--due"]).ok();
    assert_eq!(changes().last().unwrap(), &("timestamps".to_owned(), "resolved".to_owned()));
}

#[test]
fn an_authority_whose_root_is_not_known_is_said_to_be_unverified() {
    let scene = Scene::new();
    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    let without: String =
        config.lines().filter(|line| !line.starts_with("root = ")).map(|line| format!("{line}\n")).collect();
    scene.home.write("config/vidimus.toml", without);
    let _ = scene.capture("/a");
    let anchor = scene.anchors().pop().unwrap();
    let receipt: Value = serde_json::from_slice(&fs::read(anchor.join("first.json")).unwrap()).unwrap();
    assert_eq!(receipt["verified"], false);
    assert!(openssl_accepts(&anchor, "first", &scene.first));
    // With another authority's root nothing of it is kept.
    let wrong =
        config.replace(&scene.second.root().display().to_string(), &scene.first.root().display().to_string());
    scene.home.write("config/vidimus.toml", wrong);
    let _ = scene.capture("/b");
    let newest = scene.anchors().into_iter().find(|other| *other != anchor).unwrap();
    assert!(newest.join("first.tsr").is_file() && !newest.join("second.tsr").exists());
}

#[test]
fn mistakes_of_the_configuration_are_told_with_their_line() {
    let scene = Scene::new();
    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    let cases = [
        ("name = \"first\"", "name = \"../first\"", "file names"),
        ("name = \"first\"", "name = \"second\"", "two [[timestamp]]s"),
        ("url = \"http", "url = \"ftp", "http"),
        ("root = \"", "root = \"/absent", "cannot read"),
        ("timeout = \"2s\"", "timeout = \"0s\"", "longer than nothing"),
        ("timeout = \"2s\"", "policy = [\"any\"]", "object identifier"),
        ("timeout = \"2s\"", "chain = \"vidimus.toml\"", "no certificate"),
        ("timeout = \"2s\"", "tiemout = \"2s\"", "unknown field"),
    ];
    for (right, wrong, why) in cases {
        scene.home.write("config/vidimus.toml", config.replacen(right, wrong, 1));
        let said = scene.home.vidimus(&["status"]).expect(78);
        assert!(said.stderr.contains(why) && said.stderr.contains("line"), "{wrong}: {}", said.stderr);
    }
    let without: String = config.split("\n[[timestamp]]").next().unwrap().to_owned();
    scene.home.write("config/vidimus.toml", without);
    let said = scene.home.vidimus(&["log", "anchor"]).expect(2);
    assert!(said.stderr.contains("no time authority is configured"), "{}", said.stderr);
}

#[test]
fn an_archive_without_a_key_has_nothing_to_stamp() {
    let scene = Scene::new();
    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    let without: String =
        config.lines().filter(|line| !line.starts_with("key = ")).map(|line| format!("{line}\n")).collect();
    scene.home.write("config/vidimus.toml", without);
    let _ = scene.capture("/a");
    let said = scene.home.vidimus(&["log", "anchor"]).expect(2);
    assert!(said.stderr.contains("vidimus key new"), "{}", said.stderr);
    assert_eq!(scene.first.asked(), 0);
}
