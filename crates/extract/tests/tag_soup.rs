//! Tag soup, generated and mutated: whatever a page is, it breaks no promise. `examples/soak.rs` does the same for hours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod soup;

use proptest::prelude::*;
use vidimus_extract::{Input, Params, extract};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn soup_breaks_no_promise(seed in any::<u64>()) {
        let page = soup::page(seed);
        if let Err(reason) = soup::check(&page) {
            prop_assert!(false, "seed {seed}: {reason}");
        }
    }

    #[test]
    fn bytes_break_no_promise(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        if let Err(reason) = soup::check(&bytes) {
            prop_assert!(false, "{reason}");
        }
    }

    /// A page that is cut off anywhere gives no words that the whole page does not show.
    #[test]
    fn text_is_a_part_of_the_page(words in prop::collection::vec("[a-z]{3,9}", 20..120), tags in prop::collection::vec(0_usize..6, 20..120)) {
        const OPEN: [&str; 6] = ["<p>", "<div>", "<b>", "<li>", "</p>", "<br>"];
        let html: String = words.iter().zip(&tags).map(|(word, tag)| format!("{} {word} ", OPEN[*tag])).collect();
        let input = Input { bytes: html.as_bytes(), content_type: Some("text/html"), url: None };
        let kept = extract(&input, &Params::default()).unwrap().statement.body_text();
        let mut all = words.iter();
        for word in kept.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            prop_assert!(all.any(|other| other == word), "{word} is not in its place in {words:?}");
        }
    }
}
