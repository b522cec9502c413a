//! Two lists of signatories: who stands on both, who joined, who left.

use std::collections::{HashMap, VecDeque};

use unicode_normalization::UnicodeNormalization;

use super::{Name, SHORTEST_INITIALS, initials};

/// Names left on either side, multiplied, up to which each is compared with each for a doubtful likeness.
const MOST_COMPARED: usize = 250_000;
/// So many names with a key in common are looked at for one name.
const MOST_CANDIDATES: usize = 8;

/// How two lists compare; numbers are places on the first and on the second list, from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListMatch {
    /// On both, spelt the same.
    pub same: Vec<(usize, usize)>,
    /// On both, in two spellings.
    pub renamed: Vec<(usize, usize)>,
    /// Only on the second list.
    pub joined: Vec<usize>,
    /// Only on the first list.
    pub left: Vec<usize>,
    /// One only on the first, one only on the second, and so similar that they may be the same: a person has to look. They
    /// count neither as joined nor as left.
    pub doubtful: Vec<(usize, usize)>,
}

/// Matches two lists of names. What is certain goes first: the same letters, then the same name in the same country, then
/// the same name, then acronyms, and last initials; an acronym that fits several names is doubtful.
pub fn match_lists(first: &[&str], second: &[&str]) -> ListMatch {
    let mut work = Work::new(first, second);
    work.take(|name| vec![name.written.clone()], |_, _| true);
    work.take(|name| name.places(), |one, other| one.place == other.place);
    work.take(|name| name.spellings(), |one, other| one.is_same(other));
    work.take_only(|name| name.acronym.iter().cloned().collect(), |one, other| one.is_same(other));
    work.take_only(|name| name.as_initials(), |one, other| one.is_same(other));
    work.take_doubtful();
    work.finish()
}

/// A name of a list.
struct Entry {
    written: String,
    name: Name,
}

impl std::ops::Deref for Entry {
    type Target = Name;

    fn deref(&self) -> &Name {
        &self.name
    }
}

impl Entry {
    fn spellings(&self) -> Vec<String> {
        self.name.spellings.iter().map(|words| words.join(" ")).collect()
    }

    /// The spellings with the country.
    fn places(&self) -> Vec<String> {
        let place = self.name.place.as_deref().unwrap_or_default();
        self.spellings().into_iter().map(|spelling| format!("{spelling}@{place}")).collect()
    }

    /// The acronym, where it is all there is, or what it may be where there is none.
    fn as_initials(&self) -> Vec<String> {
        match &self.name.acronym {
            Some(acronym) if self.name.alone => vec![acronym.clone()],
            Some(_) => Vec::new(),
            None => {
                let initials = self.name.spellings.iter().map(|words| initials(words));
                let single =
                    self.name.spellings.iter().filter(|words| words.len() == 1).map(|words| words.concat());
                initials
                    .filter(|initials| initials.chars().count() >= SHORTEST_INITIALS)
                    .chain(single)
                    .collect()
            }
        }
    }
}

struct Work {
    left: Vec<Entry>,
    right: Vec<Entry>,
    /// For each name of either list its counterpart.
    left_mates: Vec<Option<usize>>,
    right_mates: Vec<Option<usize>>,
    doubtful: Vec<(usize, usize)>,
}

impl Work {
    fn new(first: &[&str], second: &[&str]) -> Work {
        let entry = |written: &&str| Entry {
            written: written.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "),
            name: Name::of(written),
        };
        Work {
            left: first.iter().map(entry).collect(),
            right: second.iter().map(entry).collect(),
            left_mates: vec![None; first.len()],
            right_mates: vec![None; second.len()],
            doubtful: Vec::new(),
        }
    }

    /// Pairs names that have a key in common, and that are accepted, in their order.
    fn take(&mut self, keys: impl Fn(&Entry) -> Vec<String>, accepts: impl Fn(&Entry, &Entry) -> bool) {
        let mut holders = self.holders(&keys);
        for here in self.open() {
            let Some(entry) = self.left.get(here) else { continue };
            let mut found = None;
            for key in keys(entry) {
                let Some(places) = holders.get_mut(&key) else { continue };
                while places.front().is_some_and(|there| !self.is_free(*there)) {
                    places.pop_front();
                }
                let free = places.iter().copied().filter(|there| self.is_free(*there));
                let fits = |there: &usize| self.right.get(*there).is_some_and(|other| accepts(entry, other));
                let first = free.take(MOST_CANDIDATES).find(fits);
                found = found.into_iter().chain(first).min();
            }
            if let Some(there) = found {
                self.pair(here, there);
            }
        }
    }

    /// The same, but only where there is one candidate on either side; several are doubtful.
    fn take_only(&mut self, keys: impl Fn(&Entry) -> Vec<String>, accepts: impl Fn(&Entry, &Entry) -> bool) {
        let found = self.candidates(keys, accepts);
        let mut wanted: HashMap<usize, usize> = HashMap::new();
        found
            .iter()
            .flat_map(|(_, candidates)| candidates)
            .for_each(|there| *wanted.entry(*there).or_default() += 1);
        for (here, candidates) in found {
            match candidates.as_slice() {
                [there] if wanted.get(there) == Some(&1) => self.pair(here, *there),
                [there, ..] => self.doubtful.push((here, *there)),
                [] => {}
            }
        }
    }

    /// For each free name of the first list the free ones of the second with a key in common that are accepted.
    fn candidates(
        &self,
        keys: impl Fn(&Entry) -> Vec<String>,
        accepts: impl Fn(&Entry, &Entry) -> bool,
    ) -> Vec<(usize, Vec<usize>)> {
        let holders = self.holders(&keys);
        let mut found = Vec::new();
        for here in self.open() {
            let Some(entry) = self.left.get(here) else { continue };
            let of_keys = keys(entry);
            let lists = of_keys.iter().filter_map(|key| holders.get(key));
            let mut candidates: Vec<usize> =
                lists.flat_map(|places| places.iter().take(MOST_CANDIDATES)).copied().collect();
            candidates.sort_unstable();
            candidates.dedup();
            candidates.retain(|there| self.right.get(*there).is_some_and(|other| accepts(entry, other)));
            found.push((here, candidates));
        }
        found
    }

    /// The free names of the second list by their keys, in their order.
    fn holders(&self, keys: &impl Fn(&Entry) -> Vec<String>) -> HashMap<String, VecDeque<usize>> {
        let mut holders: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (there, entry) in self.right.iter().enumerate().filter(|(there, _)| self.is_free(*there)) {
            keys(entry).into_iter().for_each(|key| holders.entry(key).or_default().push_back(there));
        }
        holders
    }

    /// The names of the first list that have no counterpart yet.
    fn open(&self) -> Vec<usize> {
        let mates = self.left_mates.iter().enumerate();
        mates.filter(|(_, mate)| mate.is_none()).map(|(at, _)| at).collect()
    }

    fn is_free(&self, there: usize) -> bool {
        self.right_mates.get(there).is_some_and(Option::is_none)
    }

    fn pair(&mut self, here: usize, there: usize) {
        if let (Some(left), Some(right)) = (self.left_mates.get_mut(here), self.right_mates.get_mut(there)) {
            *left = Some(there);
            *right = Some(here);
        }
    }

    /// What is left and looks alike, and what was left open before.
    fn take_doubtful(&mut self) {
        let open = |mates: &[Option<usize>]| -> Vec<usize> {
            mates.iter().enumerate().filter(|(_, mate)| mate.is_none()).map(|(at, _)| at).collect()
        };
        let (left, right) = (open(&self.left_mates), open(&self.right_mates));
        if left.len().saturating_mul(right.len()) <= MOST_COMPARED {
            for here in left {
                let alike = |there: &&usize| match (self.left.get(here), self.right.get(**there)) {
                    (Some(one), Some(other)) => {
                        let one_acronym = one.acronym.is_some() && one.acronym == other.acronym;
                        !one.contradicts_place(other) && (one.is_near(other) || one_acronym)
                    }
                    _ => false,
                };
                if let Some(there) = right.iter().find(alike) {
                    self.doubtful.push((here, *there));
                }
            }
        }
        // Each name is doubtful once.
        let mut kept: Vec<(usize, usize)> = Vec::new();
        for (here, there) in std::mem::take(&mut self.doubtful) {
            let free = self.left_mates.get(here).is_some_and(Option::is_none) && self.is_free(there);
            if free && !kept.iter().any(|(one, other)| *one == here || *other == there) {
                kept.push((here, there));
            }
        }
        self.doubtful = kept;
    }

    fn finish(self) -> ListMatch {
        let mut found = ListMatch { doubtful: self.doubtful, ..ListMatch::default() };
        for (here, mate) in self.left_mates.iter().enumerate() {
            match mate {
                Some(there) => {
                    let written = |list: &[Entry], at: usize| list.get(at).map(|entry| entry.written.clone());
                    let equal = written(&self.left, here) == written(&self.right, *there);
                    let pairs = if equal { &mut found.same } else { &mut found.renamed };
                    pairs.push((here, *there));
                }
                None if found.doubtful.iter().any(|(doubtful, _)| *doubtful == here) => {}
                None => found.left.push(here),
            }
        }
        let open = self.right_mates.iter().enumerate().filter(|(_, mate)| mate.is_none()).map(|(at, _)| at);
        found.joined = open.filter(|at| !found.doubtful.iter().any(|(_, doubtful)| doubtful == at)).collect();
        found
    }
}
