//! "Byte for byte" is a claim that can be checked: what the server sent comes back out of the archive.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::json;
use vidimus_tests::{Home, Identity, Ran, Server, config_for, reply};

use crate::common::text;
use crate::conformance::{check_warcs, replays};

const BODY: &[u8] =
    b"<!doctype html><title>Bytes</title><p>Every byte of this page counts, and is counted.</p>";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An answer of this head; its line ends are written `\n` here.
fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [head.replace('\n', "\r\n").as_bytes(), b"\r\n", body].concat()
}

/// The body in chunks of this many bytes, with whatever else may stand between them.
fn chunked(body: &[u8], size: usize, extension: &str, trailers: &str) -> Vec<u8> {
    let mut coded = Vec::new();
    for chunk in body.chunks(size) {
        coded.extend_from_slice(format!("{:X}{extension}\r\n", chunk.len()).as_bytes());
        coded.extend_from_slice(chunk);
        coded.extend_from_slice(b"\r\n");
    }
    coded.extend_from_slice(format!("0\r\n{trailers}\r\n").as_bytes());
    coded
}

/// An answer that a server sends, and what is to come of it.
struct Answer {
    path: &'static str,
    sent: Vec<u8>,
    /// The payload as stored; `None` where there is none, because it is no HTTP.
    payload: Option<Vec<u8>>,
    /// What a replay tool shows a reader: status and decoded body. `None` where it has its own ways with such an answer.
    shown: Option<(u16, Vec<u8>)>,
}

/// A page that is whole, whatever is odd about it.
fn page(path: &'static str, sent: Vec<u8>) -> Answer {
    Answer { path, sent, payload: Some(BODY.to_vec()), shown: Some((200, BODY.to_vec())) }
}

/// A page in a content coding.
fn coded(path: &'static str, sent: Vec<u8>, payload: Vec<u8>) -> Answer {
    Answer { path, sent, payload: Some(payload), shown: Some((200, BODY.to_vec())) }
}

/// An answer that replay tools need not show.
fn other(path: &'static str, sent: Vec<u8>, payload: &[u8]) -> Answer {
    Answer { path, sent, payload: Some(payload.to_vec()), shown: None }
}

const OK: &str = "HTTP/1.1 200 OK\nContent-Type: text/html\n";

fn ok(more: &str) -> String {
    format!("{OK}{more}")
}

fn answers() -> Vec<Answer> {
    [chunks_and_codings(), heads(), ends(), statuses()].into_iter().flatten().collect()
}

fn chunks_and_codings() -> Vec<Answer> {
    let gz = gzip(BODY);
    let br = brotli(BODY);
    let plain = |coding: &str, body: &[u8]| {
        answer(&ok(&format!("Content-Encoding: {coding}\nContent-Length: {}\n", body.len())), body)
    };
    let te = "Transfer-Encoding: chunked\n";
    vec![
        page("/plain", reply("200 OK", &[("Content-Type", "text/html")], BODY)),
        page("/chunked", answer(&ok(te), &chunked(BODY, 10, "", ""))),
        page(
            "/trailers",
            answer(
                &ok(&format!("{te}Trailer: X-Sum\n")),
                &chunked(BODY, 33, ";name=\"value\"", "X-Sum: 42\r\nx-other:  two  \r\n"),
            ),
        ),
        page(
            "/length-and-chunks",
            answer(&ok(&format!("Content-Length: 99999\n{te}")), &chunked(BODY, 20, "", "")),
        ),
        page("/odd-coding-name", answer(&ok("tRaNsFeR-eNcOdInG:\tCHUNKED\n"), &chunked(BODY, 40, " ", ""))),
        coded("/gzip", plain("gzip", &gz), gz.clone()),
        coded(
            "/chunked-gzip",
            answer(&ok(&format!("Content-Encoding: gzip\n{te}")), &chunked(&gz, 17, "", "")),
            gz,
        ),
        coded("/brotli", plain("br", &br), br),
    ]
}

fn heads() -> Vec<Answer> {
    let length = format!("Content-Length: {}\n", BODY.len());
    let many: String = (0..150).map(|number| format!("X-Field-{number}: {number}\n")).collect();
    vec![
        page(
            "/odd-case",
            answer(
                &format!(
                    "HTTP/1.1 200 Fine By Me\ncOnTeNt-TyPe:text/html\nX-ODD:   \tspaces \nSERVER: a\nserver: b\n{length}"
                ),
                BODY,
            ),
        ),
        page("/empty-reason", answer(&format!("HTTP/1.1 200 \nContent-Type: text/html\n{length}"), BODY)),
        page("/no-reason", answer(&format!("HTTP/1.1 200\nContent-Type: text/html\n{length}"), BODY)),
        page(
            "/twice",
            answer(&ok(&format!("Set-Cookie: a=1\nset-cookie: a=2\nSet-Cookie: a=1\n{length}")), BODY),
        ),
        page("/same-length-twice", answer(&ok(&format!("{length}{length}")), BODY)),
        page("/150-fields", answer(&ok(&format!("{many}{length}")), BODY)),
        // Python's client, with which the replay is read, takes such a name for the end of the head.
        other("/bad-names", answer(&ok(&format!("X(bad) name: 1\n{length}")), BODY), BODY),
        other("/no-name", answer(&ok(&format!(": nameless\n{length}")), BODY), BODY),
        page("/no-colon", answer(&ok(&format!("nonsense\n{length}")), BODY)),
        page("/folded", answer(&ok(&format!("X-Long: one\n  two\n\tthree\n{length}")), BODY)),
        page("/lf-only", [ok(&length).as_bytes(), b"\n", BODY].concat()),
        page(
            "/latin-1",
            [b"HTTP/1.1 200 OK\r\nX-Name: Caf\xe9\r\nContent-Type: text/html\r\n\r\n", BODY].concat(),
        ),
        page(
            "/103",
            answer(
                "HTTP/1.1 103 Early Hints\nLink: </style.css>; rel=preload\n",
                &answer(&ok(&length), BODY),
            ),
        ),
        page(
            "/100-102-103",
            [
                &b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"[..],
                &answer("HTTP/1.1 103 Early Hints\nLink: </a.css>\n", &answer(&ok(&length), BODY)),
            ]
            .concat(),
        ),
    ]
}

fn ends() -> Vec<Answer> {
    let length = format!("Content-Length: {}\n", BODY.len());
    let half = &BODY[..40];
    let whole = answer(&ok("Transfer-Encoding: chunked\n"), &chunked(BODY, 30, "", ""));
    let cut_chunk = whole[..whole.len() - 20].to_vec();
    let cut_payload = BODY[..BODY.len() - 13].to_vec();
    vec![
        page("/close-delimited", answer(OK, BODY)),
        page("/http-1-0", answer("HTTP/1.0 200 OK\nContent-Type: text/html\n", BODY)),
        page("/surplus", [answer(&ok(&length), BODY), b"\r\nHTTP/1.1 200 More\r\n\r\n".to_vec()].concat()),
        other("/short", answer(&ok(&length), half), half),
        other("/cut-chunk", cut_chunk, &cut_payload),
        Answer { path: "/http-0-9", sent: BODY.to_vec(), payload: None, shown: None },
        Answer {
            path: "/cut-head",
            sent: b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec(),
            payload: None,
            shown: None,
        },
    ]
}

fn statuses() -> Vec<Answer> {
    let length = format!("Content-Length: {}\n", BODY.len());
    let with = |status: &str, more: &str, body: &[u8]| {
        answer(&format!("HTTP/1.1 {status}\nContent-Type: text/html\n{more}"), body)
    };
    vec![
        Answer { shown: Some((404, BODY.to_vec())), ..page("/404", with("404 Not Here", &length, BODY)) },
        other("/204", answer("HTTP/1.1 204 No Content\nX-Odd: 1\n", b""), b""),
        other("/205", with("205 Reset Content", "Content-Length: 0\n", b""), b""),
        other(
            "/206",
            with("206 Partial Content", &format!("Content-Range: bytes 0-9/10\n{length}"), BODY),
            BODY,
        ),
        other("/304", answer("HTTP/1.1 304 Not Modified\nETag: \"a\"\n", b""), b""),
        other("/999", with("999 Request Denied", &length, BODY), BODY),
    ]
}

/// The body as brotli that compresses nothing: an empty window header, one block of bytes as they are, the end
/// (RFC 7932, section 9).
fn brotli(bytes: &[u8]) -> Vec<u8> {
    // WBITS 16 (one bit 0); then ISLAST 0, MNIBBLES 4, MLEN - 1 in 16 bits, ISUNCOMPRESSED 1, padding to a byte.
    let length = u32::try_from(bytes.len() - 1).unwrap();
    let bits = length << 4 | 1 << 20;
    let mut coded = bits.to_le_bytes()[..3].to_vec();
    coded.extend_from_slice(bytes);
    // ISLAST 1, ISLASTEMPTY 1.
    coded.push(3);
    coded
}

#[test]
fn every_answer_comes_back_as_it_was_sent() {
    let answers = answers();
    let table = || answers.iter().map(|answer| (answer.path, answer.sent.clone())).collect();
    let identity = Identity::of("127.0.0.1");
    let servers = [Server::of_table(table()), Server::of_table_over_tls(&identity, table())];
    let home = home_for(&servers, &identity);
    let cases: Vec<(&Answer, String)> = servers
        .iter()
        .flat_map(|server| answers.iter().map(|answer| (answer, server.url(answer.path))))
        .collect();

    // Each one into an archive of its own: the same payload would be stored once, and most of them have the same.
    let (plain, _) = cases.split_at(answers.len());
    for (number, (_, url)) in plain.iter().enumerate() {
        let alone = home.path(&format!("alone/{number}"));
        // Some of them are errors, and so are failures.
        let _ = Ran::of(home.command("vidimus").args(["--archive", alone.to_str().unwrap(), "capture", url]));
        join(&alone, &home.path("archive"));
    }
    let _ = home.vidimus(&["rebuild"]).ok();
    all_come_back(&home, plain);
    check_warcs(&home);
    let _ = home.vidimus(&["verify"]).ok();
    replayed(&home, plain);

    // All of them into one, where the payload is stored once.
    let home = home_for(&servers, &identity);
    let arguments: Vec<&str> =
        ["capture"].into_iter().chain(cases.iter().map(|(_, url)| url.as_str())).collect();
    // Some of them are errors, so not all is well.
    let _ = home.vidimus(&arguments).expect(1);
    all_come_back(&home, &cases);
    let types = check_warcs(&home);
    assert!(types["warc revisit"].as_u64() > types["warc response"].as_u64(), "{types}");
    let _ = home.vidimus(&["verify"]).ok();
    replayed(&home, &cases);
}

/// Moves the files of one archive into another.
fn join(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && entry.file_name() != "index" {
            std::fs::create_dir_all(&target).unwrap();
            join(&path, &target);
        } else if path.extension().is_some_and(|ending| ending == "gz") {
            std::fs::rename(&path, &target).unwrap();
        }
    }
}

/// Every answer comes out of the archive as it was sent, and its payload as well.
fn all_come_back(home: &Home, cases: &[(&Answer, String)]) {
    let everything = home.everything();
    for (answer, url) in cases {
        let line = everything
            .iter()
            .find(|line| line["url"] == *url)
            .unwrap_or_else(|| panic!("{url} is not listed"));
        let id = text(line, "id");
        let wire = home.vidimus(&["show", id, "--wire"]).ok().stdout;
        assert!(wire == answer.sent, "{url}: sent\n{}\nshown\n{}", lossy(&answer.sent), lossy(&wire));
        if let Some(payload) = &answer.payload {
            let raw = home.vidimus(&["show", id, "--raw"]).ok().stdout;
            assert!(raw == *payload, "{url}: payload\n{}\nshown\n{}", lossy(payload), lossy(&raw));
        }
    }
}

/// An archive for these servers, the authority of the second one trusted.
fn home_for(servers: &[Server; 2], identity: &Identity) -> Home {
    let [plain, tls] = servers.each_ref().map(Server::port);
    let main = config_for(plain).replace("allow_net = [", &format!("allow_net = [\"127.0.0.1/32:{tls}\", "));
    let home = Home::configured(&format!("{main}\n[tls]\nextra_roots = [\"authority.pem\"]\n"), "");
    home.write("config/authority.pem", identity.authority_pem());
    home
}

/// pywb gives back every page that is whole, decoded as a reader would see it.
fn replayed(home: &Home, cases: &[(&Answer, String)]) {
    let shown = cases.iter().filter_map(|(answer, url)| {
        let (status, body) = answer.shown.as_ref()?;
        Some((url.as_str(), *status, body.as_slice()))
    });
    let shown: Vec<_> = shown.collect();
    assert_eq!(replays(home, &shown), shown.len());
}

#[test]
fn each_hop_of_a_redirect_has_its_facts_its_bytes_and_its_certificates() {
    let last = reply("200 OK", &[("Content-Type", "text/html")], BODY);
    let identity = Identity::of("127.0.0.1");
    let tls = Server::of_table_over_tls(&identity, vec![("/last", last.clone())]);
    let first = reply("301 Moved", &[("Location", &tls.url("/last"))], b"<p>elsewhere");
    let plain = Server::of_table(vec![("/first", first.clone())]);
    let (url, port) = (plain.url("/first"), tls.port());
    let home = home_for(&[plain, tls], &identity);
    let line = home.vidimus(&["capture", "--json", &url]).ok().json().pop().unwrap();
    let id = text(&line, "id");

    for (number, sent) in [("1", &first), ("2", &last)] {
        let shown = home.vidimus(&["show", id, "--wire", "--exchange", number]).ok().stdout;
        assert!(shown == *sent, "exchange {number}: {}", lossy(&shown));
    }
    let _ = home.vidimus(&["show", id, "--wire", "--exchange", "3"]).expect(2);

    let shown = home.vidimus(&["show", id, "--json"]).ok().json().pop().unwrap();
    let [one, two] = shown["exchanges"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!((&one["status"], &two["status"]), (&json!(301), &json!(200)));
    assert_eq!((&one["tls"], &one["dns"]), (&json!(null), &json!(["127.0.0.1"])));
    assert_eq!((&two["remote_ip"], &two["remote_port"]), (&json!("127.0.0.1"), &json!(port)));
    for exchange in [one, two] {
        let times = &exchange["timings_us"];
        assert!(
            ["dns", "connect", "first_byte", "total"].iter().all(|step| times[step].is_u64()),
            "{exchange}"
        );
        let at = |field| text(exchange, field).parse::<Timestamp>().unwrap();
        assert!(at("started_at") <= at("finished_at"), "{exchange}");
        assert_eq!(exchange["truncated"], json!(null));
    }
    assert_eq!((&two["tls"]["version"], &two["tls"]["alpn"]), (&json!("TLSv1.3"), &json!(null)));
    assert!(two["timings_us"]["tls"].is_u64() && text(&two["tls"], "cipher").starts_with("TLS_"), "{two}");

    let pem = home.vidimus(&["show", id, "--certificates"]).ok().text();
    assert_eq!(by_openssl(&home, &pem), identity.chain(), "{pem}");
    let facts = home.vidimus(&["show", id]).ok().text();
    assert!(facts.contains("1 of 2: 301") && facts.contains("TLSv1.3"), "{facts}");
    check_warcs(&home);
    let _ = home.vidimus(&["verify"]).ok();
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(home.vidimus(&["show", id, "--certificates"]).ok().text(), pem);
}

/// The certificates in a text, as openssl reads them.
fn by_openssl(home: &Home, pem: &str) -> Vec<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let mut found = Vec::new();
    for certificate in pem.split(BEGIN).skip(1) {
        home.write("one.pem", format!("{BEGIN}{certificate}"));
        let mut openssl = Command::new("openssl");
        let command = openssl.args(["x509", "-outform", "der", "-in"]).arg(home.path("one.pem"));
        found.push(Ran::of(command).ok().stdout);
    }
    found
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_revisit_comes_back_as_it_was_sent_too() {
    let sent = answer(
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Type: text/html\n",
        &chunked(BODY, 25, "", ""),
    );
    let server = Server::of_table(vec![("/", sent.clone())]);
    let home = Home::configured(&config_for(server.port()), "");
    for wanted in ["captured", "unchanged"] {
        let line = home.vidimus(&["capture", "--json", &server.url("/")]).ok().json().pop().unwrap();
        assert_eq!(line["outcome"], wanted);
        assert_eq!(home.vidimus(&["show", text(&line, "id"), "--wire"]).ok().stdout, sent);
        assert_eq!(home.vidimus(&["show", text(&line, "id"), "--raw"]).ok().stdout, BODY);
    }
}

#[test]
fn the_request_says_who_asks_and_nothing_false() {
    let server = Server::of_table(vec![("/", reply("200 OK", &[], BODY))]);
    let main = format!("contact = \"https://archive.example/about\"\n{}", config_for(server.port()));
    let home = Home::configured(&main, "");
    let _ = home.vidimus(&["capture", &server.url("/")]);
    let head = server.requests().pop().unwrap().head;
    assert!(
        head.contains("User-Agent: vidimus/") && head.contains("(+https://archive.example/about)"),
        "{head}"
    );
    assert!(head.contains("Accept-Encoding: gzip\r\n"), "{head}");
}
