//! RFC 9309, section by section: what its text asks of a reader of robots.txt, each as a case.

use std::time::Duration;

use url::Url;

use super::{MAX_ROBOTS_BYTES, RobotsRules};

/// A file, and what `examplebot` may and may not fetch by it.
struct Case {
    section: &'static str,
    file: &'static str,
    allowed: &'static [&'static str],
    forbidden: &'static [&'static str],
}

fn rules(file: impl AsRef<[u8]>) -> RobotsRules {
    RobotsRules::parse(file.as_ref(), "examplebot")
}

fn allows(rules: &RobotsRules, path: &str) -> bool {
    rules.allows(&Url::parse("https://a.example").unwrap().join(path).unwrap())
}

const CASES: &[Case] = &[
    Case {
        section: "2.1 a group is one or more user-agent lines and the rules that follow",
        file: "User-Agent: other\nUser-Agent: ExampleBot\nDisallow: /a\nAllow: /a/b\n",
        allowed: &["/", "/b", "/a/b"],
        forbidden: &["/a", "/a/c"],
    },
    Case {
        section: "2.1 a rule before any user-agent line belongs to no group",
        file: "Disallow: /\nUser-agent: *\nDisallow: /a\n",
        allowed: &["/", "/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "2.2.1 the product token is matched whatever its case",
        file: "User-agent: eXaMpLeBoT\nDisallow: /a\n",
        allowed: &["/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "2.2.1 only letters, hyphens and underscores belong to the token",
        file: "User-agent: ExampleBot/1.0\nDisallow: /a\n\nUser-agent: examplebot-news\nDisallow: /b\n",
        allowed: &["/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "2.2.1 groups of the same crawler are merged, wherever they stand",
        file: "user-agent: ExampleBot\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: other\ndisallow: /\n\nuser-agent: ExampleBot\ndisallow: /baz\n",
        allowed: &["/qux"],
        forbidden: &["/foo", "/bar", "/baz"],
    },
    Case {
        section: "2.2.1 groups of everybody are merged too",
        file: "User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n",
        allowed: &["/c"],
        forbidden: &["/a", "/b"],
    },
    Case {
        section: "2.2.1 the crawler's own group stands in the place of everybody's",
        file: "User-agent: *\nDisallow: /\n\nUser-agent: examplebot\nDisallow: /a\n",
        allowed: &["/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "2.2.1 user-agent lines without rules between them share those that follow",
        file: "User-agent: examplebot\n\nUser-agent: *\nDisallow: /\n",
        allowed: &[],
        forbidden: &["/b"],
    },
    Case {
        section: "2.2.1 an own group with an empty rule allows everything",
        file: "User-agent: examplebot\nDisallow:\n\nUser-agent: *\nDisallow: /\n",
        allowed: &["/", "/b"],
        forbidden: &[],
    },
    Case {
        section: "2.2.1 without a group that fits, and without *, no rules apply",
        file: "User-agent: other\nDisallow: /\n",
        allowed: &["/", "/a"],
        forbidden: &[],
    },
    Case {
        section: "2.2.2 the most specific match is the one with most octets",
        file: "User-agent: *\nAllow: /p\nDisallow: /\nDisallow: /page/secret\n",
        allowed: &["/p", "/page/1"],
        forbidden: &["/", "/a", "/page/secret", "/page/secret/x"],
    },
    Case {
        section: "2.2.2 the order of rules does not matter",
        file: "User-agent: *\nDisallow: /page/secret\nDisallow: /\nAllow: /p\n",
        allowed: &["/p", "/page/1"],
        forbidden: &["/", "/a", "/page/secret"],
    },
    Case {
        section: "2.2.2 of equal matches the least restrictive counts",
        file: "User-agent: *\nDisallow: /a\nAllow: /a\n",
        allowed: &["/a", "/a/b"],
        forbidden: &[],
    },
    Case {
        section: "2.2.2 paths mind their case",
        file: "User-agent: *\nDisallow: /A\n",
        allowed: &["/a"],
        forbidden: &["/A", "/Ab"],
    },
    Case {
        section: "2.2.2 what matches no rule is allowed, and so is robots.txt itself",
        file: "User-agent: *\nDisallow: /\nAllow: /a\n",
        allowed: &["/robots.txt", "/a"],
        forbidden: &["/robots.txt?x", "/robots.txt2", "/b"],
    },
    Case {
        section: "2.2.2 the examples of percent-encoding: as they are",
        file: "User-agent: *\nDisallow: /foo/bar?baz=quz\n",
        allowed: &["/foo/bar?baz=qu"],
        forbidden: &["/foo/bar?baz=quz", "/foo/bar?baz=quz2"],
    },
    Case {
        section: "2.2.2 the examples of percent-encoding: reserved characters in a query",
        file: "User-agent: *\nDisallow: /foo/bar?baz=https://foo.bar\n",
        allowed: &["/foo/bar?baz=http"],
        forbidden: &["/foo/bar?baz=https%3A%2F%2Ffoo.bar", "/foo/bar?baz=https://foo.bar"],
    },
    Case {
        section: "2.2.2 the examples of percent-encoding: UTF-8 against its encoding",
        file: "User-agent: *\nDisallow: /foo/bar/\u{30c4}\n",
        allowed: &["/foo/bar/\u{30c3}"],
        forbidden: &["/foo/bar/\u{30c4}", "/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"],
    },
    Case {
        section: "2.2.2 the examples of percent-encoding: an encoding against UTF-8",
        file: "User-agent: *\nDisallow: /foo/bar/%e3%83%84\n",
        allowed: &["/foo/bar/"],
        forbidden: &["/foo/bar/\u{30c4}", "/foo/bar/%E3%83%84"],
    },
    Case {
        section: "2.2.2 the examples of percent-encoding: unreserved ASCII is decoded",
        file: "User-agent: *\nDisallow: /foo/bar/%62%61%7A\nDisallow: /%7Euser\n",
        allowed: &["/foo/bar/ba"],
        forbidden: &["/foo/bar/baz", "/~user/x", "/%7euser"],
    },
    Case {
        section: "2.2.2 a slash that is encoded in a path is no slash",
        file: "User-agent: *\nDisallow: /a%2Fb\n",
        allowed: &["/a/b"],
        forbidden: &["/a%2fb", "/a%2Fb/c"],
    },
    Case {
        section: "2.2.3 # begins a comment, at a line's beginning and behind a rule",
        file: "# all\nUser-agent: * # everybody\nDisallow: /a # not this\n#Disallow: /b\n",
        allowed: &["/b"],
        forbidden: &["/a", "/a/x"],
    },
    Case {
        section: "2.2.3 $ ends a pattern",
        file: "User-agent: *\nDisallow: /a$\nDisallow: /*.gif$\n",
        allowed: &["/ab", "/a/b", "/x.gif?y", "/x.gift"],
        forbidden: &["/a", "/x.gif", "/a/b.gif"],
    },
    Case {
        section: "2.2.3 $ within a pattern, and encoded, is a character",
        file: "User-agent: *\nDisallow: /a$b\nDisallow: /c%24\n",
        allowed: &["/a", "/c"],
        forbidden: &["/a$bc", "/a%24b", "/c$", "/c$d"],
    },
    Case {
        section: "2.2.3 * stands for any number of characters, none included",
        file: "User-agent: *\nDisallow: /this/*/exactly\nDisallow: /x*y\n",
        allowed: &["/this/exactly", "/x", "/yx"],
        forbidden: &["/this/is/exactly", "/this/a/b/exactly/c", "/xy", "/x/1/y/2"],
    },
    Case {
        section: "2.2.3 an encoded * is a character",
        file: "User-agent: *\nDisallow: /path/file-with-a-%2A.html\n",
        allowed: &["/path/file-with-a-x.html"],
        forbidden: &["/path/file-with-a-*.html", "/path/file-with-a-%2a.html"],
    },
    Case {
        section: "2.2.4 other records, such as sitemaps, do not end a group",
        file: "User-agent: ExampleBot\nSitemap: https://a.example/map.xml\nUser-agent: other\nHost: a.example\nDisallow: /a\n",
        allowed: &["/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "2.2.4 lines that cannot be read are passed over",
        file: "User-agent: *\nhello\n: /x\n\u{1f600}: /y\nDisallow\nDisallow: /a\n<p>html</p>\nDisallow: /b\n",
        allowed: &["/", "/x", "/c"],
        forbidden: &["/a", "/b"],
    },
    Case {
        section: "2.2 lines end in CR, LF or both, and the last one may not end",
        file: "User-agent: *\rDisallow: /a\r\nDisallow: /b\nDisallow: /c",
        allowed: &["/d"],
        forbidden: &["/a", "/b", "/c"],
    },
    Case {
        section: "2.2 white space around keys and values counts for nothing",
        file: "\t User-agent \t:\t * \n  Disallow:/a\t\n Disallow :  /b  \n",
        allowed: &["/c"],
        forbidden: &["/a", "/b"],
    },
    Case {
        section: "2.2 keys are matched whatever their case",
        file: "USER-AGENT: *\nDISALLOW: /a\naLLow: /a/b\n",
        allowed: &["/a/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "2.3 a byte order mark is no part of the first key",
        file: "\u{feff}User-agent: *\nDisallow: /a\n",
        allowed: &["/b"],
        forbidden: &["/a"],
    },
    Case {
        section: "5.1 the simple example, for a crawler that it does not name",
        file: "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\nUser-Agent: foobot\nDisallow:/\nAllow:/example/page.html\n",
        allowed: &["/publications/", "/x", "/x.gif?y"],
        forbidden: &["/x.gif", "/example/", "/example/page.html"],
    },
    Case {
        section: "5.2 the longest match",
        file: "User-Agent: examplebot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n",
        allowed: &["/example/page/", "/example/page/allowed.gif"],
        forbidden: &["/example/page/disallowed.gif"],
    },
];

#[test]
fn the_text_of_the_rfc() {
    for case in CASES {
        let rules = rules(case.file);
        for path in case.allowed {
            assert!(allows(&rules, path), "{}: {path} is allowed", case.section);
        }
        for path in case.forbidden {
            assert!(!allows(&rules, path), "{}: {path} is forbidden", case.section);
        }
    }
}

/// An empty group of one's own followed by another's `User-agent` line is one group of both: the RFC's grammar lets any
/// number of them begin a group, whatever blank lines stand between.
#[test]
fn blank_lines_do_not_part_groups() {
    assert!(!allows(&rules("User-agent: examplebot\n\n\nUser-agent: other\nDisallow: /\n"), "/a"));
}

#[test]
fn bytes_that_are_no_utf_8_are_compared_as_bytes() {
    let rules = rules(b"User-agent: *\nDisallow: /caf\xe9\n");
    assert!(!allows(&rules, "/caf%E9") && allows(&rules, "/caf\u{e9}"));
}

/// Section 2.5: at least 500 kibibytes are read. What lies beyond counts for nothing, and no line is halved.
#[test]
fn the_500_kib_that_are_read_end_with_a_whole_line() {
    let head = "User-agent: *\n#";
    let last = "\nDisallow: /last";
    let fill = |bytes: usize| "x".repeat(bytes - head.len() - last.len());
    for (bytes, behind, counts) in [
        (MAX_ROBOTS_BYTES - 1, "", true),
        (MAX_ROBOTS_BYTES, "", true),
        (MAX_ROBOTS_BYTES, "\nDisallow: /beyond", true),
        (MAX_ROBOTS_BYTES, "\r\nDisallow: /beyond", true),
        (MAX_ROBOTS_BYTES, "-and-more", false),
        (MAX_ROBOTS_BYTES + 1, "", false),
        (MAX_ROBOTS_BYTES + 1, "\nDisallow: /beyond", false),
    ] {
        let rules = rules(format!("{head}{}{last}{behind}", fill(bytes)));
        assert_eq!(!allows(&rules, "/last"), counts, "{bytes} bytes and {behind:?}");
        assert!(allows(&rules, "/beyond") && allows(&rules, "/las"));
    }
    let endless = format!("User-agent: *{}", " ".repeat(MAX_ROBOTS_BYTES));
    assert!(allows(&rules(endless), "/a"));
}

/// Not of the RFC, but of many files.
#[test]
fn crawl_delays() {
    let delay = |text: &str| rules(format!("User-agent: *\n{text}\nDisallow: /a\n")).crawl_delay();
    for (line, seconds) in [
        ("Crawl-delay: 10", Some(10.0)),
        ("crawl-delay:1.5", Some(1.5)),
        ("Crawl-delay: 0", Some(0.0)),
        ("Crawl-delay: 59.9 # seconds", Some(59.9)),
        ("Crawl-delay: 60", Some(60.0)),
        ("Crawl-delay: 61", Some(60.0)),
        ("Crawl-delay: 1e30", Some(60.0)),
        ("Crawl-delay: 2\nCrawl-delay: 7\nCrawl-delay: 3", Some(7.0)),
        ("Crawl-delay: -1", None),
        ("Crawl-delay: NaN", None),
        ("Crawl-delay: ten", None),
        ("Crawl-delay:", None),
    ] {
        let found = delay(line).map(|delay| delay.as_secs_f64());
        let near = |wanted: f64| found.is_some_and(|found| (found - wanted).abs() < 0.001);
        assert!(seconds.map_or(found.is_none(), near), "{line}: {found:?}");
    }
    let own =
        rules("User-agent: *\nCrawl-delay: 30\n\nUser-agent: examplebot\nCrawl-delay: 2\nDisallow: /a\n");
    assert_eq!(own.crawl_delay(), Some(Duration::from_secs(2)));
}
