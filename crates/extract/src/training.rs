//! What the training program of the learned scorer needs to see; of no use to anyone else.

use crate::features::{self, Context};
use crate::meta::{authors, dates, title};
use crate::surroundings::Surroundings;
use crate::{ExtractError, Input, Params, assemble};

/// The blocks of one page with their features, before any judgement.
#[derive(Debug, Clone)]
pub struct TrainingPage {
    /// The names of the features, in order.
    pub names: Vec<String>,
    /// For each block its text, as the text output would show it, and its features.
    pub blocks: Vec<(String, Vec<i32>)>,
}

/// Reads a page as far as the learned scorer would.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn page(input: &Input<'_>, params: &Params) -> Result<TrainingPage, ExtractError> {
    assemble::prepared(input, params, |prepared| {
        let context: &Context<'_> = &prepared.context;
        let blocks = prepared
            .page
            .blocks
            .iter()
            .enumerate()
            .map(|(index, block)| (block.shown(), context.of(index)))
            .collect();
        TrainingPage { names: features::names(context), blocks }
    })
}

/// The features of the second model for each block, given the first model's scores of all.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn second_features(
    input: &Input<'_>,
    params: &Params,
    scores: &[i32],
) -> Result<Vec<Vec<i32>>, ExtractError> {
    assemble::prepared(input, params, |prepared| {
        let surroundings = Surroundings::new(prepared.page, scores);
        let of = |index: usize| {
            let mut features = prepared.context.of(index);
            surroundings.add(index, &mut features);
            features
        };
        (0..prepared.page.blocks.len().min(scores.len())).map(of).collect()
    })
}

/// What may be one page's date, title or authors, with the evidence for each.
#[derive(Debug, Clone, Default)]
pub struct TrainingChoice {
    /// The names of the items of evidence, in order.
    pub names: Vec<String>,
    /// Each candidate as text, a day as `2024-06-26`, with its evidence.
    pub candidates: Vec<(String, Vec<i32>)>,
}

impl TrainingChoice {
    fn new(found: Vec<(String, Vec<(&'static str, i32)>)>) -> Self {
        let names = found.first().map(|(_, evidence)| evidence.iter().map(|(name, _)| (*name).to_owned()));
        Self {
            names: names.map(Iterator::collect).unwrap_or_default(),
            candidates: found
                .into_iter()
                .map(|(text, evidence)| (text, evidence.into_iter().map(|(_, value)| value).collect()))
                .collect(),
        }
    }
}

/// The days that a page names.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn days(input: &Input<'_>, params: &Params) -> Result<TrainingChoice, ExtractError> {
    assemble::prepared(input, params, |prepared| {
        let found = dates::evidence(&prepared, &assemble::judged(&prepared));
        TrainingChoice::new(found.into_iter().map(|(day, evidence)| (day.to_string(), evidence)).collect())
    })
}

/// The texts of a page that may be its title.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn titles(input: &Input<'_>, params: &Params) -> Result<TrainingChoice, ExtractError> {
    assemble::prepared(input, params, |prepared| {
        TrainingChoice::new(title::evidence(prepared.page, prepared.data, prepared.url))
    })
}

/// The lists of names, joined by `; `, that may be those of a page's authors.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn authors(input: &Input<'_>, params: &Params) -> Result<TrainingChoice, ExtractError> {
    assemble::prepared(input, params, |prepared| {
        TrainingChoice::new(authors::evidence(&prepared, &assemble::judged(&prepared)))
    })
}
