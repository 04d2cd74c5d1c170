//! The words of Kylin's clients, against plain DataFusion in its own words.

use datafusion::arrow::datatypes::{DataType, TimeUnit};

use super::fixture::{World, ask, check_as, lines, refusal};
use crate::{Engine, Param, QueryRequest};

async fn check_all(pairs: &[(&str, &str)]) {
    let (engine, oracle) = World::of_flights().engine();
    for (sql, plain) in pairs {
        check_as(&engine, &oracle, sql, plain).await;
    }
}

async fn refused(cases: &[(&str, &str)]) {
    let (engine, _) = World::of_flights().engine();
    for (sql, part) in cases {
        let message = refusal(&engine, sql).await;
        assert!(message.contains(part), "{sql}\n{message}\nlacks {part:?}");
    }
}

/// The one row of an answer, as text.
async fn row(engine: &Engine, sql: &str, params: Vec<Param>) -> String {
    let request = QueryRequest { params, ..QueryRequest::default() };
    let answer = engine.query(sql, request).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    lines(&answer.batches).pop().unwrap_or_default()
}

#[tokio::test]
async fn event_time_rounded_down_is_answered_by_its_level() {
    let (engine, oracle) = World::of_flights().engine();
    for (unit, plain) in [
        ("HOUR", "date_trunc('hour', ts)"),
        ("DAY", "date_trunc('day', ts)"),
        ("WEEK", "date_trunc('week', ts + INTERVAL '1 day') - INTERVAL '1 day'"),
        ("MONTH", "date_trunc('month', ts)"),
        ("QUARTER", "date_trunc('quarter', ts)"),
        ("YEAR", "date_trunc('year', ts)"),
    ] {
        let sql =
            format!("SELECT FLOOR(ts TO {unit}) AS t, COUNT(*) FROM flights GROUP BY FLOOR(ts TO {unit})");
        let plain = format!("SELECT {plain} AS t, COUNT(*) FROM flights GROUP BY 1");
        let report = check_as(&engine, &oracle, &sql, &plain).await.report;
        let read = &report.scans[0].segments[0].dimensions;
        assert!(read.iter().all(|dimension| dimension.ends_with("_start")), "{unit} is read from {read:?}");
    }
}

#[tokio::test]
async fn the_time_grains_of_superset() {
    check_all(&[
        (
            r#"SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE) AS "TS", SUM("AIR_TIME") AS "SUM(x)" FROM "DEFAULT"."FLIGHTS"
               WHERE "TS" >= CAST('2013-01-10 00:00:00' AS TIMESTAMP) AND "TS" < CAST('2013-02-10 00:00:00' AS TIMESTAMP)
               GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE) LIMIT 1000"#,
            "SELECT ts::date, SUM(air_time) FROM flights WHERE ts >= TIMESTAMP '2013-01-10' AND ts < TIMESTAMP '2013-02-10' GROUP BY 1",
        ),
        (
            r#"SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO WEEK) AS DATE) AS "TS", COUNT(*) AS "n" FROM "DEFAULT"."FLIGHTS"
               GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO WEEK) AS DATE) ORDER BY "n" DESC"#,
            "SELECT week_start, COUNT(*) FROM flights GROUP BY 1",
        ),
        (
            r#"SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO HOUR) AS TIMESTAMP) AS "TS", "CARRIER", COUNT(*) AS n FROM "DEFAULT"."FLIGHTS"
               JOIN (SELECT "CARRIER" AS "CARRIER__", SUM("AIR_TIME") AS mme_inner__ FROM "DEFAULT"."FLIGHTS"
               GROUP BY "CARRIER" ORDER BY SUM("AIR_TIME") DESC LIMIT 2) AS series_limit ON "CARRIER" = "CARRIER__"
               GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO HOUR) AS TIMESTAMP), "CARRIER""#,
            "SELECT date_trunc('hour', ts)::timestamp, carrier, COUNT(*) FROM flights JOIN (SELECT carrier AS c FROM flights \
             GROUP BY carrier ORDER BY SUM(air_time) DESC LIMIT 2) t ON carrier = c GROUP BY 1, 2",
        ),
    ])
    .await;
}

#[tokio::test]
async fn parts_of_event_time_come_from_the_coarsest_level_that_has_them() {
    check_all(&[
        (
            "SELECT YEAR(ts), QUARTER(ts), MONTH(ts), COUNT(*) FROM flights GROUP BY YEAR(ts), QUARTER(ts), MONTH(ts) ORDER BY MONTH(ts)",
            "SELECT EXTRACT(year FROM ts), EXTRACT(quarter FROM ts), EXTRACT(month FROM ts), COUNT(*) FROM flights GROUP BY 1, 2, 3",
        ),
        (
            r#"SELECT WEEK("TS"), DAYOFMONTH("TS"), DAYOFYEAR("TS"), HOUR("TS"), COUNT(*) FROM "FLIGHTS" GROUP BY 1, 2, 3, 4"#,
            "SELECT EXTRACT(week FROM ts), EXTRACT(day FROM ts), EXTRACT(doy FROM ts), EXTRACT(hour FROM ts), COUNT(*) FROM flights GROUP BY 1, 2, 3, 4",
        ),
        (
            "SELECT DAYOFWEEK(ts) AS d, EXTRACT(DAYOFWEEK FROM ts) AS e, COUNT(*) FROM flights GROUP BY 1, 2 HAVING DAYOFWEEK(ts) > 1",
            "SELECT EXTRACT(dow FROM ts) + 1 AS d, EXTRACT(dow FROM ts) + 1 AS e, COUNT(*) FROM flights WHERE EXTRACT(dow FROM ts) > 0 GROUP BY 1, 2",
        ),
        (
            "SELECT DISTINCT MONTH(ts) FROM flights WHERE YEAR(ts) = 2013 AND {fn MONTH(ts)} < 3 ORDER BY MONTH(ts)",
            "SELECT DISTINCT EXTRACT(month FROM ts) FROM flights WHERE EXTRACT(month FROM ts) < 3",
        ),
        (
            "SELECT COUNT(*) FROM flights WHERE FLOOR(ts TO MONTH) = {ts '2013-02-01 00:00:00'} OR FLOOR(ts TO DAY) = {d '2013-01-03'}",
            "SELECT COUNT(*) FROM flights WHERE date_trunc('month', ts) = TIMESTAMP '2013-02-01' OR ts::date = DATE '2013-01-03'",
        ),
    ])
    .await;
}

#[tokio::test]
async fn years_prune_segments() {
    let (engine, _) = World::of_flights().engine();
    let report = ask(&engine, "SELECT COUNT(*) FROM flights WHERE YEAR(ts) = 2014").await.report;
    assert_eq!((report.scans[0].segments_scanned, report.scans[0].segments_pruned), (0, 3));
    let days = "SELECT COUNT(*) FROM flights WHERE FLOOR(ts TO DAY) >= TIMESTAMP '2013-03-01 00:00:00'";
    assert_eq!(ask(&engine, days).await.report.scans[0].segments_pruned, 2);
}

#[tokio::test]
async fn what_no_level_determines_is_refused() {
    refused(&[
        (
            "SELECT FLOOR(ts TO SECOND), COUNT(*) FROM flights GROUP BY 1",
            "TO SECOND) needs the exact event time",
        ),
        (
            "SELECT FLOOR(ts TO MINUTE), COUNT(*) FROM flights GROUP BY 1",
            "add minute_start to its dimensions",
        ),
        ("SELECT CEIL(ts TO HOUR), COUNT(*) FROM flights GROUP BY 1", "exact event time"),
        ("SELECT MINUTE(ts), COUNT(*) FROM flights GROUP BY 1", "add minute_start"),
        ("SELECT SECOND(ts), COUNT(*) FROM flights GROUP BY 1", "exact event time"),
        ("SELECT TIMESTAMPADD(DAY, 1, ts), COUNT(*) FROM flights GROUP BY 1", "exact event time"),
        ("SELECT COUNT(*) FROM flights WHERE TIMESTAMPDIFF(HOUR, ts, now()) < 24", "exact event time"),
        ("SELECT FLOOR(ts TO CENTURY) FROM flights", "CENTURY is no unit"),
        ("SELECT FLOOR(carrier TO DAY), FLOOR(cancelled TO DAY) FROM flights GROUP BY 1, 2", "not Boolean"),
    ])
    .await;
}

#[tokio::test]
async fn levels_and_answers_can_be_rounded_shifted_and_compared() {
    check_all(&[
        (
            "SELECT CEIL(hour_start TO DAY), FLOOR(day_start TO MONTH), COUNT(*) FROM flights GROUP BY 1, 2",
            "SELECT CASE WHEN hour_start = date_trunc('day', hour_start) THEN hour_start ELSE date_trunc('day', hour_start) + INTERVAL '1 day' END, \
             month_start, COUNT(*) FROM flights GROUP BY 1, 2",
        ),
        (
            "SELECT TIMESTAMPADD(MONTH, 1, day_start), TIMESTAMPADD(HOUR, -3, FLOOR(ts TO HOUR)), COUNT(*) FROM flights GROUP BY 1, 2",
            "SELECT day_start + INTERVAL '1 month', hour_start - INTERVAL '3 hours', COUNT(*) FROM flights GROUP BY 1, 2",
        ),
        (
            "SELECT TIMESTAMPDIFF(HOUR, day_start, hour_start) AS h, COUNT(*) FROM flights GROUP BY 1",
            "SELECT CAST(EXTRACT(hour FROM ts) AS BIGINT), COUNT(*) FROM flights GROUP BY 1",
        ),
        (
            "SELECT TIMESTAMPADD(DAY, -7, MIN(ts)) AS a FROM flights",
            "SELECT MIN(ts) - INTERVAL '7 days' FROM flights",
        ),
        (
            "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMPADD(DAY, -3, DATE '2013-01-23') AND ts < FLOOR(TIMESTAMP '2013-02-10 11:12:13' TO WEEK)",
            "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2013-01-20' AND ts < TIMESTAMP '2013-02-10'",
        ),
    ])
    .await;
}

#[tokio::test]
async fn constants_of_every_type() {
    let (engine, _) = World::of_flights().engine();
    for (sql, expected) in [
        (
            "SELECT TIMESTAMPDIFF(DAY, TIMESTAMP '2024-01-01 23:00:00', TIMESTAMP '2024-01-03 22:59:59')",
            "| 1 |",
        ),
        ("SELECT TIMESTAMPDIFF(MONTH, DATE '2024-05-31', DATE '2024-02-29')", "| -3 |"),
        ("SELECT TIMESTAMPDIFF(YEAR, DATE '2020-02-29', '2024-02-28 00:00:00')", "| 3 |"),
        ("SELECT TIMESTAMPADD(MONTH, 1, DATE '2024-01-31')", "| 2024-02-29 |"),
        ("SELECT TIMESTAMPADD(MINUTE, 90, DATE '2024-01-31')", "| 2024-01-31T01:30:00 |"),
        ("SELECT TIMESTAMPADD(DAY, NULL, DATE '2024-01-31')", "| |"),
        (
            "SELECT {fn TIMESTAMPADD(SQL_TSI_QUARTER, 1, {ts '2024-01-31 01:02:03.5'})}",
            "| 2024-04-30T01:02:03.500 |",
        ),
        ("SELECT CEIL(TIMESTAMP '2024-01-01 00:00:00.000000001' TO YEAR)", "| 2025-01-01T00:00:00 |"),
        ("SELECT FLOOR(DATE '2024-01-06' TO WEEK)", "| 2023-12-31 |"),
        ("SELECT FLOOR('2024-02-29 10:11:12.9' TO SECOND)", "| 2024-02-29T10:11:12 |"),
        ("SELECT FLOOR(CAST(NULL AS TIMESTAMP) TO DAY)", "| |"),
        ("SELECT FLOOR(2.7), CEIL(2.2), MOD(7, 4), {fn LCASE('A')}", "| 2.0 | 3.0 | 3 | a |"),
        ("SELECT DAYOFWEEK(DATE '2024-01-07'), {t '01:02:03'};", "| 1 | 01:02:03 |"),
        ("SELECT CASE WHEN YEAR(CURRENT_DATE) > 2000 THEN 'now' END", "| now |"),
    ] {
        assert_eq!(row(&engine, sql, vec![]).await, expected, "{sql}");
    }
    let late = refusal(&engine, "SELECT TIMESTAMPADD(YEAR, 300000, DATE '2024-01-31')").await;
    assert!(late.contains("outside of the years"), "{late}");
}

#[tokio::test]
async fn labels_are_the_text_that_was_written() {
    let (engine, _) = World::of_flights().engine();
    let sql =
        r#"SELECT FLOOR("TS" TO DAY), {fn YEAR("TS")}, COUNT(*) AS "Count" FROM "FLIGHTS" GROUP BY 1, 2"#;
    let answer = ask(&engine, sql).await;
    let labels: Vec<_> = answer.schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(labels, [r#"FLOOR("TS" TO DAY)"#, r#"YEAR("TS")"#, "Count"]);
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    assert_eq!(answer.schema.field(0).data_type(), &micros);
}

#[tokio::test]
async fn a_sum_of_ones_counts() {
    check_all(&[
        ("SELECT carrier, SUM(1) FROM flights GROUP BY carrier", "SELECT carrier, COUNT(*) FROM flights GROUP BY carrier"),
        ("SELECT dest FROM flights GROUP BY dest HAVING (COUNT(1) > 0)", "SELECT DISTINCT dest FROM flights"),
        ("SELECT dest FROM flights GROUP BY 1 ORDER BY dest NULLS FIRST OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY",
         "SELECT dest FROM flights GROUP BY 1 ORDER BY dest NULLS FIRST LIMIT 2 OFFSET 1"),
    ])
    .await;
}

#[tokio::test]
async fn parameters_are_typed_values() {
    let (engine, oracle) = World::of_flights().engine();
    let sql = "SELECT COUNT(*) FROM flights WHERE carrier = ? AND gate > ? AND ts >= ? AND ts < ? AND class < ? AND cancelled = ? LIMIT ?";
    let params = vec![
        Param::Text("AA".into()),
        Param::Int(7),
        Param::Timestamp("2013-01-10 00:00:00.000".into()),
        Param::Date("2013-03-02".into()),
        Param::Decimal("3.50".into()),
        Param::Bool(false),
        Param::Int(10),
    ];
    let plain = "SELECT COUNT(*) FROM flights WHERE carrier = 'AA' AND gate > 7 AND ts >= TIMESTAMP '2013-01-10' AND ts < DATE '2013-03-02' \
                 AND class < 3.50 AND NOT cancelled";
    assert_eq!(Some(&row(&engine, sql, params).await), oracle.rows(plain).await.last());
    let typed = "SELECT $1 AS a, $2 + 0.5 AS b, $3 AS c, $4 AS d, $1 AS e";
    let params =
        vec![Param::Null, Param::Double(1.5), Param::Decimal("-0.10".into()), Param::Text("?".into())];
    assert_eq!(row(&engine, typed, params).await, "| | 2.0 | -0.10 | ? | |");
    let text = row(&engine, "SELECT ?", vec![Param::Text("' OR 1 = 1 --".into())]).await;
    assert_eq!(text, "| ' OR 1 = 1 -- |");
}

#[tokio::test]
async fn a_wrong_number_of_parameters_or_a_wrong_value_is_refused() {
    let (engine, _) = World::of_flights().engine();
    for (sql, params, part) in [
        ("SELECT ? AS a, ? AS b", vec![Param::Int(1)], "2 placeholders, but 1 value came"),
        ("SELECT 1", vec![Param::Int(1)], "0 placeholders, but 1 value came"),
        ("SELECT ?", vec![Param::Date("soon".into())], "soon"),
        ("SELECT 1; SELECT 2", vec![], "2 statements were sent"),
    ] {
        let request = QueryRequest { params, ..QueryRequest::default() };
        let message = engine.query(sql, request).await.unwrap_err().to_string();
        assert!(message.contains(part), "{sql}\n{message}");
    }
}
