//! What a page says about itself: title, subtitle, authors and dates, on invented pages with realistic markup.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use vidimus_extract::{DateOrigin, Input, MainDate, Params, Statement, extract};

const TEXT: &str = "<p>The ministry's decision to investigate the organisation for a report about factories is a clear reprisal \
 and an attempt to intimidate those who work for the freedom of association of all workers.</p>\
 <p>We call on both to acknowledge the value of critical research publicly, and on the government to allow organisations \
 to carry out their work free from harassment and retaliation, here and everywhere else.</p>\
 <p>The union and its members stand with those who were questioned last week, and will continue to report what they see \
 in the factories, whatever the cost may be for those who signed the report.</p>";

fn read(head: &str, body: &str) -> Statement {
    read_at("https://watch.example/news/stop-reprisals-over-the-report", head, body)
}

fn read_at(url: &str, head: &str, body: &str) -> Statement {
    let page = format!(
        "<!doctype html><html lang=en><head>{head}</head><body><header><nav><a href=/>Home</a> <a href=/news>News</a>\
         </nav></header><main>{body}</main><footer><p>© 2019 Garment Labour Watch</p></footer></body></html>"
    );
    let url = url.parse().unwrap();
    let input =
        Input { bytes: page.as_bytes(), content_type: Some("text/html; charset=utf-8"), url: Some(&url) };
    extract(&input, &Params::default()).unwrap().statement
}

fn article(head: &str, below_title: &str) -> Statement {
    let head = format!("<title>Stop reprisals over the report | Garment Labour Watch</title>{head}");
    read(&head, &format!("<article><h1>Stop reprisals over the report</h1>{below_title}{TEXT}</article>"))
}

fn day(statement: &Statement) -> Option<String> {
    statement.date().map(|dated| dated.date.to_string())
}

#[test]
fn structured_data_gives_the_day_and_its_origin() {
    let statement = article(
        r#"<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle",
           "headline":"Stop reprisals over the report","datePublished":"2024-06-27T09:00:00+07:00",
           "dateModified":"2024-07-02T10:00:00+07:00","author":{"@type":"Person","name":"Sok Dara"}}]}</script>"#,
        "<p class=byline>By Sok Dara</p><time datetime=2024-06-27>27 June 2024</time>",
    );
    let published = statement.published.as_ref().unwrap();
    assert_eq!((published.date.to_string().as_str(), published.origin), ("2024-06-27", DateOrigin::JsonLd));
    assert!(published.confidence >= 80, "{published:?}");
    assert_eq!(statement.main_date, Some(MainDate::Published));
    assert_eq!(statement.modified.as_ref().unwrap().date.to_string(), "2024-07-02");
    assert_eq!(statement.authors, ["Sok Dara"]);
    assert_eq!(statement.title.as_deref(), Some("Stop reprisals over the report"));
}

#[test]
fn days_are_read_in_many_scripts() {
    for shown in
        ["27 June 2024", "27 juin 2024", "27. Juni 2024", "27 มิถุนายน 2567", "២៧ មិថុនា ២០២៤", "2024年6月27日"]
    {
        let statement = article("", &format!("<p class=date>{shown}</p>"));
        assert_eq!(day(&statement).as_deref(), Some("2024-06-27"), "{shown}");
        assert_eq!(statement.published.unwrap().origin, DateOrigin::VisibleText, "{shown}");
    }
}

#[test]
fn a_page_of_goods_has_no_day() {
    let review = |n: usize| {
        format!(
            "<div class=review><b>Customer {n}</b> <span class=date>{n} March 2023</span><p>Works very well for me.</p></div>"
        )
    };
    let reviews: String = (1..=6).map(review).collect();
    let statement = read_at(
        "https://shop.example/products/sewing-machine-b2",
        "<title>Sewing machine B2 | Watch Shop</title><meta property=og:type content=product>\
         <script type='application/ld+json'>{\"@type\":\"Product\",\"name\":\"Sewing machine B2\"}</script>",
        &format!(
            "<div class=product><h1>Sewing machine B2</h1><span class=price>$ 219.00</span><button>Add to cart</button>\
             <p>A quiet machine for the home with twelve stitches and a free arm.</p>{TEXT}{TEXT}</div><section class=reviews>{reviews}</section>"
        ),
    );
    assert_eq!(statement.date(), None);
    assert_eq!(statement.main_date, None);
}

#[test]
fn relative_days_and_copyright_years_are_no_dates() {
    assert_eq!(day(&article("", "<p class=date>3 days ago</p>")), None);
}

#[test]
fn bylines_in_several_languages_name_all_authors() {
    for (byline, wanted) in [
        ("By Anne Example and Sok Dara", vec!["Anne Example", "Sok Dara"]),
        ("Von Anna Muster und Jan Beispiel", vec!["Anna Muster", "Jan Beispiel"]),
        ("Par Anne Exemple et Jean Modèle", vec!["Anne Exemple", "Jean Modèle"]),
        ("Written by J. R. van der Berg", vec!["J. R. van der Berg"]),
    ] {
        let statement = article("", &format!("<div class=author>{byline}</div><time>27 June 2024</time>"));
        assert_eq!(statement.authors, wanted, "{byline}");
    }
}

#[test]
fn the_site_s_name_is_cut_off_the_title() {
    for separator in [" | ", " - ", " – ", " :: ", " · "] {
        let head = format!(
            "<title>Stop reprisals over the report{separator}Garment Labour Watch</title>\
             <meta property=og:site_name content='Garment Labour Watch'>"
        );
        let statement = read(&head, &format!("<article>{TEXT}</article>"));
        assert_eq!(statement.title.as_deref(), Some("Stop reprisals over the report"), "{separator:?}");
    }
    // A separator of the headline itself stays.
    let head = "<title>Reprisals – and how to stop them</title><meta property=og:title content='Reprisals – and how to stop them'>";
    let statement =
        read(head, &format!("<article><h1>Reprisals – and how to stop them</h1>{TEXT}</article>"));
    assert_eq!(statement.title.as_deref(), Some("Reprisals – and how to stop them"));
}

#[test]
fn a_marked_subtitle_is_named_once() {
    let subtitle = "Thirty unions ask the ministry to end its inquiry";
    for below in
        [format!("<p class=subtitle>{subtitle}</p>"), format!("<div class='article-dek'>{subtitle}</div>")]
    {
        let statement = article("", &below);
        assert_eq!(statement.subtitle.as_deref(), Some(subtitle), "{below}");
        assert_eq!(statement.to_text().matches(subtitle).count(), 1, "{below}");
        assert_eq!(statement.to_markdown().matches(subtitle).count(), 1, "{below}");
    }
    assert_eq!(article("", "<p class=date>27 June 2024</p>").subtitle, None);
}
