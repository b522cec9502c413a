//! The SURT (Sort-friendly URI Reordering Transform) of a URL: the key by which CDXJ indexes are sorted.
//!
//! It follows the Internet Archive's canonicalisation, with their Python library as the oracle, because replay tools
//! look captures up by the keys that it makes. That is bolder than an identity may be: it folds case, drops `www.` and
//! session numbers, and decodes what was encoded. What it starts from is a URL as browsers read it, so that it differs
//! where the library reads one otherwise; `tests/surt.jsonl` has each such case with its reason.

use url::{Host, Url};

/// Names of session parameters with a value of 32 letters and digits.
const SESSIONS: [&str; 3] = ["jsessionid", "phpsessid", "sid"];

/// A longer path is searched for no session.
const LONGEST_PATH: usize = 8192;

/// How long the number of a session in a path is.
const PATH_SESSION: usize = 24;

/// The SURT key: `org,example)/path?query`, as CDXJ indexes sort by.
pub fn surt(url: &Url) -> String {
    let host = match url.host() {
        None => return url.as_str().to_ascii_lowercase(),
        Some(Host::Domain(name)) => reversed(name),
        Some(Host::Ipv4(address)) => reversed(&address.to_string()),
        Some(Host::Ipv6(address)) => address.to_string(),
    };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let path = path_key(url.path());
    let query = url.query().map(query_key).filter(|query| !query.is_empty());
    match query {
        Some(query) => format!("{host}{port}){path}?{query}"),
        None => format!("{host}{port}){path}"),
    }
}

/// `www.example.org` as `org,example`.
fn reversed(host: &str) -> String {
    let host = host.replace("..", ".");
    strip_www(host.trim_matches('.')).split('.').rev().collect::<Vec<_>>().join(",")
}

/// Drops a leading `www.`, `www2.` and so on, as long as something is left.
fn strip_www(host: &str) -> &str {
    let Some(rest) = host.strip_prefix("www") else { return host };
    match rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('.') {
        Some(bare) if !bare.is_empty() => bare,
        _ => host,
    }
}

fn path_key(path: &str) -> String {
    let decoded = decoded(path.as_bytes());
    let path = without_session(escaped(&without_dots(&decoded)).to_ascii_lowercase());
    match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter.to_owned(),
        _ => path,
    }
}

/// The path without `.`, `..` and empty segments, which decoding may have brought out.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    for segment in path.split(|b| *b == b'/').skip(1) {
        match segment {
            b"." => {}
            b".." if !kept.is_empty() => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut out = Vec::with_capacity(path.len());
    let last = kept.pop().unwrap_or_default();
    for segment in kept.into_iter().filter(|segment| !segment.is_empty()) {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    out.push(b'/');
    out.extend_from_slice(last);
    out
}

/// The path without the session number that ASP.NET puts into it: `/(S(…24…))/page.aspx`, or `/(…24…)/page.aspx`.
fn without_session(mut path: String) -> String {
    if path.len() > LONGEST_PATH {
        return path;
    }
    for is_session in [is_lettered_session, is_bare_session] {
        let found = path.match_indices("/(").map(|(at, _)| at).filter_map(|at| {
            let (inside, rest) = path.get(at.saturating_add(2)..)?.split_once(")/")?;
            (is_session(inside) && is_aspx(rest)).then(|| (at, rest.to_owned()))
        });
        if let Some((at, rest)) = found.last() {
            path.truncate(at.saturating_add(1));
            path.push_str(&rest);
        }
    }
    path
}

/// One or more of `s(…)`, each with 24 letters and digits.
fn is_lettered_session(text: &str) -> bool {
    let width = PATH_SESSION.saturating_add(3);
    let is_piece = |piece: &[u8]| match piece {
        [letter, b'(', inside @ .., b')'] => {
            letter.is_ascii_alphabetic() && inside.iter().all(u8::is_ascii_alphanumeric)
        }
        _ => false,
    };
    !text.is_empty() && text.len().is_multiple_of(width) && text.as_bytes().chunks(width).all(is_piece)
}

fn is_bare_session(text: &str) -> bool {
    text.len() == PATH_SESSION && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_aspx(rest: &str) -> bool {
    rest.find(".aspx").is_some_and(|at| at > 0 && !rest.get(..at).unwrap_or_default().contains('?'))
}

/// The query in lower case, its parts in order, without what numbers a session.
fn query_key(query: &str) -> String {
    let mut query = escaped(&decoded(query.as_bytes())).to_ascii_lowercase();
    for name in SESSIONS {
        query = without_value(query, |text| {
            let value = text.strip_prefix(name)?.strip_prefix('=')?;
            Some(text.len().saturating_sub(after(value, 32, u8::is_ascii_alphanumeric)?.len()))
        });
    }
    query = without_value(query, |text| {
        let name = after(text.strip_prefix("aspsessionid")?, 8, u8::is_ascii_alphabetic)?;
        let rest = after(name.strip_prefix('=')?, 24, u8::is_ascii_alphabetic)?;
        Some(text.len().saturating_sub(rest.len()))
    });
    query = without_cold_fusion(query);
    let mut parts: Vec<Vec<&str>> = query.split('&').map(|part| part.splitn(2, '=').collect()).collect();
    parts.sort();
    parts.into_iter().map(|part| part.join("=")).collect::<Vec<_>>().join("&")
}

/// What follows the first `count` bytes, if all of them are such.
fn after(text: &str, count: usize, is_such: impl Fn(&u8) -> bool) -> Option<&str> {
    let head = text.get(..count)?;
    if head.bytes().all(|b| is_such(&b)) { text.get(count..) } else { None }
}

/// The query without the last place where `width` finds something up to the next `&` or the end.
fn without_value(query: String, width: impl Fn(&str) -> Option<usize>) -> String {
    for (at, _) in query.char_indices().rev() {
        let Some((head, rest)) = query.split_at_checked(at) else { continue };
        let Some(behind) = width(rest).and_then(|width| rest.get(width..)) else { continue };
        if behind.is_empty() || behind.starts_with('&') {
            return format!("{head}{}", behind.strip_prefix('&').unwrap_or_default());
        }
    }
    query
}

/// The query without the last `cfid=…&cftoken=…`.
fn without_cold_fusion(query: String) -> String {
    let parts: Vec<&str> = query.split('&').collect();
    let pairs = parts.iter().zip(parts.iter().skip(1)).enumerate();
    let found = pairs.rev().find_map(|(number, (id, token))| {
        token.strip_prefix("cftoken=").filter(|token| !token.is_empty())?;
        // Something must stand behind the sign.
        let at = id.get(..id.len().checked_sub(1)?)?.rfind("cfid=")?;
        Some((number, id.get(..at)?))
    });
    let Some((number, head)) = found else { return query };
    let before = parts.iter().take(number).flat_map(|part| [*part, "&"]).collect::<String>();
    let behind = parts.get(number.saturating_add(2)..).unwrap_or_default().join("&");
    format!("{before}{head}{behind}")
}

/// The bytes with every percent-encoding undone, also those that undoing brings out. Each byte that is put out may
/// complete one that began before it, so that one pass is enough.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        out.push(*byte);
        while let [.., b'%', high, low] = out.as_slice() {
            let digits = [char::from(*high), char::from(*low)].map(|c| c.to_digit(16));
            let [Some(high), Some(low)] = digits else { break };
            out.truncate(out.len().saturating_sub(3));
            out.push(u8::try_from(high * 16 + low).unwrap_or_default());
        }
    }
    out
}

/// The bytes as ASCII: all but the visible characters, and `%` and `#`, percent-encoded.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_graphic() && !matches!(byte, b'%' | b'#') {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_key_of_a_key_is_itself(text in "(https?|ftp)://[a-vx-z]{1,6}(\\.[a-z]{2,4}){1,2}(:[0-9]{3,4})?/\\PC{0,40}") {
            if let Ok(url) = Url::parse(&text) {
                let key = surt(&url);
                prop_assert!(key.is_ascii() && !key.contains(' '), "{key}");
                let (host, rest) = key.split_once(')').unwrap();
                let (host, port) = host.split_once(':').unwrap_or((host, ""));
                let host: Vec<&str> = host.split(',').rev().collect();
                let again = format!("{}://{}:{port}{rest}", url.scheme(), host.join("."));
                prop_assert_eq!(surt(&Url::parse(&again).unwrap()), key);
            }
        }

        #[test]
        fn decoding_is_complete(text in "[%0-9a-f]{0,60}") {
            let once = decoded(text.as_bytes());
            prop_assert_eq!(decoded(&once), once);
        }

        #[test]
        fn any_url_has_a_key(text in "\\PC{0,60}") {
            if let Ok(url) = Url::parse(&text) {
                prop_assert!(!surt(&url).is_empty());
            }
        }
    }
}
