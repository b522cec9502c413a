//! Countries, as they stand beside a name on a list: `Legal Aid Centre - Thailand`.

use std::collections::HashSet;
use std::sync::LazyLock;

use vidimus_words::fold;

/// English names of countries and territories, as `place` writes them.
const COUNTRIES: &str = "\
afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahamas bahrain bangladesh \
barbados belarus belgium belize benin bhutan bolivia bosnia bosniaandherzegovina botswana brazil brunei bulgaria \
burkinafaso burma burundi cambodge cambodia cameroon canada capeverde chad chile china colombia comoros congo costarica \
cotedivoire croatia cuba cyprus czechia czechrepublic denmark djibouti dominica dominicanrepublic easttimor ecuador egypt \
elsalvador england eritrea estonia eswatini ethiopia fiji finland france gabon gambia georgia germany ghana greece grenada \
guatemala guinea guineabissau guyana haiti honduras hongkong hungary iceland india indonesia iran iraq ireland israel italy \
ivorycoast jamaica japan jordan kazakhstan kenya kiribati korea kosovo kuwait kyrgyzstan lao laopdr laos latvia lebanon \
lesotho liberia libya liechtenstein lithuania luxembourg macau macedonia madagascar malawi malaysia maldives mali malta \
mauritania mauritius mexico micronesia moldova monaco mongolia montenegro morocco mozambique myanmar namibia nauru nepal \
netherlands newcaledonia newzealand nicaragua niger nigeria northkorea northmacedonia northernireland norway oman pakistan \
palau palestine panama papuanewguinea paraguay peru philippines poland portugal puertorico qatar romania russia rwanda samoa \
sanmarino saotome saudiarabia scotland senegal serbia seychelles sierraleone singapore slovakia slovenia solomonislands \
somalia southafrica southkorea southsudan spain srilanka sudan suriname sweden switzerland syria taiwan tajikistan tanzania \
thailand thailande thenetherlands thephilippines timorleste togo tonga trinidadandtobago tunisia turkey turkiye turkmenistan \
tuvalu uae uganda uk ukraine unitedarabemirates unitedkingdom unitedstates unitedstatesofamerica uruguay us usa uzbekistan \
vanuatu venezuela vietnam wales westpapua yemen zambia zimbabwe កម្ពុជា ថៃ ឡាវ វៀតណាម មីយ៉ាន់ម៉ា 柬埔寨 中国 泰国 越南 台湾 香港";

static PLACES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| COUNTRIES.split_whitespace().collect());

/// The country that a part of a name is, folded, without spaces and full stops: `U.S.A.`, `New Zealand`.
pub(super) fn place(part: &str) -> Option<String> {
    let folded: String =
        fold(part).chars().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation()).collect();
    PLACES.contains(folded.as_str()).then_some(folded)
}
