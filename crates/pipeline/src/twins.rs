//! A payload that another URL gave already is stored once: what comes later refers to it.
//!
//! Two captures that bring the same bytes at the same time take turns, until the first is in the archive: a revisit must
//! never become durable before what it refers to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;
use vidimus_fetch::Fetched;
use vidimus_snapshot::{Digest, OutcomeKind};

use crate::process::{Held, Twin};
use crate::visit::Worker;
use crate::{Event, PipelineError};

/// The payloads that are on their way into the archive for the first time.
#[derive(Clone, Default)]
pub(crate) struct Twins(Arc<Mutex<HashMap<Digest, Weak<Turn>>>>);

type Turn = tokio::sync::Mutex<()>;

/// What a search for the same payload came to.
#[derive(Default)]
pub(crate) struct Search {
    /// Where it is stored.
    pub twin: Option<Twin>,
    /// Where it is not: others that bring it wait until this is dropped.
    pub turn: Option<OwnedMutexGuard<()>>,
}

impl Twins {
    /// Waits until no other capture brings this payload for the first time.
    async fn turn(&self, payload: Digest) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let known = turns.get(&payload).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::new(Turn::default());
                turns.insert(payload, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

impl Worker {
    /// Where the payload that was fetched is stored already, if another URL gave it.
    pub(crate) async fn search_twin(
        &self,
        fetched: &Arc<Fetched>,
        held: Option<&Held>,
    ) -> Result<Search, PipelineError> {
        if fetched.outcome().kind != OutcomeKind::Captured {
            return Ok(Search::default());
        }
        let fetched = fetched.clone();
        let payload = tokio::task::spawn_blocking(move || payload_of(&fetched)).await?;
        let is_held = |payload: &Digest| held.is_some_and(|held| held.revisit_of.payload == *payload);
        let Some(payload) = payload.filter(|payload| !is_held(payload)) else { return Ok(Search::default()) };
        let turn = self.twins.turn(payload).await;
        let twin = self.twin(payload).await?;
        Ok(Search { turn: twin.is_none().then_some(turn), twin })
    }

    /// The capture that stores a payload. If it cannot be read, the payload is stored anew.
    async fn twin(&self, payload: Digest) -> Result<Option<Twin>, PipelineError> {
        let Some(holder) = self.catalog.holder_of(payload).await? else { return Ok(None) };
        let Some(original) = holder.snapshot else { return Ok(None) };
        match self.archive.revisit_of(&holder) {
            Ok(revisit_of) => Ok(Some(Twin { original, revisit_of })),
            Err(error) => {
                let notice =
                    format!("{}: what is held cannot be read and is stored anew: {error}", holder.url);
                self.pipeline.listener.tell(Event::Notice(notice));
                Ok(None)
            }
        }
    }
}

/// The digest of the payload of a whole and good answer; none where there is nothing to store.
fn payload_of(fetched: &Fetched) -> Option<Digest> {
    let last = fetched.exchanges.last().filter(|last| last.status == Some(200))?;
    let split = last.split().ok()?;
    (!split.body().is_empty()).then(|| Digest::of(split.body()))
}
