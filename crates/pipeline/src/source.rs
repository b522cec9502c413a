//! A source: where an organisation's statements are found, which of what is found is wanted, and when to look.

use jiff::tz::TimeZone;
use regex::Regex;
use url::{Host, Url};
use vidimus_fetch::discover::{ListingSelectors, SelectorError};

use crate::{CronError, CronSpec, Expect};

/// A source as the configuration spells it.
#[derive(Debug, Clone, Default)]
pub struct SourceSpec {
    /// Its name: lower-case letters, digits and hyphens.
    pub name: String,
    /// The organisation, for pages that do not say.
    pub organisation: Option<String>,
    /// A crontab line of five fields.
    pub schedule: Option<String>,
    /// An IANA time zone; UTC when not given.
    pub timezone: Option<String>,
    /// Pages to capture on every run.
    pub pages: Vec<String>,
    /// Feeds to read.
    pub feeds: Vec<String>,
    /// Sitemaps to read.
    pub sitemaps: Vec<String>,
    /// Listing pages to read.
    pub listings: Vec<ListingSpec>,
    /// Home pages of sites whose feeds and sitemaps are to be found.
    pub discover: Vec<String>,
    /// Hosts that pages may be on, beside those of the addresses above.
    pub hosts: Vec<String>,
    /// What the path and query of a page must match, one of them; empty lets all through.
    pub include: Vec<String>,
    /// What the path and query of a page must not match.
    pub exclude: Vec<String>,
    /// How many pages a run may try.
    pub max_pages: u64,
    /// How many bytes of payload a run may take in.
    pub max_bytes: u64,
    /// How deep sitemaps may be nested.
    pub max_depth: u32,
    /// How many pages of one feed may be read.
    pub feed_pages: u32,
    /// Whether cookies are kept for the length of a visit, and sent back.
    pub cookies: bool,
    /// How many minutes a run may take.
    pub max_minutes: u64,
    /// What is expected of it.
    pub expect: Expect,
}

/// A listing as the configuration spells it.
#[derive(Debug, Clone)]
pub struct ListingSpec {
    /// The first page.
    pub url: String,
    /// CSS selector of the links to statements.
    pub links: String,
    /// CSS selector of the link to the next page.
    pub next: Option<String>,
    /// How many pages of the listing to read.
    pub max_pages: u32,
}

/// A source, checked and ready.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// When to look.
    pub schedule: Option<Schedule>,
    /// Pages to capture on every run.
    pub pages: Vec<Url>,
    /// Feeds to read.
    pub feeds: Vec<Url>,
    /// Sitemaps to read.
    pub sitemaps: Vec<Url>,
    /// Listings to read.
    pub listings: Vec<Listing>,
    /// Home pages of sites whose feeds and sitemaps are to be found.
    pub discover: Vec<Url>,
    /// Sorted: a source may name thousands.
    hosts: Vec<String>,
    include: Vec<Regex>,
    exclude: Vec<Regex>,
    /// How many pages a run may try.
    pub max_pages: u64,
    /// How many bytes of payload a run may take in.
    pub max_bytes: u64,
    /// How deep sitemaps may be nested.
    pub max_depth: u32,
    /// How many pages of one feed may be read.
    pub feed_pages: u32,
    /// Whether cookies are kept for the length of a visit, and sent back.
    pub cookies: bool,
    /// How many minutes a run may take.
    pub max_minutes: u64,
    /// What is expected of it.
    pub expect: Expect,
}

/// When to look.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The crontab line.
    pub spec: CronSpec,
    /// The zone in which it is read.
    pub zone: TimeZone,
}

/// A listing, checked and ready.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The first page.
    pub url: Url,
    /// What is a link to a statement, and what leads to the next page.
    pub selectors: ListingSelectors,
    /// How many pages of it to read.
    pub max_pages: u32,
}

/// What is wrong with a source, with the key of the configuration it stands under.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {what}")]
pub struct SourceError {
    /// The key, such as `schedule`.
    pub key: &'static str,
    /// What is wrong and what would be right.
    pub what: String,
}

impl Source {
    /// Checks a source.
    pub fn new(spec: SourceSpec) -> Result<Self, SourceError> {
        check_name(&spec.name)?;
        let pages = urls("pages", &spec.pages)?;
        let feeds = urls("feeds", &spec.feeds)?;
        let sitemaps = urls("sitemaps", &spec.sitemaps)?;
        let listings = spec.listings.iter().map(listing).collect::<Result<Vec<_>, _>>()?;
        let discover = urls("discover", &spec.discover)?;
        let leads = feeds.iter().chain(&sitemaps).chain(&discover);
        let seeds = pages.iter().chain(leads).chain(listings.iter().map(|l| &l.url));
        let mut hosts: Vec<String> = seeds.filter_map(|u| u.host_str().map(str::to_owned)).collect();
        if hosts.is_empty() {
            let what = "name at least one of pages, feeds, sitemaps, listings, discover, or there is nothing to visit";
            return Err(SourceError { key: "name", what: what.to_owned() });
        }
        hosts.extend(spec.hosts.iter().map(|text| host(text)).collect::<Result<Vec<_>, _>>()?);
        hosts.sort();
        hosts.dedup();
        Ok(Self {
            schedule: schedule(spec.schedule.as_deref(), spec.timezone.as_deref())?,
            include: patterns("include", &spec.include)?,
            exclude: patterns("exclude", &spec.exclude)?,
            name: spec.name,
            organisation: spec.organisation,
            pages,
            feeds,
            sitemaps,
            listings,
            discover,
            hosts,
            max_pages: spec.max_pages,
            max_bytes: spec.max_bytes,
            max_depth: spec.max_depth,
            feed_pages: spec.feed_pages,
            cookies: spec.cookies,
            max_minutes: spec.max_minutes,
            expect: spec.expect,
        })
    }

    /// Whether a URL is on one of the source's hosts.
    pub fn is_on_its_hosts(&self, url: &Url) -> bool {
        let is_known = |host| self.hosts.binary_search_by(|known| known.as_str().cmp(host)).is_ok();
        let on_host = url.host_str().is_some_and(is_known);
        on_host && matches!(url.scheme(), "http" | "https")
    }

    /// Whether a page that was found is wanted.
    pub fn wants(&self, url: &Url) -> bool {
        if !self.is_on_its_hosts(url) {
            return false;
        }
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let included = self.include.is_empty() || self.include.iter().any(|r| r.is_match(&path));
        included && !self.exclude.iter().any(|r| r.is_match(&path))
    }

    /// Every address that the configuration names.
    pub fn seeds(&self) -> impl Iterator<Item = &Url> {
        let listings = self.listings.iter().map(|l| &l.url);
        self.feeds.iter().chain(&self.sitemaps).chain(listings).chain(&self.discover).chain(&self.pages)
    }
}

fn check_name(name: &str) -> Result<(), SourceError> {
    let fits = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits && !name.is_empty() && name.len() <= 64 {
        return Ok(());
    }
    let what = format!("'{name}' is no name: use 1 to 64 lower-case letters, digits and hyphens");
    Err(SourceError { key: "name", what })
}

fn urls(key: &'static str, texts: &[String]) -> Result<Vec<Url>, SourceError> {
    texts.iter().map(|text| url(key, text)).collect()
}

fn url(key: &'static str, text: &str) -> Result<Url, SourceError> {
    let parsed = Url::parse(text).map_err(|e| SourceError {
        key,
        what: format!("'{text}' is no URL ({e}): write it whole, with https://"),
    })?;
    if !matches!(parsed.scheme(), "http" | "https") {
        let what = format!("'{text}' cannot be visited: only http and https are");
        return Err(SourceError { key, what });
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        // Not shown: it would print the password.
        let what = "an address here holds a user's name or password, which are never sent: take them out";
        return Err(SourceError { key, what: what.to_owned() });
    }
    Ok(parsed)
}

/// A host as addresses spell it: in lower case, and with its ASCII form where it is written in another script.
fn host(text: &str) -> Result<String, SourceError> {
    let parsed = Host::parse(text.trim()).map_err(|_| SourceError {
        key: "hosts",
        what: format!("'{text}' is no name of a host: write it without https://, port and path"),
    })?;
    Ok(parsed.to_string())
}

fn listing(spec: &ListingSpec) -> Result<Listing, SourceError> {
    let selectors = ListingSelectors::new(&spec.links, spec.next.as_deref())
        .map_err(|e: SelectorError| SourceError { key: "listings", what: e.to_string() })?;
    Ok(Listing { url: url("listings", &spec.url)?, selectors, max_pages: spec.max_pages })
}

fn patterns(key: &'static str, texts: &[String]) -> Result<Vec<Regex>, SourceError> {
    let compile = |text: &String| {
        Regex::new(text)
            .map_err(|e| SourceError { key, what: format!("'{text}' is no regular expression: {e}") })
    };
    texts.iter().map(compile).collect()
}

fn schedule(line: Option<&str>, zone: Option<&str>) -> Result<Option<Schedule>, SourceError> {
    let name = zone.unwrap_or("UTC");
    let zone = TimeZone::get(name).map_err(|_| SourceError {
        key: "timezone",
        what: format!("'{name}' is no time zone: use an IANA name such as Asia/Phnom_Penh or UTC"),
    })?;
    let Some(line) = line else { return Ok(None) };
    let spec = line.parse().map_err(|e: CronError| SourceError { key: "schedule", what: e.to_string() })?;
    Ok(Some(Schedule { spec, zone }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(page: &str) -> SourceSpec {
        SourceSpec { name: "a".to_owned(), pages: vec![page.to_owned()], ..SourceSpec::default() }
    }

    #[test]
    fn addresses_of_other_schemes_and_credentials_are_refused_under_every_key() {
        for address in
            ["file:///etc/passwd", "ftp://a.example/", "data:,x", "javascript:alert(1)", "/etc/passwd"]
        {
            let list = || vec![address.to_owned()];
            let listing =
                ListingSpec { url: address.to_owned(), links: "a".to_owned(), next: None, max_pages: 1 };
            let plain = SourceSpec { name: "a".to_owned(), ..SourceSpec::default() };
            for (key, spec) in [
                ("pages", SourceSpec { pages: list(), ..plain.clone() }),
                ("feeds", SourceSpec { feeds: list(), ..plain.clone() }),
                ("sitemaps", SourceSpec { sitemaps: list(), ..plain.clone() }),
                ("discover", SourceSpec { discover: list(), ..plain.clone() }),
                ("listings", SourceSpec { listings: vec![listing], ..plain.clone() }),
            ] {
                let error = Source::new(spec).unwrap_err();
                assert_eq!(error.key, key);
                assert!(error.what.contains(address), "{error}");
            }
        }
        let error = Source::new(spec("https://me:secret@a.example/")).unwrap_err().to_string();
        assert!(error.contains("never sent") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn hosts_are_names_and_in_the_form_of_addresses() {
        let with = |host: &str| {
            Source::new(SourceSpec { hosts: vec![host.to_owned()], ..spec("https://a.example/") })
        };
        let source = with("Bücher.Example").unwrap();
        assert!(source.is_on_its_hosts(&Url::parse("https://bücher.example/x").unwrap()));
        assert!(source.is_on_its_hosts(&Url::parse("http://A.example:8080/").unwrap()));
        assert!(!source.is_on_its_hosts(&Url::parse("https://b.a.example/").unwrap()));
        assert!(!source.is_on_its_hosts(&Url::parse("ftp://a.example/").unwrap()));
        for wrong in ["https://b.example", "b.example/x", "b.example:80", "", "b example"] {
            assert_eq!(with(wrong).unwrap_err().key, "hosts", "{wrong}");
        }
    }

    #[test]
    fn what_is_included_and_excluded() {
        let spec = SourceSpec {
            include: vec!["^/news/".to_owned(), "id=[0-9]+$".to_owned()],
            exclude: vec!["/tag/".to_owned()],
            ..spec("https://a.example/")
        };
        let source = Source::new(spec).unwrap();
        for (path, wanted) in [
            ("news/1", true),
            ("news/tag/x", false),
            ("x?id=7", true),
            ("x?id=7&b", false),
            ("old/news/1", false),
            ("tag/?id=7", false),
            ("news/1#tag/", true),
        ] {
            let url = Url::parse(&format!("https://a.example/{path}")).unwrap();
            assert_eq!(source.wants(&url), wanted, "{path}");
        }
    }
}
