//! Servers that misbehave on purpose: for each behaviour what becomes of the try, how the record says that it is cut
//! short, and what of the bytes is kept. None of them harms the archive, and a good page behind the same door is had.

mod bodies;
mod codings;
mod connections;
mod heads;
mod redirects;
mod tls;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::Value;
use vidimus_tests::{Home, Identity, finish, html, listen, read_request, send};

use crate::common::{outcome, text};
use crate::conformance::check_warcs;

const GOOD: &str = "<!doctype html><html lang=en><title>A good page</title><article><h1>A good page</h1><p>The \
    committee met on Tuesday and resolved that the meadow by the mill remains a meadow, as it has been for as long as \
    anyone in the village remembers.</p><p>It will meet again in the autumn.</p></article></html>";

/// Bounds small enough that the suite is quick, and large enough that only who misbehaves meets them.
const LIMITS: &str = r#"
[limits]
connect = "1500ms"
tls = "1500ms"
first_byte = "1500ms"
idle = "1500ms"
total = "4s"
wire_bytes = 400_000
decoded_bytes = 3_000_000
header_bytes = 20_000
header_count = 200
redirects = 4
"#;

/// One behaviour.
struct Case {
    name: &'static str,
    does: Does,
    /// Outcome and code, as in `failed connect-refused`.
    outcome: &'static str,
    /// The value of `WARC-Truncated`; empty where the record has none.
    cut: &'static str,
    kept: Kept,
}

/// What a server does.
enum Does {
    /// Reads the request, sends these bytes, and closes in good order.
    Sends(Vec<u8>),
    /// Reads the request, sends these bytes, and then keeps the connection open and silent.
    SendsAndWaits(Vec<u8>),
    /// Reads the request, sends these bytes, and then breaks the connection off.
    SendsAndResets(Vec<u8>),
    /// Reads the request, sends the first bytes, and then the others over and over, with a pause between.
    SendsForEver(Vec<u8>, Vec<u8>, Duration),
    /// Sends these bytes before it is asked for anything.
    SendsUnasked(Vec<u8>),
    /// Whatever it does with a connection.
    Acts(Box<dyn Fn(TcpStream) + Send + Sync>),
    /// Does nothing: the address is this.
    IsAt(String),
    /// Speaks TLS with this identity, and then sends these bytes in answer.
    SendsOverTls(Identity, Vec<u8>, Close),
    /// Acts on a connection to which the client wants to speak TLS.
    ActsOverTls(Box<dyn Fn(TcpStream) + Send + Sync>),
}

/// How a TLS server ends.
#[derive(Clone, Copy)]
enum Close {
    WithNotify,
    WithoutNotify,
}

/// What of the bytes that a server sent must be in the archive.
enum Kept {
    /// All, to the last bit.
    All,
    /// What came before a bound was reached, or the connection broke: a beginning of what was sent, at least so long.
    AtLeast(usize),
    /// Nothing came.
    Nothing,
    /// Something; how it is kept another case says.
    Something,
}

/// A behaviour of a server that answers whole, and whose bytes are all kept.
fn whole(name: &'static str, sent: Vec<u8>, outcome: &'static str) -> Case {
    Case { name, does: Does::Sends(sent), outcome, cut: "", kept: Kept::All }
}

/// A behaviour of a server whose answer is cut short; what it sent is all kept.
fn cut(name: &'static str, sent: Vec<u8>, outcome: &'static str, reason: &'static str) -> Case {
    Case { name, does: Does::Sends(sent), outcome, cut: reason, kept: Kept::All }
}

/// A head, its line ends written `\n` here, and a body.
fn message(head: &str, body: &[u8]) -> Vec<u8> {
    [head.replace('\n', "\r\n").as_bytes(), b"\r\n\r\n", body].concat()
}

/// A page of HTML under this head.
fn page(head: &str) -> Vec<u8> {
    message(&format!("{head}\nContent-Type: text/html"), GOOD.as_bytes())
}

/// Runs the cases of a table against the real program, one server for each, and a good page after every one of them.
fn check(table: Vec<Case>) {
    let mut roots = String::new();
    let running: Vec<Running> = table.into_iter().map(|case| Running::start(case, &mut roots)).collect();
    let home = Home::configured(&settings(&roots), "");
    if !roots.is_empty() {
        home.write("config/roots.pem", &roots);
    }
    let good = listen(|mut stream| {
        let _ = read_request(&mut stream);
        send(&mut stream, &html(GOOD));
        finish(&mut stream);
    });
    let good = format!("http://127.0.0.1:{good}/good");
    let mut arguments = vec!["capture"];
    arguments.extend(running.iter().map(|server| server.url.as_str()));
    arguments.push(&good);
    let ran = home.vidimus(&arguments);
    assert!(matches!(ran.code, Some(0 | 1)) && !ran.stderr.contains("panicked"), "{}", ran.story());

    let everything = home.everything();
    let mut faults: Vec<String> = Vec::new();
    for server in &running {
        let tries: Vec<&Value> = everything.iter().filter(|line| line["url"] == server.url).collect();
        match tries.as_slice() {
            [line] => faults.extend(server.faults(&home, line)),
            other => faults.push(format!("{}: {} outcomes", server.case.name, other.len())),
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), running.len(), faults.join("\n"));
    let last = everything.last().unwrap();
    assert_eq!((text(last, "url"), outcome(last).as_str()), (good.as_str(), "captured"));
    assert_eq!(everything.len(), running.len() + 1, "every address tried has one outcome");

    let _ = home.vidimus(&["verify"]).ok();
    check_warcs(&home);
    let mut names = BTreeMap::new();
    running.iter().for_each(|server| *names.entry(server.case.name).or_insert(0) += 1);
    assert!(names.values().all(|count| *count == 1), "each behaviour has a name of its own: {names:?}");
}

fn settings(roots: &str) -> String {
    let trusted = if roots.is_empty() { "" } else { "\n[tls]\nextra_roots = [\"roots.pem\"]\n" };
    format!(
        "archive = \"../archive\"\nsources = \"sources.toml\"\nallow_net = [\"127.0.0.1/32:*\"]\n{LIMITS}{trusted}"
    )
}

/// A case, and where its server is.
struct Running {
    case: Case,
    url: String,
}

impl Running {
    fn start(case: Case, roots: &mut String) -> Self {
        let path = case.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let at = |scheme: &str, port: u16| format!("{scheme}://127.0.0.1:{port}/{path}");
        let url = match &case.does {
            Does::IsAt(url) => url.clone(),
            Does::Sends(bytes) => at("http", serve(bytes, |mut stream| finish(&mut stream))),
            Does::SendsAndWaits(bytes) => at("http", serve(bytes, drain)),
            Does::SendsAndResets(bytes) => at("http", serve(bytes, reset)),
            Does::SendsUnasked(bytes) => {
                let bytes = bytes.clone();
                let act = move |mut stream: TcpStream| {
                    send(&mut stream, &bytes);
                    drain(stream);
                };
                at("http", listen(act))
            }
            Does::SendsForEver(bytes, more, pause) => {
                let (more, pause) = (more.clone(), *pause);
                at("http", serve(bytes, move |stream| for_ever(stream, &more, pause)))
            }
            Does::SendsOverTls(identity, bytes, close) => {
                roots.push_str(identity.authority_pem());
                let (config, bytes, close) = (identity.config(), bytes.clone(), *close);
                at("https", listen(move |stream| over_tls(stream, &config, &bytes, close)))
            }
            Does::Acts(_) | Does::ActsOverTls(_) => String::new(),
        };
        match case.does {
            Does::Acts(act) => {
                let url = at("http", listen(act));
                Self { case: Case { does: Does::IsAt(url.clone()), ..case }, url }
            }
            Does::ActsOverTls(act) => {
                let url = at("https", listen(act));
                Self { case: Case { does: Does::IsAt(url.clone()), ..case }, url }
            }
            does => Self { case: Case { does, ..case }, url },
        }
    }

    /// The bytes that its server begins with, and those that it then sends over and over.
    fn sent(&self) -> (&[u8], &[u8]) {
        match &self.case.does {
            Does::Sends(bytes)
            | Does::SendsAndWaits(bytes)
            | Does::SendsAndResets(bytes)
            | Does::SendsUnasked(bytes)
            | Does::SendsOverTls(_, bytes, _) => (bytes, &[]),
            Does::SendsForEver(bytes, more, _) => (bytes, more),
            _ => (&[], &[]),
        }
    }

    fn faults(&self, home: &Home, line: &Value) -> Vec<String> {
        let case = &self.case;
        let mut faults = Vec::new();
        let mut blame = |what: String| faults.push(format!("{}: {what}", case.name));
        let (found, said) = (outcome(line), text(line, "message"));
        if found != case.outcome {
            blame(format!("'{found}' ({said}), not '{}'", case.outcome));
        }
        if found != "captured" && found != "unchanged" && said.split_whitespace().count() < 4 {
            blame(format!("'{found}' is explained by '{said}'"));
        }
        let id = text(line, "id");
        if matches!(case.kept, Kept::Nothing) != id.is_empty() {
            blame(format!("its name is '{id}'"));
        }
        if id.is_empty() {
            return faults;
        }
        let shown = home.vidimus(&["show", id, "--json"]).ok().json().pop().unwrap();
        let reason = shown["exchanges"].as_array().unwrap().last().unwrap()["truncated"]["reason"].clone();
        if reason.as_str().unwrap_or_default() != case.cut {
            blame(format!("WARC-Truncated is {reason}, not '{}'", case.cut));
        }
        let wire = home.vidimus(&["show", id, "--wire"]);
        if wire.code != Some(0) {
            blame(wire.story());
        } else if let Some(what) = self.differs(&wire.stdout) {
            blame(what);
        }
        faults
    }

    /// How what was kept differs from what was sent.
    fn differs(&self, wire: &[u8]) -> Option<String> {
        let (first, more) = self.sent();
        let all: Vec<u8> = first.iter().chain(more.iter().cycle()).take(wire.len()).copied().collect();
        let least = match self.case.kept {
            Kept::All => first.len(),
            Kept::AtLeast(least) => least,
            Kept::Nothing => 0,
            Kept::Something => return wire.is_empty().then(|| "nothing is kept".to_owned()),
        };
        let too_long = more.is_empty() && wire.len() > first.len();
        (all != wire || wire.len() < least || too_long)
            .then(|| format!("of {} bytes {} are kept: {}", first.len(), wire.len(), lossy(wire)))
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..300).unwrap_or(bytes)).into_owned()
}

/// A server that reads the request and sends these bytes; `then` ends it.
fn serve(bytes: &[u8], then: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let bytes = bytes.to_vec();
    listen(move |mut stream| {
        if read_request(&mut stream).is_some() {
            send(&mut stream, &bytes);
            then(stream);
        }
    })
}

/// Says nothing more until the client has gone.
fn drain(mut stream: TcpStream) {
    while stream.read(&mut [0_u8; 1024]).is_ok_and(|count| count > 0) {}
}

/// Breaks the connection off: what lingers for no time is closed by a reset.
fn reset(stream: TcpStream) {
    let socket = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
    assert!(socket.is_ok(), "{socket:?}");
    drop(stream);
}

fn for_ever(mut stream: TcpStream, more: &[u8], pause: Duration) {
    while stream.write_all(more).is_ok() {
        std::thread::sleep(pause);
    }
}

fn over_tls(mut stream: TcpStream, config: &Arc<ServerConfig>, bytes: &[u8], close: Close) {
    let Ok(mut session) = rustls::ServerConnection::new(Arc::clone(config)) else { return };
    let mut tls = rustls::Stream::new(&mut session, &mut stream);
    if read_request(&mut tls).is_none() {
        return;
    }
    send(&mut tls, bytes);
    if matches!(close, Close::WithNotify) {
        session.send_close_notify();
        let _ = session.write_tls(&mut stream);
    }
    let _ = stream.shutdown(Shutdown::Write);
    drain(stream);
}
