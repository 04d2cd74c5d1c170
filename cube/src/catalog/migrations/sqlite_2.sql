ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- The fixed offsets, as in `discarded`; they outlive the segment.
ALTER TABLE jobs ADD COLUMN offsets TEXT NOT NULL DEFAULT '';
-- What the latest attempt has read, and its most memory, in bytes.
ALTER TABLE jobs ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN memory_peak INTEGER NOT NULL DEFAULT 0;

UPDATE jobs SET offsets = coalesce(
    (SELECT group_concat(partition || ':' || start_offset || '..' || end_offset, ' ')
     FROM segment_ranges WHERE segment_ranges.segment = jobs.segment),
    (SELECT discarded.offsets FROM discarded WHERE discarded.segment = jobs.segment LIMIT 1),
    '');

CREATE TABLE saved_queries (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    project      TEXT NOT NULL,
    sql          TEXT NOT NULL,
    description  TEXT NOT NULL,
    owner        TEXT NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_queries_by_owner ON saved_queries (owner, name);

CREATE TABLE schedules (
    cube          TEXT PRIMARY KEY REFERENCES cubes (name) ON DELETE CASCADE,
    spec          TEXT NOT NULL,
    paused        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    -- Of the last run; NULL before the first.
    last_run      INTEGER,
    last_outcome  TEXT,
    last_job      TEXT,
    last_message  TEXT,
    -- Runs that failed one after the other, up to the last.
    failures      INTEGER NOT NULL
) STRICT;
