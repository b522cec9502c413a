-- What the tamper-evident logs of the archive hold, so that a capture finds its leaf. Derived from the logs.
CREATE TABLE leaf (
    log       INTEGER NOT NULL,             -- the how-manieth log of the archive, from 1
    idx       INTEGER NOT NULL,             -- the leaf's index in it, from 0
    kind      TEXT NOT NULL,                -- t of the leaf
    subject   TEXT,                         -- hex: of the manifest, of an anchor's answer, of a tombstone's target
    logged_at TEXT NOT NULL,
    PRIMARY KEY (log, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX leaf_by_subject ON leaf (subject) WHERE subject IS NOT NULL;

-- Up to which capture it is known that all have their leaves.
CREATE TABLE leaves_seen (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    seq      INTEGER NOT NULL
) STRICT;

-- Checks of the whole archive that are not in the log yet. Not derived, but what is lost here is checked once more.
CREATE TABLE fixity_run (
    id            INTEGER PRIMARY KEY,
    finished_at   TEXT NOT NULL,
    files         INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    findings      INTEGER NOT NULL,
    report_sha256 TEXT NOT NULL
) STRICT;
