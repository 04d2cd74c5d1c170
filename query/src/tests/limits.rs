//! Decisions, reports and limits.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::{CUBE, World, ask, check, lines, options, refusal};
use crate::{Cancel, Engine, EngineOptions, ErrorKind, QueryRequest};

/// As cheap as can be for carriers by day.
const SMALL: &str = "
cube:
  name: small
  model: flights
  dimensions: [carrier, week_start, day_start]
  measures: [{ name: air_time, function: sum, column: air_time }]
";

#[tokio::test]
async fn the_report_says_what_was_scanned_and_pruned() {
    let (engine, oracle) = World::of_flights().engine();
    let sql = "SELECT carrier, COUNT(*) FROM flights WHERE ts < TIMESTAMP '2013-01-15' GROUP BY carrier";
    let report = check(&engine, &oracle, sql).await.report;
    let [scan] = report.scans.as_slice() else { panic!("{report:?}") };
    assert_eq!((scan.table.as_str(), scan.cube.as_str()), ("flights", "flights_cube"));
    assert_eq!((scan.segments_considered, scan.segments_scanned, scan.segments_pruned), (3, 1, 2));
    assert_eq!((scan.from.as_deref(), scan.to.as_deref()), (None, Some("2013-01-14 23:59:59.999999")));
    assert_eq!(scan.segments[0].dimensions, ["carrier", "day_start"]);
    assert_eq!(scan.segments[0].segment, "0_300");
    assert!(report.rows_read > 0 && report.rows_read == scan.segments[0].rows_read && report.bytes_read > 0);
    assert!(report.complete && scan.holes.is_empty());
}

#[tokio::test]
async fn a_filter_over_the_aggregation_prunes_too() {
    let (engine, oracle) = World::of_flights().engine();
    let sql = "SELECT t.d, t.n FROM (SELECT day_start AS d, carrier, COUNT(*) AS n FROM flights GROUP BY day_start, carrier) t \
               WHERE t.d >= DATE '2013-03-01'";
    let report = check(&engine, &oracle, sql).await.report;
    let scan = &report.scans[0];
    assert_eq!((scan.segments_scanned, scan.segments_pruned), (1, 2));
    assert_eq!(scan.from.as_deref(), Some("2013-03-01 00:00:00"));
    let never = format!("{sql} AND t.d < DATE '2013-02-01'");
    let report = check(&engine, &oracle, &never).await.report;
    assert_eq!((report.rows_read, report.complete), (0, true));
}

#[tokio::test]
async fn explain_decides_the_same_and_reads_nothing() {
    let (engine, _) = World::of_flights().engine();
    let sql =
        "SELECT carrier, SUM(air_time) FROM flights WHERE month_start = DATE '2013-03-01' GROUP BY carrier";
    let report = engine.explain(sql, QueryRequest::default()).await.unwrap();
    assert_eq!((report.scans[0].segments_scanned, report.rows_read), (1, 0));
    let answer = ask(&engine, &format!("EXPLAIN {sql}")).await;
    assert_eq!((answer.schema.field(0).name().as_str(), answer.report.rows_read), ("plan", 0));
    let text = lines(&answer.batches).join("\n");
    assert!(
        text.contains("table flights from cube flights_cube") && text.contains("1 scanned, 2 pruned"),
        "{text}"
    );
    assert!(text.contains("merge_sum"), "{text}");
}

#[tokio::test]
async fn a_missing_segment_is_a_hole_that_is_reported_where_it_is_touched() {
    let mut world = World::new();
    world.add_cube_of(CUBE, true, &[0, 2]);
    let (engine, _) = world.engine();
    let answer = ask(&engine, "SELECT COUNT(*) FROM flights").await;
    assert!(!answer.report.complete);
    let hole = &answer.report.scans[0].holes[0];
    assert_eq!(
        (hole.name.as_str(), hole.cause.as_str()),
        ("300_500", "no build has asked for these offsets")
    );
    let before = ask(&engine, "SELECT COUNT(*) FROM flights WHERE ts < TIMESTAMP '2012-01-01'").await;
    assert!(before.report.complete);
    let later = ask(&engine, "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2014-01-01'").await;
    assert!(later.report.complete);
}

#[tokio::test]
async fn the_cheaper_cube_answers_if_it_holds_as_much() {
    let sql = "SELECT carrier, SUM(air_time) FROM flights GROUP BY carrier";
    let asked = async |which: &[usize]| {
        let mut world = World::of_flights();
        world.add_cube_of(SMALL, true, which);
        let (engine, oracle) = world.engine();
        check(&engine, &oracle, sql).await.report.scans[0].cube.clone()
    };
    assert_eq!(asked(&[0, 1]).await, "flights_cube", "a cube that holds less must not win");
    assert_eq!(asked(&[0, 1, 2]).await, "flights_cube");
    let mut world = World::new();
    world.add_cube(SMALL, true);
    world.add_cube(CUBE, false);
    let (engine, oracle) = world.engine();
    assert_eq!(check(&engine, &oracle, sql).await.report.scans[0].cube, "small");
}

#[tokio::test]
async fn a_bound_on_a_sunday_is_answered_by_weeks_where_weeks_are_asked_for() {
    let mut world = World::new();
    world.add_cube(SMALL, true);
    let (engine, oracle) = world.engine();
    let dimensions = async |sql: &str| {
        let report = check(&engine, &oracle, sql).await.report;
        report.scans[0].segments[0].dimensions.clone()
    };
    let weeks =
        "SELECT week_start, COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2013-01-06' GROUP BY week_start";
    assert_eq!(dimensions(weeks).await, ["week_start"]);
    let days = "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2013-01-07'";
    assert_eq!(dimensions(days).await, ["week_start", "day_start"]);
}

#[tokio::test]
async fn too_many_rows_are_an_error_unless_a_limit_is_asked_for() {
    let world = World::of_flights();
    let engine =
        Engine::with_source(Arc::new(world.memory), EngineOptions { max_rows: 2, ..options() }).unwrap();
    let sql = "SELECT dest, COUNT(*) FROM flights GROUP BY dest ORDER BY dest";
    assert!(refusal(&engine, sql).await.contains("more than 2 rows"));
    assert_eq!(ask(&engine, &format!("{sql} LIMIT 4")).await.rows(), 4);
    let page = QueryRequest { limit: Some(3), offset: Some(1), ..QueryRequest::default() };
    assert_eq!(engine.query(sql, page).await.unwrap().rows(), 3);
}

#[tokio::test]
async fn a_slow_query_ends_with_its_timeout_or_its_cancellation() {
    let mut world = World::of_flights();
    world.memory.delay = Duration::from_secs(60);
    let options = EngineOptions { timeout: Duration::from_millis(300), ..options() };
    let engine = Engine::with_source(Arc::new(world.memory), options).unwrap();
    let sql = "SELECT COUNT(*) FROM flights";
    let late = engine.query(sql, QueryRequest::default()).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Unavailable);
    assert!(late.to_string().contains("within 0.3 s"), "{late}");
    let cancel = Cancel::default();
    cancel.cancel();
    let request = QueryRequest { cancel: Some(cancel), ..QueryRequest::default() };
    assert!(engine.query(sql, request).await.unwrap_err().to_string().contains("cancelled"));
}

#[tokio::test]
async fn without_memory_a_query_fails_and_says_what_to_do() {
    let world = World::of_flights();
    let engine =
        Engine::with_source(Arc::new(world.memory), EngineOptions { memory_limit: 2_000, ..options() })
            .unwrap();
    let sql = "SELECT carrier, dest, hour_start, COUNT(DISTINCT passenger) FROM flights GROUP BY 1, 2, 3";
    let full = engine.query(sql, QueryRequest::default()).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Unavailable, "{full}");
    assert!(full.to_string().contains("raise the limit"), "{full}");
}

#[tokio::test]
async fn tables_list_their_columns_and_levels() {
    let (engine, _) = World::of_flights().engine();
    let tables = engine.tables().await.unwrap();
    assert_eq!((tables.len(), tables[0].name.as_str()), (1, "flights"));
    let names: Vec<_> = tables[0].columns.iter().map(|(name, _)| name.as_str()).collect();
    let columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'flights'";
    assert_eq!(ask(&engine, columns).await.rows(), names.len());
    assert!(
        names.starts_with(&["ts", "carrier"]) && names.ends_with(&["quarter_start", "year_start"]),
        "{names:?}"
    );
}

#[tokio::test]
async fn options_of_zero_are_refused() {
    let refused =
        Engine::with_source(Arc::new(World::new().memory), EngineOptions { max_rows: 0, ..options() });
    assert!(refused.unwrap_err().to_string().contains("max_rows is 0"));
}
