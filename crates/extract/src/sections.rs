//! Which part of a statement each block belongs to: the statement itself, notes to editors, standing text about the
//! publisher, contacts, the list of signatories.

use crate::phrases::{self, Category};
use crate::statement::{Block, BlockKind, Section};

/// Longest block that can be the label of a part without being a heading.
const LONGEST_LABEL: usize = 90;

/// Sets the section of every block that is no signatory.
pub(crate) fn assign(blocks: &mut [Block]) {
    let mut open: Option<(Section, Option<u8>)> = None;
    for block in blocks.iter_mut() {
        if block.section == Section::Signatories {
            open = None;
            continue;
        }
        let level = match block.kind {
            BlockKind::Heading { level } => Some(level),
            _ => None,
        };
        open = match (label_of(block), open, level) {
            (Some(section), _, _) => Some((section, level)),
            // A heading ends what a heading of its level or a mere label opened.
            (None, Some((_, opened)), Some(level)) if opened.is_none_or(|opened| level <= opened) => None,
            (None, open, _) => open,
        };
        if let Some((section, _)) = open {
            block.section = section;
        }
    }
    contacts_in_notes(blocks);
}

/// The section that a block announces; lists of signatories are announced in their own way.
pub(crate) fn label_of(block: &Block) -> Option<Section> {
    let heading = matches!(block.kind, BlockKind::Heading { .. });
    let item = matches!(block.kind, BlockKind::ListItem { .. });
    let chars = block.text.chars().take(LONGEST_LABEL + 1).count();
    if item || chars > LONGEST_LABEL || !(heading || block.text.ends_with(':') || chars < 40) {
        return None;
    }
    let found = phrases::of(&block.text);
    if found.has(Category::Notes) {
        Some(Section::NotesToEditor)
    } else if found.has(Category::Contacts) {
        Some(Section::Contacts)
    } else if found.has(Category::About) && heading {
        Some(Section::About)
    } else {
        None
    }
}

/// Within notes to editors, lines with telephone numbers or addresses are contacts.
fn contacts_in_notes(blocks: &mut [Block]) {
    for block in blocks.iter_mut().filter(|block| block.section == Section::NotesToEditor) {
        if block.text.chars().count() < 300 && has_contact(&block.text) {
            block.section = Section::Contacts;
        }
    }
}

/// Whether a text holds a telephone number or an e-mail address.
pub(crate) fn has_contact(text: &str) -> bool {
    let mail = text
        .split_whitespace()
        .any(|word| word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')));
    mail || has_telephone(text)
}

/// Nine or more digits in a row of digits, spaces and telephone punctuation, opened by `+`, `0` or `(`.
fn has_telephone(text: &str) -> bool {
    let mut digits = 0;
    let mut opened = false;
    for c in text.chars() {
        match c {
            '+' | '(' if digits == 0 => opened = true,
            '0'..='9' => {
                opened = opened || (digits == 0 && c == '0');
                digits += 1;
                if opened && digits >= 9 {
                    return true;
                }
            }
            ' ' | '-' | '.' | '/' | '(' | ')' => {}
            _ => {
                digits = 0;
                opened = false;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> Block {
        Block { kind: BlockKind::Paragraph, section: Section::Body, text: text.into(), links: Vec::new() }
    }

    #[test]
    fn telephones_are_contacts_and_amounts_are_not() {
        assert!(has_contact("Sok Dara: +855 12 345 678"));
        assert!(has_contact("press@union.example"));
        assert!(!has_contact("USD 1 200 000 000 in 2023"));
    }

    #[test]
    fn notes_are_set_apart() {
        let mut blocks = vec![
            paragraph("The union calls on the ministry to stop."),
            paragraph("Notes to editor"),
            paragraph("The report was published on 4 June."),
            paragraph("Anne, coordinator: +31 600 000 000"),
        ];
        assign(&mut blocks);
        let sections: Vec<Section> = blocks.iter().map(|block| block.section).collect();
        assert_eq!(
            sections,
            [Section::Body, Section::NotesToEditor, Section::NotesToEditor, Section::Contacts]
        );
    }
}
