//! The invented organisations: which hosts there are and what each of them serves.

mod dredgeharbour;
mod fairsand;
mod harbourhands;
mod openwater;
mod rechnoydozor;
mod riverrights;
mod sondeurs;
mod stilthouse;

use crate::page::{Page, escape};

/// One organisation and its host.
pub(crate) struct Host {
    /// The host name, under `.localhost` (RFC 6761).
    pub(crate) name: &'static str,
    /// The organisation behind it.
    pub(crate) organisation: &'static str,
    /// The HTML around its pages.
    pub(crate) layout: &'static str,
    /// Everything it serves.
    pub(crate) pages: &'static [Page],
}

/// All hosts of the demo site.
pub(crate) static HOSTS: [Host; 8] = [
    stilthouse::HOST,
    riverrights::HOST,
    openwater::HOST,
    harbourhands::HOST,
    fairsand::HOST,
    dredgeharbour::HOST,
    sondeurs::HOST,
    rechnoydozor::HOST,
];

/// Every address of the demo site: articles, listings, feeds, sitemaps, robots.txt files, redirects, pictures.
pub fn pages() -> impl Iterator<Item = &'static Page> {
    HOSTS.iter().flat_map(|host| host.pages)
}

/// The page an unknown host gets: which hosts there are.
pub(crate) fn directory(port: u16) -> String {
    let links: String = HOSTS
        .iter()
        .map(|host| {
            let (name, organisation) = (host.name, escape(host.organisation));
            format!("<li><a href=\"http://{name}:{port}/\">{organisation}</a></li>\n")
        })
        .collect();
    include_str!("../../pages/directory.html").replace("{{links}}", &links)
}
