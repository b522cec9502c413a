//! The numbers of list items, as a browser would show them.

use ego_tree::NodeRef;
use scraper::Node;
use scraper::node::Element;

/// The numbering of an open list.
pub(crate) struct ListState {
    pub(crate) ordered: bool,
    next: i64,
    step: i64,
    style: char,
}

impl ListState {
    pub(crate) fn open(node: NodeRef<'_, Node>, element: &Element) -> Self {
        let ordered = element.name() == "ol";
        let start = element.attr("start").and_then(|start| start.trim().parse().ok());
        let reversed = ordered && element.attr("reversed").is_some();
        let first = start.unwrap_or_else(|| if reversed { items(node) } else { 1 });
        Self {
            ordered,
            next: first,
            step: if reversed { -1 } else { 1 },
            style: style_of(element).unwrap_or('1'),
        }
    }
}

/// How many items a list has: where a list without a start begins that counts down.
fn items(list: NodeRef<'_, Node>) -> i64 {
    let item =
        |node: &NodeRef<'_, Node>| node.value().as_element().is_some_and(|element| element.name() == "li");
    i64::try_from(list.children().filter(item).count()).unwrap_or(i64::MAX)
}

/// The sort of numerals that an element asks for.
fn style_of(element: &Element) -> Option<char> {
    element.attr("type").and_then(|style| style.trim().chars().next())
}

/// The marker of the item that opens now: its number for ordered lists, nothing for others.
pub(crate) fn marker_of(list: Option<&mut ListState>, item: &Element) -> Option<String> {
    let list = list.filter(|list| list.ordered)?;
    let number = item.attr("value").and_then(|value| value.trim().parse().ok()).unwrap_or(list.next);
    list.next = number.saturating_add(list.step);
    Some(format!("{}.", numeral(number, style_of(item).unwrap_or(list.style))))
}

fn numeral(number: i64, style: char) -> String {
    match (style, u32::try_from(number)) {
        ('a', Ok(n)) if n > 0 => letters(n, b'a'),
        ('A', Ok(n)) if n > 0 => letters(n, b'A'),
        ('i', Ok(n)) if (1..4000).contains(&n) => roman(n).to_lowercase(),
        ('I', Ok(n)) if (1..4000).contains(&n) => roman(n),
        _ => number.to_string(),
    }
}

fn letters(mut number: u32, first: u8) -> String {
    let mut out = Vec::new();
    while number > 0 {
        let digit = u8::try_from((number - 1) % 26).unwrap_or(0);
        out.push(char::from(first + digit));
        number = (number - 1) / 26;
    }
    out.iter().rev().collect()
}

fn roman(mut number: u32) -> String {
    const STEPS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut out = String::new();
    for (value, sign) in STEPS {
        while number >= value {
            out.push_str(sign);
            number -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        assert_eq!(numeral(28, 'a'), "ab");
        assert_eq!(numeral(1999, 'I'), "MCMXCIX");
        assert_eq!(numeral(-3, '1'), "-3");
        assert_eq!(numeral(0, 'a'), "0");
    }
}
