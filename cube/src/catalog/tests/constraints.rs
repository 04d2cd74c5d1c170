//! What the database refuses, whoever writes to its tables.

use rusqlite::Connection;

use super::*;

/// Segments of the cube of flights over `0:0..10 1:0..10` (published, `A`) and `0:10..20`
/// (building, `B`), and one of another cube (`C`) over `0:0..10`; then the bare file.
async fn raw() -> (TempDir, Connection, [String; 3]) {
    let fixture = Fixture::flights().await;
    fixture.catalog.create_cubes(&SpecFile::parse(SAMPLE_STREAM).unwrap(), "ada").await.unwrap();
    let a = fixture.publish("0:0..10 1:0..10").await.segment;
    let b = fixture.reserve("0:10..20").await.unwrap().segment;
    let other =
        Reservation { cube: CubeName::new("kylin_streaming_cube").unwrap(), ..reservation("0:0..10") };
    let c = fixture.catalog.reserve(other).await.unwrap().segment;
    let path = fixture.path();
    let Fixture { folder, catalog } = fixture;
    drop(catalog);
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    (folder, connection, [a, b, c].map(|id| id.to_string()))
}

/// `A`, `B` and `C` in the statement stand for the ids of the segments.
fn run(connection: &Connection, ids: &[String; 3], sql: &str) -> Result<usize, String> {
    let sql = sql.replace("'A'", &format!("'{}'", ids[0])).replace("'B'", &format!("'{}'", ids[1]));
    connection.execute(&sql.replace("'C'", &format!("'{}'", ids[2])), []).map_err(|error| error.to_string())
}

fn ranges(connection: &Connection) -> Vec<(String, i64, i64, i64)> {
    let mut statement = connection
        .prepare("SELECT segment, partition, start_offset, end_offset FROM segment_ranges ORDER BY 1, 2")
        .unwrap();
    let rows =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_sql_cannot_make_two_segments_hold_one_offset() {
    let (_folder, connection, ids) = raw().await;
    let before = ranges(&connection);
    let insert = |range: &str| format!("INTO segment_ranges VALUES ('B', 'flights_cube', {range})");
    for range in ["1, 0, 10", "1, 9, 10", "1, 9, 20", "1, 3, 4", "1, 0, 1000"] {
        for verb in ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"] {
            let error = run(&connection, &ids, &format!("{verb} {}", insert(range))).unwrap_err();
            assert!(error.contains("overlap another segment"), "{verb} {range}: {error}");
        }
    }
    let error = run(
        &connection,
        &ids,
        "INSERT OR REPLACE INTO segment_ranges VALUES ('B', 'flights_cube', 0, 5, 20)",
    );
    assert!(error.is_err());
    assert_eq!(ranges(&connection), before);
    // Neighbours, empty ranges, and the same offsets of another cube are all right.
    for free in [
        "('B', 'flights_cube', 1, 10, 20)",
        "('B', 'flights_cube', 2, 0, 5)",
        "('C', 'kylin_streaming_cube', 1, 5, 15)",
    ] {
        run(&connection, &ids, &format!("INSERT INTO segment_ranges VALUES {free}")).unwrap();
    }
    run(&connection, &ids, "INSERT INTO segment_ranges VALUES ('A', 'flights_cube', 2, 3, 3)").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_sql_cannot_change_the_offsets_of_a_segment() {
    let (_folder, connection, ids) = raw().await;
    let before = ranges(&connection);
    for sql in [
        "UPDATE segment_ranges SET end_offset = 15 WHERE segment = 'A'",
        "UPDATE segment_ranges SET start_offset = 30, end_offset = 40 WHERE segment = 'B'",
        "UPDATE segment_ranges SET partition = 5",
        "UPDATE OR REPLACE segment_ranges SET segment = 'A' WHERE segment = 'B'",
        "UPDATE segment_ranges SET cube = 'other'",
        "INSERT OR REPLACE INTO segment_ranges VALUES ('B', 'flights_cube', 0, 30, 40)",
        "REPLACE INTO segment_ranges VALUES ('A', 'flights_cube', 1, 0, 5)",
        "INSERT INTO segment_ranges VALUES ('B', 'flights_cube', 0, 30, 40) \
         ON CONFLICT DO UPDATE SET start_offset = 30, end_offset = 40",
        "DELETE FROM segment_ranges WHERE segment = 'B'",
        "DELETE FROM segment_ranges",
    ] {
        let error = run(&connection, &ids, sql).expect_err(sql);
        assert!(error.contains("never change"), "{sql}: {error}");
        assert_eq!(ranges(&connection), before, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_sql_cannot_move_a_segment_to_another_cube() {
    let (_folder, connection, ids) = raw().await;
    for sql in [
        "UPDATE segments SET cube = 'kylin_streaming_cube' WHERE id = 'A'",
        "UPDATE segments SET id = 'x' WHERE id = 'A'",
    ] {
        let error = run(&connection, &ids, sql).expect_err(sql);
        assert!(error.contains("never changes its id or its cube"), "{sql}: {error}");
    }
    for range in [
        "('A', 'kylin_streaming_cube', 7, 0, 5)",
        "('C', 'flights_cube', 7, 0, 5)",
        "('x', 'flights_cube', 7, 0, 5)",
    ] {
        let error =
            run(&connection, &ids, &format!("INSERT INTO segment_ranges VALUES {range}")).expect_err(range);
        assert!(error.contains("another cube than its segment"), "{range}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_is_none_is_refused() {
    let (_folder, connection, ids) = raw().await;
    for range in ["-1, 0, 5", "3, -1, 5", "3, 6, 5", "NULL, 0, 5", "3, 'x', 5"] {
        run(&connection, &ids, &format!("INSERT INTO segment_ranges VALUES ('B', 'flights_cube', {range})"))
            .expect_err(range);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_is_ready_exactly_when_it_says_what_it_holds() {
    let (_folder, connection, ids) = raw().await;
    for sql in [
        "UPDATE segments SET state = 'ready' WHERE id = 'B'",
        "UPDATE segments SET state = 'building' WHERE id = 'A'",
        "UPDATE segments SET ready = NULL WHERE id = 'A'",
        "UPDATE segments SET state = 'expired' WHERE id = 'B'",
        "INSERT INTO segments VALUES ('x', 'no_cube', 'building', 't', 'j', 0, NULL)",
    ] {
        run(&connection, &ids, sql).expect_err(sql);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_row_that_does_not_add_up_is_refused() {
    let (_folder, connection, ids) = raw().await;
    // end - start = rows + filtered + rejected + absent, delivered = rows + filtered + rejected.
    let insert = |terms: &str| {
        format!(
            "INSERT INTO ledger VALUES ('B', 0, 10, 20, {terms}, '{{}}', '{{}}', x'', x'', NULL, NULL, NULL)"
        )
    };
    for terms in [
        "9, 7, 1, 1, 0",
        "9, 6, 1, 1, 1",
        "10, 7, 1, 1, 1",
        "8, 7, 1, 1, 1",
        "9, 7, 1, 1, 2",
        "0, 0, 0, 0, 0",
    ] {
        let error = run(&connection, &ids, &insert(terms)).expect_err(terms);
        assert!(error.contains("CHECK"), "{terms}: {error}");
    }
    assert_eq!(run(&connection, &ids, &insert("9, 7, 1, 1, 1")), Ok(1));
    run(&connection, &ids, "UPDATE ledger SET row_count = row_count + 1").unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_and_ledger_go_with_their_segment_and_segments_with_their_cube() {
    let (_folder, connection, ids) = raw().await;
    let count = |table: &str| -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("segments"), count("segment_ranges"), count("ledger")), (3, 4, 2));
    run(&connection, &ids, "DELETE FROM segments WHERE id = 'A'").unwrap();
    assert_eq!((count("segments"), count("segment_ranges"), count("ledger")), (2, 2, 0));
    run(&connection, &ids, "DELETE FROM cubes WHERE name = 'flights_cube'").unwrap();
    assert_eq!((count("segments"), count("segment_ranges"), count("partition_starts")), (1, 1, 1));
}
