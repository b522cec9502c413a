-- When whatever led to a page says that it was published or last changed; NULL when that was not said.
ALTER TABLE frontier ADD COLUMN hint TEXT;
-- The address that a page calls its own (link rel=canonical), made absolute.
ALTER TABLE capture ADD COLUMN canonical_url TEXT;
