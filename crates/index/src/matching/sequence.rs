//! From words as written to the terms they stand for.

use vidimus_words::{Token, clusters_of_query, fold, short_word_of_query, words};

use super::pattern::Pattern;
use super::regex::Regex;
use super::stems::Stem;
use crate::query::{Form, QueryField, Words};
use crate::schema::url_key;

/// One term and its place after the first.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) offset: u32,
    pub(crate) pattern: Pattern,
}

/// Terms that stand one after the other, and together count as one for the words near them.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) steps: Vec<Step>,
    /// See [`super::List`].
    pub(crate) shift: u32,
}

/// The terms of a word or phrase in their order; none when it has no words but clusters only.
pub(crate) fn sequence(wanted: &Words) -> Vec<Step> {
    match wanted.form {
        Form::Regex => Regex::new(&wanted.value).map(Pattern::Regex).map(alone).unwrap_or_default(),
        // The cutter of words would part letters of these scripts from the marks.
        Form::Wildcard | Form::Stars if !clusters_of_query(&wanted.value).is_empty() => {
            alone(Pattern::marked(&fold(&wanted.marked())))
        }
        Form::Fuzzy(distance) => steps(&wanted.value, |term| Pattern::fuzzy(term, distance)),
        Form::Prefix => with_open_end(steps(&wanted.value, exact)),
        Form::Word => steps(&wanted.value, exact),
        Form::Wildcard | Form::Stars | Form::Phrase(_) => steps(&wanted.marked(), Pattern::marked),
    }
}

fn exact(term: &str) -> Pattern {
    Pattern::Exact(term.to_owned())
}

fn alone(pattern: Pattern) -> Vec<Step> {
    vec![Step { offset: 0, pattern }]
}

fn steps(text: &str, pattern: impl Fn(&str) -> Pattern) -> Vec<Step> {
    let words = words(text);
    let first = words.first().map_or(0, |word| word.position);
    let offset = |position: usize| u32::try_from(position.saturating_sub(first)).unwrap_or(u32::MAX);
    words.iter().map(|word| Step { offset: offset(word.position), pattern: pattern(&word.text) }).collect()
}

/// The last term may go on.
fn with_open_end(mut steps: Vec<Step>) -> Vec<Step> {
    if let Some(Step { pattern, .. }) = steps.last_mut()
        && let Pattern::Exact(term) = pattern
    {
        *pattern = Pattern::Prefix(std::mem::take(term));
    }
    steps
}

/// Clusters in a row, the last of which may go on; one or two that may not are a short word.
pub(crate) fn cluster_steps(clusters: &[Token], is_open: bool) -> Vec<Step> {
    if let Some(short_word) = short_word_of_query(clusters).filter(|_| !is_open) {
        return alone(Pattern::Exact(short_word));
    }
    let first = clusters.first().map_or(0, |cluster| cluster.position);
    let steps = clusters.iter().map(|cluster| Step {
        offset: u32::try_from(cluster.position.saturating_sub(first)).unwrap_or(u32::MAX),
        pattern: exact(&cluster.text),
    });
    let steps = steps.collect();
    if is_open { with_open_end(steps) } else { steps }
}

/// What has to stand near each other: the words of a phrase each by itself, with shifts that keep their order.
pub(crate) fn members(steps: Vec<Step>) -> Vec<Member> {
    let last = steps.last().map_or(0, |step| step.offset);
    steps
        .into_iter()
        .map(|step| Member { shift: last - step.offset.min(last), steps: vec![Step { offset: 0, ..step }] })
        .collect()
}

/// What the key of a name has to look like.
pub(crate) fn key_pattern(wanted: &Words) -> Pattern {
    match wanted.form {
        Form::Regex => regex_or_text(wanted),
        Form::Fuzzy(distance) => Pattern::fuzzy(&fold(&wanted.value), distance),
        Form::Word | Form::Phrase(_) | Form::Prefix | Form::Wildcard | Form::Stars => {
            Pattern::marked(&fold(&wanted.marked()))
        }
    }
}

fn regex_or_text(wanted: &Words) -> Pattern {
    match Regex::new(&wanted.value) {
        Ok(regex) => Pattern::Regex(regex),
        Err(_) => Pattern::Exact(wanted.value.clone()),
    }
}

/// What the key of a page has to look like.
pub(crate) fn url_pattern(wanted: &Words) -> Pattern {
    Pattern::marked(&url_key(&wanted.marked()))
}

impl Words {
    /// All that is compared with terms when this is looked for in a field.
    pub(crate) fn patterns_in(&self, field: Option<QueryField>) -> Vec<Pattern> {
        let in_text = || sequence(self).into_iter().map(|step| step.pattern);
        match field {
            Some(QueryField::Url) if self.is_whole_url() => vec![url_pattern(self)],
            Some(field) if field.holds_names() => vec![key_pattern(self)],
            Some(QueryField::Source | QueryField::Signatory) => {
                in_text().chain([key_pattern(self)]).collect()
            }
            _ => in_text().collect(),
        }
    }

    /// The text whose clusters may be looked for in a row; nothing for what is about whole words only.
    pub(crate) fn plain(&self) -> Option<String> {
        match self.form {
            Form::Word | Form::Prefix => Some(self.value.clone()),
            Form::Phrase(_) if !self.has_wildcards() => Some(self.marked()),
            Form::Phrase(_) | Form::Wildcard | Form::Stars | Form::Fuzzy(_) | Form::Regex => None,
        }
    }

    /// The word to whose other forms this extends: a single one as it stands in dictionaries, neither quoted nor with
    /// wildcards.
    pub(crate) fn stem(&self) -> Option<Stem> {
        let is_plain = self.form == Form::Word && clusters_of_query(&self.value).is_empty();
        match sequence(self).as_slice() {
            [Step { pattern: Pattern::Exact(term), .. }] if is_plain => Stem::of(term),
            _ => None,
        }
    }
}
