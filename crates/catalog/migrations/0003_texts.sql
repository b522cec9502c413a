-- What sort of page a text is of, and by which extractor and parameters it was made.
ALTER TABLE capture ADD COLUMN page_kind TEXT;               -- article, listing, login …; NULL when that was not said
ALTER TABLE capture ADD COLUMN page_kind_confidence INTEGER; -- 0 to 100
ALTER TABLE capture ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE capture ADD COLUMN extractor TEXT;               -- of the newest text; NULL in rows older than this column
ALTER TABLE capture ADD COLUMN params_sha256 TEXT;

-- Every text that was made of a capture after its manifest was written. The columns of `capture` are those of the newest.
CREATE TABLE later_text (
    record_id        TEXT NOT NULL PRIMARY KEY,  -- of the record that says which manifest the text belongs to
    snapshot         TEXT NOT NULL,
    made_at          TEXT NOT NULL,
    extractor        TEXT NOT NULL,
    params_sha256    TEXT NOT NULL,
    text_sha256      TEXT NOT NULL,
    statement_sha256 TEXT NOT NULL,
    text_record      TEXT NOT NULL               -- id of the record that holds the text
) STRICT, WITHOUT ROWID;
CREATE INDEX later_text_by_snapshot ON later_text (snapshot, made_at);
