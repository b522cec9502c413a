-- When each sealed file was last read and compared with what it was when it was sealed, and what was found. Not derived:
-- a rebuild carries it over, and what is lost here is checked once more.
CREATE TABLE fixity (
    file       TEXT NOT NULL PRIMARY KEY,   -- relative to the archive
    checked_at TEXT NOT NULL,               -- when the check ended
    ok         INTEGER NOT NULL,            -- 1 when nothing was wrong with it
    bytes      INTEGER NOT NULL,            -- how long it was
    what       TEXT NOT NULL                -- the first thing that was wrong, and how many there were; empty when ok
) STRICT, WITHOUT ROWID;
