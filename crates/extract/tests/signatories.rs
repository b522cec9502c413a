//! Lists of signatories in every layout that pages use, as the names that a reader would copy out by hand.
//!
//! A name is written `1 Name [ACRONYM] {Place} <Role> @Group`, without what it does not have.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use url::Url;
use vidimus_extract::{Agreement, Input, Params, Section, Signatory, Statement, extract};

/// What comes before the list.
const BODY: &str = "<p>The ministry's decision to investigate the organisation for a report about sand dredging is a clear reprisal \
 and an attempt to intimidate those who work for the rights of all who live by the river.</p>\
 <p>Both the agency and the bank have said that civil society should be allowed to advise and to criticise \
 their activities freely, in order to strengthen what they do for everyone.</p>\
 <p>We call on both to acknowledge the value of critical research in public, and on the government to allow everyone \
 to carry out their work free from harassment and retaliation.</p>";

fn page(title: &str, list: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><meta charset=utf-8><title>{title} | River Watch</title></head><body>\
         <header><a href='/'>River Watch</a><nav><ul><li><a href='/news'>News</a><li><a href='/about'>About us</a></ul></nav></header>\
         <main><article><h1>{title}</h1>{BODY}{list}</article></main>\
         <aside><h3>Latest news</h3><ul><li><a href='/x'>Ferry closes without notice</a><li><a href='/y'>Wage talks resume</a></ul></aside>\
         <footer><p>© 2025 River Watch. All rights reserved.</p><a href='/privacy'>Privacy policy</a></footer></body></html>"
    )
}

fn read(html: &str) -> Statement {
    let url = Url::parse("https://river.example/news/joint-statement").unwrap();
    let input =
        Input { bytes: html.as_bytes(), content_type: Some("text/html; charset=utf-8"), url: Some(&url) };
    extract(&input, &Params::default()).unwrap().statement
}

fn shown(one: &Signatory) -> String {
    let mut out = one.number.map_or(String::new(), |number| format!("{number} "));
    out.push_str(&one.name);
    let mut add = |open: &str, value: &Option<String>, close: &str| {
        if let Some(value) = value {
            out.push_str(&format!(" {open}{value}{close}"));
        }
    };
    add("[", &one.acronym, "]");
    add("{", &one.place, "}");
    add("<", &one.role, ">");
    add("@", &one.group, "");
    out
}

fn names(list: &str) -> Vec<String> {
    let statement = read(&page("Stop the reprisals on the river", list));
    statement.signatories.map(|list| list.names.iter().map(shown).collect()).unwrap_or_default()
}

/// What a list is, its markup, and the names in it.
type Case = (&'static str, &'static str, &'static [&'static str]);

const LAYOUTS: &[Case] = &[
    (
        "numbered",
        "<p>Endorsed by:</p><ol><li>Lake Union (LU)<li>River League (Koh Rong)<li>Tree Group</ol>",
        &["1 Lake Union [LU]", "2 River League {Koh Rong}", "3 Tree Group"],
    ),
    (
        "numbered, interrupted by a paragraph, resumed with start",
        "<p><em>This joint statement is endorsed by:</em></p><ol><li>Lake Union<li>River League</ol><p>Photo of the meeting in the village hall, which hundreds of people attended in the rain.</p><ol start=3><li>Tree Group<li>Sand Network</ol>",
        &["1 Lake Union", "2 River League", "3 Tree Group", "4 Sand Network"],
    ),
    (
        "numbered, resumed with value behind a heading",
        "<p>Endorsed by:</p><ol><li>Lake Union<li>River League</ol><h3>Support our work on the river</h3><ol><li value=3>Tree Group<li>Sand Network</ol>",
        &["1 Lake Union", "2 River League", "3 Tree Group", "4 Sand Network"],
    ),
    (
        "numbered backwards",
        "<h3>Signatories</h3><ol reversed start=3><li>Lake Union<li>River League<li>Tree Group</ol>",
        &["3 Lake Union", "2 River League", "1 Tree Group"],
    ),
    (
        "numbered anew under each sub-heading",
        "<h2>Signatories</h2><h3>Cambodia</h3><ol><li>Lake Union<li>River League</ol><h3>Regional</h3><ol><li>Tree Group</ol>",
        &["1 Lake Union @Cambodia", "2 River League @Cambodia", "1 Tree Group @Regional"],
    ),
    (
        "numbered anew under bold lines",
        "<p>Signed by:</p><p><b>Cambodia</b></p><ol><li>Lake Union<li>River League</ol><p><b>Regional:</b></p><ol><li>Tree Group<li>Sand Network</ol>",
        &[
            "1 Lake Union @Cambodia",
            "2 River League @Cambodia",
            "1 Tree Group @Regional",
            "2 Sand Network @Regional",
        ],
    ),
    (
        "numbered anew behind an advertisement",
        "<p>Signed by:</p><ol><li>Lake Union<li>River League</ol><div class=ad><p>Advertisement</p></div><ol><li>Tree Group<li>Sand Network</ol>",
        &["1 Lake Union", "2 River League", "1 Tree Group", "2 Sand Network"],
    ),
    (
        "bulleted",
        "<h3>Endorsing organisations</h3><ul><li>Lake Union<li>River League<li>Tree Group</ul>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "bulleted, interrupted",
        "<p>Signatories:</p><ul><li>Lake Union<li>River League</ul><p>The list grew over the week, and more are welcome to add their names.</p><ul><li>Tree Group<li>Sand Network</ul>",
        &["Lake Union", "River League", "Tree Group", "Sand Network"],
    ),
    (
        "numbered lines with br",
        "<p>Signed by:<br>1. Lake Union (LU)<br>2. River League<br>3. Tree Group</p>",
        &["1 Lake Union [LU]", "2 River League", "3 Tree Group"],
    ),
    (
        "lines with br in their own paragraph",
        "<p>This statement is endorsed by</p><p>Lake Union<br>River League<br>Tree Group</p>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "paragraphs numbered by hand",
        "<p>Signed by:</p><p>1. Lake Union</p><p>2. River League</p><p>3) Tree Group</p>",
        &["1 Lake Union", "2 River League", "3 Tree Group"],
    ),
    (
        "short paragraphs",
        "<h4>Signed by</h4><p>Lake Union</p><p>River League</p><p>Tree Group</p>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "short divs",
        "<div class=x><strong>Signatories</strong></div><div>Lake Union</div><div>River League</div><div>Tree Group</div>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "bullets typed by hand",
        "<p>Endorsed by:</p><p>• Lake Union</p><p>- River League</p><p>– Tree Group</p>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "bullets typed by hand, with br",
        "<p>Endorsed by:<br>- Lake Union<br>- River League<br>- Tree Group</p>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "columns of lists",
        "<h3>Signatories</h3><div class=row><div class=col><ul><li>Lake Union<li>River League</ul></div><div class=col><ul><li>Tree Group<li>Sand Network</ul></div></div>",
        &["Lake Union", "River League", "Tree Group", "Sand Network"],
    ),
    (
        "a table of names and countries with headings",
        "<h3>Signatories</h3><table><tr><th>Organisation</th><th>Country</th></tr><tr><td>Lake Union</td><td>Laos</td></tr><tr><td>River League (RL)</td><td>Thailand</td></tr></table>",
        &["Lake Union {Laos}", "River League [RL] {Thailand}"],
    ),
    (
        "a table of numbers, names and countries without headings",
        "<p>Signed by:</p><table><tr><td>1</td><td>Lake Workers Union</td><td>Laos</td></tr><tr><td>2</td><td>River League South</td><td>Thailand</td></tr><tr><td>3</td><td>Tree Group of Elders</td><td>Laos</td></tr></table>",
        &["1 Lake Workers Union {Laos}", "2 River League South {Thailand}", "3 Tree Group of Elders {Laos}"],
    ),
    (
        "a table with names in every cell",
        "<p>Signed by:</p><table><tr><td>Lake Union</td><td>River League</td><td>Tree Group</td></tr><tr><td>Sand Network</td><td>Stone Forum</td><td></td></tr></table>",
        &["Lake Union", "River League", "Tree Group", "Sand Network", "Stone Forum"],
    ),
    (
        "a table of two cells with lines",
        "<p>Signed by:</p><table><tr><td>Lake Union<br>River League<br>Tree Group</td><td>Sand Network<br>Stone Forum<br>Clay Circle</td></tr></table>",
        &["Lake Union", "River League", "Tree Group", "Sand Network", "Stone Forum", "Clay Circle"],
    ),
    (
        "a table of two cells with lists",
        "<p>Signed by:</p><table><tr><td><ul><li>Lake Union<li>River League</ul></td><td><ul><li>Sand Network<li>Stone Forum</ul></td></tr></table>",
        &["Lake Union", "River League", "Sand Network", "Stone Forum"],
    ),
    (
        "a sentence",
        "<p>Signed by Lake Union, River League and Tree Group.</p>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "a sentence that names the statement",
        "<p>This statement is endorsed by the Lake Union (LU), the River League and the Committee for Peace and Justice.</p>",
        &["Lake Union [LU]", "River League", "Committee for Peace and Justice"],
    ),
    (
        "semicolons",
        "<p>Signed: Lake Union; River League (RL, Laos); Committee for Peace and Justice; and Tree Group</p>",
        &["Lake Union", "River League [RL] {Laos}", "Committee for Peace and Justice", "Tree Group"],
    ),
    (
        "commas inside parentheses",
        "<p>Signatories: Lake Union (LU, Cambodia), River League (RL, Laos), Tree Group</p>",
        &["Lake Union [LU] {Cambodia}", "River League [RL] {Laos}", "Tree Group"],
    ),
    (
        "a paragraph with a part's name",
        "<h3>Signatories</h3><p>Cambodia: Lake Union; River League</p><p>Laos: Tree Group; Sand Network</p>",
        &["Lake Union @Cambodia", "River League @Cambodia", "Tree Group @Laos", "Sand Network @Laos"],
    ),
    (
        "places behind commas",
        "<p>Endorsed by:</p><ul><li>Lake Union, Cambodia<li>River League (RL), Laos<li>Tree Group, Thailand<li>Sand Network, Laos</ul>",
        &[
            "Lake Union {Cambodia}",
            "River League [RL] {Laos}",
            "Tree Group {Thailand}",
            "Sand Network {Laos}",
        ],
    ),
    (
        "places behind dashes",
        "<p>Endorsed by:</p><ul><li>Lake Union – Cambodia<li>River League – Laos<li>Tree Group – Thailand</ul>",
        &["Lake Union {Cambodia}", "River League {Laos}", "Tree Group {Thailand}"],
    ),
    (
        "persons with roles",
        "<h3>Individual signatories</h3><ul><li>Dr. Sok Dara, Director, Lake Union<li>Anna Roe, Professor of Law<li>Bo Li (Chair)</ul>",
        &["Sok Dara <Dr., Director, Lake Union>", "Anna Roe <Professor of Law>", "Bo Li <Chair>"],
    ),
    (
        "two lists",
        "<h3>Signatories</h3><ul><li>Lake Union<li>River League</ul><h3>Endorsed by</h3><ul><li>Tree Group<li>Sand Network</ul>",
        &[
            "Lake Union @Signatories",
            "River League @Signatories",
            "Tree Group @Endorsed by",
            "Sand Network @Endorsed by",
        ],
    ),
    (
        "contacts behind it",
        "<p>Endorsed by:</p><ul><li>Lake Union<li>River League</ul><p>For more information contact:</p><ul><li>Sok Dara, Lake Union<li>Anna Roe, River League</ul>",
        &["Lake Union", "River League"],
    ),
    (
        "background behind it",
        "<h3>Signatories</h3><ul><li>Lake Union<li>River League</ul><h3>Background</h3><p>The river has been dredged since 2011 under licences that nobody has ever been shown by the ministry.</p>",
        &["Lake Union", "River League"],
    ),
    (
        "related links behind it",
        "<p>Signatories</p><ul><li>Lake Union<li>River League</ul><h3>Read more</h3><ul><li><a href='/1'>Boats seized in the delta</a><li><a href='/2'>A night on the river</a></ul>",
        &["Lake Union", "River League"],
    ),
    (
        "the end of a letter",
        "<p>We, the undersigned organisations, urge the ministry to end its inquiry without any further delay.</p><ol><li>Lake Union<li>River League<li>Tree Group<li>Sand Network</ol>",
        &["1 Lake Union", "2 River League", "3 Tree Group", "4 Sand Network"],
    ),
    (
        "demands and then names",
        "<p>We, the undersigned organisations, call on the ministry to:</p><ol><li>Release both surveyors at once and without conditions;<li>Publish all licences for dredging that were given since 2011;<li>Meet those who live on the river.</ol><p>The undersigned organisations:</p><ol><li>Lake Union<li>River League</ol>",
        &["1 Lake Union", "2 River League"],
    ),
    (
        "an alphabetical list with a remark",
        "<h3>Signatories</h3><p>(in alphabetical order)</p><ul><li>Lake Union<li>River League</ul>",
        &["Lake Union", "River League"],
    ),
    (
        "others without names",
        "<p>Endorsed by:</p><ul><li>Lake Union<li>River League<li>and 3 other groups that wish to remain anonymous</ul>",
        &["Lake Union", "River League"],
    ),
    (
        "a line before the list within the section",
        "<h3>Endorsements</h3><p>The following organisations have endorsed this statement:</p><ul><li>Lake Union<li>River League</ul>",
        &["Lake Union", "River League"],
    ),
];

const LANGUAGES: &[Case] = &[
    (
        "French",
        "<h3>Organisations signataires</h3><ul><li>Ligue du lac (LDL)<li>Réseau des rives, Mali</ul>",
        &["Ligue du lac [LDL]", "Réseau des rives, Mali"],
    ),
    (
        "French, a sentence",
        "<p>Signataires : Ligue du lac, Réseau des rives et Collectif des arbres</p>",
        &["Ligue du lac", "Réseau des rives", "Collectif des arbres"],
    ),
    (
        "Spanish",
        "<p>Organizaciones firmantes:</p><ol><li>Liga del lago<li>Red de ríos (RR)</ol>",
        &["1 Liga del lago", "2 Red de ríos [RR]"],
    ),
    (
        "German",
        "<h3>Unterzeichnende Organisationen</h3><ul><li>Seenverband e.V.<li>Netzwerk Fluss (Berlin)</ul>",
        &["Seenverband e.V.", "Netzwerk Fluss {Berlin}"],
    ),
    (
        "Portuguese",
        "<p>Assinam:</p><ul><li>Liga do lago<li>Rede dos rios</ul>",
        &["Liga do lago", "Rede dos rios"],
    ),
    (
        "Italian",
        "<h3>Firmatari</h3><ul><li>Lega del lago<li>Rete dei fiumi</ul>",
        &["Lega del lago", "Rete dei fiumi"],
    ),
    (
        "Dutch",
        "<p>Ondertekend door:</p><ul><li>Bond van het meer<li>Netwerk Rivier</ul>",
        &["Bond van het meer", "Netwerk Rivier"],
    ),
    (
        "Polish",
        "<p>Podpisały organizacje:</p><ul><li>Związek Jezior<li>Sieć Rzek</ul>",
        &["Związek Jezior", "Sieć Rzek"],
    ),
    (
        "Russian",
        "<p>Подписали:</p><ol><li>Союз озёр<li>Сеть рек (Москва)</ol>",
        &["1 Союз озёр", "2 Сеть рек {Москва}"],
    ),
    (
        "Arabic",
        "<h3>المنظمات الموقعة</h3><ul><li>اتحاد البحيرة<li>شبكة الأنهار (بيروت)</ul>",
        &["اتحاد البحيرة", "شبكة الأنهار {بيروت}"],
    ),
    (
        "Turkish",
        "<h3>İmzacı kurumlar</h3><ul><li>Göl Birliği<li>Nehir Ağı</ul>",
        &["Göl Birliği", "Nehir Ağı"],
    ),
    (
        "Indonesian",
        "<p>Organisasi penandatangan:</p><ol><li>Serikat Danau<li>Jaringan Sungai (Jakarta)</ol>",
        &["1 Serikat Danau", "2 Jaringan Sungai {Jakarta}"],
    ),
    (
        "Vietnamese",
        "<h3>Các tổ chức ký tên</h3><ol><li>Hội Hồ<li>Mạng lưới Sông</ol>",
        &["1 Hội Hồ", "2 Mạng lưới Sông"],
    ),
    (
        "Thai",
        "<h3>รายชื่อองค์กรร่วมลงนาม</h3><ol><li>สหภาพทะเลสาบ<li>เครือข่ายแม่น้ำ (เชียงราย)</ol>",
        &["1 สหภาพทะเลสาบ", "2 เครือข่ายแม่น้ำ {เชียงราย}"],
    ),
    (
        "Khmer",
        "<p>សេចក្តីថ្លែងការណ៍\u{200B}រួម\u{200B}នេះ\u{200B}គាំទ្រ\u{200B}ដោយ៖</p><p>១. សហជីពបឹង (កំពត)</p><p>២. បណ្តាញទន្លេ (RN)</p>",
        &["1 សហជីពបឹង {កំពត}", "2 បណ្តាញទន្លេ [RN]"],
    ),
    ("Khmer, a list", "<h3>បញ្ជីអង្គការគាំទ្រ</h3><ol><li>សហគមន៍បឹង<li>សហគមន៍ទន្លេ</ol>", &["1 សហគមន៍បឹង", "2 សហគមន៍ទន្លេ"]),
    (
        "Burmese",
        "<h3>လက်မှတ်ရေးထိုးသော အဖွဲ့အစည်းများ</h3><ol><li>ရေကန်သမဂ္ဂ<li>မြစ်ကွန်ရက်</ol>",
        &["1 ရေကန်သမဂ္ဂ", "2 မြစ်ကွန်ရက်"],
    ),
    (
        "Chinese",
        "<h3>联署团体</h3><p>湖泊联盟（北京）、河流网络、树木协会</p>",
        &["湖泊联盟 {北京}", "河流网络", "树木协会"],
    ),
    (
        "Japanese",
        "<h3>賛同団体</h3><ul><li>湖の連合<li>川のネットワーク（東京）</ul>",
        &["湖の連合", "川のネットワーク {東京}"],
    ),
    (
        "Korean",
        "<h3>연명 단체</h3><ul><li>호수연합<li>강네트워크 (서울)</ul>",
        &["호수연합", "강네트워크 {서울}"],
    ),
];

fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (what, list, want) in cases {
        let found = names(list);
        if found != *want {
            wrong.push(format!("{what}:\n  found  {found:?}\n  wanted {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} lists are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_layout() {
    check(LAYOUTS);
}

#[test]
fn every_language() {
    check(LANGUAGES);
}

#[test]
fn what_is_no_list_of_signatories() {
    const OTHER: &[(&str, &str)] = &[
        (
            "demands",
            "<p>We demand:</p><ol><li>Release both surveyors<li>Publish all licences<li>Meet the villagers</ol>",
        ),
        (
            "demands of the undersigned",
            "<p>We, the undersigned, demand:</p><ul><li>Release both surveyors<li>Publish all licences<li>Meet the villagers</ul>",
        ),
        (
            "recommendations",
            "<h3>Recommendations</h3><ul><li>Publish all licences<li>End the inquiry<li>Return the boat</ul>",
        ),
        (
            "references",
            "<h3>References</h3><ol><li>Roe, A. (2019). Sand. River Press.<li>Li, B. (2020). Silt. Delta Books.</ol>",
        ),
        (
            "related links",
            "<h3>Further reading</h3><ul><li><a href='/1'>Boats seized in the delta</a><li><a href='/2'>A night on the river</a></ul>",
        ),
        (
            "contacts",
            "<h3>Media contacts</h3><ul><li>Sok Dara, Lake Union, +855 12 000 001<li>Anna Roe, River League, press@river.example</ul>",
        ),
        (
            "a report on another letter",
            "<p>The treaty was signed by hundreds of people who had never read it, and nobody asked them why they did so.</p><ul><li>A first thing to know<li>A second thing to know</ul>",
        ),
    ];
    for (what, list) in OTHER {
        let found = names(list);
        assert!(found.is_empty(), "{what}: {found:?}");
    }
}

#[test]
fn a_number_that_fits_nothing_else_ends_the_list() {
    let list = "<p>Signed by:</p><table><tr><td>1</td><td>Lake Union</td></tr><tr><td>2</td><td>River League</td></tr></table>\
        <p>1. Tree Group</p><table><tr><td>3</td><td>x</td></tr></table><ol start=2><li>Sand Network</ol>";
    assert!(names(list).starts_with(&["1 Lake Union".to_owned(), "2 River League".to_owned()]));
}

/// Each claim with its comparison, the count, and whether the first claim agrees with it.
type Claims = (Vec<(u32, Option<Agreement>)>, u32, Option<bool>);

fn claims(title: &str, list: &str) -> Claims {
    let Some(list) = read(&page(title, list)).signatories else { return (Vec::new(), 0, None) };
    let all = list.claimed.iter().chain(&list.other_claims);
    (all.map(|claim| (claim.number, claim.listed)).collect(), list.count, list.agrees)
}

#[test]
fn claims_are_compared_with_the_count() {
    use Agreement::{Agrees, Fewer, More};
    const THREE: &str = "<p>Signed by:</p><ul><li>Lake Union<li>River League<li>Tree Group</ul>";
    assert_eq!(
        claims("Three groups call on the ministry to stop", THREE),
        (vec![(3, Some(Agrees))], 3, Some(true))
    );
    assert_eq!(
        claims("44 CSOs call on the ministry to stop", THREE),
        (vec![(44, Some(Fewer))], 3, Some(false))
    );
    assert_eq!(
        claims("Two unions urge the ministry to stop", THREE),
        (vec![(2, Some(More))], 3, Some(false))
    );
    assert_eq!(claims("Lake Union and 43 others call for an end", ""), (vec![(44, None)], 0, None));
    assert_eq!(
        claims(
            "44 CSOs call on the ministry",
            "<p>This statement is endorsed by the following 3 organisations:</p><ul><li>Lake Union<li>River League<li>Tree Group</ul>"
        ),
        (vec![(3, Some(Agrees)), (44, Some(Fewer))], 3, Some(true))
    );
    assert_eq!(
        claims("The river must run free", "<p>The survey covered many villages in the hills in 2024.</p>"),
        (vec![], 0, None)
    );
    assert_eq!(claims("អង្គការចំនួន ៤៤ អំពាវនាវ", ""), (vec![(44, None)], 0, None));
}

#[test]
fn names_stay_in_the_text_in_their_section() {
    let statement = read(&page("Stop the reprisals on the river", LAYOUTS[1].1));
    let listed = statement.blocks.iter().filter(|block| block.section == Section::Signatories).count();
    assert_eq!(listed, 5);
    assert!(statement.to_text().contains("2. River League\n"), "{}", statement.to_text());
}

#[test]
fn plain_text_has_signatories_too() {
    let text = "We call on the ministry to stop.\n\nSigned by:\n\n1. Lake Union (LU)\n2. River League\n\nContact: press@river.example\n";
    let input = Input { bytes: text.as_bytes(), content_type: Some("text/plain"), url: None };
    let statement = extract(&input, &Params::default()).unwrap().statement;
    let found: Vec<String> = statement.signatories.unwrap().names.iter().map(shown).collect();
    assert_eq!(found, ["1 Lake Union [LU]", "2 River League"]);
}

#[test]
fn json_has_claim_count_and_comparison() {
    let statement = read(&page("44 groups call on the ministry", LAYOUTS[0].1));
    let json = serde_json::to_value(&statement.signatories).unwrap();
    assert_eq!(json["claimed"]["number"], 44);
    assert_eq!(json["claimed"]["listed"], "fewer");
    assert_eq!(json["count"], 3);
    assert_eq!(json["agrees"], false);
    assert_eq!(json["names"][0]["acronym"], "LU");
}
const MORE: &[Case] = &[
    (
        "headings as names",
        "<h2>Endorsed by</h2><h4>Lake Union</h4><h4>River League</h4><h4>Tree Group</h4>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "linked names",
        "<h3>Signatories</h3><ul><li><a href='https://lake.example/'>Lake Union</a><li><a href='https://r.example/'>River League</a> (RL)<li>Tree Group</ul>",
        &["Lake Union", "River League [RL]", "Tree Group"],
    ),
    (
        "logos with captions left out, names in a grid of divs",
        "<h3>Endorsing organizations</h3><div class=grid><div class=cell><p>Lake Union</p></div><div class=cell><p>River League</p></div><div class=cell><p>Tree Group</p></div></div>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "a claim in the label",
        "<p><strong>Signed by the following 3 civil society organisations and communities:</strong></p><ol><li>Lake Union<li>River League<li>Tree Group</ol>",
        &["1 Lake Union", "2 River League", "3 Tree Group"],
    ),
    (
        "items with full stops",
        "<p>Signatories:</p><ol><li>Lake Union.<li>River League of the Southern Hills.<li>Tree Group Ltd.</ol>",
        &["1 Lake Union", "2 River League of the Southern Hills", "3 Tree Group Ltd."],
    ),
    (
        "items with semicolons",
        "<p>Signed by:</p><ul><li>Lake Union;<li>River League;<li>and Tree Group.</ul>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "a sub-list of members",
        "<p>Endorsed by:</p><ul><li>Lake Union<ul><li>Northern Branch<li>Southern Branch</ul><li>River League</ul>",
        &["Lake Union", "Northern Branch", "Southern Branch", "River League"],
    ),
    (
        "countries as list labels",
        "<h3>Signatories</h3><ul><li><b>Cambodia</b><ul><li>Lake Union<li>River League</ul><li><b>Laos</b><ul><li>Tree Group</ul></ul>",
        &["Lake Union @Cambodia", "River League @Cambodia", "Tree Group @Laos"],
    ),
    (
        "numbers with brackets and br br",
        "<p>Signed,<br><br>(1) Lake Union<br><br>(2) River League<br><br>(3) Tree Group</p>",
        &["1 Lake Union", "2 River League", "3 Tree Group"],
    ),
    (
        "a blockquote",
        "<p>Endorsed by:</p><blockquote><p>Lake Union<br>River League<br>Tree Group</p></blockquote>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "preformatted",
        "<p>Endorsed by:</p><pre>1. Lake Union\n2. River League\n3. Tree Group</pre>",
        &["1 Lake Union", "2 River League", "3 Tree Group"],
    ),
    (
        "in the middle of the text",
        "<p>The following organisations have signed this statement:</p><ul><li>Lake Union<li>River League</ul><p>We will not be silent while those who measure the river are kept from their work by officers without uniform.</p>",
        &["Lake Union", "River League"],
    ),
    (
        "organisations and individuals",
        "<h2>Signatories</h2><h3>Organisations</h3><ul><li>Lake Union<li>River League</ul><h3>Individuals</h3><ul><li>Anna Roe, University of the Delta<li>Bo Li, independent researcher</ul>",
        &[
            "Lake Union @Organisations",
            "River League @Organisations",
            "Anna Roe <University of the Delta> @Individuals",
            "Bo Li <independent researcher> @Individuals",
        ],
    ),
    (
        "names that hold numbers and commas",
        "<p>Endorsed by:</p><ul><li>197 Land Community (Koh Kong)<li>Centre for Law, Policy and Peace<li>100 Days for the River<li>Lake Union</ul>",
        &[
            "197 Land Community {Koh Kong}",
            "Centre for Law, Policy and Peace",
            "100 Days for the River",
            "Lake Union",
        ],
    ),
    (
        "endorsed by in a heading with a number",
        "<h3>Endorsed by (3)</h3><ul><li>Lake Union<li>River League<li>Tree Group</ul>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "acronyms in front",
        "<p>Signatories:</p><ul><li>LU – Lake Union<li>RL – River League<li>TG – Tree Group</ul>",
        &["Lake Union [LU]", "River League [RL]", "Tree Group [TG]"],
    ),
    (
        "a table with three columns with heading",
        "<p>Endorsed by:</p><table><thead><tr><th>#</th><th>Name of organization</th><th>Country</th><th>Acronym</th></tr></thead><tbody><tr><td>1</td><td>Lake Union</td><td>Laos</td><td>LU</td></tr><tr><td>2</td><td>River League</td><td>Mali</td><td>RL</td></tr></tbody></table>",
        &["1 Lake Union [LU] {Laos}", "2 River League [RL] {Mali}"],
    ),
    (
        "a table with one column",
        "<p>Endorsed by:</p><table><tr><td>Lake Union</td></tr><tr><td>River League</td></tr></table>",
        &["Lake Union", "River League"],
    ),
    (
        "a list interrupted by a newsletter box",
        "<p>Signed by:</p><ul><li>Lake Union<li>River League</ul><div class=newsletter-signup><h4>Get the latest in your inbox</h4><form><input type=email><button>Subscribe</button></form></div><ul><li>Tree Group<li>Sand Network</ul>",
        &["Lake Union", "River League", "Tree Group", "Sand Network"],
    ),
    (
        "a date behind it",
        "<p>Signed by:</p><ul><li>Lake Union<li>River League</ul><p>Phnom Penh, 27 June 2024</p>",
        &["Lake Union", "River League"],
    ),
    (
        "notes behind it",
        "<p>Signed by:</p><ol><li>Lake Union<li>River League</ol><h4>Notes to editors</h4><ol><li>The report was published in May<li>It is on our site</ol>",
        &["1 Lake Union", "2 River League"],
    ),
    (
        "yours sincerely",
        "<p>Yours sincerely,</p><ul><li>Lake Union<li>River League<li>Tree Group</ul>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "we the undersigned in front",
        "<p>We, the undersigned:</p><ul><li>Lake Union<li>River League</ul><p>call on the ministry to end its inquiry without any further delay, and to say so in public.</p>",
        &["Lake Union", "River League"],
    ),
    (
        "ampersand",
        "<p>Signed by Lake Union, River League & Tree Group</p>",
        &["Lake Union", "River League", "Tree Group"],
    ),
    (
        "a line for each country with br",
        "<h3>Signatories</h3><p>Cambodia:<br>Lake Union<br>River League<br>Laos:<br>Tree Group</p>",
        &["Lake Union @Cambodia", "River League @Cambodia", "Tree Group @Laos"],
    ),
    (
        "German sentence",
        "<p>Unterzeichnet von: Seenverband, Netzwerk Fluss und Bund der Bäume</p>",
        &["Seenverband", "Netzwerk Fluss", "Bund der Bäume"],
    ),
    (
        "Spanish sentence",
        "<p>Firmado por Liga del Lago, Red de Ríos y Comité por la Paz y la Justicia.</p>",
        &["Liga del Lago", "Red de Ríos", "Comité por la Paz y la Justicia"],
    ),
    (
        "Arabic sentence",
        "<p>الموقعون: اتحاد البحيرة، شبكة الأنهار، جمعية الأشجار</p>",
        &["اتحاد البحيرة", "شبكة الأنهار", "جمعية الأشجار"],
    ),
    (
        "Japanese lines",
        "<p>賛同団体<br>湖の連合<br>川のネットワーク<br>木の会</p>",
        &["湖の連合", "川のネットワーク", "木の会"],
    ),
    (
        "Khmer with claim",
        "<p>គាំទ្រដោយអង្គការចំនួន ៣៖</p><ol><li>សហគមន៍បឹង<li>សហគមន៍ទន្លេ<li>បណ្តាញព្រៃ</ol>",
        &["1 សហគមន៍បឹង", "2 សហគមន៍ទន្លេ", "3 បណ្តាញព្រៃ"],
    ),
];

#[test]
fn more_layouts() {
    check(MORE);
}
