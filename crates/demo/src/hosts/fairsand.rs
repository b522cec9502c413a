//! Campaign for Fair Sand: a network with a press desk, on a content management system for institutions.
//!
//! Has the press release, whose only date stands at its end, served with gzip content coding.

use super::Host;
use crate::page::{Delivery, Expect, Form, Kind, Page};

const NAME: &str = "fairsand.localhost";
const LAYOUT: &str = include_str!("../../pages/fairsand/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Campaign for Fair Sand", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    let page = Page::html(NAME, path, kind, title, text).layout(LAYOUT).delivery(Delivery::Gzip);
    page.encoded(Form::Utf8, "text/html;charset=utf-8")
}

const fn expect(title: &'static str, published: &'static str, must: &'static [&'static str]) -> Expect {
    Expect {
        title,
        author: None,
        published: Some(published),
        language: "en",
        must,
        must_not: &[
            "Skip to content",
            "You are in",
            "Tweet",
            "Receive our news by e-mail",
            "Site map",
            "Do not count me",
            "a network of 61 organisations",
        ],
        signatories: None,
    }
}

const PRESS: Expect = expect(
    "Campaign for Fair Sand asks builders to speak up before a critic of their sand is silenced",
    "2025-03-26",
    &[
        "It is a sober document, and seven pages of it are praise.",
        "“A hotel that is proud of its certified towels should be able to say one sentence",
        "said Ilse Verbruggen of the Campaign for Fair Sand.",
        "Notes to editor",
        "Tomasz Adeyemi, research, Campaign for Fair Sand: tomasz@fairsand.example, +99 555 0142 377",
    ],
);

const TENDER: Expect = expect(
    "Four lines that every tender for sand should contain",
    "2025-01-15",
    &["if a person is punished for counting, the buyer may walk away", "one of them pays less than before."],
);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/fairsand/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Home, "News", text!("home.html")),
    page("/news", Kind::Listing, "News", text!("home.html")),
    page("/news/2025/builders-speak-up", Kind::PressRelease, PRESS.title, text!("press.html")).expect(PRESS),
    page("/news/2025/four-lines-for-tenders", Kind::Statement, TENDER.title, text!("tender.html"))
        .expect(TENDER),
    Page::file(NAME, "/sitemap.xml", Kind::Sitemap, "text/xml", text!("sitemap.xml")),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain", text!("robots.txt")),
];
