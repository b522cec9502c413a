-- Where each WARC file keeps the certificates that TLS servers presented: each one once in a file, named by its hash.
CREATE TABLE certificate (
    file           TEXT NOT NULL,           -- relative to the archive, as it is called once sealed
    sha256         TEXT NOT NULL,           -- of the DER certificate
    warc_record_id TEXT NOT NULL,
    target_uri     TEXT NOT NULL,
    offset         INTEGER NOT NULL,
    length         INTEGER NOT NULL,
    PRIMARY KEY (file, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_by_hash ON certificate (sha256);

-- What is known of the network in tries that left no records; of the others their manifest says it.
CREATE TABLE try_exchanges (
    capture   INTEGER NOT NULL PRIMARY KEY REFERENCES capture (seq),
    exchanges TEXT NOT NULL                 -- JSON, as in a manifest
) STRICT;
