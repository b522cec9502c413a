//! Catalog and index are derived: deleted and rebuilt from the WARC files, they give the same answers.

use std::collections::BTreeSet;
use std::net::TcpListener;

use vidimus_demo::{Day, sources_toml};
use vidimus_tests::{Home, Site, config_for, next_second};

use crate::common::text;

const QUERIES: [&[&str]; 6] = [
    &["river"],
    &["\"survey boat\" log"],
    &["ខ្សាច់"],
    &["arrestation enqueteurs"],
    &["river", "--source", "stilthouse", "--since", "2025-03"],
    &["title:sand OR kind:statement"],
];

/// Everything that an archive answers.
#[derive(Debug, PartialEq)]
struct Answers {
    list: BTreeSet<String>,
    parts: Vec<(String, Vec<u8>, Vec<u8>)>,
    hits: Vec<String>,
}

fn answers(home: &Home) -> Answers {
    let everything = home.everything();
    let ids: BTreeSet<&str> =
        everything.iter().map(|line| text(line, "id")).filter(|id| !id.is_empty()).collect();
    let part = |id: &str, part: &str| home.vidimus(&["show", id, part]).stdout;
    let parts = ids.iter().map(|id| ((*id).to_owned(), part(id, "--manifest"), part(id, "--text"))).collect();
    let hits =
        QUERIES.iter().map(|query| home.query(&[&["--json", "-n", "100"], *query].concat()).text()).collect();
    Answers { list: everything.iter().map(ToString::to_string).collect(), parts, hits }
}

/// The demo site on both days, and beside it a source whose server cannot be reached.
fn crawled() -> (Site, Home) {
    let site = Site::start();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let main = config_for(site.port())
        .replace("allow_net = [", &format!("allow_net = [\"127.0.0.1/32:{closed}\", "));
    let dead = format!("[[source]]\nname = \"dead\"\npages = [\"http://127.0.0.1:{closed}/\"]\n");
    let home = Home::configured(&main, &format!("{}\n{dead}", sources_toml(site.port())));
    let _ = home.vidimus(&["crawl"]).expect(1);
    site.set_day(Day::Second);
    let _ = next_second();
    let _ = home.vidimus(&["crawl"]).expect(1);
    (site, home)
}

fn delete_what_is_derived(home: &Home) {
    for file in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = std::fs::remove_file(home.path("archive").join(file));
    }
    std::fs::remove_dir_all(home.path("archive/index")).unwrap();
}

fn assert_same(before: &Answers, after: &Answers) {
    let lost: Vec<_> = before.list.difference(&after.list).collect();
    let new: Vec<_> = after.list.difference(&before.list).collect();
    assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    for (was, is) in before.parts.iter().zip(&after.parts) {
        assert_eq!(was, is);
    }
    for ((was, is), query) in before.hits.iter().zip(&after.hits).zip(QUERIES) {
        assert!(!was.is_empty(), "{query:?} found nothing to begin with");
        assert_eq!(was, is, "{query:?}");
    }
    assert_eq!(before, after);
}

#[test]
fn catalog_and_index_come_back_from_the_warc_files() {
    let (_site, home) = crawled();
    let before = answers(&home);
    for code in ["robots", "connect-refused"] {
        let code_field = format!("\"code\":\"{code}\"");
        let of_code = |line: &&String| line.contains(&code_field) && line.contains("\"role\":\"page\"");
        let twice = before.list.iter().filter(of_code).count();
        assert_eq!(twice, 2, "{code} has no exchange, and must survive all the same");
    }
    delete_what_is_derived(&home);

    // Until then, it is said what to do.
    let list = home.vidimus(&["list"]).expect(66);
    assert!(list.stderr.contains("vidimus rebuild"), "{}", list.story());
    let crawl = home.vidimus(&["crawl"]).expect(66);
    assert!(crawl.stderr.contains("vidimus rebuild"), "{}", crawl.story());
    let _ = home.query(&["river"]).expect(2);

    let _ = home.vidimus(&["rebuild"]).ok();
    assert_same(&before, &answers(&home));
    let _ = home.vidimus(&["verify"]).ok();
}

#[test]
fn rebuilding_over_what_is_there_changes_no_answer_and_no_warc() {
    let (_site, home) = crawled();
    let before = answers(&home);
    let files = contents(&home);
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_same(&before, &answers(&home));
    assert!(files == contents(&home), "a WARC file was changed");
}

fn contents(home: &Home) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    home.archive_files(".warc.gz")
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn a_crawl_after_a_rebuild_goes_on_where_the_archive_stands() {
    let (_site, home) = crawled();
    let before = home.everything().len();
    delete_what_is_derived(&home);
    let _ = home.vidimus(&["rebuild"]).ok();
    let _ = home.vidimus(&["crawl"]).expect(1);
    let after = home.everything();
    let fresh: Vec<_> = after.iter().skip(before).filter(|line| line["role"] == "page").collect();
    assert!(fresh.len() > 20);
    let captured: Vec<_> = fresh.iter().filter(|line| line["outcome"] == "captured").collect();
    assert!(captured.is_empty(), "nothing changed, so nothing is stored anew: {captured:#?}");
}

/// Copies the files of a folder that has no folders in it.
fn copy_files(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn an_index_that_is_not_the_archives_is_told_and_made_anew() {
    let site = Site::start();
    let home = Home::configured(&config_for(site.port()), &sources_toml(site.port()));
    let _ = home.vidimus(&["crawl"]).ok();
    let (index, old) = (home.path("archive/index"), home.path("old-index"));
    copy_files(&index, &old);
    assert_eq!(home.vidimus(&["status", "--json"]).ok().json()[0]["index_missing"], 0);
    site.set_day(Day::Second);
    let _ = next_second();
    let _ = home.vidimus(&["crawl"]).ok();
    let before = home.query(&["--json", "-n", "100", "river"]).text();
    let newer = home.path("newer-index");
    copy_files(&index, &newer);

    // The index of yesterday, as from a backup of it alone.
    std::fs::remove_dir_all(&index).unwrap();
    copy_files(&old, &index);
    let status = home.vidimus(&["status"]).expect(1);
    assert!(
        status.text().contains("not in it") && status.text().contains("rebuild --index"),
        "{}",
        status.story()
    );
    let state = home.vidimus(&["status", "--json"]).expect(1).json();
    assert!(state[0]["index_missing"].as_u64().unwrap() > 0, "{state:?}");

    let _ = home.vidimus(&["rebuild", "--index"]).ok();
    assert_eq!(home.query(&["--json", "-n", "100", "river"]).text(), before);
    assert_eq!(home.vidimus(&["status", "--json"]).ok().json()[0]["index_missing"], 0);

    // An index that has more than the archive: that of another archive, or of a day that the archive went back behind.
    let other = Home::configured(&config_for(site.port()), &sources_toml(site.port()));
    let _ = other.vidimus(&["crawl", "stilthouse"]).ok();
    std::fs::remove_dir_all(other.path("archive/index")).unwrap();
    copy_files(&newer, &other.path("archive/index"));
    let state = other.vidimus(&["status", "--json"]).expect(1).json();
    assert!(state[0]["index_unknown"].as_u64().unwrap() > 0, "{state:?}");
}
