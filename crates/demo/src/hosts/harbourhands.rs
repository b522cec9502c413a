//! Harbour Hands Solidarity: a dockers' support group on an ageing content management system.
//!
//! Has the solidarity post with its taxonomy tail, and the Atom feed.

use super::Host;
use crate::page::{Expect, Kind, Page};

const NAME: &str = "harbourhands.localhost";
const LAYOUT: &str = include_str!("../../pages/harbourhands/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Harbour Hands Solidarity", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    Page::html(NAME, path, kind, title, text).layout(LAYOUT)
}

const fn expect(title: &'static str, published: &'static str, must: &'static [&'static str]) -> Expect {
    Expect {
        title,
        author: None,
        published: Some(published),
        language: "en",
        must,
        must_not: &[
            "Jump to navigation",
            "You are here",
            "Stay in the loop",
            "e-bulletin four times",
            "More news",
            "We use cookies on this site",
            "OK, I agree",
            "to post comments",
            "Printer-friendly version",
            "Content licensed",
        ],
        signatories: None,
    }
}

const SOLIDARITY: Expect = Expect {
    must_not: &[
        "Jump to navigation",
        "Stay in the loop",
        "More news",
        "What a weighbridge knows",
        "We use cookies on this site",
        "to post comments",
        "Printer-friendly version",
        "Area(s) of work",
        "Right to organise",
    ],
    ..expect(
        "River sand researchers face detention: dockers stand with the Stilt House Network",
        "2025-03-22",
        &[
            "dock workers have reason to pay attention.",
            "The second figure is nearly three times the first.",
            "may borrow a boat and sound again,” says the joint statement",
            "They know what a barge looks like when it sits two hands lower than its papers say.",
            "in a safe place, for at least five years.",
        ],
    )
};

const NIGHT: Expect = expect(
    "Night shift allowance agreed after nine days",
    "2025-02-14",
    &[
        "It is less than was asked and more than was ever offered.",
        "The strike fund paid out to 212 households.",
    ],
);

const WEIGH: Expect = expect(
    "What a weighbridge knows",
    "2025-01-20",
    &[
        "A weighbridge is a plate in the ground with a clerk beside it.",
        "fit into the pocket of a safety vest; we tried.",
    ],
);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/harbourhands/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Listing, "News", text!("news.html")),
    page("/en/news", Kind::Listing, "News", text!("news.html")),
    page(
        "/en/news/dockers-stand-with-stilt-house",
        Kind::Solidarity,
        SOLIDARITY.title,
        text!("solidarity.html"),
    )
    .expect(SOLIDARITY),
    page("/en/news/night-shift-allowance-agreed", Kind::Statement, NIGHT.title, text!("night.html"))
        .expect(NIGHT),
    page("/en/news/what-a-weighbridge-knows", Kind::Statement, WEIGH.title, text!("weigh.html"))
        .expect(WEIGH),
    Page::file(NAME, "/atom.xml", Kind::Feed, "application/atom+xml", text!("atom.xml")),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain", text!("robots.txt")),
];
