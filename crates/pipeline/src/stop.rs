//! Asking a run to stop: at once for what only waits, after a little patience for what is in flight.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// How long what is in flight may take when a run was asked to stop; then it is left for the run that goes on.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Asks a run to stop when its pages in flight are done. Clones share the question.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Option<Instant>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Asks the run to stop.
    pub fn stop(&self) {
        self.0.send_if_modified(|asked| {
            let first = asked.is_none();
            asked.get_or_insert_with(Instant::now);
            first
        });
    }

    /// Whether it was asked.
    pub fn is_stopped(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits until it is asked; gives back when that was.
    pub async fn stopped(&self) -> Instant {
        let mut asked = self.0.subscribe();
        loop {
            if let Some(at) = *asked.borrow_and_update() {
                return at;
            }
            // The sender is ours, so it cannot be gone.
            if asked.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits until it was asked and [`PATIENCE`] has passed since.
    pub async fn patience_over(&self) {
        let asked = self.stopped().await;
        sleep_until(asked.checked_add(PATIENCE).unwrap_or(asked)).await;
    }

    /// Waits for so long, or until it is asked.
    pub async fn sleep(&self, time: Duration) {
        tokio::select! {
            _ = self.stopped() => {}
            () = sleep(time) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn patience_is_counted_from_the_first_time_of_asking() {
        let stop = Stop::default();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.sleep(Duration::from_secs(3600)).await;
                stop.patience_over().await;
            }
        });
        let begin = Instant::now();
        sleep(Duration::from_secs(5)).await;
        assert!(!stop.is_stopped() && !waiting.is_finished());
        stop.stop();
        sleep(Duration::from_secs(7)).await;
        stop.stop();
        waiting.await.unwrap();
        assert_eq!(begin.elapsed(), Duration::from_secs(5) + PATIENCE);
    }
}
