//! Builds a small index in several languages, to try `vidimus-query` on:
//!
//! ```text
//! cargo run -p vidimus-index --example small_index -- FOLDER
//! cargo run -p vidimus-query -- --archive FOLDER 'journalist*'
//! ```

use std::error::Error;
use std::path::PathBuf;

use jiff::civil::Date;
use vidimus_index::{Document, IndexWriter};

/// Source, organisation, title, language, published, text.
type Row = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>, &'static str);

const ROWS: &[Row] = &[
    (
        "harbour",
        "Harbour Workers’ Union",
        "Joint statement on the arrest of five union organisers",
        "en",
        Some("2024-06-26"),
        "We, the undersigned organisations, condemn the arrest of five organisers of the Harbour Workers’ Union \
         on 24 June.\nThe right to strike is protected by law. The organisers were taken from their homes at dawn, \
         and for two days their families were not told where they were held.\nWe call on the authorities to release \
         them at once, to drop all charges, and to begin talks with the union about safety in the container yard, \
         where three people have died this year.\nThe five organisers had announced a strike for 1 July.",
    ),
    (
        "plume",
        "La Plume libre",
        "Trois syndicats dénoncent l’arrestation d’une journaliste",
        "fr",
        Some("2024-06-27"),
        "Trois syndicats dénoncent l’arrestation d’une journaliste qui enquêtait sur la sécurité au port.\nIls \
         demandent sa libération immédiate et le respect de la liberté de la presse.",
    ),
    (
        "rivervoice",
        "River Voice",
        "សេចក្តីថ្លែងការណ៍រួម",
        "km",
        Some("2024-06-28"),
        "យើងខ្ញុំជាអង្គការសង្គមស៊ីវិលសូមអំពាវនាវឱ្យរដ្ឋាភិបាលគោរពសិទ្ធិមនុស្សនិងដោះលែងមេដឹកនាំសហជីពដែលត្រូវបានចាប់ខ្លួន។\n\
         សិទ្ធិធ្វើកូដកម្មត្រូវបានការពារដោយច្បាប់។",
    ),
    (
        "eastdesk",
        "East Desk",
        "要求释放被拘留的记者",
        "zh",
        None,
        "我们呼吁政府立即释放被拘留的记者，并保障言论自由和集会自由。港口工人宣布罢工。",
    ),
    (
        "tradewire",
        "Trade Wire",
        "Port strike called off after talks",
        "en",
        Some("2024-07-02"),
        "A strike at the container port was called off late on Monday after nine hours of talks. The union said the \
         operator had agreed to an independent safety review worth US$1,200,000. A journalist arrested last week was \
         released on Sunday.",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let archive: PathBuf =
        std::env::args_os().nth(1).ok_or("give the folder in which to make the index")?.into();
    let mut writer = IndexWriter::recreate(&archive.join("index"))?;
    for (number, row) in (1u64..).zip(ROWS) {
        writer.add(&document(number, row)?)?;
    }
    writer.close()?;
    Ok(())
}

fn document(number: u64, row: &Row) -> Result<Document, Box<dyn Error>> {
    let (source, organisation, title, lang, published, text) = row;
    let host = format!("www.{source}.example");
    Ok(Document {
        id: format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4),
        url: format!("https://{host}/statements/{number}"),
        host,
        source: (*source).into(),
        organisation: Some((*organisation).into()),
        title: (*title).into(),
        authors: Vec::new(),
        lang: Some((*lang).into()),
        kind: None,
        partial: false,
        witnessed: true,
        published: published.map(str::parse::<Date>).transpose()?,
        captured_at: "2024-07-03T06:00:00Z".parse()?,
        signatories: Vec::new(),
        states: Vec::new(),
        text: (*text).into(),
    })
}
