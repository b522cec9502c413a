//! One capture through all stages, and a run over the sources that are due.
//!
//! fetch → split → compare with what is held → decode → extract → manifest → archive → catalog → index. Each stage
//! belongs to its own crate; this one only joins them, keeps the order, and tells whoever listens what happens
//! ([`Event`]). It knows no terminal and parses no arguments.
//!
//! What it promises: one bad page never stops a run; every URL tried has an outcome in the catalog; a run that was
//! killed goes on where it was; a source that is not well is found out, with a code and a sentence ([`FindingCode`]).

mod agreement;
mod appraise;
mod attempt;
mod cron_spec;
mod discover;
mod error;
mod events;
mod expect;
mod health;
mod import;
mod indexing;
mod leads;
mod network;
mod process;
mod randomness;
mod repeats;
mod retext;
mod revisit;
mod run;
mod schedule;
mod settings;
mod sink;
mod source;
mod stop;
mod takedown;
mod telling;
mod twins;
mod verdict;
mod visit;

pub use agreement::{Agreement, agreement};
pub use cron_spec::{CronError, CronSpec};
pub use error::PipelineError;
pub use events::{Event, Listener, RunSummary, SourceSummary};
pub use expect::{Expect, usual_silence};
pub use health::{FindingCode, addresses, overdue, span_text};
pub use import::{ImportOptions, ImportProgress, ImportSummary, ImportedFile, dry_run, import};
pub use indexing::{bring_up_to_date, rebuild_index};
pub use process::process_unread;
pub use randomness::{Randomness, SystemRandomness};
pub use repeats::{Repeat, Repeated};
pub use retext::{Reread, RereadError, extract_held, reread};
pub use revisit::Rhythm;
pub use run::{Pipeline, capture_urls, crawl};
pub use schedule::{DueSource, due_sources, next_due};
pub use settings::{Identity, Settings};
pub use source::{Listing, ListingSpec, Schedule, Source, SourceError, SourceSpec};
pub use stop::{PATIENCE, Stop};
pub use takedown::{out_of_index, take_down};
pub use telling::{Change, News, Standing, news};
