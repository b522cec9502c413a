//! Stilt House Network: a householders' organisation on a common blogging system.
//!
//! Has the paginated listing, the RSS feed, the Khmer statement, the silent edit, the page that vanishes, the
//! redirect chain and the page that robots.txt forbids.

use super::Host;
use crate::page::{Change, Expect, Kind, Page};

const NAME: &str = "stilthouse.localhost";
const LAYOUT: &str = include_str!("../../pages/stilthouse/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Stilt House Network", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    Page::html(NAME, path, kind, title, text).layout(LAYOUT)
}

const FURNITURE: &[&str] = &[
    "Skip to content",
    "For those who live above the water",
    "Letters from the river",
    "Unsubscribe whenever you like",
    "We use a few cookies",
    "Only what is needed",
    "Proudly powered by",
    "Subscribe by RSS",
];

const fn english(title: &'static str, published: &'static str, must: &'static [&'static str]) -> Expect {
    Expect {
        title,
        author: None,
        published: Some(published),
        language: "en",
        must,
        must_not: FURNITURE,
        signatories: None,
    }
}

const RELEASE: Expect = Expect {
    author: Some("Stilt House Network"),
    must_not: &[
        "Skip to content",
        "Letters from the river",
        "We use a few cookies",
        "Share this",
        "Click to share on Facebook",
        "You may also like",
        "An evening on the landing stage",
        "Previous post",
        "Proudly powered by",
    ],
    ..english(
        "Release the Chroy Thmei surveyors",
        "2025-03-18",
        &[
            "Yesterday morning, at about half past seven, two of our colleagues were taken from the water",
            "“helping with an inquiry into the unlicensed collection of hydrological data”",
            "Those numbers are in our report The Missing Bank, published on 4 March.",
            "please do not go to the post alone.",
        ],
    )
};

const MEASURED: Expect = english(
    "What we measured, and how",
    "2025-03-06",
    &[
        "it was never wrong by more than the width of a hand.",
        "In three years 214 houses were moved, propped up or given to the water.",
        "Three barges in five carried no receipt that their crews could show.",
        "Bring a memory stick and an hour of your time.",
    ],
);

/// The silent edit: a figure falls and a sentence goes, and the page does not say so.
const MEASURED_EDITS: &[(&str, &str)] = &[
    ("In three years 214 houses were moved", "In three years 187 houses were moved"),
    (
        "Three barges in five carried no receipt that their crews could show.",
        "Some barges carried no receipt that their crews could show on the day.",
    ),
];

const RESPONSE: Expect = english(
    "Our response to the Ministry of Waterways",
    "2025-03-13",
    &[
        "between the price of rice and the weather.",
        "It cannot be answered by closing the office that wrote it.",
    ],
);

const LETTER: Expect = english(
    "Open letter to the Regional River Bank",
    "2025-03-24",
    &[
        "To the Board of Governors and the Programme Director,",
        "publish the quantities dredged under each licence, month by month",
        "Thoun Mealea, for the Stilt House Network",
    ],
);

const KHMER: Expect = Expect {
    title: "សេចក្តីថ្លែងការណ៍៖ សូមដោះលែងអ្នកស្ទង់ទន្លេទាំងពីរនាក់",
    language: "km",
    ..english(
        "",
        "2025-03-18",
        &[
            "ការវាស់ជម្រៅទឹកមិនមែនជាបទល្មើសទេ។",
            // The page has a zero-width space after every word here.
            "របាយការណ៍របស់យើងបង្ហាញថាការបូមខ្សាច់បានធ្វើឱ្យផ្ទះចំនួន២១៤ខ្នងរងការខូចខាតក្នុងរយៈពេលបីឆ្នាំ។",
            "ដើម្បីការពារដី ទឹក និងត្រីសម្រាប់កូនចៅជំនាន់ក្រោយ។",
        ],
    )
};

const BOAT: Expect = english(
    "The boat came back without its log",
    "2025-04-30",
    &[
        "We signed for a boat and a sounder, and wrote down what was missing.",
        "which is what a court would want to see.",
    ],
);

const MEETING: Expect = english(
    "An evening on the landing stage at Peam Andaet",
    "2025-02-11",
    &["He was right both times.", "who listened to the end and helped to fold the sheet."],
);

const KHMER_MEETING: Expect = Expect {
    title: "ការប្រជុំសាធារណៈនៅកំពង់ទូកពាមអណ្តែត",
    language: "km",
    ..english(
        "",
        "2025-02-11",
        &["អ្នកភូមិបានសួរថាតើទូកបូមខ្សាច់អាចបោះយុថ្កានៅឆ្ងាយពីផ្ទះប៉ុន្មានម៉ែត្រ", "យើងសូមអរគុណដល់អ្នកទាំងអស់គ្នាដែលបានចូលរួម។"],
    )
};

const LAUNCH: Expect = english(
    "The Missing Bank: our report is out",
    "2025-03-04",
    &[
        "Now the water reaches us, and we throw the stones under the posts.",
        "The association sent a calendar.",
    ],
);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/stilthouse/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Home, "Home", text!("home.html")),
    page("/statements/", Kind::Listing, "Statements", text!("list1.html")),
    page("/statements/page/2/", Kind::Listing, "Statements, page 2", text!("list2.html")),
    page("/statements/page/3/", Kind::Listing, "Statements, page 3", text!("list3.html")),
    page(
        "/statements/release-the-chroy-thmei-surveyors/",
        Kind::Statement,
        RELEASE.title,
        text!("release.html"),
    )
    .expect(RELEASE),
    page("/statements/what-we-measured/", Kind::Statement, MEASURED.title, text!("measured.html"))
        .expect(MEASURED)
        .change(Change::Edited(MEASURED_EDITS)),
    page("/statements/response-to-the-ministry/", Kind::Statement, RESPONSE.title, text!("response.html"))
        .expect(RESPONSE)
        .change(Change::Removed),
    page(
        "/statements/open-letter-to-the-regional-river-bank/",
        Kind::Statement,
        LETTER.title,
        text!("letter.html"),
    )
    .expect(LETTER),
    page("/statements/sechkdei-thlaeng-kar-18-mina/", Kind::Statement, KHMER.title, text!("khmer.html"))
        .expect(KHMER),
    page("/statements/boat-returned-without-its-log/", Kind::Statement, BOAT.title, text!("boat.html"))
        .expect(BOAT),
    page("/statements/public-meeting-peam-andaet/", Kind::Statement, MEETING.title, text!("meeting.html"))
        .expect(MEETING),
    page("/statements/report-launch-the-missing-bank/", Kind::Statement, LAUNCH.title, text!("launch.html"))
        .expect(LAUNCH),
    page(
        "/statements/kar-prachum-peam-andaet/",
        Kind::Statement,
        KHMER_MEETING.title,
        text!("khmer-meeting.html"),
    )
    .expect(KHMER_MEETING),
    page(
        "/drafts/registration-file-annex/",
        Kind::Statement,
        "Annex to the registration file",
        text!("draft.html"),
    )
    .forbidden(),
    Page::redirect(NAME, "/r/42", 301, "/open-letter"),
    Page::redirect(NAME, "/open-letter", 302, "/statements/open-letter-to-the-regional-river-bank/"),
    Page::file(NAME, "/feed.xml", Kind::Feed, "application/rss+xml; charset=UTF-8", text!("feed.xml")),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain; charset=utf-8", text!("robots.txt")),
    Page::file(
        NAME,
        "/wp-content/uploads/2024/11/bank.svg",
        Kind::Picture,
        "image/svg+xml",
        text!("bank.svg"),
    ),
];
