//! Pages made to exhaust whoever reads them, for the test that they do not and for the program that measures them.

use vidimus_extract::Budget;

/// A page, and the budget that has to report a cut.
pub struct Case {
    /// What the page is made of.
    pub name: &'static str,
    /// Makes the page.
    pub page: fn() -> Vec<u8>,
    /// The budget that its size is bound to reach, if it is.
    #[allow(dead_code, reason = "the program that measures prints what was cut, and expects nothing")]
    pub cut: Option<Budget>,
}

const MB: usize = 1024 * 1024;

macro_rules! case {
    ($name:literal, $cut:expr, $page:expr) => {
        Case { name: $name, page: || Vec::from($page), cut: $cut }
    };
}

fn repeat(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len().max(1))
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// A statement, so that there is something to find behind the trap.
const STATEMENT: &str = "<article><h1>Stop</h1><p>The union calls on the ministry to end its inquiry into the report at once, \
    and to return the boat and the log to those from whom they were taken.</p>";

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut all = structure();
    all.extend(text());
    all.extend(data());
    all.extend(bytes());
    all.extend(lists());
    all
}

fn structure() -> Vec<Case> {
    use Budget::{Attributes, Depth, InputBytes, Nodes};
    vec![
        case!(
            "100,000 nested divs",
            Some(Depth),
            format!("{}text{}", "<div>".repeat(100_000), "</div>".repeat(100_000))
        ),
        case!(
            "3,000 nested tables",
            Some(Depth),
            format!("{}deep{}", "<table><tr><td>cell".repeat(3000), "</table>".repeat(3000))
        ),
        case!(
            "50,000 attributes",
            Some(Attributes),
            format!("<p{}>text of the paragraph</p>", numbered(50_000, |n| format!(" a{n}='{n}'")))
        ),
        case!(
            "unclosed everything",
            Some(Depth),
            "<p><b><i><a href=x><font color=red><span><div>".repeat(50_000)
        ),
        case!("a million links", Some(Nodes), format!("{STATEMENT}{}", "<a>x".repeat(1_000_000))),
        case!(
            "a million links with addresses",
            Some(Nodes),
            format!("{STATEMENT}{}", "<a href=/x>x</a>".repeat(700_000))
        ),
        case!("a million br", Some(Nodes), format!("{STATEMENT}<p>{}", "x<br>".repeat(1_000_000))),
        case!("misnested formatting", Some(Nodes), "<b><i><u></b><p>x</i></u>".repeat(100_000)),
        case!(
            "adoption agency",
            None,
            format!("{}{}", "<a><b><div>".repeat(2_000), "</a></b>".repeat(20_000))
        ),
        case!(
            "formatting rebuilt in every paragraph",
            None,
            numbered(20_000, |n| format!("<p><font size={n}>x</p>"))
        ),
        case!(
            "Noah's Ark",
            None,
            format!("{}{}", numbered(20_000, |n| format!("<b class=c{n}>")), "<p>x".repeat(20_000))
        ),
        case!(
            "Noah's Ark with many attributes",
            None,
            numbered(3_000, |n| format!("<b{}>x<p>", numbered(60, |a| format!(" a{a}={n}"))))
        ),
        case!("foster parenting", None, format!("<table>{}", "<div>x<tr>y".repeat(100_000))),
        case!("foster parenting of text", None, format!("<table>{}", "x<td>y</td>".repeat(200_000))),
        case!("tables in tables without cells", None, "<table><table><tr><select>".repeat(60_000)),
        case!("templates", Some(Depth), "<template>".repeat(100_000)),
        case!("templates with content", None, "<template><p>x</template>".repeat(100_000)),
        case!("svg and foreignObject", Some(Depth), "<svg><foreignObject>".repeat(100_000)),
        case!("math and annotation", None, "<math><annotation-xml encoding=text/html><p>".repeat(60_000)),
        case!("selects", None, "<select><option>x<optgroup>".repeat(100_000)),
        case!(
            "headings",
            Some(Budget::Blocks),
            format!("{STATEMENT}{}", "<h2>A heading</h2>".repeat(100_000))
        ),
        case!("end tags only", None, repeat("</p></div></b></table></x>", 10 * MB)),
        case!(
            "end tags that close nothing at depth",
            None,
            format!("{}{}", "<div>".repeat(500), "</x></b></i></span>".repeat(300_000))
        ),
        case!(
            "frames, forms and buttons",
            None,
            "<form><button><frameset><frame></form><button>".repeat(80_000)
        ),
        case!("custom elements", Some(Depth), numbered(100_000, |n| format!("<x-{n}>"))),
        case!("definition lists", None, "<dl><dt>x<dd>y".repeat(100_000)),
        case!("list items that imply end tags", None, format!("<ul>{}", "<li>x<div>".repeat(100_000))),
        case!("20 MB of bare signs", Some(InputBytes), repeat("<", 20 * MB)),
        case!("20 MB of one open tag", Some(InputBytes), format!("<p {}", repeat("a=b ", 20 * MB))),
        case!("20 MB of ends of comments", Some(InputBytes), repeat("<!--", 20 * MB)),
        case!("20 MB of bogus comments", Some(InputBytes), repeat("<!><?><![CDATA[", 20 * MB)),
        case!(
            "script that is never closed",
            Some(InputBytes),
            format!("<script>{}", repeat("</scrip", 20 * MB))
        ),
        case!("escaped scripts", Some(InputBytes), repeat("<script><!--<script></script>", 20 * MB)),
        case!("titles", None, "<title>x</title>".repeat(100_000)),
        case!(
            "short tags of 200 attributes",
            Some(Attributes),
            format!("<p{}>x", numbered(200, |n| format!(" a{n}"))).repeat(8_000)
        ),
    ]
}

fn text() -> Vec<Case> {
    use Budget::{InputBytes, TextBytes};
    vec![
        case!("20 MB of words", Some(InputBytes), format!("<p>{}", repeat("word ", 20 * MB))),
        case!("20 MB of one word", Some(InputBytes), format!("<p>{}", repeat("w", 20 * MB))),
        case!("4 MB of lines", Some(TextBytes), format!("<pre>{}", repeat("x\n", 5 * MB))),
        case!("numeric entities", None, repeat("&#x41;&#1114112;&#0;", 8 * MB)),
        case!("named entities", None, repeat("&amp;&notin;&NotEqualTilde;&nosuch;", 8 * MB)),
        case!("ampersands", Some(TextBytes), repeat("&", 11 * MB)),
        case!("combining marks", None, format!("<p>e{}", repeat("\u{301}\u{323}", 4 * MB))),
        case!(
            "zero-width characters",
            None,
            format!("<p>{}", repeat("\u{200B}\u{200C}\u{200D}\u{200E}\u{AD}", 4 * MB))
        ),
        case!("direction overrides", None, format!("<p>{}", repeat("\u{202E}x\u{2066}", 4 * MB))),
        case!("Arabic ligatures", None, format!("<p>{}", repeat("\u{FDFA}", 4 * MB))),
        case!(
            "a link around 4 MB of paragraphs",
            None,
            format!("<a href=/x>{}", repeat("<p>A paragraph of text in a link.</p>", 4 * MB))
        ),
        case!(
            "inline elements around everything",
            None,
            format!("{}{}", "<span class=author>".repeat(300), repeat("<p>x</p>", 2 * MB))
        ),
        case!("NUL bytes", None, format!("<p>{}", repeat("a\0", 8 * MB))),
        case!("bylines", None, repeat("<p>By Anna Roe and Bo Li, on 4 May 2024 and 12 others</p>", 4 * MB)),
        case!("dates", None, repeat("<time datetime=2024-05-04>4 May 2024</time> ", 4 * MB)),
        case!("digits in a date", None, format!("<p>Published {} May 2024</p>", repeat("1", 10 * MB))),
        case!("digits and dots", None, format!("<p>{}</p>", repeat("1.1.", 4 * MB))),
        case!("at signs", None, format!("<p>{}</p>", repeat("a@b", 4 * MB))),
        case!("telephones", None, repeat("<p>+1 2 3 4 5 6 7</p>", 4 * MB)),
        case!(
            "consent lines",
            Some(Budget::Blocks),
            format!("<div>{}</div>", repeat("<p>we use cookies</p>", 2 * MB))
        ),
        case!(
            "consent panels",
            Some(Budget::Blocks),
            repeat("<div><p>we use cookies</p><p>reject all</p></div>", 3 * MB)
        ),
        case!("phrases", None, repeat("<p>signed by signed by the undersigned cookie policy</p>", 4 * MB)),
    ]
}

fn data() -> Vec<Case> {
    use Budget::InputBytes;
    vec![
        case!(
            "JSON-LD nested",
            Some(InputBytes),
            format!("<script type=application/ld+json>{}", repeat("{\"a\":[", 20 * MB))
        ),
        case!(
            "JSON-LD nested and closed",
            None,
            format!(
                "<script type=application/ld+json>{}1{}</script>{STATEMENT}",
                "[".repeat(1_000_000),
                "]".repeat(1_000_000)
            )
        ),
        case!(
            "JSON-LD of many authors",
            None,
            format!(
                "<script type=application/ld+json>{{\"@type\":\"Article\",\"author\":[{}0]}}</script>{STATEMENT}",
                repeat("{\"@type\":\"Person\",\"name\":\"A B\"},", 8 * MB)
            )
        ),
        case!(
            "JSON-LD of many graphs",
            None,
            repeat(
                "<script type=application/ld+json>{\"@graph\":[{\"@type\":\"Article\",\"headline\":\"x\"}]}</script>",
                10 * MB
            )
        ),
        case!("metas", Some(Budget::Metadata), numbered(100_000, |n| format!("<meta name=m{n} content=x>"))),
        case!(
            "metas with dates",
            Some(Budget::Metadata),
            "<meta itemprop=datePublished content=2024-05-04>".repeat(100_000)
        ),
        case!(
            "an attribute of 8 MB",
            None,
            format!("<div class='{}'>{STATEMENT}</div>", repeat("a b-c ", 8 * MB))
        ),
        case!(
            "a class of 100,000 names",
            None,
            format!("<div class='{}'>{STATEMENT}</div>", numbered(100_000, |n| format!("name{n} ")))
        ),
        case!(
            "1 MB classes on every paragraph",
            None,
            format!("<p class='{}'>x", repeat("related ", MB)).repeat(10)
        ),
        case!("1 MB styles", None, format!("<p style='{}'>x", repeat("color:red;", MB)).repeat(10)),
        case!("1 MB addresses", None, format!("<a href='/{}'>x</a>", repeat("../%", MB)).repeat(10)),
        case!(
            "a base of 1 MB",
            None,
            format!(
                "<base href='http://a.example/{}'>{}",
                repeat("b/", MB),
                "<p><a href=x>link</a> text</p>".repeat(5_000)
            )
        ),
        case!("a title of 8 MB", None, format!("<title>{}</title>{STATEMENT}", repeat("Stop | ", 8 * MB))),
        case!("a language of 1 MB", None, format!("<html lang='{}'>{STATEMENT}", repeat("en-", MB))),
    ]
}

fn bytes() -> Vec<Case> {
    vec![
        case!(
            "UTF-16 without a mark",
            None,
            format!("<p>{}", repeat("text ", 4 * MB))
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()
        ),
        case!(
            "UTF-16 with lone surrogates",
            None,
            [vec![0xFF, 0xFE], [0x00, 0xD8, 0x41, 0x00].repeat(MB)].concat()
        ),
        case!("UTF-7", None, repeat("+ADw-script+AD4-alert(1)", 8 * MB)),
        case!(
            "ISO-2022-JP shifts",
            None,
            [b"<meta charset=iso-2022-jp><p>".to_vec(), b"\x1B$B\x24\x22\x1B(B".repeat(MB)].concat()
        ),
        case!(
            "bytes of no encoding",
            None,
            [b"<p>".to_vec(), (0x80..=0xFF).collect::<Vec<u8>>().repeat(60_000)].concat()
        ),
        case!(
            "overlong UTF-8",
            None,
            [b"<meta charset=utf-8><p>".to_vec(), b"\xC0\x80\xED\xA0\x80\xF8\x88".repeat(MB)].concat()
        ),
        case!(
            "gb18030 in four bytes",
            None,
            [b"<meta charset=gb18030><p>".to_vec(), b"\x81\x30\x81\x30".repeat(2 * MB)].concat()
        ),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        case!(
            "200,000 items with values",
            None,
            format!(
                "{STATEMENT}<p>Signed by:</p><ol>{}",
                numbered(200_000, |n| format!("<li value={n}>Group {n}</li>"))
            )
        ),
        case!(
            "values beyond numbers",
            None,
            format!(
                "<ol start=9223372036854775807 reversed>{}",
                "<li value=-9223372036854775808>x<li>y".repeat(60_000)
            )
        ),
        case!("reversed lists in lists", None, "<ol reversed><li>x".repeat(60_000)),
        case!(
            "a reversed list of 100,000",
            None,
            format!("<ol reversed>{}</ol>", "<li>Lake Union".repeat(100_000))
        ),
        case!(
            "a million signatories in lines",
            None,
            format!("{STATEMENT}<p>Signed by:</p><p>{}</p>", repeat("Lake Union<br>", 11 * MB))
        ),
        case!(
            "signatories with commas, 10 MB",
            None,
            format!("{STATEMENT}<p>Signed by: {}</p>", repeat("Lake Union (LU), ", 10 * MB))
        ),
        case!(
            "signatories with semicolons, 4 MB",
            None,
            format!("{STATEMENT}<p>Signed by: {}</p>", repeat("Lake and Union; ", 4 * MB))
        ),
        case!(
            "signatories with and, 4 MB",
            None,
            format!("{STATEMENT}<p>Signed by {}</p>", repeat("Lake Union and ", 4 * MB))
        ),
        case!(
            "open parentheses, 4 MB",
            None,
            format!("{STATEMENT}<p>Signed by: {}</p>", repeat("Lake (", 4 * MB))
        ),
        case!("labels of signatories", None, format!("{STATEMENT}{}", "<p>Signed by:</p>".repeat(60_000))),
        case!(
            "labels and names in turn",
            None,
            format!("{STATEMENT}{}", "<p>Signed by:</p><ul><li>Lake Union</ul>".repeat(30_000))
        ),
        case!(
            "lists that jump",
            None,
            format!(
                "{STATEMENT}<p>Signed by:</p>{}",
                numbered(20_000, |n| format!(
                    "<ol start={}><li>Lake Union</ol><h3>Heading</h3><p>A paragraph between the parts, which is no name at all.</p>",
                    n + 1
                ))
            )
        ),
        case!(
            "headings of parts",
            None,
            format!(
                "{STATEMENT}<h2>Signatories</h2>{}",
                "<h3>Laos</h3><ul><li>Lake Union</ul>".repeat(20_000)
            )
        ),
        case!(
            "a table of 200,000 cells",
            None,
            format!(
                "{STATEMENT}<p>Signed by:</p><table>{}</table>",
                "<tr><td>Lake Union<td>Laos".repeat(40_000)
            )
        ),
        case!(
            "claims",
            None,
            format!(
                "<title>{}</title>{STATEMENT}{}",
                repeat("44 groups and 12 others ", MB),
                repeat("<p>We, the undersigned 44 organisations and 3 others</p>", MB)
            )
        ),
        case!("numbers in words", None, format!("{STATEMENT}<p>{}</p>", repeat("forty-four ", 4 * MB))),
    ]
}
