//! One writer, many readers: while a crawl runs, whoever reads is never kept out, never fails, and never sees half of a
//! capture; whoever would write is told who does.

use std::sync::atomic::Ordering;

use vidimus_tests::wait_until;

use crate::backups::{gated_server, home_for};
use crate::common::text;

/// How many pages each round of readers lets through.
const STEP: usize = 2;

#[test]
fn readers_go_on_beside_a_crawl_and_see_whole_captures_only() {
    let (server, allowed) = gated_server();
    allowed.store(1, Ordering::SeqCst);
    let home = home_for(&server);
    let mut running = home.start(&["crawl"]);
    wait_until("there is a catalog and an index", || {
        home.vidimus(&["list", "--all"]).code == Some(0) && home.query(&["weaver"]).code != Some(2)
    });
    let (mut rounds, mut most) = (0, 0);
    while running.is_running() {
        let lines = home.vidimus(&["list", "--all", "--json", "-n", "0"]).ok().json();
        let held: Vec<_> = lines.iter().filter(|line| text(line, "role") == "page").collect();
        assert!(held.len() >= most, "what was held is held no more");
        most = held.len();
        for line in held.iter().rev().take(2) {
            let shown = home.vidimus(&["show", text(line, "id"), "--text"]).ok().text();
            assert!(shown.contains("as far as the mice have left it"), "{shown}");
            let _ = home.vidimus(&["show", text(line, "id"), "--wire"]).ok();
        }
        let verified = home.vidimus(&["verify"]);
        assert_eq!(verified.code, Some(0), "{}", verified.story());
        let status = home.vidimus(&["status", "--json"]);
        assert!(matches!(status.code, Some(0 | 1)), "{}", status.story());
        let query = home.query(&["--json", "weaver"]);
        assert!(matches!(query.code, Some(0 | 1)), "{}", query.story());
        if rounds % 4 == 0 && running.is_running() {
            let second = home.vidimus(&["crawl"]);
            assert!(second.code == Some(75) || !running.is_running(), "{}", second.story());
        }
        allowed.fetch_add(STEP, Ordering::SeqCst);
        rounds += 1;
    }
    assert!(rounds > 5, "the crawl was over before anybody could read");
    let _ = home.vidimus(&["verify"]).ok();
}
