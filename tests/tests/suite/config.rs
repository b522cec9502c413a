//! The configuration: what `init` writes, what is refused, and how it is said.

use vidimus_tests::pki::Pki;
use vidimus_tests::{Home, Server, config_for, html, repository};

/// Sources that are right.
const SOURCE: &str = "[[source]]\nname = \"here\"\npages = [\"http://127.0.0.1/\"]\n";

struct Case {
    what: &'static str,
    main: &'static str,
    sources: &'static str,
    /// The file to blame, and the line in it.
    place: (&'static str, usize),
    /// What the message must say, the fix above all.
    says: &'static [&'static str],
}

const MAIN: &str = "archive = \"../archive\"\nsources = \"sources.toml\"\n";

const fn main_case(
    what: &'static str,
    main: &'static str,
    line: usize,
    says: &'static [&'static str],
) -> Case {
    Case { what, main, sources: SOURCE, place: ("vidimus.toml", line), says }
}

const fn source_case(
    what: &'static str,
    sources: &'static str,
    line: usize,
    says: &'static [&'static str],
) -> Case {
    Case { what, main: MAIN, sources, place: ("sources.toml", line), says }
}

const CASES: &[Case] = &[
    main_case(
        "no source at a time",
        "sources = \"sources.toml\"\n[crawl]\nconcurrency = 0\n",
        3,
        &["write 1 or more"],
    ),
    main_case(
        "files of nothing",
        "sources = \"sources.toml\"\n[crawl]\nmax_file_bytes = 0\n",
        3,
        &["write 1 or more"],
    ),
    main_case(
        "the longest rest is the shorter one",
        "sources = \"sources.toml\"\n[crawl]\nrevisit_at_most = \"1h\"\n",
        3,
        &["revisit_at_most", "as long or longer"],
    ),
    main_case(
        "duration of a limit",
        "sources = \"sources.toml\"\n[limits]\ntotal = \"3 months\"\n",
        3,
        &["'3 months' is no length of time", "\"30s\", \"5m\", \"24h\", \"7d\""],
    ),
    main_case(
        "a program that is not there",
        "sources = \"sources.toml\"\n[notify]\ncommand = [\"/no/such/program\"]\n",
        3,
        &["/no/such/program", "cannot be run"],
    ),
    main_case(
        "a program that cannot be run",
        "sources = \"sources.toml\"\n[notify]\ncommand = [\"/etc/passwd\"]\n",
        3,
        &["/etc/passwd", "chmod +x"],
    ),
    source_case(
        "a day that never comes",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nschedule = \"0 3 31 2 *\"\n",
        4,
        &["never fires"],
    ),
    source_case(
        "no page at all",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nmax_pages = 0\n",
        4,
        &["write 1 or more"],
    ),
    source_case(
        "no byte at all",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nmax_bytes = 0\n",
        4,
        &["write 1 or more"],
    ),
    source_case(
        "no page of a feed",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nfeed_pages = 0\n",
        4,
        &["write 1 or more"],
    ),
    source_case(
        "expected within no time",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\n[source.expect]\nnew_items = 1\nper = \"0s\"\n",
        6,
        &["longer than nothing"],
    ),
    main_case("unknown key", "sources = \"sources.toml\"\ncontcat = \"me\"\n", 2, &["contcat", "contact"]),
    main_case(
        "unknown table",
        "sources = \"sources.toml\"\n\n[crawler]\nmin_gap = \"1s\"\n",
        3,
        &["crawler", "crawl"],
    ),
    main_case("syntax", "sources = \"sources.toml\"\narchive = ../archive\n", 2, &["archive"]),
    main_case("type", "sources = \"sources.toml\"\n[crawl]\nconcurrency = \"four\"\n", 3, &["four"]),
    main_case("duration", "sources = \"sources.toml\"\n[crawl]\nmin_gap = \"2 parsecs\"\n", 3, &["parsecs"]),
    main_case(
        "less than nothing",
        "sources = \"sources.toml\"\n[crawl]\nrevisit_after = \"-1h\"\n",
        3,
        &["-1h", "less than nothing"],
    ),
    main_case(
        "door",
        "sources = \"sources.toml\"\n\nallow_net = [\"127.0.0.1\"]\n",
        3,
        &["127.0.0.1", "port"],
    ),
    main_case("roots", "sources = \"sources.toml\"\n[tls]\nextra_roots = [\"none.pem\"]\n", 3, &["none.pem"]),
    main_case("contact", "contact = \"caf\u{e9}\"\nsources = \"sources.toml\"\n", 1, &["ASCII"]),
    source_case(
        "six fields",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nschedule = \"0 15 */4 * * *\"\n",
        4,
        &["five", "schedule"],
    ),
    source_case(
        "four fields",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nschedule = \"15 4 * *\"\n",
        4,
        &["five"],
    ),
    source_case(
        "minute 61",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nschedule = \"61 * * * *\"\n",
        4,
        &["'61' is no minute: use 0 to 59"],
    ),
    source_case(
        "time zone",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\n\ntimezone = \"Phnom Penh\"\n",
        5,
        &["Phnom Penh", "Asia/Phnom_Penh"],
    ),
    source_case(
        "no URL",
        "[[source]]\nname = \"a\"\npages = [\"ngo.example/a\"]\n",
        3,
        &["ngo.example/a", "https://"],
    ),
    source_case(
        "no web URL",
        "[[source]]\nname = \"a\"\nfeeds = [\"ftp://ngo.example/a\"]\n",
        3,
        &["ftp://", "http"],
    ),
    source_case(
        "selector",
        "[[source]]\nname = \"a\"\nlistings = [{ url = \"http://127.0.0.1/\", links = \"main h2 >\" }]\n",
        3,
        &["main h2 >"],
    ),
    source_case(
        "pattern",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\ninclude = [\"^/(a\"]\n",
        4,
        &["^/(a"],
    ),
    source_case(
        "name",
        "[[source]]\nname = \"The NGO\"\npages = [\"http://127.0.0.1/\"]\n",
        2,
        &["The NGO", "lower-case"],
    ),
    source_case(
        "same name",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\n\n[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\n",
        6,
        &["two sources"],
    ),
    source_case("nothing to visit", "[[source]]\nname = \"a\"\n", 2, &["pages, feeds, sitemaps, listings"]),
    source_case(
        "unknown key of a source",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\nshedule = \"0 * * * *\"\n",
        4,
        &["shedule", "schedule"],
    ),
    source_case(
        "second source",
        "[[source]]\nname = \"a\"\npages = [\"http://127.0.0.1/\"]\n\n[[source]]\nname = \"b\"\npages = [\"http://127.0.0.1/\"]\nschedule = \"x\"\n",
        8,
        &["five"],
    ),
];

#[test]
fn a_wrong_configuration_names_file_line_and_fix() {
    let mut faults = Vec::new();
    for case in CASES {
        let home = Home::configured(case.main, case.sources);
        let ran = home.vidimus(&["crawl"]);
        let (file, line) = case.place;
        let place = format!("line {line}");
        let names_place = ran.stderr.contains(file) && ran.stderr.contains(&place);
        let says_all = case.says.iter().all(|part| ran.stderr.contains(part));
        if ran.code != Some(78) || !names_place || !says_all {
            faults.push(format!(
                "{}: wanted 78, {file}, {place}, {:?}; got {:?}: {}",
                case.what, case.says, ran.code, ran.stderr
            ));
        }
        assert!(
            !home.path("archive/warc").exists(),
            "{}: nothing is begun with a wrong configuration",
            case.what
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn limits_under_which_nothing_could_be_fetched_are_refused() {
    let times = ["connect", "tls", "first_byte", "idle", "total"];
    let numbers = ["wire_bytes", "decoded_bytes", "decoded_ratio", "header_bytes", "header_count"];
    let mut wrong: Vec<(&str, String)> = Vec::new();
    wrong.extend(times.iter().flat_map(|key| [(*key, "\"0s\"".to_owned()), (*key, "\"-5s\"".to_owned())]));
    wrong.extend(numbers.iter().map(|key| (*key, "0".to_owned())));
    wrong.extend(
        [("wire_bytes", 1_u64 << 40), ("header_bytes", 1 << 30), ("header_count", 1 << 20)]
            .map(|(key, much)| (key, much.to_string())),
    );
    for (key, value) in wrong {
        let home = Home::configured(&format!("{MAIN}\n[limits]\n{key} = {value}\n"), SOURCE);
        let ran = home.vidimus(&["crawl"]).expect(78);
        assert!(ran.stderr.contains(&format!("line 5: {key}: ")), "{}", ran.story());
    }
    let none = Home::configured(&format!("{MAIN}\n[limits]\nredirects = 0\n"), SOURCE);
    let ran = none.vidimus(&["crawl", "no-such-source"]).expect(64);
    assert!(ran.stderr.contains("here"), "no redirect at all is a choice: {}", ran.story());
}

#[test]
fn a_run_makes_no_archive_where_there_is_none() {
    let notice = "The harbour office gives notice that the eastern basin is closed for dredging. ".repeat(6);
    let page =
        format!("<!doctype html><html lang=en><title>Notice</title><main><p>{notice}</p></main></html>");
    let server = Server::of_table(vec![("/", html(&page))]);
    let sources =
        format!("[[source]]\nname = \"here\"\nschedule = \"@daily\"\npages = [\"{}\"]\n", server.url("/"));
    let home = Home::configured(&config_for(server.port()), &sources);
    let _ = home.vidimus(&["crawl", "-q"]).ok();
    let asked = server.requests().len();
    std::fs::rename(home.path("archive"), home.path("away")).unwrap();
    for command in [&["crawl", "-q"][..], &["crawl", "--due", "-q"], &["daemon"]] {
        let ran = home.vidimus(command).expect(66);
        assert!(
            ran.stderr.contains("is a disk not mounted?") && ran.stderr.contains("vidimus init"),
            "{}",
            ran.story()
        );
    }
    assert!(!home.path("archive").exists() && server.requests().len() == asked, "nothing was begun");
    std::fs::rename(home.path("away"), home.path("archive")).unwrap();
    let _ = home.vidimus(&["crawl", "-q"]).ok();
}

#[test]
fn a_crawl_needs_a_configuration_a_source_and_a_contact() {
    let nothing = Home::new();
    let ran = nothing.vidimus(&["crawl"]).expect(78);
    assert!(ran.stderr.contains("vidimus init"), "{}", ran.story());
    let ran = nothing.vidimus(&["--config", "elsewhere.toml", "crawl"]).expect(78);
    assert!(ran.stderr.contains("elsewhere.toml") && ran.stderr.contains("vidimus init"), "{}", ran.story());

    let fresh = Home::new();
    let _ = fresh.vidimus(&["init"]).ok();
    let ran = fresh.vidimus(&["crawl"]).expect(78);
    assert!(ran.stderr.contains("[[source]]"), "{}", ran.story());

    let world =
        Home::configured(MAIN, "[[source]]\nname = \"far\"\npages = [\"http://no-such-name.invalid/\"]\n");
    let ran = world.vidimus(&["crawl"]).expect(78);
    assert!(ran.stderr.contains("contact"), "{}", ran.story());

    let known = Home::configured(MAIN, SOURCE);
    let ran = known.vidimus(&["crawl", "there"]).expect(64);
    assert!(ran.stderr.contains("'there'") && ran.stderr.contains("here"), "{}", ran.story());
}

#[test]
fn commands_that_read_say_what_is_missing() {
    let home = Home::new();
    for command in [&["list"][..], &["status"], &["verify"], &["rebuild"], &["show", "ffffffffffff"]] {
        let ran = home.vidimus(command).expect(66);
        assert!(ran.stderr.contains("archive") && ran.stderr.contains("vidimus init"), "{}", ran.story());
    }
    assert!(!home.path("archive").exists(), "reading makes no archive");
    for wrong in [
        &["nonsense"][..],
        &["show"],
        &["list", "--outcome", "lost"],
        &["capture", "no-url"],
        &["list", "--since", "soon"],
    ] {
        let ran = home.vidimus(wrong).expect(64);
        assert!(!ran.stderr.is_empty(), "{}", ran.story());
    }
}

#[test]
fn init_writes_the_configuration_of_the_repository_and_keeps_what_is_there() {
    let home = Home::new();
    let _ = home.vidimus(&["init", "new"]).ok();
    for file in ["config/vidimus.toml", "config/sources.toml"] {
        let written = std::fs::read_to_string(home.path("new").join(file)).unwrap();
        let sample = std::fs::read_to_string(repository().join(file)).unwrap();
        assert_eq!(written, sample, "{file}");
    }
    assert!(home.path("new/archive").is_dir());
    home.write("new/config/sources.toml", "# mine\n");
    let ran = home.vidimus(&["init", "new"]).ok();
    assert!(ran.stderr.contains("kept"), "{}", ran.story());
    assert_eq!(std::fs::read_to_string(home.path("new/config/sources.toml")).unwrap(), "# mine\n");
}

#[test]
fn the_samples_are_right_when_their_comments_are_taken_away() {
    let open = |name: &str| -> String {
        let text = std::fs::read_to_string(repository().join("config").join(name)).unwrap();
        let uncomment = |line: &str| match line.strip_prefix("# ").or(line.strip_prefix('#')) {
            Some(rest) if is_toml(rest) => format!("{rest}\n"),
            Some(_) => "\n".to_owned(),
            None => format!("{line}\n"),
        };
        text.lines().map(uncomment).collect()
    };
    let main = open("vidimus.toml")
        .replace("contact = \"\"", "contact = \"mailto:me@archive.example\"")
        .replace("extra_roots = [\"intranet-ca.pem\"]", "extra_roots = []");
    let home = Home::configured(&main, &open("sources.toml"));
    for authority in ["digicert", "sectigo"] {
        home.write(&format!("config/tsa/{authority}-root.pem"), Pki::usual().read("root.pem"));
    }
    let ran = home.vidimus(&["crawl", "not-a-source"]).expect(64);
    assert!(ran.stderr.contains("example-ngo"), "the example is read: {}", ran.story());
}

/// Whether an uncommented line is a key, a table or a part of one, and no sentence.
fn is_toml(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('[')
        || line
            .split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[test]
fn every_command_shows_an_example() {
    let home = Home::new();
    let help = home.vidimus(&["--help"]).ok().text();
    let listed = help.split_once("Commands:").unwrap().1;
    let commands: Vec<&str> = listed
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    for wanted in [
        "demo", "init", "crawl", "daemon", "capture", "list", "diff", "show", "verify", "rebuild", "status",
        "report", "notify",
    ] {
        assert!(commands.contains(&wanted), "{wanted} is not among {commands:?}");
    }
    for command in commands {
        let help = home.vidimus(&[command, "--help"]).ok().text();
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(examples.contains(&format!("vidimus {command}")), "{command}: {examples}");
    }
    assert!(help.contains("Exit codes"), "{help}");
    let query = home.query(&["--help"]).ok().text();
    assert!(query.contains("Examples:") && query.contains("Exit codes"), "{query}");
}

#[test]
fn options_and_environment_name_archive_and_doors() {
    let server =
        Server::of_table(vec![("/", html("<title>Here</title><p>It is here, where the option says."))]);
    let home = Home::new();
    let door = format!("127.0.0.1/32:{}", server.port());
    // `capture` needs no configuration at all.
    let _ = home.vidimus(&["--archive", "mine", "--allow-net", &door, "capture", &server.url("/")]).ok();
    assert!(home.path("mine/warc").is_dir() && !home.path("archive").exists());
    let mut list = home.command("vidimus");
    let ran = vidimus_tests::Ran::of(list.env("VIDIMUS_ARCHIVE", "mine").args(["list", "--json"])).ok();
    assert_eq!(ran.json().len(), 1);

    let home = Home::new();
    home.write("other/name.toml", config_for(server.port()).replace("sources = \"sources.toml\"\n", ""));
    let mut capture = home.command("vidimus");
    let ran = vidimus_tests::Ran::of(
        capture.env("VIDIMUS_CONFIG", "other/name.toml").args(["capture", &server.url("/")]),
    );
    let _ = ran.ok();
    assert!(home.path("archive/warc").is_dir(), "paths are read from the folder of the configuration");
}
