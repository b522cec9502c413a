//! What the training program of the learned scorer needs to see; of no use to anyone else.

use crate::assemble::{self, Explain};
use crate::features::{self, Context};
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
