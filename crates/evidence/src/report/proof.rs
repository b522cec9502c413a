//! The second half of the report: the capture's names, what happened to it, what is proved and what is not, and how to
//! check.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{foreign, time};
use crate::case::Case;
use crate::logged;

pub(super) fn names(case: &Case) -> Markup {
    html! {
        section {
            h2 { "Names of this capture" }
            table.facts {
                tr { th { "In print (RFC 6920)" } td.hash { (case.id.nih()) } }
                tr { th { "Whole (RFC 6920)" } td.hash { (case.id.ni()) } }
                @if let Some(logged) = &case.logged {
                    tr { th { "In the log" } td.hash { (foreign(&logged.origin)) "#" (logged.index) } }
                }
            }
            p.small { "An exhibit should carry the whole SHA-256. The last digit of the printed name checks the others." }
        }
    }
}

/// What happened, in the order of time.
pub(super) fn custody(case: &Case) -> Markup {
    let mut lines = events(case);
    lines.sort_by_key(|(at, _)| *at);
    html! {
        section {
            h2 { "Chain of custody" }
            table.list {
                tr { th { "Time (UTC)" } th { "What happened" } }
                @for (at, what) in &lines { tr { td { (at.strftime("%Y-%m-%d %H:%M:%S")) } td { (what) } } }
            }
            @if !case.logged.as_ref().is_some_and(|logged| logged.since.iter().any(|(_, leaf)| leaf.event.kind() == "fixity")) {
                p.small { "No later check of the archive's files is in the log." }
            }
        }
    }
}

fn events(case: &Case) -> Vec<(Timestamp, Markup)> {
    let manifest = &case.parts.manifest;
    let mut lines = Vec::new();
    match &manifest.imported {
        None => {
            lines.push((manifest.captured_at, html! { "The capture began." }));
            lines.push((manifest.finished_at, html! { "The last byte arrived; the records were written." }));
        }
        Some(imported) => {
            lines.push((manifest.captured_at, html! { "The capture began, as the imported file says." }));
            lines.push((imported.imported_at, html! { "The file was taken in, and kept as it came." }));
        }
    }
    let Some(logged) = &case.logged else { return lines };
    let place = html! { "The hash of the manifest was written into the log " (foreign(&logged.origin)) " as leaf " (logged.index) "." };
    lines.push((logged.leaf.logged_at, place));
    for stamp in &case.stamps {
        let leaves = logged.signed.as_ref().map_or(0, |signed| signed.checkpoint().head().size);
        let what = html! {
            "The timestamp authority " (foreign(&stamp.signer)) " put its time on the signed head of the log at " (leaves)
            " leaves (policy " (stamp.policy) ", number " (stamp.serial) ")."
        };
        lines.push((stamp.time, what));
    }
    for (at, told) in logged.since.iter().filter_map(|(_, leaf)| logged::told(leaf)) {
        lines.push((at, html! { "Log: " (foreign(&told)) "." }));
    }
    lines
}

pub(super) fn proved(case: &Case) -> Markup {
    let signed = case.logged.as_ref().and_then(|logged| logged.signed.as_ref());
    let head = case.parts.manifest.log_head.as_ref().filter(|head| head.size > 0);
    html! {
        section {
            h2 { "What is proved, and what is not" }
            p { "Whoever follows the instructions in this bundle proves:" }
            ul {
                li { "that the records are, to the last byte and with their headers, those that the manifest names;" }
                @if let Some(signed) = signed {
                    li {
                        "that this manifest is in the log whose head at " (signed.checkpoint().head().size)
                        " leaves was signed by the key with the fingerprint " span.hash { (signed.key.fingerprint().hex()) } ";"
                    }
                }
                @for stamp in &case.stamps {
                    li { "that all of it existed by " (time(stamp.time)) ", on the word of " (foreign(&stamp.signer)) ";" }
                }
            }
            p { "Not proved:" }
            ul {
                @if signed.is_none() { li { strong { "that the manifest is in a signed log: there is no signed head that covers it yet." } } }
                @if case.stamps.is_empty() { li { strong { "since when it has existed: no answer of a timestamp authority was verified yet." } } }
                @for claim in &case.claims {
                    li {
                        "Anything by the answer of the authority that the archive calls " (foreign(&claim.authority)) ": it is in \
                         this bundle, and was not verified, because the archive has no root certificate of that authority. Whoever \
                         has it can check it."
                    }
                }
                li {
                    strong { "That the server sent it." }
                    " The encryption of the web (TLS) leaves no proof behind that could be shown to others. That these bytes came \
                     from that server rests on the word of whoever operates the archive."
                }
                li { strong { "That what the page says is true" } ", or who wrote it." }
                li {
                    "The exact second of the capture: the archive's clock is its own."
                    @if !case.stamps.is_empty() { " What is proved is that it lies before the time of the authority." }
                }
                li {
                    "That it was not made earlier than it says."
                    @if let Some(head) = head {
                        " The manifest names the log's head at " (head.size) " leaves, so that it is not older than that head; but \
                         this bundle holds no proof that the head is one of this log. Whoever has the whole log can compare it."
                    }
                }
                li { "Anything by this report alone: it was made from what is proved, for reading." }
            }
        }
    }
}

pub(super) fn how_to_check(case: &Case) -> Markup {
    html! {
        section {
            h2 { "How to check" }
            p {
                "With a POSIX shell, sha256sum, openssl, gzip, unzip, awk and sed, without the software of the archive: "
                code { "sh data/verify.sh" } " in the folder " code { (case.top()) } ", or by hand as data/VERIFY.txt says."
            }
            p {
                strong { "The key and the roots that came with this bundle, the script, and this report vouch for themselves only." }
                " Get the fingerprint of the log's key from where its owner publishes it, and the root certificate of the \
                 timestamp authority from the authority, and give both to the script:"
            }
            p { code { "sh data/verify.sh --fingerprint SHA256 --root root.pem" } }
        }
    }
}
