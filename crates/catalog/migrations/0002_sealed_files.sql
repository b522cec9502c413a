-- Every file of the archive as it was when it was sealed: from then on it is never changed.
CREATE TABLE sealed_file (
    name   TEXT NOT NULL PRIMARY KEY,       -- relative to the archive
    length INTEGER NOT NULL,
    sha256 TEXT NOT NULL                    -- of the whole file, compressed as it is
) STRICT, WITHOUT ROWID;
