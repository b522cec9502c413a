//! The headline of a page, without the site's name around it.

use super::jsonld::{JsonLd, unescape};
use crate::hints::Hints;
use crate::page::Page;
use crate::statement::BlockKind;
use crate::tag::Tag;
use crate::text::clean;

/// Separators that sites put between headline and site name, surest first.
const SEPARATORS: [&str; 13] =
    [" | ", "｜", " :: ", " » ", " « ", " • ", " · ", " — ", " – ", " - ", " / ", " › ", " ‹ "];

/// What the title is made of.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Titles in the page's metadata, best first.
    pub(crate) stated: Vec<String>,
    /// Names by which the site may append itself to its titles, as letters only.
    pub(crate) sites: Vec<String>,
    /// First-level headings in order; true for those in the main part of the page.
    pub(crate) headings: Vec<(String, bool)>,
    /// All headings of any level, as letters only.
    pub(crate) lesser: Vec<String>,
}

/// Gathers all candidates for the title.
pub(crate) fn sources(page: &Page, data: &JsonLd, host: Option<&str>) -> Sources {
    let tidy = |text: &str| Some(clean(&unescape(text))).filter(|text| !text.is_empty());
    let head = &page.head;
    let stated = [
        head.meta(&["og:title"]),
        head.title.as_deref(),
        head.meta(&["twitter:title", "citation_title", "dc.title", "dcterms.title"]),
        data.headline.as_deref(),
    ];
    let sites = [
        head.meta(&["og:site_name"]),
        head.meta(&["application-name"]),
        head.meta(&["apple-mobile-web-app-title"]),
        data.publisher.as_deref(),
        host,
    ];
    let away = Hints::MODAL.with(Hints::HIDDEN).with(Hints::CONSENT).with(Hints::FOOTER);
    let heading = |level: u8| {
        page.blocks
            .iter()
            .filter(move |block| matches!(block.kind, BlockKind::Heading { level: own } if own <= level))
    };
    Sources {
        stated: stated.into_iter().flatten().filter_map(tidy).collect(),
        sites: sites.into_iter().flatten().map(letters).filter(|name| !name.is_empty()).collect(),
        headings: heading(1)
            .filter_map(|block| {
                let region = page.regions.get(block.region)?;
                let main =
                    region.inside(Tag::Main) || region.inside(Tag::Article) || region.hints.any(Hints::TITLE);
                (!region.inherited.any(away) && block.chars < 300)
                    .then(|| (block.text.replace('\n', " "), main))
            })
            .collect(),
        lesser: heading(3).map(|block| letters(&block.text)).collect(),
    }
}

/// Chooses the title: the first-level heading where it is the page's own, else what the metadata says without the site.
pub(crate) fn choose(sources: &Sources) -> Option<String> {
    let own =
        |heading: &&(String, bool)| !sources.is_site(&heading.0) && letters(&heading.0).chars().count() > 2;
    let agreeing = sources.headings.iter().filter(own).filter(|(heading, _)| sources.agrees(heading));
    if let Some((heading, _)) = agreeing.max_by_key(|(heading, _)| letters(heading).len()) {
        return Some(trim_marks(heading));
    }
    let others: Vec<&(String, bool)> = sources.headings.iter().filter(own).collect();
    let stated = sources.stated.first().map(|title| sources.without_site(title));
    let single = match others.as_slice() {
        [only] => Some(only),
        several => several.iter().find(|(_, main)| *main),
    };
    // A heading that shares no word with the metadata may be a slogan.
    if let Some((heading, _)) = single
        && stated.as_deref().is_none_or(|stated| shares_words(heading, stated))
    {
        return Some(trim_marks(heading));
    }
    stated
        .or_else(|| sources.headings.first().map(|(heading, _)| heading.clone()))
        .filter(|title| !title.is_empty())
}

impl Sources {
    /// Whether the metadata's titles hold the heading, and not merely as the site's name behind the headline.
    fn agrees(&self, heading: &str) -> bool {
        let wanted = letters(heading);
        self.stated.iter().any(|title| letters(title).contains(&wanted)) && !self.is_trailing(&wanted)
    }

    /// Whether a text is the last part of a title whose first part stands in a heading of its own.
    fn is_trailing(&self, wanted: &str) -> bool {
        self.stated.iter().any(|title| {
            SEPARATORS.iter().any(|separator| {
                title.rsplit_once(separator).is_some_and(|(head, tail)| {
                    letters(tail) == wanted
                        && self.lesser.contains(&letters(head))
                        && !letters(head).is_empty()
                })
            })
        })
    }

    /// Whether a text is no more than a name of the site.
    fn is_site(&self, text: &str) -> bool {
        let plain = letters(text);
        if plain.is_empty() {
            return false;
        }
        let named = |site: &String| {
            let bare = site.trim_start_matches("www");
            bare == plain
                || (plain.chars().count() > 2 && bare.starts_with(&plain) && bare.len() <= plain.len() + 8)
        };
        self.sites.iter().any(named) || self.every_word_in_a_name(text)
    }

    /// `Raspberry Pi Forums` at `forums.raspberrypi.com`.
    fn every_word_in_a_name(&self, text: &str) -> bool {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .map(letters)
            .filter(|word| word.chars().count() > 1)
            .collect();
        let total: usize = words.iter().map(String::len).sum();
        total > 3
            && self.sites.iter().any(|site| {
                words.iter().all(|word| site.contains(word.as_str())) && site.len() < total * 2 + 8
            })
    }

    /// Cuts the site's name, and what follows it, off the end, or the name off the beginning.
    fn without_site(&self, title: &str) -> String {
        for separator in SEPARATORS {
            let parts: Vec<&str> = title.split(separator).map(str::trim).collect();
            if parts.len() < 2 {
                continue;
            }
            if let Some(at) = parts.iter().skip(1).position(|part| self.is_site(part)) {
                return parts.get(..=at).unwrap_or(&parts).join(separator);
            }
            if let Some((first, rest)) = parts.split_first()
                && self.is_site(first)
            {
                return rest.join(separator);
            }
            // After a vertical bar stands a department or the site under another name.
            if matches!(separator, " | " | "｜" | " :: " | " » ")
                && let Some((first, rest)) = parts.split_first()
                && first.split_whitespace().count() > 2
                && rest.iter().all(|part| part.split_whitespace().count() < first.split_whitespace().count())
            {
                return (*first).to_owned();
            }
        }
        title.to_owned()
    }
}

/// Cuts the permalink signs off that some generators append to headings.
fn trim_marks(heading: &str) -> String {
    heading.trim_end_matches(['¶', '#', '§', ' ']).to_owned()
}

fn shares_words(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .map(letters)
            .filter(|word| word.chars().count() > 3)
            .collect()
    };
    let others = words(other);
    words(one).iter().any(|word| others.contains(word))
}

/// Letters and digits only, in lower case.
pub(crate) fn letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                out.push(c.to_ascii_lowercase());
            }
        } else if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(stated: &str, site: &str, headings: &[&str]) -> Option<String> {
        choose(&Sources {
            stated: vec![stated.to_owned()],
            sites: vec![letters(site)],
            headings: headings.iter().map(|h| ((*h).to_owned(), false)).collect(),
            lesser: headings.iter().map(|h| letters(h)).collect(),
        })
    }

    #[test]
    fn site_name_is_cut() {
        assert_eq!(
            found("Stop Reprisals | Garment Union", "Garment Union", &[]).as_deref(),
            Some("Stop Reprisals")
        );
        assert_eq!(
            found("Garment Union - Stop Reprisals", "garmentunion.example", &[]).as_deref(),
            Some("Stop Reprisals")
        );
    }

    #[test]
    fn heading_wins_where_metadata_agrees() {
        let headings = ["Garment Union", "Stop reprisals – now"];
        assert_eq!(found("Stop reprisals - now", "y", &headings).as_deref(), Some("Stop reprisals – now"));
    }

    #[test]
    fn a_heading_with_the_site_name_is_no_title() {
        assert_eq!(
            found("Stop Reprisals - Garment Union", "garmentunion.example", &["Garment Union"]).as_deref(),
            Some("Stop Reprisals")
        );
    }
}
