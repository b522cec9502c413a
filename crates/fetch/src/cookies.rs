//! Cookies (RFC 6265), for sources that ask for them: kept in memory for as long as the jar lives, and sent back to the
//! very host that set them and to no other.
//!
//! `Domain` is read as if it were not there: a cookie that never leaves its host needs no list of public suffixes, and no
//! site can hand one to another. The rest (path, `Secure`, age) is as the RFC has it.

use std::sync::{Arc, Mutex, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

/// How many cookies a jar holds; what comes later is passed over.
const MOST_COOKIES: usize = 100;

/// The longest cookie that is kept, in bytes: what RFC 6265 asks of every client.
const LONGEST_COOKIE: usize = 4096;

/// The longest `Cookie` header that is sent, in bytes.
const LONGEST_HEADER: usize = 8192;

/// A jar; clones share what is in it.
#[derive(Clone, Default)]
pub(crate) struct CookieJar(Arc<Mutex<CookieStore>>);

impl CookieJar {
    /// Takes in what an answer from this URL sets (the values of its `Set-Cookie` fields).
    pub(crate) fn take<'v>(&self, url: &Url, values: impl IntoIterator<Item = &'v str>) {
        let mut jar = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for value in values.into_iter().filter(|value| value.len() <= LONGEST_COOKIE) {
            let Ok(mut cookie) = RawCookie::parse(value) else { continue };
            cookie.unset_domain();
            let (name, path) = (cookie.name(), cookie.path().unwrap_or("/"));
            let replaces = url.host_str().is_some_and(|host| jar.contains_any(host, path, name));
            if replaces || jar.iter_any().count() < MOST_COOKIES {
                // A cookie that does not fit its URL is passed over, as by a browser.
                let _ = jar.insert_raw(&cookie, url);
            }
        }
    }

    /// The value of the `Cookie` header for a request of this URL, if there is anything to send.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let jar = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pairs: Vec<String> =
            jar.get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        // The jar has no order; a request that is archived should not depend on chance.
        pairs.sort();
        let header = pairs.join("; ");
        (!header.is_empty() && header.len() <= LONGEST_HEADER).then_some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_alone() {
        let jar = CookieJar::default();
        jar.take(
            &url("https://news.a.example/x/y"),
            [
                "b=2; Path=/",
                "a=1; Domain=a.example",
                "s=3; Secure; Path=/",
                "t=4; Domain=example; Path=/",
                "p=5; Path=/other",
            ],
        );
        let sent = |text: &str| jar.header(&url(text));
        assert_eq!(sent("https://news.a.example/x/z").as_deref(), Some("a=1; b=2; s=3; t=4"));
        assert_eq!(sent("http://news.a.example/").as_deref(), Some("b=2; t=4"));
        assert_eq!(sent("https://news.a.example/other").as_deref(), Some("b=2; p=5; s=3; t=4"));
        for elsewhere in ["https://a.example/", "https://b.news.a.example/x/y", "https://b.example/"] {
            assert_eq!(sent(elsewhere), None, "{elsewhere}");
        }
        jar.take(&url("https://news.a.example/"), ["b=; Max-Age=0; Path=/", "t=9; Path=/"]);
        assert_eq!(sent("http://news.a.example/").as_deref(), Some("t=9"));
    }

    #[test]
    fn a_jar_is_bounded() {
        let jar = CookieJar::default();
        let home = url("https://a.example/");
        let long = format!("long={}", "x".repeat(LONGEST_COOKIE));
        jar.take(&home, [long.as_str(), "", "no-sign", "=", "\u{1}=\u{2}"]);
        for number in 0..500 {
            jar.take(&home, [format!("n{number}=1").as_str()]);
        }
        let header = jar.header(&home).unwrap();
        assert!(header.split("; ").count() <= MOST_COOKIES && !header.contains("long"), "{header}");
        let wide: Vec<String> = (0..90).map(|number| format!("n{number}={}", "y".repeat(500))).collect();
        jar.take(&home, wide.iter().map(String::as_str));
        assert_eq!(jar.header(&home), None, "a header that no server would take is not sent");
    }
}
