//! TLS that stalls, breaks off, or shows the wrong certificate.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use vidimus_tests::{Home, Identity, reply, send};

use super::{Case, Close, Does, GOOD, Kept, Running, check, page, settings};

const HOST: &str = "127.0.0.1";

fn answers(name: &'static str, identity: Identity, close: Close, outcome: &'static str) -> Case {
    let sent = reply("200 OK", &[("Content-Type", "text/html")], GOOD.as_bytes());
    Case { name, does: Does::SendsOverTls(identity, sent, close), outcome, cut: "", kept: Kept::All }
}

/// A server whose certificate is not accepted: nothing is asked of it.
fn unwelcome(name: &'static str, identity: Identity) -> Case {
    Case { kept: Kept::Nothing, ..answers(name, identity, Close::WithNotify, "failed certificate") }
}

fn acts(name: &'static str, act: impl Fn(TcpStream) + Send + Sync + 'static, outcome: &'static str) -> Case {
    Case { name, does: Does::ActsOverTls(Box::new(act)), outcome, cut: "", kept: Kept::Nothing }
}

/// Reads the beginning of the handshake, and answers with these bytes.
fn answering(bytes: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync + 'static {
    move |mut stream| {
        let _ = stream.read(&mut [0_u8; 4096]);
        send(&mut stream, bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        while stream.read(&mut [0_u8; 1024]).is_ok_and(|count| count > 0) {}
    }
}

#[test]
fn tls() {
    let stalls = |mut stream: TcpStream| {
        while stream.read(&mut [0_u8; 1024]).is_ok_and(|count| count > 0) {}
    };
    check(vec![
        answers("closes as it should", Identity::of(HOST), Close::WithNotify, "captured"),
        answers(
            "does not say that it closes, but said how long it is",
            Identity::of(HOST),
            Close::WithoutNotify,
            "captured",
        ),
        Case {
            does: Does::SendsOverTls(Identity::of(HOST), page("HTTP/1.1 200 OK"), Close::WithoutNotify),
            outcome: "truncated unclean-close",
            cut: "disconnect",
            ..answers("does not say that it closes", Identity::of(HOST), Close::WithoutNotify, "")
        },
        Case {
            does: Does::SendsOverTls(Identity::of(HOST), page("HTTP/1.1 200 OK"), Close::WithNotify),
            ..answers(
                "closes as it should, without a length",
                Identity::of(HOST),
                Close::WithNotify,
                "captured",
            )
        },
        Case {
            does: Does::SendsOverTls(Identity::of(HOST), Vec::new(), Close::WithNotify),
            kept: Kept::Nothing,
            ..answers(
                "shakes hands and says nothing",
                Identity::of(HOST),
                Close::WithNotify,
                "failed empty-reply",
            )
        },
        Case {
            does: Does::SendsOverTls(Identity::of(HOST), Vec::new(), Close::WithoutNotify),
            kept: Kept::Nothing,
            ..answers(
                "shakes hands and is gone",
                Identity::of(HOST),
                Close::WithoutNotify,
                "failed empty-reply",
            )
        },
        answers(
            "speaks HTTP/1.1 by name",
            Identity::of(HOST).speaking("http/1.1"),
            Close::WithNotify,
            "captured",
        ),
        acts("stalls in the handshake", stalls, "failed tls-timeout"),
        acts("closes in the handshake", drop, "failed tls"),
        acts(
            "garbage in the handshake",
            answering(b"\x16\x03\x03\x00\x05garbage and more of it"),
            "failed tls",
        ),
        acts(
            "plain HTTP on a TLS port",
            answering(b"HTTP/1.1 400 Bad Request\r\n\r\nthis port speaks HTTP"),
            "failed tls",
        ),
        acts("an alert in the handshake", answering(b"\x15\x03\x03\x00\x02\x02\x28"), "failed tls"),
        acts("SSL 3 in answer", answering(b"\x16\x03\x00\x00\x04\x02\x00\x00\x00"), "failed tls"),
        acts("drips the handshake", drips, "failed tls-timeout"),
        Case {
            kept: Kept::Nothing,
            ..answers(
                "speaks HTTP/2 alone",
                Identity::of(HOST).speaking("h2"),
                Close::WithNotify,
                "failed tls",
            )
        },
        unwelcome("a certificate of another name", Identity::of("other.example")),
        unwelcome("a certificate of yesterday", Identity::expired(HOST)),
        unwelcome("a certificate of an authority that nobody knows", Identity::of(HOST).untrusted()),
        unwelcome("a certificate that vouches for itself", Identity::self_signed(HOST)),
    ]);
}

#[test]
fn what_a_try_without_an_answer_met_is_kept_and_comes_back_with_a_rebuild() {
    let case = Case {
        does: Does::SendsOverTls(Identity::of(HOST), Vec::new(), Close::WithNotify),
        ..answers("shakes hands alone", Identity::of(HOST), Close::WithNotify, "failed empty-reply")
    };
    let mut roots = String::new();
    let server = Running::start(case, &mut roots);
    let home = Home::configured(&settings(&roots), "");
    home.write("config/roots.pem", &roots);
    let _ = home.vidimus(&["capture", &server.url]).expect(1);
    let shown = || {
        let facts = home.vidimus(&["show", &server.url, "--json"]).ok().json().pop().unwrap();
        (facts["exchanges"].clone(), home.vidimus(&["show", &server.url, "--certificates"]).ok().text())
    };
    let (exchanges, pem) = shown();
    assert_eq!(
        (&exchanges[0]["tls"]["version"], &exchanges[0]["wire_bytes"]),
        (&json!("TLSv1.3"), &json!(0))
    );
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2, "{pem}");
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(shown(), (exchanges, pem));
    let _ = home.vidimus(&["verify"]).ok();
}

fn drips(mut stream: TcpStream) {
    let _ = stream.read(&mut [0_u8; 4096]);
    // The head of a record of 16,000 bytes, and then one byte at a time.
    send(&mut stream, b"\x16\x03\x03\x3e\x80");
    while stream.write_all(b"\x02").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
}
