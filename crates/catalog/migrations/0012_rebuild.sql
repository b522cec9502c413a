-- The files that a writer has begun and not sealed yet. What lies beside them unsealed was put there by something else.
CREATE TABLE open_file (
    name   TEXT NOT NULL PRIMARY KEY,       -- relative to the archive, as it is called once sealed
    length INTEGER NOT NULL                 -- up to where it holds what was acknowledged, in bytes
) STRICT, WITHOUT ROWID;
-- In an archive of before this table, what has records and is not sealed is being written.
INSERT INTO open_file
SELECT file, MAX(offset + length) FROM record WHERE file NOT IN (SELECT name FROM sealed_file) GROUP BY file;

-- Of a catalog that is being made from the files, or whose search index is: how far that has come. Empty otherwise.
CREATE TABLE rebuild (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    software TEXT NOT NULL,                 -- what began it; another version begins anew
    stage    TEXT NOT NULL                  -- files | index | documents
) STRICT;
-- Which files it has read to their end.
CREATE TABLE rebuild_file (
    name   TEXT NOT NULL PRIMARY KEY,
    length INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
