-- What a saved search could not be asked of when it was told, because the search index did not hold it: it is told when the
-- index does.
CREATE TABLE search_waiting (
    channel  TEXT NOT NULL,         -- as in search_told
    search   TEXT NOT NULL,
    snapshot TEXT NOT NULL,         -- of a capture before the row up to which it was told
    PRIMARY KEY (channel, search, snapshot)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_waiting_by_snapshot ON search_waiting (snapshot);
