//! A time authority (RFC 3161) on a free port of this machine; `openssl ts -reply` makes its answers. It can be told to be
//! down, slow, or wrong.

use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::pki::{Pki, Token};
use crate::{Request, Server, reply, send, wait_until};

/// How an authority answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// As it should.
    Well,
    /// Not at all: the connection is closed.
    Down,
    /// With status 503.
    Busy,
    /// Never, until it is told otherwise; the connection stays open.
    Silent,
    /// With a page of HTML.
    Garbage,
    /// With a good token, but for other bytes and another request.
    OtherData,
    /// With a refusal, in due form.
    Refusal,
    /// With more bytes than anybody should read.
    Endless,
}

/// A running authority. It lives as long as the test's process.
#[derive(Debug)]
pub struct TimeAuthority {
    pki: Arc<Mutex<Pki>>,
    how: Arc<Mutex<Answers>>,
    root: PathBuf,
    server: Server,
}

impl Default for TimeAuthority {
    fn default() -> Self {
        Self::start()
    }
}

impl TimeAuthority {
    /// Starts one, with a root and a unit of its own. It answers well.
    #[must_use]
    pub fn start() -> Self {
        let pki = Pki::usual();
        let root = pki.path("root.pem");
        let (pki, how) = (Arc::new(Mutex::new(pki)), Arc::new(Mutex::new(Answers::Well)));
        let (its_pki, its_how) = (Arc::clone(&pki), Arc::clone(&how));
        let server = Server::whole(move |request, stream| answer(&its_pki, &its_how, request, stream));
        Self { pki, how, root, server }
    }

    /// From now on it answers so.
    pub fn answers(&self, how: Answers) {
        *self.how.lock().unwrap() = how;
    }

    /// The root certificate, as PEM.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.root.clone()
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url("/stamp")
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.server.requests().len()
    }

    /// The last request, as it arrived.
    #[must_use]
    pub fn last_request(&self) -> Request {
        self.server.requests().pop().unwrap()
    }

    /// The lines that configure it under a name, with its root.
    #[must_use]
    pub fn config(&self, name: &str) -> String {
        let (url, root) = (self.url(), self.root.display());
        format!("\n[[timestamp]]\nname = \"{name}\"\nurl = \"{url}\"\nroot = \"{root}\"\ntimeout = \"2s\"\n")
    }

    /// Answers a request, as bytes, without being asked over HTTP.
    #[must_use]
    pub fn stamp(&self, query: &[u8]) -> Vec<u8> {
        stamp(&self.pki.lock().unwrap(), query, &Token::default())
    }
}

fn answer(pki: &Mutex<Pki>, how: &Mutex<Answers>, request: &Request, stream: &mut TcpStream) {
    let now = || *how.lock().unwrap();
    let stamped = |bytes: &[u8]| reply("200 OK", &[("Content-Type", "application/timestamp-reply")], bytes);
    let bytes = match now() {
        Answers::Well => stamped(&stamp(&pki.lock().unwrap(), &request.body, &Token::default())),
        Answers::Down => return,
        Answers::Busy => reply("503 Service Unavailable", &[], b"later"),
        Answers::Silent => return wait_until("the authority speaks again", || now() != Answers::Silent),
        Answers::Garbage => stamped(b"<!doctype html><title>Welcome</title>"),
        Answers::OtherData => {
            let pki = pki.lock().unwrap();
            pki.write("other", "other");
            pki.query("other", "other", &["-cert"]);
            let query = pki.read("other.tsq");
            stamped(&stamp(&pki, &query, &Token::default()))
        }
        Answers::Refusal => {
            // An authority that signs no hash of this kind says so.
            let only_others = Token { more: "digests=sha512", ..Token::default() };
            stamped(&stamp(&pki.lock().unwrap(), &request.body, &only_others))
        }
        Answers::Endless => stamped(&vec![0x30; 3_000_000]),
    };
    send(stream, &bytes);
}

fn stamp(pki: &Pki, query: &[u8], how: &Token<'_>) -> Vec<u8> {
    pki.write("asked.tsq", query);
    pki.answer("asked", how);
    pki.read("asked.tsr")
}
