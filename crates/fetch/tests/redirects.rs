//! Redirects are followed one exchange at a time, and none leads where the guard does not allow.
#![allow(clippy::unwrap_used, reason = "test helpers may fail the test")]

mod common;

use common::{Server, Step, send};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vidimus_fetch::{End, Request, Resolve, Resolving, StaticResolver};

fn redirect(to: &str) -> Vec<Step> {
    send(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 5\r\n\r\nmoved"))
}

async fn server() -> Server {
    Server::http(|path| match path {
        "/one" => redirect("/two?x=1#frag"),
        "/two?x=1" => {
            send("HTTP/1.1 301 Moved\r\nLocation: three\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        }
        "/three" => send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        "/loop" => redirect("/pool"),
        "/pool" => redirect("/loop"),
        "/self" => redirect("/self"),
        "/file" => redirect("file:///etc/passwd"),
        "/metadata" => redirect("http://169.254.169.254/latest/"),
        "/private" => redirect("http://10.0.0.1/"),
        "/spelled" => redirect("http://0x7f000002/"),
        "/port" => redirect("http://example.org:22/"),
        "/bad" => redirect("http://[half"),
        "/none" => send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
        path => {
            let count: usize = path.trim_start_matches("/count/").parse().unwrap_or(0);
            redirect(&format!("/count/{}", count + 1))
        }
    })
    .await
}

#[tokio::test]
async fn each_hop_is_its_own_exchange() {
    let server = server().await;
    let fetched = server.client().fetch(&Request::new(server.url("/one"))).await;
    assert_eq!(fetched.end, End::Complete);
    let statuses: Vec<_> = fetched.exchanges.iter().map(|e| e.status.unwrap()).collect();
    assert_eq!(statuses, [302, 301, 200]);
    assert_eq!(fetched.exchanges[2].url.path(), "/three");
    assert!(server.requests.lock().unwrap()[1].starts_with("GET /two?x=1 HTTP/1.1\r\n"));
    assert!(!server.requests.lock().unwrap()[1].contains("Referer"));
}

#[tokio::test]
async fn bad_redirects_end_with_a_reason() {
    let server = server().await;
    let client = server.client();
    for (path, code, hops) in [
        ("/loop", "redirect-loop", 2),
        ("/self", "redirect-loop", 1),
        ("/file", "scheme", 1),
        ("/metadata", "address", 1),
        ("/private", "address", 1),
        ("/spelled", "address", 1),
        ("/port", "port", 1),
        ("/bad", "bad-redirect", 1),
        ("/count/0", "too-many-redirects", 11),
        ("/none", "", 1),
    ] {
        let fetched = client.fetch(&Request::new(server.url(path))).await;
        assert_eq!((fetched.end.code(), fetched.exchanges.len()), (code, hops), "{path}: {}", fetched.end);
    }
    assert_eq!(
        client.fetch(&Request::new("file:///etc/passwd".parse().unwrap())).await.outcome().code,
        "scheme"
    );
}

#[tokio::test]
async fn names_that_resolve_inwards_are_refused() {
    let server = server().await;
    let names = [
        ("inside.example".to_owned(), vec!["192.168.0.1".parse().unwrap(), "::1".parse().unwrap()]),
        ("nowhere.example".to_owned(), Vec::new()),
    ];
    let client = server.client().with_resolver(Arc::new(StaticResolver::new(names)));
    let refused = client.fetch(&Request::new("http://inside.example/".parse().unwrap())).await;
    assert_eq!(refused.end.code(), "address");
    assert!(refused.end.to_string().contains("192.168.0.1, a private address"), "{}", refused.end);
    assert_eq!(refused.exchanges[0].dns.len(), 2, "what it resolved to is recorded");
    assert!(refused.exchanges[0].request.is_empty());
    for name in ["nowhere", "unknown"] {
        let failed = client.fetch(&Request::new(format!("http://{name}.example/").parse().unwrap())).await;
        assert_eq!(failed.end.code(), "dns");
    }
    let local = client.fetch(&Request::new("http://localhost/".parse().unwrap())).await;
    assert_eq!(local.end.code(), "address");
}

/// Answers the test server's address the first time, and another one ever after.
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn resolve<'a>(&'a self, _host: &'a str) -> Resolving<'a> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let address: IpAddr = if first { [127, 0, 0, 1] } else { [127, 0, 0, 2] }.into();
        Box::pin(async move { Ok(vec![address]) })
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_for_each_exchange_and_checked_each_time() {
    let server = server().await;
    let client = server.client().with_resolver(Arc::new(Rebinding(AtomicUsize::new(0))));
    let fetched = client.fetch(&Request::new(server.url_at("rebind.example", "/one"))).await;
    assert_eq!(fetched.exchanges[0].remote.unwrap().ip().to_string(), "127.0.0.1");
    assert_eq!(fetched.end.code(), "address", "the second answer is refused: {}", fetched.end);
    assert_eq!(fetched.exchanges.len(), 2);
}

#[tokio::test]
async fn of_public_and_private_addresses_only_the_permitted_are_used_and_all_are_recorded() {
    let server = server().await;
    let inside: Vec<IpAddr> =
        ["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254"].map(|a| a.parse().unwrap()).into();
    let names = [("mixed.example".to_owned(), inside.clone())];
    let client = server.client().with_resolver(Arc::new(StaticResolver::new(names)));
    let fetched = client.fetch(&Request::new(server.url_at("mixed.example", "/three"))).await;
    assert_eq!(fetched.end, End::Complete);
    assert_eq!(fetched.exchanges[0].remote.unwrap().ip().to_string(), "127.0.0.1");
    assert_eq!(fetched.exchanges[0].dns, inside, "those that were refused are there to be seen");
}

#[tokio::test]
async fn credentials_of_a_url_and_of_a_redirect_are_never_sent() {
    let server = Server::http(|path| match path {
        "/go" => redirect("//me:secret@127.0.0.1/on"),
        _ => send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    })
    .await;
    let mut url = server.url("/three");
    url.set_username("me").unwrap();
    url.set_password(Some("secret")).unwrap();
    let fetched = server.client().fetch(&Request::new(url)).await;
    assert_eq!(fetched.end, End::Complete);
    assert_eq!(
        (&fetched.exchanges[0].url, &fetched.requested),
        (&server.url("/three"), &server.url("/three"))
    );
    let refused = server.client().fetch(&Request::new(server.url("/go"))).await;
    assert_eq!(refused.end.code(), "address", "port 80 of this machine has no door");
    assert!(!refused.end.to_string().contains("secret"), "{}", refused.end);
    let heads = server.requests.lock().unwrap().join("");
    assert!(
        !heads.contains("Authorization") && !heads.contains("me:") && !heads.contains("secret"),
        "{heads}"
    );
}

#[tokio::test]
async fn cookies_are_not_sent_back_without_a_jar() {
    let server = Server::http(|path| match path {
        "/set" => send(
            "HTTP/1.1 302 Found\r\nSet-Cookie: a=1; Path=/\r\nLocation: /then\r\nContent-Length: 0\r\n\r\n",
        ),
        _ => send("HTTP/1.1 200 OK\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nhi"),
    })
    .await;
    let client = server.client();
    for path in ["/set", "/then"] {
        let _ = client.fetch(&Request::new(server.url(path))).await;
    }
    assert_eq!(server.request_count(), 3);
    assert!(!server.requests.lock().unwrap().join("").to_ascii_lowercase().contains("cookie"));
}
