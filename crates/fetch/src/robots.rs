//! robots.txt by RFC 9309: what a file says to one crawler, and by which line.
//!
//! Groups are found by product token and merged, the longest matching rule wins and `Allow` wins a tie, `*` and a final
//! `$` are special, and both sides of each comparison are brought to one percent-encoding. Matching is linear in rule
//! and path, with no regular expressions, so that neither a hostile file nor ten thousand ordinary ones cost much.

use std::time::Duration;

use url::Url;

/// How much of a file is read: the 500 KiB that the RFC asks for.
pub const MAX_ROBOTS_BYTES: usize = 500 << 10;

/// The longest crawl delay that is kept.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// The most `Sitemap` lines that are kept.
const MAX_SITEMAPS: usize = 500;

/// The rules of one robots.txt for one crawler.
#[derive(Debug, Default)]
pub struct RobotsRules {
    group: Group,
    sitemaps: Vec<Url>,
}

/// Whether a URL may be fetched, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsVerdict {
    /// Whether it may.
    pub allowed: bool,
    /// The rule that decided, as in `Disallow: /private (line 3)`; `None` where no rule matched.
    pub rule: Option<String>,
}

impl RobotsRules {
    /// Reads a file's rules for the crawler with this product token.
    pub fn parse(bytes: &[u8], token: &str) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = GroupReader::new(token);
        for (index, line) in lines(within_bounds(bytes)).enumerate() {
            reader.take(index.saturating_add(1), line);
        }
        let group = if reader.named { reader.ours } else { reader.everybodys };
        Self { group, sitemaps: reader.sitemaps }
    }

    /// Whether the file lets the crawler fetch this URL, and by which rule.
    pub fn verdict(&self, url: &Url) -> RobotsVerdict {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        if path == "/robots.txt" {
            return RobotsVerdict { allowed: true, rule: None };
        }
        let path = one_form(path.as_bytes(), Side::Url);
        let matching = self.group.rules.iter().filter(|rule| rule.matches(&path));
        let decisive = matching.max_by_key(|rule| (rule.pattern.len(), rule.allow));
        RobotsVerdict {
            allowed: decisive.is_none_or(|rule| rule.allow),
            rule: decisive.map(|rule| {
                let key = if rule.allow { "Allow" } else { "Disallow" };
                format!("{key}: {} (line {})", rule.pattern, rule.line)
            }),
        }
    }

    /// Whether the file lets the crawler fetch this URL.
    pub fn allows(&self, url: &Url) -> bool {
        self.verdict(url).allowed
    }

    /// The longest `Crawl-delay` of the crawler's groups, at most a minute.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.group.delay
    }

    /// The sitemaps that the file names, for all crawlers.
    pub fn sitemaps(&self) -> &[Url] {
        &self.sitemaps
    }
}

/// The product token that a `User-Agent` begins with: `Vidimus` of `Vidimus/0.1 (+https://…)`.
pub fn product_token(user_agent: &str) -> &str {
    let end = user_agent.find(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_'));
    user_agent.get(..end.unwrap_or(user_agent.len())).unwrap_or_default()
}

/// What all groups for the same crawler say together.
#[derive(Debug, Default)]
struct Group {
    rules: Vec<Rule>,
    delay: Option<Duration>,
}

#[derive(Debug, Clone)]
struct Rule {
    allow: bool,
    /// In the form in which paths are compared.
    pattern: String,
    line: usize,
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let (pattern, anchored) = match self.pattern.strip_suffix('$') {
            Some(pattern) => (pattern, true),
            None => (self.pattern.as_str(), false),
        };
        let (first, rest) = match pattern.split_once('*') {
            Some((first, rest)) => (first, Some(rest)),
            None => (pattern, None),
        };
        let Some(mut left) = path.strip_prefix(first) else { return false };
        let Some(rest) = rest else { return !anchored || left.is_empty() };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        // The earliest place of each part leaves the most room for the parts behind it.
        for part in middle.split('*') {
            let Some(at) = left.find(part) else { return false };
            left = left.get(at.saturating_add(part.len())..).unwrap_or_default();
        }
        if anchored { left.ends_with(last) } else { left.contains(last) }
    }
}

/// Reads lines, and sorts what they say by whom it is said to.
struct GroupReader<'t> {
    token: &'t str,
    /// Some group names the crawler, even if it has no rules.
    named: bool,
    ours: Group,
    everybodys: Group,
    sitemaps: Vec<Url>,
    /// To whom the current group speaks; before the first group, to nobody.
    to_us: bool,
    to_everybody: bool,
    /// A rule has come, so that the next `User-agent` line begins another group.
    in_rules: bool,
}

impl<'t> GroupReader<'t> {
    fn new(token: &'t str) -> Self {
        Self {
            token,
            named: false,
            ours: Group::default(),
            everybodys: Group::default(),
            sitemaps: Vec::new(),
            to_us: false,
            to_everybody: false,
            in_rules: false,
        }
    }

    fn take(&mut self, number: usize, line: &[u8]) {
        let line = line.split(|b| *b == b'#').next().unwrap_or_default();
        let Some((key, value)) = key_and_value(line) else { return };
        match key.as_str() {
            "user-agent" | "useragent" | "user agent" => self.agent(value),
            "allow" => self.rule(true, number, value),
            // Misspellings that are common enough to be meant.
            "disallow" | "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => {
                self.rule(false, number, value);
            }
            "crawl-delay" | "crawldelay" | "crawl delay" => self.delay(value),
            "sitemap" | "site-map" | "site map" if self.sitemaps.len() < MAX_SITEMAPS => {
                self.sitemaps.extend(std::str::from_utf8(value).ok().and_then(|text| Url::parse(text).ok()));
            }
            _ => {}
        }
    }

    fn agent(&mut self, value: &[u8]) {
        if std::mem::take(&mut self.in_rules) {
            self.to_us = false;
            self.to_everybody = false;
        }
        let text = String::from_utf8_lossy(value);
        if text.split_whitespace().next() == Some("*") {
            self.to_everybody = true;
        } else if product_token(&text).eq_ignore_ascii_case(self.token) && !self.token.is_empty() {
            self.to_us = true;
            self.named = true;
        }
    }

    fn rule(&mut self, allow: bool, line: usize, value: &[u8]) {
        self.in_rules = true;
        // An empty rule matches nothing, whichever it is.
        if value.is_empty() {
            return;
        }
        let rule = Rule { allow, pattern: one_form(value, Side::Rule), line };
        if self.to_everybody {
            self.everybodys.rules.push(rule.clone());
        }
        if self.to_us {
            self.ours.rules.push(rule);
        }
    }

    /// Takes a delay; it is no rule of the RFC's, so it does not part a group's `User-agent` lines.
    fn delay(&mut self, value: &[u8]) {
        let seconds = std::str::from_utf8(value).ok().and_then(|text| text.parse::<f32>().ok());
        let Some(seconds) = seconds.filter(|s| *s >= 0.0) else { return };
        let Ok(delay) = Duration::try_from_secs_f32(seconds.min(LONGEST_DELAY.as_secs_f32())) else { return };
        if self.to_us {
            self.ours.delay = self.ours.delay.max(Some(delay));
        }
        if self.to_everybody {
            self.everybodys.delay = self.everybodys.delay.max(Some(delay));
        }
    }
}

/// The lines of a file, ended by LF, CR or both; a NUL ends one too, as some files have them.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let here = rest?;
        let Some(end) = here.iter().position(ends_line) else {
            rest = None;
            return Some(here);
        };
        let (line, behind) = here.split_at_checked(end)?;
        let width = if behind.starts_with(b"\r\n") { 2 } else { 1 };
        rest = behind.get(width..);
        Some(line)
    })
}

/// The bytes that are read: whole lines, so that a cut does not make another rule of one.
fn within_bounds(bytes: &[u8]) -> &[u8] {
    match bytes.get(..MAX_ROBOTS_BYTES) {
        // The line that ends just there is whole.
        Some(window) if bytes.get(MAX_ROBOTS_BYTES).is_some_and(|next| !ends_line(next)) => {
            let end = window.iter().rposition(ends_line).unwrap_or(0);
            window.get(..end).unwrap_or(window)
        }
        Some(window) => window,
        None => bytes,
    }
}

fn ends_line(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Rule,
    Url,
}

/// A line's key in lower case and its value; a missing colon is forgiven.
fn key_and_value(line: &[u8]) -> Option<(String, &[u8])> {
    let line = line.trim_ascii();
    let at =
        line.iter().position(|b| *b == b':').or_else(|| line.iter().position(u8::is_ascii_whitespace))?;
    let key = String::from_utf8_lossy(line.get(..at)?).trim().to_ascii_lowercase();
    Some((key, line.get(at.saturating_add(1)..)?.trim_ascii()))
}

/// The one spelling in which rules and URLs are compared (RFC 9309, section 2.2.2): percent-encoded where a byte is not
/// plain ASCII, decoded where the byte is unreserved, hex digits in upper case.
fn one_form(path: &[u8], side: Side) -> String {
    let mut out = String::with_capacity(path.len());
    let mut at = 0_usize;
    let mut in_query = false;
    while let Some(byte) = path.get(at).copied() {
        let (byte, width) =
            match (byte, path.get(at.saturating_add(1)..at.saturating_add(3)).and_then(hex_byte)) {
                (b'%', Some(decoded)) => (decoded, 3),
                _ => (byte, 1),
            };
        in_query |= byte == b'?' && width == 1;
        let at_end = at.saturating_add(width) >= path.len();
        at = at.saturating_add(width);
        let plain = match byte {
            // In a query, a delimiter means the same whether it is encoded or not.
            b':' | b'/' if in_query => true,
            _ if width == 3 => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'),
            b'*' => side == Side::Rule,
            b'$' => side == Side::Rule && at_end,
            _ => byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`'),
        };
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod rfc9309;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allowed(file: &str, path: &str) -> bool {
        let url = Url::parse("https://example.com").unwrap().join(path).unwrap();
        RobotsRules::parse(file.as_bytes(), "ExampleBot").allows(&url)
    }

    #[test]
    fn groups_are_found_by_product_token_and_merged() {
        let file = "User-agent: *\nDisallow: /\n\nUser-agent: examplebot/2.0 (+x)\nUser-agent: other\nDisallow: /a\n\n\
                    User-Agent: ExampleBot # again\nDisallow: /b\n";
        assert!(!allowed(file, "/a") && !allowed(file, "/b") && allowed(file, "/c"));
        assert!(!allowed("user-agent: *\ndisallow: /x", "/x"), "no group of its own: the star's");
        assert!(allowed("User-agent: ExampleBotX\nDisallow: /", "/"));
        assert!(allowed("User-agent: other\nDisallow: /", "/"));
        assert!(allowed("User-agent: ExampleBot\n\nUser-agent: zzz\nAllow: /", "/"));
        assert!(allowed("Disallow: /", "/a"), "a rule outside any group counts for nothing");
        assert!(!allowed("User-agent: a\nCrawl-delay: 1\nUser-agent: ExampleBot\nDisallow: /", "/"));
    }

    #[test]
    fn the_longest_match_wins_and_allow_wins_a_tie() {
        let file = "User-agent: *\nAllow: /p\nDisallow: /\n";
        assert!(allowed(file, "/page") && !allowed(file, "/folder/page"));
        assert!(allowed("User-agent: *\nDisallow: /folder\nAllow: /folder\n", "/folder/page"));
        let file = "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
        assert!(!allowed(file, "/example/page/disallowed.gif") && allowed(file, "/example/page/x.gif"));
        assert!(allowed("User-agent: *\nDisallow:\n", "/x"));
        assert!(!allowed("User-agent: *\nAllow:\nDisallow: /\n", "/x"), "an empty Allow allows nothing");
        assert!(allowed("User-agent: *\nDisallow: /\n", "/robots.txt"));
        assert!(allowed("User-agent: *\nDisallow: /FISH\n", "/fish"), "paths mind their case");
    }

    #[test]
    fn wildcards_and_ends() {
        let file = "User-agent: *\nDisallow: /*.php$\nDisallow: /a*b\nDisallow: *gif\n";
        assert!(!allowed(file, "/x/y.php") && allowed(file, "/x.php?z") && allowed(file, "/x.php5"));
        assert!(!allowed(file, "/aXXb/c") && allowed(file, "/xab") && !allowed(file, "/i/1.gif"));
        let file =
            "User-agent: *\nDisallow: /path/file-with-a-%2A.html\nDisallow: /price$5\nDisallow: /foo-%24\n";
        assert!(!allowed(file, "/path/file-with-a-*.html") && allowed(file, "/path/file-with-a-x.html"));
        assert!(!allowed(file, "/price$50") && !allowed(file, "/foo-$"));
    }

    #[test]
    fn percent_encoding_is_compared_in_one_form() {
        for (rule, path) in [
            ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
            ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"),
            ("/foo/bar?baz=https%3a%2f%2ffoo.bar", "/foo/bar?baz=https://foo.bar"),
            ("/foo/bar/\u{30c4}", "/foo/bar/%E3%83%84"),
            ("/foo/bar/%E3%83%84", "/foo/bar/\u{30c4}"),
            ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
            ("/foo/bar/%7euser", "/foo/bar/~user"),
            ("/a%2fb", "/a%2Fb"),
        ] {
            assert!(!allowed(&format!("User-agent: *\nDisallow: {rule}\n"), path), "{rule} against {path}");
        }
        assert!(allowed("User-agent: *\nDisallow: /a%2Fb\n", "/a/b"));
    }

    #[test]
    fn odd_files_are_read() {
        assert!(!allowed("\u{feff}User-agent: *\r\nDisallow: /a\r\n", "/a"));
        assert!(!allowed("User-agent: *\rDisallow: /a", "/a"));
        assert!(!allowed(" user-agent : * # all\n dissallow : /a # not this", "/a"));
        assert!(!allowed("User-agent *\nDisallow /a", "/a"));
        assert!(allowed("<html><body>Not found</body></html>", "/a"));
        assert!(allowed("", "/a"));
    }

    #[test]
    fn only_the_first_500_kib_count_and_no_line_is_halved() {
        let filler = "# comment\n".repeat(MAX_ROBOTS_BYTES / 10 - 2);
        let file = format!("User-agent: *\n{filler}Disallow: /private/\nDisallow: /late\n");
        assert!(allowed(&file, "/private/") && allowed(&file, "/pr"));
        assert!(!allowed(&format!("User-agent: *\nDisallow: /a\n{filler}{filler}"), "/a"));
    }

    #[test]
    fn delay_and_sitemaps() {
        let file = b"Sitemap: https://e.com/1.xml\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /a\nsitemap:https://e.com/2\n";
        let rules = RobotsRules::parse(file, "x");
        assert_eq!(rules.crawl_delay(), Some(Duration::from_millis(2500)));
        assert_eq!(rules.sitemaps().len(), 2);
        let delay = |text: &str| {
            RobotsRules::parse(format!("User-agent: *\nCrawl-delay: {text}\n").as_bytes(), "x").crawl_delay()
        };
        assert_eq!(
            (delay("86400"), delay("inf"), delay("-1"), delay("x")),
            (Some(LONGEST_DELAY), Some(LONGEST_DELAY), None, None)
        );
    }

    #[test]
    fn the_deciding_rule_is_named() {
        let rules = RobotsRules::parse(
            b"# x\r\nUser-agent: *\r\nDisallow: /private\r\nAllow: /private/open\r\n",
            "x",
        );
        let verdict = |path: &str| rules.verdict(&Url::parse("http://e.com").unwrap().join(path).unwrap());
        assert_eq!(verdict("/private/a").rule.as_deref(), Some("Disallow: /private (line 3)"));
        let open = RobotsVerdict { allowed: true, rule: Some("Allow: /private/open (line 4)".to_owned()) };
        assert_eq!(verdict("/private/open"), open);
        assert_eq!(verdict("/else"), RobotsVerdict { allowed: true, rule: None });
    }

    #[test]
    fn patterns_match_where_they_should() {
        for (pattern, path, expected) in [
            ("/a*$", "/abc", true),
            ("/a*c$", "/abcbc", true),
            ("/a*b*c$", "/axbxc", true),
            ("/a*bc*c$", "/abc", false),
            ("/*", "/", true),
            ("*", "/", true),
            ("/a**b", "/axb", true),
            ("$", "/", false),
            ("/$", "/", true),
            ("/$", "/a", false),
            ("nothing", "/nothing", false),
        ] {
            let rule = Rule { allow: false, pattern: one_form(pattern.as_bytes(), Side::Rule), line: 1 };
            assert_eq!(rule.matches(path), expected, "{pattern} against {path}");
        }
    }

    #[test]
    fn tokens() {
        assert_eq!(product_token("Vidimus/0.1 (+https://x)"), "Vidimus");
        assert_eq!(product_token("My-Bot_x"), "My-Bot_x");
    }

    proptest! {
        #[test]
        fn any_file_is_survived(file in prop::collection::vec(any::<u8>(), 0..300), path in "/[ -~]{0,40}") {
            if let Ok(url) = Url::parse(&format!("http://a.example{path}")) {
                RobotsRules::parse(&file, "Bot").allows(&url);
            }
        }

        #[test]
        fn any_rules_are_survived(lines in prop::collection::vec(("(allow|disallow|user-agent|crawl-delay)", "[/*$%a-f0-9?]{0,20}"), 0..20)) {
            let file: String = lines.iter().map(|(k, v)| format!("{k}: {v}\n")).collect();
            let url = Url::parse("http://a.example/abc/def?x").unwrap();
            RobotsRules::parse(format!("user-agent: *\n{file}").as_bytes(), "Bot").allows(&url);
        }

        #[test]
        fn an_independent_reader_agrees(
            rules in prop::collection::vec((any::<bool>(), "/[a-c/]{0,4}[*]?[a-c/]{0,3}[$]?"), 1..8),
            path in "/[a-c/]{0,8}",
        ) {
            let mut file = "User-agent: *\n".to_owned();
            for (allow, pattern) in &rules {
                file.push_str(&format!("{}: {pattern}\n", if *allow { "Allow" } else { "Disallow" }));
            }
            let url = Url::parse("http://a.example").unwrap().join(&path).unwrap_or_else(|_| Url::parse("http://a.example/").unwrap());
            let theirs = texting_robots::Robot::new("bot", file.as_bytes()).unwrap();
            prop_assert_eq!(RobotsRules::parse(file.as_bytes(), "bot").allows(&url), theirs.allowed(url.as_str()), "{}", file);
        }
    }
}
