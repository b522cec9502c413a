//! What leads to pages: the addresses that the configuration names, and what is found in the documents behind them.

use jiff::Timestamp;
use url::Url;
use vidimus_catalog::{Capture, LeadFacts, Pending};
use vidimus_fetch::discover::Item;
use vidimus_snapshot::{Role, normal_form, surt};

use crate::discover::Found;
use crate::visit::Worker;
use crate::{Event, PipelineError, Source};

/// The listing number of pages that are read only for what they announce: no listing has it.
const NO_LISTING: u32 = u32::MAX;

/// Where a sitemap mostly is.
const USUAL_SITEMAP: &str = "/sitemap.xml";

/// How many entries of a feed's page are looked up to tell whether its next page is worth reading.
const LOOKED_UP: usize = 200;

/// What a document led to.
#[derive(Default)]
pub(crate) struct NewPending {
    /// Those that the run did not know yet.
    pub(crate) pending: Vec<Pending>,
    /// Sitemaps that lie deeper than the source goes.
    pub(crate) left: u64,
}

pub(crate) fn pending(source: &Source, role: Role, url: &str, url_key: &str, depth: u32) -> Pending {
    let (url, url_key) = (url.to_owned(), url_key.to_owned());
    Pending { source: source.name.clone(), role, url, url_key, depth, listing: 0, hint: None }
}

fn of_url(source: &Source, role: Role, url: &Url, depth: u32) -> Pending {
    pending(source, role, url.as_str(), normal_form(url).as_str(), depth)
}

/// What is said of when it was published or last changed. A time to come is a mistake, or an event's: it counts as now.
fn of_item(source: &Source, role: Role, item: &Item, depth: u32, now: Timestamp) -> Pending {
    let hint = item.modified.max(item.published).map(|hint| hint.min(now));
    Pending { hint, ..of_url(source, role, &item.url, depth) }
}

/// The addresses that the configuration names, as the frontier knows them.
pub(crate) fn seeds(source: &Source) -> Vec<Pending> {
    let of = |role: Role, url: &Url| of_url(source, role, url, 0);
    let mut seeds: Vec<Pending> = source.feeds.iter().map(|u| of(Role::Feed, u)).collect();
    seeds.extend(source.sitemaps.iter().map(|u| of(Role::Sitemap, u)));
    let listings = source.listings.iter().zip(0_u32..);
    seeds.extend(listings.map(|(l, listing)| Pending { listing, ..of(Role::Listing, &l.url) }));
    let homes = source.discover.iter();
    seeds.extend(homes.map(|url| Pending { listing: NO_LISTING, ..of(Role::Listing, url) }));
    seeds.extend(source.pages.iter().map(|u| of(Role::Page, u)));
    seeds
}

/// Whether this is a page of the configuration whose feeds and sitemaps are looked for.
pub(crate) fn is_home(source: &Source, item: &Pending) -> bool {
    item.role == Role::Listing
        && item.depth == 0
        && source.discover.iter().any(|url| normal_form(url).as_str() == item.url_key)
}

/// Whether the sitemap at the usual address, which the configuration does not name, is not there: that says nothing
/// against a source whose sitemaps are looked for.
pub(crate) fn is_missing_guess(source: &Source, capture: &Capture) -> bool {
    let is_guess = Url::parse(&capture.url).is_ok_and(|url| url.path() == USUAL_SITEMAP);
    capture.role == Role::Sitemap
        && matches!(capture.status, Some(404 | 410))
        && !source.discover.is_empty()
        && is_guess
        && !source.sitemaps.iter().any(|url| url.as_str() == capture.url)
}

/// The next page of a listing, while the listing has pages to read.
fn next_of_listing(source: &Source, item: &Pending, next: &Url) -> Option<Pending> {
    let listing = source.listings.get(usize::try_from(item.listing).ok()?)?;
    let depth = item.depth.saturating_add(1);
    let page = Pending { listing: item.listing, ..of_url(source, Role::Listing, next, depth) };
    (depth < listing.max_pages).then_some(page)
}

impl Worker {
    /// Adds what a document led to, as far as the source wants it, to the frontier, and notes how many links it gave; gives
    /// back what the run did not know yet.
    pub(crate) async fn add_found(
        &self,
        source: &Source,
        item: &Pending,
        found: Found,
        capture: &Capture,
    ) -> Result<NewPending, PipelineError> {
        let depth = item.depth.saturating_add(1);
        let now = self.pipeline.clock.now();
        let pages: Vec<&Item> = found.pages.iter().filter(|page| source.wants(&page.url)).collect();
        if item.role != Role::Page && !is_home(source, item) {
            let links = found.pages.len().saturating_add(found.sitemaps.len());
            self.note_lead(source, item, links, pages.len()).await?;
        }
        let mut new: Vec<Pending> =
            pages.into_iter().map(|page| of_item(source, Role::Page, page, depth, now)).collect();
        let next = found.next.as_ref().filter(|url| source.is_on_its_hosts(url));
        match (item.role, next) {
            (Role::Listing, Some(next)) => new.extend(next_of_listing(source, item, next)),
            (Role::Feed, Some(next)) if self.leads_on(source, item, &new).await? => {
                new.push(of_url(source, Role::Feed, next, depth));
            }
            _ => {}
        }
        let maps = self.on_its_hosts(source, found.sitemaps.iter(), |map| &map.url);
        let maps = maps.into_iter().map(|map| of_item(source, Role::Sitemap, map, depth, now));
        let left = if depth <= source.max_depth {
            new.extend(maps);
            0
        } else {
            maps.len() as u64
        };
        // Announced feeds are read, not searched for further ones: a site could lead on for ever.
        if item.depth == 0 {
            let feeds = self.on_its_hosts(source, found.feeds.iter(), |feed| feed);
            new.extend(feeds.into_iter().map(|feed| of_url(source, Role::Feed, feed, depth)));
        }
        if let Some(canonical) = &found.canonical {
            new.extend(self.canonical_page(source, item, canonical, capture).await?);
        }
        let pending = self.catalog.add_pending(&self.run, new).await?;
        Ok(NewPending { pending, left })
    }

    /// Notes how many links a feed, sitemap or listing gave, and how many of them the source wants.
    pub(crate) async fn note_lead(
        &self,
        source: &Source,
        item: &Pending,
        links: usize,
        wanted: usize,
    ) -> Result<(), PipelineError> {
        let (links, wanted) = (links as u64, wanted as u64);
        let lead = LeadFacts { role: item.role, url: item.url.clone(), links, wanted };
        Ok(self.catalog.note_lead(&self.run, &source.name, &lead).await?)
    }

    /// Whether the next page of a feed is worth reading: this one led to a page that was never tried, and there are pages
    /// left to read.
    async fn leads_on(
        &self,
        source: &Source,
        item: &Pending,
        pages: &[Pending],
    ) -> Result<bool, PipelineError> {
        if item.depth.saturating_add(1) >= source.feed_pages {
            return Ok(false);
        }
        let keys: Vec<&str> = pages.iter().take(LOOKED_UP).map(|page| page.url_key.as_str()).collect();
        Ok(!self.catalog.untried(&source.name, &keys).await?.is_empty())
    }

    /// Those that are on the source's hosts. That others are left out is said: a site may keep its feeds elsewhere.
    fn on_its_hosts<'i, T>(
        &self,
        source: &Source,
        leads: impl Iterator<Item = &'i T>,
        address: impl Fn(&T) -> &Url,
    ) -> Vec<&'i T> {
        let (own, foreign): (Vec<&T>, Vec<&T>) =
            leads.partition(|lead| source.is_on_its_hosts(address(lead)));
        let on_the_web: Vec<&Url> = foreign
            .into_iter()
            .map(&address)
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .collect();
        if let Some(first) = on_the_web.first() {
            let (name, count) = (&source.name, on_the_web.len());
            self.pipeline.listener.tell(Event::Notice(format!(
                "{name}: {count} feeds or sitemaps on other hosts are left out, the first of them {first}: add their host to `hosts` if they are wanted"
            )));
        }
        own
    }

    /// The page that a page calls its own address, if the source wants it and it was never tried. Addresses that differ
    /// only as two spellings of one page do (scheme, `www.`, a slash at the end) are not asked for again.
    async fn canonical_page(
        &self,
        source: &Source,
        item: &Pending,
        canonical: &Url,
        capture: &Capture,
    ) -> Result<Option<Pending>, PipelineError> {
        let page = of_url(source, Role::Page, canonical, item.depth.saturating_add(1));
        let spelt = surt(canonical);
        let same = |url: &str| Url::parse(url).is_ok_and(|url| surt(&url) == spelt);
        let is_itself = page.url_key == item.url_key || same(&capture.final_url) || same(&capture.url);
        if is_itself || !source.wants(canonical) {
            return Ok(None);
        }
        let untried = self.catalog.untried(&source.name, &[&page.url_key]).await?;
        Ok((!untried.is_empty()).then_some(page))
    }

    /// The sitemaps of the site that a home page belongs to: those that its robots.txt names, or else the usual address.
    pub(crate) async fn add_sitemaps(
        &self,
        source: &Source,
        home: &Url,
    ) -> Result<Vec<Pending>, PipelineError> {
        let log_head = self.sink.log_head();
        let (mut named, robots) = self.polite.sitemaps(home).await;
        self.keep_robots(robots, source, &log_head).await?;
        if named.is_empty() {
            named.extend(home.join(USUAL_SITEMAP));
        }
        let maps = self.on_its_hosts(source, named.iter(), |map| map);
        let maps = maps.into_iter().map(|map| of_url(source, Role::Sitemap, map, 1)).collect();
        Ok(self.catalog.add_pending(&self.run, maps).await?)
    }
}
