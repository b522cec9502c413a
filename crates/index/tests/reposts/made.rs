//! Invented statements, the same for the same seed: sentences that nobody wrote, notes that a site puts under every page,
//! phrases that everybody uses, and what becomes of a statement when others repeat it.

/// SplitMix64.
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn word(&mut self, of: &'static str) -> &'static str {
        let words: Vec<&str> = of.split_whitespace().collect();
        self.one(&words)
    }
}

const NOUNS: &str = "surveyor fisher teacher midwife monk boat bank office report letter permit barge ministry village \
    committee court warrant editor printer lawyer union harbour market bridge weir school clinic radio station record map \
    boundary field orchard net ledger receipt meeting hearing sentence appeal charge notice fence road ferry landing prison \
    guard clerk judge witness drawing photograph camera notebook archive register election ballot petition signature march \
    banner loudspeaker strike wage contract worker foreman kiln quarry dam turbine reservoir forest ranger patrol checkpoint \
    passport border camp shelter kitchen well pump pipe drought flood storm harvest loan debt bond auction tender audit";
const ADJECTIVES: &str = "old young second eastern northern upper lower quiet public private former local regional distant \
    narrow broken borrowed sealed unsigned hurried careful patient silent crowded empty flooded burnt painted rented \
    forgotten disputed unpaid provisional temporary honorary independent wooden stone muddy steep early late sudden annual";
const VERBS: &str = "measured published questioned detained followed ignored recorded visited closed opened searched \
    photographed copied refused accepted postponed cancelled praised blamed warned called summoned released dismissed \
    counted weighed repaired abandoned bought sold leased occupied fenced flooded drained surveyed crossed blocked cleared \
    defended accused thanked reminded promised delivered returned borrowed hid found lost burned kept signed";
const LINKS: &str = "while although because before after until whenever since";
const SYLLABLES: &str =
    "ka do ri mel tho sam bo lin pre ves tar nu ghi ora pel sun dak mir jo lat ben ros chu vin ye zar";
const KHMER: &str = "សិទ្ធិ មនុស្ស ប្រជាពលរដ្ឋ រដ្ឋាភិបាល តុលាការ ពន្ធនាគារ ទន្លេ ខ្សាច់ ទូក ផ្ទះ ភូមិ សហគមន៍ ដី ព្រៃឈើ អ្នកកាសែត មេធាវី \
    គ្រូបង្រៀន កម្មករ សហជីព ប្រាក់ឈ្នួល ការប្រជុំ ការបោះឆ្នោត របាយការណ៍ សេចក្តីថ្លែងការណ៍ ក្រសួង ខេត្ត ទីក្រុង ផ្លូវ ស្ពាន ទឹក ត្រី ស្រែ ចម្ការ \
    បានវាស់ បានចាប់ខ្លួន បានដោះលែង បានបោះពុម្ព បានស្នើ បានបដិសេធ បានសរសេរ បានឃើញ បានលក់ បានទិញ បានបិទ បានបើក បានជួយ បានការពារ \
    ដោយ នៅ ក្នុង ជាមួយ ពី ដល់ ថ្មី ចាស់ ធំ តូច ឆាប់ យឺត ទាំងអស់ ប៉ុន្តែ ព្រោះ មុន ក្រោយ ម្សិលមិញ ថ្ងៃនេះ ឆ្នាំមុន";

/// What everybody says, within sentences and as a whole one.
pub const PHRASES: &[&str] = &[
    "the right to freedom of expression under article 19 of the International Covenant on Civil and Political Rights",
    "calls on the government to immediately and unconditionally release all those who are detained for their opinions",
    "in line with the obligations of the state under international human rights law and standards",
    "the Law on Associations and Non-Governmental Organisations, which was adopted in spite of protests,",
    "the use of force by the police against people who had gathered peacefully in front of the court",
    "the United Nations Special Rapporteur on the situation of human rights defenders in the country",
    "without discrimination of any kind as to race, colour, sex, language, religion or political opinion",
    "a prompt, thorough, independent and impartial investigation into all allegations of ill-treatment",
    "the Universal Declaration of Human Rights and the treaties to which the country is a party",
];
pub const SENTENCE: &str =
    "We call on the authorities to drop all charges and to release them immediately and unconditionally.";

fn place(chance: &mut Chance) -> String {
    let count = 2 + chance.below(2);
    let name: String = (0..count).map(|_| chance.word(SYLLABLES)).collect();
    name[..1].to_uppercase() + &name[1..]
}

fn thing(chance: &mut Chance) -> String {
    let (adjective, noun) = (chance.word(ADJECTIVES), chance.word(NOUNS));
    match chance.below(4) {
        0 => format!("the {adjective} {noun} of {}", place(chance)),
        1 => format!("{} from the {noun}", place(chance)),
        2 => format!("a {noun} and its {adjective} {}", chance.word(NOUNS)),
        _ => format!("the {adjective} {noun}"),
    }
}

fn clause(chance: &mut Chance) -> String {
    let (who, verb, whom) = (thing(chance), chance.word(VERBS), thing(chance));
    match chance.below(3) {
        0 => format!("{who} {verb} {whom} near {}", place(chance)),
        1 => format!("{who} {verb} {whom} with {}", thing(chance)),
        _ => format!("{who} {verb} {whom}"),
    }
}

/// A sentence of a dozen words or more.
pub fn sentence(chance: &mut Chance) -> String {
    loop {
        let text = format!("{} {} {}", clause(chance), chance.word(LINKS), clause(chance));
        if text.split(' ').count() >= 12 {
            return text[..1].to_uppercase() + &text[1..] + ".";
        }
    }
}

/// A sentence of Khmer words written without spaces.
pub fn khmer_sentence(chance: &mut Chance) -> String {
    let count = 9 + chance.below(8);
    (0..count).map(|_| chance.word(KHMER)).collect::<String>() + "។"
}

/// The sentences of a statement.
pub fn sentences(chance: &mut Chance, count: usize) -> Vec<String> {
    (0..count).map(|_| sentence(chance)).collect()
}

/// Puts a set phrase into a sentence of its own making, so that it stands inside.
pub fn with_phrase(chance: &mut Chance) -> String {
    if chance.percent(25) {
        return SENTENCE.to_owned();
    }
    let (before, after) = (clause(chance), clause(chance));
    format!("{}{} and {} {after}.", before[..1].to_uppercase(), &before[1..], chance.one(PHRASES))
}

/// Sentences in paragraphs of three.
pub fn paragraphs(sentences: &[String]) -> String {
    sentences.chunks(3).map(|some| some.join(" ")).collect::<Vec<_>>().join("\n")
}

/// A twentieth of the words are others.
pub fn edited(chance: &mut Chance, text: &str) -> String {
    let words = text
        .split(' ')
        .map(|word| if chance.percent(5) { chance.word(NOUNS).to_owned() } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// Three tenths of the sentences, with ellipses between, and some of them cut short.
pub fn excerpt(chance: &mut Chance, sentences: &[String]) -> String {
    let count = (sentences.len() * 3).div_ceil(10).max(3);
    let step = sentences.len() / count;
    let parts = (0..count).map(|part| {
        let sentence = sentences[part * step].as_str();
        let words: Vec<&str> = sentence.split(' ').collect();
        if words.len() > 12 && chance.percent(30) {
            words[..words.len() - 4].join(" ")
        } else {
            sentence.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join(" […] ")
}
