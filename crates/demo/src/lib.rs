//! The built-in demo site: a handful of invented organisations on loopback, each with its own host and look.
//!
//! Every organisation, person, place and sentence was made up for this crate. The markup is as messy as that of
//! the real sites Vidimus is for: icon sprites, consent panels, broken lists, wrong charset labels, pages that
//! change or vanish. The crate promises to serve, byte for byte, what [`Page::body`] says, and nothing beyond
//! 127.0.0.1.

mod hosts;
mod page;
mod server;
#[cfg(test)]
mod tests;

pub use hosts::pages;
pub use page::{Change, Day, Delivery, Expect, Form, Kind, Page};
pub use server::{DemoError, DemoSite};

/// Three searches that show what the index can do on this site: each a query and what it shows.
pub const SEARCHES: &[(&str, &str)] = &[
    ("\"survey boat\" log", "a phrase and a word, both required"),
    ("ខ្សាច់", "the Khmer word for sand, inside sentences written without spaces"),
    ("arrestation enqueteurs", "French without its elision (l’arrestation) and accents (enquêteurs)"),
];

/// The sources of the demo site as a config file, for the site listening on `port`.
#[must_use]
pub fn sources_toml(port: u16) -> String {
    include_str!("../pages/sources.toml").replace("{{port}}", &port.to_string())
}

/// The pages an extractor should be tried on, each with what it should find there.
pub fn expectations() -> impl Iterator<Item = (&'static Page, &'static Expect)> {
    pages().filter_map(|page| page.expect.as_ref().map(|expect| (page, expect)))
}
