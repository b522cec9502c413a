//! Feeds, sitemaps and listings that lead nowhere. Only those that the configuration names are judged: a listing's third
//! page and a nested sitemap come and go.

use vidimus_catalog::LeadFacts;
use vidimus_snapshot::Role;

use super::{Draft, FindingCode, Visited, earlier};

pub(super) fn findings(visited: &Visited<'_>) -> Vec<Draft> {
    let answered = |lead: &LeadFacts| {
        visited.tries.iter().any(|t| t.role == lead.role && t.url == lead.url && t.outcome.kind.is_ok())
    };
    let configured: Vec<&LeadFacts> = visited
        .facts
        .leads
        .iter()
        .filter(|lead| visited.configured_leads.contains(&(lead.role, lead.url.clone())))
        .filter(|lead| answered(lead))
        .collect();
    let drafts: Vec<Draft> = configured.iter().filter_map(|lead| judge(lead, visited)).collect();
    if !drafts.is_empty() {
        return drafts;
    }
    nothing_wanted(&configured, visited).into_iter().collect()
}

/// One lead: it gives nothing and used to, or it is a listing whose selector finds nothing.
fn judge(lead: &LeadFacts, visited: &Visited<'_>) -> Option<Draft> {
    let used_to_link = earlier(visited.history, lead).map(|old| old.links).find(|links| *links > 0);
    let used_to_lead = earlier(visited.history, lead).map(|old| old.wanted).find(|wanted| *wanted > 0);
    let (role, url) = (lead.role, lead.url.as_str());
    let message = match (lead.links, lead.wanted, used_to_link, used_to_lead) {
        (0, _, Some(links), _) if role == Role::Listing => format!(
            "the selector of the listing {url} finds nothing, where it used to find {links} links: the site has probably changed its layout; look at the page and correct `links`"
        ),
        (0, _, Some(links), _) => {
            format!(
                "the {role} {url} names no address, where it used to name {links}: it is empty, or what came is no {role} that can be read; look at what came (`vidimus show {url} --raw`), and whether it has moved"
            )
        }
        (0, _, None, _) if role == Role::Listing => {
            format!("the selector of the listing {url} finds nothing: look at the page and correct `links`")
        }
        (links @ 1.., 0, _, Some(wanted)) => format!(
            "none of the {links} links of the {role} {url} is wanted, where {wanted} used to be: the site has probably changed its addresses; correct `include`, `exclude` or `hosts`"
        ),
        _ => return None,
    };
    Some(Draft::about(FindingCode::NoLinks, url, message))
}

/// All that leads to pages has answered, and led to none: of a new source, mostly a mistake in the configuration.
fn nothing_wanted(configured: &[&LeadFacts], visited: &Visited<'_>) -> Option<Draft> {
    let all = !visited.configured_leads.is_empty() && configured.len() == visited.configured_leads.len();
    (all && visited.facts.found == 0).then(|| {
        let mut message =
            "its feeds, sitemaps and listings answered, but led to no page that is wanted".to_owned();
        if let Some(lead) = configured.iter().find(|lead| lead.links == 0 && lead.role != Role::Listing) {
            let (role, url) = (lead.role, &lead.url);
            message.push_str(&format!(
                " (the {role} {url} names no address: it is empty, or is no {role} that can be read)"
            ));
        }
        message.push_str(": check their addresses, `discover`, `links`, `include` and `hosts`");
        Draft::new(FindingCode::NoLinks, message)
    })
}
