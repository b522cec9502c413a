//! Redirects to nowhere, in circles, and to where nobody may go.

use std::net::TcpStream;

use vidimus_tests::{finish, listen, read_request, send};

use super::{Case, Does, GOOD, Kept, check, message, page, whole};

/// A redirect with these fields; its body is kept like any other.
fn to(fields: &str) -> Vec<u8> {
    message(&format!("HTTP/1.1 302 Found\n{fields}\nContent-Length: 9"), b"elsewhere")
}

fn leads(name: &'static str, location: &str, outcome: &'static str) -> Case {
    whole(name, to(&format!("Location: {location}")), outcome)
}

/// A server that redirects each path as the function says, and gives a page where it says nothing.
fn mover(rule: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> u16 {
    listen(move |mut stream: TcpStream| {
        let Some(request) = read_request(&mut stream) else { return };
        let answer = match rule(&request.target) {
            Some(location) => self::to(&format!("Location: {location}")),
            None => page("HTTP/1.1 200 OK"),
        };
        send(&mut stream, &answer);
        finish(&mut stream);
    })
}

/// A server that redirects as the rule says.
fn moves(
    name: &'static str,
    path: &str,
    rule: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    outcome: &'static str,
) -> Case {
    let url = format!("http://127.0.0.1:{}{path}", mover(rule));
    Case { name, does: Does::IsAt(url), outcome, cut: "", kept: Kept::Something }
}

#[test]
fn redirects() {
    let long = format!("http://127.0.0.1:1/{}", "a".repeat(15_000));
    check(vec![
        moves("to itself", "/", |_| Some("/".to_owned()), "failed redirect-loop"),
        moves(
            "in a circle",
            "/a",
            |path| Some(if path == "/a" { "/b" } else { "/a" }.to_owned()),
            "failed redirect-loop",
        ),
        moves("to itself but for the fragment", "/", |_| Some("/#part".to_owned()), "failed redirect-loop"),
        moves("on and on", "/", |path| Some(format!("{path}x")), "failed too-many-redirects"),
        moves(
            "four times, which is allowed",
            "/1",
            |path| (path.len() < 6).then(|| format!("{path}1")),
            "captured",
        ),
        moves("to a query alone", "/", |path| (path == "/").then(|| "?q=1".to_owned()), "captured"),
        moves("above the root", "/", |path| (path == "/").then(|| "../../../x".to_owned()), "captured"),
        moves("with reversed strokes", "/", |path| (path == "/").then(|| "\\x\\y".to_owned()), "captured"),
        moves(
            "to letters beyond ASCII",
            "/",
            |path| (path == "/").then(|| "/caf\u{e9}".to_owned()),
            "captured",
        ),
        moves("with spaces around", "/", |path| (path == "/").then(|| "   /x \t ".to_owned()), "captured"),
        moves("with a space inside", "/", |path| (path == "/").then(|| "/a b".to_owned()), "captured"),
        leads("to a file", "file:///etc/passwd", "refused scheme"),
        leads("to data", "data:text/html,<p>hello", "refused scheme"),
        leads("to a script", "javascript:alert(1)", "refused scheme"),
        leads("to a mailbox", "mailto:office@ngo.example", "refused scheme"),
        leads("to FTP", "ftp://ngo.example/x", "refused scheme"),
        leads("to a private address", "http://10.0.0.1/", "refused address"),
        leads("to a private address, spelt oddly", "http://0xa000001/", "refused address"),
        leads("to the metadata of a cloud", "http://169.254.169.254/latest/", "refused address"),
        leads("to the loopback of IPv6", "http://[::1]:80/", "refused address"),
        leads("to a mapped private address", "http://[::ffff:10.0.0.1]/", "refused address"),
        leads("to another port", "http://192.0.2.1:22/", "refused address"),
        leads("to a user with a password", "http://user:secret@10.0.0.1/", "refused address"),
        leads("to half an address", "http://[half", "failed bad-redirect"),
        leads("to a port that is none", "http://ngo.example:99999/", "failed bad-redirect"),
        leads("to a host that is none", "http:///", "failed bad-redirect"),
        leads("to a closed port", "http://127.0.0.1:1/", "failed connect-refused"),
        leads("to a very long address", &long, "failed connect-refused"),
        whole("to nothing", to("Location: "), "http-error 302"),
        whole("without saying where", to("X: 1"), "http-error 302"),
        whole(
            "to Latin-1",
            [&b"HTTP/1.1 302 Found\r\nLocation: file:///caf\xe9\r\nContent-Length: 0\r\n\r\n"[..]].concat(),
            "refused scheme",
        ),
        whole(
            "to two places",
            to("Location: file:///first\nLocation: http://10.0.0.1/second"),
            "refused scheme",
        ),
        whole(
            "with several choices",
            page("HTTP/1.1 300 Multiple Choices\nLocation: /one"),
            "http-error 300",
        ),
        whole("by a proxy", page("HTTP/1.1 305 Use Proxy\nLocation: http://10.0.0.1/"), "http-error 305"),
        whole(
            "by refresh alone",
            page(&format!("HTTP/1.1 200 OK\nRefresh: 0; url=file:///x\nContent-Length: {}", GOOD.len())),
            "captured",
        ),
    ]);
}
