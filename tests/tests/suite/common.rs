//! What several modules need: the demo site crawled, and the lines of `list` looked through.

use serde_json::Value;
use vidimus_demo::{Day, sources_toml};
use vidimus_tests::{Home, Site, config_for, next_second};

/// The demo site, and an archive of it.
pub struct Crawled {
    pub site: Site,
    pub home: Home,
    /// The second, since the beginning of 1970, before which lie all captures of the first day, and after it all of
    /// the second.
    pub second_day: u64,
}

/// The demo site crawled on its first day.
pub fn crawled_once() -> Crawled {
    let site = Site::start();
    let home = Home::configured(&config_for(site.port()), &sources_toml(site.port()));
    // The demo site has a page that robots.txt forbids: that is an outcome, and no failure.
    let _ = home.vidimus(&["crawl"]).ok();
    Crawled { site, home, second_day: u64::MAX }
}

/// The demo site crawled on both days.
pub fn crawled_twice() -> Crawled {
    let mut crawled = crawled_once();
    crawled.site.set_day(Day::Second);
    crawled.second_day = next_second();
    let _ = crawled.home.vidimus(&["crawl"]).ok();
    crawled
}

/// The text of a field; empty where it is `null` or not there.
pub fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_default()
}

/// Outcome and code, as in `failed dns`.
pub fn outcome(line: &Value) -> String {
    format!("{} {}", text(line, "outcome"), text(line, "code")).trim_end().to_owned()
}
