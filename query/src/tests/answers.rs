//! Each clause of the rewriting where it applies.

use super::fixture::{World, ask, check, lines};

async fn check_all(statements: &[&str]) {
    let (engine, oracle) = World::of_flights().engine();
    for sql in statements {
        check(&engine, &oracle, sql).await;
    }
}

#[tokio::test]
async fn measures() {
    check_all(&[
        "SELECT COUNT(*), COUNT(1), COUNT(air_time), SUM(air_time), AVG(air_time), MIN(air_time), MAX(air_time) FROM flights",
        "SELECT carrier, COUNT(fare), SUM(fare), MAX(fare) FROM flights GROUP BY carrier",
        "SELECT carrier, SUM(weight), AVG(weight), COUNT(weight) FROM flights GROUP BY carrier",
        "SELECT dest, COUNT(DISTINCT passenger) FROM flights GROUP BY dest",
        "SELECT carrier, approx_distinct(tail) FROM flights GROUP BY carrier",
        "SELECT carrier, approx_distinct(passenger) FROM flights GROUP BY carrier",
        "SELECT MIN(ts), COUNT(ts), COUNT(day_start) FROM flights",
        "SELECT carrier, MIN(DISTINCT air_time), MAX(DISTINCT fare) FROM flights GROUP BY carrier",
    ])
    .await;
    let (engine, _) = World::of_flights().engine();
    let answer = ask(&engine, "SELECT APPROX_COUNT_DISTINCT(tail) AS n FROM flights").await;
    assert_eq!(lines(&answer.batches), ["UInt64", "| n |", "| 9 |"]);
}

#[tokio::test]
async fn an_average_of_decimals_is_rounded_in_its_last_digit() {
    let (engine, oracle) = World::of_flights().engine();
    check(&engine, &oracle, "SELECT ROUND(CAST(AVG(fare) AS DOUBLE), 4) AS a FROM flights").await;
}

#[tokio::test]
async fn casts_around_arguments() {
    check_all(&[
        "SELECT SUM(CAST(air_time AS BIGINT)) FROM flights",
        "SELECT SUM(CAST(air_time AS DOUBLE)), AVG(CAST(air_time AS DOUBLE)) FROM flights",
        "SELECT MIN(CAST(air_time AS DOUBLE)), MAX(CAST(fare AS DECIMAL(20, 4))) FROM flights",
        "SELECT SUM(CAST(air_time AS DECIMAL(12, 2))), SUM(CAST(fare AS DECIMAL(20, 4))) FROM flights",
        "SELECT COUNT(DISTINCT CAST(passenger AS DECIMAL(20, 0))) FROM flights",
    ])
    .await;
}

#[tokio::test]
async fn dimensions_weighed_by_their_messages() {
    check_all(&[
        "SELECT COUNT(dest), COUNT(gate), COUNT(cancelled) FROM flights",
        "SELECT carrier, SUM(gate), AVG(gate), MIN(gate), MAX(gate) FROM flights GROUP BY carrier",
        "SELECT SUM(class), AVG(class), MIN(class) FROM flights",
        "SELECT MIN(dest), MAX(carrier), MIN(day_start), MAX(hour_start) FROM flights",
        "SELECT COUNT(DISTINCT dest), COUNT(DISTINCT carrier), SUM(DISTINCT gate), COUNT(DISTINCT day_start) FROM flights",
        "SELECT carrier, approx_distinct(dest) FROM flights GROUP BY carrier",
        "SELECT bool_and(cancelled), bool_or(cancelled) FROM flights",
    ])
    .await;
}

#[tokio::test]
async fn expressions_over_dimensions() {
    check_all(&[
        "SELECT SUM(CASE WHEN dest = 'MIA' THEN 1 ELSE 0 END), COUNT(CASE WHEN dest = 'MIA' THEN 1 END) FROM flights",
        "SELECT carrier, SUM(CASE WHEN cancelled THEN 1.5 ELSE 0 END) FROM flights GROUP BY carrier",
        "SELECT MAX(length(dest)), SUM(length(dest)), AVG(length(dest) * 2) FROM flights",
        "SELECT COUNT(NULL), SUM(2), AVG(3) FROM flights",
        "SELECT upper(dest), COUNT(*) FROM flights GROUP BY upper(dest)",
        "SELECT gate % 2 = 0, COUNT(*) FROM flights GROUP BY 1",
        "SELECT coalesce(dest, '?') || carrier AS k, SUM(air_time) FROM flights GROUP BY k",
    ])
    .await;
}

#[tokio::test]
async fn filters_of_rows_and_of_aggregates() {
    check_all(&[
        "SELECT COUNT(*) FROM flights WHERE carrier = 'AA' AND dest IS NULL",
        "SELECT COUNT(*), SUM(air_time) FROM flights WHERE dest IN ('MIA', '') OR gate > 14",
        "SELECT COUNT(*) FILTER (WHERE cancelled), SUM(air_time) FILTER (WHERE dest = 'MIA'), \
         COUNT(DISTINCT passenger) FILTER (WHERE carrier = 'UA') FROM flights",
        "SELECT carrier, AVG(air_time) FILTER (WHERE dest = 'nowhere'), COUNT(*) FILTER (WHERE dest = 'nowhere') \
         FROM flights GROUP BY carrier",
        "SELECT carrier, COUNT(*) AS n FROM flights GROUP BY carrier HAVING SUM(air_time) > 1000 AND COUNT(*) > 1",
        "SELECT COUNT(*) FROM flights WHERE dest LIKE 'M%' AND NOT cancelled",
    ])
    .await;
}

#[tokio::test]
async fn nothing_counts_zero_and_sums_to_null() {
    check_all(&[
        "SELECT COUNT(*), SUM(air_time), AVG(fare), COUNT(DISTINCT passenger), MIN(dest) FROM flights WHERE carrier = 'XX'",
        "SELECT carrier, COUNT(*) FROM flights WHERE carrier = 'XX' GROUP BY carrier",
        "SELECT COUNT(*), SUM(air_time) FROM flights WHERE ts < TIMESTAMP '1999-01-01'",
        "SELECT COUNT(*), SUM(air_time) FROM flights WHERE ts >= TIMESTAMP '2013-02-01' AND ts < TIMESTAMP '2013-01-01'",
        "SELECT COUNT(*), SUM(bags) FROM flights WHERE 1 = 0",
        "SELECT * FROM flights WHERE 1 = 0",
        "SELECT * FROM flights LIMIT 0",
    ])
    .await;
}

#[tokio::test]
async fn levels_and_ranges_of_event_time() {
    check_all(&[
        "SELECT day_start, COUNT(*) FROM flights GROUP BY day_start",
        "SELECT month_start, year_start, week_start, COUNT(*) FROM flights GROUP BY 1, 2, 3",
        "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2013-01-10' AND ts < TIMESTAMP '2013-02-03 05:15:00'",
        "SELECT COUNT(*) FROM flights WHERE ts BETWEEN '2013-01-10' AND '2013-01-19 23:59:59.999999'",
        "SELECT COUNT(*) FROM flights WHERE ts > TIMESTAMP '2013-01-09 23:59:59.999999' AND ts <= TIMESTAMP '2013-01-31 23:59:59.999999999'",
        "SELECT COUNT(*) FROM flights WHERE TIMESTAMP '2013-02-01' <= ts AND ts IS NOT NULL",
        "SELECT COUNT(*) FROM flights WHERE ts >= DATE '2013-01-20' OR ts < DATE '2013-01-02'",
        "SELECT COUNT(*) FROM flights WHERE CAST(ts AS TIMESTAMP) >= CAST('2013-01-20 10:00:00' AS TIMESTAMP)",
        "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2013-01-20 00:00:00+00:00'",
        "SELECT COUNT(*) FROM flights WHERE CAST(ts AS DATE) = DATE '2013-01-21'",
        "SELECT COUNT(*) FROM flights WHERE day_start BETWEEN DATE '2013-01-15' AND DATE '2013-01-25'",
        "SELECT COUNT(*) FROM flights WHERE date_trunc('month', ts) = TIMESTAMP '2013-02-01'",
        "SELECT COUNT(*) FROM flights WHERE EXTRACT(YEAR FROM ts) = 2013 AND EXTRACT(MONTH FROM ts) IN (1, 3)",
        "SELECT COUNT(*) FROM flights WHERE ts >= DATE '1700-01-01' AND ts < DATE '2261-12-31'",
    ])
    .await;
}

#[tokio::test]
async fn event_time_truncated_binned_and_taken_apart() {
    check_all(&[
        "SELECT date_trunc('hour', ts) AS t, COUNT(*) FROM flights GROUP BY 1",
        "SELECT date_trunc('day', ts), date_trunc('quarter', ts), COUNT(*) FROM flights GROUP BY 1, 2",
        "SELECT date_trunc('week', ts), SUM(air_time) FROM flights GROUP BY 1",
        "SELECT date_trunc('month', CAST(ts AS TIMESTAMP)), COUNT(*) FROM flights GROUP BY 1",
        "SELECT date_bin(INTERVAL '15 minutes', ts), COUNT(*) FROM flights GROUP BY 1",
        "SELECT date_bin(INTERVAL '6 hours', ts, TIMESTAMP '2001-01-01 01:00:00') AS b, COUNT(*) FROM flights GROUP BY b",
        "SELECT date_bin(INTERVAL '2 days', ts), COUNT(*) FROM flights GROUP BY 1",
        "SELECT EXTRACT(year FROM ts), EXTRACT(quarter FROM ts), EXTRACT(month FROM ts), EXTRACT(week FROM ts), COUNT(*) \
         FROM flights GROUP BY 1, 2, 3, 4",
        "SELECT EXTRACT(dow FROM ts) AS d, EXTRACT(doy FROM ts) AS y, EXTRACT(hour FROM ts) AS h, COUNT(*) FROM flights GROUP BY d, y, h",
        "SELECT date_part('day', ts), COUNT(*) FROM flights GROUP BY 1",
        "SELECT CAST(ts AS DATE), ts::date + 1, COUNT(*) FROM flights GROUP BY 1, 2",
        "SELECT CAST(date_trunc('day', ts) AS DATE), MAX(date_trunc('hour', ts)) FROM flights GROUP BY 1",
        "SELECT day_start, date_trunc('day', ts), COUNT(*) FROM flights GROUP BY day_start, date_trunc('day', ts)",
    ])
    .await;
}

#[tokio::test]
async fn distinct_rows_of_dimensions() {
    check_all(&[
        "SELECT DISTINCT carrier, dest FROM flights",
        "SELECT DISTINCT upper(dest) AS d FROM flights WHERE cancelled",
        "SELECT DISTINCT date_trunc('month', ts) FROM flights",
        "SELECT COUNT(*) FROM (SELECT DISTINCT carrier, gate FROM flights) t",
        "SELECT carrier FROM flights UNION SELECT dest FROM flights",
        "SELECT carrier FROM flights INTERSECT SELECT dest FROM flights",
        "SELECT carrier FROM flights EXCEPT SELECT dest FROM flights WHERE dest = 'UA'",
    ])
    .await;
}

#[tokio::test]
async fn grouping_sets() {
    check_all(&[
        "SELECT carrier, dest, COUNT(*), SUM(air_time) FROM flights GROUP BY ROLLUP (carrier, dest)",
        "SELECT carrier, cancelled, COUNT(DISTINCT passenger) FROM flights GROUP BY CUBE (carrier, cancelled)",
        "SELECT carrier, dest, grouping(carrier), COUNT(*) FROM flights GROUP BY GROUPING SETS ((carrier), (dest), ())",
        "SELECT day_start, date_trunc('day', ts), COUNT(*) FROM flights GROUP BY GROUPING SETS ((day_start), (date_trunc('day', ts)))",
    ])
    .await;
}

#[tokio::test]
async fn anywhere_in_the_statement() {
    check_all(&[
        "WITH a AS (SELECT carrier, SUM(air_time) AS s FROM flights GROUP BY carrier) SELECT x.carrier, y.s FROM a x JOIN a y ON x.s <= y.s",
        "SELECT c, COUNT(*) FROM (SELECT carrier AS c, dest AS d FROM flights WHERE NOT cancelled) f WHERE d = 'MIA' GROUP BY c",
        "SELECT COUNT(*) FROM (SELECT carrier FROM flights ORDER BY carrier) f",
        "SELECT carrier, COUNT(*) FROM flights WHERE dest IN (SELECT dest FROM flights GROUP BY dest HAVING COUNT(*) > 90) GROUP BY carrier",
        "SELECT carrier, COUNT(*) FROM flights WHERE dest IN (SELECT dest FROM flights WHERE gate = 7) GROUP BY carrier",
        "SELECT carrier, COUNT(*) FROM flights GROUP BY carrier HAVING COUNT(*) > (SELECT COUNT(*) / 3 FROM flights)",
        "SELECT COUNT(*) FROM flights UNION ALL SELECT SUM(air_time) FROM flights WHERE carrier = 'AA'",
        "SELECT carrier, n, SUM(n) OVER (ORDER BY carrier) AS running FROM (SELECT carrier, COUNT(*) AS n FROM flights GROUP BY carrier) t",
        "SELECT c.carrier, (SELECT COUNT(*) FROM flights f WHERE f.dest = c.carrier) AS n FROM (SELECT DISTINCT carrier FROM flights) c",
        "SELECT c.dest, (SELECT SUM(f.air_time) FROM flights f WHERE f.dest = c.dest) AS s FROM (SELECT DISTINCT dest FROM flights) c",
        "SELECT COUNT(*) FROM (SELECT carrier FROM flights GROUP BY carrier LIMIT 2) t",
        "SELECT carrier FROM (SELECT carrier, COUNT(*) AS n FROM flights GROUP BY carrier) t WHERE EXISTS \
         (SELECT dest FROM flights GROUP BY dest HAVING COUNT(*) > 10)",
        "SELECT SUM(a), MAX(a) - MIN(a) FROM (SELECT air_time AS a, carrier FROM (SELECT * FROM flights) x WHERE dest = 'MIA') y",
        "SELECT n, COUNT(*) FROM (SELECT carrier, dest, COUNT(*) / 10 AS n FROM flights GROUP BY 1, 2) t GROUP BY n",
        "SELECT a.carrier, a.n, b.m FROM (SELECT carrier, COUNT(*) AS n FROM flights GROUP BY carrier) a \
         LEFT JOIN (SELECT dest, SUM(gate) AS m FROM flights WHERE cancelled GROUP BY dest) b ON b.dest = a.carrier",
        "SELECT carrier, SUM(air_time) * 100.0 / (SELECT SUM(air_time) FROM flights) AS share FROM flights GROUP BY carrier",
        "SELECT COUNT(*) FROM flights GROUP BY carrier",
        "SELECT 'x' AS k, 1 AS one, COUNT(*) FROM flights GROUP BY k, one",
        "VALUES (1, 'a'), (2, 'b')",
        "SELECT 1 + 1 AS two",
    ])
    .await;
}

#[tokio::test]
async fn correlations_of_one_table_with_itself() {
    check_all(&[
        "SELECT flights.dest, (SELECT COUNT(*) FROM flights f WHERE f.dest = flights.dest AND f.gate = 7) AS n \
         FROM (SELECT DISTINCT dest FROM flights) flights",
        "SELECT dest, SUM(air_time) FROM flights WHERE carrier IN (SELECT g.carrier FROM flights g WHERE g.dest = flights.dest AND g.gate = 14) \
         GROUP BY dest",
        "SELECT f.carrier, COUNT(*) FROM flights f WHERE f.dest IN (SELECT g.dest FROM flights g WHERE g.carrier = f.carrier AND g.gate = 7) \
         GROUP BY f.carrier",
    ])
    .await;
}

#[tokio::test]
async fn sums_and_distinct_counts_together_with_having_on_a_decimal() {
    check_all(&[
        "SELECT carrier, SUM(fare), COUNT(DISTINCT passenger) FROM flights GROUP BY carrier HAVING SUM(fare) > 100.50",
        "SELECT carrier, SUM(fare), COUNT(DISTINCT dest) FROM flights GROUP BY carrier HAVING SUM(fare) > 100",
    ])
    .await;
}

#[tokio::test]
async fn order_and_limit_keep_their_order() {
    let (engine, oracle) = World::of_flights().engine();
    let sql = "SELECT dest, COUNT(*) AS n FROM flights GROUP BY dest ORDER BY n DESC, dest LIMIT 3";
    let answer = check(&engine, &oracle, sql).await;
    let counts: Vec<i64> = answer
        .batches
        .iter()
        .flat_map(|batch| {
            use datafusion::arrow::array::AsArray;
            batch.column(1).as_primitive::<datafusion::arrow::datatypes::Int64Type>().values().to_vec()
        })
        .collect();
    assert!(counts.len() == 3 && counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
}

#[tokio::test]
async fn names_as_kylins_clients_write_them() {
    let (engine, _) = World::of_flights().engine();
    let sql = r#"SELECT "CARRIER", COUNT(*) AS "Total" FROM "DEFAULT"."FLIGHTS" "FLIGHTS" WHERE "FLIGHTS"."CARRIER" = 'AA' GROUP BY "CARRIER" ORDER BY "Total""#;
    let answer = ask(&engine, sql).await;
    let labels: Vec<_> = answer.schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(labels, ["CARRIER", "Total"]);
    assert_eq!(answer.rows(), 1);
    for sql in [
        "SELECT COUNT(*) FROM public.Flights",
        "SELECT COUNT(*) FROM default.flights",
        "SELECT count(*) FROM FLIGHTS",
    ] {
        assert_eq!(ask(&engine, sql).await.rows(), 1, "{sql}");
    }
}
