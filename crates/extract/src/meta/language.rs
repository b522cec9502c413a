//! The language of the text, as a BCP 47 tag.
//!
//! The page's own declaration is believed unless the text plainly contradicts it, which happens where a template's
//! language was left standing.

use whatlang::{Lang, Script};

/// Characters of text that detection looks at.
const SAMPLE_CHARS: usize = 1600;

/// Languages that the detector tells by their words, since they share their letters.
const WITH_LATIN_LETTERS: [&str; 28] = [
    "en", "fr", "de", "es", "pt", "it", "nl", "pl", "hr", "sl", "sk", "cs", "hu", "ro", "tr", "id", "ms",
    "vi", "tl", "jv", "sv", "da", "nb", "no", "fi", "et", "lv", "lt",
];

/// Letters of another script below which nothing is said of its language.
const ENOUGH_OF_A_SCRIPT: usize = 20;

/// Letters below which detection is not to be trusted.
const ENOUGH_CHARS: usize = 120;

/// Decides from the declared tag and the text.
pub(crate) fn decide(declared: Option<&str>, text: &str) -> Option<String> {
    let declared = declared.and_then(tag);
    let detected = detect(text);
    match (declared, detected) {
        (Some(declared), Some((code, sure))) => {
            let primary = declared.split('-').next().unwrap_or(&declared);
            let sure = sure || (WITH_LATIN_LETTERS.contains(&primary) && !WITH_LATIN_LETTERS.contains(&code));
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
        return Some((code, letters >= ENOUGH_OF_A_SCRIPT));
    }
    let is_latin = whatlang::detect_script(&sample).is_none_or(|script| script == Script::Latin);
    if letters < if is_latin { ENOUGH_CHARS } else { ENOUGH_OF_A_SCRIPT } {
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
    let count = |range: &std::ops::RangeInclusive<char>| sample.chars().filter(|c| range.contains(c)).count();
    let single = SCRIPTS.iter().find(|(range, _)| count(range) * 2 > letters.max(1)).map(|(_, code)| *code);
    single.or_else(|| chinese_or_japanese(count(&HAN), count(&KANA), letters))
}

const HAN: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';
const KANA: std::ops::RangeInclusive<char> = '\u{3041}'..='\u{30FF}';

/// Japanese sentences have kana between their Chinese characters; Chinese ones have none but in names.
fn chinese_or_japanese(han: usize, kana: usize, letters: usize) -> Option<&'static str> {
    let is_one = (han + kana) * 2 > letters.max(1);
    is_one.then_some(if kana * 10 > han + kana { "ja" } else { "zh" })
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

    #[test]
    fn the_text_itself_says_its_language() {
        let cases = [
            ("km", "សហជីពនៅកម្ពុជាបានអំពាវនាវឱ្យរដ្ឋាភិបាលគោរពសេរីភាព"),
            ("th", "สหภาพแรงงานเรียกร้องให้รัฐบาลเคารพสิทธิในการชุมนุม"),
            ("lo", "ສະຫະພັນກຳມະບານຮຽກຮ້ອງໃຫ້ລັດຖະບານເຄົາລົບສິດທິ"),
            ("my", "အလုပ်သမားသမဂ္ဂသည်အစိုးရအားတောင်းဆိုသည်"),
            ("zh", "我们呼吁政府立即释放被拘留的记者，并保障言论自由和集会自由。"),
            ("ja", "労働組合は政府に対し、拘束された記者を直ちに釈放するよう求めた。"),
            ("ko", "노동조합은 정부에 구금된 기자를 즉각 석방하라고 요구했다."),
            ("ar", "دعت النقابة الحكومة إلى الإفراج الفوري عن الصحفيين المعتقلين واحترام الحق في الإضراب"),
            (
                "ru",
                "Профсоюз призвал правительство немедленно освободить задержанных журналистов и соблюдать право на забастовку",
            ),
        ];
        for (code, text) in cases {
            for declared in [None, Some("en"), Some(code)] {
                assert_eq!(decide(declared, text).as_deref(), Some(code), "{declared:?} {text}");
            }
        }
        let long = [
            (
                "fr",
                "Le syndicat demande au gouvernement de libérer immédiatement les journalistes arrêtés et de respecter le droit de grève. ",
            ),
            (
                "en",
                "The union calls on the government to release the detained journalists immediately and to respect the right to strike. ",
            ),
            (
                "vi",
                "Công đoàn kêu gọi chính phủ trả tự do ngay lập tức cho các nhà báo bị bắt giữ và tôn trọng quyền đình công của người lao động. ",
            ),
        ];
        for (code, text) in long {
            let text = text.repeat(5);
            for declared in [None, Some("de"), Some(code)] {
                assert_eq!(decide(declared, &text).as_deref(), Some(code), "{declared:?} {text}");
            }
        }
    }

    #[test]
    fn a_declared_language_of_the_same_letters_is_believed() {
        let ukrainian = "Профспілка закликала уряд негайно звільнити затриманих журналістів";
        assert_eq!(decide(Some("uk"), ukrainian), Some("uk".into()));
        assert_eq!(decide(Some("bg"), ukrainian), Some("bg".into()));
        assert_eq!(decide(Some("fa"), "دعت النقابة الحكومة إلى الإفراج الفوري"), Some("fa".into()));
    }
}
