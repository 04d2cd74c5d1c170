//! A catalog that an older Kirin wrote is brought up to date with everything in it.

use super::*;

/// A job that was published, one that builds, and one that was discarded, as version 1 kept them.
const VERSION_1: &str = "
    INSERT INTO models VALUES ('m', '{}', 1);
    INSERT INTO cubes VALUES ('c', 'cube', 'm', '{}', 'ada', 1, 0, 1, 1);
    INSERT INTO segments VALUES ('s1', 'c', 'ready', 'a1', '018f0000-0000-7000-8000-000000000001', 1, '{}'),
        ('s2', 'c', 'building', 'a2', '018f0000-0000-7000-8000-000000000002', 2, NULL);
    INSERT INTO segment_ranges VALUES ('s1', 'c', 0, 0, 10), ('s1', 'c', 1, 5, 5), ('s2', 'c', 0, 10, 20);
    INSERT INTO discarded VALUES ('018f0000-0000-7000-8000-0000000000b3', 'c', '0:20..30', NULL, 'no', 3);
    INSERT INTO jobs
    SELECT '018f0000-0000-7000-8000-00000000000' || n, 'c', s, 'x', 'FINISHED', 'ada', n, NULL, NULL, 1, 1,
        '018f0000-0000-7000-8000-0000000000a1', NULL, 0, '[]'
    FROM (SELECT 1 AS n, 's1' AS s UNION SELECT 2, 's2' UNION SELECT 3, '018f0000-0000-7000-8000-0000000000b3'
          UNION SELECT 4, 'gone');
    PRAGMA user_version = 1;
";

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_version_1_get_the_offsets_that_their_segments_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("../migrations/sqlite_1.sql")).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    drop(connection);
    drop(Catalog::open_sqlite(&path).await.unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mut statement = connection.prepare("SELECT offsets, priority FROM jobs ORDER BY id").unwrap();
    let jobs: Vec<(String, i64)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let parsed: Vec<SegmentOffsets> = jobs.iter().map(|(text, _)| offsets(text)).collect();
    assert_eq!(parsed, ["0:0..10 1:5..5", "0:10..20", "0:20..30", ""].map(offsets));
    assert!(jobs.iter().all(|(_, priority)| *priority == 0));
}
