//! Names of organisations, as lists of signatories spell them.

use vidimus_words::{fold, words};

/// The keys under which an organisation is found: its name, without acronym, in folded words, and its acronym alone. The
/// same organisation in two spellings shares one at least.
pub fn name_keys(name: &str) -> Vec<String> {
    let (plain, acronym) = apart(name);
    let of_words = |text: &str| words(text).into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
    let mut keys = vec![of_words(&plain)];
    keys.extend(acronym.map(|acronym| fold(&acronym)));
    keys.retain(|key| !key.is_empty());
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Name and acronym of `Dara Rights Centre (DRC)`.
fn apart(name: &str) -> (String, Option<String>) {
    let Some((before, rest)) = name.split_once('(') else { return (name.trim().to_owned(), None) };
    let Some((inside, after)) = rest.split_once(')') else { return (name.trim().to_owned(), None) };
    let is_acronym = (2..=12).contains(&inside.chars().count()) && inside.chars().any(char::is_uppercase);
    if is_acronym && !inside.contains(' ') {
        (format!("{before}{after}").trim().to_owned(), Some(inside.to_owned()))
    } else {
        (name.trim().to_owned(), None)
    }
}
