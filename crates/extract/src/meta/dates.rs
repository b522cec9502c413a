//! When it was published and changed, with the place each date was found in.
//!
//! A learned model weighs the evidence for each [day](super::days) that the page names; the one with the best score is
//! the day of the text, if the score is good enough. Where it is not, the page has no date: that of another story, of a
//! comment or of a template's last change would be worse than none.

use super::days::{Day, Days, Setting};
use super::mentions::{Mention, Search, Source};
use crate::assemble::{Judged, Prepared};
use crate::model::Forest;
use crate::statement::{DateOrigin, Dated, MainDate};
use jiff::civil::Date;
use std::sync::LazyLock;

/// Scores days by the evidence for each.
static MODEL: LazyLock<Forest> = LazyLock::new(|| Forest::parse(include_str!("../../data/model-dates.txt")));

/// The least score, in thousandths of the logarithm of the odds, with which a day is the day of the text.
const ENOUGH: i32 = -1300;

/// The dates of a page.
#[derive(Debug, Default)]
pub(crate) struct Dates {
    pub(crate) published: Option<Dated>,
    pub(crate) modified: Option<Dated>,
    pub(crate) main: Option<MainDate>,
}

/// A day with its score.
struct Weighed<'a> {
    day: &'a Day,
    score: i32,
}

/// The evidence for one day.
pub(crate) type Evidence = Vec<(&'static str, i32)>;

/// Finds both dates.
pub(crate) fn find(prepared: &Prepared<'_>, judged: &Judged) -> Dates {
    with_days(prepared, judged, |days| {
        let weighed: Vec<Weighed<'_>> =
            days.days.iter().map(|day| Weighed { day, score: score(&days.evidence(day)) }).collect();
        decide(&weighed)
    })
}

/// The evidence for each day of the page, for the training program.
pub(crate) fn evidence(prepared: &Prepared<'_>, judged: &Judged) -> Vec<(Date, Evidence)> {
    with_days(prepared, judged, |days| days.days.iter().map(|day| (day.date, days.evidence(day))).collect())
}

fn with_days<T>(prepared: &Prepared<'_>, judged: &Judged, read: impl FnOnce(&Days<'_>) -> T) -> T {
    let Prepared { page, data, phrases, context, scripts, url, .. } = prepared;
    let search = Search { page, data, scripts: &scripts.dates, url: *url, kept: &judged.in_text };
    let setting = Setting {
        page,
        context,
        data,
        url: *url,
        phrases,
        kept: &judged.in_text,
        title_at: judged.title_at,
        first_kept: judged.kept.iter().position(|kept| *kept),
    };
    read(&Days::new(&setting, &search.all()))
}

fn score(evidence: &Evidence) -> i32 {
    let values: Vec<i32> = evidence.iter().map(|(_, value)| *value).collect();
    MODEL.score(&values)
}

fn decide(weighed: &[Weighed<'_>]) -> Dates {
    let Some(best) = weighed.iter().max_by_key(|one| one.score).filter(|best| best.score >= ENOUGH) else {
        return Dates { modified: changed(weighed, None), ..Dates::default() };
    };
    if best.day.is_change() {
        let published = weighed
            .iter()
            .filter(|one| one.day.date < best.day.date && one.day.says_published())
            .max_by_key(|one| one.score);
        return Dates {
            published: published.map(|one| dated(one.day, one.score, Mention::says_published)),
            modified: Some(dated(best.day, best.score, Mention::says_modified)),
            main: Some(MainDate::Modified),
        };
    }
    Dates {
        published: Some(dated(best.day, best.score, Mention::is_no_change)),
        modified: changed(weighed, Some(best.day.date)),
        main: Some(MainDate::Published),
    }
}

/// The day of the last change: what the page states as such, not before the day of publication.
fn changed(weighed: &[Weighed<'_>], published: Option<Date>) -> Option<Dated> {
    let sure = |mention: &Mention| match mention.source {
        Source::LdArticleModified => 90,
        Source::MetaModified => 85,
        _ if mention.place.is_some_and(|place| place.label.modified) => 75,
        Source::LdPageModified => 70,
        _ => 0,
    };
    let stated = weighed
        .iter()
        .filter(|one| published.is_none_or(|published| one.day.date >= published))
        .flat_map(|one| one.day.mentions.iter());
    let best = stated.max_by_key(|one| (sure(one), one.date)).filter(|best| sure(best) > 0)?;
    Some(Dated { date: best.date, time: best.time, origin: origin(best.source), confidence: sure(best) })
}

impl Mention {
    fn says_published(&self) -> bool {
        matches!(
            self.source,
            Source::LdArticlePublished
                | Source::LdPagePublished
                | Source::LdArticleCreated
                | Source::MetaPublished
                | Source::MetaPlain
                | Source::ScriptPublished
                | Source::Url
        ) || self.place.is_some_and(|place| place.label.published && !place.label.modified)
    }

    fn says_modified(&self) -> bool {
        matches!(
            self.source,
            Source::LdArticleModified
                | Source::LdPageModified
                | Source::MetaModified
                | Source::ScriptModified
        ) || self.place.is_some_and(|place| place.label.modified)
    }

    fn is_no_change(&self) -> bool {
        !self.says_modified()
    }
}

impl Day {
    fn says_published(&self) -> bool {
        self.mentions.iter().any(Mention::says_published)
    }

    /// Whether all that is known of the day is that the text was changed on it.
    fn is_change(&self) -> bool {
        !self.says_published() && self.mentions.iter().any(Mention::says_modified)
    }
}

/// The day with the most telling of its mentions that are of the wanted sort.
fn dated(day: &Day, score: i32, wanted: impl Fn(&Mention) -> bool) -> Dated {
    let shown = day.mentions.iter().filter(|mention| wanted(mention)).min_by_key(|mention| mention.source);
    let shown = shown.or_else(|| day.mentions.iter().min_by_key(|mention| mention.source));
    let time = shown.and_then(|mention| mention.time);
    let origin = shown.map_or(DateOrigin::VisibleText, |mention| origin(mention.source));
    Dated { date: day.date, time, origin, confidence: confidence(score) }
}

fn origin(source: Source) -> DateOrigin {
    match source {
        Source::LdArticlePublished
        | Source::LdArticleModified
        | Source::LdArticleCreated
        | Source::LdFurtherArticle
        | Source::LdPagePublished
        | Source::LdPageModified
        | Source::LdOtherPublished
        | Source::LdOtherModified => DateOrigin::JsonLd,
        Source::MetaPublished | Source::MetaModified | Source::MetaPlain | Source::MetaOther => {
            DateOrigin::Meta
        }
        Source::Url => DateOrigin::Url,
        Source::ScriptPublished | Source::ScriptModified | Source::ScriptCreated => DateOrigin::Script,
        Source::TimeValue => DateOrigin::TimeElement,
        Source::Marked | Source::Line | Source::Prose => DateOrigin::VisibleText,
    }
}

/// How often a day with such a score is right, in percent, as measured on pages of sites that the model did not see.
fn confidence(score: i32) -> u8 {
    const STEPS: [(i32, u8); 9] = [
        (2600, 96),
        (2200, 93),
        (1730, 90),
        (1390, 86),
        (850, 81),
        (400, 74),
        (-400, 62),
        (-850, 48),
        (ENOUGH, 27),
    ];
    STEPS.iter().find(|(least, _)| score >= *least).map_or(10, |(_, percent)| *percent)
}
