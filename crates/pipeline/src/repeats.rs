//! What the new texts of a run, or of an import, repeat: asked of the index when it is closed, told, and recorded nowhere.

use std::path::Path;

use vidimus_index::{IndexError, Link, LinkOptions, Links, Relation, Searcher};
use vidimus_snapshot::SnapshotId;

use crate::{Event, Listener, PipelineError, Stop};

/// Of so many new texts of a run it is asked what they repeat; of others when somebody wants to know.
pub(crate) const MOST_TEXTS: usize = 500;
/// So many of the pages that a text repeats are told.
const MOST_TOLD: usize = 5;

/// A new page that says the words of earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repeat {
    /// The capture, as 64 hexadecimal digits.
    pub id: String,
    /// Its URL.
    pub url: String,
    /// Its source.
    pub source: String,
    /// What it repeats, that with the most words in common first.
    pub of: Vec<Repeated>,
}

/// An earlier page that is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The capture, as 64 hexadecimal digits.
    pub id: String,
    /// Its URL.
    pub url: String,
    /// Its source.
    pub source: String,
    /// `copy`, `excerpt` or `quote`.
    pub sort: &'static str,
    /// How many words are the same.
    pub words: usize,
    /// When the earlier one came, and by what that is known.
    pub order: String,
}

/// Tells what these texts repeat of earlier ones; those that the index has no document of are passed over. Whatever goes
/// wrong is told as a notice: the run has archived all it has.
pub(crate) async fn tell(
    index: &Path,
    ids: Vec<SnapshotId>,
    stop: &Stop,
    listener: &Listener,
) -> Vec<Repeat> {
    let (index, stop) = (index.to_owned(), stop.clone());
    let asked = tokio::task::spawn_blocking(move || all(&index, &ids, &stop)).await;
    match asked.map_err(PipelineError::from).flatten() {
        Ok(repeats) => {
            repeats.iter().for_each(|repeat| listener.tell(Event::Repeats(repeat.clone())));
            repeats
        }
        Err(error) => {
            let why = format!("what the new pages repeat is not known: {error}");
            listener.tell(Event::Notice(why));
            Vec::new()
        }
    }
}

fn all(index: &Path, ids: &[SnapshotId], stop: &Stop) -> Result<Vec<Repeat>, PipelineError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let searcher = Searcher::open(index)?;
    let (mut repeats, mut asked) = (Vec::new(), 0);
    for id in ids.iter().take_while(|_| !stop.is_stopped()) {
        match searcher.links(&id.hex(), &LinkOptions::default()) {
            Ok(links) => repeats.extend(repeat(&links)),
            // It is the text of another capture, or left the index since, as what is taken down does.
            Err(IndexError::NoDocument { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        asked += 1;
        if asked == MOST_TEXTS {
            break;
        }
    }
    Ok(repeats)
}

fn repeat(links: &Links) -> Option<Repeat> {
    let earlier = links.links.iter().filter(|link| link.order.relation == Relation::Before);
    let of: Vec<Repeated> = earlier.take(MOST_TOLD).map(repeated).collect();
    let document = &links.document;
    (!of.is_empty()).then(|| Repeat {
        id: document.id.clone(),
        url: document.url.clone(),
        source: document.source.clone(),
        of,
    })
}

fn repeated(link: &Link) -> Repeated {
    Repeated {
        id: link.document.id.clone(),
        url: link.document.url.clone(),
        source: link.document.source.clone(),
        sort: link.sort.as_str(),
        words: link.words,
        order: link.order.to_string(),
    }
}
