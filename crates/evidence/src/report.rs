//! `report.html`: what a judge reads. One file without scripts and without anything that is loaded, for the screen and for
//! A4 paper. All that a page or a server said is a stranger's: it is escaped, set apart from our own words, and what would
//! turn the direction of a line is made visible.

mod proof;
mod style;

use data_encoding::BASE64;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use vidimus_archive::{Parts, StatementRecord};
use vidimus_snapshot::{Digest, ExchangeFacts, Manifest};

use crate::case::Case;

/// What a browser may do with the report: show it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// A longer text is cut in the report; the whole of it is in the bundle.
const LONGEST_TEXT: usize = 400_000;

/// The report of a case.
pub(crate) fn html(case: &Case) -> String {
    let manifest = &case.parts.manifest;
    let statement = statement(&case.parts);
    let title = title(&statement, manifest);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width";
                title { "Record of a web page: " (shown(&title)) }
                style { (PreEscaped(style::CSS)) }
            }
            body {
                (summary(case, &title))
                (what(manifest, &statement))
                (when(manifest))
                (whence(manifest))
                (who(manifest))
                (page_as_text(case, &statement))
                (page_as_picture(case))
                (hashes(case))
                (proof::names(case))
                (proof::custody(case))
                (proof::proved(case))
                (proof::how_to_check(case))
            }
        }
    };
    page.into_string()
}

/// The statement that the manifest names, if it can be read.
fn statement(parts: &Parts) -> Option<StatementRecord> {
    parts.texts.get(1).and_then(|part| StatementRecord::read(&part.block).ok())
}

fn title(statement: &Option<StatementRecord>, manifest: &Manifest) -> String {
    let said = statement.as_ref().and_then(|statement| statement.headline.title.clone());
    said.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| manifest.requested_url.clone())
}

fn summary(case: &Case, title: &str) -> Markup {
    let manifest = &case.parts.manifest;
    html! {
        header {
            p.kind { "Record of a web page" }
            h1 { (foreign(title)) }
            p.address { (foreign(&manifest.requested_url)) }
            dl.summary {
                dt { "Captured" } dd { (time(manifest.captured_at)) " by " (operator(manifest)) }
                dt { "Existed by" } dd { (existed_by(case)) }
                dt { "Name" } dd.hash { (case.id.nih()) }
                dt { "SHA-256" } dd.hash { (case.id.hex()) }
            }
        }
        @if manifest.imported.is_some() {
            p.warning {
                strong { "This archive did not witness the capture." }
                " Somebody else made it, and it was taken in as a file. Everything below about times, addresses and servers is \
                 what that file says. Proved is only that the archive has held it, unchanged, since it was logged."
            }
        }
    }
}

/// The earliest time that an authority states.
fn existed_by(case: &Case) -> Markup {
    match (case.stamps.iter().min_by_key(|stamp| stamp.time), &case.logged) {
        (Some(stamp), _) => html! {
            (time(stamp.time)) ", as the timestamp authority " (foreign(&stamp.signer)) " states"
        },
        (None, Some(logged)) if logged.signed.is_some() => html! {
            "not proved yet: it is in a signed log, but no answer of a timestamp authority was verified so far"
        },
        (None, Some(_)) => html! { "not proved yet: it is in the archive's log, which is not signed" },
        (None, None) => html! { "not proved: it is not in the archive's log" },
    }
}

fn operator(manifest: &Manifest) -> Markup {
    match &manifest.client.operator {
        Some(operator) => foreign(operator),
        None => html! { "an operator who is not named" },
    }
}

fn what(manifest: &Manifest, statement: &Option<StatementRecord>) -> Markup {
    let http = &manifest.http;
    html! {
        section {
            h2 { "What was captured" }
            table.facts {
                tr { th { "Address asked for" } td { (foreign(&manifest.requested_url)) } }
                @for hop in &manifest.redirects {
                    tr { th { "Redirected" } td { (foreign(&hop.url)) " (status " (hop.status) ") to " (foreign(&hop.location)) } }
                }
                tr { th { "Address that answered" } td { (foreign(&manifest.final_url)) } }
                tr { th { "Answer" } td {
                    @if http.status > 0 { "HTTP status " (http.status) } @else { "no HTTP" }
                    ", " (http.payload_bytes) " bytes"
                    @if let Some(kind) = &http.content_type { ", " (foreign(kind)) }
                } }
                tr { th { "What became of it" } td { (manifest.outcome.kind) " " (foreign(&manifest.outcome.message)) } }
                @if let Some(statement) = statement {
                    @let said = &statement.headline;
                    @if !said.authors.is_empty() { tr { th { "Authors, as the page says" } td { (foreign(&said.authors.join("; "))) } } }
                    @if let Some(name) = &said.organisation { tr { th { "Organisation, as found" } td { (foreign(name)) } } }
                    @if let Some(date) = &said.published {
                        tr { th { "Published, as the page says" } td {
                            (foreign(date))
                            @if let Some(origin) = &said.published_origin { " (found in: " (foreign(origin)) ")" }
                        } }
                    }
                    @if let Some(language) = &said.language { tr { th { "Language" } td { (foreign(language)) } } }
                }
                @if manifest.original_manifest.is_some() {
                    tr { th { "Repeats" } td {
                        "The content is byte for byte that of an earlier capture, which holds it, and whose records are in this \
                         bundle too. This capture records that it came again."
                    } }
                }
            }
        }
    }
}

fn when(manifest: &Manifest) -> Markup {
    let clock = match manifest.clock.source.as_str() {
        "system" => html! { "the clock of the capturing machine" },
        "imported-file" => html! { "as the imported file states" },
        other => foreign(other),
    };
    html! {
        section {
            h2 { "When" }
            table.facts {
                tr { th { "First request began" } td { (time(manifest.captured_at)) } }
                tr { th { "Last byte arrived" } td { (time(manifest.finished_at)) } }
                tr { th { "By" } td { (clock) (offset(manifest)) } }
                @if let Some(date) = &manifest.http.date { tr { th { "The server's own clock said" } td { (foreign(date)) } } }
                @if let Some(date) = &manifest.http.last_modified { tr { th { "Last changed, as the server said" } td { (foreign(date)) } } }
            }
            p.small { "All times are UTC." }
        }
    }
}

/// How far the clock was off, where that is known.
fn offset(manifest: &Manifest) -> Markup {
    let clock = &manifest.clock;
    html! {
        @match (clock.offset_ms, clock.checked_at) {
            (Some(offset), Some(at)) => {
                "; when it was last compared, " (time(at)) ", the clock of the timestamp authority "
                (foreign(clock.checked_against.as_deref().unwrap_or("(not named)"))) " was "
                (offset.unsigned_abs()) " milliseconds " (if offset < 0 { "behind" } else { "ahead of" }) " it"
            }
            _ => "; how far it was off had not been measured, and is bounded by the times under “Chain of custody”"
        }
    }
}

fn whence(manifest: &Manifest) -> Markup {
    html! {
        section {
            h2 { "From where" }
            @if manifest.exchanges.is_empty() { p { "Nothing is known of the connection beyond the records." } }
            @for (number, exchange) in (1..).zip(&manifest.exchanges) { (connection(number, exchange)) }
        }
    }
}

fn connection(number: usize, exchange: &ExchangeFacts) -> Markup {
    html! {
        table.facts {
            tr { th { "Exchange " (number) } td { (foreign(&exchange.url)) } }
            tr { th { "Server" } td {
                @match (&exchange.remote_ip, exchange.remote_port) {
                    (Some(ip), Some(port)) => { (foreign(ip)) ", port " (port) }
                    (Some(ip), None) => (foreign(ip)),
                    _ => "no connection",
                }
            } }
            @if !exchange.dns.is_empty() { tr { th { "The name resolved to" } td { (foreign(&exchange.dns.join(", "))) } } }
            tr { th { "Encryption" } td {
                @match &exchange.tls {
                    Some(tls) => { (foreign(&tls.version)) ", " (foreign(&tls.cipher)) }
                    None => "none",
                }
            } }
            @for digest in exchange.certificates() { tr { th { "Certificate, SHA-256" } td.hash { (digest.hex()) } } }
        }
    }
}

fn who(manifest: &Manifest) -> Markup {
    let client = &manifest.client;
    html! {
        section {
            h2 { "By whom, and with what" }
            table.facts {
                tr { th { "Operator" } td { (operator(manifest)) } }
                tr { th { "Software" } td {
                    (foreign(&client.software)) " " (foreign(&client.version))
                    @if let Some(commit) = &client.git { " (commit " (foreign(commit)) ")" }
                } }
                tr { th { "Presented itself as" } td { (foreign(&client.user_agent)) } }
                @if let Some(digest) = client.config_sha256 { tr { th { "Configuration, SHA-256" } td.hash { (digest.hex()) } } }
                @if let Some(imported) = &manifest.imported {
                    tr { th { "Imported" } td { (time(imported.imported_at)) } }
                    tr { th { "From the file" } td { (foreign(&imported.original.name)) ", " (imported.original.bytes) " bytes" } }
                    tr { th { "SHA-256 of that file" } td.hash { (imported.original.sha256.hex()) } }
                    @for (label, value) in &imported.captured_by { tr { th { "It says: " (foreign(label)) } td { (foreign(value)) } } }
                }
            }
        }
    }
}

fn page_as_text(case: &Case, statement: &Option<StatementRecord>) -> Markup {
    let text = case.parts.texts.first().map(|part| String::from_utf8_lossy(&part.block).into_owned());
    let language =
        statement.as_ref().and_then(|s| s.headline.language.clone()).unwrap_or_else(|| "und".into());
    html! {
        section.page {
            h2 { "The page as text" }
            @match text {
                None => p { "No text was taken out of this answer." },
                Some(text) => {
                    p.small {
                        "Taken out of the page by " (case.parts.manifest.text.as_ref().map_or("", |text| &text.extractor))
                        ". Menus and the like are left out; the page itself is in the records. The words between the lines are \
                         those of the page, not of this report."
                    }
                    blockquote lang=(language) dir="auto" { (paragraphs(&text)) }
                }
            }
        }
    }
}

fn paragraphs(text: &str) -> Markup {
    let cut: String = text.chars().take(LONGEST_TEXT).collect();
    html! {
        @for line in cut.lines().filter(|line| !line.trim().is_empty()) { p dir="auto" { (shown(line)) } }
        @if cut.len() < text.len() { p.small dir="ltr" lang="en" { "The rest is in data/text/text.txt." } }
    }
}

fn page_as_picture(case: &Case) -> Markup {
    html! {
        section {
            h2 { "The page as a picture" }
            @match &case.picture {
                None => p { "No picture was taken." },
                Some(picture) => img alt="The page as it was shown"
                    src=(format!("data:{};base64,{}", picture.media_type, BASE64.encode(&picture.bytes)));,
            }
        }
    }
}

fn hashes(case: &Case) -> Markup {
    let manifest = &case.parts.manifest;
    let row = |what: &str, digest: Option<Digest>| {
        html! {
            @if let Some(digest) = digest { tr { th { (what) } td.hash { (digest.hex()) } } }
        }
    };
    html! {
        section {
            h2 { "Hashes (SHA-256)" }
            table.facts {
                (row("Manifest, the capture’s name", Some(case.id.digest())))
                (row("Content as stored", case.parts.capture.payload_sha256))
                (row("Answer as it came over the wire", manifest.wire_sha256))
                (row("Text", manifest.text.as_ref().map(|text| text.sha256)))
                (row("Text with its structure", manifest.text.as_ref().map(|text| text.statement_sha256)))
            }
            table.list {
                tr { th { "File in data/records" } th { "What" } th { "SHA-256 of the whole record, header included" } }
                @for (number, record) in (1..).zip(&manifest.records) {
                    tr { td { (format!("{number:02}")) } td.word { (foreign(&record.record_type)) } td.hash { (record.record_sha256.hex()) } }
                }
            }
        }
    }
}

/// A time, in UTC.
fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.strftime("%-d %B %Y, %H:%M:%S UTC")) } }
}

/// A stranger's words among ours.
fn foreign(text: &str) -> Markup {
    html! { bdi { (shown(text)) } }
}

/// A stranger's words with all control characters made visible that would turn the direction of what is around them, or
/// are no writing.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let is_odd = c.is_control() && !matches!(c, '\n' | '\t') || ('\u{e0000}'..='\u{e007f}').contains(&c);
        if turns || is_odd {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_says_cannot_leave_its_place() {
        let markup = foreign("</bdi><script>alert(1)</script>\u{202e}gpj.exe\u{2067}\u{7}").into_string();
        assert_eq!(
            markup,
            "<bdi>&lt;/bdi&gt;&lt;script&gt;alert(1)&lt;/script&gt;[U+202E]gpj.exe[U+2067][U+0007]</bdi>"
        );
    }

    #[test]
    fn writing_of_every_script_is_left_alone() {
        for text in ["ខ្សាច់\u{200b}ទន្លេ", "بيان\u{200f}", "क्\u{200d}ष", "a\tb\nc", "é"]
        {
            assert_eq!(shown(text), text);
        }
    }
}
