//! A server that sends exactly the bytes it is told to, well-formed or not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::Identity;

/// A client that is silent for longer is let go.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path and query asked for.
    pub target: String,
    /// The whole head, as sent.
    pub head: String,
    /// The body, as long as the head says that it is.
    pub body: Vec<u8>,
}

/// A running server on a free port of this machine. It lives as long as the test's process.
#[derive(Debug)]
pub struct Server {
    scheme: &'static str,
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    robots: Arc<Mutex<Option<String>>>,
}

impl Server {
    /// Starts a server: `answer` gets each request and writes whatever it likes. When it returns, the connection is
    /// closed. Only `/robots.txt` is answered here, with 404, so that all is allowed, until [`Server::forbid`] is called.
    #[must_use]
    pub fn start(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let robots = Arc::<Mutex<Option<String>>>::default();
        let rules = Arc::clone(&robots);
        let server = Self::whole(move |request, stream| match request.target.as_str() {
            "/robots.txt" => {
                let rules = rules.lock().unwrap().clone();
                let plain = [("Content-Type", "text/plain")];
                let answer = rules.map(|rules| reply("200 OK", &plain, rules.as_bytes()));
                send(stream, &answer.unwrap_or_else(|| reply("404 Not Found", &[], b"")));
            }
            _ => answer(request, stream),
        });
        Self { robots, ..server }
    }

    /// Starts a server that leaves `/robots.txt` to `answer` as well.
    #[must_use]
    pub fn whole(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::run("http", move |mut stream, log| {
            serve(&mut stream, log, &answer);
            finish(&mut stream);
        })
    }

    fn run(
        scheme: &'static str,
        each: impl Fn(TcpStream, &Mutex<Vec<Request>>) + Send + Sync + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let port = listen(move |stream| each(stream, &log));
        Self { scheme, port, requests, robots: Arc::default() }
    }

    /// A server like that of [`Server::of_table`], over TLS.
    #[must_use]
    pub fn of_table_over_tls(identity: &Identity, table: Vec<(&'static str, Vec<u8>)>) -> Self {
        let config = identity.config();
        Self::run("https", move |mut stream, log| {
            let Ok(mut session) = rustls::ServerConnection::new(Arc::clone(&config)) else { return };
            let mut tls = rustls::Stream::new(&mut session, &mut stream);
            serve(&mut tls, log, &|request, stream| send(stream, &of(&table, request)));
            session.send_close_notify();
            let _ = session.write_tls(&mut stream);
            finish(&mut stream);
        })
    }

    /// A server that sends the same bytes for every request to a path of the table, and 404 for the rest.
    #[must_use]
    pub fn of_table(table: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self::start(move |request, stream| send(stream, &of(&table, request)))
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a path on this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    /// From now on `/robots.txt` says this.
    pub fn forbid(&self, rules: &str) {
        *self.robots.lock().unwrap() = Some(rules.to_owned());
    }

    /// The requests so far, those for `/robots.txt` left out.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    #[must_use]
    pub fn count(&self, target: &str) -> usize {
        self.requests.lock().unwrap().iter().filter(|request| request.target == target).count()
    }
}

/// Listens on a free port of this machine, and hands every connection to `each` in a thread of its own; gives the port.
pub fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let each = Arc::new(each);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = stream.set_read_timeout(Some(PATIENCE));
            let _ = stream.set_write_timeout(Some(PATIENCE));
            let each = Arc::clone(&each);
            thread::spawn(move || each(stream));
        }
    });
    port
}

/// The bytes of a table for a request; 404 for what is not in it.
fn of(table: &[(&'static str, Vec<u8>)], request: &Request) -> Vec<u8> {
    let found = table.iter().find(|(target, _)| *target == request.target);
    found.map_or_else(|| reply("404 Not Found", &[], b"not here"), |(_, bytes)| bytes.clone())
}

fn serve<S: Read + Write>(stream: &mut S, log: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request, &mut S)) {
    let Some(request) = read_request(stream) else { return };
    if request.target != "/robots.txt" {
        log.lock().unwrap().push(request.clone());
    }
    answer(&request, stream);
}

/// Reads the head of a request; `None` when the client goes away before it is whole.
pub fn read_request(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut block = [0_u8; 4096];
    let mut more = |bytes: &mut Vec<u8>| {
        let count = stream.read(&mut block).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&block[..count]);
        Some(())
    };
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        more(&mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        more(&mut bytes)?;
    }
    let target = head.split(' ').nth(1).unwrap_or("/").to_owned();
    Some(Request { target, head, body: bytes[end..].to_vec() })
}

/// Writes, and does not mind a client that has gone away.
pub fn send(stream: &mut impl Write, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

/// Closes so that what was sent arrives: a socket closed over unread bytes would be reset.
pub fn finish(stream: &mut TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = stream.read(&mut [0_u8; 64]);
}

/// An answer with a `Content-Length`.
#[must_use]
pub fn reply(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// A page of HTML, answered well.
#[must_use]
pub fn html(body: &str) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", "text/html; charset=utf-8")], body.as_bytes())
}
