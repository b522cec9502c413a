-- Captures that were taken down: what the tombstone in the log says of each, and nothing of what was removed. The row in
-- `capture`, the places of its records and its later texts go when the files hold nothing of it any more.
CREATE TABLE removed (
    snapshot             TEXT NOT NULL PRIMARY KEY, -- hex of the manifest's hash
    leaf                 TEXT NOT NULL,             -- id of the tombstone
    removed_at           TEXT NOT NULL,             -- when that was logged
    reason               TEXT NOT NULL,
    by                   TEXT NOT NULL,             -- the role that removed it
    scope                TEXT NOT NULL,             -- JSON array: what of it was removed
    authority_ref_sha256 TEXT,                      -- of the document that orders it
    finished             INTEGER NOT NULL,          -- 0 as long as files or catalog may hold something of it
    out_of_index         INTEGER NOT NULL           -- 0 as long as the search index may
) STRICT, WITHOUT ROWID;
