-- What one run brought of one source: what health and the run report are made of. One row for each source of a run
-- that was visited to its end.
CREATE TABLE source_run (
    run         TEXT NOT NULL,
    source      TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    new_items   INTEGER NOT NULL,           -- pages held for the first time, walls and error pages left out
    left_over   INTEGER NOT NULL,           -- addresses that a budget left for the next run
    facts       TEXT NOT NULL,              -- JSON: all of it, the columns above included (docs/formats.md)
    reported    INTEGER NOT NULL,           -- 1 when a run report in the archive holds it
    PRIMARY KEY (run, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_run_by_source ON source_run (source, started_at);
CREATE INDEX source_run_with_news ON source_run (source, started_at) WHERE new_items > 0;
CREATE INDEX source_run_unreported ON source_run (reported) WHERE reported = 0;

-- How many links each feed, sitemap and listing of an unfinished run gave; dropped with the frontier of the run.
CREATE TABLE lead (
    run    TEXT NOT NULL,
    source TEXT NOT NULL,
    role   TEXT NOT NULL,
    url    TEXT NOT NULL,
    links  INTEGER NOT NULL,                -- links found
    wanted INTEGER NOT NULL,                -- those of them that the source wants
    PRIMARY KEY (run, source, role, url)
) STRICT, WITHOUT ROWID;

-- Which findings the operator was told of, by which way, so that nobody is told twice. Not derived: what is lost here is
-- told once more.
CREATE TABLE told (
    channel TEXT NOT NULL,                  -- webhook | command
    source  TEXT NOT NULL,                  -- empty for what concerns no single source
    code    TEXT NOT NULL,
    subject TEXT NOT NULL,                  -- which address it is about; empty for the source as a whole
    since   TEXT NOT NULL,
    message TEXT NOT NULL,
    told_at TEXT NOT NULL,                  -- when it was last told
    PRIMARY KEY (channel, source, code, subject)
) STRICT, WITHOUT ROWID;
