//! Saved searches: after a run, each is asked for what matches among the texts that are new since it was last told, and
//! whoever is to hear of it is told: the terminal, the webhook, the command. How far each was told is remembered by the
//! catalog, so what a run that was killed did not tell, or could not deliver, is told by the next, and what the index did
//! not hold is told when it does.
//!
//! It is remembered after it was told, so that nothing is lost; a process that is killed between the two has it told again.
//! Two processes tell one after the other, so that the second finds what the first has told.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use vidimus_archive::{CatalogInPlace, Telling};
use vidimus_catalog::{Catalog, SearchTold, time_text};
use vidimus_index::{Hit, Options, Searcher};
use vidimus_snapshot::SnapshotId;

use super::{Around, Ended, rest_is_over, save};
use crate::config::SavedSearch;
use crate::exit::Failure;
use crate::health;
use crate::hooks::{Hook, Memory, Message};
use crate::terminal::{self, FAINT, STRONG, printable};

/// How many new matches of one search are named; of the others the number is told.
const NAMED: usize = 20;
/// What is told at the terminal, or as JSON.
const REPORT: &str = "report";
/// How long another process is waited for. It has a webhook and a command to tell, each of which has its own time; one that
/// takes longer hangs.
const TURN: Duration = Duration::from_secs(120);

/// Tells the new matches of all searches; says whether all could be told.
pub async fn tell(around: Around<'_>, ended: Ended<'_>, now: Timestamp) -> bool {
    let config = around.config;
    let path = config.settings.layout.catalog();
    let is_time = !matches!(ended, Ended::Failed(_)) && !around.stop.is_stopped() && path.is_file();
    if config.searches.is_empty() || !is_time {
        return true;
    }
    let told = tell_each(around, ended, now).await;
    told.unwrap_or_else(|failure| {
        terminal::warning(&format!(
            "the saved searches could not be asked, and are told after a later run: {}",
            failure.message()
        ));
        false
    })
}

async fn tell_each(around: Around<'_>, ended: Ended<'_>, now: Timestamp) -> Result<bool, Failure> {
    let layout = &around.config.settings.layout;
    let _turn = turn(around).await?;
    let _in_place = CatalogInPlace::hold(layout).await?;
    let catalog = Catalog::open(&layout.catalog()).await?;
    let run = match ended {
        Ended::Run(summary) => Some(summary.run.as_str()),
        _ => None,
    };
    let asking = Asking { around, now, run, newest: catalog.newest_row().await?, catalog };
    let told = asking.tell_all().await;
    asking.catalog.close().await;
    told
}

/// Waits for the turn to tell.
async fn turn(around: Around<'_>) -> Result<Telling, Failure> {
    let waits = || {
        if !around.quiet {
            terminal::remark("another process is telling the saved searches; waiting for it");
        }
    };
    let turn = Telling::turn(&around.config.settings.layout, waits);
    tokio::select! {
        turn = tokio::time::timeout(TURN, turn) => match turn {
            Ok(turn) => Ok(turn?),
            Err(_) => Err(Failure::io("another process has been telling them for two minutes")),
        },
        () = rest_is_over(around.stop) => {
            Err(Failure::io("another process is telling them, and the program was asked to stop"))
        }
    }
}

/// One round of asking and telling.
struct Asking<'a> {
    around: Around<'a>,
    now: Timestamp,
    run: Option<&'a str>,
    /// Up to which capture it is told.
    newest: i64,
    catalog: Catalog,
}

/// What a search found.
struct News<'a> {
    search: &'a SavedSearch,
    what: Found,
}

/// What all searches found for one way of telling.
struct Answers<'a> {
    news: Vec<News<'a>>,
    /// What is to be remembered once that was told.
    told: Vec<SearchTold>,
}

/// What became of telling a hook.
enum Delivery {
    Done,
    /// It failed a while ago, and is left alone for now.
    Waits,
    Failed,
}

enum Found {
    /// The search is new: how many matches are held already.
    Held(usize),
    /// How many new matches there are, and the last captured of them.
    New { count: usize, named: Vec<Hit> },
}

impl Asking<'_> {
    async fn tell_all(&self) -> Result<bool, Failure> {
        let searches = &self.around.config.searches;
        let names: Vec<String> = searches.iter().map(|search| search.name.clone()).collect();
        self.catalog.forget_searches(&names).await?;
        let told = self.catalog.searches_told().await?;
        let mut all_told = true;
        if !self.around.quiet {
            let answers = self.ask(&told, REPORT).await?;
            // Whoever closed the output must not keep the hooks from hearing of it.
            match self.report(&answers.news) {
                Ok(()) => self.catalog.note_searches_told(&answers.told).await?,
                Err(failure) => {
                    all_told = false;
                    terminal::warning(failure.message());
                }
            }
        }
        for hook in self.around.hooks.iter() {
            if self.around.stop.is_stopped() {
                break;
            }
            let Answers { news, told } = self.ask(&told, hook.channel()).await?;
            let delivery = if news.is_empty() { Delivery::Done } else { self.deliver(hook, &news).await };
            match delivery {
                Delivery::Done => self.catalog.note_searches_told(&told).await?,
                Delivery::Waits => {}
                Delivery::Failed => all_told = false,
            }
        }
        Ok(all_told)
    }

    /// What is to be told by one way.
    async fn ask(&self, told: &[SearchTold], channel: &str) -> Result<Answers<'_>, Failure> {
        let mut answers = Answers { news: Vec::new(), told: Vec::new() };
        for search in &self.around.config.searches {
            let told = told.iter().find(|told| {
                told.channel == channel && told.search == search.name && told.query_sha256 == search.sha256
            });
            let (what, waiting) = self.ask_one(search, told).await?;
            answers.news.extend(what.map(|what| News { search, what }));
            answers.told.push(SearchTold {
                channel: channel.to_owned(),
                search: search.name.clone(),
                query_sha256: search.sha256,
                row: self.newest,
                waiting,
            });
        }
        Ok(answers)
    }

    /// What a search finds, and the texts of which it could not be asked.
    async fn ask_one(
        &self,
        search: &SavedSearch,
        told: Option<&SearchTold>,
    ) -> Result<(Option<Found>, Vec<SnapshotId>), Failure> {
        let Some(told) = told else {
            let waiting = self.catalog.texts_waiting(self.newest).await?;
            return Ok((Some(Found::Held(self.held(search)?)), waiting));
        };
        let untold = self.catalog.untold(told, self.newest).await?;
        Ok((self.found(search, &untold.readable)?, untold.waiting))
    }

    fn held(&self, search: &SavedSearch) -> Result<usize, Failure> {
        let options = Options { limit: 0, ..search.options.clone() };
        Ok(self.searcher()?.find(&search.query, &options).map_err(failed)?.total)
    }

    fn found(&self, search: &SavedSearch, among: &[SnapshotId]) -> Result<Option<Found>, Failure> {
        if among.is_empty() {
            return Ok(None);
        }
        let ids: Arc<[String]> = among.iter().map(|id| id.hex()).collect();
        let options = Options { ids: Some(ids), limit: NAMED, ..search.options.clone() };
        let results = self.searcher()?.search(&search.query, &options).map_err(failed)?;
        let found = Found::New { count: results.total, named: results.hits };
        Ok((results.total > 0).then_some(found))
    }

    fn searcher(&self) -> Result<Searcher, Failure> {
        Searcher::open(&self.around.config.settings.layout.index()).map_err(failed)
    }

    /// Tells whoever looks at the output.
    fn report(&self, news: &[News<'_>]) -> Result<(), Failure> {
        for news in news {
            if self.around.json {
                let mut object = news.json();
                object["run"] = self.run.into();
                terminal::line(&object.to_string())?;
            } else {
                terminal::remark(&news.text(true));
            }
        }
        Ok(())
    }

    /// Tells a hook.
    async fn deliver(&self, hook: &Hook, news: &[News<'_>]) -> Delivery {
        let channel = hook.channel();
        let mut memory = Memory::of(self.around.config.file.as_deref());
        // A way that failed is left alone for a while; that was told when it failed.
        if memory.waits(channel, &[], self.now) {
            return Delivery::Waits;
        }
        let text: Vec<String> = news.iter().map(|news| news.text(false)).collect();
        let message = Message::new(&self.around.config.into(), "search", self.now)
            .of_run(self.run)
            .with_text(&text.join("\n"), self.is_well().await)
            .with_searches(news.iter().map(News::json).collect());
        let delivered = tokio::select! {
            delivered = hook.tell(&message) => delivered,
            () = rest_is_over(self.around.stop) => {
                Err(format!("the {channel} was given up, because the program was asked to stop"))
            }
        };
        let error = delivered.as_ref().err();
        let line = json!({"channel": channel, "searches": news.len(), "error": error});
        self.around.log.line("told", line);
        let is_delivered = super::note_delivery(&mut memory, channel, &[], self.now, delivered);
        save(&memory);
        if is_delivered { Delivery::Done } else { Delivery::Failed }
    }

    /// Whether all sources are well.
    async fn is_well(&self) -> bool {
        let sources = health::of_sources(self.around.config, &self.catalog, self.now).await;
        sources.is_ok_and(|sources| sources.iter().all(health::SourceHealth::is_well))
    }
}

impl News<'_> {
    /// A sentence, and a line for each match; for a terminal or a chat.
    fn text(&self, styled: bool) -> String {
        let name = printable(&self.search.name);
        let (count, named) = match &self.what {
            Found::Held(count) => {
                let matches = if *count == 1 { "match is" } else { "matches are" };
                return format!(
                    "search \"{name}\" is new: {count} {matches} held already, new ones are told from now on"
                );
            }
            Found::New { count, named } => (*count, named),
        };
        let matches = if count == 1 { "match" } else { "matches" };
        let (strong, end) =
            if styled { (format!("{STRONG}"), format!("{STRONG:#}")) } else { <_>::default() };
        let mut text = format!("{strong}search \"{name}\": {count} new {matches}{end}");
        for hit in named {
            let title = printable(&hit.title);
            let title = if title.is_empty() { "(no title)" } else { title.as_str() };
            let id: String = hit.id.chars().take(12).collect();
            text.push_str(&format!("\n  {id}  {title}  {}", printable(&hit.url)));
        }
        if count > named.len() {
            let (faint, end) =
                if styled { (format!("{FAINT}"), format!("{FAINT:#}")) } else { <_>::default() };
            text.push_str(&format!("\n  {faint}and {} more{end}", count - named.len()));
        }
        text
    }

    fn json(&self) -> Value {
        let (new, held, named) = match &self.what {
            Found::Held(count) => (0, Some(*count), [].as_slice()),
            Found::New { count, named } => (*count, None, named.as_slice()),
        };
        json!({
            "search": self.search.name,
            "query": self.search.text,
            "new": new,
            "held": held,
            "matches": named.iter().map(match_json).collect::<Vec<_>>(),
        })
    }
}

fn match_json(hit: &Hit) -> Value {
    json!({
        "id": hit.id,
        "url": hit.url,
        "title": hit.title,
        "source": hit.source,
        "lang": hit.lang,
        "published": hit.published.map(|day| day.to_string()),
        "captured_at": time_text(hit.captured_at),
        "witnessed": hit.witnessed,
    })
}

fn failed(error: vidimus_index::IndexError) -> Failure {
    Failure::io(error.to_string())
}
