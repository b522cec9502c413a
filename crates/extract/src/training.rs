//! What the training program of the learned scorer needs to see; of no use to anyone else.

use crate::assemble::{self, Explain};
use crate::features::{self, Context};
use crate::kind;
use crate::meta::{authors, dates, title};
use crate::model::BLOCKS;
pub use crate::model::Forest;
use crate::{ExtractError, Extraction, Input, Params};

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
            .map(|(index, block)| {
                let mut features = Vec::new();
                context.of(index, &mut features);
                (block.shown(), features)
            })
            .collect();
        TrainingPage { names: features::names(context), blocks }
    })
}

/// Reads a page as [`extract`](crate::extract) does, with a block model that has not seen it: for held-out figures.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn extract_with(input: &Input<'_>, params: &Params, model: &Forest) -> Result<Extraction, ExtractError> {
    assemble::extract_with(input, params, model, Explain::No)
}

/// The features of a page by which the learned model tells kinds of pages apart, with their names.
///
/// # Errors
///
/// As for [`extract`](crate::extract).
pub fn kind_features(input: &Input<'_>, params: &Params) -> Result<Vec<(&'static str, i32)>, ExtractError> {
    let extraction = crate::explain(input, params)?;
    let kept: Vec<bool> = extraction.trace.iter().map(|verdict| verdict.kept).collect();
    let statement = &extraction.statement;
    assemble::prepared(input, params, |prepared| {
        let (values, names) = kind::training_row(&kind::Evidence {
            html: prepared.html,
            page: prepared.page,
            phrases: prepared.phrases,
            data: prepared.data,
            url: input.url,
            title: prepared.title.as_deref(),
            title_at: prepared.context.title_at(),
            kept: &kept,
            published: statement.published.is_some(),
            authors: statement.authors.len(),
            signatories: statement.signatories.as_ref().map_or(0, |list| list.names.len()),
        });
        names.into_iter().zip(values).collect()
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
        let found = dates::evidence(&prepared, &assemble::judged(&prepared, &BLOCKS));
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
        TrainingChoice::new(authors::evidence(&prepared, &assemble::judged(&prepared, &BLOCKS)))
    })
}
