//! Bad input: every address has a recorded outcome with a clear sentence, none stops the run, none hangs it.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use vidimus_tests::{Home, Server, html, reply, send};

use crate::common::{outcome, text};
use crate::conformance::check_warcs;

/// One bad address: its path or URL, the outcomes that are right, and a word that its sentence must have.
struct Case {
    url: String,
    outcomes: &'static [&'static str],
    says: &'static str,
}

const GOOD: &str = "<!doctype html><html lang=en><title>A good page</title><article><h1>A good page</h1><p>The \
    committee met on Tuesday and resolved that the meadow by the mill remains a meadow, as it has been for as long as \
    anyone in the village remembers.</p><p>It will meet again in the autumn.</p></article></html>";

#[test]
fn bad_input_is_an_outcome_and_never_the_end_of_a_run() {
    let server = Server::start(misbehave);
    let not_tls = shouting_port();
    let cases = cases(&server, not_tls);
    let home = Home::configured(&settings(server.port(), not_tls), &source(&server, &cases));

    // 1: done, but not all is well.
    let ran = home.vidimus(&["crawl", "--summary"]).expect(1);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.story());

    let everything = home.everything();
    let mut faults = Vec::new();
    for case in &cases {
        let tries: Vec<&Value> = everything.iter().filter(|line| line["url"] == case.url).collect();
        match tries.as_slice() {
            [line] => faults.extend(case.faults(line)),
            other => faults.push(format!("{}: {} outcomes", case.url, other.len())),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    // The good pages between and after the bad ones are there, and the archive is whole.
    for path in ["/good-first", "/good-last"] {
        let tries = home.tries(&server.url(path));
        assert_eq!(tries.len(), 1);
        assert_eq!((outcome(&tries[0]).as_str(), text(&tries[0], "title")), ("captured", "A good page"));
    }
    let _ = home.query(&["\"remains a meadow\""]).ok();
    let _ = home.vidimus(&["verify"]).ok();
    check_warcs(&home);
    assert_eq!(server.count("/private-is-not-asked"), 0);
}

impl Case {
    fn faults(&self, line: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        let (outcome, message) = (outcome(line), text(line, "message"));
        if !self.outcomes.contains(&outcome.as_str()) {
            faults.push(format!("{}: '{outcome}' ({message}), not one of {:?}", self.url, self.outcomes));
        }
        if !message.contains(self.says) || (outcome != "captured" && message.split_whitespace().count() < 4) {
            faults.push(format!(
                "{}: '{outcome}' is explained by '{message}', without '{}'",
                self.url, self.says
            ));
        }
        if text(line, "captured_at") < "2024" || text(line, "finished_at") < text(line, "captured_at") {
            faults
                .push(format!("{}: tried from {} to {}", self.url, line["captured_at"], line["finished_at"]));
        }
        faults
    }
}

fn cases(server: &Server, not_tls: u16) -> Vec<Case> {
    let at = |path: &str| server.url(path);
    let case = |url: String, outcomes: &'static [&'static str], says| Case { url, outcomes, says };
    vec![
        case(format!("http://127.0.0.1:{}/", closed_port()), &["failed connect-refused"], "refused"),
        case(
            "http://no-such-name.invalid/".to_owned(),
            &["failed dns", "failed dns-timeout"],
            "no-such-name.invalid",
        ),
        case(format!("https://127.0.0.1:{not_tls}/"), &["failed tls"], "TLS"),
        case(at("/404"), &["http-error 404"], "404"),
        case(at("/410"), &["http-error 410"], "410"),
        case(at("/500"), &["http-error 500"], "500"),
        case(at("/endless"), &["truncated wire-bytes", "truncated total-timeout"], "bytes"),
        case(at("/drip"), &["truncated total-timeout"], "not over after"),
        case(at("/silent"), &["failed first-byte-timeout"], "sent nothing"),
        case(at("/falls-silent"), &["truncated idle-timeout"], "fell silent"),
        case(at("/hangs-up"), &["failed empty-reply"], "without an answer"),
        case(at("/too-long-length"), &["truncated disconnect"], "closed the connection early"),
        // Whole by its own framing; what follows belongs to no answer.
        case(at("/too-short-length"), &["captured", "captured no-text"], ""),
        case(at("/broken-gzip"), &["captured content-damaged"], "damaged"),
        case(at("/zip-bomb"), &["captured decoded-ratio", "captured decoded-bytes", "captured text-cut"], ""),
        case(at("/wrong-charset"), &["captured"], ""),
        case(at("/unknown-charset"), &["captured"], ""),
        case(at("/nested"), &["captured", "captured text-cut", "captured no-text"], ""),
        case(at("/large"), &["captured", "captured text-cut"], ""),
        case(at("/empty"), &["captured no-text"], "no text"),
        case(at("/pdf"), &["captured not-html"], "application/pdf"),
        case(at("/loop"), &["failed redirect-loop"], "circles"),
        case(at("/ever-on/0"), &["failed too-many-redirects"], "redirects"),
        case(at("/to-metadata"), &["refused address"], "169.254.169.254"),
        case(at("/to-private"), &["refused address"], "10.0.0.1"),
        case(at("/to-loopback"), &["refused address"], "127.0.0.1"),
        case(at("/to-file"), &["refused scheme"], "file"),
        case(at("/to-nowhere"), &["failed bad-redirect"], "no usable address"),
        case(at("/garbage"), &["failed malformed-http"], "not HTTP"),
        case(at("/large-head"), &["failed header-bytes", "failed header-count"], "head"),
    ]
}

/// Bounds that end the bad addresses soon.
fn settings(port: u16, not_tls: u16) -> String {
    format!(
        r#"
archive = "../archive"
sources = "sources.toml"
contact = "mailto:tests@archive.example"
# One door is for every port of this machine but one: a closed port must be reached to be found closed.
allow_net = ["127.0.0.1/32:{port}", "127.0.0.1/32:{not_tls}", "127.0.0.1/32:{}"]

[crawl]
min_gap = "0s"
revisit_after = "0s"

[limits]
connect = "3s"
tls = "3s"
first_byte = "2s"
idle = "2s"
total = "4s"
wire_bytes = 25_000_000
decoded_bytes = 30_000_000
header_bytes = 20_000
redirects = 5
"#,
        closed_port()
    )
}

fn source(server: &Server, cases: &[Case]) -> String {
    let mut pages = vec![server.url("/good-first")];
    pages.extend(cases.iter().map(|case| case.url.clone()));
    pages.push(server.url("/good-last"));
    format!("[[source]]\nname = \"bad\"\npages = {pages:?}\n")
}

/// A port of this machine on which nobody listens; the same for the whole process.
fn closed_port() -> u16 {
    static PORT: std::sync::OnceLock<u16> = std::sync::OnceLock::new();
    *PORT.get_or_init(|| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port())
}

/// A port on which everybody is answered in plain text before they have said anything.
fn shouting_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            send(&mut stream, &reply("400 Bad Request", &[], b"this port speaks plain HTTP"));
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    port
}

fn misbehave(request: &vidimus_tests::Request, stream: &mut TcpStream) {
    const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
    let to = |location: &str| reply("302 Found", &[("Location", location)], b"");
    let open = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>It begins well";
    let bytes = match request.target.as_str() {
        "/good-first" | "/good-last" => html(GOOD),
        "/410" => reply("410 Gone", &[HTML], b"<p>gone"),
        "/500" => reply("500 Internal Server Error", &[HTML], b"<p>oh"),
        "/endless" => {
            send(stream, open);
            while stream.write_all(&[b'x'; 65536]).is_ok() {}
            return;
        }
        "/drip" => {
            send(stream, open);
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
            return;
        }
        "/silent" => return wait_for_the_end(stream),
        "/falls-silent" => {
            send(
                stream,
                &[&b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"[..], GOOD.as_bytes()].concat(),
            );
            return wait_for_the_end(stream);
        }
        "/hangs-up" => return,
        "/too-long-length" => {
            [&b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"[..], GOOD.as_bytes()].concat()
        }
        "/too-short-length" => {
            [&b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"[..], GOOD.as_bytes()].concat()
        }
        "/broken-gzip" => {
            let mut coded = gzip(GOOD.as_bytes());
            let middle = coded.len() / 2;
            coded[middle..].fill(0xff);
            reply("200 OK", &[HTML, ("Content-Encoding", "gzip")], &coded)
        }
        "/zip-bomb" => {
            reply("200 OK", &[HTML, ("Content-Encoding", "gzip")], &gzip(&vec![b' '; 100_000_000]))
        }
        "/wrong-charset" => reply(
            "200 OK",
            &[HTML],
            b"<title>Caf\xe9 soci\xe9t\xe9</title><p>Le caf\xe9 est ferm\xe9 depuis l'\xe9t\xe9.",
        ),
        "/unknown-charset" => {
            reply("200 OK", &[("Content-Type", "text/html; charset=klingon-1")], GOOD.as_bytes())
        }
        "/nested" => {
            html(&format!("{}<p>{}", "<div>".repeat(100_000), "A sentence at the bottom. ".repeat(20)))
        }
        "/large" => html(&format!(
            "<title>Large</title>{}",
            "<p>The same sentence, many times over, makes a large page.</p>\n".repeat(320_000)
        )),
        "/empty" => html(""),
        "/pdf" => reply(
            "200 OK",
            &[HTML],
            b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n",
        ),
        "/loop" => to("/loop-2"),
        "/loop-2" => to("/loop"),
        "/to-metadata" => to("http://169.254.169.254/latest/meta-data/"),
        "/to-private" => to("http://10.0.0.1/private-is-not-asked"),
        "/to-loopback" => to("http://127.0.0.1:1/"),
        "/to-file" => to("file:///etc/passwd"),
        "/to-nowhere" => to("http://[half an address"),
        "/garbage" => b"\x00\x01\x02 this was never HTTP \xff\xfe\r\n\r\n".to_vec(),
        "/large-head" => {
            [&b"HTTP/1.1 200 OK\r\n"[..], &b"X-Filler: 0123456789\r\n".repeat(5000), b"\r\n"].concat()
        }
        path => match path.strip_prefix("/ever-on/") {
            Some(number) => to(&format!("/ever-on/{}", number.parse::<u32>().unwrap_or(0) + 1)),
            None => reply("404 Not Found", &[HTML], b"<p>not here"),
        },
    };
    send(stream, &bytes);
}

/// Says nothing until the client has gone.
fn wait_for_the_end(stream: &mut TcpStream) {
    use std::io::Read;
    let _ = stream.read(&mut [0_u8; 16]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_page_in_a_charset_that_its_label_denies_is_readable() {
    let body = b"<html lang=fr><title>Caf\xe9 soci\xe9t\xe9</title><article><h1>Caf\xe9 soci\xe9t\xe9</h1><p>Le caf\xe9 est ferm\xe9 depuis l'\xe9t\xe9 dernier, et personne n'a expliqu\xe9 pourquoi.</p></article>";
    let server =
        Server::of_table(vec![("/", reply("200 OK", &[("Content-Type", "text/html; charset=utf-8")], body))]);
    let home = Home::configured(&vidimus_tests::config_for(server.port()), "");
    let _ = home.vidimus(&["capture", &server.url("/")]).ok();
    let shown = home.vidimus(&["show", &server.url("/"), "--text"]).ok().text();
    assert!(shown.contains("fermé depuis l'été"), "{shown}");
    assert_eq!(home.vidimus(&["show", &server.url("/"), "--raw"]).ok().stdout, body);
}

#[test]
fn names_and_literals_for_this_machine_are_refused_without_a_door() {
    let server = Server::of_table(vec![("/", html(GOOD))]);
    let home = Home::new();
    let port = server.port();
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/");
        let ran = home.vidimus(&["--archive", "archive", "--json", "capture", &url]).expect(1);
        let line = &ran.json()[0];
        assert_eq!(line["outcome"], "refused", "{line}");
        assert!(!text(line, "message").is_empty(), "{line}");
    }
    assert!(server.requests().is_empty());
}
