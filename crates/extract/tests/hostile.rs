//! Pages made to exhaust whoever reads them. None may panic, and what a budget cuts is reported.
//!
//! No test asserts a time, but each of these took minutes or gigabytes before its budget existed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod exhausting;

use proptest::prelude::*;
use vidimus_extract::{Budget, Extraction, Input, Params, explain};

fn read(html: &str) -> Extraction {
    explain(&Input { bytes: html.as_bytes(), content_type: None, url: None }, &Params::default()).unwrap()
}

fn cut(extraction: &Extraction, budget: Budget) -> bool {
    extraction.cuts.iter().any(|cut| cut.budget == budget && cut.left_out > 0)
}

#[test]
fn a_hundred_thousand_nested_divs() {
    let text = "The union calls on the ministry to end its inquiry into the report at once. ".repeat(5);
    let html = format!("<html><body>{}<p>{text}</p>{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    let extraction = read(&html);
    assert!(cut(&extraction, Budget::Depth));
    assert!(extraction.trace.iter().any(|verdict| verdict.words.starts_with("The union calls")));
}

#[test]
fn three_thousand_nested_tables() {
    let html = format!("{}deep{}", "<table><tr><td>cell".repeat(3000), "</table>".repeat(3000));
    assert!(cut(&read(&html), Budget::Depth));
}

#[test]
fn fifty_thousand_attributes() {
    let attributes: String = (0..50_000).map(|n| format!(" a{n}='{n}'")).collect();
    let extraction = read(&format!("<p{attributes}>text of the paragraph</p>"));
    assert!(cut(&extraction, Budget::Attributes));
}

#[test]
fn twenty_megabytes_of_text() {
    let html = format!("<p>{}", "word ".repeat(4_000_000));
    let extraction = read(&html);
    assert!(cut(&extraction, Budget::InputBytes) || cut(&extraction, Budget::TextBytes));
}

#[test]
fn a_million_unclosed_elements() {
    let html = "<p><b><i><a href=x><font color=red>".repeat(30_000);
    assert!(!read(&html).cuts.is_empty());
}

#[test]
fn formatting_that_is_rebuilt_in_every_paragraph() {
    let html: String = (0..20_000).map(|n| format!("<p><font size={n}>x</p>")).collect();
    assert!(!read(&html).cuts.is_empty());
}

#[test]
fn bogus_end_tags_do_not_lift_the_depth_limit() {
    let html = "<div></x></x></x>".repeat(50_000);
    assert!(cut(&read(&html), Budget::Depth));
}

#[test]
fn a_style_that_never_ends_in_svg_does_not_swallow_the_page() {
    let text = "The organisations call for the release of the report in full and without delay. ".repeat(4);
    let extraction = read(&format!("<svg><style>a{{}}</svg><p>{text}</p>"));
    assert!(extraction.trace.iter().any(|verdict| verdict.words.starts_with("The organisations")));
}

#[test]
fn same_bytes_same_result() {
    let html = "<article><h1>A</h1><p>One, two, three and four.</p><ul><li>x<li>y</ul></article>".repeat(20);
    assert_eq!(read(&html), read(&html));
}

/// Whatever a page is made of, the result stays within the budgets, and says what they cut.
#[test]
fn exhausting_pages_give_bounded_results() {
    let params = Params::default();
    for case in exhausting::cases() {
        let page = (case.page)();
        let input = Input { bytes: &page, content_type: Some("text/html"), url: None };
        let Ok(extraction) = explain(&input, &params) else { continue };
        let name = case.name;
        if let Some(budget) = case.cut {
            assert!(cut(&extraction, budget), "{name}: {:?}", extraction.cuts);
        }
        let statement = &extraction.statement;
        assert!(extraction.trace.len() <= params.max_blocks as usize, "{name}");
        assert!(statement.blocks.len() <= params.max_blocks as usize, "{name}");
        let text: usize = statement.blocks.iter().map(|block| block.text.len()).sum();
        assert!(text as u64 <= params.max_text_bytes * 2, "{name}: {text} bytes of text");
        let links: usize = statement
            .blocks
            .iter()
            .flat_map(|block| &block.links)
            .map(|link| link.href.len() + link.text.len())
            .sum();
        assert!(links <= 16 * 1024 * 1024, "{name}: {links} bytes of links");
        let listed = statement.signatories.as_ref().map_or(0, |list| list.names.len());
        assert!(listed <= params.max_signatories as usize, "{name}");
        let head = [&statement.title, &statement.organisation, &statement.language, &statement.canonical_url];
        let head: usize = head.into_iter().flatten().chain(&statement.authors).map(String::len).sum();
        assert!(head <= 64 * 1024, "{name}: {head} bytes of title, authors and the like");
    }
}

fn fragment() -> impl Strategy<Value = String> {
    const TAGS: [&str; 18] = [
        "div", "p", "table", "tr", "td", "li", "ol", "svg", "math", "b", "a", "template", "select", "h1",
        "time", "pre", "form", "script",
    ];
    prop_oneof![
        prop::sample::select(&TAGS[..]).prop_map(|tag| format!("<{tag}>")),
        prop::sample::select(&TAGS[..]).prop_map(|tag| format!("</{tag}>")),
        prop::sample::select(&TAGS[..]).prop_map(|tag| format!(
            "<{tag} class='date related' datetime=2024-13-45 start=-9223372036854775808 aria-hidden=true>"
        )),
        "\\PC{0,40}".prop_map(|text| text),
        Just("<br><br>".to_owned()),
        Just(
            "<script type='application/ld+json'>{\"@type\":\"Article\",\"author\":[[]]}</script>".to_owned()
        ),
        Just("<!-- <p> --!><![CDATA[x]]><?php ?>".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), header in prop::option::of("\\PC{0,40}")) {
        let _ = explain(&Input { bytes: &bytes, content_type: header.as_deref(), url: None }, &Params::default());
    }

    #[test]
    fn no_markup_makes_it_panic(parts in prop::collection::vec(fragment(), 0..80)) {
        let html = parts.concat();
        if let Ok(extraction) = explain(&Input { bytes: html.as_bytes(), content_type: None, url: None }, &Params::default()) {
            let _ = (extraction.statement.to_text(), extraction.statement.to_markdown());
            prop_assert!(serde_json::to_string(&extraction.statement).is_ok());
        }
    }

    #[test]
    fn small_budgets_hold(parts in prop::collection::vec(fragment(), 0..60), depth in 1_u32..8, nodes in 1_u32..60) {
        let params = Params { max_depth: depth, max_nodes: nodes, max_text_bytes: 200, max_attributes: 3, max_attributes_per_element: 1, max_blocks: 4, ..Params::default() };
        let html = parts.concat();
        if let Ok(extraction) = explain(&Input { bytes: html.as_bytes(), content_type: None, url: None }, &params) {
            prop_assert!(extraction.trace.len() <= 4);
        }
    }
}
