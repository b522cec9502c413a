//! The demo site, for tests that are not asynchronous themselves.

use tokio::runtime::{Builder, Runtime};
use vidimus_demo::{Day, DemoSite};

/// The running demo site; it stops when this goes away.
#[derive(Debug)]
pub struct Site {
    site: DemoSite,
    _runtime: Runtime,
}

impl Site {
    /// Starts the site on a free port of this machine, on its first day.
    #[must_use]
    pub fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let site = runtime.block_on(DemoSite::start()).unwrap();
        Self { site, _runtime: runtime }
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.site.port()
    }

    /// Serves the site as it is on this day.
    pub fn set_day(&self, day: Day) {
        self.site.set_day(day);
    }

    /// How many requests were answered so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.site.requests()
    }
}
