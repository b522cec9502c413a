//! Telling: webhook and command get exactly the documented JSON, once when a finding begins and once when it is gone; what
//! could not be delivered is told after the next run; nothing of it touches what was captured.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use vidimus_tests::{Home, Ran, Server, config_for, html, reply, send, tool, wait_until};

use crate::common::text;

const PAGE: &str = "<!doctype html><html lang=en><title>Notice</title><main><h1>Notice</h1><p>The harbour office gives \
    notice that the eastern basin is closed for dredging until the end of the month.</p></main></html>";

/// A site whose one page can go away, and a home that tells.
struct Scene {
    site_is_up: Arc<AtomicBool>,
    receiver_is_up: Arc<AtomicBool>,
    receiver: Server,
    home: Home,
}

const SECRET: &str = "correct horse battery staple";

impl Scene {
    /// With this more in `[notify]`.
    fn new(notify: &str) -> Self {
        let (site_is_up, receiver_is_up) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(true)));
        let up = Arc::clone(&site_is_up);
        let site = Server::start(move |_, stream| {
            let gone = || reply("404 Not Found", &[], b"gone");
            send(stream, &if up.load(Ordering::SeqCst) { html(PAGE) } else { gone() });
        });
        let up = Arc::clone(&receiver_is_up);
        let receiver = Server::start(move |_, stream| {
            let status =
                if up.load(Ordering::SeqCst) { "204 No Content" } else { "500 Internal Server Error" };
            send(stream, &reply(status, &[], b""));
        });
        let home = Home::new();
        fs::create_dir(home.path("archive")).unwrap();
        let script = home.path("tell");
        home.write("tell", "#!/bin/sh\nprintf '%s|' \"$1\" >> told.txt\ncat >> told.txt\necho >> told.txt\n");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        home.write("config/secret", format!("{SECRET}\n"));
        fs::set_permissions(home.path("config/secret"), fs::Permissions::from_mode(0o600)).unwrap();
        let notify =
            notify.replace("HOOK", &format!("webhook = \"{}\"", receiver.url("/hook?token=t0ken"))).replace(
                "COMMAND",
                &format!("command = [{:?}, \"an argument; true\"]", script.to_str().unwrap()),
            );
        home.write("config/vidimus.toml", format!("{}\n[notify]\n{notify}", config_for(site.port())));
        home.write(
            "config/sources.toml",
            format!("[[source]]\nname = \"harbour\"\npages = [\"{}\"]\n", site.url("/notice")),
        );
        Self { site_is_up, receiver_is_up, receiver, home }
    }

    /// Lets the hosts be asked so seldom.
    fn min_gap(&self, gap: &str) {
        let config = fs::read_to_string(self.home.path("config/vidimus.toml")).unwrap();
        let lines = config.lines().map(|line| match line.split_once(" = ") {
            Some(("min_gap", _)) => format!("min_gap = {gap:?}\n"),
            _ => format!("{line}\n"),
        });
        self.home.write("config/vidimus.toml", lines.collect::<String>());
    }

    fn site_is(&self, up: bool) {
        self.site_is_up.store(up, Ordering::SeqCst);
    }

    fn receiver_is(&self, up: bool) {
        self.receiver_is_up.store(up, Ordering::SeqCst);
    }

    fn crawl(&self) -> Ran {
        self.home.vidimus(&["crawl", "--quiet"])
    }

    /// As if all the delays of ways that failed were over.
    fn time_passes(&self) {
        for entry in fs::read_dir(self.home.path("state/vidimus")).unwrap() {
            let path = entry.unwrap().path();
            let mut memory: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            for delay in memory["delays"].as_object_mut().unwrap().values_mut() {
                delay["next_try"] = "2020-01-01T00:00:00Z".into();
            }
            fs::write(&path, memory.to_string()).unwrap();
        }
    }

    /// What the webhook got, one message a request.
    fn posted(&self) -> Vec<Value> {
        self.receiver.requests().iter().map(|r| serde_json::from_slice(&r.body).unwrap()).collect()
    }

    /// What the command got, one message a call.
    fn piped(&self) -> Vec<Value> {
        let told = fs::read_to_string(self.home.path("told.txt")).unwrap_or_default();
        let message = |line: &str| {
            let (argument, message) = line.split_once('|').unwrap();
            assert_eq!(argument, "an argument; true", "no shell has read it");
            serde_json::from_str(message).unwrap()
        };
        told.lines().map(message).collect()
    }
}

fn changes(message: &Value) -> Vec<String> {
    let findings = message["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|f| format!("{} {} {}", text(f, "change"), text(f, "source"), text(f, "code")))
        .collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn each_hook_is_told_once_when_it_begins_and_once_when_it_is_over() {
    let scene = Scene::new("HOOK\nwebhook_secret_file = \"secret\"\nCOMMAND\n");
    let _ = scene.crawl().ok();
    assert!(scene.posted().is_empty() && scene.piped().is_empty(), "all is well, and nobody is told");

    scene.site_is(false);
    let _ = scene.crawl().expect(1);
    let _ = scene.crawl().expect(1);
    let posted = scene.posted();
    assert_eq!(posted.len(), 1, "told once: {posted:?}");
    assert_eq!(posted, scene.piped(), "both get the same");
    let message = &posted[0];
    assert_eq!(
        keys(message),
        [
            "archive", "event", "findings", "operator", "run", "software", "sources", "text", "time", "v",
            "well"
        ]
    );
    assert_eq!((message["v"].as_u64(), text(message, "event")), (Some(1), "change"));
    assert_eq!(
        (&message["well"], text(message, "operator")),
        (&Value::Bool(false), "Test Documentation Centre")
    );
    assert_eq!(changes(message), ["began harbour failed"]);
    let finding = &message["findings"][0];
    assert_eq!(keys(finding), ["change", "code", "message", "since", "source", "subject"]);
    assert!(text(finding, "message").contains("404") && text(message, "text").contains("404"), "{message}");
    assert!(text(finding, "subject").ends_with("/notice"), "{message}");

    // A rebuild is no reason to tell it again.
    let _ = scene.home.vidimus(&["rebuild", "--quiet"]).ok();
    let _ = scene.crawl().expect(1);
    assert_eq!(scene.posted().len(), 1);

    scene.site_is(true);
    let _ = scene.crawl().ok();
    let _ = scene.crawl().ok();
    let posted = scene.posted();
    assert_eq!((posted.len(), changes(&posted[1])), (2, vec!["resolved harbour failed".to_owned()]));
    assert_eq!(posted[1]["well"], true);
    assert_eq!(posted, scene.piped());
}

#[test]
fn the_receiver_can_check_the_signature() {
    let scene = Scene::new("HOOK\nwebhook_secret_file = \"secret\"\n");
    let _ = scene.home.vidimus(&["notify", "--test"]).ok();
    let request = scene.receiver.requests().pop().unwrap();
    assert!(request.head.starts_with("POST /hook?token=t0ken HTTP/1.1"), "{}", request.head);
    scene.home.write("body", &request.body);
    let check = "import hashlib, hmac, sys; print('sha256=' + hmac.new(sys.argv[1].encode(), open(sys.argv[2], 'rb').read(), hashlib.sha256).hexdigest())";
    let body = scene.home.path("body");
    let expected =
        Ran::of(Command::new(tool("python")).args(["-c", check, SECRET, body.to_str().unwrap()])).ok().text();
    let signature = request.head.lines().find_map(|line| line.strip_prefix("vidimus-signature: ")).unwrap();
    assert_eq!(signature, expected.trim());
    let message: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((text(&message, "event"), &message["run"]), ("test", &Value::Null));
}

#[test]
fn what_could_not_be_delivered_is_told_after_the_next_run() {
    let scene = Scene::new("HOOK\nCOMMAND\n");
    let _ = scene.crawl().ok();
    scene.site_is(false);
    scene.receiver_is(false);
    let ran = scene.crawl().expect(1);
    assert!(ran.stderr.contains("status 500") && !ran.stderr.contains("t0ken"), "{}", ran.story());
    assert_eq!(scene.piped().len(), 1, "the other hook is told all the same");
    assert!(scene.home.everything().iter().any(|line| line["outcome"] == "http-error"), "the run is kept");

    // Who did not answer is left alone for a while: nobody waits for it, and nobody hears of it every five minutes.
    let ran = scene.home.vidimus(&["crawl", "--due", "--quiet"]).ok();
    assert!(ran.stderr.is_empty() && scene.posted().len() == 1, "{}", ran.story());
    scene.time_passes();
    let ran = scene.home.vidimus(&["crawl", "--due", "--quiet"]).expect(1);
    assert!(ran.stderr.contains("10 minutes at the earliest"), "{}", ran.story());
    assert_eq!(scene.posted().len(), 2);

    // Nothing is due by the schedule, but the message still is.
    scene.receiver_is(true);
    scene.time_passes();
    let _ = scene.home.vidimus(&["crawl", "--due"]).ok();
    assert_eq!(scene.posted().len(), 3);
    assert_eq!(changes(&scene.posted()[2]), ["began harbour failed"]);
    let _ = scene.crawl().expect(1);
    assert_eq!((scene.posted().len(), scene.piped().len()), (3, 1));

    // That all is well again is not lost either; until it is delivered, all is not well.
    scene.site_is(true);
    scene.receiver_is(false);
    let _ = scene.crawl().expect(1);
    scene.receiver_is(true);
    // A test that gets through ends the wait.
    let _ = scene.home.vidimus(&["notify", "--test"]).ok();
    let _ = scene.crawl().ok();
    assert_eq!(changes(scene.posted().last().unwrap()), ["resolved harbour failed"]);
    assert_eq!(changes(&scene.piped()[1]), ["resolved harbour failed"]);
    assert_eq!(scene.piped().len(), 3, "the test, and two findings");
}

#[test]
fn that_no_run_can_begin_is_told_once_and_when_one_can() {
    let scene = Scene::new("COMMAND\n");
    let _ = scene.crawl().ok();
    let right = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    // An unknown key, and no TOML at all: [notify] can be read by itself.
    for wrong in ["contcat = \"me\"\n", "archive = ../archive\n"] {
        scene.home.write("config/vidimus.toml", format!("{wrong}{right}"));
        let _ = scene.crawl().expect(78);
    }
    scene.home.write("config/vidimus.toml", &right);
    fs::rename(scene.home.path("config/sources.toml"), scene.home.path("sources.aside")).unwrap();
    let _ = scene.home.vidimus(&["crawl", "--due", "--quiet"]).expect(78);
    let told = scene.piped();
    assert_eq!(told.len(), 1, "told once: {told:?}");
    let finding = &told[0]["findings"][0];
    assert_eq!((text(finding, "change"), text(finding, "code")), ("began", "configuration"));
    assert_eq!((&finding["source"], &told[0]["well"]), (&Value::Null, &Value::Bool(false)));
    assert!(text(finding, "message").contains("contcat"), "{finding}");
    fs::rename(scene.home.path("sources.aside"), scene.home.path("config/sources.toml")).unwrap();

    fs::rename(scene.home.path("archive"), scene.home.path("aside")).unwrap();
    let _ = scene.crawl().expect(66);
    let _ = scene.crawl().expect(66);
    let told = scene.piped();
    assert_eq!((told.len(), text(&told[1]["findings"][0], "code")), (2, "archive"), "{told:?}");

    // Nothing is due, but that a run can begin is known.
    fs::rename(scene.home.path("aside"), scene.home.path("archive")).unwrap();
    let _ = scene.home.vidimus(&["crawl", "--due"]).ok();
    let _ = scene.crawl().ok();
    let told = scene.piped();
    let codes: Vec<&str> = told[2]["findings"].as_array().unwrap().iter().map(|f| text(f, "code")).collect();
    assert_eq!((told.len(), codes), (3, vec!["configuration", "archive"]), "{told:?}");
    assert_eq!(told[2]["well"], true);
}

#[test]
fn the_test_message_says_how_things_are() {
    let scene = Scene::new("COMMAND\n");
    scene.site_is(false);
    let _ = scene.crawl().expect(1);
    let ran = scene.home.vidimus(&["notify", "--test", "--json"]).ok();
    let lines = ran.json();
    assert_eq!((text(&lines[0], "channel"), &lines[0]["told"]), ("command", &Value::Bool(true)));
    assert_eq!(scene.piped()[1]["well"], false, "the source is not");
}

#[test]
fn a_reminder_comes_when_it_is_time() {
    let scene = Scene::new("HOOK\nremind = \"1s\"\n");
    scene.site_is(false);
    let _ = scene.crawl().expect(1);
    wait_until("the reminder comes", || {
        let _ = scene.crawl().expect(1);
        scene.posted().len() == 2
    });
    assert_eq!(changes(&scene.posted()[1]), ["reminder harbour failed"]);
}

#[test]
fn every_run_can_be_told() {
    let scene = Scene::new("COMMAND\non = \"every-run\"\n");
    let _ = scene.crawl().ok();
    scene.site_is(false);
    let _ = scene.crawl().expect(1);
    let _ = scene.crawl().expect(1);
    let told = scene.piped();
    let all: Vec<Vec<String>> = told.iter().map(changes).collect();
    assert_eq!(
        all,
        [vec![], vec!["began harbour failed".to_owned()], vec!["stands harbour failed".to_owned()]]
    );
    assert!(told.iter().all(|m| m["event"] == "run" && m["run"].is_string()), "{told:?}");
    let visit = &told[0]["sources"][0];
    assert_eq!((text(visit, "source"), &visit["new_items"]), ("harbour", &Value::from(1)));
}

#[test]
fn a_run_that_breaks_down_is_told_and_so_is_the_next_that_does_not() {
    let scene = Scene::new("COMMAND\n");
    let _ = scene.crawl().ok();
    // A file where the index's folder should be: the disk refuses.
    fs::rename(scene.home.path("archive/index"), scene.home.path("archive/aside")).unwrap();
    scene.home.write("archive/index", "in the way");
    let _ = scene.crawl().expect(74);
    let _ = scene.crawl().expect(74);
    let told = scene.piped();
    assert_eq!((told.len(), &told[0]["findings"][0]["source"]), (1, &Value::Null), "{told:?}");
    assert_eq!(text(&told[0]["findings"][0], "code"), "disk");
    fs::remove_file(scene.home.path("archive/index")).unwrap();
    let _ = scene.crawl().ok();
    assert_eq!(text(&scene.piped()[1]["findings"][0], "change"), "resolved");
}

#[test]
fn what_is_configured_wrongly_is_said_before_the_run() {
    let scene = Scene::new("HOOK\nwebhook_secret_file = \"secret\"\n");
    fs::set_permissions(scene.home.path("config/secret"), fs::Permissions::from_mode(0o640)).unwrap();
    let ran = scene.crawl().expect(78);
    assert!(ran.stderr.contains("0640") && ran.stderr.contains("chmod 600"), "{}", ran.story());
    assert!(!scene.home.path("archive/warc").exists(), "nothing was visited");

    for (notify, key) in [
        ("webhook = \"ftp://a.example/\"", "webhook"),
        ("webhook_secret_file = \"secret\"", "webhook_secret_file"),
        ("command = [\"tell\"]", "command"),
        ("remind = \"0s\"", "remind"),
        ("on = \"never\"", "never"),
    ] {
        let ran = Scene::new(notify).crawl().expect(78);
        assert!(ran.stderr.contains(key), "{}", ran.story());
    }
    let none = Scene::new("").home.vidimus(&["notify", "--test"]).expect(78);
    assert!(none.stderr.contains("[notify]"), "{}", none.story());
}

#[test]
fn a_command_that_fails_is_told_with_what_it_says() {
    let scene = Scene::new("COMMAND\n");
    scene.home.write("tell", "#!/bin/sh\necho the pager is off >&2\necho and so is the fax >&2\nexit 3\n");
    let ran = scene.home.vidimus(&["notify", "--test"]).expect(1);
    assert!(
        ran.stderr.contains("exit status: 3") && ran.stderr.contains("the pager is off"),
        "{}",
        ran.story()
    );
    assert_eq!(ran.stderr.trim_end().lines().count(), 1, "{}", ran.story());
    fs::remove_file(scene.home.path("tell")).unwrap();
    let ran = scene.home.vidimus(&["notify", "--test"]).expect(78);
    assert!(ran.stderr.contains("cannot be run"), "{}", ran.story());
}

#[test]
fn a_command_may_leave_somebody_behind() {
    let scene = Scene::new("COMMAND\n");
    // Whoever is left behind holds stderr open until the test is over.
    scene
        .home
        .write("tell", "#!/bin/sh\ncat > told.txt\nwhile [ -e told.txt ]; do sleep 0.1; done &\nexit 0\n");
    let _ = scene.home.vidimus(&["notify", "--test"]).ok();
    fs::remove_file(scene.home.path("told.txt")).unwrap();
}

#[test]
fn a_run_that_is_asked_to_stop_leaves_the_telling_to_the_next() {
    let scene = Scene::new("COMMAND\non = \"every-run\"\n");
    // robots.txt is asked for, and the page's turn is far away.
    scene.min_gap("300s");
    let mut running = scene.home.start(&["crawl", "--log", "log"]);
    let log = || fs::read_to_string(scene.home.path("log")).unwrap_or_default();
    wait_until("the run has begun", || log().contains("run-started"));
    running.signal("TERM");
    wait_until("the run ends", || !running.is_running());
    assert!(scene.piped().is_empty(), "nobody was told: {}", log());
    scene.min_gap("0s");
    let _ = scene.crawl().ok();
    assert_eq!(scene.piped().len(), 1);
}

#[test]
fn a_hook_that_hangs_is_given_up_when_the_program_is_asked_to_stop() {
    let scene = Scene::new("COMMAND\non = \"every-run\"\n");
    scene.home.write("tell", "#!/bin/sh\nsleep 600 &\necho $! > new\nmv new child\nwait\n");
    let mut running = scene.home.start(&["crawl", "--log", "log"]);
    wait_until("the hook is called", || scene.home.path("child").exists());
    running.signal("TERM");
    wait_until("the program ends", || !running.is_running());
    let log = fs::read_to_string(scene.home.path("log")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told = lines.into_iter().find(|line| line["event"] == "told").unwrap();
    assert!(text(&told, "error").contains("asked to stop"), "{told}");
    let child = fs::read_to_string(scene.home.path("child")).unwrap();
    let is_gone = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        stat.map_or(true, |stat| stat.contains(") Z "))
    };
    wait_until("what the hook has started is gone", is_gone);
}
