CREATE TABLE models (
    name        TEXT PRIMARY KEY,
    spec        TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE cubes (
    name         TEXT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    model        TEXT NOT NULL REFERENCES models (name),
    spec         TEXT NOT NULL,
    owner        TEXT NOT NULL,
    enabled      INTEGER NOT NULL,
    last_commit  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

-- The first offset of each partition that belongs to a cube.
CREATE TABLE partition_starts (
    cube          TEXT NOT NULL REFERENCES cubes (name) ON DELETE CASCADE,
    partition     INTEGER NOT NULL CHECK (partition >= 0),
    start_offset  INTEGER NOT NULL CHECK (start_offset >= 0),
    PRIMARY KEY (cube, partition)
) STRICT;

-- Where the next first build starts, set by init_start_offsets before there is a segment.
CREATE TABLE initial_offsets (
    cube          TEXT NOT NULL REFERENCES cubes (name) ON DELETE CASCADE,
    partition     INTEGER NOT NULL CHECK (partition >= 0),
    start_offset  INTEGER NOT NULL CHECK (start_offset >= 0),
    PRIMARY KEY (cube, partition)
) STRICT;

CREATE TABLE segments (
    id            TEXT PRIMARY KEY,
    cube          TEXT NOT NULL REFERENCES cubes (name) ON DELETE CASCADE,
    state         TEXT NOT NULL CHECK (state IN ('building', 'ready')),
    attempt       TEXT NOT NULL,
    job           TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    -- What a published segment holds, as JSON; NULL while it is building.
    ready         TEXT,
    CHECK ((state = 'ready') = (ready IS NOT NULL))
) STRICT;
CREATE INDEX segments_by_cube ON segments (cube, created_at, id);

CREATE TABLE segment_ranges (
    segment       TEXT NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    cube          TEXT NOT NULL,
    partition     INTEGER NOT NULL CHECK (partition >= 0),
    start_offset  INTEGER NOT NULL CHECK (start_offset >= 0),
    end_offset    INTEGER NOT NULL CHECK (end_offset >= start_offset),
    PRIMARY KEY (segment, partition)
) STRICT;
CREATE INDEX segment_ranges_by_offset ON segment_ranges (cube, partition, start_offset);

-- Two segments of a cube never hold the same offset, whoever writes to this table.
CREATE TRIGGER segment_ranges_are_disjoint BEFORE INSERT ON segment_ranges
WHEN EXISTS (
    SELECT 1 FROM segment_ranges AS held
    WHERE held.cube = NEW.cube AND held.partition = NEW.partition AND held.segment <> NEW.segment
      AND max(held.start_offset, NEW.start_offset) < min(held.end_offset, NEW.end_offset)
)
BEGIN
    SELECT raise(ABORT, 'offsets overlap another segment of the cube');
END;
CREATE TRIGGER segment_ranges_belong_to_their_cube BEFORE INSERT ON segment_ranges
WHEN NOT EXISTS (SELECT 1 FROM segments WHERE segments.id = NEW.segment AND segments.cube = NEW.cube)
BEGIN
    SELECT raise(ABORT, 'the range names another cube than its segment');
END;
CREATE TRIGGER segment_ranges_never_change BEFORE UPDATE ON segment_ranges
BEGIN
    SELECT raise(ABORT, 'the offsets of a segment never change');
END;
CREATE TRIGGER segment_ranges_are_never_replaced BEFORE INSERT ON segment_ranges
WHEN EXISTS (
    SELECT 1 FROM segment_ranges AS held WHERE held.segment = NEW.segment AND held.partition = NEW.partition
)
BEGIN
    SELECT raise(ABORT, 'the offsets of a segment never change');
END;
-- They go only with their segment, which is gone when the deletion reaches them.
CREATE TRIGGER segment_ranges_go_with_their_segment BEFORE DELETE ON segment_ranges
WHEN EXISTS (SELECT 1 FROM segments WHERE segments.id = OLD.segment)
BEGIN
    SELECT raise(ABORT, 'the offsets of a segment never change');
END;
CREATE TRIGGER segments_stay_in_their_cube BEFORE UPDATE OF id, cube ON segments
BEGIN
    SELECT raise(ABORT, 'a segment never changes its id or its cube');
END;

CREATE TABLE ledger (
    segment           TEXT NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    partition         INTEGER NOT NULL,
    start_offset      INTEGER NOT NULL,
    end_offset        INTEGER NOT NULL,
    delivered         INTEGER NOT NULL,
    row_count         INTEGER NOT NULL,
    filtered          INTEGER NOT NULL,
    rejected          INTEGER NOT NULL,
    absent            INTEGER NOT NULL,
    filtered_reasons  TEXT NOT NULL,
    rejected_reasons  TEXT NOT NULL,
    rejected_offsets  BLOB NOT NULL,
    absent_offsets    BLOB NOT NULL,
    event_time_min    INTEGER,
    event_time_max    INTEGER,
    leader_epoch      INTEGER,
    PRIMARY KEY (segment, partition),
    CHECK (end_offset - start_offset = row_count + filtered + rejected + absent),
    CHECK (delivered = row_count + filtered + rejected)
) STRICT;

-- Ranges that were reserved or published once and were given up: the causes of holes.
CREATE TABLE discarded (
    segment     TEXT NOT NULL,
    cube        TEXT NOT NULL REFERENCES cubes (name) ON DELETE CASCADE,
    offsets     TEXT NOT NULL,
    job         TEXT,
    reason      TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX discarded_by_cube ON discarded (cube, at);

CREATE TABLE jobs (
    id            TEXT PRIMARY KEY,
    cube          TEXT NOT NULL,
    segment       TEXT NOT NULL,
    segment_name  TEXT NOT NULL,
    state         TEXT NOT NULL,
    submitter     TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    ended_at      INTEGER,
    updated_at    INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    attempt       TEXT NOT NULL,
    error         TEXT,
    nothing_new   INTEGER NOT NULL,
    steps         TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_by_time ON jobs (created_at, id);
CREATE INDEX jobs_by_cube ON jobs (cube, created_at);

-- Every published change, numbered per cube without gaps, and whether the store has it yet.
CREATE TABLE commits (
    cube      TEXT NOT NULL,
    cube_id   TEXT NOT NULL,
    number    INTEGER NOT NULL,
    record    TEXT NOT NULL,
    stored    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (cube_id, number)
) STRICT;
CREATE INDEX commits_to_store ON commits (stored) WHERE stored = 0;
