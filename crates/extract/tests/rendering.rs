//! Text as a reader sees it, in every script: no words run together, no spaces put where the page has none.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use url::Url;
use vidimus_extract::{BlockKind, Input, Params, Section, Statement, extract};

const LONG: &str = "<p>The union calls on the ministry to end its inquiry into the report at once, and to return the boat and \
    the log to those from whom they were taken in the night.</p>";

fn read(body: &str) -> Statement {
    let html = format!(
        "<!DOCTYPE html><meta charset=utf-8><title>Stop</title><main><article><h1>Stop</h1>{LONG}{body}{LONG}</article></main>"
    );
    let url = Url::parse("https://river.example/news/stop").unwrap();
    extract(
        &Input { bytes: html.as_bytes(), content_type: Some("text/html; charset=utf-8"), url: Some(&url) },
        &Params::default(),
    )
    .unwrap()
    .statement
}

/// The text of what stands between the two long paragraphs.
fn middle(body: &str) -> String {
    let statement = read(body);
    let blocks = &statement.blocks;
    blocks
        .get(1..blocks.len() - 1)
        .unwrap()
        .iter()
        .map(|block| block.text.as_str())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// A paragraph long enough to be text, with the fragment in it.
fn paragraph(fragment: &str) -> String {
    let text = middle(&format!(
        "<p>[{fragment}] and this sentence goes on for a while, so that nobody takes it for a label of anything.</p>"
    ));
    let (inside, _) = text.rsplit_once(']').expect("the paragraph is kept");
    inside.strip_prefix('[').unwrap().to_owned()
}

#[test]
fn inline_markup_inside_words_adds_no_space() {
    for (markup, text) in [
        ("សហ<b>ជីព</b>ឯករាជ្យ", "សហជីពឯករាជ្យ"),
        ("សហ<wbr>ជីព<span>ឯករាជ្យ</span>", "សហជីពឯករាជ្យ"),
        ("สห<em>ภาพ</em>แรงงาน", "สหภาพแรงงาน"),
        ("ສະຫະ<i>ພັນ</i>", "ສະຫະພັນ"),
        ("အလုပ်<b>သမား</b>", "အလုပ်သမား"),
        ("工<strong>会</strong>要求", "工会要求"),
        ("労働<a href='/u'>組合</a>は", "労働組合は"),
        ("un<b>break</b>able", "unbreakable"),
        ("نقا<b>بة</b>", "نقابة"),
    ] {
        assert_eq!(paragraph(markup), text, "{markup}");
    }
}

#[test]
fn line_ends_in_the_source_are_spaces_or_nothing() {
    assert_eq!(paragraph("the\n  union"), "the union");
    assert_eq!(paragraph("the&nbsp;union"), "the union");
    assert_eq!(paragraph("the<br>union"), "the\nunion");
}

/// Found by the soak: the heading kept the spaces before it.
#[test]
fn a_heading_in_preformatted_text_has_no_indent() {
    let statement = read(
        "<pre>\n\tlog of the boat, day by day, as it was written down\n<h2>\t The second day</h2></pre>",
    );
    let of = |wanted: &str| {
        statement.blocks.iter().find(|block| block.text.contains(wanted)).unwrap().text.clone()
    };
    assert_eq!(of("log of"), "\tlog of the boat, day by day, as it was written down");
    assert_eq!(of("second day"), "The second day");
}

#[test]
fn invisible_characters_stay_where_they_mean_something() {
    for (markup, text) in [
        ("សហជីព\u{200B}ឯករាជ្យ", "សហជីព\u{200B}ឯករាជ្យ"),
        ("อิสระ\u{200B}ภาพ", "อิสระ\u{200B}ภาพ"),
        ("ເສລີ\u{200B}ພາບ", "ເສລີ\u{200B}ພາບ"),
        ("လွတ်\u{200B}လပ်", "လွတ်\u{200B}လပ်"),
        ("union\u{200B}busting", "unionbusting"),
        ("dis&shy;miss\u{AD}al", "dismissal"),
        ("می\u{200C}خواهم", "می\u{200C}خواهم"),
        ("क्\u{200D}ष", "क्\u{200D}ष"),
        ("👩\u{200D}🏭", "👩\u{200D}🏭"),
        ("left\u{200E} to\u{200F} right", "left to right"),
        ("עברית\u{200F}.", "עברית\u{200F}."),
        ("e\u{301}te\u{301}", "été"),
        ("\u{FEFF}mark", "mark"),
    ] {
        assert_eq!(paragraph(markup), text, "{markup}");
    }
}

#[test]
fn notes_quotes_and_readings_are_told_apart() {
    assert_eq!(paragraph("the report<sup>1</sup> says"), "the report 1 says");
    assert_eq!(paragraph("the report<sup><a href='#n1'>[1]</a></sup> says"), "the report [1] says");
    assert_eq!(paragraph("10 m<sup>2</sup>"), "10 m2");
    assert_eq!(paragraph("the 4<sup>th</sup> day"), "the 4th day");
    assert_eq!(paragraph("CO<sub>2</sub>"), "CO2");
    assert_eq!(paragraph("she said <q>no</q> twice"), "she said “no” twice");
    assert_eq!(paragraph("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>を"), "漢字を");
    assert_eq!(paragraph("A &amp; B &lt;c&gt; &eacute; &#x17E;"), "A & B <c> é ž");
}

/// The numbers of the items that the markup shows.
fn markers(list: &str) -> Vec<String> {
    let statement = read(list);
    let marker = |kind: &BlockKind| match kind {
        BlockKind::ListItem { marker, .. } => Some(marker.clone().unwrap_or_else(|| "-".into())),
        _ => None,
    };
    statement.blocks.iter().filter_map(|block| marker(&block.kind)).collect()
}

const ITEM: &str = "The ministry must publish all licences for dredging that it gave since 2011";

#[test]
fn lists_have_the_numbers_that_a_browser_shows() {
    let list = |attributes: &str, items: [&str; 3]| {
        markers(&format!(
            "<ol {attributes}>{}</ol>",
            items.map(|item| format!("<li {item}>{ITEM}.")).concat()
        ))
    };
    assert_eq!(list("", ["", "", ""]), ["1.", "2.", "3."]);
    assert_eq!(list("start=7", ["", "value=9", ""]), ["7.", "9.", "10."]);
    assert_eq!(list("reversed", ["", "", ""]), ["3.", "2.", "1."]);
    assert_eq!(list("reversed start=10", ["", "", ""]), ["10.", "9.", "8."]);
    assert_eq!(list("reversed", ["", "value=8", ""]), ["3.", "8.", "7."]);
    assert_eq!(list("type=a", ["", "", ""]), ["a.", "b.", "c."]);
    assert_eq!(list("type=I start=4", ["", "", ""]), ["IV.", "V.", "VI."]);
    assert_eq!(list("type=A", ["", "type=1", ""]), ["A.", "2.", "C."]);
    assert_eq!(list("start=x", ["", "", ""]), ["1.", "2.", "3."]);
}

#[test]
fn nested_lists_count_for_themselves() {
    let html = format!(
        "<ol reversed><li>{ITEM}.<ol><li>{ITEM} first.<li>{ITEM} second.</ol></li><li>{ITEM} last.</ol>"
    );
    assert_eq!(markers(&html), ["2.", "1.", "2.", "1."]);
}

fn sections(body: &str) -> Vec<(Section, String)> {
    read(body).blocks.into_iter().map(|block| (block.section, block.text)).collect()
}

#[test]
fn parts_of_a_release_are_labelled_in_every_language() {
    use Section::{About, Contacts, NotesToEditor};
    const HEADINGS: [(&str, Section); 57] = [
        ("Notes to editors", NotesToEditor),
        ("About River Watch", About),
        ("Media contacts", Contacts),
        ("Note aux rédactions", NotesToEditor),
        ("À propos de River Watch", About),
        ("Contact presse", Contacts),
        ("Notas para editores", NotesToEditor),
        ("Acerca de River Watch", About),
        ("Contacto de prensa", Contacts),
        ("Hinweise für Redaktionen", NotesToEditor),
        ("Über River Watch", About),
        ("Pressekontakt", Contacts),
        ("Nota aos editores", NotesToEditor),
        ("Sobre a River Watch", About),
        ("Contato para imprensa", Contacts),
        ("Note per i redattori", NotesToEditor),
        ("Chi siamo", About),
        ("Contatti stampa", Contacts),
        ("Noot voor de redactie", NotesToEditor),
        ("Over River Watch", About),
        ("Perscontact", Contacts),
        ("Uwagi dla redakcji", NotesToEditor),
        ("O nas", About),
        ("Kontakt dla mediów", Contacts),
        ("Примечания для редакторов", NotesToEditor),
        ("Об организации", About),
        ("Контакты для прессы", Contacts),
        ("ملاحظات للمحررين", NotesToEditor),
        ("من نحن", About),
        ("للتواصل", Contacts),
        ("Editörlere notlar", NotesToEditor),
        ("Hakkımızda", About),
        ("İletişim", Contacts),
        ("Catatan untuk editor", NotesToEditor),
        ("Tentang kami", About),
        ("Kontak media", Contacts),
        ("Ghi chú cho biên tập viên", NotesToEditor),
        ("Về chúng tôi", About),
        ("Liên hệ báo chí", Contacts),
        ("หมายเหตุถึงบรรณาธิการ", NotesToEditor),
        ("เกี่ยวกับเรา", About),
        ("ข้อมูลติดต่อ", Contacts),
        ("កំណត់\u{200B}សម្គាល់\u{200B}សម្រាប់\u{200B}អ្នក\u{200B}និពន្ធ", NotesToEditor),
        ("អំពីយើង", About),
        ("ទំនាក់ទំនង", Contacts),
        ("အယ်ဒီတာများအတွက် မှတ်ချက်", NotesToEditor),
        ("ကျွန်ုပ်တို့အကြောင်း", About),
        ("ဆက်သွယ်ရန်", Contacts),
        ("编者注", NotesToEditor),
        ("关于我们", About),
        ("联系方式", Contacts),
        ("編集部注", NotesToEditor),
        ("団体概要", About),
        ("お問い合わせ先", Contacts),
        ("편집자 주", NotesToEditor),
        ("단체 소개", About),
        ("문의처", Contacts),
    ];
    let mut wrong = Vec::new();
    for (heading, section) in HEADINGS {
        let found = sections(&format!(
            "<h3>{heading}</h3><p>{ITEM}, which is what this part of the release is about.</p>"
        ));
        let got = found.iter().find(|(_, text)| text.starts_with(ITEM)).map(|(section, _)| *section);
        if got != Some(section) {
            wrong.push(format!("{heading}: {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_part_ends_where_another_heading_begins() {
    let found = sections(&format!(
        "<h3>Notes to editors</h3><p>{ITEM}, one.</p><h4>Figures</h4><p>{ITEM}, two.</p><h2>What we ask for</h2><p>{ITEM}, three.</p>"
    ));
    let of = |end: &str| found.iter().find(|(_, text)| text.ends_with(end)).map(|(section, _)| *section);
    assert_eq!(of("one."), Some(Section::NotesToEditor));
    assert_eq!(of("two."), Some(Section::NotesToEditor));
    assert_eq!(of("three."), Some(Section::Body));
}

#[test]
fn only_links_that_a_reader_can_follow_are_kept() {
    let statement = read(
        "<p>A paragraph with <a href='/a'>one</a>, <a href='javascript:void(0)'>two</a>, <a href='//b.example/x'>three</a>, \
         <a href=' JAVASCRIPT:x'>four</a>, <a href='data:text/html,x'>five</a>, <a href='mailto:a@b.example'>six</a> and <a href='#n'>seven</a> in it.</p>",
    );
    let found: Vec<&str> =
        statement.blocks.iter().flat_map(|block| &block.links).map(|link| link.href.as_str()).collect();
    assert_eq!(found, ["https://river.example/a", "https://b.example/x", "mailto:a@b.example"]);
}
