//! Речной дозор ("River Watch"): a Russian residents' group on a site made by hand.
//!
//! Its pages are in windows-1251, and only the HTTP header says so.

use super::Host;
use crate::page::{Expect, Form, Kind, Page};

const NAME: &str = "rechnoydozor.localhost";
const LAYOUT: &str = include_str!("../../pages/rechnoydozor/_layout.html");

pub(super) const HOST: Host =
    Host { name: NAME, organisation: "Речной дозор", layout: LAYOUT, pages: PAGES };

const fn page(path: &'static str, kind: Kind, title: &'static str, text: &'static str) -> Page {
    let page = Page::html(NAME, path, kind, title, text).layout(LAYOUT);
    page.encoded(Form::Windows1251, "text/html; charset=windows-1251")
}

const STATEMENT: Expect = Expect {
    title: "Заявление в поддержку речных измерителей",
    author: None,
    published: Some("2025-03-24"),
    language: "ru",
    must: &[
        "узнали о задержании двух сотрудников «Сети домов на сваях».",
        "ещё через год – две крайние усадьбы на Заречной улице.",
        "приходите в библиотеку по вторникам после шести.",
    ],
    must_not: &["Независимое объединение", "Опрос", "Голосовать", "Версия для печати", "При перепечатке"],
    signatories: None,
};

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../pages/rechnoydozor/", $file))
    };
}

const PAGES: &[Page] = &[
    page("/", Kind::Listing, "Новости", text!("news.html")),
    page("/news/", Kind::Listing, "Новости", text!("news.html")),
    page("/news/2025/03/zayavlenie.html", Kind::Statement, STATEMENT.title, text!("statement.html"))
        .expect(STATEMENT),
    Page::file(NAME, "/robots.txt", Kind::Robots, "text/plain", text!("robots.txt")),
];
