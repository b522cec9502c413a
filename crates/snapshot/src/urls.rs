//! Two keys for a URL: the normal form, by which we tell pages apart, and the SURT, by which the field sorts them.
//!
//! The normal form is careful, because two pages taken for one would lose a page: it drops the fragment and the
//! parameters that only count clicks, and nothing else. What is requested is always the URL as it was found.
//! The SURT (Sort-friendly URI Reordering Transform) follows the Internet Archive's canonicalisation, which is bolder
//! (it folds case and drops `www.`): it is the key of CDXJ lines, never an identity.

use url::Url;

/// Query parameters that only say which link was clicked.
const TRACKING: [&str; 12] = [
    "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "igshid", "mc_cid",
    "mc_eid", "_hsenc",
];

/// The URL by which a page is known: no fragment, no tracking parameters, the rest as the URL standard spells it.
pub fn normal_form(url: &Url) -> Url {
    let mut out = url.clone();
    out.set_fragment(None);
    let Some(query) = url.query() else { return out };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
    if kept.iter().all(|pair| pair.is_empty()) {
        out.set_query(None);
    } else {
        out.set_query(Some(&kept.join("&")));
    }
    out
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

/// The SURT key: `org,example)/path?query`, as CDXJ indexes sort by.
pub fn surt(url: &Url) -> String {
    let Some(host) = url.host_str() else { return url.as_str().to_ascii_lowercase() };
    let host = strip_www(host);
    let mut key = host.split('.').rev().collect::<Vec<_>>().join(",");
    if let Some(port) = url.port() {
        key.push_str(&format!(":{port}"));
    }
    key.push(')');
    let path = url.path().to_lowercase();
    let path = path.strip_suffix('/').filter(|p| !p.is_empty()).unwrap_or(&path);
    key.push_str(path);
    let mut pairs: Vec<String> =
        url.query().unwrap_or("").split('&').filter(|p| !p.is_empty()).map(str::to_lowercase).collect();
    if !pairs.is_empty() {
        pairs.sort();
        key.push('?');
        key.push_str(&pairs.join("&"));
    }
    key
}

/// Drops a leading `www.`, `www2.` and so on, as long as something is left.
fn strip_www(host: &str) -> &str {
    let Some(rest) = host.strip_prefix("www") else { return host };
    match rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('.') {
        Some(bare) if !bare.is_empty() => bare,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn normal_form_drops_only_what_counts_clicks() {
        let table = [
            ("http://a.example/x?utm_source=t&id=7#top", "http://a.example/x?id=7"),
            ("http://a.example/x?fbclid=1", "http://a.example/x"),
            ("HTTP://A.example:80/x/", "http://a.example/x/"),
            ("http://a.example/X?b=1&a=2", "http://a.example/X?b=1&a=2"),
            ("http://a.example/x?", "http://a.example/x"),
        ];
        for (from, to) in table {
            assert_eq!(normal_form(&url(from)).as_str(), to);
        }
    }

    /// Values printed by Python's `surt` 0.3.1.
    #[test]
    fn surt_agrees_with_python() {
        let table = [
            ("http://www.archive.org/", "org,archive)/"),
            ("http://archive.org/goo/?b&a", "org,archive)/goo?a&b"),
            ("http://archive.org:8080/Goo/Bar", "org,archive:8080)/goo/bar"),
            ("https://www2.example.com/a?X=1", "com,example)/a?x=1"),
            ("http://192.168.0.1/a", "1,0,168,192)/a"),
        ];
        for (from, to) in table {
            assert_eq!(surt(&url(from)), to, "{from}");
        }
    }

    proptest! {
        #[test]
        fn normal_form_is_stable(text in "http://[a-z]{1,5}\\.example/[ -~]{0,40}") {
            if let Ok(parsed) = Url::parse(&text) {
                let once = normal_form(&parsed);
                prop_assert_eq!(normal_form(&once), once.clone());
                prop_assert!(!surt(&once).is_empty());
            }
        }
    }
}
