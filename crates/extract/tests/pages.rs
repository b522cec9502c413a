//! Whole pages, as messy as real ones, and what a reader should get from them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use url::Url;
use vidimus_extract::{
    CharsetOrigin, DateOrigin, ExtractError, Extraction, Input, Params, Section, Statement, explain,
};

/// Icons, skip link, menu, cookie panel, share bar, related box and footer, around a body.
fn site(head: &str, body: &str) -> String {
    format!(
        r##"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{head}</head><body class="single">
<svg style="display:none"><symbol id="a"><title>abuses</title></symbol><symbol id="b"><title>arrow-down</title></symbol></svg>
<div class="sprite"><svg><title>affiliation</title><path d="M0"/></svg><svg><title>attack-type</title></svg></div>
<a class="visually-hidden focusable" href="#main">Skip to main content</a>
<header class="site-header"><a href="/">Garment Labour Watch</a>
<nav><ul><li><a href="/news">News</a></li><li><a href="/about">About us</a></li><li><a href="/donate">Donate</a></li></ul></nav></header>
<div class="breadcrumb"><a href="/">Home</a> › <a href="/news">News</a></div>
<main id="main">{body}</main>
<aside class="sidebar"><h3>Latest news</h3><ul><li><a href="/x">Factory closes its doors without notice</a></li>
<li><a href="/y">Minimum wage talks resume in the capital</a></li></ul></aside>
<div id="cookie-panel" class="privacy-settings"><h2>Your privacy choices</h2>
<p>We use cookies to make this site work. You can choose which ones we may set.</p>
<h3>Strictly necessary storage</h3><p>Strictly necessary storage ON OFF</p><p>Analytics cookies ON OFF</p>
<button>Accept all</button><button>Save preferences</button></div>
<footer><p>© 2024 Garment Labour Watch. All rights reserved.</p><a href="/privacy">Privacy policy</a></footer>
</body></html>"##
    )
}

fn read(html: &str) -> Extraction {
    let url = Url::parse("https://watch.example/news/statement-on-the-report").unwrap();
    let input =
        Input { bytes: html.as_bytes(), content_type: Some("text/html; charset=utf-8"), url: Some(&url) };
    explain(&input, &Params::default()).unwrap()
}

fn assert_clean(statement: &Statement) {
    let text = statement.to_text();
    for debris in [
        "abuses",
        "arrow-down",
        "affiliation",
        "attack-type",
        "Skip to",
        "About us",
        "Strictly necessary",
        "cookies",
        "Accept all",
        "Latest news",
        "All rights reserved",
        "Privacy policy",
        "Home",
        "Save preferences",
    ] {
        assert!(!text.contains(debris), "{debris:?} is in\n{text}");
    }
}

const PARAGRAPHS: &str = "<p>The ministry's decision to investigate the organisation for a report about factories is a clear reprisal \
 and an attempt to intimidate those who work for the freedom of association of all workers.</p>\
 <p>Both the <a href='#'>agency</a> and the <a href='https://bank.example/'>bank</a> have said that civil society should be allowed \
 to advise and to criticise their activities freely, in order to strengthen what they do.</p>\
 <p>We call on both to acknowledge the value of critical research publicly, and on the government to allow organisations \
 to carry out their work free from harassment and retaliation.</p>";

#[test]
fn a_joint_statement_keeps_its_signatories_across_a_broken_list() {
    let first: String = (1..=7).map(|n| format!("<li>Lake Community {n} (Koh Kong)</li>")).collect();
    let rest: String = (8..=43).map(|n| format!("<li>Centre for Rights number {n} (CR{n}N)</li>")).collect();
    let body = format!(
        "<article><h1>Stop reprisals over the factories report</h1><p class='date'>27 June 2024</p>{PARAGRAPHS}\
         <p><em>This joint statement is endorsed by:</em></p><ol>{first}</ol><div class='spacer'></div>\
         <ol start='8'>{rest}</ol></article>"
    );
    let extraction =
        read(&site("<title>Stop reprisals over the factories report | Garment Labour Watch</title>", &body));
    let statement = &extraction.statement;
    assert_clean(statement);
    assert_eq!(statement.title.as_deref(), Some("Stop reprisals over the factories report"));
    let list = statement.signatories.as_ref().expect("a list of signatories");
    assert_eq!(list.names.len(), 43);
    assert_eq!(list.names[0].name, "Lake Community 1");
    assert_eq!(list.names[0].place.as_deref(), Some("Koh Kong"));
    assert_eq!(list.names[42].acronym.as_deref(), Some("CR43N"));
    assert!(statement.to_text().contains("\n8. Centre for Rights number 8 (CR8N)\n9. "));
    let published = statement.published.as_ref().expect("a date");
    assert_eq!(published.date.to_string(), "2024-06-27");
    assert_eq!(published.origin, DateOrigin::VisibleText);
    assert_eq!(statement.language.as_deref(), Some("en"));
}

#[test]
fn a_press_release_keeps_its_notes_and_gives_the_date_at_its_end() {
    let body = format!(
        "<article><h1>Campaign calls on brands to listen to critics</h1>{PARAGRAPHS}\
         <blockquote>“It is crucial that all brands distance themselves from these accusations in public”, said Anne Example.</blockquote>\
         <h3>Notes to editor</h3><ul><li>Anne Example, coordinator of the international office, +31 600 000 001</li>\
         <li>Sok Dara, regional coordinator for South East Asia, +855 12 000 002</li></ul><p>published 2024-06-26</p></article>"
    );
    let statement =
        read(&site("<title>Campaign calls on brands to listen to critics</title>", &body)).statement;
    assert_clean(&statement);
    assert_eq!(
        statement.published.as_ref().map(|dated| dated.date.to_string()).as_deref(),
        Some("2024-06-26")
    );
    let section = |section: Section| statement.blocks.iter().filter(|block| block.section == section).count();
    assert_eq!(section(Section::NotesToEditor), 1, "{:#?}", statement.blocks);
    assert_eq!(section(Section::Contacts), 2, "{:#?}", statement.blocks);
    assert!(statement.to_text().contains("distance themselves"));
}

#[test]
fn a_trade_report_loses_its_boxes_and_keeps_its_quotations() {
    let body = "<article><h1>Labour group under fire seeks support of brands</h1>\
        <div class='byline'>By <a rel='author' href='/staff/jane'>Jane Roe</a></div><div class='share-bar'><ul><li><a href='#'>Facebook</a></li><li><a href='#'>X</a></li></ul></div>\
        <p>An audit by the ministry was launched last week, beginning what people in the know estimate will be several weeks of further investigations.</p>\
        <p>The issue has divided the organisations that defend workers across the country, and no one can say how it will end for those involved.</p>\
        <div class='ad-slot'><span>Advertisement</span></div>\
        <p>“It isn’t about whether we support them or not,” a union leader at a factory in the outskirts said. “It is about whether we are ready.”</p>\
        <p>Many are not.</p>\
        <div class='related-stories'><h3>Related Stories</h3><ul><li><a href='/a'>Retailer opens new distribution centre in the north</a></li><li><a href='/b'>Cotton prices rise again</a></li></ul></div>\
        <p>The fund of 1.2 million euros (1.3 million dollars) was set up in 2022 to support those who lost their work in the pandemic.</p>\
        <div class='newsletter-signup'><h4>Get the latest in your inbox</h4><form><input type='email'><button>Subscribe</button></form></div></article>";
    let head = r#"<title>Labour group under fire seeks support of brands - Trade Paper</title>
        <script type="application/ld+json">{"@type":"NewsArticle","headline":"Labour group under fire seeks support of brands",
        "datePublished":"2024-07-02T09:30:00-04:00","author":[{"@type":"Person","name":"Jane Roe"}]}</script>"#;
    let statement = read(&site(head, body)).statement;
    assert_clean(&statement);
    let text = statement.to_text();
    for debris in
        ["Related Stories", "Retailer opens", "Advertisement", "Get the latest", "Subscribe", "Facebook"]
    {
        assert!(!text.contains(debris), "{debris:?} is in\n{text}");
    }
    assert!(text.contains("Many are not.") && text.contains("1.2 million euros"), "{text}");
    assert_eq!(statement.authors, ["Jane Roe"]);
    let published = statement.published.unwrap();
    assert_eq!((published.date.to_string().as_str(), published.origin), ("2024-07-02", DateOrigin::JsonLd));
}

#[test]
fn a_solidarity_post_loses_its_taxonomy() {
    let body = format!(
        "<div class='node'><h1>Rights organisation faces attacks</h1><div class='field-body'>{PARAGRAPHS}</div>\
         <div class='field field-links'><div class='label'>For more information:</div><div><a href='/m'>Members</a></div></div>\
         <div class='field field-taxonomy'><div class='label'>Area(s) of Work:</div><ul><li><a href='/t/1'>Freedom of association</a></li></ul></div></div>"
    );
    let statement =
        read(&site("<title>Rights organisation faces attacks | Network</title>", &body)).statement;
    assert_clean(&statement);
    let text = statement.to_text();
    assert!(
        !text.contains("Area(s) of Work")
            && !text.contains("For more information")
            && !text.contains("Members"),
        "{text}"
    );
    assert!(text.contains("free from harassment"));
}

#[test]
fn khmer_keeps_its_marks_and_is_recognised() {
    let paragraph = "សហជីព\u{200B}បាន\u{200B}អំពាវនាវ\u{200B}ឱ្យ\u{200B}រដ្ឋាភិបាល\u{200B}គោរព\u{200B}សិទ្ធិ\u{200B}សេរីភាព\u{200B}ក្នុង\u{200B}ការ\u{200B}បង្កើត\u{200B}សមាគម ។ ";
    let body = format!("<article><h1>សេចក្តីថ្លែងការណ៍រួម</h1><p>{0}{0}{0}</p><p>{0}{0}</p></article>", paragraph);
    let statement = read(&site("<title>សេចក្តីថ្លែងការណ៍រួម</title>", &body)).statement;
    assert_clean(&statement);
    assert_eq!(statement.language.as_deref(), Some("km"));
    assert!(statement.body_text().contains("សហជីព\u{200B}បាន"));
}

#[test]
fn a_page_in_windows_1252_under_a_wrong_label_is_read() {
    let html = site(
        "<title>Communiqué</title>",
        &format!("<h1>Communiqué</h1><p>Les syndicats dénoncent l’arrestation.</p>{PARAGRAPHS}"),
    );
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&html);
    let input = Input { bytes: &bytes, content_type: Some("text/html; charset=utf-8"), url: None };
    let extraction = explain(&input, &Params::default()).unwrap();
    assert_eq!(extraction.charset.origin, CharsetOrigin::Detected);
    assert_eq!(extraction.charset.overruled.as_deref(), Some("UTF-8"));
    assert!(extraction.statement.to_text().contains("dénoncent"), "{}", extraction.statement.to_text());
}

#[test]
fn every_block_has_a_verdict() {
    let extraction = read(&site("<title>Stop</title>", &format!("<h1>Stop</h1>{PARAGRAPHS}")));
    assert!(
        extraction
            .trace
            .iter()
            .any(|verdict| !verdict.kept && verdict.rule == "skip-link" || verdict.rule == "consent")
    );
    let kept = extraction.trace.iter().filter(|verdict| verdict.kept).count();
    assert_eq!(kept, extraction.statement.blocks.len());
    assert!(extraction.trace.iter().any(|verdict| verdict.kept && verdict.path.contains("main#main > p")));
}

#[test]
fn what_is_no_page_is_refused_with_a_reason() {
    let of = |bytes: &[u8], content_type| {
        explain(&Input { bytes, content_type, url: None }, &Params::default()).unwrap_err()
    };
    assert_eq!(of(b"  \n ", None), ExtractError::Empty);
    assert_eq!(
        of(b"%PDF-1.7 ...", Some("text/html")).to_string(),
        "not a web page: the content is application/pdf"
    );
    assert_eq!(
        of(b"{}", Some("application/json")),
        ExtractError::NotHtml { media_type: "application/json".into() }
    );
}

#[test]
fn plain_text_becomes_paragraphs() {
    let input = Input { bytes: b"One line\nmore\n\nTwo", content_type: Some("text/plain"), url: None };
    assert_eq!(explain(&input, &Params::default()).unwrap().statement.body_text(), "One line\nmore\n\nTwo");
}

/// Seen to fail: the links of the box were read as two more organisations that signed.
#[test]
fn other_stories_sign_nothing() {
    let extraction = read(&site(
        "<title>The night ferry must run</title>",
        "<article><h1>The night ferry must run</h1>\
         <p>The ferry across the narrows is the only way to the hospital after dark.</p>\
         <p>We ask the harbour office to let it run at night again, as it did until January. Three families have waited \
         until the morning with a child that was ill, and one of them waited too long.</p>\
         <p>Signed by Lake Union (LU), Fishers' Committee for Peace and Justice, and Narrows Clinic.</p>\
         <h2>You may also like</h2><ul><li><a href=/1>Crane drivers elect their delegates</a></li>\
         <li><a href=/2>What the tide tables do not say</a></li></ul></article>",
    ));
    let signed = extraction.statement.signatories.clone().unwrap();
    let names: Vec<&str> = signed.names.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Lake Union", "Fishers' Committee for Peace and Justice", "Narrows Clinic"]);
    assert!(!extraction.statement.to_text().contains("Crane drivers"));
}
