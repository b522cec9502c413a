//! River Rights Assembly: a coalition whose site was written by hand in tables, and never rewritten.
//!
//! Has the joint statement with its broken list of 43 signatories, entity tags, and no robots.txt.

use super::Host;
use crate::page::{Delivery, Expect, Form, Kind, Page};

const NAME: &str = "riverrights.localhost";
const LAYOUT: &str = include_str!("../../pages/riverrights/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "River Rights Assembly", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    let page = Page::html(NAME, path, kind, title, text).layout(LAYOUT).delivery(Delivery::Etag);
    page.encoded(Form::Utf8, "text/html")
}

const fn expect(title: &'static str, published: &'static str, must: &'static [&'static str]) -> Expect {
    Expect {
        title,
        author: None,
        published: Some(published),
        language: "en",
        must,
        must_not: &[
            "Forty-four rivers, one water",
            "Bookmark us",
            "Mailing list",
            "You are visitor no.",
            "Best viewed at",
            "Print this page",
            "Back to top",
        ],
        signatories: None,
    }
}

const JOINT: Expect = Expect {
    signatories: Some(43),
    ..expect(
        "Let the River Be Measured: End Reprisals Against the Stilt House Network",
        "2025-03-20",
        &[
            "We regard them as punishment for having published it.",
            "Both the RRB and the INO have undertaken in writing to listen to the households along the river",
            "What nobody may do is to answer a measurement with a prison cell.",
            "This statement is supported by:",
            "Andaet Ferry Pilots' Guild (Peam Andaet)",
            "Chroy Thmei Second Row Committee",
            "Clean Nets Fishers' Union (CNFU)",
            "Young Engineers for the Commons (YEC)",
        ],
    )
};

const DRY: Expect = expect(
    "Dry season appeal: leave the deep pools alone",
    "2025-02-03",
    &[
        "nobody has fished there in those months, and no law was needed.",
        "these twelve cannot be made again.",
    ],
);

const MONTH: Expect = expect(
    "One month on, still no log",
    "2025-04-17",
    &["They are staying with cousins in the hills.", "a statement is what was signed on the day."],
);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/riverrights/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Listing, "Front page", text!("index.html")),
    page("/2025-03-20-joint.html", Kind::JointStatement, JOINT.title, text!("joint.html")).expect(JOINT),
    page("/2025-02-dry-season.html", Kind::Statement, DRY.title, text!("dry.html")).expect(DRY),
    page("/2025-04-one-month-on.html", Kind::Statement, MONTH.title, text!("month.html")).expect(MONTH),
];
