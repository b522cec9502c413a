//! Findings over made-up visits: each table row is a visit, and the codes that it must and must not give.

use vidimus_snapshot::OutcomeKind;

use super::*;
use crate::SourceSpec;

const LISTING: &str = "https://ngo.example/statements";
const FEED: &str = "https://ngo.example/feed.xml";

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_719_475_200 + hour * 3600).unwrap()
}

fn outcome(text: &str) -> Outcome {
    let (kind, code) = text.split_once(' ').unwrap_or((text, ""));
    let kind: OutcomeKind = kind.parse().unwrap();
    let message = if kind.is_ok() { String::new() } else { format!("because of {code}") };
    Outcome::new(kind, code, message)
}

/// `URL role outcome`, where `+` after the role marks what was held before, `~` what was only tried before, and `!` what
/// the configuration names.
fn tried(role: &str, url: &str, result: &str) -> Tried {
    let (role, marks) = role.split_at(role.find(['+', '~', '!']).unwrap_or(role.len()));
    let stands_in = result.strip_prefix("wall");
    Tried {
        role: role.parse().unwrap(),
        url: url.to_owned(),
        outcome: outcome(if stands_in.is_some() { "captured" } else { result }),
        stand_in: stands_in.map(|_| "login".to_owned()),
        configured: marks.contains('!'),
        tried_before: marks.contains(['+', '~']),
        held_before: marks.contains('+'),
    }
}

fn pages(count: usize, marks: &str, result: &str) -> Vec<Tried> {
    (0..count).map(|n| tried(&format!("page{marks}"), &format!("https://ngo.example/{n}"), result)).collect()
}

fn lead(role: Role, url: &str, links: u64, wanted: u64) -> LeadFacts {
    LeadFacts { role, url: url.to_owned(), links, wanted }
}

fn facts(hour: i64) -> SourceRun {
    SourceRun {
        run: format!("run-{hour}"),
        source: "ngo".to_owned(),
        started_at: at(hour),
        finished_at: at(hour),
        ..SourceRun::default()
    }
}

struct Scene {
    tries: Vec<Tried>,
    facts: SourceRun,
    leads: Vec<(Role, String)>,
    history: Vec<SourceRun>,
    expect: Expect,
    arrivals: Arrivals,
    new_in_period: u64,
    holds_pages: bool,
}

impl Scene {
    fn of(tries: Vec<Tried>) -> Self {
        Self {
            tries,
            facts: facts(100),
            leads: Vec::new(),
            history: Vec::new(),
            expect: Expect::Learned,
            arrivals: Arrivals::default(),
            new_in_period: 0,
            holds_pages: true,
        }
    }

    /// A listing that was read and gave so much; before, it gave that.
    fn listing(now: (u64, u64), before: Option<(u64, u64)>) -> Self {
        let mut scene = Self::of(vec![tried("listing!", LISTING, "captured")]);
        scene.leads = vec![(Role::Listing, LISTING.to_owned())];
        scene.facts.leads = vec![lead(Role::Listing, LISTING, now.0, now.1)];
        scene.facts.found = now.1;
        scene.history = before
            .map(|(links, wanted)| SourceRun {
                leads: vec![lead(Role::Listing, LISTING, links, wanted)],
                ..facts(50)
            })
            .into_iter()
            .collect();
        scene
    }

    fn findings(&self) -> Vec<Finding> {
        findings(&Visited {
            expect: self.expect,
            tries: self.tries.clone(),
            facts: &self.facts,
            configured_leads: &self.leads.iter().cloned().collect(),
            history: &self.history,
            arrivals: self.arrivals.clone(),
            new_in_period: self.new_in_period,
            holds_pages: self.holds_pages,
        })
    }

    fn codes(&self) -> Vec<String> {
        self.findings().into_iter().map(|f| f.code).collect()
    }
}

#[test]
fn pages_and_addresses() {
    let empty = Scene { holds_pages: false, ..Scene::of(Vec::new()) };
    let with = |tries: Vec<Tried>| Scene::of(tries);
    let first_visit = |tries: Vec<Tried>| Scene { holds_pages: false, ..Scene::of(tries) };
    let mixed = |a: Vec<Tried>, b: Vec<Tried>| with(a.into_iter().chain(b).collect());
    let table: Vec<(&str, Scene, &[&str])> = vec![
        ("nothing tried", empty, &[]),
        ("all is well", with(pages(5, "", "captured")), &[]),
        ("nothing has changed", with(pages(5, "+", "unchanged")), &[]),
        ("a feed is gone", with(vec![tried("feed!", FEED, "http-error 404")]), &["failed"]),
        (
            "a page is named and does not resolve",
            with(vec![tried("page!", "https://ngo.example/", "failed dns")]),
            &["failed"],
        ),
        ("a feed behind a bad certificate", with(vec![tried("feed!", FEED, "failed certificate")]), &["tls"]),
        ("a feed that says 429", with(vec![tried("feed!", FEED, "http-error 429")]), &["refused"]),
        (
            "a listing that robots.txt forbids",
            with(vec![tried("listing!", LISTING, "refused robots")]),
            &["robots"],
        ),
        (
            "robots.txt answers 500",
            with(vec![tried("listing!", LISTING, "refused robots-unreachable")]),
            &["robots"],
        ),
        (
            "a page is named and a wall comes",
            with(vec![tried("page!", "https://ngo.example/", "wall")]),
            &["stand-ins"],
        ),
        ("one new page is not there", mixed(pages(4, "", "captured"), pages(1, "", "http-error 404")), &[]),
        ("the only new page is not there", with(pages(1, "", "http-error 404")), &["failed"]),
        ("a dead link is tried again by itself", with(pages(1, "~", "failed dns")), &[]),
        (
            "three old pages are gone and nothing else was tried",
            with(pages(3, "+", "http-error 404")),
            &["failed"],
        ),
        ("a wave of 403", mixed(pages(3, "+", "http-error 403"), pages(2, "", "captured")), &["refused"]),
        (
            "two pages with 403 are no wave",
            mixed(pages(2, "+", "http-error 403"), pages(2, "", "captured")),
            &[],
        ),
        ("back-off on most pages", with(pages(6, "", "refused back-off")), &["refused"]),
        (
            "a host that was given up for the rest of the run, with few pages left",
            mixed(pages(40, "", "captured"), pages(1, "", "refused given-up")),
            &["refused"],
        ),
        (
            "a named page on a host that was given up",
            with(vec![tried("page!", "https://ngo.example/", "refused given-up")]),
            &["refused"],
        ),
        ("a host without a turn for most pages", with(pages(6, "", "refused host-busy")), &["refused"]),
        (
            "a host without a turn for one page",
            mixed(pages(6, "", "captured"), pages(1, "", "refused host-busy")),
            &[],
        ),
        (
            "58 of 60 new pages are answered with 500",
            mixed(pages(2, "", "captured"), pages(58, "", "http-error 500")),
            &["failed"],
        ),
        (
            "and still are when they are tried again",
            mixed(pages(2, "", "captured"), pages(58, "~", "http-error 500")),
            &["failed"],
        ),
        (
            "most new pages are not there",
            mixed(pages(3, "", "captured"), pages(3, "", "http-error 404")),
            &["failed"],
        ),
        (
            "most of what was held is gone",
            mixed(pages(3, "", "captured"), pages(4, "+", "http-error 410")),
            &["failed"],
        ),
        (
            "a few dead links among many pages",
            mixed(pages(20, "", "captured"), pages(4, "", "http-error 404")),
            &[],
        ),
        (
            "links that were always dead, tried again beside two new pages",
            mixed(pages(2, "", "captured"), pages(4, "~", "http-error 404")),
            &[],
        ),
        (
            "two of two pages fail beside a captured one",
            mixed(pages(1, "", "captured"), pages(2, "", "failed dns")),
            &[],
        ),
        (
            "no two thirds fail alike, but two thirds fail",
            mixed(
                pages(20, "", "captured"),
                pages(20, "", "http-error 503").into_iter().chain(pages(20, "", "failed reset")).collect(),
            ),
            &["failed"],
        ),
        (
            "half of the pages are refused, and some others fail",
            mixed(
                pages(30, "", "http-error 503"),
                pages(20, "", "http-error 500").into_iter().chain(pages(10, "", "captured")).collect(),
            ),
            &["refused"],
        ),
        (
            "what came are walls, and most did not come",
            mixed(pages(3, "", "wall"), pages(30, "", "failed connect-timeout")),
            &["failed", "stand-ins"],
        ),
        ("certificates of most pages", with(pages(6, "+", "failed certificate")), &["tls"]),
        (
            "a page that was always forbidden",
            mixed(pages(3, "+", "unchanged"), pages(1, "~", "refused robots")),
            &[],
        ),
        ("a forbidden page tried again by itself", with(pages(1, "~", "refused robots")), &[]),
        (
            "a page that was fetched before is forbidden now",
            mixed(pages(3, "+", "unchanged"), pages(1, "+", "refused robots")),
            &["robots"],
        ),
        ("a new source is forbidden altogether", first_visit(pages(2, "", "refused robots")), &["robots"]),
        ("most pages are walls", mixed(pages(3, "", "wall"), pages(2, "", "captured")), &["stand-ins"]),
        ("half of the pages are walls", mixed(pages(3, "", "wall"), pages(3, "", "captured")), &[]),
        ("all of a new source are walls", first_visit(pages(2, "", "wall")), &["stand-ins"]),
        ("and still are", first_visit(pages(2, "~", "wall")), &["stand-ins"]),
        ("a wall tried again by itself", with(pages(1, "~", "wall")), &[]),
    ];
    for (what, scene, expected) in table {
        assert_eq!(scene.codes(), expected, "{what}: {:?}", scene.findings());
        for finding in scene.findings() {
            assert!(finding.message.len() > 60 && !finding.message.contains("; ;"), "{what}: {finding:?}");
        }
    }
}

#[test]
fn leads_that_lead_nowhere() {
    let table = [
        ("gives links", (10, 8), Some((10, 8)), None),
        ("gives fewer links", (1, 1), Some((10, 8)), None),
        ("layout has changed", (0, 0), Some((10, 8)), Some("used to find 10")),
        ("selector never fitted", (0, 0), None, Some("correct `links`")),
        ("addresses have changed", (10, 0), Some((10, 8)), Some("correct `include`")),
        ("nothing was ever wanted", (10, 0), None, Some("check their addresses")),
    ];
    for (what, now, before, says) in table {
        let findings = Scene::listing(now, before).findings();
        assert_eq!(findings.len(), usize::from(says.is_some()), "{what}: {findings:?}");
        if let Some(says) = says {
            assert!(
                findings[0].code == "no-links" && findings[0].message.contains(says),
                "{what}: {findings:?}"
            );
        }
    }
    // An empty feed of a source that has another way to its pages is nothing, as long as it never had any.
    let mut scene = Scene::listing((10, 8), Some((10, 8)));
    scene.tries.push(tried("feed!", FEED, "captured"));
    scene.leads.push((Role::Feed, FEED.to_owned()));
    scene.facts.leads.push(lead(Role::Feed, FEED, 0, 0));
    assert!(scene.codes().is_empty());
    scene.history[0].leads.push(lead(Role::Feed, FEED, 20, 20));
    assert_eq!(scene.codes(), ["no-links"]);
    assert_eq!(scene.findings()[0].subject, FEED);
    // One that did not answer is not said to be empty as well.
    scene.tries[1] = tried("feed!", FEED, "http-error 500");
    assert_eq!(scene.codes(), ["failed"]);
}

#[test]
fn many_addresses_that_fail_alike_are_one_finding() {
    let scene = Scene::of(pages(6, "!", "failed dns"));
    let findings = scene.findings();
    assert_eq!((findings.len(), findings[0].subject.as_str()), (1, ""));
    assert!(findings[0].message.starts_with("6 of its configured addresses"), "{findings:?}");
    assert_eq!(Scene::of(pages(5, "!", "failed dns")).findings().len(), 5);
}

#[test]
fn a_finding_keeps_the_time_at_which_it_began() {
    let mut scene = Scene::of(vec![tried("feed!", FEED, "http-error 404")]);
    assert_eq!(scene.findings()[0].since, at(100));
    let old = Finding {
        code: "failed".to_owned(),
        subject: FEED.to_owned(),
        since: at(7),
        message: "then it was another error".to_owned(),
    };
    scene.history = vec![SourceRun { findings: vec![old], ..facts(50) }];
    assert_eq!(scene.findings()[0].since, at(7));
}

#[test]
fn quiet_as_configured() {
    let mut scene = Scene::of(pages(3, "+", "unchanged"));
    scene.expect = Expect::Items { count: 2, per: SignedDuration::from_hours(24) };
    let table = [(0, 0, true), (76, 0, true), (77, 0, false), (0, 1, true), (0, 2, false)];
    for (first_visit, new, alarm) in table {
        scene.arrivals.first_visit = Some(at(first_visit));
        scene.new_in_period = new;
        assert_eq!(scene.codes().contains(&"quiet".to_owned()), alarm, "{first_visit} {new}");
    }
    scene.expect = Expect::Nothing;
    scene.new_in_period = 0;
    assert!(scene.codes().is_empty());
}

#[test]
fn quiet_as_learned() {
    let mut scene = Scene::of(pages(3, "+", "unchanged"));
    // Weekly until three weeks and a day before this visit.
    scene.arrivals.days = (0..12).map(|n| at(100 - 22 * 24 - n * 7 * 24)).collect();
    assert_eq!(scene.codes(), ["quiet"]);
    assert!(scene.findings()[0].message.contains("for 22 days"), "{:?}", scene.findings());
    scene.arrivals.days = (0..12).map(|n| at(100 - 20 * 24 - n * 7 * 24)).collect();
    assert!(scene.codes().is_empty());
    scene.arrivals.days.truncate(3);
    assert!(scene.codes().is_empty(), "too few to say");
}

#[test]
fn texts_that_are_suddenly_short() {
    let run =
        |hour: i64, texts: u64, median: u64| SourceRun { texts, text_median: Some(median), ..facts(hour) };
    type Row = (&'static str, Vec<SourceRun>, (u64, u64), bool);
    let table: Vec<Row> = vec![
        ("as ever", vec![run(1, 5, 3000), run(2, 6, 2500)], (5, 2800), false),
        ("a tenth", vec![run(1, 5, 3000), run(2, 6, 2500)], (5, 280), true),
        ("two texts say nothing", vec![run(1, 5, 3000), run(2, 6, 2500)], (2, 280), false),
        ("too little is known", vec![run(1, 5, 3000)], (5, 280), false),
        ("short anyway", vec![run(1, 9, 350), run(2, 9, 300)], (5, 20), false),
        ("it was so before", vec![run(1, 9, 3000), run(2, 9, 3000), run(3, 4, 280)], (5, 280), false),
        ("many small runs", (0..12).map(|n| run(n, 1, 2000)).collect(), (3, 100), true),
    ];
    for (what, history, (texts, median), alarm) in table {
        let scene = Scene { history, facts: run(100, texts, median), ..Scene::of(pages(3, "", "captured")) };
        assert_eq!(scene.codes().contains(&"text-short".to_owned()), alarm, "{what}");
    }
    // Runs that were found short do not become the usual.
    let mut short = run(3, 9, 200);
    short.findings =
        Scene { history: vec![run(1, 20, 3000)], facts: run(3, 9, 200), ..Scene::of(Vec::new()) }.findings();
    assert_eq!(short.findings.len(), 1);
    let scene =
        Scene { history: vec![short, run(1, 20, 3000)], facts: run(100, 5, 210), ..Scene::of(Vec::new()) };
    assert_eq!(scene.codes(), ["text-short"]);
}

#[test]
fn a_budget_that_never_suffices() {
    let left = |hour: i64, left: u64| SourceRun { left, ..facts(hour) };
    let table = [
        (vec![left(2, 10), left(1, 10)], 10, true),
        (vec![left(2, 10), left(1, 20)], 10, false),
        (vec![left(2, 0), left(1, 10)], 10, false),
        (vec![left(2, 10)], 10, false),
        (vec![left(2, 10), left(1, 10)], 0, false),
    ];
    for (history, now, alarm) in table {
        let scene = Scene { history, facts: left(100, now), ..Scene::of(pages(3, "", "captured")) };
        assert_eq!(scene.codes(), if alarm { vec!["budget"] } else { Vec::new() }, "{now}");
    }
}

#[test]
fn a_schedule_that_nobody_keeps() {
    let source = |line: &str| {
        Source::new(SourceSpec {
            name: "ngo".to_owned(),
            schedule: Some(line.to_owned()),
            pages: vec!["https://ngo.example/".to_owned()],
            ..SourceSpec::default()
        })
        .unwrap()
    };
    let state = |started: &str| {
        [SourceState {
            source: "ngo".to_owned(),
            last_started: Some(started.parse().unwrap()),
            last_ok: None,
        }]
    };
    let table = [
        ("0 * * * *", "2024-06-01T10:00:00Z", "2024-06-01T11:59:00Z", false),
        ("0 * * * *", "2024-06-01T10:00:00Z", "2024-06-01T12:01:00Z", true),
        ("*/5 * * * *", "2024-06-01T10:00:00Z", "2024-06-01T10:30:00Z", false),
        ("*/5 * * * *", "2024-06-01T10:00:00Z", "2024-06-01T10:36:00Z", true),
        ("0 0 1 * *", "2024-06-01T00:00:00Z", "2024-07-01T23:00:00Z", false),
        ("0 0 1 * *", "2024-06-01T00:00:00Z", "2024-07-02T01:00:00Z", true),
    ];
    for (line, started, now, expected) in table {
        let found = overdue(&source(line), &state(started), SignedDuration::ZERO, now.parse().unwrap());
        assert_eq!(found.is_some(), expected, "{line} {started} {now}");
    }
    assert!(overdue(&source("0 * * * *"), &[], SignedDuration::ZERO, at(0)).is_none());
}

#[test]
fn codes_are_unique_words() {
    let words: std::collections::BTreeSet<&str> = FindingCode::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(words.len(), FindingCode::ALL.len());
    assert_eq!(span_text(SignedDuration::from_hours(49)), "2 days");
    assert_eq!(span_text(SignedDuration::from_secs(1)), "1 second");
}
