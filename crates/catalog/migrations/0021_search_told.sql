-- Up to which row of `capture` the new matches of a saved search were told, by which way.
CREATE TABLE search_told (
    channel      TEXT NOT NULL,     -- report | webhook | command
    search       TEXT NOT NULL,     -- its name
    query_sha256 TEXT NOT NULL,     -- of query and filters: a search that was altered is another one
    seq          INTEGER NOT NULL,
    PRIMARY KEY (channel, search)
) STRICT, WITHOUT ROWID;
