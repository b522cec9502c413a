//! Bodies whose framing is broken, contradictory, or without end.

use std::time::Duration;

use super::{Case, Does, GOOD, Kept, check, cut, message, page, whole};

/// A head that announces chunks, and this body.
fn chunks(body: &[u8]) -> Vec<u8> {
    message("HTTP/1.1 200 OK\nContent-Type: text/html\nTransfer-Encoding: chunked", body)
}

/// A page with this field in its head.
fn with(field: &str) -> Vec<u8> {
    page(&format!("HTTP/1.1 200 OK\n{field}"))
}

fn malformed(name: &'static str, sent: Vec<u8>) -> Case {
    cut(name, sent, "truncated malformed-body", "disconnect")
}

#[test]
fn bodies() {
    let begin = format!("{:x}\r\n{GOOD}\r\n", GOOD.len());
    let good = |rest: &[u8]| chunks(&[begin.as_bytes(), rest].concat());
    let end = b"0\r\n\r\n";
    let broken_off = |name, sent| cut(name, sent, "truncated disconnect", "disconnect");
    let endless = |name, first: Vec<u8>, more: Vec<u8>| Case {
        name,
        does: Does::SendsForEver(first, more, Duration::ZERO),
        outcome: "truncated wire-bytes",
        cut: "length",
        kept: Kept::AtLeast(400_000),
    };
    check(vec![
        malformed("a negative length", with("Content-Length: -1")),
        malformed("a length beyond all numbers", with("Content-Length: 18446744073709551616")),
        malformed("a length that is no number", with("Content-Length: many")),
        malformed("a length in hexadecimal", with("Content-Length: 0x10")),
        malformed("a length with a sign", with("Content-Length: +5")),
        malformed("an empty length", with("Content-Length: ")),
        malformed("two lengths that differ", with("Content-Length: 5\nContent-Length: 6")),
        malformed("two lengths that differ in one line", with("Content-Length: 5, 6")),
        whole(
            "the same length twice",
            with(&format!("Content-Length: {0}\nContent-Length: {0}", GOOD.len())),
            "captured",
        ),
        whole(
            "the same length twice in one line",
            with(&format!("Content-Length: {0}, {0}", GOOD.len())),
            "captured",
        ),
        broken_off("a length of 2^63", with("Content-Length: 9223372036854775807")),
        whole(
            "bytes after the length",
            [with(&format!("Content-Length: {}", GOOD.len())), b"more".to_vec()].concat(),
            "captured",
        ),
        whole("a body where the length is 0", with("Content-Length: 0"), "captured no-text"),
        whole(
            "length and chunks",
            message(
                "HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: chunked",
                &[begin.as_bytes(), end].concat(),
            ),
            "captured",
        ),
        whole("chunks", good(end), "captured"),
        whole("chunks with bytes after them", good(b"0\r\n\r\nmore"), "captured"),
        whole(
            "chunks with line ends of LF alone",
            chunks(format!("{:x}\n{GOOD}\n0\n\n", GOOD.len()).as_bytes()),
            "captured",
        ),
        malformed("a chunk size beyond all numbers", good(b"FFFFFFFFFFFFFFFFF\r\nabc")),
        malformed("a negative chunk size", good(b"-1\r\nabc\r\n0\r\n\r\n")),
        malformed("a chunk size that is no number", good(b"ghost\r\nabc\r\n0\r\n\r\n")),
        malformed("a chunk size with 0x", good(b"0x3\r\nabc\r\n0\r\n\r\n")),
        malformed("no line end after a chunk", chunks(b"3\r\nabcdef\r\n0\r\n\r\n")),
        malformed("no chunks where chunks are announced", chunks(GOOD.as_bytes())),
        broken_off("the largest chunk size", good(b"7FFFFFFFFFFFFFFF\r\nabc")),
        broken_off("a chunk that is cut", good(b"40\r\nabc")),
        broken_off("no last chunk", good(b"")),
        broken_off("no end after the last chunk", good(b"0\r\n")),
        broken_off("trailers without an end", good(b"0\r\nX-Sum: 1\r\n")),
        whole("trailers", good(b"0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"), "captured"),
        whole("a short chunk extension", good(b"0;name=\"value\"\r\n\r\n"), "captured"),
        Case {
            kept: Kept::AtLeast(GOOD.len()),
            ..malformed(
                "a huge chunk extension",
                good(&[b"3;", &[b'x'; 100_000][..], b"\r\nabc\r\n0\r\n\r\n"].concat()),
            )
        },
        Case {
            kept: Kept::AtLeast(GOOD.len()),
            ..malformed(
                "trailers beyond all measure",
                good(&[b"0\r\n", &b"X: y\r\n".repeat(20_000)[..], b"\r\n"].concat()),
            )
        },
        endless("a body without end", page("HTTP/1.1 200 OK"), vec![b'x'; 65_536]),
        endless("chunks without end", good(b""), b"4\r\nmore\r\n".repeat(1000)),
        endless("a long body that says its length", with("Content-Length: 100000000"), vec![b'x'; 65_536]),
        whole("gzip as the only transfer coding", with("Transfer-Encoding: gzip"), "captured"),
        whole("a transfer coding that nobody knows", with("Transfer-Encoding: x-odd"), "captured"),
        malformed(
            "chunked in HTTP/1.0",
            message("HTTP/1.0 200 OK\nTransfer-Encoding: chunked", &[begin.as_bytes(), end].concat()),
        ),
        whole(
            "chunked twice",
            message(
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked, chunked",
                &[begin.as_bytes(), end].concat(),
            ),
            "captured",
        ),
        whole(
            "a body in a 204",
            message(&format!("HTTP/1.1 204 No Content\nContent-Length: {}", GOOD.len()), GOOD.as_bytes()),
            "captured no-text",
        ),
        whole(
            "a body in a 205",
            page(&format!("HTTP/1.1 205 Reset\nContent-Length: {}", GOOD.len())),
            "captured",
        ),
        whole("a 200 without a body", message("HTTP/1.1 200 OK\nContent-Length: 0", b""), "captured no-text"),
        whole(
            "a 206 unasked",
            page(&format!(
                "HTTP/1.1 206 Partial Content\nContent-Range: bytes 0-9/99\nContent-Length: {}",
                GOOD.len()
            )),
            "truncated partial-content",
        ),
        whole("a 304 unasked", message("HTTP/1.1 304 Not Modified\nETag: \"a\"", b""), "http-error 304"),
        whole("401", page("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic realm=x"), "http-error 401"),
        whole("403", page("HTTP/1.1 403 Forbidden"), "http-error 403"),
        whole("404", page("HTTP/1.1 404 Not Found"), "http-error 404"),
        whole("410", page("HTTP/1.1 410 Gone"), "http-error 410"),
        whole(
            "429",
            page("HTTP/1.1 429 Too Many Requests\nRetry-After: 99999999999999999999"),
            "http-error 429",
        ),
        whole("451", page("HTTP/1.1 451 Unavailable For Legal Reasons"), "http-error 451"),
        whole("500", page("HTTP/1.1 500 Oh"), "http-error 500"),
        whole("503", page("HTTP/1.1 503 Later\nRetry-After: soon"), "http-error 503"),
    ]);
}
