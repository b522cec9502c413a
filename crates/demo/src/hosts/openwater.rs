//! Open Water Accountability Library: a resource centre rendered by a client-side framework.
//!
//! Has the excerpt of the joint statement between an icon sprite and a consent panel, and the sitemap index with a
//! gzipped part.

use super::Host;
use crate::page::{Expect, Form, Kind, Page};

const NAME: &str = "openwater.localhost";
const LAYOUT: &str = include_str!("../../pages/openwater/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Open Water Accountability Library", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    Page::html(NAME, path, kind, title, text).layout(LAYOUT)
}

const fn expect(
    title: &'static str,
    author: &'static str,
    published: &'static str,
    must: &'static [&'static str],
) -> Expect {
    Expect {
        title,
        author: Some(author),
        published: Some(published),
        language: "en",
        must,
        must_not: &[
            "accountabilityanchor-point",
            "anchor-point",
            "defenders-at-risk",
            "Group 7 Copy 3",
            "zoom-lens",
            "Timeline",
            "About your privacy",
            "Strictly necessary storage",
            "Analytics cookies",
            "Promotional cookies",
            "Save choices",
            "works best with JavaScript",
            "weekly digest",
            "charity without shareholders",
        ],
        signatories: None,
    }
}

const EXCERPT: Expect = expect(
    "River sand: 44 groups call on RRB and INO to welcome independent soundings and urge ministry to free surveyors",
    "River Rights Assembly & 43 Others",
    "2025-03-20",
    &[
        "We … are alarmed by the detention of two surveyors of the Stilt House Network (SHN)",
        "to listen to the households along the river … The report took them at their word…",
        "when it was their competitors who loaded at night…",
        "so that this quarrel can be settled with arithmetic…",
    ],
);

const COMPANY: Expect = expect(
    "Golden Heron Aggregates responds on barge receipts",
    "Golden Heron Aggregates",
    "2025-04-02",
    &[
        "Its reply is printed here in full, without changes.",
        "our people are told to show papers to officers and to nobody else.",
        "The invitation to them remains open.",
    ],
);

const THEME: Expect = expect(
    "River sand",
    "Library staff",
    "2025-01-09",
    &[
        "The people who live closest to the edge notice first and are asked last.",
        "not because we agree with it.",
    ],
);

const BRIEF: Expect = expect(
    "Can a ministry review an association for publishing numbers?",
    "Library staff",
    "2025-03-26",
    &["Publishing a report is not on the list.", "That may be the point of them."],
);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/openwater/", $file))
    };
}

const XML: &str = "application/xml";

const PAGES: &[Page] = &[
    page("/", Kind::Listing, "Latest", text!("latest.html")),
    page("/en/latest/", Kind::Listing, "Latest", text!("latest.html")),
    page(
        "/en/latest/river-sand-44-groups-call-on-rrb-and-ino/",
        Kind::Excerpt,
        EXCERPT.title,
        text!("excerpt.html"),
    )
    .expect(EXCERPT),
    page(
        "/en/latest/golden-heron-aggregates-responds/",
        Kind::Statement,
        COMPANY.title,
        text!("company.html"),
    )
    .expect(COMPANY),
    page(
        "/en/latest/can-a-ministry-review-an-association/",
        Kind::Statement,
        BRIEF.title,
        text!("brief.html"),
    )
    .expect(BRIEF),
    page("/en/themes/river-sand/", Kind::Statement, THEME.title, text!("theme.html")).expect(THEME),
    Page::file(NAME, "/sitemap_index.xml", Kind::Sitemap, XML, text!("sitemap_index.xml")),
    Page::file(NAME, "/sitemaps/articles-1.xml.gz", Kind::Sitemap, "application/gzip", text!("articles.xml"))
        .encoded(Form::GzipFile, "application/gzip"),
    Page::file(NAME, "/sitemaps/themes.xml", Kind::Sitemap, XML, text!("themes.xml")),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain", text!("robots.txt")),
];
