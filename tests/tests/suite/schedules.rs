//! Schedules: `crawl --due` obeys them, `daemon` keeps them.

use vidimus_tests::{Home, Server, config_for, html, wait_until};

/// Two sources: one that is due once a year, one that is only visited by hand.
fn home_for(server: &Server) -> Home {
    let sources = format!(
        "[[source]]\nname = \"yearly\"\nschedule = \"0 0 1 1 *\"\ntimezone = \"Asia/Phnom_Penh\"\npages = [\"{}\"]\n\n\
         [[source]]\nname = \"by-hand\"\npages = [\"{}\"]\n",
        server.url("/yearly"),
        server.url("/by-hand")
    );
    Home::configured(&config_for(server.port()), &sources)
}

fn server() -> Server {
    let page = html("<title>Timely</title><p>This page is read when its time has come, and not before.</p>");
    Server::of_table(vec![("/yearly", page.clone()), ("/by-hand", page)])
}

#[test]
fn a_new_source_is_due_and_then_not_before_its_time() {
    let server = server();
    let home = home_for(&server);
    let _ = home.vidimus(&["crawl", "--due"]).ok();
    assert_eq!((server.count("/yearly"), server.count("/by-hand")), (1, 0));

    let ran = home.vidimus(&["crawl", "--due", "--summary"]).ok();
    assert_eq!(server.count("/yearly"), 1, "{}", ran.story());
    let quiet = home.vidimus(&["crawl", "--due"]).ok();
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "cron is sent no mail: {}", quiet.story());

    // By hand, everything is visited.
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!((server.count("/yearly"), server.count("/by-hand")), (2, 1));
}

#[test]
fn status_tells_when_each_source_is_due() {
    let server = server();
    let home = home_for(&server);
    let _ = home.vidimus(&["crawl", "yearly"]).ok();
    let status = home.vidimus(&["status", "--json"]).ok().json().pop().unwrap();
    let sources = status["sources"].as_array().unwrap();
    let yearly = sources.iter().find(|source| source["source"] == "yearly").unwrap();
    // New Year in Phnom Penh, and two minutes at most of jitter.
    let next = yearly["next"].as_str().unwrap();
    assert!(next.contains("-12-31T17:0"), "{yearly}");
    assert!(yearly["last_ok"].is_string(), "{yearly}");
    let by_hand = sources.iter().find(|source| source["source"] == "by-hand").unwrap();
    assert!(by_hand["next"].is_null(), "{by_hand}");
    let told = home.vidimus(&["status"]).ok().text();
    assert!(told.contains("yearly") && told.contains("by-hand"), "{told}");
}

#[test]
fn the_daemon_visits_what_is_due_and_ends_when_asked() {
    let server = server();
    let home = home_for(&server);
    let mut daemon = home.start(&["daemon"]);
    wait_until("the daemon visits what is due", || server.count("/yearly") == 1);
    daemon.signal("TERM");
    wait_until("the daemon ends", || !daemon.is_running());
    assert_eq!(server.count("/by-hand"), 0);
    assert!(home.archive_files(".open").is_empty(), "its files are sealed");
    assert_eq!(home.everything().iter().filter(|line| line["role"] == "page").count(), 1);
}

#[test]
fn the_daemon_reads_its_configuration_again_when_asked() {
    let server = server();
    let home = home_for(&server);
    let sources = std::fs::read_to_string(home.path("config/sources.toml")).unwrap();
    let mut daemon = home.start(&["daemon"]);
    wait_until("the daemon visits what is due", || server.count("/yearly") == 1);

    // A mistake does not end it: the configuration as it was stays in force.
    home.write("config/sources.toml", "[[source]]\nname = \"Not A Name\"\n");
    daemon.signal("HUP");
    let scheduled = sources.replace("name = \"by-hand\"", "name = \"by-hand\"\nschedule = \"0 0 1 1 *\"");
    home.write("config/sources.toml", &scheduled);
    daemon.signal("HUP");
    wait_until("the daemon visits what is newly scheduled", || server.count("/by-hand") == 1);
    assert!(daemon.is_running());
    assert_eq!(server.count("/yearly"), 1, "what was visited is not due again");
    daemon.signal("TERM");
    wait_until("the daemon ends", || !daemon.is_running());
}
