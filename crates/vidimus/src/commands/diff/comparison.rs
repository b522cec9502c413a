//! What two statements differ in: text, title, authors, dates, language, signatories.

use jiff::Timestamp;
use vidimus_catalog::time_text;
use vidimus_compare::{Diff, ListMatch, diff, is_country, match_lists};
use vidimus_extract::{Dated, Signatory, SignatoryList, Statement};

use super::Side;
use super::sides::is_cut_short;

/// A fact about the statement that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// In the old capture; nothing where the page does not say.
    pub old: Option<String>,
    /// In the new one.
    pub new: Option<String>,
}

/// The signatories of the two, compared.
#[derive(Debug, Clone)]
pub struct Signatories {
    /// The names of the old capture, as listed.
    pub old: Vec<String>,
    /// Those of the new one.
    pub new: Vec<String>,
    /// Which stand for one another.
    pub matched: ListMatch,
    /// What the old page says of their number, compared with its list.
    pub old_claim: Option<String>,
    /// What the new page says of it.
    pub new_claim: Option<String>,
}

impl Signatories {
    /// Whether only one of the two lists anybody: then nobody joined or left as far as can be told.
    pub fn is_one_sided(&self) -> bool {
        self.old.is_empty() != self.new.is_empty()
    }

    /// Whether the same stand on both, however they are spelt.
    pub fn is_same(&self) -> bool {
        let ListMatch { joined, left, doubtful, .. } = &self.matched;
        joined.is_empty() && left.is_empty() && doubtful.is_empty()
    }

    /// How many stand on either list.
    pub fn counts(&self) -> String {
        let same = match (self.is_one_sided(), self.is_same()) {
            (true, _) => ": only one of the two has a list",
            (false, true) => ", the same ones",
            (false, false) => "",
        };
        format!("{} in A, {} in B{same}", self.old.len(), self.new.len())
    }

    fn is_alike(&self) -> bool {
        self.is_same() && self.matched.renamed.is_empty() && self.old_claim == self.new_claim
    }
}

/// Two captures, compared.
#[derive(Debug)]
pub struct Comparison {
    /// The one.
    pub old: Side,
    /// The other.
    pub new: Side,
    /// The difference of the texts.
    pub text: Diff,
    /// The facts that differ.
    pub fields: Vec<Field>,
    /// The signatories, where either page lists any.
    pub signatories: Option<Signatories>,
    /// What has to be said of how they were compared.
    pub notes: Vec<String>,
}

impl Comparison {
    /// Compares two sides that were read alike.
    pub fn of(old: Side, new: Side, mut notes: Vec<String>) -> Comparison {
        for (letter, side) in [("A", &old), ("B", &new)] {
            if is_cut_short(&side.capture) {
                notes.push(format!(
                    "{letter} was cut short: only the beginning of it came, and what it lacks may have stood on the page"
                ));
            }
        }
        let text = diff(&old.text, &new.text);
        let fields = fields(&old.statement, &new.statement);
        let signatories = signatories(&old.statement, &new.statement);
        Comparison { old, new, text, fields, signatories, notes }
    }

    /// Whether a reader would see no difference in the statement.
    pub fn is_same(&self) -> bool {
        self.text.summary.is_same()
            && self.fields.is_empty()
            && self.signatories.as_ref().is_none_or(Signatories::is_alike)
    }

    /// Whether the one is another version than the other: more differs than the day that the page gives for its last change.
    pub fn is_version(&self) -> bool {
        !self.is_same() && (!self.text.summary.is_same() || !self.is_dated_alone())
    }

    /// Whether nothing beside the text differs but the day of the last change.
    fn is_dated_alone(&self) -> bool {
        self.fields.iter().all(|field| field.name == "modified")
            && self.signatories.as_ref().is_none_or(Signatories::is_alike)
    }

    /// Whether what came over the wire is the same, bit for bit.
    pub fn same_bytes(&self) -> bool {
        let payload = self.old.capture.payload_sha256;
        payload.is_some() && payload == self.new.capture.payload_sha256
    }

    /// What the comparison comes to, in a sentence.
    pub fn verdict(&self) -> String {
        let summary = &self.text.summary;
        match (self.is_same(), self.same_bytes()) {
            (true, true) => "the same bytes: nothing differs".to_owned(),
            (true, false) => "the bytes differ, the statement does not".to_owned(),
            (false, _) if summary.is_same() => {
                format!(
                    "the text is the same ({}); what is said of it differs",
                    counted(summary.new_words, "word")
                )
            }
            (false, _) if !summary.is_edit() => {
                format!(
                    "no word of the text differs; its typography does, in {}",
                    counted(summary.typography, "place")
                )
            }
            (false, _) => size(summary),
        }
    }

    /// Whether the text of a page was edited although the dates that it gives for itself stayed as they were. That is said of
    /// two captures of one page alone, which this archive made itself and which came and were shown whole.
    pub fn is_silent(&self) -> bool {
        let (old, new) = (&self.old.statement, &self.new.statement);
        let is_sound =
            |side: &Side| side.capture.witnessed && !is_cut_short(&side.capture) && !side.statement.partial;
        let one_page = self.old.capture.url_key == self.new.capture.url_key;
        let same = |one: &Option<Dated>, other: &Option<Dated>| day(one.as_ref()) == day(other.as_ref());
        one_page
            && is_sound(&self.old)
            && is_sound(&self.new)
            && self.text.summary.is_edit()
            && same(&old.modified, &new.modified)
            && same(&old.published, &new.published)
    }

    /// Whether neither side gives a date for itself.
    pub fn is_undated(&self) -> bool {
        [&self.old.statement, &self.new.statement]
            .iter()
            .all(|statement| statement.modified.is_none() && statement.published.is_none())
    }
}

/// `+12 -3 words, 8 words moved, 4 % of the text`.
pub fn size(summary: &vidimus_compare::Summary) -> String {
    let mut parts = Vec::new();
    if summary.added + summary.removed > 0 {
        parts.push(format!("+{} -{} words", summary.added, summary.removed));
    } else if summary.changes > 0 {
        parts.push(format!("{} of punctuation", counted(summary.changes, "change")));
    }
    if summary.moved > 0 {
        parts.push(format!("{} moved", counted(summary.moved, "word")));
    }
    let percent = summary.percent();
    let share = if percent > 0.0 && percent < 1.0 { "under 1".to_owned() } else { format!("{percent:.0}") };
    parts.push(format!("{share} % of the text"));
    parts.join(", ")
}

/// `1 word`, `2 words`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// When a side was captured, and on whose word.
pub fn captured(side: &Side) -> String {
    let at = time(side.capture.started_at);
    if side.capture.witnessed {
        at
    } else {
        format!("{at} (according to an imported file; not witnessed by this archive)")
    }
}

/// A time to the second, in UTC.
pub fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time as JSON has it.
pub fn exact_time(time: Timestamp) -> String {
    time_text(time)
}

fn fields(old: &Statement, new: &Statement) -> Vec<Field> {
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join("; "));
    let shown = |statement: &Statement| statement.partial.then(|| "only the beginning".to_owned());
    let all = [
        ("title", old.title.clone(), new.title.clone()),
        ("authors", list(&old.authors), list(&new.authors)),
        ("published", day(old.published.as_ref()), day(new.published.as_ref())),
        ("modified", day(old.modified.as_ref()), day(new.modified.as_ref())),
        ("language", old.language.clone(), new.language.clone()),
        ("shown", shown(old), shown(new)),
    ];
    let differ = |(name, old, new): (&'static str, Option<String>, Option<String>)| {
        (plain(old.as_deref()) != plain(new.as_deref())).then_some(Field { name, old, new })
    };
    all.into_iter().filter_map(differ).collect()
}

/// What can be seen of a fact.
fn plain(value: Option<&str>) -> String {
    let value = value.unwrap_or_default();
    vidimus_words::SegmentChunks::new(value).flatten().map(|segment| segment.text + " ").collect()
}

/// The day, with the time where the page gives one.
pub fn day(dated: Option<&Dated>) -> Option<String> {
    dated.map(|dated| match dated.time {
        Some(time) => format!("{} {}", dated.date, time.strftime("%H:%M:%S")),
        None => dated.date.to_string(),
    })
}

fn signatories(old: &Statement, new: &Statement) -> Option<Signatories> {
    let lists = [old.signatories.as_ref(), new.signatories.as_ref()];
    if lists.iter().all(Option::is_none) {
        return None;
    }
    let [old, new] = lists.map(|list| list.cloned().unwrap_or_default());
    let keys = |list: &SignatoryList| list.names.iter().map(key).collect::<Vec<String>>();
    let (old_keys, new_keys) = (keys(&old), keys(&new));
    let matched = match_lists(
        &old_keys.iter().map(String::as_str).collect::<Vec<_>>(),
        &new_keys.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let listed = |list: &SignatoryList| list.names.iter().map(listed).collect();
    Some(Signatories {
        old_claim: claim(&old, new.count),
        new_claim: claim(&new, old.count),
        old: listed(&old),
        new: listed(&new),
        matched,
    })
}

/// The name as the list has it, with what stands beside it.
fn listed(signatory: &Signatory) -> String {
    let acronym = signatory.acronym.as_ref().map(|acronym| format!(" ({acronym})"));
    let place = signatory.place.as_ref().map(|place| format!(", {place}"));
    format!("{}{}{}", signatory.name, acronym.unwrap_or_default(), place.unwrap_or_default())
}

/// What a name is matched by: a town beside it tells nothing, a country does.
fn key(signatory: &Signatory) -> String {
    let country = signatory.place.as_ref().filter(|place| is_country(place));
    listed(&Signatory { place: country.cloned(), ..signatory.clone() })
}

/// What the page says of the number of those who signed, compared with its list; where it has none, with the other's.
fn claim(list: &SignatoryList, others: u32) -> Option<String> {
    let claim = list.claimed.as_ref()?;
    let compared = match list.count.cmp(&claim.number) {
        _ if list.count == 0 && others == 0 => "the page lists none".to_owned(),
        _ if list.count == 0 => format!("the page lists none; the other lists {others}"),
        std::cmp::Ordering::Less => format!("the page lists fewer, {}", list.count),
        std::cmp::Ordering::Equal => "the list agrees".to_owned(),
        std::cmp::Ordering::Greater => format!("the page lists more, {}", list.count),
    };
    Some(format!("{} ({}): {compared}", claim.number, claim.text))
}
