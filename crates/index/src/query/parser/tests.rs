//! What queries mean, and what is wrong with those that mean nothing.

use super::*;

#[test]
fn queries_print_in_one_form() {
    let cases = [
        ("a  b", "a b"),
        ("a AND b", "a b"),
        ("a OR b c", "a OR (b c)"),
        ("(a OR (b OR c))", "a OR b OR c"),
        ("a NOT b", "a -b"),
        ("NOT (a b)", "-(a b)"),
        ("-a", "-a"),
        ("“free speech”", "\"free speech\""),
        ("TITLE:Arrest*", "title:Arrest*"),
        ("title:\"a b\"", "title:\"a b\""),
        (r#""say \"no\" \*""#, r#""say \"no\" \*""#),
        (r#""a \b""#, r#""a b""#),
        ("\"a b\"~3", "\"a b\"~3"),
        ("\"a b\"~0", "\"a b\""),
        ("\"hunger stri*\"", "\"hunger stri*\""),
        ("NEAR(a b, 5)", "NEAR(a b, 5)"),
        ("NEAR(a,\"b c\" d*,/e/ , 5 )", "NEAR(a \"b c\" d* /e/, 5)"),
        ("title:NEAR(a b,5)", "title:NEAR(a b, 5)"),
        ("un*on *tion w?men", "un*on *tion w?men"),
        ("detan~ asembly~1 organisaton~", "detan~1 asembly~1 organisaton~2"),
        ("/organi[sz]ations?/ x", "/organi[sz]ations?/ x"),
        (r"title:/a\/b/", r"title:/a\/b/"),
        ("(/a|b/)", "/a|b/"),
        ("title:(a OR b) c", "(title:a OR title:b) c"),
        ("title:(a (b OR \"c d\") -e)", "title:a (title:b OR title:\"c d\") -title:e"),
        ("published:(2023 OR 2024-06)", "published:2023 OR published:2024-06"),
        ("title:(title:a b)", "title:a title:b"),
        ("published:2024-06", "published:2024-06"),
        ("published:\"2024-06-26\"", "published:2024-06-26"),
        ("captured:>=2024-06 captured:<2025", "captured:2024-06.. captured:..2024-12-31"),
        ("2024-06-01..2024-07-15", "2024-06-01..2024-07-15"),
        ("2024-06 ..2023 2022..", "2024-06 ..2023 2022.."),
        (">=2024-06-26", "2024-06-26.."),
        ("2024 \"2024-13\" 24-06", "2024 \"2024-13\" 24-06"),
        ("signatory:\"Dara Rights Centre\"", "signatory:\"Dara Rights Centre\""),
        ("https://example.org/*/2024?a=*", "url:https://example.org/*/2024?a=*"),
        ("host:*.example.org", "host:*.example.org"),
        ("url:/news/2024", "url:/news/2024"),
        ("and/or km/h", "and/or km/h"),
        ("why?! un*on?", "why?! un*on?"),
        ("url:(/news/ OR /press/)", "url:/news/ OR url:/press/"),
        ("title:(https://a.b/(c))", "title:https://a.b/ title:c"),
        ("url:(https://a.b/(c))", "url:https://a.b/(c)"),
        ("example.org/page?id=3", "example.org/page?id=3"),
        ("-example.org/page", "-example.org/page"),
        ("example.org/news/*", "url:https://example.org/news/*"),
        ("example.org/*/page?id=3", "url:https://example.org/*/page?id=3"),
        ("url:page?id=3 url:p*ge?i", "url:page?id=3 url:p*ge?i"),
        ("kind:ANY a&b AT&T", "kind:ANY a&b AT&T"),
        ("https://example.org/a_(b)", "url:https://example.org/a_(b)"),
        ("(x https://example.org/a)", "x url:https://example.org/a"),
        ("https://example.org/news/*", "url:https://example.org/news/*"),
        ("12:30 C++ wait... why?", "12:30 C++ wait... why?"),
        ("l’arrestation example.org", "l’arrestation example.org"),
        ("សិទ្ធិ 言论自由", "សិទ្ធិ 言论自由"),
    ];
    for (given, wanted) in cases {
        let query = parse(given).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(query.to_string(), wanted, "{given}");
        assert_eq!(parse(wanted).unwrap(), query, "{given}");
    }
}

#[test]
fn a_mistake_names_its_column() {
    let cases = [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("a AND", 3, "AND needs a word after"),
        ("OR a", 1, "OR needs a word before"),
        ("a OR OR b", 3, "OR needs a word after"),
        ("a NOT", 3, "NOT needs"),
        ("NOT NOT a", 5, "already excluded"),
        ("(a b", 1, "not closed"),
        ("a) b", 2, "closes nothing"),
        (")", 1, "closes nothing"),
        ("a ()", 3, "nothing between"),
        ("a \"b c", 3, "not closed"),
        ("ខ្មែរ \"b", 7, "not closed"),
        ("a - b", 3, "stands alone"),
        ("a --b", 3, "no meaning"),
        ("a +b", 3, "already required"),
        ("a – b", 3, "dash"),
        ("\"a b\"~", 6, "needs a number"),
        ("\"a b\"~x", 6, "needs a number"),
        ("\"a b\"~5000", 6, "needs a number"),
        ("lang:\"a b\"~2", 6, "no words here"),
        ("a~3", 2, "takes 1 or 2"),
        ("a~0.8", 2, "takes 1 or 2"),
        ("~5", 1, "needs a word before"),
        ("un*on~1", 6, "cannot follow"),
        ("NEAR(a b)", 1, "comma and a number"),
        ("NEAR(a b 5)", 1, "comma and a number"),
        ("NEAR(a b, 0)", 1, "comma and a number"),
        ("NEAR(a, 5)", 1, "two words"),
        ("NEAR()", 1, "comma and a number"),
        ("NEAR(a b, 5", 1, "not closed"),
        ("NEAR(a (b c), 5)", 8, "no groups"),
        ("NEAR(a OR b, 5)", 8, "no meaning within NEAR"),
        ("NEAR(a title:b, 5)", 8, "a field within NEAR"),
        ("NEAR(a \"b c\"~2, 5)", 13, "as it stands"),
        ("a NEAR/5 b", 3, "in parentheses"),
        ("a NEAR b", 3, "in parentheses"),
        ("near(a b, 5)", 1, "in capitals"),
        ("lang:NEAR(a b, 5)", 6, "no words near"),
        ("*", 1, "beside a letter"),
        ("?*?", 1, "beside a letter"),
        ("a-*", 3, "must follow"),
        ("/colou?r", 1, "not closed"),
        ("//", 1, "is empty"),
        ("/a(/", 1, "unclosed group"),
        ("/a b/", 1, "single words"),
        ("/news/2024", 1, "text follows"),
        ("a /x{9999}{9999}/", 3, "cannot be used"),
        ("2024-07..2024-06", 1, "ends before"),
        ("published:2024-07-15..2024-06-01", 11, "ends before"),
        ("published:2024-13", 11, "no such day"),
        ("published:June", 11, "is no date"),
        ("published:2024..June", 17, "is no date"),
        ("captured:2024*", 10, "is no date"),
        ("published:/2024/", 11, "holds dates"),
        ("published:[2024 TO 2025]", 11, "not written with `[`"),
        ("[a TO b]", 1, "not written with `[`"),
        ("a..b", 2, "only dates"),
        ("title:>=2024", 7, "only dates"),
        (">5", 2, "is no date"),
        ("title:(a author:b)", 10, "within a group"),
        ("a^2", 2, "weights"),
        ("\"a b\"^2", 6, "weights"),
        ("\"a b\"*", 6, "no meaning"),
        ("\"a * b\"", 1, "beside a letter"),
        ("a && b", 3, "no operator"),
        ("a || b", 3, "no operator"),
        ("!a", 1, "no operator"),
        ("tilte:a", 1, "no field"),
        ("note:a", 1, "no field"),
        ("title:-river", 7, "before the field"),
        ("title:+river", 7, "already required"),
        ("title:–river", 7, "dash"),
        ("a 2024-06-31", 3, "no such day"),
        ("2024-6", 1, "is no date"),
        ("2024-13", 1, "no such day"),
        ("2024-06-01...2024-07", 1, "two dots"),
        ("2024-06-01...2024-7", 14, "is no date"),
        ("2024-06-01..2024-6", 13, "is no date"),
        ("*😀river", 1, "by itself"),
        ("ab.*.cd", 1, "by itself"),
        ("title:ab.?.cd", 7, "by itself"),
        ("1,*", 3, "must follow"),
        ("a ʬ", 3, "phonetic"),
        ("\"a ʭ\"", 4, "phonetic"),
        ("published:\"2024\"~7", 11, "no meaning"),
        ("NEAR(note:a b, 5)", 6, "no field"),
        ("river&&x", 6, "`&` is no operator"),
        ("title:river||x", 12, "`|` is no operator"),
        ("title:", 7, "nothing to look for"),
        ("title: a", 7, "nothing to look for"),
        ("title:()", 1, "nothing between"),
        ("title:(a", 1, "not closed"),
        ("published:", 11, "nothing to look for"),
        ("a ... b", 3, "nothing here"),
        ("\"—\"", 1, "nothing here"),
        ("lang:\u{200B}", 6, "nothing here"),
        ("https://", 1, "nothing here"),
        ("https://example.org/(a", 1, "do not match"),
    ];
    for (query, column, message) in cases {
        let error = parse(query).expect_err(query);
        assert_eq!(error.column, column, "{query}: {error}");
        assert!(error.message.contains(message), "{query}: {error}");
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn a_way_out_leads_on() {
    for query in ["/news/2024", "2024-07..2024-06", "near(a b, 5)"] {
        let hint = parse(query).unwrap_err().hint;
        let (_, written) = hint.split_once("write ").unwrap();
        let written = written.split(';').next().unwrap().trim_start_matches("it the other way round: ");
        assert!(parse(written).is_ok(), "{hint}");
    }
}

#[test]
fn size_is_bounded() {
    assert!(parse(&"(".repeat(9_000)).is_err());
    assert!(parse(&format!("{}a{}", "(".repeat(50), ")".repeat(50))).is_ok());
    assert!(parse(&format!("{}a{}", "(".repeat(51), ")".repeat(51))).is_err());
    assert!(parse(&"a ".repeat(1_000)).is_ok());
    assert!(parse(&"a ".repeat(1_001)).is_err());
    assert!(parse(&"a".repeat(10_001)).is_err());
    assert!(parse(&"a* ".repeat(50)).is_ok());
    assert!(parse(&"a* ".repeat(51)).unwrap_err().message.contains("more than 50"));
    assert!(parse(&format!("\"{}\"", "a* ".repeat(51))).unwrap_err().message.contains("more than 50"));
    assert!(parse(&format!("\"{}\"~5", "a ".repeat(21))).unwrap_err().message.contains("at most 20"));
    let phrase = |words: &str| parse(&format!("\"{words}\"")).map(|_| ()).map_err(|error| error.message);
    assert_eq!(phrase(&"a ".repeat(1_000)), Ok(()));
    assert_eq!(phrase(&format!("{}b*", "a ".repeat(99))), Ok(()));
    assert!(phrase(&format!("{}b*", "a ".repeat(100))).unwrap_err().contains("at most 100 words"));
    assert!(parse(&format!("{}b*", "a-".repeat(200))).unwrap_err().message.contains("at most 100"));
    let near = parse(&format!("NEAR(b \"{}\", 5)", "a ".repeat(101))).unwrap_err();
    assert!(near.message.contains("at most 100 words") && near.column == 8, "{near}");
    let long = "a".repeat(200);
    for (query, column) in [
        (format!("https://example.org/{long}/*/b"), 1),
        (format!("url:https://example.org/*/{long}"), 5),
        (format!("url:\"https://example.org/*/{long}\""), 5),
        (format!("host:\"*{long}b\""), 6),
        (format!("b source:\"*{long}b\""), 10),
    ] {
        let error = parse(&query).unwrap_err();
        assert!(error.message.contains("127 characters") && error.column == column, "{query}: {error}");
    }
    assert!(parse(&format!("https://example.org/{long}*")).is_ok());
    assert!(parse(&format!("NEAR({}, 5)", "a ".repeat(21))).unwrap_err().message.contains("at most 20"));
}
