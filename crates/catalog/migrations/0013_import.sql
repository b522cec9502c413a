-- 0 for a capture that somebody else made and that was imported: it says nothing of how a source of ours fares, and nothing
-- of ours is ever stored as a repetition of it.
ALTER TABLE capture ADD COLUMN witnessed INTEGER NOT NULL DEFAULT 1;
CREATE INDEX capture_imported ON capture (role) WHERE witnessed = 0;

-- An imported record is known by its id, and a revisit names its original by it.
CREATE INDEX record_by_id ON record (warc_record_id);
