//! A difference as a page: one file without scripts and without anything that is loaded, for the screen and for paper.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use vidimus_evidence::shown;

use super::comparison::{Field, Signatories, captured};
use super::excerpt::{Kind, Piece, pieces, reminder};
use super::{Comparison, Side};

/// What a browser may do with the page: show it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// How the page looks. What is removed is struck through and what is added underlined, on paper without colours too.
const CSS: &str = "\
@page{size:A4;margin:20mm 18mm}\
body{max-width:46em;margin:2.5em auto;padding:0 1.2em;font:16px/1.6 Georgia,'Times New Roman',serif;color:#111;background:#fff}\
h1{font-size:1.5em;line-height:1.25;overflow-wrap:anywhere}h2{font-size:1.1em;border-bottom:1px solid #999;margin:1.6em 0 .5em}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.2em .7em .2em 0;border-bottom:1px solid #ddd;overflow-wrap:anywhere}\
th{font-weight:normal;color:#555;white-space:nowrap}\
.hash{font:.74em/1.5 'DejaVu Sans Mono',Consolas,monospace;word-break:break-all}\
.text{white-space:pre-wrap;overflow-wrap:anywhere}\
del{background:#fdd;color:#700;text-decoration:line-through}\
ins{background:#dfd;color:#050;text-decoration:underline}\
.typography{background:#fff3c4;color:#553c00}\
.moved{background:#def;color:#036}ins.moved{text-decoration:none;border-bottom:1px dashed #036}\
.moved ins,.moved del{outline:1px solid #fff}\
.fold{display:block;color:#666;font-style:italic;margin:.4em 0}\
.legend,.note{font-size:.9em;color:#444}.note{border-left:3px solid #b80;padding-left:.7em}\
sup{font-size:.7em}\
@media print{body{margin:0;padding:0;max-width:none;font-size:10.5pt}del,ins,.typography,.moved{background:none;-webkit-print-color-adjust:exact}}";

/// The comparison as a page.
pub fn page(comparison: &Comparison, context: Option<usize>) -> String {
    let title = comparison.new.statement.title.as_deref().unwrap_or(&comparison.new.capture.url);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width";
                title { "Two captures compared: " (shown(title)) }
                style { (PreEscaped(CSS)) }
            }
            body {
                h1 { "Two captures compared: " bdi { (shown(title)) } }
                (captures(comparison))
                @for note in &comparison.notes { p.note { (shown(note)) } }
                p { strong { (comparison.verdict()) } "." }
                (facts(&comparison.fields))
                @if let Some(list) = &comparison.signatories { (signatories(list)) }
                @if !comparison.text.summary.is_same() {
                    h2 { "Text" }
                    p.legend {
                        del { "only in A" } " " ins { "only in B" } " "
                        span.typography { "typography alone" } " " span.moved { "moved" }
                    }
                    div.text dir="auto" lang=[comparison.new.statement.language.as_deref()] {
                        @for piece in pieces(comparison, context) { (shown_piece(&piece)) }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn captures(comparison: &Comparison) -> Markup {
    let sides = [("A", &comparison.old), ("B", &comparison.new)];
    let ni = |side: &Side| side.capture.snapshot.map_or_else(String::new, |id| id.ni());
    let payload =
        |side: &Side| side.capture.payload_sha256.map_or_else(String::new, |digest| digest.to_string());
    html! {
        table {
            tr { th {} @for (letter, _) in sides { td { strong { (letter) } } } }
            tr { th { "Captured" } @for (_, side) in sides { td { (captured(side)) } } }
            tr { th { "Address" } @for (_, side) in sides { td { bdi { (shown(&side.capture.url)) } } } }
            tr { th { "Name" } @for (_, side) in sides { td.hash { (ni(side)) } } }
            tr { th { "Bytes" } @for (_, side) in sides { td.hash { (payload(side)) } } }
            tr { th { "Text" } @for (_, side) in sides { td.hash { (side.text_sha256()) } } }
            tr { th { "Read by" } @for (_, side) in sides { td { (shown(&side.extractor)) } } }
        }
    }
}

fn facts(fields: &[Field]) -> Markup {
    html! {
        @if !fields.is_empty() {
            table {
                @for field in fields {
                    tr {
                        th { (field.name) }
                        td { @match &field.old { Some(old) => del { bdi { (shown(old)) } }, None => "not given in A" } }
                        td { @match &field.new { Some(new) => ins { bdi { (shown(new)) } }, None => "not given in B" } }
                    }
                }
            }
        }
    }
}

fn signatories(list: &Signatories) -> Markup {
    let name = |names: &[String], at: usize| names.get(at).map_or_else(String::new, |name| shown(name));
    let matched = &list.matched;
    html! {
        h2 { "Signatories" }
        p { (list.old.len()) " in A, " (list.new.len()) " in B" @if list.is_same() { ", the same ones" } "." }
        table {
            @for at in &matched.joined { tr { td { ins { bdi { (name(&list.new, *at)) } } } td { "present in B, absent in A" } } }
            @for at in &matched.left { tr { td { del { bdi { (name(&list.old, *at)) } } } td { "present in A, absent in B" } } }
            @for (old, new) in &matched.renamed {
                tr { td.typography { bdi { (name(&list.old, *old)) } " / " bdi { (name(&list.new, *new)) } } td { "spelt differently" } }
            }
            @for (old, new) in &matched.doubtful {
                tr { td.typography { bdi { (name(&list.old, *old)) } " / " bdi { (name(&list.new, *new)) } } td { "perhaps the same, perhaps not" } }
            }
            @for (letter, claim) in [("A", &list.old_claim), ("B", &list.new_claim)] {
                @if let Some(claim) = claim { tr { td { "The page says of their number in " (letter) } td { (shown(claim)) } } }
            }
        }
    }
}

fn shown_piece(piece: &Piece<'_>) -> Markup {
    match &piece.kind {
        Kind::Same => html! { (shown(piece.new)) },
        Kind::Folded(words) => html! { span.fold { "… " (words) " words unchanged …" } },
        Kind::Typography => html! {
            @if !piece.old.is_empty() { del.typography { (visible(piece.old)) } }
            @if !piece.new.is_empty() { ins.typography { (visible(piece.new)) } }
            (space_behind(piece))
        },
        Kind::Changed => html! {
            @if !piece.old.is_empty() { del { (visible(piece.old)) } }
            @if !piece.new.is_empty() { ins { (visible(piece.new)) } }
            (space_behind(piece))
        },
        Kind::Away(number) => html! {
            del.moved id=(format!("from-{number}")) {
                (shown(&reminder(piece.old))) sup { a href=(format!("#to-{number}")) { "moved " (number) } }
            }
            (space_behind(piece))
        },
        Kind::Here(number, inside) => html! {
            ins.moved id=(format!("to-{number}")) {
                @for piece in inside { (shown_piece(piece)) }
                sup { a href=(format!("#from-{number}")) { "moved " (number) } }
            }
        },
    }
}

/// What only one side has, without the white space at its end; a break between paragraphs is shown as one.
fn visible(text: &str) -> String {
    if text.trim().is_empty() && text.contains('\n') { "¶".to_owned() } else { shown(text.trim_end()) }
}

/// The white space behind a change: the new side's, or the old one's where the new has nothing.
fn space_behind<'a>(piece: &Piece<'a>) -> &'a str {
    let text = if piece.new.is_empty() { piece.old } else { piece.new };
    text.get(text.trim_end().len()..).unwrap_or_default()
}
