//! The guard against every spelling of an address, and against every row of the IANA registries.

use std::net::IpAddr;

use url::Url;

use super::Guard;
use crate::address::special_kind;

/// What a guard without doors makes of a URL; `unreadable` where no URL can be read at all.
fn code(url: &str) -> &'static str {
    match Url::parse(url) {
        Err(_) => "unreadable",
        Ok(url) => Guard::default().check_url(&url).map_or_else(|refusal| refusal.code(), |_| "ok"),
    }
}

/// All of these are 127.0.0.1, 10.0.0.1 or 169.254.169.254 to some program or other.
const SPELLINGS: &[&str] = &[
    // Decimal, octal, hexadecimal, mixed, short.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.0.0.1",
    "0x7f000001",
    "0x7F000001",
    "0X7f.1",
    "0x7f.0x0.0x0.0x1",
    "0x7f.0.0.1",
    "0177.0x0.0.1",
    "127.0x1",
    "127.000.000.001",
    "10.1",
    "10.0.1",
    "167772161",
    "0xa000001",
    "012.0.0.1",
    "0xA9FEA9FE",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    // Percent-encoded.
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "%30x7f000001",
    "%32130706433",
    // Full-width and circled digits, full-width and ideographic full stops.
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    "\u{2460}\u{2461}\u{2466}.0.0.1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "127\u{ff0e}0\u{ff0e}0\u{ff0e}1",
    "127\u{ff61}1",
    "\u{1d7d9}\u{1d7da}\u{1d7df}.0.0.1",
    // A dot at the end; soft hyphens and joiners, which name preparation drops.
    "127.0.0.1.",
    "127.1.",
    "0x7f000001.",
    "127.\u{ad}0.0.1",
    "127.0.0\u{200b}.1",
    // 0 is this machine on many systems.
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "0.1",
    // IPv6 with the address inside.
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::0]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::FFFF:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[0064:FF9B:0:0:0:0:7f00:0001]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::10.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[FE80::1]",
    "[fec0::1]",
    "[ff02::1]",
];

/// Spellings that a browser refuses to read: nothing is asked, and nothing is looked up.
const NONSENSE: &[&str] = &[
    "127.0.0.256",
    "127.0.0.1.2",
    "0x7f.0.0.0.1",
    "4294967296",
    "0x100000000",
    "256.1",
    "08.0.0.1",
    "127.0.0.0x",
    "1.2.3.99999999999",
    "[::1",
    "::1",
    "[::1]x",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1%0]",
    "[127.0.0.1]",
    "[::ffff:127.0.0.256]",
    "[1::2::3]",
    "127.0.0.1%00",
    "127.0.0.1%0a",
    "127.0.0.1%23.example.org",
    "exa mple.org",
    "a.example%2f@127.0.0.1",
];

#[test]
fn no_spelling_of_an_inner_address_is_let_through() {
    for host in SPELLINGS {
        for url in [
            format!("http://{host}/"),
            format!("https://{host}:443/x?y"),
            format!("http://{host}:8080/"),
            format!("http:{host}"),
        ] {
            assert_eq!(code(&url), "address", "{url}");
        }
        assert_eq!(code(&format!("http://me:1.1.1.1@{host}/")), "address", "{host} behind a user");
    }
    for host in NONSENSE {
        let found = code(&format!("http://{host}/"));
        assert!(matches!(found, "unreadable" | "address"), "{host}: {found}");
    }
}

#[test]
fn what_stands_around_an_address_does_not_hide_it() {
    for url in [
        "http://example.org@127.0.0.1/",
        "http://example.org:80@127.0.0.1/",
        "http://1.1.1.1 &@127.0.0.1/",
        "http:\\\\127.0.0.1\\",
        "http:/\\127.0.0.1/",
        "http:///127.0.0.1/",
        "http:127.0.0.1",
        "HtTp://127.0.0.1",
        " \t\nhttp://127.0.0.1/ ",
        "ht\ntp://127.\t0.0.1/",
        "http://127.0.0.1#@example.org/",
        "http://127.0.0.1?@example.org/",
        "http://127.0.0.1\\@example.org/",
    ] {
        assert_eq!(code(url), "address", "{url:?}");
    }
    for url in [
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "ftp://1.1.1.1/",
        "gopher://1.1.1.1:70/",
        "data:text/html,x",
        "javascript:1",
        "blob:http://example.org/x",
        "ws://example.org/",
        "view-source:http://example.org/",
        "jar:file:///x",
        "dict://1.1.1.1:11211/",
    ] {
        assert_eq!(code(url), "scheme", "{url}");
    }
}

#[test]
fn ports_other_than_those_of_the_web_are_closed() {
    for port in [1, 22, 25, 53, 79, 81, 442, 444, 3306, 6379, 8000, 8080, 8443, 65535] {
        assert_eq!(code(&format!("http://example.org:{port}/")), "port");
        assert_eq!(code(&format!("https://1.1.1.1:{port}/")), "port");
    }
    for url in
        ["http://example.org:/", "http://example.org:443/", "https://example.org:80/", "http://1.1.1.1:080/"]
    {
        assert_eq!(code(url), "ok", "{url}");
    }
    assert_eq!(code("http://example.org:0/"), "port");
    assert_eq!(code("http://example.org:65536/"), "unreadable");
}

/// Every row of the IANA special-purpose registries that is not globally reachable, and the multicast ranges: its first
/// and last address, and the neighbours where those belong to the open web.
#[test]
fn the_registries() {
    for (first, last, outside) in [
        ("0.0.0.0", "0.255.255.255", &["1.0.0.0"][..]),
        ("10.0.0.0", "10.255.255.255", &["9.255.255.255", "11.0.0.0"]),
        ("100.64.0.0", "100.127.255.255", &["100.63.255.255", "100.128.0.0"]),
        ("127.0.0.0", "127.255.255.255", &["126.255.255.255", "128.0.0.0"]),
        ("169.254.0.0", "169.254.255.255", &["169.253.255.255", "169.255.0.0"]),
        ("172.16.0.0", "172.31.255.255", &["172.15.255.255", "172.32.0.0"]),
        // With 192.0.0.9 and 192.0.0.10: they are global, but of protocols that are not the web's.
        ("192.0.0.0", "192.0.0.255", &["191.255.255.255", "192.0.1.0"]),
        ("192.0.0.8", "192.0.0.10", &[]),
        ("192.0.0.170", "192.0.0.171", &[]),
        ("192.0.2.0", "192.0.2.255", &["192.0.1.255", "192.0.3.0"]),
        ("192.88.99.0", "192.88.99.255", &["192.88.98.255", "192.88.100.0"]),
        ("192.168.0.0", "192.168.255.255", &["192.167.255.255", "192.169.0.0"]),
        ("198.18.0.0", "198.19.255.255", &["198.17.255.255", "198.20.0.0"]),
        ("198.51.100.0", "198.51.100.255", &["198.51.99.255", "198.51.101.0"]),
        ("203.0.113.0", "203.0.113.255", &["203.0.112.255", "203.0.114.0"]),
        ("224.0.0.0", "239.255.255.255", &["223.255.255.255"]),
        ("240.0.0.0", "255.255.255.255", &[]),
        ("::", "::1", &[]),
        ("::ffff:10.0.0.0", "::ffff:10.255.255.255", &["::ffff:1.1.1.1"]),
        ("64:ff9b::192.168.0.0", "64:ff9b::192.168.255.255", &["64:ff9b::1.1.1.1"]),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", &[]),
        ("100::", "100::ffff:ffff:ffff:ffff", &[]),
        ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", &[]),
        // The block as a whole: what is global in it (anycast of protocols, ORCHIDv2, DRIP) is no web site.
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", &["2000:ffff::", "2001:200::"]),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
        ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", &[]),
        ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", &["2001:db7:ffff::", "2001:db9::"]),
        ("2002:a00::", "2002:aff:ffff:ffff:ffff:ffff:ffff:ffff", &["2002:b00::"]),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", &["3ffe:ffff::", "3fff:1000::"]),
        ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &[]),
    ] {
        let kind = |text: &str| special_kind(text.parse::<IpAddr>().unwrap());
        assert!(kind(first).is_some() && kind(last).is_some(), "{first} to {last}");
        for neighbour in outside {
            assert_eq!(kind(neighbour), None, "{neighbour} is of the open web");
        }
    }
    // Rows of the registries that are of the open web: anycast of AS112 and of AMT.
    for text in ["192.31.196.1", "192.52.193.1", "192.175.48.1", "2620:4f:8000::1"] {
        assert_eq!(special_kind(text.parse().unwrap()), None, "{text}");
    }
}
