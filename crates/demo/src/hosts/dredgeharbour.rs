//! Dredge & Harbor Weekly: a trade paper in American English, on a server-rendered application framework.
//!
//! Has the report with advertising, a newsletter box and related stories in mid-article, served in chunks. The
//! report gives no date of its own, only dates of events.

use super::Host;
use crate::page::{Delivery, Expect, Kind, Page};

const NAME: &str = "dredgeharbour.localhost";
const LAYOUT: &str = include_str!("../../pages/dredgeharbour/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Dredge & Harbor Weekly", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    Page::html(NAME, path, kind, title, text).layout(LAYOUT).delivery(Delivery::Chunked)
}

const MUST_NOT: &[&str] = &[
    "Skip to main content",
    "Advertisement",
    "Related Stories",
    "Container port to extend berth",
    "Two pump makers to merge",
    "Most Read",
    "The Monday Draught",
    "before breakfast",
    "LinkedIn logo",
    "Save article",
    "our 212 partners",
    "Accept All Cookies",
    "Do not sell my data",
    "pageProps",
];

const AUDIT: Expect = Expect {
    title: "Sounding the Alarm: River Surveyors’ Arrest Splits the Sand Trade",
    author: None,
    published: None,
    language: "en",
    must: &[
        "who is allowed to measure what it takes.",
        "“So you say nothing, and then you buy more sand.”",
        "stood on opposite sides of the road",
        "told Dredge & Harbor Weekly that its books were open and its bags packed.",
        "The claim is for 800 million riels (about $199,600)",
        "“poetry, not hydrology.”",
        "“takes note of the concerns expressed by a range of stakeholders",
        "“They have only told us that it is ours, and that it should not be.”",
    ],
    must_not: MUST_NOT,
    signatories: None,
};

const QUARTER: Expect = Expect {
    title: "Sand prices drift lower in first quarter",
    author: Some("Wendell Okafor-Lund"),
    published: Some("2025-04-08"),
    language: "en",
    must: &[
        "down 4 percent from the quarter before",
        "which several of them expect and none of them can date.",
        "three mid-sized contractors said they were about to switch.",
    ],
    must_not: MUST_NOT,
    signatories: None,
};

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/dredgeharbour/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Home, "Home", text!("front.html")),
    page("/news/", Kind::Listing, "News", text!("front.html")),
    page("/news/surveyors-arrest-splits-sand-trade/", Kind::TradeReport, AUDIT.title, text!("audit.html"))
        .expect(AUDIT),
    page("/news/quarter-sand-prices/", Kind::TradeReport, QUARTER.title, text!("quarter.html"))
        .expect(QUARTER),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain", text!("robots.txt")),
];
