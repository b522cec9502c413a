//! What an extraction yields: the page as a statement, in an order and with names a reader would use.

use crate::charset::Charset;
use crate::explain::Verdict;
use crate::params::Cut;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// A page read as a statement: who says what, when, in which words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// The headline, without the site's name.
    pub title: Option<String>,
    /// The line below the headline, where the page marks one.
    pub subtitle: Option<String>,
    /// Authors as the page names them.
    pub authors: Vec<String>,
    /// The organisation that publishes the page.
    pub organisation: Option<String>,
    /// The day it was published.
    pub published: Option<Dated>,
    /// The day it was last changed, where the page says so.
    pub modified: Option<Dated>,
    /// Which of the two dates is the day of the statement; nothing where the page is not a dated text.
    pub main_date: Option<MainDate>,
    /// The language of the text as a BCP 47 tag.
    pub language: Option<String>,
    /// The address that the page itself calls canonical, made absolute.
    pub canonical_url: Option<String>,
    /// What sort of page it is.
    pub page_kind: PageKind,
    /// How certain `page_kind` is, from 0 to 100.
    pub page_kind_confidence: u8,
    /// Whether the page shows only the beginning of its text, as before a paywall.
    pub partial: bool,
    /// The text, in order.
    pub blocks: Vec<Block>,
    /// The list of those who signed, if there is one.
    pub signatories: Option<SignatoryList>,
}

impl Statement {
    /// The day of the statement: that one of its two dates which the page presents as its day.
    pub fn date(&self) -> Option<&Dated> {
        match self.main_date? {
            MainDate::Published => self.published.as_ref(),
            MainDate::Modified => self.modified.as_ref(),
        }
    }
}

/// Which of its dates a page presents as the day of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MainDate {
    /// The day of publication, as nearly everywhere.
    Published,
    /// The day of the last change, where the page shows its readers that one, or has no other.
    Modified,
}

/// A date and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// The civil date as the page gives it, in the page's own time zone.
    pub date: Date,
    /// The time of day, where given.
    pub time: Option<Time>,
    /// Where it was found.
    pub origin: DateOrigin,
    /// How certain it is that this is the date in question, from 0 to 100.
    pub confidence: u8,
}

/// Where a date was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DateOrigin {
    /// Structured data in a JSON-LD script.
    JsonLd,
    /// A `<meta>` element.
    Meta,
    /// Structured data in attributes (`itemprop`).
    Microdata,
    /// A `<time>` element.
    TimeElement,
    /// A script that is no JSON-LD, such as the state of the page's own program.
    Script,
    /// The page's address.
    Url,
    /// Text that a reader sees.
    VisibleText,
}

/// The sort of page that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PageKind {
    /// A statement, article, report or post: one text by one voice.
    #[default]
    Article,
    /// A page of links to other pages, or of things to choose from.
    Listing,
    /// A discussion: a question and its answers, a thread.
    Forum,
    /// A thing for sale.
    Product,
    /// Documentation or reference.
    Documentation,
    /// An organisation's page about itself or what it offers.
    Service,
    /// Nothing but a question about cookies or privacy.
    ConsentWall,
    /// A form to log in.
    Login,
    /// A page that says that there is no such page, or that it does not work now, with a status that says otherwise.
    SoftError,
    /// A page without text.
    Empty,
}

/// One piece of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// The part of the statement it belongs to.
    pub section: Section,
    /// The text; lines within a block are separated by `\n`.
    pub text: String,
    /// The links in it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// What a block is, by its markup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BlockKind {
    /// A heading of level 1 to 6.
    Heading {
        /// The level, 1 being the highest.
        level: u8,
    },
    /// A paragraph.
    Paragraph,
    /// An item of a list.
    ListItem {
        /// The number as a browser shows it, such as `8.`; none for bullets.
        marker: Option<String>,
        /// Whether the list is numbered.
        ordered: bool,
        /// Nesting depth, 1 for a list that is in no other.
        depth: u8,
    },
    /// A quotation set apart.
    Quote,
    /// Rows of a table, one a line, cells separated by ` | `.
    Table,
    /// The caption of a picture or table.
    Caption,
    /// Text whose spaces and lines matter.
    Preformatted,
}

/// The part of a statement that a block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Section {
    /// The statement itself.
    #[default]
    Body,
    /// Notes to editors.
    NotesToEditor,
    /// Standing text about the organisation.
    About,
    /// Whom to contact.
    Contacts,
    /// Who signed.
    Signatories,
}

/// A link in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The words that are linked.
    pub text: String,
    /// The absolute address.
    pub href: String,
}

/// Those who signed, across all parts of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignatoryList {
    /// The names, in order; empty where a page only says how many signed.
    pub names: Vec<Signatory>,
    /// How many names the page lists, those included that a budget left out of `names`.
    pub count: u32,
    /// How many there are according to the page itself.
    pub claimed: Option<Claim>,
    /// Whether `claimed` and `count` are the same; nothing if there is no claim or no list.
    pub agrees: Option<bool>,
    /// Further claims that give other numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_claims: Vec<Claim>,
}

/// One who signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signatory {
    /// The name, without acronym, place and role.
    pub name: String,
    /// The acronym beside the name.
    pub acronym: Option<String>,
    /// The place beside the name: a country, a city, a province.
    pub place: Option<String>,
    /// What a person is or does, honorifics included: `Dr., Director, Lake Union`.
    pub role: Option<String>,
    /// The heading above the name, where the names stand under several: `Endorsers`, `Cambodia`.
    pub group: Option<String>,
    /// The number as shown.
    pub number: Option<u32>,
}

/// A page's own word on how many signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The words, as in `LICADHO & 43 Others`.
    pub text: String,
    /// The number of signatories they amount to.
    pub number: u32,
    /// How the list on the page compares; nothing if there is none.
    pub listed: Option<Agreement>,
}

/// How a list compares with what a page says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// As many names are listed as claimed.
    Agrees,
    /// Fewer names are listed.
    Fewer,
    /// More names are listed.
    More,
}

/// The result of reading one page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extraction {
    /// The page as a statement.
    pub statement: Statement,
    /// The encoding that was used.
    pub charset: Charset,
    /// What a budget left out.
    pub cuts: Vec<Cut>,
    /// Why the page is taken for the kind that the statement names.
    pub kind_reasons: Vec<String>,
    /// For every block of the page: kept or dropped, and why. Empty unless [`explain`](crate::explain()) was asked.
    pub trace: Vec<Verdict>,
}
