//! Les Sondeurs de la Vernoise: a French local association on a venerable publishing system.
//!
//! Has addresses that differ only in their query, one page in windows-1252 that says `iso-8859-1` in a `<meta>`
//! element only, and one in UTF-8 whose header says otherwise.

use super::Host;
use crate::page::{Expect, Form, Kind, Page};

const NAME: &str = "sondeurs.localhost";
const LAYOUT: &str = include_str!("../../pages/sondeurs/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Les Sondeurs de la Vernoise", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    Page::html(NAME, path, kind, title, text).layout(LAYOUT)
}

const fn expect(
    title: &'static str,
    author: &'static str,
    published: &'static str,
    must: &'static [&'static str],
) -> Expect {
    Expect {
        title,
        author: Some(author),
        published: Some(published),
        language: "fr",
        must,
        must_not: &[
            "En poursuivant votre visite",
            "Adhérer",
            "Dans la même rubrique",
            "La lettre des berges",
            "Mentions légales",
            "Site réalisé avec",
        ],
        signatories: None,
    }
}

const RELEASE: Expect = expect(
    "Nous exigeons la libération des deux enquêteurs de Chroy Thmei",
    "Collectif des Sondeurs",
    "2025-03-21",
    &[
        "Depuis lundi, deux personnes dorment en cellule pour avoir mesuré la profondeur d’un fleuve.",
        "ont procédé à l’arrestation de Duong Pichey et de Sok Remony, enquêteurs du Réseau",
        "Au cœur de cette affaire, il y a le droit de chacun",
        "Apportez une ficelle et un plomb.",
    ],
);

const GRAVEL: Expect = expect(
    "Le gravier de la Vernoise n’est pas à vendre",
    "Odile Marchessaux",
    "2025-02-05",
    &[
        "La préfecture vient d’ouvrir l’enquête publique sur le projet de gravière de Saint-Elme-des-Îles.",
        "avant de creuser là où il ne gêne personne.",
    ],
);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/sondeurs/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Listing, "Accueil", text!("home.html")),
    page("/spip.php?article41", Kind::Statement, RELEASE.title, text!("art41.html"))
        .encoded(Form::Windows1252, "text/html")
        .expect(RELEASE),
    page("/spip.php?article44", Kind::Statement, GRAVEL.title, text!("art44.html"))
        .encoded(Form::Utf8, "text/html; charset=ISO-8859-1")
        .expect(GRAVEL),
    Page::file(NAME, "/spip.php?page=backend", Kind::Feed, "text/xml; charset=utf-8", text!("backend.xml")),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain; charset=utf-8", text!("robots.txt")),
];
