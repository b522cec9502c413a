//! The language of the text, as a BCP 47 tag.
//!
//! The page's own declaration is believed unless the text plainly contradicts it, which happens where a template's
//! language was left standing.

use whatlang::{Lang, Script};

/// Characters of text that detection looks at.
const SAMPLE_CHARS: usize = 1600;

/// Letters below which detection is not to be trusted.
const ENOUGH_CHARS: usize = 120;

/// Decides from the declared tag and the text.
pub(crate) fn decide(declared: Option<&str>, text: &str) -> Option<String> {
    let declared = declared.and_then(tag);
    let detected = detect(text);
    match (declared, detected) {
        (Some(declared), Some((code, sure))) => {
            let primary = declared.split('-').next().unwrap_or(&declared);
            if sure && !same(primary, code) { Some(code.to_owned()) } else { Some(declared) }
        }
        (Some(declared), None) => Some(declared),
        (None, Some((code, _))) => Some(code.to_owned()),
        (None, None) => None,
    }
}

/// Brings `EN_us`, `pt-br` and the like to the usual form; nothing for what is no tag.
fn tag(declared: &str) -> Option<String> {
    let first = declared.split([',', ';', ' ']).next()?.trim().replace('_', "-");
    let mut parts = first.split('-');
    let primary =
        parts.next().filter(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let mut out = primary.to_ascii_lowercase();
    for part in parts {
        let alphanumeric =
            !part.is_empty() && part.len() <= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if !alphanumeric {
            break;
        }
        out.push('-');
        match part.len() {
            2 => out.push_str(&part.to_ascii_uppercase()),
            4 => out.extend(
                part.chars()
                    .enumerate()
                    .map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }),
            ),
            _ => out.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(out)
}

/// Macrolanguages and near-twins that a detector may call by another name.
fn same(declared: &str, detected: &str) -> bool {
    const ALIKE: [&[&str]; 6] = [
        &["no", "nb", "nn", "da", "sv"],
        &["hr", "sr", "bs", "sh"],
        &["id", "ms", "in"],
        &["fa", "ar", "ur", "prs", "ckb", "ps"],
        &["hi", "mr", "ne"],
        &["zh", "yue", "ja"],
    ];
    declared == detected || ALIKE.iter().any(|group| group.contains(&declared) && group.contains(&detected))
}

/// The language of the text and whether that is certain enough to overrule a declaration.
fn detect(text: &str) -> Option<(&'static str, bool)> {
    let sample: String = text.chars().take(SAMPLE_CHARS).collect();
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    if let Some(code) = by_script(&sample, letters) {
        return Some((code, letters >= 20));
    }
    if letters < ENOUGH_CHARS {
        return None;
    }
    let info = whatlang::detect(&sample)?;
    let sure = info.is_reliable() && info.confidence() > 0.95 && letters > 400;
    if !sure && info.script() == Script::Latin && info.confidence() < 0.5 {
        return None;
    }
    Some((code(info.lang())?, sure))
}

/// Scripts used by one language in practice, which the detector may not know.
fn by_script(sample: &str, letters: usize) -> Option<&'static str> {
    const SCRIPTS: [(std::ops::RangeInclusive<char>, &str); 6] = [
        ('\u{1780}'..='\u{17FF}', "km"),
        ('\u{1000}'..='\u{109F}', "my"),
        ('\u{0E00}'..='\u{0E7F}', "th"),
        ('\u{0E80}'..='\u{0EFF}', "lo"),
        ('\u{AC00}'..='\u{D7AF}', "ko"),
        ('\u{0F00}'..='\u{0FFF}', "bo"),
    ];
    SCRIPTS
        .iter()
        .find(|(range, _)| sample.chars().filter(|c| range.contains(c)).count() * 2 > letters.max(1))
        .map(|(_, code)| *code)
}

fn code(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Bel => "be",
        Lang::Bul => "bg",
        Lang::Srp => "sr",
        Lang::Hrv => "hr",
        Lang::Slv => "sl",
        Lang::Slk => "sk",
        Lang::Ces => "cs",
        Lang::Hun => "hu",
        Lang::Ron => "ro",
        Lang::Ell => "el",
        Lang::Tur => "tr",
        Lang::Ara => "ar",
        Lang::Pes => "fa",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Ben => "bn",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Urd => "ur",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Ind => "id",
        Lang::Vie => "vi",
        Lang::Tgl => "tl",
        Lang::Jav => "jv",
        Lang::Tha => "th",
        Lang::Khm => "km",
        Lang::Mya => "my",
        Lang::Cmn => "zh",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Est => "et",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Kat => "ka",
        Lang::Hye => "hy",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_tags_are_tidied() {
        assert_eq!(decide(Some("EN_us"), ""), Some("en-US".into()));
        assert_eq!(decide(Some("zh-hant-TW"), ""), Some("zh-Hant-TW".into()));
        assert_eq!(decide(Some("{lang}"), ""), None);
    }

    #[test]
    fn khmer_text_overrules_an_english_template() {
        let text = "សហជីពនៅកម្ពុជាបានអំពាវនាវឱ្យរដ្ឋាភិបាលគោរពសេរីភាព";
        assert_eq!(decide(Some("en"), text), Some("km".into()));
    }
}
