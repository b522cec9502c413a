-- One row for each run of `crawl` or `capture`. A run without finished_at was interrupted, or is going on.
CREATE TABLE run (
    id          TEXT NOT NULL PRIMARY KEY,
    command     TEXT NOT NULL,
    sources     TEXT NOT NULL,              -- JSON array of source names
    started_at  TEXT NOT NULL,              -- UTC, 2024-06-27T08:30:00.000Z, so that text sorts as time
    finished_at TEXT
) STRICT;

-- One row for each try of a URL, whatever became of it.
CREATE TABLE capture (
    seq              INTEGER PRIMARY KEY,
    run              TEXT NOT NULL,
    source           TEXT,
    role             TEXT NOT NULL,
    url              TEXT NOT NULL,         -- as requested
    url_key          TEXT NOT NULL,         -- its normal form: the identity of the page
    surt             TEXT NOT NULL,         -- of the final URL
    final_url        TEXT NOT NULL,
    started_at       TEXT NOT NULL,
    finished_at      TEXT NOT NULL,
    outcome          TEXT NOT NULL,
    code             TEXT NOT NULL,
    message          TEXT NOT NULL,
    status           INTEGER,
    content_type     TEXT,
    payload_sha256   TEXT,
    payload_bytes    INTEGER NOT NULL,
    etag             TEXT,
    last_modified    TEXT,
    snapshot         TEXT UNIQUE,           -- hex of the manifest's hash; NULL when there was no exchange
    original         TEXT,                  -- the snapshot that holds the payload, of an unchanged one
    previous         TEXT,                  -- the snapshot of the same URL before this one
    text_sha256      TEXT,
    statement_sha256 TEXT,
    title            TEXT,
    authors          TEXT NOT NULL,         -- JSON array
    organisation     TEXT,
    published        TEXT,                  -- 2024-06-27
    published_origin TEXT,
    language         TEXT,
    reported         INTEGER NOT NULL,      -- 1 when the archive holds it: a manifest, or a run report
    indexed          INTEGER NOT NULL       -- 1 when the search index holds it, or has no use for it
) STRICT;
CREATE INDEX capture_by_key ON capture (url_key, started_at);
CREATE INDEX capture_by_source ON capture (source, started_at);
CREATE INDEX capture_by_start ON capture (started_at);
CREATE INDEX capture_unreported ON capture (reported) WHERE reported = 0;
CREATE INDEX capture_unindexed ON capture (indexed) WHERE indexed = 0;

-- Where the records of a capture are.
CREATE TABLE record (
    capture        INTEGER NOT NULL REFERENCES capture (seq),
    position       INTEGER NOT NULL,        -- order within the capture
    warc_record_id TEXT NOT NULL,
    type           TEXT NOT NULL,
    target_uri     TEXT NOT NULL,
    file           TEXT NOT NULL,           -- relative to the archive, as it is called once sealed
    offset         INTEGER NOT NULL,
    length         INTEGER NOT NULL,
    PRIMARY KEY (capture, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_file ON record (file, offset);

-- What a run has still to do, so that an interrupted one goes on where it was.
CREATE TABLE frontier (
    run      TEXT NOT NULL,
    source   TEXT NOT NULL,
    url_key  TEXT NOT NULL,
    role     TEXT NOT NULL,
    url      TEXT NOT NULL,
    depth    INTEGER NOT NULL,
    listing  INTEGER NOT NULL,              -- which listing of the source a page belongs to, by position
    state    TEXT NOT NULL,                 -- pending | done
    position INTEGER NOT NULL,              -- order of discovery
    PRIMARY KEY (run, source, url_key, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX frontier_by_position ON frontier (run, position);

-- When each source last ran, for `crawl --due`, `daemon` and `status`.
CREATE TABLE schedule (
    source       TEXT NOT NULL PRIMARY KEY,
    last_started TEXT,
    last_ok      TEXT
) STRICT;
