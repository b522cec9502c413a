//! Names that are the same, and names that are not. All organisations but a few whose acronyms everybody knows are invented.

use std::collections::BTreeSet;

use super::*;

const SAME: &[(&str, &str)] = &[
    ("Cambodian Center for Human Rights (CCHR)", "CCHR"),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodian Center for Human Rights"),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodian Centre for Human Rights"),
    ("Cambodian Center for Human Rights (CCHR)", "The Cambodian Center for Human Rights"),
    ("Cambodian Center for Human Rights (CCHR)", "CAMBODIAN CENTER FOR HUMAN RIGHTS"),
    ("Cambodian Center for Human Rights (CCHR)", "CCHR - Cambodian Center for Human Rights"),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodian Center for Human Rights – CCHR"),
    ("Cambodian Center for Human Rights (CCHR)", "CCHR (Cambodian Center for Human Rights)"),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodian Center for Human Rights, CCHR"),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodian Center for Human Rights [CCHR]"),
    ("Cambodian Center for Human Rights (CCHR)", "C.C.H.R."),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodia Center of Human Rights (CCHR)"),
    ("Cambodian Center for Human Rights (CCHR)", "Cambodian Center for Human Rights (CCHR), Cambodia"),
    ("Cambodian Center for Human Rights", "CCHR"),
    ("Union of Weavers and Dyers", "Union of Weavers & Dyers"),
    ("Union of Weavers and Dyers", "Union of Weavers + Dyers"),
    ("Union of Weavers and Dyers (UWD)", "UWD"),
    ("Union of Weavers and Dyers", "Union of weavers and dyers"),
    ("Union of Weavers and Dyers", "Union of Weavers and Dyers - Cambodia"),
    ("Union of Weavers and Dyers", "Union of Weavers and Dyers, Thailand"),
    ("Union of Weavers and Dyers", "Union of Weavers and Dyers (Thailand)"),
    ("Union of Weavers and Dyers, Thailand", "Union of Weavers & Dyers – Thailand"),
    ("Union of Weavers and Dyers", "Union of Weavers and Dyers, Inc."),
    ("Union of Weavers and Dyers", "Union of Weavers and Dyers Ltd"),
    ("Freunde des Flusses e.V.", "Freunde des Flusses"),
    ("Freunde des Flusses e. V.", "Freunde des Flusses e.V."),
    ("Freunde des Flusses gGmbH", "Freunde des Flusses"),
    ("Maison des Rivières asbl", "Maison des Rivieres"),
    ("Maison des Rivières ASBL", "MAISON DES RIVIÈRES"),
    ("Dara Rights Co., Ltd.", "Dara Rights"),
    ("Dara Rights Pty Ltd", "Dara Rights"),
    ("Réseau des Maisons sur Pilotis", "Reseau des maisons sur pilotis"),
    ("Réseau des Maisons sur Pilotis (RMP)", "RMP"),
    ("L'Observatoire de la Mer", "Observatoire de la mer"),
    ("Ligue et Voix des Pêcheurs", "Ligue & Voix des Pêcheurs"),
    ("Asociación de Ríos y Mares", "Asociacion de Rios y Mares"),
    ("Labor Rights Organization", "Labour Rights Organisation"),
    ("Network for the Defense of Farmers", "Network for the Defence of Farmers"),
    ("Urban Poor Programme", "Urban Poor Program"),
    ("Women's Weaving Circle", "Women’s Weaving Circle"),
    ("Women's Weaving Circle", "Womens Weaving Circle"),
    ("Workers' Hope Center", "Workers Hope Centre"),
    ("Worker Hope Center", "Workers Hope Center"),
    ("Organizing for the Delta", "Organising for the Delta"),
    ("International River Watch", "Int'l River Watch"),
    ("International River Watch", "Intl. River Watch"),
    ("Delta Farmers Assoc.", "Delta Farmers Association"),
    ("OXFAM", "Oxfam"),
    ("LICADHO", "Cambodian League for the Promotion and Defense of Human Rights (LICADHO)"),
    ("LICADHO", "Licadho"),
    ("ADHOC", "Cambodian Human Rights and Development Association (ADHOC)"),
    ("FORUM-ASIA", "Asian Forum for Human Rights and Development (FORUM-ASIA)"),
    ("FORUM-ASIA", "Forum-Asia"),
    ("អង្គការសម្លេងទន្លេ (VOR)", "VOR"),
    ("អង្គការសម្លេងទន្លេ (VOR)", "អង្គការ\u{200B}សម្លេង\u{200B}ទន្លេ"),
    ("អង្គការ សម្លេងទន្លេ", "អង្គការសម្លេងទន្លេ"),
    ("អង្គការសម្លេងទន្លេ (Voice of the River)", "Voice of the River"),
    ("អង្គការសម្លេងទន្លេ / Voice of the River (VOR)", "Voice of the River (VOR)"),
    ("អង្គការសម្លេងទន្លេ (VOR)", "Voice of the River (VOR)"),
    ("言论自由中心 (CFE)", "Centre for Free Expression (CFE)"),
    ("言论自由中心", "言论 自由中心"),
    ("Công đoàn Sông Lam", "Cong doan Song Lam"),
    ("Dr. Sok Remony", "Sok Remony"),
    ("Ven. Sok Remony", "Sok Remony"),
    ("Lake Union", "  Lake   Union "),
    ("Lake Union", "Lake Union."),
    ("\"Lake Union\"", "Lake Union"),
    ("Lake Union*", "Lake Union"),
    ("House of Letters (HoL)", "House of Letters"),
    ("Committee for River Peoples (CRP)", "Committee for River Peoples (CRiP)"),
    ("UNION OF WEAVERS AND DYERS (UWD)", "Union of Weavers and Dyers (UWD)"),
    ("UNION OF WEAVERS AND DYERS (UWD)", "UWD"),
    ("CCHR, CAMBODIA", "CCHR"),
    ("La Maison des Rivières", "Maison des Rivières"),
    ("Dara Rights SA", "Dara Rights"),
    ("Dara Rights S.A.", "Dara Rights"),
    ("Dara Rights, sa", "Dara Rights"),
];

const DIFFERENT: &[(&str, &str)] = &[
    ("Human Rights Watch", "Human Rights Watch Asia"),
    ("Union of Weavers - Battambang", "River Watch - Battambang"),
    ("Union of Weavers (North)", "River Watch (North)"),
    ("Union of Weavers / North", "River Watch / North"),
    ("Union of Weavers (North)", "Union of Weavers (South)"),
    ("Union of Teachers", "Union of Teachers in Exile"),
    ("Union of Teachers", "Union of Teachers of the North"),
    ("Dara Rights Centre (DRC)", "Danish River Council (DRC)"),
    ("Dara Rights Centre (DRC)", "Delta River Committee"),
    ("Union of Weavers", "Union of Dyers"),
    ("Union of Weavers, Thailand", "Union of Weavers, Cambodia"),
    ("Union of Weavers - Thailand", "Union of Weavers (Laos)"),
    ("Union of Weavers (UW)", "United Workers (UW)"),
    ("UW", "Union of Weavers"),
    ("Village 5 Community", "Village 6 Community"),
    ("Cambodian Youth Network", "Cambodian Women Network"),
    ("Cambodian Youth Network", "Cambodian Youth"),
    ("Lawyers for Democracy", "Lawyers against Democracy"),
    ("Lawyers for Peace", "Lawyers without Peace"),
    ("River Watch", "Watch River"),
    ("River Watch Network", "River Network"),
    ("Legal Aid", "Legal Aid Society"),
    ("Legal Aid", "Legal Aid of Battambang"),
    ("North Delta Farmers", "South Delta Farmers"),
    ("Amnesty International", "Transparency International"),
    ("Amnesty International", "Amnesty"),
    ("Free Press Centre", "Free Press Council"),
    ("CCHR", "CCHRP"),
    ("CCHR", "CHRC"),
    ("CCHR", "Cambodian Human Rights Centre"),
    ("CCHR (Cambodian Center for Human Rights)", "Coalition of Cambodian Householders' Rights (CCHR)"),
    ("Green Trade Company", "Great Trade Company"),
    ("Women's Centre", "Men's Centre"),
    ("Sok Remony", "Sok Remon Phal"),
    ("Sok Dara", "Sok Daro"),
    ("Independent Teachers", "Dependent Teachers"),
    ("Fisheries Coalition", "Forest Coalition"),
    ("Network of Media Workers", "Network of Metal Workers"),
    ("Asia Floor", "Asia Floor Wage"),
    ("Asia Justice", "Justice"),
    ("ក្រុមទន្លេ", "ក្រុមព្រៃ"),
    ("អង្គការសម្លេងទន្លេ", "អង្គការសម្លេងព្រៃ"),
    ("អង្គការសម្លេងទន្លេ (VOR)", "អង្គការសម្លេងព្រៃ (VOP)"),
    ("言论自由中心", "新闻自由中心"),
    ("Voice", "Voice of the River"),
    ("Voice of the River", "Voices from the Rivers Foundation"),
    ("Center for Law", "Center for Land"),
    ("Center for Labour", "Center for Labelling"),
    ("Committee to Protect Rivers", "Committee to Pollute Rivers"),
    ("Lake Union A", "Lake Union B"),
    ("Lake Union 2019", "Lake Union 2020"),
    ("Lake Union I", "Lake Union II"),
    ("Lake Union", "Lakeside Union"),
    ("Youth for Peace", "Youth for Change"),
    ("League of the Lowlands (LOL)", "Library of Letters (LOL)"),
    ("Rights Now", "Rights Now Foundation"),
    ("Mother Earth Cambodia", "Mother Earth"),
    ("Mother Earth Cambodia", "Mother Earth Laos"),
    ("Workers' Party", "Workers' Union"),
    ("The Delta", "The Beta"),
    ("Delta Press", "Delta Prose"),
    ("Institute for Rivers", "Institute for River Trade"),
    ("National Assembly", "International Assembly"),
    ("People's Centre", "People's Centre for Development and Peace"),
    ("Solidarity House", "Solidarity House of the Lakes"),
    ("Ligue des Droits", "Ligue des Devoirs"),
    ("Freunde des Flusses", "Freunde des Waldes"),
    ("Central Union", "Central Unit"),
    ("ABC", "ABD"),
    ("Building and Wood Workers", "Building Workers"),
    ("Nguyen Van A", "Nguyen Van An"),
    ("Nguyen Van A", "Nguyen Van"),
    ("Le Van Thanh", "Do Van Thanh"),
    ("Le Van Thanh", "Van Thanh"),
    ("Nguyen An Binh", "Nguyen Binh"),
    ("Nguyễn Ân Bình", "Nguyễn Do Bình"),
    ("Kim Ong", "Kim Sa"),
    ("KIM ONG", "KIM SA"),
    ("Kim Sa.", "Kim Ong."),
    ("Nguyen Van Kim Sa", "Nguyen Van Kim Ong"),
    ("UNION OF WEAVERS - BATTAMBANG", "RIVER WATCH - BATTAMBANG"),
    ("UNION OF WEAVERS (NORTH)", "RIVER WATCH (NORTH)"),
    ("UNION OF WEAVERS / BATTAMBANG", "BATTAMBANG"),
];

#[test]
fn spellings_of_one_name_are_the_same() {
    let missed: Vec<_> = SAME.iter().filter(|(one, other)| !same_name(one, other)).collect();
    let recall = 1.0 - missed.len() as f64 / SAME.len() as f64;
    assert!(recall >= 0.97, "{recall}: {missed:#?}");
    assert!(SAME.iter().all(|(one, other)| same_name(one, other) == same_name(other, one)));
}

#[test]
fn names_of_two_are_never_the_same() {
    let merged: Vec<_> =
        DIFFERENT.iter().filter(|(one, other)| same_name(one, other) || same_name(other, one)).collect();
    assert!(merged.is_empty(), "{merged:#?}");
    assert!(SAME.len() + DIFFERENT.len() >= 120);
}

/// Whether a query by the one name finds a list with the other.
fn finds(asked: &str, listed: &str) -> bool {
    let keys: BTreeSet<String> = name_keys(listed).into_iter().collect();
    name_query_keys(asked).iter().any(|key| keys.contains(key))
}

#[test]
fn keys_find_the_same_and_nobody_else() {
    let found = SAME.iter().filter(|(one, other)| finds(one, other) && finds(other, one)).count();
    assert!(found as f64 / SAME.len() as f64 >= 0.9, "{found} of {}", SAME.len());
    // A single word that is asked for may be an acronym: that is the one liberty that a query takes.
    let wrong: Vec<_> =
        DIFFERENT.iter().filter(|(one, other)| finds(one, other) || finds(other, one)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(finds("cchr", "Cambodian Center for Human Rights (CCHR)"));
}

#[test]
fn lists_are_matched() {
    let first = [
        "Cambodian Center for Human Rights (CCHR)",
        "Union of Weavers & Dyers",
        "River Watch",
        "River Watch",
        "Dara Rights Centre (DRC)",
        "Lake Unoin of the North",
        "LICADHO",
        "House of Letters",
    ];
    let second = [
        "CCHR",
        "Union of Weavers and Dyers",
        "River Watch",
        "Danish River Council (DRC)",
        "Lake Union of the North",
        "Cambodian League for the Promotion and Defense of Human Rights (LICADHO)",
        "House of Letters",
        "Human Rights Watch Asia",
    ];
    let found = match_lists(&first, &second);
    assert_eq!(found.same, [(2, 2), (7, 6)]);
    assert_eq!(found.renamed, [(0, 0), (1, 1), (6, 5)]);
    assert_eq!(found.left, [3]);
    assert_eq!(found.joined, [7]);
    assert_eq!(
        found.doubtful,
        [(5, 4), (4, 3)].into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    );
}

#[test]
fn an_acronym_of_two_names_is_doubtful() {
    let found = match_lists(&["DRC"], &["Dara Rights Centre (DRC)", "Danish River Council (DRC)"]);
    assert!(found.renamed.is_empty() && found.same.is_empty());
    assert_eq!((found.doubtful, found.joined), (vec![(0, 0)], vec![1]));
}

#[test]
fn long_lists_take_bounded_time() {
    let names: Vec<String> = (0..4_000).map(|at| format!("Union of Village {at} (UV{at})")).collect();
    let first: Vec<&str> = names.iter().map(String::as_str).collect();
    let second: Vec<&str> = names.iter().skip(1).map(String::as_str).collect();
    let found = match_lists(&first, &second);
    assert_eq!((found.same.len(), found.left.len(), found.joined.len()), (3_999, 1, 0));
    let one = vec!["Union"; 4_000];
    assert_eq!(match_lists(&one, &one).same.len(), 4_000);
}

proptest::proptest! {
    #[test]
    fn every_name_stands_in_one_place(
        first in proptest::collection::vec("[ABCabc() ,&-]{0,12}", 0..12),
        second in proptest::collection::vec("[ABCabc() ,&-]{0,12}", 0..12),
    ) {
        let (one, other): (Vec<&str>, Vec<&str>) =
            (first.iter().map(String::as_str).collect(), second.iter().map(String::as_str).collect());
        let found = match_lists(&one, &other);
        let pairs = [&found.same, &found.renamed, &found.doubtful];
        let mut here: Vec<usize> = pairs.iter().flat_map(|pairs| pairs.iter().map(|pair| pair.0)).chain(found.left.clone()).collect();
        let mut there: Vec<usize> = pairs.iter().flat_map(|pairs| pairs.iter().map(|pair| pair.1)).chain(found.joined.clone()).collect();
        here.sort_unstable();
        there.sort_unstable();
        proptest::prop_assert_eq!(here, (0..first.len()).collect::<Vec<_>>());
        proptest::prop_assert_eq!(there, (0..second.len()).collect::<Vec<_>>());
    }

    #[test]
    fn any_characters_are_a_name(name in "\\PC{0,80}") {
        let _ = (name_keys(&name), name_query_keys(&name));
        proptest::prop_assert!(name.trim().is_empty() || same_name(&name, &name) || name_keys(&name).is_empty());
    }
}
