//! Heads that are too long, too many, or no heads.

use std::time::Duration;

use super::{Case, Does, GOOD, Kept, check, cut, message, page, whole};

const AT_ONCE: Duration = Duration::ZERO;

/// A whole answer under this status line, with this much more in its head.
fn with(line: &str, more: &str) -> Vec<u8> {
    page(&format!("{line}{more}\nContent-Length: {}", GOOD.len()))
}

fn endless(name: &'static str, first: &[u8], more: &[u8], outcome: &'static str, least: usize) -> Case {
    let does = Does::SendsForEver(first.to_vec(), more.to_vec(), AT_ONCE);
    Case { name, does, outcome, cut: "length", kept: Kept::AtLeast(least) }
}

#[test]
fn heads() {
    let ok = "HTTP/1.1 200 OK";
    let garbage = "failed malformed-http";
    let interim = |count: usize| [b"HTTP/1.1 103 Early\r\n\r\n".repeat(count), with(ok, "")].concat();
    check(vec![
        endless(
            "one header line without end",
            b"HTTP/1.1 200 OK\r\nX: ",
            &[b'x'; 4096],
            "failed header-bytes",
            8192,
        ),
        endless(
            "headers without end",
            b"HTTP/1.1 200 OK\r\n",
            &b"X: y\r\n".repeat(100),
            "failed header-count",
            1000,
        ),
        endless("a status line without end", b"HTTP/1.1 200 ", &[b'k'; 4096], "failed header-bytes", 8192),
        endless(
            "interim heads without end",
            b"",
            &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(50),
            "failed interim-heads",
            1000,
        ),
        endless("blank lines without end", b"", &b"\r\n".repeat(500), "failed header-count", 1000),
        Case { cut: "", ..endless("line noise without end", b"", &[0x80; 4096], garbage, 1) },
        Case {
            kept: Kept::All,
            ..cut(
                "300 headers where 200 may be",
                with(ok, &"\nX: y".repeat(300)),
                "truncated header-count",
                "length",
            )
        },
        Case {
            kept: Kept::AtLeast(8192),
            ..cut(
                "one header of 100,000 bytes",
                with(ok, &format!("\nX: {}", "y".repeat(100_000))),
                "failed header-bytes",
                "length",
            )
        },
        whole("150 headers", with(ok, &"\nX-Field: y".repeat(150)), "captured"),
        whole("a hundred interim heads", interim(100), "captured"),
        cut("more than a hundred interim heads", interim(101), "failed interim-heads", "length"),
        whole("a blank line before the head", [b"\r\n", &with(ok, "")[..]].concat(), "captured"),
        whole("noise before the status line", [b"noise\r\n", &with(ok, "")[..]].concat(), garbage),
        whole("NUL in a header value", with(ok, "\nX: a\0b"), "captured"),
        whole("NUL in a header name", with(ok, "\nX\0: b"), "captured"),
        whole("NUL in the status line", with("HTTP/1.1 200 O\0K", ""), "captured"),
        whole("line ends of CR alone", b"HTTP/1.1 200 OK\rContent-Length: 2\r\rhi".to_vec(), garbage),
        whole(
            "line ends of LF alone",
            format!("HTTP/1.1 200 OK\nContent-Length: {}\n\n{GOOD}", GOOD.len()).into_bytes(),
            "captured",
        ),
        whole("a header that begins with a space", with(ok, "\n X: 1"), "captured"),
        whole("a header without a name", with(ok, "\n: 1"), "captured"),
        whole("a header without a colon", with(ok, "\nnonsense"), "captured"),
        whole("spaces in a header name", with(ok, "\nX odd name: 1"), "captured"),
        whole(
            "a header name of Latin-1",
            [&b"HTTP/1.1 200 OK\r\nX-\xe9: 1\r\n"[..], &page(&format!("Content-Length: {}", GOOD.len()))]
                .concat(),
            "captured",
        ),
        whole("status of two digits", with("HTTP/1.1 20 OK", ""), garbage),
        whole("status of four digits", with("HTTP/1.1 2000 OK", ""), garbage),
        whole("status of letters", with("HTTP/1.1 abc OK", ""), garbage),
        whole("status 000", with("HTTP/1.1 000 Nothing", ""), garbage),
        whole("status 099", with("HTTP/1.1 099 Less", ""), garbage),
        whole("status 999", with("HTTP/1.1 999 Denied", ""), "http-error 999"),
        whole("status 600", with("HTTP/1.1 600 Beyond", ""), "http-error 600"),
        whole("no status at all", with("HTTP/1.1", ""), garbage),
        whole("HTTP/1.2", with("HTTP/1.2 200 OK", ""), "captured"),
        whole("HTTP/3.0", with("HTTP/3.0 200 OK", ""), "captured"),
        whole("the protocol in small letters", with("http/1.1 200 OK", ""), garbage),
        whole("ICY", with("ICY 200 OK", ""), garbage),
        whole("HTTP/0.9", GOOD.as_bytes().to_vec(), garbage),
        whole("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), garbage),
        whole(
            "frames of HTTP/2",
            b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\0\x04\x08\0\0\0\0\0\0\x3f\0\x01".to_vec(),
            garbage,
        ),
        whole("another protocol", b"220 mail.example ESMTP ready\r\n".to_vec(), garbage),
        cut("only an interim head", message("HTTP/1.1 103 Early", b""), "failed disconnect", "disconnect"),
        whole(
            "switches protocols unasked",
            message(
                "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade",
                b"\x81\x05hello",
            ),
            "http-error 101",
        ),
        cut("only blank lines", b"\r\n\r\n\r\n".to_vec(), "failed disconnect", "disconnect"),
    ]);
}
