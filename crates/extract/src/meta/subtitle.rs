//! The line below the headline, where the page marks one: by the name of its element, by its place in the headline's own
//! header, or in structured data.
//!
//! It is named here and not taken out of the text: where it belongs to the text it stays there as well.

use super::date_text;
use super::names;
use super::title::letters;
use crate::assemble::{Judged, Prepared};
use crate::hints::Hints;
use crate::page::{Page, RawBlock};
use crate::phrases::{self, Categories};
use crate::statement::BlockKind;
use crate::tag::Tag;

/// Blocks below the headline among which the subtitle is expected.
const REACH: usize = 4;

/// Characters of a subtitle.
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=320;

/// Finds the subtitle.
pub(crate) fn find(prepared: &Prepared<'_>, judged: &Judged) -> Option<String> {
    let Prepared { page, data, title, .. } = prepared;
    let title = letters(title.as_deref()?);
    let differs = |text: &str| {
        let plain = letters(text);
        LENGTHS.contains(&text.chars().count()) && !title.contains(&plain) && !plain.contains(&title)
    };
    let marked = judged.title_at.and_then(|at| {
        let below = page.blocks.iter().enumerate().skip(at + 1).take(REACH);
        below.take_while(|(_, block)| is_head_matter(block)).find(|(index, block)| {
            let apart = *index == at + 1 && in_header_of(page, at, block);
            (is_marked(page, block) || apart) && differs(&block.text) && is_line(&block.text)
        })
    });
    let marked = marked.map(|(_, block)| block.text.replace('\n', " "));
    marked.or_else(|| data.alternative.clone().filter(|text| differs(text)))
}

/// Whether a block can stand between the headline and the text.
fn is_head_matter(block: &RawBlock) -> bool {
    block.chars <= *LENGTHS.end()
        && matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Paragraph | BlockKind::ListItem { .. })
}

/// Whether the block alone makes up an element that is named after subtitles.
fn is_marked(page: &Page, block: &RawBlock) -> bool {
    let region = page.regions.get(block.region);
    let alone = region.filter(|region| region.end.saturating_sub(region.first) == 1);
    alone.is_some_and(|region| region.hints.any(Hints::SUMMARY)) || block.inline.any(Hints::SUMMARY)
}

/// Whether the block is a lesser heading in the same `<header>` as the headline.
fn in_header_of(page: &Page, title_at: usize, block: &RawBlock) -> bool {
    let headline = page.blocks.get(title_at).and_then(|block| page.regions.get(block.region));
    let own = page.regions.get(block.region);
    let (Some(headline), Some(own)) = (headline, own) else { return false };
    matches!(block.kind, BlockKind::Heading { .. })
        && own.parent == headline.parent
        && own.inside(Tag::Header)
}

/// Whether a text is neither a dateline, nor a byline, nor furniture.
fn is_line(text: &str) -> bool {
    phrases::of(text) == Categories::default()
        && !names::is_labelled(text)
        && (text.chars().count() > 80 || date_text::find(text, false).is_none())
}
