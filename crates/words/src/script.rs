//! Which scripts need more than spaces to find their words.

/// How the characters of a script are cut into cluster terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Khmer, Thai, Lao and Burmese: character clusters.
    Southeast,
    /// Chinese, Japanese and Korean: pairs of characters.
    East,
    /// Everything else: words are enough.
    Spaced,
}

/// The family that a character belongs to.
pub(crate) fn family(c: char) -> Family {
    match c {
        '\u{0}'..='\u{DFF}' => Family::Spaced,
        c if is_southeast(c) => Family::Southeast,
        c if is_east(c) => Family::East,
        _ => Family::Spaced,
    }
}

/// Whether a character is of a script that is written without spaces between words: all of those but Korean.
pub fn is_written_without_spaces(c: char) -> bool {
    let korean = matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{A960}'..='\u{A97C}' | '\u{AC00}'..='\u{D7FB}');
    family(c) != Family::Spaced && !korean
}

fn is_southeast(c: char) -> bool {
    match c {
        // Thai and Lao, without the baht sign, digits and punctuation.
        '\u{E3F}' | '\u{E4F}'..='\u{E5B}' | '\u{ED0}'..='\u{ED9}' => false,
        '\u{E01}'..='\u{EDF}' => true,
        // Myanmar, without digits and punctuation.
        '\u{1040}'..='\u{104B}' | '\u{1090}'..='\u{1099}' => false,
        '\u{1000}'..='\u{109F}' | '\u{A9E0}'..='\u{A9EF}' | '\u{A9FA}'..='\u{A9FE}' => true,
        '\u{AA60}'..='\u{AA7F}' => true,
        // Khmer letters, vowels and signs, without punctuation and digits.
        '\u{1780}'..='\u{17D3}' | '\u{17DC}' | '\u{17DD}' => true,
        _ => false,
    }
}

fn is_east(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{3099}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{3105}'..='\u{312F}' | '\u{3131}'..='\u{318E}'
        | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97C}'
        | '\u{AC00}'..='\u{D7FB}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FFDC}' | '\u{20000}'..='\u{3FFFD}')
}

/// Whether a character continues the cluster that stands before it: vowel signs, tone marks,
/// subscripts, combining marks.
pub(crate) fn is_mark(c: char) -> bool {
    match c {
        // Thai and Lao: signs above and below, and the vowels that follow a consonant.
        '\u{E30}'..='\u{E3A}' | '\u{E45}' | '\u{E47}'..='\u{E4E}' => true,
        '\u{EB0}'..='\u{EBC}' | '\u{EC8}'..='\u{ECE}' => true,
        // Myanmar vowels, tones, medials and marks of its extensions.
        '\u{102B}'..='\u{103E}'
        | '\u{1056}'..='\u{1059}'
        | '\u{105E}'..='\u{1060}'
        | '\u{1062}'..='\u{1064}' => true,
        '\u{1067}'..='\u{106D}' | '\u{1071}'..='\u{1074}' | '\u{1082}'..='\u{108D}' | '\u{108F}' => true,
        '\u{109A}'..='\u{109D}' | '\u{A9E5}' | '\u{AA7B}'..='\u{AA7D}' => true,
        // Khmer vowels and signs.
        '\u{17B4}'..='\u{17D3}' | '\u{17DD}' => true,
        // Japanese voicing marks, Hangul vowels and finals written apart.
        '\u{3099}' | '\u{309A}' | '\u{FF9E}' | '\u{FF9F}' | '\u{1160}'..='\u{11FF}' => true,
        // Combining marks and variation selectors.
        '\u{300}'..='\u{36F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => true,
        _ => false,
    }
}

/// Whether the next letter belongs to the same cluster: the Khmer coeng and the Burmese virama put
/// it underneath, and a Thai or Lao vowel written first is spoken after it.
pub(crate) fn binds_next(c: char) -> bool {
    matches!(c, '\u{17D2}' | '\u{1039}' | '\u{E40}'..='\u{E44}' | '\u{EC0}'..='\u{EC4}')
}

/// Characters that are not part of any text: they are invisible, and a search never needs them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0100}'..='\u{E01EF}')
}
