-- A payload that another URL gave already is stored once: it is found by its digest.
CREATE INDEX capture_by_payload ON capture (payload_sha256) WHERE original IS NULL AND payload_sha256 IS NOT NULL;
