//! What a document of a stranger may cost in memory. One test alone in its process: what is measured is the process.
#![allow(clippy::unwrap_used, reason = "a test that cannot measure has failed")]

use std::fmt::Write as _;

use url::Url;
use vidimus_fetch::discover::read_feed;

/// The most memory that this process ever held, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}

#[test]
fn a_hostile_json_feed_costs_little_more_than_its_bytes() {
    let base = Url::parse("https://ngo.example/feed.json").unwrap();
    let zeros = "0,".repeat(8 << 20);
    let mut keys = String::new();
    for number in 0..1 << 20 {
        write!(keys, "\"{number}\":[[]],").unwrap();
    }
    for hostile in [
        format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{zeros}0]}}"),
        format!("{{\"items\":[{{\"url\":[{zeros}0]}}]}}"),
        format!("{{\"title\":{{{keys}\"items\":[]}},\"items\":[{{{keys}\"url\":\"/a\"}}]}}"),
        format!("[{zeros}0]"),
    ] {
        let before = peak();
        let _ = read_feed(hostile.as_bytes(), &base);
        let more = peak().saturating_sub(before);
        let (bytes, start) = (hostile.len(), hostile.get(..40).unwrap());
        assert!(
            more < 2 * bytes,
            "{more} bytes of memory for {bytes} bytes of JSON that begins with {start}"
        );
    }
}
