-- A later text of a capture is shown for the captures that repeat its payload, too: they are found by what they repeat.
CREATE INDEX capture_by_original ON capture (original) WHERE original IS NOT NULL;
