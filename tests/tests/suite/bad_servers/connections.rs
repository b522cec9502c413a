//! Connections that are refused, broken off, or go silent.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use vidimus_tests::reply;

use super::{Case, Does, GOOD, Kept, check, cut, drain, message, page, whole};

/// An answer that promises more than it holds.
fn long() -> Vec<u8> {
    page("HTTP/1.1 200 OK\nContent-Length: 9999")
}

fn acts(name: &'static str, act: impl Fn(TcpStream) + Send + Sync + 'static, outcome: &'static str) -> Case {
    Case { name, does: Does::Acts(Box::new(act)), outcome, cut: "", kept: Kept::Nothing }
}

#[test]
fn connections() {
    check(vec![
        Case {
            name: "refuses the connection",
            does: Does::IsAt(format!("http://127.0.0.1:{}/", closed_port())),
            outcome: "failed connect-refused",
            cut: "",
            kept: Kept::Nothing,
        },
        Case {
            name: "accepts no connection in time",
            does: Does::IsAt(format!("http://127.0.0.1:{}/", full_port())),
            outcome: "failed connect-timeout",
            cut: "",
            kept: Kept::Nothing,
        },
        acts("accepts and closes", drop, "failed empty-reply"),
        acts("accepts and is silent", drain, "failed first-byte-timeout"),
        whole_nothing("reads the request and closes"),
        Case {
            name: "reads the request and resets",
            does: Does::SendsAndResets(Vec::new()),
            outcome: "failed empty-reply",
            cut: "",
            kept: Kept::Nothing,
        },
        cut("closes in the status line", b"HTTP/1.1 20".to_vec(), "failed disconnect", "disconnect"),
        Case {
            name: "falls silent in the status line",
            does: Does::SendsAndWaits(b"HTTP/1.1 20".to_vec()),
            outcome: "failed idle-timeout",
            cut: "time",
            kept: Kept::All,
        },
        cut(
            "closes in the head",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Le".to_vec(),
            "failed disconnect",
            "disconnect",
        ),
        Case {
            name: "falls silent in the body",
            does: Does::SendsAndWaits(long()),
            outcome: "truncated idle-timeout",
            cut: "time",
            kept: Kept::All,
        },
        cut("closes before the length is reached", long(), "truncated disconnect", "disconnect"),
        cut("closes after 100 bytes", long()[..100].to_vec(), "truncated disconnect", "disconnect"),
        cut(
            "closes right after a head that promises a body",
            message("HTTP/1.1 200 OK\nContent-Length: 50", b""),
            "truncated disconnect",
            "disconnect",
        ),
        Case {
            name: "resets after the head",
            does: Does::SendsAndResets(message("HTTP/1.1 200 OK\nContent-Length: 50", b"")),
            outcome: "truncated disconnect",
            cut: "disconnect",
            kept: Kept::All,
        },
        Case {
            name: "resets in the body",
            does: Does::SendsAndResets(long()),
            outcome: "truncated disconnect",
            cut: "disconnect",
            kept: Kept::All,
        },
        Case {
            name: "resets when all of the length is sent",
            does: Does::SendsAndResets(reply("200 OK", &[("Content-Type", "text/html")], GOOD.as_bytes())),
            outcome: "captured",
            cut: "",
            kept: Kept::All,
        },
        Case {
            name: "never closes, with a length",
            does: Does::SendsAndWaits(reply("200 OK", &[("Content-Type", "text/html")], GOOD.as_bytes())),
            outcome: "captured",
            cut: "",
            kept: Kept::All,
        },
        Case {
            name: "never closes, without a length",
            does: Does::SendsAndWaits(page("HTTP/1.1 200 OK")),
            outcome: "truncated idle-timeout",
            cut: "time",
            kept: Kept::All,
        },
        Case {
            name: "drips the head, byte for byte",
            does: Does::SendsForEver(
                b"HTTP/1.1 200 OK\r\nX: ".to_vec(),
                b"x".to_vec(),
                Duration::from_millis(50),
            ),
            outcome: "failed total-timeout",
            cut: "time",
            kept: Kept::AtLeast(20),
        },
        Case {
            name: "drips the body, byte for byte",
            does: Does::SendsForEver(page("HTTP/1.1 200 OK"), b"x".to_vec(), Duration::from_millis(50)),
            outcome: "truncated total-timeout",
            cut: "time",
            kept: Kept::AtLeast(GOOD.len()),
        },
        Case {
            name: "answers before it is asked",
            does: Does::SendsUnasked(reply("200 OK", &[("Content-Type", "text/html")], GOOD.as_bytes())),
            outcome: "captured",
            cut: "",
            kept: Kept::All,
        },
    ]);
}

fn whole_nothing(name: &'static str) -> Case {
    Case { kept: Kept::Nothing, ..whole(name, Vec::new(), "failed empty-reply") }
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A port on which somebody listens who never accepts, and whose queue is full.
fn full_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
    }
    // They wait as long as the tests run.
    std::mem::forget((listener, waiting));
    address.port()
}
