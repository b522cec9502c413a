//! What leads to pages: the addresses that the configuration names, and what is found in the documents behind them.

use url::Url;
use vidimus_catalog::{LeadFacts, Pending};
use vidimus_snapshot::{Role, normal_form};

use crate::discover::Found;
use crate::visit::Worker;
use crate::{PipelineError, Source};

pub(crate) fn pending(source: &Source, role: Role, url: &str, url_key: &str, depth: u32) -> Pending {
    let (url, url_key) = (url.to_owned(), url_key.to_owned());
    Pending { source: source.name.clone(), role, url, url_key, depth, listing: 0 }
}

/// The addresses that the configuration names, as the frontier knows them.
pub(crate) fn seeds(source: &Source) -> Vec<Pending> {
    let of = |role: Role, url: &Url| pending(source, role, url.as_str(), normal_form(url).as_str(), 0);
    let mut seeds: Vec<Pending> = source.feeds.iter().map(|u| of(Role::Feed, u)).collect();
    seeds.extend(source.sitemaps.iter().map(|u| of(Role::Sitemap, u)));
    seeds.extend(
        source
            .listings
            .iter()
            .zip(0_u32..)
            .map(|(l, listing)| Pending { listing, ..of(Role::Listing, &l.url) }),
    );
    seeds.extend(source.pages.iter().map(|u| of(Role::Page, u)));
    seeds
}

/// The next page of a listing, while the listing has pages to read.
fn next_page(source: &Source, item: &Pending, next: Option<&Url>) -> Option<Pending> {
    let listing = source.listings.get(usize::try_from(item.listing).ok()?)?;
    let next =
        next.filter(|_| item.role == Role::Listing && item.depth.saturating_add(1) < listing.max_pages)?;
    let key = normal_form(next);
    let pending = pending(source, Role::Listing, next.as_str(), key.as_str(), item.depth.saturating_add(1));
    Some(Pending { listing: item.listing, ..pending })
}

impl Worker {
    /// Adds what a document led to, as far as the source wants it, to the frontier, and notes how many links it gave; gives
    /// back what the run did not know yet.
    pub(crate) async fn add_found(
        &self,
        source: &Source,
        item: &Pending,
        found: Found,
    ) -> Result<Vec<Pending>, PipelineError> {
        let depth = item.depth.saturating_add(1);
        let pages: Vec<&Url> = found.pages.iter().filter(|url| source.wants(url)).collect();
        if item.role != Role::Page {
            let links = found.pages.len().saturating_add(found.sitemaps.len()) as u64;
            let wanted = pages.len() as u64;
            let lead = LeadFacts { role: item.role, url: item.url.clone(), links, wanted };
            self.catalog.note_lead(&self.run, &source.name, &lead).await?;
        }
        let mut new: Vec<Pending> = pages
            .into_iter()
            .map(|url| pending(source, Role::Page, url.as_str(), normal_form(url).as_str(), depth))
            .collect();
        if depth <= source.max_depth {
            let maps = found.sitemaps.iter().filter(|url| source.is_on_its_hosts(url));
            new.extend(
                maps.map(|u| pending(source, Role::Sitemap, u.as_str(), normal_form(u).as_str(), depth)),
            );
        }
        new.extend(next_page(source, item, found.next.as_ref().filter(|url| source.is_on_its_hosts(url))));
        Ok(self.catalog.add_pending(&self.run, new).await?)
    }
}
