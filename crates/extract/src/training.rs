//! What the training program of the learned scorer needs to see; of no use to anyone else.

use crate::assemble::{self, Explain};
use crate::features::{self, Context};
use crate::kind;
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
